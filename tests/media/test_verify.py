"""Verify: only a whole picture of the promised size and format passes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.errors import ResultError
from topazdesk.media import verifying, workers
from topazdesk.media.picture_files import PictureFiles
from topazdesk.media.thumbnail import coarse
from topazdesk.media.tilecache import TileCache
from topazdesk.media.verify import verify
from topazdesk.media.workers import Workers

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


def test_damage_in_the_last_rows_of_a_jpeg_is_found(tmp_path: Path) -> None:
    """libvips looks at its decoder's warnings before it reads further rows: those about the last were never seen."""
    path = tmp_path / "result.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    for lost in (12, 60, 400):
        path.write_bytes(data[: -2 - lost] + data[-2:])
        with pytest.raises(ResultError) as caught:
            verify(path, Size(640, 480), FileFormat.JPEG)
        assert caught.value.code == "result.cut_off"


def test_a_jpeg_in_which_a_piece_stands_twice(tmp_path: Path) -> None:
    """As after a download that went on at the wrong place: the decoder finds its way, and too much is left over."""
    path = tmp_path / "result.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    path.write_bytes(data[:30_000] + data[29_000:])
    with pytest.raises(ResultError) as caught:
        verify(path, Size(640, 480), FileFormat.JPEG)
    assert caught.value.code in ("result.checksum", "result.damaged")


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("compression", ["lzw", "deflate", "jpeg", "packbits"])
def test_a_damaged_part_of_a_tiff_is_found(tmp_path: Path, compression: str, tile: bool) -> None:
    """libvips shows a tile that cannot be unpacked as black, without a word."""
    path = tmp_path / "result.tif"
    pictures.scene(512, 512).tiffsave(str(path), compression=compression, tile=tile, tile_width=128, tile_height=128)
    assert verify(path, Size(512, 512), FileFormat.TIFF).size == Size(512, 512)
    with tifffile.TiffFile(path) as file:
        start, count = (found[len(found) // 2] for found in (file.pages[0].dataoffsets, file.pages[0].databytecounts))
    data = bytearray(path.read_bytes())
    data[start + 20 : start + count - 4] = bytes(count - 24)
    path.write_bytes(data)
    with pytest.raises(ResultError) as caught:
        verify(path, Size(512, 512), FileFormat.TIFF)
    assert caught.value.code in ("result.damaged", "result.cut_off")


def test_where_no_process_starts_the_result_is_decoded_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid for: it must not wait for a computer on which a process can be started."""
    monkeypatch.setattr(workers, "command", lambda: [str(tmp_path / "no such program")])
    monkeypatch.setattr(verifying, "for_results", Workers())
    path = pictures.write(tmp_path / "a.jpg")
    assert PictureFiles().verify(path, SIZE, FileFormat.JPEG).size == SIZE
    path.write_bytes(path.read_bytes()[:9_000])
    with pytest.raises(ResultError):
        PictureFiles().verify(path, SIZE, FileFormat.JPEG)


def test_a_result_that_ends_the_process_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = workers.command()
    pool = Workers()
    monkeypatch.setattr(workers, "command", lambda: [*told[:1], "-c", _DIES_OF_A_RESULT])
    monkeypatch.setattr(verifying, "for_results", pool)
    with pytest.raises(ResultError) as caught:
        PictureFiles().verify(pictures.write(tmp_path / "a.jpg"), SIZE, FileFormat.JPEG)
    assert caught.value.code == "result.damaged"
    pool.close()


_DIES_OF_A_RESULT = """
import json, os, sys
for line in sys.stdin:
    if json.loads(line)["job"] == "verify":
        os._exit(1)
    print(json.dumps({"ok": {"rows": []}}), flush=True)
"""


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
    assert found.grid.pixels == Size(9_001, 5_003)
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
