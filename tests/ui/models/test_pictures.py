"""The list of pictures: sections, filter, order, and 10,000 rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.fake_context import info_of, job_of
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.models.picture_list import Head, Order, PictureModel, finished_note


def _draft(path: Path) -> Draft:
    info = info_of(path)
    return Draft(info, None, Recipe(ServiceName.SANDBOX, "standard-2"), info.size, Estimate(1, EstimateSource.TABLE))  # type: ignore[arg-type]


def _model(*names: str) -> PictureModel:
    model = PictureModel()
    model.add(Path("/in") / name for name in names)
    return model


def _shown(model: PictureModel) -> list[str]:
    found = []
    for row in range(model.rowCount()):
        entry = model.entry(row)
        found.append(
            f"[{entry.section.name} {entry.total}]" if isinstance(entry, Head) else entry.name if entry else ""
        )
    return found


def _give_job(model: PictureModel, name: str, state: JobState) -> Picture:
    picture = next(p for p in model.pictures() if p.name == name)
    picture.job = job_of(_draft(picture.path), f"job-{name}", state)
    model.touched(picture)
    return picture


def test_pictures_stand_under_the_section_of_their_job(qtbot: QtBot) -> None:
    model = _model("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    _give_job(model, "b.jpg", JobState.RUNNING)
    _give_job(model, "c.jpg", JobState.DONE)
    _give_job(model, "d.jpg", JobState.CANCELLED)
    with qtbot.waitSignal(model.arranged):
        pass
    assert _shown(model) == ["[TODO 2]", "a.jpg", "d.jpg", "[PROGRESS 1]", "b.jpg", "[FINISHED 1]", "c.jpg"]


def test_pictures_that_come_while_others_are_enhanced_stand_where_they_would_be_laid(qtbot: QtBot) -> None:
    """A folder comes in chunks; each is put behind the rows that are there."""
    model = _model("a.jpg", "b.jpg", "c.jpg")
    _give_job(model, "a.jpg", JobState.RUNNING)
    _give_job(model, "b.jpg", JobState.DONE)
    model.add([Path("/in/d.jpg")])  # before the rows have moved
    qtbot.waitUntil(lambda: _shown(model)[0] == "[TODO 2]")
    model.add([Path("/in/e.jpg"), Path("/in/f.jpg")])
    shown = _shown(model)
    assert shown[:5] == ["[TODO 4]", "c.jpg", "d.jpg", "e.jpg", "f.jpg"]
    rows = {picture.name: model.row_of(picture.id) for picture in model.pictures()}
    firsts = [head.first for head in model.heads()]
    model.arrange()
    assert _shown(model) == shown
    assert {picture.name: model.row_of(picture.id) for picture in model.pictures()} == rows
    assert [head.first for head in model.heads()] == firsts


def test_the_same_file_comes_once(qapp: object) -> None:
    model = _model("a.jpg", "a.jpg", "b.jpg")
    assert model.add([Path("/in/b.jpg")]) == []
    assert len(model) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARB", ["harbour.jpg"]),
        ("finished", []),
        ("to enhance lake", ["lake.jpg"]),
        ("failed", ["night.jpg"]),
        ("", 3),
    ],
)
def test_the_filter_knows_names_and_states(qapp: object, text: str, expected: list[str] | int) -> None:
    model = _model("harbour.jpg", "lake.jpg", "night.jpg")
    _give_job(model, "night.jpg", JobState.FAILED)
    model.set_filter(text)
    names = [name for name in _shown(model) if not name.startswith("[")]
    assert (len(names) if isinstance(expected, int) else names) == expected
    assert len(model) == 3, "what is filtered away is still there"


def test_sorting(qapp: object) -> None:
    model = _model("b.jpg", "C.jpg", "a.jpg")
    for picture, width in zip(model.pictures(), (100, 300, 200), strict=True):
        picture.info = info_of(picture.path, width, 100)
        picture.size = picture.info.size
    model.set_order(Order.NAME)
    assert _shown(model)[1:] == ["a.jpg", "b.jpg", "C.jpg"]
    model.set_order(Order.PIXELS)
    assert _shown(model)[1:] == ["C.jpg", "a.jpg", "b.jpg"]
    model.set_order(Order.ADDED)
    assert _shown(model)[1:] == ["b.jpg", "C.jpg", "a.jpg"]


def test_folding_leaves_the_heading(qapp: object) -> None:
    model = _model("a.jpg", "b.jpg")
    model.set_folded(Section.TODO, True)
    assert _shown(model) == ["[TODO 2]"]
    assert model.data(model.index(0)) == "To enhance 2"


def test_names_that_are_no_text_can_be_shown(qapp: object) -> None:
    assert shown_name(Path("two\nlines.jpg")) == "two⏎lines.jpg"
    assert "\udcff" not in shown_name(Path("a\udcff.jpg"))


def test_ten_thousand_rows_are_arranged_in_far_less_than_it_takes_to_make_them(qapp: object) -> None:
    """A ratio, and the shortest of five times, so that a machine that is busy for a moment does not fail it: making the
    records against sorting them into rows again."""
    paths = [Path(f"/in/{n:05}.jpg") for n in range(10_000)]
    made = arranged = 60.0
    for _ in range(5):
        model = PictureModel()
        begin = time.thread_time()
        model.add(paths)
        made = min(made, time.thread_time() - begin)
        begin = time.thread_time()
        model.arrange()
        arranged = min(arranged, time.thread_time() - begin)
    assert model.rowCount() == 10_001
    assert arranged < made


def test_a_cancelled_second_try_counts_and_is_found_as_what_the_first_one_was() -> None:
    """It stood under "Finished" as cancelled, counted as done, and the filter "done" did not find it."""
    model = PictureModel()
    first, second = model.add([Path("/p/first.jpg"), Path("/p/second.jpg")])
    first.result = job_of(_draft(first.path), "done", JobState.DONE)
    first.job = job_of(_draft(first.path), "again", JobState.CANCELLED)
    second.job = job_of(_draft(second.path), "stopped", JobState.CANCELLED)
    model.arrange()
    assert (first.section, second.section) == (Section.FINISHED, Section.TODO)
    assert finished_note(model.in_section(Section.FINISHED)) == "1 done"
    found = {}
    for word in ("done", "cancelled", "failed"):
        model.set_filter(word)
        found[word] = [picture.name for section in Section for picture in model.matching(section)]
    assert found == {"done": ["first.jpg"], "cancelled": ["second.jpg"], "failed": []}


def test_pages_of_a_file_are_sorted_by_their_numbers() -> None:
    """Page 10 stood before page 2."""
    model = PictureModel()
    path = Path("/p/scan.tif")
    model.add_pages([(path, page) for page in (9, 1, 0, 10)])
    model.add([Path("/p/another.jpg"), Path("/p/zebra.jpg")])
    model.set_order(Order.NAME)
    shown = [picture for picture in map(model.picture, model.shown_ids()) if picture is not None]
    assert [picture.page for picture in shown] == [None, 0, 1, 9, 10, None]
