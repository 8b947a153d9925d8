"""Pack parts of tiles for the file of a pyramid, and unpack them for the window."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Without colour subsampling: mostly 2 of 255 levels off.
_QUALITY = 95


class Packing(StrEnum):
    """How pixels are packed."""

    PLAIN = "plain"
    JPEG = "jpeg"
    ZSTD = "zstd"  # differences between neighbours, by Zstandard: for what has transparency

    def pack(self, pixels: NDArray[Any]) -> bytes:
        """Return these pixels, of height × width × channels, packed. Lets other threads run meanwhile."""
        if self is Packing.PLAIN:
            return pixels.tobytes()
        import imagecodecs
        import numpy as np

        pixels = np.ascontiguousarray(pixels)
        match self:
            case Packing.JPEG:
                packed = imagecodecs.jpeg8_encode(pixels, level=_QUALITY, subsampling="444")
            case Packing.ZSTD:
                packed = imagecodecs.zstd_encode(imagecodecs.delta_encode(pixels, axis=1).tobytes(), level=1)
        return bytes(packed)

    def unpack(self, data: bytes, pixels: NDArray[Any]) -> None:
        """Fill `pixels`, of height × width × channels, one after the other in memory. Raises ValueError."""
        import numpy as np

        if self is Packing.PLAIN:
            pixels[...] = np.frombuffer(data, np.uint8).reshape(pixels.shape)
            return
        import imagecodecs

        try:
            match self:
                case Packing.JPEG:
                    imagecodecs.jpeg8_decode(data, outcolorspace=imagecodecs.JPEG8.CS.RGB, out=pixels)
                case Packing.ZSTD:
                    plain = np.frombuffer(imagecodecs.zstd_decode(data, out=pixels.size), np.uint8)
                    imagecodecs.delta_decode(plain.reshape(pixels.shape), axis=1, out=pixels)
        except (imagecodecs.Jpeg8Error, imagecodecs.ZstdError, imagecodecs.DeltaError) as error:
            raise ValueError(str(error)) from error

    def paint(self, data: bytes, pixels: NDArray[Any], bands: int) -> None:
        """Fill `pixels`, of height × width × 4, in the byte order of Qt's painter. Raises ValueError."""
        import numpy as np

        if self is Packing.JPEG:
            import imagecodecs

            try:
                imagecodecs.jpeg8_decode(data, outcolorspace=imagecodecs.JPEG8.CS.EXT_BGRX, out=pixels)
            except imagecodecs.Jpeg8Error as error:
                raise ValueError(str(error)) from error
            return
        plain = np.empty((*pixels.shape[:2], bands), np.uint8)
        self.unpack(data, plain)
        pixels[..., 0], pixels[..., 1], pixels[..., 2] = plain[..., 2], plain[..., 1], plain[..., 0]
        pixels[..., 3] = plain[..., 3] if bands == 4 else 255
