"""Pictures whose pixels are not square, in every format that can say so. Each shows a black circle on white paper."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image
from PySide6.QtGui import QImage

from topazdesk.media.raster import Raster

#: Pixels of a fax page of "standard" resolution, at a quarter: 204 dots an inch across and 98 down.
FAX = (432, 286)
FAX_DPI = (204.0, 98.0)
FAX_ASPECT = 98 / 204
#: Fields of EXIF.
_ACROSS, _DOWN, _UNIT, _ORIENTATION = 282, 283, 296, 274


def circle(size: tuple[int, int] = FAX, aspect: float = FAX_ASPECT) -> Image.Image:
    """Draw a circle in pixels that are `aspect` times as wide as high: an ellipse for who takes them for squares."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across, down = (x - width / 2) * aspect, y - height / 2
    radius = 0.4 * min(width * aspect, height)
    return Image.fromarray(np.where(across**2 + down**2 < radius**2, 0, 255).astype("uint8"))


def ink(picture: Raster | Image.Image | QImage) -> tuple[int, int]:
    """Return width and height of what is dark in a picture: those of a circle are equal."""
    if isinstance(picture, Raster):
        rows: Any = np.frombuffer(picture.data, "uint8").reshape(picture.height, picture.stride)
        dark = rows[:, : picture.width * picture.format.bytes_per_pixel : picture.format.bytes_per_pixel] < 100
    elif isinstance(picture, QImage):
        grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(grey.constBits(), "uint8").reshape(grey.height(), grey.bytesPerLine())
        dark = rows[:, : grey.width()] < 100
    else:
        dark = np.asarray(picture.convert("L")) < 100
    down, across = np.nonzero(dark.any(axis=1))[0], np.nonzero(dark.any(axis=0))[0]
    return int(across[-1] - across[0] + 1), int(down[-1] - down[0] + 1)


def is_circle(picture: Raster | Image.Image | QImage) -> bool:
    """Whether what is dark is as wide as high, but for a pixel or two."""
    width, height = ink(picture)
    return abs(width - height) <= max(2, 0.03 * width)


def fax(path: Path, compression: str = "group4", dpi: tuple[float, float] = FAX_DPI) -> Path:
    """Write a fax page as machines and servers do: TIFF, one bit, G3 or G4."""
    circle().convert("1").save(path, compression=compression, dpi=dpi)
    return path


def tiff(
    path: Path, dpi: tuple[float, float] = FAX_DPI, unit: int = 2, picture: Image.Image | None = None, **options: Any
) -> Path:
    """Write a grey TIFF with this resolution; unit 1 states proportions alone, 2 inches, 3 centimetres."""
    tifffile.imwrite(path, np.asarray(picture or circle()), resolution=dpi, resolutionunit=unit, **options)
    return path


def png(
    path: Path, per_unit: tuple[int, int] = (8031, 3858), unit: int = 1, picture: Image.Image | None = None
) -> Path:
    """Write a PNG with the chunk pHYs: unit 1 is a metre, 0 none."""
    buffer = BytesIO()
    (picture or circle()).save(buffer, "PNG")
    data = buffer.getvalue()
    body = b"pHYs" + struct.pack(">IIB", *per_unit, unit)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:])
    return path


def jfif(path: Path, density: tuple[int, int] = (204, 98), unit: int = 1, picture: Image.Image | None = None) -> Path:
    """Write a JPEG with a JFIF head: unit 1 is an inch, 2 a centimetre, 0 none."""
    buffer = BytesIO()
    (picture or circle()).convert("RGB").save(buffer, "JPEG", quality=95)
    data = buffer.getvalue()
    path.write_bytes(data[:13] + struct.pack(">BHH", unit, *density) + data[18:])
    return path


def exif_jpeg(
    path: Path,
    dpi: tuple[int, int] = (204, 98),
    orientation: int = 1,
    head: tuple[int, int, int] = (0, 1, 1),
    picture: Image.Image | None = None,
) -> Path:
    """Write a JPEG whose EXIF block states the resolution; `head` is what its JFIF head says beside it."""
    exif = Image.Exif()
    exif[_ACROSS], exif[_DOWN], exif[_UNIT], exif[_ORIENTATION] = float(dpi[0]), float(dpi[1]), 2, orientation
    block = exif.tobytes()
    jfif(path, (head[1], head[2]), head[0], picture)
    data = path.read_bytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    path.write_bytes(data[:20] + segment + data[20:])
    return path


def gif(path: Path, aspect_byte: int, picture: Image.Image | None = None) -> Path:
    """Write a GIF with the byte for the aspect ratio: (byte + 15) / 64 is the width of a pixel by its height."""
    buffer = BytesIO()
    (picture or circle()).save(buffer, "GIF")
    data = bytearray(buffer.getvalue())
    data[12] = aspect_byte
    path.write_bytes(bytes(data))
    return path


def heif(
    path: Path, spacing: tuple[int, int] = (98, 204), orientation: int = 1, picture: Image.Image | None = None
) -> Path:
    """Write a HEIC or AVIF whose pixels are `spacing` wide and high; `orientation` by a box, as phones turn pictures."""
    import pillow_heif

    shown, exif, buffer = (picture or circle()).convert("RGB"), Image.Exif(), BytesIO()
    exif[_ORIENTATION] = orientation
    if path.suffix == ".avif":
        shown.save(buffer, "AVIF", quality=90, exif=exif.tobytes())
    else:
        made = pillow_heif.from_pillow(shown)
        made.info["exif"] = exif.tobytes()
        made.save(buffer, quality=90)
    data = buffer.getvalue()
    place = data.index(b"pixi")  # a box of the same length, which decoders do not need
    path.write_bytes(data[:place] + b"pasp" + struct.pack(">II", *spacing) + data[place + 12 :])
    return path
