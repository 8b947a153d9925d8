"""Frames that leave part of their canvas bare: it is transparent as in every browser, not black, in GIF and PNG.

libvips reads such a GIF without an alpha channel, and it went out on black.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from topazdesk.domain.alterations import AlterationKind, alterations
from topazdesk.domain.image import SERVICE_FORMATS, ImageInfo
from topazdesk.errors import InputError
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.pages import count
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe

RED, GREEN, WHITE = (200, 30, 30), (30, 160, 60), (255, 255, 255)
CANVAS = (64, 48)


def gif(path: Path, *frames: tuple[int, int, int], **options: Any) -> Path:
    """A GIF with frames of 32 × 24 pixels at the corner of a canvas of 64 × 48."""
    first, *more = [Image.new("RGB", (32, 24), colour) for colour in frames]
    first.save(path, save_all=True, append_images=more, **options)
    data = bytearray(path.read_bytes())
    struct.pack_into("<2H", data, 6, *CANVAS)
    path.write_bytes(data)
    return path


def apng(path: Path, *, is_first_hidden: bool, disposal: int = 0) -> Path:
    """A PNG with all of its canvas red, and a green frame of 32 × 24 at its corner."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def rows(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
        return zlib.compress((b"\0" + bytes(colour) * width) * height)

    def control(number: int, width: int, height: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">5I2H2B", number, width, height, 0, 0, 1, 10, disposal, 0))

    width, height = CANVAS
    own = b"" if is_first_hidden else control(0, width, height)
    number = 0 if is_first_hidden else 1
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
        + chunk(b"acTL", struct.pack(">2I", number + 1, 0))
        + own
        + chunk(b"IDAT", rows(width, height, RED))
        + control(number, 32, 24)
        + chunk(b"fdAT", struct.pack(">I", number + 1) + rows(32, 24, GREEN))
        + chunk(b"IEND", b"")
    )
    return path


def sent(info: ImageInfo, folder: Path) -> list[tuple[int, ...]]:
    """The colours of the picture that would be uploaded: at the frame's place and outside of it."""
    made = prepare(info, SERVICE_FORMATS, folder, f"token{info.page}")
    image = vips().Image.new_from_file(str(made.path))
    return [tuple(round(value) for value in image.getpoint(*place)[:3]) for place in ((8, 8), (56, 40))]


def says(info: ImageInfo) -> bool:
    return AlterationKind.TRANSPARENCY in {each.kind for each in alterations(info, SERVICE_FORMATS, keep_alpha=False)}


@pytest.mark.parametrize("colour", [RED, (90, 90, 90)])
def test_a_first_frame_that_is_smaller_than_its_canvas(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    info = probe(gif(tmp_path / "a.gif", colour))
    assert info.size.pixels == 64 * 48
    assert says(info)
    assert sent(info, tmp_path) == [colour, WHITE]
    kept = prepare(info, SERVICE_FORMATS, tmp_path, "kept", keep_alpha=True)
    image = np.asarray(Image.open(kept.path).convert("RGBA"))
    assert (tuple(image[8, 8]), image[40, 56, 3]) == ((*colour, 255), 0)


@pytest.mark.parametrize("disposal", [1, 2, 3])
def test_further_frames_of_such_a_gif(tmp_path: Path, disposal: int) -> None:
    path = gif(tmp_path / "a.gif", RED, GREEN, disposal=disposal)
    for number, colour in enumerate((RED, GREEN)):
        info = probe(path, number)
        assert (info.pages, info.has_alpha) == (2, True)
        assert sent(info, tmp_path) == [colour, WHITE]


@pytest.mark.parametrize(
    ("is_first_hidden", "disposal", "outside"), [(True, 0, WHITE), (False, 1, WHITE), (False, 0, RED)]
)
def test_a_small_frame_of_a_png(
    tmp_path: Path, is_first_hidden: bool, disposal: int, outside: tuple[int, int, int]
) -> None:
    path = apng(tmp_path / "a.png", is_first_hidden=is_first_hidden, disposal=disposal)
    assert sent(probe(path), tmp_path) == [RED, RED]
    with opened(path) as descriptor:
        assert count(descriptor, probe(path)) == 2
    info = probe(path, 1)
    assert sent(info, tmp_path) == [GREEN, outside]
    assert says(info) is (outside == WHITE)


def test_a_damaged_gif_with_a_bare_canvas_is_refused(tmp_path: Path) -> None:
    path = gif(tmp_path / "a.gif", RED)
    data = path.read_bytes()
    place = data.index(b"\x2c\0\0\0\0") + 10
    path.write_bytes(data[: place + 3] + b"\xff" * 9 + data[place + 12 :])
    with pytest.raises(InputError):
        prepare(probe(path), SERVICE_FORMATS, tmp_path, "token")
