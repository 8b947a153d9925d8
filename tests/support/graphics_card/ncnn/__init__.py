"""ncnn with a graphics card that does not work, for processes of its own: this folder's parent comes first in PYTHONPATH.

It computes with the real ncnn on the processor. TOPAZDESK_TEST_CARD says what the card does: `works`, `crashes` in the
second piece of work that counts, `lies`, `forgets` (too little memory), or `kills` as soon as it is asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_HERE = str(Path(__file__).parents[1])
_FAULT = os.environ.get("TOPAZDESK_TEST_CARD", "works")
NAME = "Test Card 9000"


def _real() -> Any:
    path, ours = list(sys.path), sys.modules.pop(__name__)
    sys.path[:] = [each for each in path if each != _HERE]
    try:
        return importlib.import_module("ncnn")
    finally:
        sys.path[:] = path
        sys.modules[__name__] = ours


_ncnn = _real()
Mat, PoolAllocator = _ncnn.Mat, _ncnn.PoolAllocator


def get_gpu_count() -> int:
    """One card."""
    if _FAULT == "kills":
        os.abort()
    return 1


def get_gpu_info(index: int) -> Any:
    """The card."""
    assert index == 0
    return SimpleNamespace(device_name=lambda: NAME, type=lambda: 0)


class Net:
    """A network that takes note of where it is to run."""

    runs = 0

    def __init__(self) -> None:
        self._net = _ncnn.Net()
        self._on_card = False

    @property
    def opt(self) -> Any:
        """The options."""
        return self._net.opt

    def set_vulkan_device(self, index: int) -> None:
        """Run on the card."""
        assert index == 0
        assert self.opt.use_vulkan_compute
        self.opt.use_vulkan_compute = False
        self._on_card = True

    def load_param(self, path: str) -> int:
        """Load as the real one."""
        return int(self._net.load_param(path))

    def load_model(self, path: str) -> int:
        """Load as the real one."""
        return int(self._net.load_model(path))

    def create_extractor(self) -> Any:
        """The real one, or one that does what the card does."""
        real = self._net.create_extractor()
        return _OnCard(real) if self._on_card else real


class _OnCard:
    def __init__(self, real: Any) -> None:
        self._real = real

    def input(self, name: str, mat: Any) -> int:
        """Take an input."""
        return int(self._real.input(name, mat))

    def extract(self, name: str) -> tuple[int, Any]:
        """Return an output, or fail."""
        Net.runs += 1
        # The first is the sample on which a card is compared with the processor, the second is a tile that is kept.
        if Net.runs > 2 and _FAULT == "crashes":
            os.abort()
        if Net.runs > 2 and _FAULT == "forgets":
            return -100, None
        status, found = self._real.extract(name)
        if _FAULT == "lies":
            found.fill(0.5)
        return status, found
