"""A pyramid while it is being built: what somebody looks at comes first, with the very pixels of the file."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.tiling import TILE_PX, Tile, grid
from topazdesk.errors import ComputerError, InputError
from topazdesk.media import pyramid_file
from topazdesk.media.decoding import upright
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.pyramid_tiles import PyramidTiles, Strip
from topazdesk.media.raster import premultiplied, to_display
from topazdesk.media.strip_source import StripSource, open_source
from topazdesk.media.tile_layout import TileLayout
from topazdesk.media.tile_packing import Packing
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import CancelledError, shared

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

SIZE = Size(300, 1_500)  # six strips, the last one not full
LAST = 5


def written(path: Path, kind: str) -> Path:
    """One of the kinds of pictures that are read in different ways."""
    plain = np.asarray(pictures.scene(SIZE.width, SIZE.height))
    deep = np.asarray(pictures.scene(SIZE.width, SIZE.height, bits=16))
    image = Image.fromarray(plain)
    match kind.split():
        case ["baseline"]:
            image.save(path, "JPEG", quality=92)
        case ["progressive"]:
            image.save(path, "JPEG", quality=92, progressive=True)
        case ["restarts"]:
            image.save(path, "JPEG", quality=92, restart_marker_rows=1)
        case ["inks"]:
            image.convert("CMYK").save(path, "JPEG", quality=92)
        case ["turned", number]:
            exif = Image.Exif()
            exif[0x0112] = int(number)
            image.save(path, "JPEG", quality=92, exif=exif)
        case ["png", "16"]:
            pictures.scene(SIZE.width, SIZE.height, bits=16).pngsave(str(path), compression=1)
        case ["png", "alpha"]:
            image.putalpha(Image.linear_gradient("L").resize(image.size))
            image.save(path, "PNG", compress_level=1)
        case ["tiff", packing, depth, order, *more]:
            numbers = deep if depth == "16" else plain
            options: dict[str, object] = {"rowsperstrip": 100} if "tiled" not in more else {"tile": (256, 256)}
            options = {"rowsperstrip": SIZE.height} if "one" in more else options
            numbers = numbers[..., 0] if "grey" in more else numbers
            tifffile.imwrite(
                path,
                numbers,
                byteorder=">" if order == "big" else "<",
                photometric="minisblack" if "grey" in more else "rgb",
                compression=None if packing == "none" else packing,
                predictor=None if packing == "none" or "whole" in more else 2,
                **options,  # type: ignore[arg-type]
            )
        case _:
            raise AssertionError(kind)
    return path


JPEGS = ["baseline", "progressive", "restarts", "inks", "turned 2", "turned 3", "turned 6", "png 16", "png alpha"]
TIFFS = [
    *(f"tiff {packing} {depth} {order}" for packing in ("none", "lzw", "adobe_deflate") for depth in ("8", "16") for order in ("little", "big")),
    *("tiff packbits 8 little whole", "tiff none 8 little one", "tiff lzw 8 little one", "tiff adobe_deflate 8 little grey"),
    *("tiff lzw 8 little tiled", "tiff none 16 big tiled", "tiff lzw 8 little whole"),
]  # fmt: skip


def whole(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """All pixels as they are shown, by one full decode."""
    with opened(path) as descriptor:
        image = premultiplied(to_display(upright(descriptor, read_header(descriptor, path))))
        return np.asarray(image)


class Watched:
    """A build in this process that notes in which order strips are there, and what their tiles show at once."""

    def __init__(self, source: Path, part: Path, wanted: Collection[int] = ()) -> None:
        self.order: list[int] = []
        self.seen: dict[int, bytes] = {}
        self.tiles: PyramidTiles | None = None
        self._part = part
        with opened(source) as descriptor:
            self._size = read_header(descriptor, source).size
        pyramid_file.write(source, part, plain=True, begun=self._begun, added=self._added, wanted=lambda: wanted)

    def _begun(self, bands: int, packing: Packing) -> None:
        self.tiles = PyramidTiles(self._part, TileLayout(self._size), packing, bands)

    def _added(self, number: int, strip: tuple[int, tuple[int, ...]]) -> None:
        assert self.tiles is not None
        tile = Tile(0, 0, number)
        assert not self.tiles.has(tile)
        self.order.append(number)
        self.tiles.add(number, strip)
        assert self.tiles.has(tile)
        self.seen[number] = self.tiles.pixels(tile).tobytes()


class Noted:
    """A source that notes what each pass over the picture does with each strip."""

    def __init__(self, source: StripSource, number: int, log: list[tuple[int, str, int]]) -> None:
        self.size, self.bands, self.row_bytes, self.is_random = source.size, source.bands, source.row_bytes, False
        self.shown = source.shown
        self._source, self._number, self._log = source, number, log

    def strip(self, number: int, room: Pixels) -> Pixels:
        self._log.append((self._number, "made", number))
        return self._source.strip(number, room)

    def skip(self, number: int) -> None:
        self._log.append((self._number, "passed", number))
        self._source.skip(number)


@pytest.mark.parametrize("kind", [*JPEGS, *TIFFS])
def test_a_tile_has_the_very_pixels_of_the_file_as_soon_as_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = written(tmp_path / "picture", kind)
    expected = whole(path)
    strips = -(-expected.shape[0] // TILE_PX)
    wanted = [3, 4] if strips > 4 else [1]
    log: list[tuple[int, str, int]] = []
    monkeypatch.setattr(pyramid_file, "_MOST_THREADS", 2)
    if kind not in TIFFS:
        monkeypatch.setattr(
            pyramid_file, "open_source", lambda descriptor, info: Noted(open_source(descriptor, info), 0, log)
        )
    build = Watched(path, tmp_path / "part", wanted)
    if kind in TIFFS:  # several threads at once
        assert build.order[0] in wanted
    else:  # what lies on the way is made only where there is time for it, and nothing behind before both are decoded
        made = [number for _, what, number in log if what == "made"]
        assert [number for number in made if number >= wanted[0]] == list(range(wanted[0], strips))
        assert {number for _, what, number in log if what == "passed"} <= set(range(wanted[0]))
    assert sorted(build.order) == list(range(strips))
    for number, data in build.seen.items():
        assert data == expected[number * TILE_PX : (number + 1) * TILE_PX, :TILE_PX].tobytes(), number
    complete = PyramidTiles.of_file(tmp_path / "part")
    for level, size in enumerate(complete.layout.levels):
        columns, rows = grid(size)
        for tile in (Tile(level, column, row) for column in range(columns) for row in range(rows)):
            assert complete.painted(tile)[..., 2::-1].tobytes() == complete.pixels(tile)[..., :3].tobytes()


def test_a_pass_waits_where_it_is_for_who_looks_further_down_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a look further up, the decoder had to come from the top to each place below."""
    path = written(tmp_path / "picture", "baseline")
    log: list[tuple[int, str, int]] = []
    passes = itertools.count()
    monkeypatch.setattr(pyramid_file, "_MOST_THREADS", 2)
    monkeypatch.setattr(
        pyramid_file, "open_source", lambda descriptor, info: Noted(open_source(descriptor, info), next(passes), log)
    )
    is_over = threading.Event()

    def wanted() -> list[int]:
        """One after the other, each as soon as the one before was decoded."""
        made = {number for _, what, number in log if what == "made"}
        found = [each for each in (4, 1, 5) if each not in made][:1]
        if not found:
            is_over.set()
        return found

    def added(number: int, _strip: Strip) -> None:
        if number == 0:  # so that there is no time for anything else on the way
            assert is_over.wait(60)

    pyramid_file.write(path, tmp_path / "part", plain=True, added=added, wanted=wanted)
    assert [each for each in log if each[0] == 0] == [
        (0, "made", 0), (0, "passed", 1), (0, "passed", 2), (0, "passed", 3), (0, "made", 4), (0, "made", 5),
    ]  # fmt: skip
    assert [each for each in log if each[0] == 1] == [(1, "passed", 0), *((1, "made", each) for each in (1, 2, 3))]
    assert log.index((1, "made", 1)) < log.index((0, "made", 5)) < log.index((1, "made", 2))
    Watched(path, tmp_path / "straight")
    one, other = PyramidTiles.of_file(tmp_path / "straight"), PyramidTiles.of_file(tmp_path / "part")
    assert all(np.array_equal(one.level(level), other.level(level)) for level in range(len(one.layout.levels)))


@pytest.mark.parametrize("kind", ["baseline", "tiff lzw 8 little"])
def test_in_which_order_it_was_made_makes_no_difference(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "picture", kind)
    Watched(path, tmp_path / "straight")
    Watched(path, tmp_path / "other", wanted=[LAST, 2, 0])
    one, other = PyramidTiles.of_file(tmp_path / "straight"), PyramidTiles.of_file(tmp_path / "other")
    for level in range(len(one.layout.levels)):
        assert np.array_equal(one.level(level), other.level(level))


def test_a_tiff_needs_nothing_above_what_is_looked_at(tmp_path: Path) -> None:
    """One whose first strips are damaged shows the others; libvips would begin with the first."""
    path = written(tmp_path / "picture", "tiff adobe_deflate 8 little")
    expected = whole(path)
    with tifffile.TiffFile(path) as file:
        offset, count = file.pages.first.dataoffsets[4], file.pages.first.databytecounts[4]
    data = bytearray(path.read_bytes())
    data[offset : offset + count] = bytes(count)
    path.write_bytes(data)
    with opened(path) as descriptor:
        source = open_source(descriptor, read_header(descriptor, path))
        assert source.is_random
        room = np.empty(TILE_PX * source.row_bytes, np.uint8)
        shown = source.shown(source.strip(LAST, room))
        assert np.array_equal(shown, expected[LAST * TILE_PX :])
        with pytest.raises(InputError):
            source.strip(1, room)


@pytest.mark.parametrize("kind", ["baseline", "tiff lzw 8 little", "tiff none 8 little", "png 16"])
def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "picture", kind)
    data = path.read_bytes()
    # tifffile writes the directory first.
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(InputError):
        Watched(path, tmp_path / "part")


def test_a_strip_is_the_mean_of_its_rows_at_every_level(tmp_path: Path) -> None:
    path = written(tmp_path / "picture", "baseline")
    Watched(path, tmp_path / "part")
    tiles = PyramidTiles.of_file(tmp_path / "part")
    for level in range(1, len(tiles.layout.levels)):
        above = tiles.level(level - 1).astype(int)
        rows, width = tiles.level(level).shape[:2]
        above = above[: 2 * rows, : 2 * width]
        mean = (above[::2, ::2] + above[1::2, ::2] + above[::2, 1::2] + above[1::2, 1::2] + 2) >> 2
        assert np.array_equal(tiles.level(level), mean)


def test_a_build_whose_process_ends_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    pyvips.Image.black(12_000, 12_000).jpegsave(str(path))  # large enough to be at work when it is killed
    cache = TileCache(tmp_path / "cache")
    growing: list[Pyramid] = []
    shared.close()
    shared.warm()  # a job of a process that was never used is not tried again
    helper = shared._idle[-1].pid

    def begun(pyramid: Pyramid) -> None:
        growing.append(pyramid)
        os.kill(helper, signal.SIGKILL)

    with pytest.raises(ComputerError):
        Pyramid.open(path, cache, begun=begun)
    (pyramid,) = growing
    assert not pyramid.is_whole
    assert not any(pyramid.has(Tile(0, column, row)) for column in range(47) for row in range(47))
    assert [entry for entry in cache.folder.iterdir() if entry != cache.own.mark] == []


def test_what_is_asked_for_meanwhile_is_told_when_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(pictures.encode(FileFormat.JPEG, 2_600, 6_000))
    wanted = Tile(0, 3, 23)
    told = threading.Event()

    def begun(pyramid: Pyramid) -> None:
        def look() -> None:
            if pyramid.has(wanted):
                told.set()

        pyramid.watch(look)
        pyramid.want([wanted])

    pyramid = Pyramid.open(path, TileCache(tmp_path / "cache"), begun=begun)
    assert told.is_set()
    assert pyramid.is_whole
    with opened(path) as descriptor:
        image: pyvips.Image = to_display(upright(descriptor, read_header(descriptor, path), any_order=True))
        expected = image.crop(3 * TILE_PX, 23 * TILE_PX, TILE_PX, 6_000 - 23 * TILE_PX).write_to_memory()
    assert pyramid.tile(wanted).data == bytes(expected)


def test_a_build_that_was_given_up_has_no_tiles_any_more(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(pictures.encode(FileFormat.JPEG, 2_600, 6_000))
    growing: list[Pyramid] = []
    told = threading.Event()
    shared.close()
    shared.warm()
    helper = shared._idle[-1].pid

    def begun(pyramid: Pyramid) -> None:
        os.kill(helper, signal.SIGSTOP)  # so that it is at work however late anybody looks
        growing.append(pyramid)
        pyramid.watch(told.set)

    with pytest.raises(CancelledError):
        Pyramid.open(path, TileCache(tmp_path / "cache"), lambda: bool(growing), begun=begun)
    assert told.wait(120)
    assert not growing[0].has(Tile(0, 0, 0))
