"""The change map measured from files: nothing where nothing changed, the right place where something did."""

from __future__ import annotations

from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.errors import InputError
from topazdesk.media.changes import MAX_PIXELS, common_size, compare
from topazdesk.media.changes_kept import kept, measured
from topazdesk.media.sandbox_mark import stamp_sandbox
from topazdesk.media.tilecache import TileCache


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("changes") / "scene.png"
    pictures.scene(800, 600).write_to_file(str(path))
    return path


def altered(scene: Path, path: Path, *, factor: int = 1) -> Path:
    """The scene, enlarged, with another pattern at 400, 300 (128 × 96 pixels of the source)."""
    image = pyvips.Image.new_from_file(str(scene))
    patch = (pyvips.Image.xyz(128, 96)[0] // 5 % 2 == 0).ifthenelse(30, 220).cast("uchar")
    image = image.insert(patch.bandjoin([patch, patch]).copy(interpretation="srgb"), 400, 300)
    image.resize(factor, kernel="linear").write_to_file(str(path), compression=1)
    return path


def test_the_same_picture_did_not_change(scene: Path) -> None:
    changes = compare(scene, scene)
    assert changes.size == Size(800, 600)
    assert max(changes.strengths) < 0.001
    assert changes.areas() == ()
    assert changes.clear_share == 0


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_an_invented_place_is_found_at_any_factor(scene: Path, tmp_path: Path, factor: int) -> None:
    changes = compare(scene, altered(scene, tmp_path / "after.png", factor=factor))
    first = changes.areas()[0]
    assert first.strength > 0.7
    assert first.part.x >= 380 / 800
    assert first.part.right <= 548 / 800
    assert first.part.y >= 280 / 600
    assert first.part.bottom <= 420 / 600
    assert changes.clear_share == pytest.approx(128 * 96 / 480_000, abs=0.02)


def test_another_colour_alone_is_a_change(scene: Path, tmp_path: Path) -> None:
    image = pyvips.Image.new_from_file(str(scene)).colourspace("lab")
    image.linear(1, [0, 18, 0]).colourspace("srgb").write_to_file(str(tmp_path / "red.png"))
    changes = compare(scene, tmp_path / "red.png")
    middle = sorted(changes.colour)[len(changes.colour) // 2]
    assert middle > 5
    assert max(changes.structure[5:20]) < 0.3


def test_orientation_and_another_shape_are_honoured(tmp_path: Path) -> None:
    """A result that was letterboxed is compared where the source lies in it."""
    upright = pictures.scene(600, 800)
    upright.write_to_file(str(tmp_path / "before.png"))
    turned = upright.rot270().copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    turned.write_to_file(str(tmp_path / "turned.jpg"), Q=100)
    assert sum(compare(tmp_path / "before.png", tmp_path / "turned.jpg").strengths) / 7000 < 0.05
    upright.embed(300, 0, 1200, 800).write_to_file(str(tmp_path / "boxed.png"))
    assert max(compare(tmp_path / "before.png", tmp_path / "boxed.png").strengths) < 0.01


def test_what_is_transparent_on_both_sides_is_the_same(scene: Path, tmp_path: Path) -> None:
    image = pyvips.Image.new_from_file(str(scene))
    hole = pyvips.Image.black(800, 600)
    image.bandjoin(hole).copy(interpretation="srgb").write_to_file(str(tmp_path / "a.png"))
    image.invert().bandjoin(hole).copy(interpretation="srgb").write_to_file(str(tmp_path / "b.png"))
    assert max(compare(tmp_path / "a.png", tmp_path / "b.png").strengths) < 0.001


def test_numbers_are_kept_by_the_content_of_both(scene: Path, tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache")
    after = altered(scene, tmp_path / "after.png")
    assert kept(scene, after, cache) is None
    changes = measured(scene, after, cache)
    again = kept(scene, after, cache)
    assert again is not None
    assert again.areas() == changes.areas()
    pyvips.Image.new_from_file(str(scene)).write_to_file(str(after))
    assert kept(scene, after, cache) is None


def test_a_missing_file_is_told_in_words(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        measured(scene, tmp_path / "none.png", TileCache(tmp_path / "cache"))


def test_very_large_and_very_small_sources() -> None:
    assert common_size(Size(6000, 4000)) == Size(6000, 4000)
    assert common_size(Size(32_000, 32_000)).pixels <= MAX_PIXELS
    assert common_size(Size(1, 1)).width >= 32
    assert common_size(Size(32_000, 1)).pixels <= MAX_PIXELS


@pytest.mark.parametrize("factor", [0.5, 1, 2, 4])
def test_the_stamp_of_the_sandbox_is_no_change(scene: Path, tmp_path: Path, factor: float) -> None:
    """It was the most changed area of every result that the sandbox made."""
    image = pyvips.Image.new_from_file(str(scene)).resize(factor)
    stamped = stamp_sandbox((image / 255).cast("float")) * 255
    plain, marked = tmp_path / "plain.jpg", tmp_path / "marked.jpg"
    image.write_to_file(str(plain), Q=90)
    stamped.cast("uchar").copy(interpretation="srgb").write_to_file(str(marked), Q=90)
    assert max(compare(plain, marked).strengths) < 0.1
    # Its place is as unchanged as if nobody had looked; all others are what they are.
    both = zip(compare(scene, marked).strengths, compare(scene, plain).strengths, strict=True)
    assert all(one < other + 0.05 for one, other in both)


def test_what_covers_the_stamp_is_a_change(scene: Path, tmp_path: Path) -> None:
    image = pyvips.Image.new_from_file(str(scene))
    stamped = (stamp_sandbox((image / 255).cast("float")) * 255).cast("uchar")
    covered = stamped.draw_rect([250, 250, 250], 690, 575, 60, 20, fill=True).copy(interpretation="srgb")
    covered.write_to_file(str(tmp_path / "covered.png"))
    assert max(compare(scene, tmp_path / "covered.png").strengths) > 0.5
