"""HEIC and raw pictures, with the optional packages."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.errors import Code, InputError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe


@pytest.mark.parametrize("alpha", [False, True])
def test_heic(tmp_path: Path, alpha: bool) -> None:
    data = pictures.encode(FileFormat.PNG, 321, 243, alpha=alpha, profile="p3")
    path = tmp_path / "phone.heic"
    pillow_heif.from_pillow(Image.open(io.BytesIO(data))).save(str(path), quality=95)
    info = probe(path)
    assert (info.format, info.size, info.has_alpha, info.has_profile) == (FileFormat.HEIC, Size(321, 243), alpha, True)
    prepared = prepare(info, SERVICE_FORMATS, tmp_path, "token")
    copy = pyvips.Image.new_from_file(str(prepared.path))
    assert (copy.width, copy.height, copy.bands) == (321, 243, 3)
    assert copy.get_typeof("icc-profile-data") != 0
    if not alpha:
        assert (copy - pyvips.Image.new_from_buffer(data, "")).abs().avg() < 6


def test_damaged_heic(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        probe(pictures.heic_head(tmp_path / "phone.heic"))
    assert caught.value.code == "input.damaged"


@pytest.mark.parametrize(("orientation", "size"), [(1, Size(320, 240)), (6, Size(240, 320))])
def test_raw(tmp_path: Path, orientation: int, size: Size) -> None:
    info = probe(dng(tmp_path / "camera.dng", orientation))
    assert (info.format, info.size, info.bits, info.bands) == (FileFormat.RAW, size, 16, 3)
    prepared = prepare(info, SERVICE_FORMATS, tmp_path, "token")
    copy = probe(prepared.path)
    assert (copy.format, copy.size, copy.bits) == (FileFormat.TIFF, size, 16)


def test_damaged_raw(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        probe(pictures.raw_head(tmp_path / "camera.cr2"))
    assert caught.value.code == "input.damaged"


def dng(path: Path, orientation: int) -> Path:
    """A raw picture of 320 × 240 in the Bayer pattern RGGB (Adobe DNG specification 1.4, the least that is allowed)."""
    width, height, text = 320, 240, b"Test\0\0"
    data = b"".join(struct.pack("<H", 512 + x * 40 + y % 2 * 900) for y in range(height) for x in range(width))
    unit = struct.pack("<ii", 1, 1)
    none = struct.pack("<ii", 0, 1)
    fields: list[tuple[int, int, int, int | bytes]] = [
        (254, 4, 1, 0),
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 16),
        (259, 3, 1, 1),
        (262, 3, 1, 32_803),  # a colour filter array
        (271, 2, 5, text),
        (272, 2, 5, text),
        (273, 4, 1, -1),  # where the pixels begin: filled in below
        (274, 3, 1, orientation),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
        (33_421, 3, 2, 2 | 2 << 16),
        (33_422, 1, 4, int.from_bytes(bytes([0, 1, 1, 2]), "little")),
        (50_706, 1, 4, int.from_bytes(bytes([1, 4, 0, 0]), "little")),
        (50_708, 2, 5, text),
        (50_714, 4, 1, 512),
        (50_717, 4, 1, 16_383),
        (50_721, 10, 9, unit + none * 3 + unit + none * 3 + unit),
        (50_728, 5, 3, unit * 3),
        (50_778, 3, 1, 21),
    ]
    place = 8 + 2 + 12 * len(fields) + 4
    extra = b"".join(value for *_, value in fields if isinstance(value, bytes))
    table, start = b"", place
    for tag, kind, count, value in fields:
        number = start if isinstance(value, bytes) else place + len(extra) if value == -1 else value
        start += len(value) if isinstance(value, bytes) else 0
        table += struct.pack("<HHII", tag, kind, count, number)
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(fields)) + table + bytes(4) + extra + data)
    return path


def test_a_raw_file_with_previews_only_is_not_called_damaged(tmp_path: Path) -> None:
    """Some programs keep a DNG as a container; no copy from a backup would be another."""
    path = tmp_path / "previews.dng"
    tags = [(50_706, 1, 4, (1, 4, 0, 0), True), (50_708, 2, 5, b"CamX\0", True)]
    pixels = np.zeros((48, 64, 3), np.uint8)
    tifffile.imwrite(path, pixels, photometric="rgb", subfiletype=1, extratags=tags, metadata=None)
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == Code.INPUT_UNSUPPORTED
    assert "previews" in caught.value.hint
