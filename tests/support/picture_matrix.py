"""Pictures of every kind in small: each cell is one combination of format, depth, colours, profile and what is written in.

`cells` covers every pair of values that can go together (all-pairs testing): a fault hardly ever needs three.
"""

from __future__ import annotations

import io
import itertools
import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import exiv2
import imagecodecs
import numpy as np
import pillow_heif
import pyvips
import tifffile
from PIL import Image, ImageCms

SIZE = (96, 64)
#: sRGB colours of the four quarters: top left, top right, bottom left, bottom right. No turn or flip leaves them in place.
QUARTERS = ((200, 70, 60), (70, 150, 80), (60, 90, 180), (225, 215, 200))
ARTIST = "Zoë Mark-of-the-author"
PLACE = "Mark-of-the-place"


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination. `turned` is the EXIF orientation, `output` the format asked for, `model` one of each tier."""

    container: str
    bits: int
    colours: str
    profile: str
    turned: int
    metadata: str
    dpi: int
    model: str
    output: str

    @property
    def name(self) -> str:
        """A file name that says what it is."""
        words = [
            self.container,
            self.bits,
            self.colours,
            self.profile,
            f"o{self.turned}",
            self.metadata,
            f"{self.dpi}dpi",
        ]
        words += [self.model.replace(" ", "").lower(), self.output]
        return "-".join(str(word) for word in words) + self.suffix

    @property
    def suffix(self) -> str:
        """The suffix of the container."""
        return {"jpeg": ".jpg", "dcf": ".jpg", "jxl": ".jxl", "jp2": ".jp2", "pnm": ".ppm"}.get(
            self.container, ".tif" if self.container.startswith("tiff") else f".{self.container}"
        )

    @property
    def is_possible(self) -> bool:
        """Whether such files exist and can be written here."""
        kind = self.container.partition("-")[0]
        return (
            self.bits in _BITS[kind]
            and self.colours in _COLOURS[kind]
            and self.profile in _PROFILES_OF.get(self.colours, ("none",))
            and (self.profile == "none" or kind in _PROFILED)
            and (self.turned == 1 or kind in _EXIF)
            and (self.metadata == "none" or kind in _EXIF)
            and (self.dpi == 0 or kind in ("jpeg", "dcf", "png", "tiff", "bmp"))
        )


_BITS = {
    "jpeg": (8,), "dcf": (8,), "png": (8, 16), "tiff": (8, 16), "webp": (8,), "heic": (8, 10), "avif": (8, 10),
    "bmp": (8,), "gif": (8,), "jxl": (8,), "jp2": (8, 16), "pnm": (8, 16),
}  # fmt: skip
_COLOURS = {
    "jpeg": ("grey", "rgb", "cmyk"), "dcf": ("rgb",), "png": ("grey", "rgb", "rgba"), "tiff": ("grey", "rgb", "rgba", "cmyk"),
    "webp": ("rgb", "rgba"), "heic": ("rgb", "rgba"), "avif": ("rgb", "rgba"), "bmp": ("rgb",), "gif": ("rgb",),
    "jxl": ("grey", "rgb", "rgba"), "jp2": ("grey", "rgb"), "pnm": ("grey", "rgb"),
}  # fmt: skip
#: Inks without a profile have no right colours: those cells have one.
_PROFILES_OF = {"rgb": ("none", "srgb", "p3"), "rgba": ("none", "srgb", "p3"), "cmyk": ("cmyk",)}
_PROFILED = frozenset({"jpeg", "png", "tiff", "webp", "heic", "avif"})
_EXIF = frozenset({"jpeg", "dcf", "png", "tiff", "webp"})
_AXES: tuple[tuple[Any, ...], ...] = (
    ("jpeg", "dcf", "png", "tiff-none", "tiff-lzw", "tiff-deflate", "tiff-zstd", "webp", "heic", "avif", "bmp", "gif", "jxl", "jp2", "pnm"),
    (8, 10, 16),
    ("grey", "rgb", "rgba", "cmyk"),
    ("none", "srgb", "p3", "cmyk"),
    (1, 3, 5, 6),
    ("none", "exif", "all"),
    (0, 300),
    ("Standard 2", "Standard Max", "Bloom 2", "Transparent Image Upscale"),
    ("same", "jpeg", "png", "tiff"),
)  # fmt: skip
#: So many axes say what the file is; the others what is asked of the service.
_FILE = 7


def cells() -> tuple[Cell, ...]:
    """Return cells that hold every pair of values that can go together, the same ones each time."""
    asked = list(itertools.product(*_AXES[_FILE:]))
    possible = [
        (*file, *rest)
        for file in itertools.product(*_AXES[:_FILE])
        if Cell(*file, *asked[0]).is_possible  # what is asked of the service makes no file impossible
        for rest in asked
    ]
    random.Random(11).shuffle(possible)
    axes = list(itertools.combinations(range(len(_AXES)), 2))
    bits: dict[tuple[int, Any, int, Any], int] = {}
    left = []  # the pairs of each cell as the bits of a number
    for values in possible:
        pairs = 0
        for i, j in axes:
            pairs |= 1 << bits.setdefault((i, values[i], j, values[j]), len(bits))
        left.append((values, pairs))
    missing = (1 << len(bits)) - 1
    found = []
    while missing:
        left = [each for each in left if each[1] & missing]
        # The best of some is nearly the best of all.
        best, pairs = max(left[:400], key=lambda each: (each[1] & missing).bit_count())
        found.append(Cell(*best))
        missing &= ~pairs
    return tuple(found)


def scene(cell: Cell) -> np.ndarray[Any, Any]:
    """Return the upright pixels, RGB, grey or RGBA with 8 or 16 bits, in the colours of the cell's profile.

    RGBA: the right half is half transparent, the left one opaque.
    """
    width, height = SIZE
    image = Image.new("RGB", SIZE)
    for colour, (down, across) in zip(QUARTERS, itertools.product((0, 1), (0, 1)), strict=True):
        image.paste(
            colour, (across * width // 2, down * height // 2, (across + 1) * width // 2, (down + 1) * height // 2)
        )
    if cell.profile == "p3":
        image = _to_p3(image)
    if cell.colours == "cmyk":
        inks = ImageCms.ImageCmsProfile(io.BytesIO(pyvips.Image.profile_load("cmyk")))
        image = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), inks, 1, outputMode="CMYK")
    if cell.colours == "grey":
        image = image.convert("L")
    if cell.colours == "rgba":
        alpha = Image.new("L", SIZE, 255)
        alpha.paste(128, (width // 2, 0, width, height))
        image.putalpha(alpha)
    pixels = np.asarray(image)
    return pixels.astype(np.uint16) * 257 if cell.bits > 8 else pixels


def write(cell: Cell, folder: Path) -> Path:
    """Write the picture of a cell and return its path."""
    path = folder / cell.name
    pixels = np.ascontiguousarray(_stored(scene(cell), cell.turned))
    kind = cell.container.partition("-")[0]
    match kind:
        case "jxl":
            path.write_bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
        case "jp2":
            path.write_bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="jp2"))
        case "pnm":
            width, height = pixels.shape[1], pixels.shape[0]
            head = f"P{5 if pixels.ndim == 2 else 6}\n{width} {height}\n{255 if cell.bits == 8 else 65_535}\n"
            path.write_bytes(head.encode() + pixels.astype(">u2" if cell.bits > 8 else "u1").tobytes())
        case "tiff":
            _write_tiff(cell, pixels, path)
        case "png" if cell.bits == 16:
            _write_png_16(cell, pixels, path)
        case "heic" | "avif":
            _write_heif(cell, pixels, path)
        case _:
            _write_with_pillow(cell, pixels, path)
    _write_metadata(cell, path)
    return path


def _stored(upright: np.ndarray[Any, Any], turned: int) -> np.ndarray[Any, Any]:
    """Return the rows as a file with that EXIF orientation stores them."""
    match turned:
        case 3:
            return np.rot90(upright, 2)
        case 5:
            return np.swapaxes(upright, 0, 1)
        case 6:  # shown turned by 90° clockwise
            return np.rot90(upright, 1)
        case _:
            return upright


def _to_p3(image: Image.Image) -> Image.Image:
    wide = (
        pyvips.Image.new_from_array(np.asarray(image))
        .copy(interpretation="srgb")
        .icc_transform("p3", input_profile="srgb")
    )
    return Image.fromarray(wide.numpy())


def _profile(cell: Cell) -> bytes | None:
    match cell.profile:
        case "none":
            return None
        case "srgb":
            return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        case _:
            return bytes(pyvips.Image.profile_load(cell.profile))


def _write_with_pillow(cell: Cell, pixels: np.ndarray[Any, Any], path: Path) -> None:
    image = Image.fromarray(pixels, "CMYK" if cell.colours == "cmyk" else None)
    options: dict[str, Any] = {}
    if cell.container in ("jpeg", "dcf"):
        options |= {"quality": 98, "subsampling": 0, "format": "JPEG"}
    if cell.container == "webp":
        options["lossless"] = True
    if cell.dpi:
        options["dpi"] = (cell.dpi, cell.dpi)
    if icc := _profile(cell):
        options["icc_profile"] = icc
    image.save(path, **options)
    if cell.container == "bmp" and not cell.dpi:
        data = bytearray(path.read_bytes())
        data[38:46] = bytes(8)  # Pillow makes 96 dpi of none
        path.write_bytes(data)


def _write_tiff(cell: Cell, pixels: np.ndarray[Any, Any], path: Path) -> None:
    options: dict[str, Any] = {"photometric": "minisblack" if cell.colours == "grey" else "rgb"}
    if cell.colours == "cmyk":
        options = {"photometric": "separated"}
    if cell.colours == "rgba":
        options["extrasamples"] = ["unassalpha"]
    if cell.dpi:
        options |= {"resolution": (cell.dpi, cell.dpi), "resolutionunit": "INCH"}
    packing = cell.container.partition("-")[2]
    codes = {"none": None, "lzw": "lzw", "deflate": "adobe_deflate", "zstd": "zstd"}
    tifffile.imwrite(
        path, pixels, compression=codes[packing], iccprofile=_profile(cell), metadata=None, software=False, **options
    )


def _write_png_16(cell: Cell, pixels: np.ndarray[Any, Any], path: Path) -> None:
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="grey16" if cell.colours == "grey" else "rgb16")
    if icc := _profile(cell):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    data = image.pngsave_buffer(keep="icc")
    path.write_bytes(_with_density(data, cell.dpi))


def _write_heif(cell: Cell, pixels: np.ndarray[Any, Any], path: Path) -> None:
    icc = _profile(cell)
    if cell.container == "avif":
        deep = cell.bits > 8
        image = pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16" if deep else "srgb")
        if icc:
            image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
        path.write_bytes(
            image.heifsave_buffer(
                compression="av1", bitdepth=cell.bits, Q=95, subsample_mode="off", effort=0, keep="icc"
            )
        )
        return
    mode = ("RGBA" if cell.colours == "rgba" else "RGB") + (";16" if cell.bits > 8 else "")
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    made = pillow_heif.from_bytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    if icc:
        made.info["icc_profile"] = icc
    made.save(path, quality=-1, chroma=444)


def _with_density(data: bytes, dpi: int) -> bytes:
    """Return a PNG of libvips with that resolution; none for 0 (libvips always states one)."""
    at = data.index(b"pHYs") - 4
    rest = data[:at] + data[at + 21 :]
    if not dpi:
        return rest
    body = b"pHYs" + struct.pack(">IIB", *[round(dpi / 0.0254)] * 2, 1)
    return rest[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + rest[33:]


def _write_metadata(cell: Cell, path: Path) -> None:
    kind = cell.container.partition("-")[0]
    if kind not in _EXIF:
        return
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    if cell.turned != 1:
        image.exifData()["Exif.Image.Orientation"] = exiv2.UShortValue(cell.turned)
    if kind == "dcf":
        image.exifData()["Exif.Photo.ColorSpace"] = exiv2.UShortValue(65_535)
        image.exifData()["Exif.Iop.InteroperabilityIndex"] = "R03"
    if cell.metadata != "none":
        image.exifData()["Exif.Image.Artist"] = ARTIST
        image.exifData()["Exif.Photo.DateTimeOriginal"] = "1999:12:31 23:59:58"
        image.exifData()["Exif.GPSInfo.GPSLatitudeRef"] = "N"
        image.exifData()["Exif.GPSInfo.GPSLatitude"] = "50/1 30/1 0/1"
    if cell.metadata == "all":
        image.xmpData()["Xmp.photoshop.City"] = PLACE
        image.xmpData()["Xmp.xmp.Rating"] = "4"
        if kind != "webp":
            image.iptcData()["Iptc.Application2.Keywords"] = "keyword-of-the-picture"
    image.writeMetadata()
