"""Picture files for tests, good and bad, made on the fly: every call writes one file and returns its path.

Pixels are deterministic: the same call gives the same bytes. `write` makes good pictures of any kind; the functions named
after a fault make the bad ones. Names may hold newlines or bytes that are not UTF-8 (`NEWLINE_NAME`, `NON_UTF8_NAME`).
"""

from __future__ import annotations

import os
import socket
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pyvips
from PIL import Image

from topazdesk.app.resources import samples
from topazdesk.domain.image import FileFormat

#: A name with a line break: legal on POSIX, and a trap for everything that prints or splits lines.
NEWLINE_NAME = "two\nlines.jpg"
#: A name with bytes that are not UTF-8, as Python hands it out (surrogateescape).
NON_UTF8_NAME = os.fsdecode(b"caf\xe9 \xff.jpg")


def scene(width: int = 320, height: int = 240, *, bits: int = 8, seed: int = 7) -> pyvips.Image:
    """An sRGB picture with smooth areas, hard edges, fine texture and colour; `bits` is 8 or 16 a channel.

    Another `seed` gives another grain.
    """
    grid = pyvips.Image.xyz(width, height)
    x, y = grid[0] / max(1, width - 1), grid[1] / max(1, height - 1)
    disc = (((x - 0.35) ** 2 + (y - 0.45) ** 2) < 0.05).ifthenelse(70, 0)
    stripes = ((grid[0] / 4).floor() % 2 == 0).ifthenelse(40, 0) * (y > 0.75).ifthenelse(1, 0)
    texture = pyvips.Image.gaussnoise(width, height, sigma=5, mean=0, seed=seed)
    red = x * 190 + 20 + disc + texture
    green = y * 150 + 50 + stripes + texture
    blue = (x + y) * -80 + 210 + stripes - disc + texture
    joined = red.bandjoin([green, blue])
    if bits == 16:
        return (joined * 257).cast("ushort").copy(interpretation="rgb16")
    return joined.cast("uchar").copy(interpretation="srgb")


def encode(
    image_format: FileFormat = FileFormat.JPEG,
    width: int = 320,
    height: int = 240,
    *,
    orientation: int = 1,
    bits: int = 8,
    alpha: bool = False,
    grey: bool = False,
    cmyk: bool = False,
    profile: str | None = None,
    pages: int = 1,
    quality: int = 90,
    progressive: bool = False,
    seed: int = 7,
) -> bytes:
    """The bytes of a good picture of `width` × `height` stored pixels.

    `orientation` is the EXIF value 1 to 8 (JPEG, PNG, TIFF); `profile` names a built-in profile of libvips ("srgb", "p3").
    `pages` over 1 makes a multi-page TIFF or an animated GIF.
    """
    image = scene(width, height, bits=bits, seed=seed)
    if grey:
        image = image.colourspace("grey16" if bits == 16 else "b-w")
    if cmyk:
        image = image.icc_transform("cmyk", input_profile="srgb")
    if profile is not None:
        image = image.icc_transform(profile, input_profile="srgb", depth=bits)
    if alpha:
        full = 65_535 if bits == 16 else 255
        ramp = (pyvips.Image.xyz(width, height)[0] / max(1, width - 1) * full).cast(image.format)
        image = image.bandjoin(ramp).copy(interpretation=image.interpretation)
    image = image.copy()
    if orientation != 1:
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    if image_format is FileFormat.BMP:
        return _bmp(image)
    if pages > 1:
        image = pyvips.Image.arrayjoin([image] * pages, across=1).copy()
        image.set_type(pyvips.GValue.gint_type, "page-height", height)
    match image_format:
        case FileFormat.JPEG:
            return bytes(image.jpegsave_buffer(Q=quality, interlace=progressive))
        case FileFormat.PNG:
            return bytes(image.pngsave_buffer(compression=3))
        case FileFormat.TIFF:
            return bytes(image.tiffsave_buffer(compression="lzw"))
        case FileFormat.WEBP:
            return bytes(image.webpsave_buffer(Q=quality))
        case FileFormat.GIF:
            return bytes(image.gifsave_buffer())
        case FileFormat.AVIF:
            return bytes(image.heifsave_buffer(compression="av1", Q=quality, effort=0))
    raise ValueError(f"cannot write {image_format} here")


def write(
    path: Path, image_format: FileFormat | None = None, width: int = 320, height: int = 240, **kind: object
) -> Path:
    """Write a good picture (see `encode`); the format follows the suffix where it is not given.

    Pictures of other names or folders have other pixels, as those of people have: the same picture twice is made once.
    """
    chosen = image_format or _BY_SUFFIX[path.suffix.lower()]
    kind.setdefault("seed", zlib.crc32(os.fsencode(f"{path.parent.name}/{path.name}")) >> 1)
    path.write_bytes(encode(chosen, width, height, **kind))  # type: ignore[arg-type]
    return path


def text_named_jpg(path: Path) -> Path:
    """A letter whose name ends in .jpg."""
    path.write_text("Dear reader,\nthis is not a picture.\n", encoding="utf-8")
    return path


def empty(path: Path) -> Path:
    """A file of 0 bytes."""
    path.write_bytes(b"")
    return path


def truncated(path: Path, keep: float = 0.6, **kind: object) -> Path:
    """A picture of which only the first `keep` of the bytes are there."""
    write(path, **kind)  # type: ignore[arg-type]
    os.truncate(path, int(path.stat().st_size * keep))
    return path


def header_only(path: Path) -> Path:
    """A JPEG that ends right after its header: the size is known, no row of pixels is there."""
    data = encode(FileFormat.JPEG)
    path.write_bytes(data[: data.index(b"\xff\xda") + 14])
    return path


def wide_strip(path: Path) -> Path:
    """60,000 × 10 pixels: a legal JPEG, over the services' 32,000 px a side."""
    image = pyvips.Image.black(60_000, 10, bands=3).copy(interpretation="srgb")
    path.write_bytes(image.jpegsave_buffer())
    return path


def over_upload_limit(path: Path, size: int = 500_000_001) -> Path:
    """A good JPEG padded (sparsely: it takes no disk) to `size` bytes."""
    write(path, FileFormat.JPEG)
    os.truncate(path, size)
    return path


def bomb(path: Path, side: int = 30_000) -> Path:
    """A PNG of side × side black pixels in a few kilobytes to megabytes: 900 MP out of almost nothing."""
    row = b"\0" * (1 + side * 3)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(64)) + packer.flush()
    # The header and a start of the data are enough to be a trap.
    path.write_bytes(_png(side, side, data))
    return path


def blank_png(path: Path, side: int = 4_000) -> Path:
    """side × side black pixels that are all there, in a small file: it shrinks as far as a bomb and is none."""
    row = b"\0" * (1 + side * 3)
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    path.write_bytes(_png(side, side, data))
    return path


def fifo(path: Path) -> Path:
    """A named pipe that nobody writes to: a blocking open would hang for ever."""
    os.mkfifo(path)
    return path


def unix_socket(path: Path) -> Path:
    """A socket file."""
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # the address may have 107 bytes only
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)
    return path


def symlink_loop(path: Path) -> Path:
    """A link to a link to the link."""
    other = path.with_name(path.name + ".other")
    path.symlink_to(other)
    other.symlink_to(path)
    return path


def heic_head(path: Path) -> Path:
    """The start of a HEIC file, enough to be recognised and not enough to be read."""
    path.write_bytes(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 400)
    return path


def raw_head(path: Path) -> Path:
    """The start of a Canon CR2 raw file (a TIFF with a mark of its own)."""
    path.write_bytes(b"II*\0\x10\0\0\0CR\x02\0" + b"\0" * 400)
    return path


_BY_SUFFIX = {
    ".jpg": FileFormat.JPEG,
    ".jpeg": FileFormat.JPEG,
    ".png": FileFormat.PNG,
    ".tif": FileFormat.TIFF,
    ".tiff": FileFormat.TIFF,
    ".webp": FileFormat.WEBP,
    ".bmp": FileFormat.BMP,
    ".gif": FileFormat.GIF,
    ".avif": FileFormat.AVIF,
}


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _bmp(image: pyvips.Image) -> bytes:
    stream = BytesIO()
    Image.frombytes("RGB", (image.width, image.height), image.write_to_memory()).save(stream, "BMP")
    return stream.getvalue()


def small_samples(folder: Path) -> list[Path]:
    """The program's samples in `folder`, a third as wide: for whom words and rooms matter, not the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / sample.name for sample in samples()]
    for sample, path in zip(samples(), made, strict=True):
        with Image.open(sample) as picture:
            picture.reduce(3).save(path)
    return made
