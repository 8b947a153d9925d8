"""From one pair to the next: never blank, never the wrong picture, nothing late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.ui.viewer.conftest import BLUE, GREEN, RED, colour, marked, near
from topazdesk.domain.geometry import Size
from topazdesk.media import preview_build
from topazdesk.media.thumbnail import coarse
from topazdesk.media.thumbnail_store import ThumbnailSize, ThumbnailStore
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.side import Side

Sharp = Callable[[CompareView], QImage]
Files = dict[str, Path]


def test_the_old_result_stays_until_the_new_one_is_there(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path, qtbot: QtBot
) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    frames: list[tuple[int, int, int]] = []
    view.pair_shown.connect(lambda: frames.append((0, 0, 0)))
    view.set_pair(files["before"], marked(tmp_path / "new.png", 2400, 1600, BLUE))
    meanwhile: list[tuple[int, int, int]] = []

    def is_there() -> bool:
        now = colour(view.grab().toImage(), 560, 120)
        if not frames:
            meanwhile.append(now)
        return bool(frames)

    qtbot.waitUntil(is_there)
    assert meanwhile
    assert all(near(each, GREEN) for each in meanwhile)
    assert near(colour(view.grab().toImage(), 560, 120), BLUE)


def test_the_place_stays_when_a_result_comes_to_the_picture_that_is_shown(
    view: CompareView, files: Files, sharp: Sharp
) -> None:
    view.set_pair(files["before"], None)
    sharp(view)
    view.stage.zoom_to(800)
    assert view.stage.viewport is not None
    view.stage._look(view.stage.viewport.centred(0.7, 0.2))
    before = view.stage.viewport.frame_rect
    sharp(view)
    view.set_pair(files["before"], files["after"])
    view.stage.pairs.swapped.connect(lambda _same: None)
    image = sharp(view)
    assert view.stage.viewport.frame_rect.x == pytest.approx(before.x, abs=1)
    assert view.stage.viewport.frame_rect.width == pytest.approx(before.width)
    assert view.stage.percent == pytest.approx(200)
    assert near(colour(image, 560, 120), GREEN)


def test_sharp_tiles_of_an_unchanged_before_are_kept(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["large"], None)
    sharp(view)
    picture = view.stage.pairs.shown.pictures[Side.BEFORE]
    view.set_pair(files["large"], files["after"])
    sharp(view)
    assert view.stage.pairs.shown.pictures[Side.BEFORE] is picture


def test_a_file_written_anew_under_its_name_is_read_anew(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path
) -> None:
    result = marked(tmp_path / "result.png", 1200, 800, GREEN)
    view.set_pair(files["before"], result)
    sharp(view)
    marked(result, 1400, 900, BLUE)
    view.set_pair(files["before"], result)
    image = sharp(view)
    assert near(colour(image, 560, 120), BLUE)
    assert view.stage.pairs.shown.sizes[Side.AFTER] == Size(1400, 900)


def test_another_picture_starts_fitted(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.zoom_to(400)
    view.set_pair(files["large"], None)
    sharp(view)
    assert view.stage.viewport is not None
    assert view.stage.viewport.is_fitted


def test_only_the_last_of_many_wishes_is_shown(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path, qtbot: QtBot
) -> None:
    """Somebody holds the arrow key down in the list: late answers are dropped."""
    shown: list[Path] = []
    view.pair_shown.connect(lambda: shown.append(view.stage.pairs.shown.paths[Side.BEFORE]))
    paths = [marked(tmp_path / f"{number}.png", 400 + number, 300, RED) for number in range(12)]
    for path in paths:
        view.set_pair(path, None)
    sharp(view)
    assert view.stage.pairs.shown.paths[Side.BEFORE] == paths[-1]
    assert view.stage.pairs.shown.sizes[Side.BEFORE] == Size(411, 300)
    assert shown[-1] == paths[-1]
    assert len(shown) <= 2


def test_nothing_clears_the_view(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.set_pair(None, None)
    assert view.stage.viewport is None
    assert not view.stage.divider.isVisible()
    assert view.accessibleDescription() == "No picture"


def test_stopping_in_the_middle_ends_the_threads(view: CompareView, tmp_path: Path, qtbot: QtBot) -> None:
    """A window closed while a large picture is being prepared must not wait for it, nor leave files."""
    import threading

    path = tmp_path / "huge.png"
    pyvips.Image.black(9000, 6000, bands=3).copy(interpretation="srgb").write_to_file(str(path), compression=1)
    view.set_pair(path, None)
    qtbot.waitUntil(lambda: any(thread.name.startswith("viewer-open") for thread in threading.enumerate()))
    view.stop()
    qtbot.waitUntil(lambda: not any(thread.name.startswith("viewer-") for thread in threading.enumerate()))
    folder = tmp_path / "cache"
    assert not folder.exists() or not [entry for entry in folder.iterdir() if entry.suffix == ".part"]


def test_a_viewer_that_was_stopped_may_still_be_asked_for_pictures(
    view: CompareView, files: Files, sharp: Sharp
) -> None:
    """A window that closes saves first; until then its list still shows rows."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stop()
    view.set_pair(files["large"], None)
    view.set_pair(files["after"], files["large"])
    view.stage.differences.show_pair((files["before"], files["after"]))
    view.stage.differences.want()
    view.stage.offsets.move(0.1, 0.1)
    view.stage.offsets.stop()
    assert view.stage.pairs.shown.paths[Side.BEFORE] == files["before"], "what was shown stays"


def test_known_sizes_give_the_zoom_before_the_result_is_open(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"], (Size(300, 200), Size(1200, 800)))
    sharp(view)
    assert view.stage.percent == pytest.approx(50)


def test_asking_again_for_what_is_on_its_way_does_not_start_it_anew(
    view: CompareView, tmp_path: Path, sharp: Sharp
) -> None:
    """The window asks again with every piece of news; a large picture was then never finished."""
    path = tmp_path / "large.png"
    pyvips.Image.black(5_000, 3_000, bands=3).copy(interpretation="srgb").write_to_file(str(path), compression=1)
    view.set_pair(path, None)
    coming = view.stage.pairs._coming
    for _ in range(5):
        view.set_pair(path, None)
    assert view.stage.pairs._coming is coming
    sharp(view)
    assert view.stage.pairs.shown is coming


def test_asking_again_for_what_is_shown_keeps_place_and_pixels(view: CompareView, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.zoom_to(300)
    pictures = dict(view.stage.pairs.shown.pictures)
    looked_at = view.stage.viewport
    view.set_pair(files["before"], files["after"])
    sharp(view)
    assert view.stage.pairs.shown.pictures == pictures
    assert view.stage.viewport == looked_at


def test_without_a_cache_folder_the_picture_stays_coarse_and_the_reason_is_told(
    qtbot: QtBot, no_memory: None, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    path = tmp_path / "large.jpg"
    pyvips.Image.black(3_000, 2_000, bands=3).linear(1, list(BLUE)).cast("uchar").copy(
        interpretation="srgb"
    ).write_to_file(str(path))
    view = CompareView(in_the_way)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    with qtbot.waitSignal(view.problem) as told:
        view.set_pair(path, None)
    assert told.args is not None
    assert "temporary files" in told.args[0].title
    qtbot.waitUntil(lambda: view.stage.viewport is not None)
    assert near(colour(view.grab().toImage(), 560, 120), BLUE)
    in_the_way.unlink()
    view.set_pair(path, None)  # chosen again after the cause was mended
    qtbot.waitUntil(lambda: view.stage.pairs.shown.pictures[Side.BEFORE].pyramid is not None)
    view.stop()


def test_another_picture_that_takes_long_is_announced(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path
) -> None:
    """For 15 s a chosen PNG of 683 MP looked like the picture before it, with its labels."""
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.pairs._patience.setInterval(0)
    seen: list[tuple[int, tuple[int, int, int]]] = []

    def look() -> None:
        seen.append((len(view.stage.pairs.shown.pictures), colour(view.grab().toImage(), 60, 120)))

    view.pair_shown.connect(look)
    view.set_pair(marked(tmp_path / "other.png", 3000, 2000, BLUE), None)
    image = sharp(view)
    assert seen[0][0] == 0  # nothing of the old pair, and not yet the new one
    assert not near(seen[0][1], RED)
    assert near(colour(image, 60, 120), BLUE)


def test_a_very_large_png_has_first_pixels_before_its_pyramid(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache")
    large = marked(tmp_path / "large.png", 8_000, 5_100, BLUE)
    assert coarse(large, Size(600, 400), cache=cache) is None
    assert preview_build.ask(large, cache, lambda: False)
    first = coarse(large, Size(600, 400), cache=cache)
    assert first is not None
    assert (first.grid.pixels, first.raster.size) == (Size(8_000, 5_100), Size(600, 383))
    assert near(first.raster.pixel(20, 20), BLUE)
    assert not preview_build.ask(marked(tmp_path / "small.png", 300, 200, BLUE), cache, lambda: False)


def test_the_thumbnail_of_the_list_stands_in_until_the_pyramid_is_there(
    view: CompareView, sharp: Sharp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    large = marked(tmp_path / "large.png", 6_000, 4_000, BLUE)
    ThumbnailStore.choose(view.stage.pairs.cache.folder.with_name("thumbnails")).thumbnail(large, ThumbnailSize.LARGE)
    widths: list[int] = []

    def shown() -> None:
        picture = view.stage.pairs.shown.pictures.get(Side.BEFORE)  # none yet where the first decoder starts slowly
        widths.extend([] if picture is None else [picture.coarse.width()])

    view.pair_shown.connect(shown)
    view.set_pair(large, None)
    image = sharp(view)
    assert widths[0] == 256
    assert widths[-1] > 256
    assert view.stage.pairs.shown.pictures[Side.BEFORE].pyramid is not None
    assert near(colour(image, 60, 120), BLUE)


def test_who_goes_back_sees_the_picture_before_it_is_decoded_again(
    view: CompareView, files: Files, sharp: Sharp, tmp_path: Path
) -> None:
    other = marked(tmp_path / "other.png", 2500, 1700, RED)
    large = marked(tmp_path / "large.png", 3000, 2000, BLUE)
    for path in (large, other):
        view.set_pair(path, None)
        first = sharp(view)
    seen: list[tuple[int, bool, QImage]] = []

    def look() -> None:
        picture = view.stage.pairs.shown.pictures[Side.BEFORE]
        seen.append((picture.coarse.width(), picture.pyramid is not None, view.grab().toImage()))

    told: list[int] = []
    loader = view.stage.pairs._loader
    loader.coarse_ready.connect(lambda answer: told.append(answer.image.width()))
    loader.pyramid_ready.connect(lambda _answer: told.append(0))
    view.stage.pairs.swapped.connect(look)
    view.set_pair(large, None)
    assert near(colour(sharp(view), 560, 120), BLUE)
    width, is_open, image = seen[0]
    assert told[0] >= 590, "it is told before it is decoded"
    # On a busy machine it may be decoded before the window gets to show anything.
    assert is_open or width >= 590, "as large as the view: nothing coarse flashes up"
    assert near(colour(image, 560, 120), BLUE)
    assert near(colour(first, 560, 120), RED)
