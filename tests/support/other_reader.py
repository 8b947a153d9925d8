"""Reads pictures as other programs do: Pillow with LittleCMS, tifffile, imagecodecs, exiv2; nothing of topazdesk's own."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import exiv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Read:
    """A picture as another program reads it. `pixels`: float, height × width × bands, 0 to 255, as stored."""

    format: str
    pixels: np.ndarray[Any, Any]
    bits: int
    is_cmyk: bool
    icc: bytes | None
    dpi: tuple[float, float] | None
    orientation: int
    is_adobe: bool = False

    @property
    def has_alpha(self) -> bool:
        """Whether the last band is transparency."""
        return self.pixels.shape[2] in (2, 4) and not self.is_cmyk

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def shown(self) -> np.ndarray[Any, Any]:
        """The picture in sRGB on white, upright: what a person sees."""
        pixels = self.pixels
        alpha = pixels[..., -1:] / 255 if self.has_alpha else np.ones_like(pixels[..., :1])
        colours = pixels[..., :-1] if self.has_alpha else pixels
        if colours.shape[2] == 1:
            colours = np.repeat(colours, 3, axis=2)
        image = Image.fromarray(np.rint(colours).astype(np.uint8), "CMYK" if self.is_cmyk else "RGB")
        if self.icc is not None and self.pixels.shape[2] > 2:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(self.icc))
            made: Any = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), 1, outputMode="RGB")
            image = made
        rgb = np.asarray(image.convert("RGB")).astype(float)
        if self.is_adobe:
            rgb = adobe_in_srgb(rgb)
        return _upright(rgb * alpha + 255 * (1 - alpha), self.orientation)


def read(path: Path) -> Read:
    """Read a picture of any kind that the tests write."""
    data = path.read_bytes()
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff(path)
    if data[:2] == b"\xff\x0a" or data[4:8] == b"JXL ":
        return _plain("jxl", imagecodecs.jpegxl_decode(data))
    if data[4:8] == b"jP  ":
        return _plain("jp2", imagecodecs.jpeg2k_decode(data))
    with Image.open(io.BytesIO(data)) as image:
        kind = str(image.format).lower()
        bits = 8
        if kind == "png":
            bits = data[24]
        elif kind in ("avif", "heif"):
            bits = _hdr_bits(data)
        elif kind == "ppm":
            bits = 8 if data.split(b"\n")[2] == b"255" else 16
        flat = image.convert("RGBA" if "transparency" in image.info else "RGB") if image.mode == "P" else image
        pixels = np.asarray(flat).astype(float)
        if flat.mode.startswith("I"):
            pixels = pixels / 257
        if kind == "jpeg" and flat.mode == "CMYK" and b"Adobe" in data[:4096]:
            pixels = np.asarray(flat).astype(float)  # Pillow has turned Adobe's inverted inks already
        dpi = _stated(image)
        # Design rule for Camera File systems: these two fields stand for a profile.
        is_adobe = kind == "jpeg" and exif_says_adobe(image)
        exif = int(image.getexif().get(0x0112, 1)) if kind in ("jpeg", "png", "webp") else 1
        return Read(
            kind, _banded(pixels), bits, flat.mode == "CMYK", image.info.get("icc_profile"), dpi, exif, is_adobe
        )


def _stated(image: Image.Image) -> tuple[float, float] | None:
    exif = image.getexif()
    by_exif = [float(exif[tag]) for tag in (282, 283) if tag in exif and exif.get(296, 2) == 2]
    if image.format == "JPEG":
        # Pillow makes 72 dpi of none.
        by_head = [float(value) for value in image.info["jfif_density"]] if image.info.get("jfif_unit") == 1 else []
    else:
        by_head = [float(value) for value in image.info.get("dpi", ())] if image.format in ("PNG", "BMP") else []
    if by_head and by_exif:
        assert by_head == pytest.approx(by_exif, abs=0.1), "the file contradicts itself"
    found = by_head or by_exif
    return (found[0], found[1]) if found else None


def exif_says_adobe(image: Image.Image) -> bool:
    """Whether EXIF declares Adobe RGB: no colour space, and the interoperability index R03."""
    exif = image.getexif()
    details = exif.get_ifd(0x8769)
    return details.get(0xA001) == 65_535 and exif.get_ifd(0xA005).get(1) == "R03"


def adobe_in_srgb(colours: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Adobe RGB (1998), annex A: gamma 2.19921875; the matrix from its primaries to those of sRGB, both D65."""
    linear = (colours / 255) ** 2.19921875
    matrix = np.array([[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]])
    mixed = np.clip(linear @ matrix.T, 0, 1)
    return 255 * np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)


def _hdr_bits(data: bytes) -> int:
    # The box "pixi": bits of each channel.
    at = data.find(b"pixi")
    return data[at + 9] if at > 0 else 8


def _plain(kind: str, pixels: np.ndarray[Any, Any]) -> Read:
    deep = pixels.dtype == np.uint16
    return Read(kind, _banded(pixels.astype(float) / (257 if deep else 1)), 16 if deep else 8, False, None, None, 1)


def _tiff(path: Path) -> Read:
    with tifffile.TiffFile(path) as file:
        page: Any = file.pages[0]
        pixels = page.asarray()
        tags = page.tags
        dpi = None
        if 282 in tags and int(tags[296].value if 296 in tags else 2) != 1:
            unit = 2.54 if 296 in tags and int(tags[296].value) == 3 else 1
            dpi = tuple(tags[code].value[0] / tags[code].value[1] * unit for code in (282, 283))
        icc = bytes(tags[34675].value) if 34675 in tags else None
        turned = int(tags[274].value) if 274 in tags else 1
        bits = pixels.dtype.itemsize * 8
        cmyk = int(page.photometric) == 5
    return Read("tiff", _banded(pixels.astype(float) / (257 if bits == 16 else 1)), bits, cmyk, icc, dpi, turned)  # type: ignore[arg-type]


def _banded(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _upright(pixels: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    match orientation:
        case 3:
            return np.rot90(pixels, 2)
        case 5:
            return np.swapaxes(pixels, 0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case _:
            return pixels


def parts(path: Path) -> set[str]:
    """The parts that a JPEG, PNG or TIFF holds: segments, chunks, numbers of tags."""
    data = path.read_bytes()
    if data[:2] == b"\xff\xd8":
        return set(_segments(data))
    if data[:4] == b"\x89PNG":
        return set(_chunks(data))
    with tifffile.TiffFile(path) as file:
        return {str(tag.code) for page in file.pages for tag in page.tags}  # type: ignore[union-attr]


def _segments(data: bytes) -> list[str]:
    found, at = [], 2
    while data[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + length]
        name = {0xFE: "COM"}.get(data[at + 1], f"APP{data[at + 1] - 0xE0}" if 0xE0 <= data[at + 1] <= 0xEF else "code")
        found.append("ICC" if name == "APP2" and body.startswith(b"ICC_PROFILE\0") else name)
        at += 2 + length
    return found


def _chunks(data: bytes) -> list[str]:
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append(data[at + 4 : at + 8].decode("ascii"))
        at += 12 + length
    return found


def written_in(path: Path) -> dict[str, str]:
    """All EXIF, IPTC and XMP, as exiv2 reads it."""
    image = exiv2.ImageFactory.open(path.read_bytes())
    image.readMetadata()
    return {
        datum.key(): datum.toString()
        for block in (image.exifData(), image.iptcData(), image.xmpData())
        for datum in block
    }
