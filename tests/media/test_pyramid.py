"""Pyramids: the pixels of the file, whole, upright and in sRGB, from memory or from the cache."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.tiling import TILE_PX, Tile, grid, level_sizes
from topazdesk.errors import ComputerError, InputError
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.raster import PixelFormat
from topazdesk.media.thumbnail import coarse
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import CancelledError

LARGE = Size(2_600, 1_600)  # over the 4 MP that are kept in memory


@pytest.fixture
def cache(tmp_path: Path) -> TileCache:
    return TileCache(tmp_path / "cache")


@pytest.fixture(scope="module")
def large_png(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.png"
    pictures.scene(LARGE.width, LARGE.height).write_to_file(str(path), compression=1)
    return path


def expected(path: Path, left: int, top: int, width: int, height: int) -> bytes:
    return bytes(pyvips.Image.new_from_file(str(path)).crop(left, top, width, height).write_to_memory())


def test_small_and_large_give_the_very_pixels_of_the_file(tmp_path: Path, cache: TileCache, large_png: Path) -> None:
    small = tmp_path / "small.png"
    pictures.scene(700, 300).write_to_file(str(small))
    for path, size in ((small, Size(700, 300)), (large_png, LARGE)):
        pyramid = Pyramid.open(path, cache)
        assert pyramid.size == size
        columns, rows = grid(size)
        for column, row in ((0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1)):
            raster = pyramid.tile(Tile(0, column, row))
            left, top = column * TILE_PX, row * TILE_PX
            assert raster.data == expected(path, left, top, raster.width, raster.height)
    assert [entry.suffix for entry in cache.folder.iterdir() if entry != cache.own.mark] == [
        ".tiles"
    ]  # small ones stay out of it


@pytest.mark.parametrize(("width", "height"), [(2_731, 1_533), (16_000, 300), (251, 20_001)])
def test_written_levels_have_the_sizes_that_the_arithmetic_says(
    tmp_path: Path, cache: TileCache, width: int, height: int
) -> None:
    path = tmp_path / "odd.jpg"
    pictures.scene(width, height).write_to_file(str(path))
    pyramid = Pyramid.open(path, cache)
    assert pyramid.levels == level_sizes(Size(width, height))
    for level, size in enumerate(pyramid.levels):
        columns, rows = grid(size)
        last = pyramid.tile(Tile(level, columns - 1, rows - 1))
        assert (last.width, last.height) == (
            size.width - (columns - 1) * TILE_PX,
            size.height - (rows - 1) * TILE_PX,
        )


def test_levels_are_means_so_that_places_stay(tmp_path: Path, cache: TileCache) -> None:
    """A pixel of level 2 is the mean of 4 × 4 pixels at the same place, in memory as in the file."""
    for size in (Size(1_024, 512), Size(2_816, 1_536)):
        path = tmp_path / f"step{size.width}.png"
        step = (pyvips.Image.xyz(size.width, size.height)[0] >= size.width // 2).ifthenelse(240, 16).cast("uchar")
        step.bandjoin([step, step]).copy(interpretation="srgb").write_to_file(str(path), compression=1)
        pyramid = Pyramid.open(path, cache)
        middle = size.width // 2 // 4
        column, within = divmod(middle, TILE_PX)
        left_column, left_within = divmod(middle - 1, TILE_PX)
        assert pyramid.tile(Tile(2, column, 0)).pixel(within, 10) == (240, 240, 240)
        assert pyramid.tile(Tile(2, left_column, 0)).pixel(left_within, 10) == (16, 16, 16)


def test_a_turned_large_picture_is_upright(tmp_path: Path, cache: TileCache) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(pictures.encode(FileFormat.JPEG, LARGE.width, LARGE.height, orientation=6))
    pyramid = Pyramid.open(path, cache)
    assert pyramid.size == LARGE.turned()
    upright = pyvips.Image.new_from_file(str(path)).autorot()
    assert pyramid.tile(Tile(0, 3, 5)).data == bytes(
        upright.crop(3 * TILE_PX, 5 * TILE_PX, TILE_PX, TILE_PX).write_to_memory()
    )


def test_sixteen_bits_and_a_profile_come_out_as_srgb(tmp_path: Path, cache: TileCache) -> None:
    path = tmp_path / "deep.tif"
    plain = pyvips.Image.black(LARGE.width, LARGE.height, bands=3).linear(1, [60, 200, 60]).cast("uchar")
    deep = plain.copy(interpretation="srgb").icc_transform("p3", input_profile="srgb", depth=16)
    deep.write_to_file(str(path))
    pixel = Pyramid.open(path, cache).tile(Tile(0, 1, 1)).pixel(100, 100)
    assert all(abs(a - b) <= 2 for a, b in zip(pixel, (60, 200, 60), strict=True))


@pytest.mark.parametrize(
    ("depth", "largest", "shown"), [("uint", 2**32 - 1, (200, 100, 50)), ("float", 1.0, (229, 168, 122))]
)
def test_thirty_two_bits_have_the_colours_that_are_sent(
    tmp_path: Path, cache: TileCache, depth: str, largest: float, shown: tuple[int, int, int]
) -> None:
    """Whole numbers of 32 bits were cut off instead of scaled: such scans were black, cyan or white."""
    path = tmp_path / "deep.tif"
    ink = [value / 255 * largest for value in (200, 100, 50)]
    pyvips.Image.black(80, 60, bands=3).linear(1, ink).cast(depth).copy(interpretation="srgb").tiffsave(str(path))
    first = coarse(path, Size(40, 40))
    assert first is not None
    for pixel in (Pyramid.open(path, cache).tile(Tile(0, 0, 0)).pixel(9, 9), first.raster.pixel(9, 9)):
        assert all(abs(a - b) <= 1 for a, b in zip(pixel, shown, strict=True))


def test_alpha_is_multiplied_so_that_hidden_colour_does_not_bleed(tmp_path: Path, cache: TileCache) -> None:
    """Cut-outs keep bright colours under transparent places; averaged without the alpha they gave fringes."""
    for size in (Size(512, 512), LARGE):
        path = tmp_path / f"cut{size.width}.png"
        hidden = (pyvips.Image.xyz(size.width, size.height)[0] % 2 == 0).ifthenelse(0, 255).cast("uchar")
        colour = hidden.ifthenelse(0, 255).cast("uchar")  # white where transparent, black where not
        colour.bandjoin([colour, colour, hidden]).copy(interpretation="srgb").write_to_file(str(path), compression=1)
        pyramid = Pyramid.open(path, cache)
        raster = pyramid.tile(Tile(1, 0, 0))
        assert raster.format is PixelFormat.RGBA_PREMULTIPLIED
        red, _, _, alpha = raster.pixel(50, 50)
        assert red == 0
        assert abs(alpha - 128) <= 1


def test_the_second_time_comes_from_the_cache(cache: TileCache, large_png: Path) -> None:
    assert Pyramid.ready(large_png, cache) is None
    Pyramid.open(large_png, cache)
    built = cache.place(large_png).stat()
    again = Pyramid.ready(large_png, cache)
    assert again is not None
    assert cache.place(large_png).stat().st_ino == built.st_ino


def test_another_content_under_the_same_name_is_another_pyramid(tmp_path: Path, cache: TileCache) -> None:
    path = tmp_path / "result.jpg"
    path.write_bytes(pictures.encode(FileFormat.JPEG, LARGE.width, LARGE.height))
    Pyramid.open(path, cache)
    path.write_bytes(pictures.encode(FileFormat.JPEG, LARGE.width + 200, LARGE.height))
    os.utime(path, ns=(1, 1))
    assert Pyramid.open(path, cache).size.width == LARGE.width + 200


def test_a_spoilt_file_in_the_cache_is_built_anew(cache: TileCache, large_png: Path) -> None:
    Pyramid.open(large_png, cache)
    cache.place(large_png).write_bytes(b"no pyramid, and longer than the end of one")
    assert Pyramid.open(large_png, cache).tile(Tile(0, 1, 1)).data == expected(large_png, 256, 256, 256, 256)


def test_the_cache_keeps_to_its_cap_and_drops_the_longest_unused(tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(pictures.encode(FileFormat.JPEG, LARGE.width, LARGE.height + number))
        paths.append(path)
    cache = TileCache(tmp_path / "cache", max_bytes=45_000_000)  # two of 17 MB
    for number, path in enumerate(paths):
        Pyramid.open(path, cache)
        os.utime(cache.place(path), (number, number))
    assert [cache.place(path).exists() for path in paths] == [False, True, True]


def test_a_dropped_pyramid_that_is_shown_still_serves_its_tiles(cache: TileCache, large_png: Path) -> None:
    pyramid = Pyramid.open(large_png, cache)
    pyramid.tile(Tile(0, 0, 0))
    cache.trim(keep=None, max_bytes=0)
    assert list(cache.folder.iterdir()) == [cache.own.mark]
    assert pyramid.tile(Tile(0, 1, 1)).data == expected(large_png, 256, 256, 256, 256)
    assert pyramid.tile(Tile(2, 0, 0)).width == TILE_PX


def test_cancelling_leaves_nothing_behind(cache: TileCache, large_png: Path) -> None:
    with pytest.raises(CancelledError):
        Pyramid.open(large_png, cache, lambda: True)
    assert [
        entry for entry in cache.folder.iterdir() if entry.suffix != ".tiles" and entry != cache.own.mark
    ] == []  # or it was done before


@dataclass(frozen=True)
class HeldCache(TileCache):
    """A build in it does not begin before `go_on`; `builds` has what each needs."""

    go_on: threading.Event = field(default_factory=threading.Event)
    builds: list[int] = field(default_factory=list)

    def prepare(self, need_bytes: int) -> None:
        self.builds.append(need_bytes)
        assert self.go_on.wait(60)
        TileCache.prepare(self, need_bytes)  # a class with slots is not the one that `super` would look for


class Waiting(threading.Thread):
    """Opens a pyramid; `is_waiting` is set once it waits for the build."""

    def __init__(self, path: Path, cache: TileCache) -> None:
        super().__init__()
        self._path, self._cache = path, cache
        self.is_waiting = threading.Event()
        self.found: Pyramid | None = None
        self.start()
        assert self.is_waiting.wait(60)

    def run(self) -> None:
        # Asked again and again while it waits.
        self.found = Pyramid.open(self._path, self._cache, lambda: self.is_waiting.set() or False)


def test_two_who_ask_for_one_file_share_one_build(tmp_path: Path, large_png: Path) -> None:
    """Both sides of a pair may be the same file; it was written twice, and the later one won."""
    cache = HeldCache(tmp_path / "cache")
    threads = [Waiting(large_png, cache) for _ in range(3)]
    cache.go_on.set()
    for thread in threads:
        thread.join()
    assert len(cache.builds) == 1
    assert all(thread.found is not None for thread in threads)


def test_one_who_gives_up_does_not_end_what_another_waits_for(tmp_path: Path, large_png: Path) -> None:
    cache = HeldCache(tmp_path / "cache")
    other = Waiting(large_png, cache)
    with pytest.raises(CancelledError):
        Pyramid.open(large_png, cache, lambda: True)
    cache.go_on.set()
    other.join()
    assert len(cache.builds) == 1
    assert other.found is not None
    assert other.found.size == LARGE


def test_several_threads_may_read_at_once(cache: TileCache, large_png: Path) -> None:
    pyramid = Pyramid.open(large_png, cache)
    tiles = [Tile(0, column, row) for column in range(6) for row in range(6)]
    wrong: list[Tile] = []

    def read(order: list[Tile]) -> None:
        wrong.extend(
            tile
            for tile in order
            if pyramid.tile(tile).data != expected(large_png, tile.column * 256, tile.row * 256, 256, 256)
        )

    threads = [threading.Thread(target=read, args=(order,)) for order in (tiles, tiles[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_damaged_picture_is_refused(tmp_path: Path, cache: TileCache) -> None:
    path = tmp_path / "cut.png"
    whole = pictures.encode(FileFormat.PNG, LARGE.width, LARGE.height)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError) as caught:
        Pyramid.open(path, cache)
    assert caught.value.hint
    assert not [entry for entry in cache.folder.iterdir() if entry.suffix == ".tiles"]


def test_an_unusable_cache_folder_is_told_as_such(tmp_path: Path, large_png: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    with pytest.raises(ComputerError) as caught:
        Pyramid.open(large_png, TileCache(in_the_way))
    assert "unharmed" in caught.value.hint


def test_whole_is_about_as_large_as_the_box(cache: TileCache, large_png: Path) -> None:
    pyramid = Pyramid.open(large_png, cache)
    raster = pyramid.whole(Size(600, 600))
    assert raster.size in pyramid.levels
    assert 600 <= raster.size.long_edge < 1_300
