"""The line below the viewer, by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.queue_jobs import job
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.viewer.result_strip import ResultStrip


@pytest.mark.usefixtures("themed")
def test_the_copies_in_other_formats_are_named(qtbot: QtBot) -> None:
    """It named the file that was bought only: the free ones beside it had to be looked for in the folder."""
    strip = ResultStrip()
    qtbot.addWidget(strip)
    strip.resize(1200, 36)
    copies = (ResultCopy(FileFormat.JPEG, "a_2x.jpg", 1, "0" * 64),)
    picture = Picture(1, Path("/x/a.tif"))
    picture.job = picture.result = job("a.tif", JobState.DONE, result=Path("/x/a_2x.png"), charged=1, copies=copies)
    strip.show_picture(picture)
    assert strip.name.text() == "a_2x.png"
    assert strip.facts.text() == "also as JPEG · 1 credit charged"
    assert "a_2x.jpg" in strip.facts.toolTip()
    strip.resize(700, 36)
    strip.show_picture(picture)
    assert strip.facts.text().startswith("also as JPEG")


@pytest.mark.usefixtures("themed")
def test_the_name_is_cut_last(qtbot: QtBot) -> None:
    """It was "statu…x.tif" beside a size that the label above says, too."""
    strip = ResultStrip()
    qtbot.addWidget(strip)
    name = "statue_of_the_old_museum_second_floor_standard-2_2x.tif"
    picture = Picture(1, Path("/x/a.tif"))
    done = job("a.tif", JobState.DONE, result=Path("/x") / name, charged=1, result_size=Size(720, 900))
    picture.job = picture.result = done
    strip.resize(2000, 36)
    strip.show_picture(picture)
    assert strip.facts.text() == "720 × 900 · 0.6 MP · 1 credit charged"
    row = strip.layout()
    assert row is not None
    all_of_it = row.sizeHint().width()
    strip.resize(max(all_of_it - 10, 780), 36)
    strip.show_picture(picture)
    assert strip.facts.text() == "1 credit charged"
    strip.resize(2000, 36)
    strip.show_picture(picture)
    assert strip.facts.text().startswith("720 × 900"), "with room again"
