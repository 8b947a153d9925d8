"""Fax pages of every kind through the whole program: what is sent, promised, paid and kept, and how it is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import uneven_pixels
from tests.support.sandbox import RunningSandbox
from tests.support.uneven_pixels import FAX, circle, is_circle
from topazdesk.domain.geometry import Size
from topazdesk.media.comparison import comparison
from topazdesk.media.probe import probe
from topazdesk.media.thumbnail import thumbnail

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--yes", "--json")
#: What each states: the resolution across and down, or None where it states proportions only.
STATED = {
    "g4.tif": (204.0, 98.0),
    "g3.tif": (204.0, 98.0),
    "ratio.tif": None,
    "metres.png": (204.0, 98.0),
    "ratio.png": None,
    "inches.jpg": (204.0, 98.0),
    "ratio.jpg": None,
    "exif.jpg": (204.0, 98.0),
    "turned.jpg": (98.0, 204.0),
    "byte.gif": None,
}


def _write(folder: Path) -> None:
    uneven_pixels.fax(folder / "g4.tif")
    uneven_pixels.fax(folder / "g3.tif", "group3")
    uneven_pixels.tiff(folder / "ratio.tif", unit=1)
    uneven_pixels.png(folder / "metres.png")
    uneven_pixels.png(folder / "ratio.png", (204, 98), unit=0)
    uneven_pixels.jfif(folder / "inches.jpg")
    uneven_pixels.jfif(folder / "ratio.jpg", unit=0)
    uneven_pixels.exif_jpeg(folder / "exif.jpg")
    uneven_pixels.exif_jpeg(folder / "turned.jpg", orientation=6)
    uneven_pixels.gif(folder / "byte.gif", 16)


@pytest.mark.parametrize("to", ["png", "jpeg", "tiff"])
def test_a_circle_comes_back_as_a_circle(program: Program, service: RunningSandbox, tmp_path: Path, to: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    _write(folder)
    words = (folder, *LOW, "--scale", "2", "--format", to, "--out", tmp_path / "out")
    plan, ran = program.run("plan", *words), program.run("enhance", *words)
    assert ran.code == plan.code == 0
    assert len(ran.of("done")) == len(STATED)
    for each in ran.of("done"):
        source, result = Path(each["path"]), Path(each["result"])
        planned = next(other for other in plan.of("plan") if other["path"] == each["path"])
        before, after = probe(source), probe(result)
        pixels = (FAX[1] * 2, FAX[0] * 2) if source.name == "turned.jpg" else (FAX[0] * 2, FAX[1] * 2)
        assert (each["width"], each["height"]) == (planned["width"], planned["height"]) == pixels
        assert after.size == Size(*pixels), "the price is of these pixels, and they are what comes back"
        assert after.grid.aspect == pytest.approx(before.grid.aspect, rel=0.01), source.name
        stated = STATED[source.name]
        assert (after.dpi is None) == (stated is None), source.name
        if stated is not None and after.dpi is not None:
            assert after.dpi == pytest.approx((stated[0] * 2, stated[1] * 2), rel=0.01), "as large in print as before"
        assert planned["shown"] == [after.grid.shown.width, pytest.approx(after.grid.shown.height, abs=12)]
        assert is_circle(thumbnail(source, Size(200, 200)))
        assert not any("square" in change["text"] for change in planned["changes"]), "nothing is done to the pixels"
        comparison(source, result)


def test_a_long_edge_counts_pixels_and_the_plan_says_how_it_is_seen(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """4000 pixels of the finer direction; the other one is longer when seen."""
    fax, plain = uneven_pixels.fax(tmp_path / "fax.tif"), tmp_path / "plain.png"
    circle().save(plain)
    ran = program.run("plan", fax, plain, *LOW, "--long-edge", "4000")
    page, other = (next(e for e in ran.of("plan") if e["path"] == str(path)) for path in (fax, plain))
    assert (page["width"], page["height"]) == (other["width"], other["height"]) == (4000, 2648)
    assert page["credits"] == other["credits"], "the same pixels cost the same"
    assert page["shown"] == [4000, 5512]
    assert "shown" not in other
    told = program.run("plan", fax, plain, *LOW[:-1], "--long-edge", "4000").out
    assert told.count("its result is seen as 4000 × 5512") == 1


def test_a_print_of_a_fax_fits_on_its_paper(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    fax = uneven_pixels.fax(tmp_path / "fax.tif")
    ran = program.run("enhance", fax, *LOW, "--print-size", "9x6cm", "--dpi", "254", "--format", "png")
    (done,) = ran.of("done")
    found = probe(Path(done["result"]))
    assert found.dpi is not None
    width, height = found.size.width / found.dpi[0] * 2.54, found.size.height / found.dpi[1] * 2.54
    assert height / width == pytest.approx(FAX[1] / 98 / (FAX[0] / 204), rel=0.01)
    assert (width <= 6.05, height <= 9.05) == (True, True)
    assert width > 5.9 or height > 8.9, "as large as fits"


def test_a_result_with_bars_keeps_the_shape_of_its_pixels(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """It stated other dots an inch across than down, and printed squeezed."""
    source = uneven_pixels.png(tmp_path / "a.png", (11_811, 11_811))
    ran = program.run("enhance", source, *LOW, "--width", "1000", "--height", "1000", "--format", "png")
    (done,) = ran.of("done")
    found = probe(Path(done["result"]))
    assert found.size == Size(1000, 1000)
    assert found.grid.is_square
    assert found.dpi == pytest.approx((300 * 1000 / FAX[0],) * 2, rel=0.01)
