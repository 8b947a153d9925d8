"""Verify: only a whole picture of the promised size and format passes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.errors import ResultError
from topazdesk.media.picture_files import PictureFiles
from topazdesk.media.thumbnail import coarse
from topazdesk.media.tilecache import TileCache
from topazdesk.media.verify import verify

SIZE = Size(320, 240)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", {}),
        ("a.jpg", {"progressive": True}),
        ("a.png", {}),
        ("a.png", {"alpha": True}),
        ("a.png", {"bits": 16}),
        ("a.tif", {"bits": 16}),
        (pictures.NON_UTF8_NAME, {}),
    ],
)
def test_good_results_pass(tmp_path: Path, name: str, kind: dict[str, Any]) -> None:
    path = pictures.write(tmp_path / name, **kind)
    wanted = {".jpg": FileFormat.JPEG, ".png": FileFormat.PNG, ".tif": FileFormat.TIFF}[path.suffix]
    assert verify(path, SIZE, wanted).size == SIZE
    assert verify(path, None, wanted).bytes_on_disk == path.stat().st_size


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.9, 0.999])
def test_every_cut_is_found(tmp_path: Path, suffix: str, keep: float) -> None:
    path = pictures.truncated(tmp_path / f"a{suffix}", keep)
    wanted = {".jpg": FileFormat.JPEG, ".png": FileFormat.PNG, ".tif": FileFormat.TIFF}[suffix]
    with pytest.raises(ResultError) as caught:
        verify(path, SIZE, wanted)
    assert caught.value.code == "result.cut_off"


def cut_inside_with_end_mark(path: Path) -> None:
    """As after a download that lost its middle: the end is there, the pixels are not."""
    data = pictures.encode(FileFormat.JPEG, 800, 600)
    path.write_bytes(data[: len(data) // 2] + data[-2:])


def zero_hole(path: Path) -> None:
    data = bytearray(pictures.encode(FileFormat.PNG))
    data[90_000:95_000] = bytes(5_000)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "wanted", "code"),
    [
        (lambda p: None, FileFormat.JPEG, "result.missing"),
        (pictures.empty, FileFormat.JPEG, "result.empty"),
        (lambda p: p.write_bytes(bytes(4096)), FileFormat.JPEG, "result.empty"),
        (lambda p: p.write_text('{"message": "expired"}'), FileFormat.JPEG, "result.no_picture"),
        (pictures.write, FileFormat.PNG, "result.format"),
        (lambda p: pictures.write(p, width=321), FileFormat.JPEG, "result.size"),
        (lambda p: pictures.write(p, orientation=6), FileFormat.JPEG, "result.size"),
        (cut_inside_with_end_mark, FileFormat.JPEG, "result.size"),
        (zero_hole, FileFormat.PNG, "result.damaged"),
    ],
)
def test_what_is_not_what_was_promised(
    tmp_path: Path, make: Callable[[Path], object], wanted: FileFormat, code: str
) -> None:
    path = tmp_path / "result.jpg"
    make(path)
    with pytest.raises(ResultError) as caught:
        verify(path, SIZE, wanted)
    assert caught.value.code == code
    assert not caught.value.title.endswith(".")
    assert caught.value.hint.endswith(".")


def test_a_hole_with_an_end_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "result.jpg"
    cut_inside_with_end_mark(path)
    with pytest.raises(ResultError) as caught:
        verify(path, Size(800, 600), FileFormat.JPEG)
    assert caught.value.code in ("result.cut_off", "result.damaged")


def test_the_port_of_the_engine(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / pictures.NON_UTF8_NAME)
    files = PictureFiles()
    assert files.probe(path) == files.verify(path, SIZE, FileFormat.JPEG)
    assert files.digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_flipped_byte_of_a_png_is_found(tmp_path: Path) -> None:
    """One in the metadata went unnoticed: decoders look at the checksums of the pixels only."""
    path = tmp_path / "a.png"
    notes = PngInfo()
    notes.add_text("Description", "made by nobody")
    Image.effect_noise((8, 6), 40).save(path, pnginfo=notes)
    good = path.read_bytes()
    assert verify(path, Size(8, 6), FileFormat.PNG).size == Size(8, 6)
    codes = set()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        with pytest.raises(ResultError) as caught:
            verify(path, Size(8, 6), FileFormat.PNG)
        codes.add(caught.value.code)
    assert "result.checksum" in codes
    path.write_bytes(good + b"what others write behind the end")
    assert verify(path, Size(8, 6), FileFormat.PNG).size == Size(8, 6)


def test_a_very_large_result_leaves_a_preview(tmp_path: Path) -> None:
    """A PNG has no short way to its first pixels; the preview is found again under the name that the file gets later."""
    part = tmp_path / "result.part"
    wide = (
        pyvips.Image.black(9_001, 5_003, bands=3).linear([1], [40, 90, 200]).cast("uchar").copy(interpretation="srgb")
    )
    wide.pngsave(str(part), compression=1)
    cache = TileCache(tmp_path / "cache")
    PictureFiles(cache.folder).verify(part, None, FileFormat.PNG)
    path = part.rename(tmp_path / "result.png")
    found = coarse(path, Size(900, 700), cache=cache)
    assert found is not None
    assert found.size == Size(9_001, 5_003)
    assert (found.raster.width, found.raster.height) == (900, 500)
    assert all(abs(a - b) <= 2 for a, b in zip(found.raster.pixel(899, 499), (40, 90, 200), strict=True))
    assert coarse(path, Size(900, 700), cache=TileCache(tmp_path / "other")) is None
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(500))
    with pytest.raises(ResultError) as caught:
        verify(path, None, FileFormat.PNG, cache)
    assert caught.value.code == "result.damaged"
    assert coarse(path, Size(900, 700), cache=cache) is None
