"""A picture that was enhanced before comes with its result, and is not paid for again by accident."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window

_JPEG = encode(FileFormat.JPEG, 120, 80)


def test_dropped_again_after_the_list_was_lost_it_is_finished(qapp: QApplication, tmp_path: Path) -> None:
    """Jobs of the command line were unknown to the list: the button offered to pay for the same picture once more."""
    names = ("same.jpg", "changed.jpg", "gone.jpg")
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_bytes(_JPEG)
    results: dict[str, Path] = {}

    async def first(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.pricing.plan.startable) == 3, "the button")
        session.enhance()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 3, "finished")
        for picture in session.library.pictures.pictures():
            assert picture.result is not None
            assert picture.result.result is not None
            results[picture.name] = picture.result.result
        session.library.remove([p.id for p in session.library.pictures.pictures()])

    async def second(window: Window) -> None:
        session = session_of(window)
        drop(window.viewer.empty, *paths)
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "the earlier result")
        await quiet(window)
        (finished,) = session.library.pictures.in_section(Section.FINISHED)
        assert finished.name == "same.jpg"
        assert finished.job is not None
        assert finished.job.state is JobState.DONE
        assert [p.name for p in session.library.pictures.in_section(Section.TODO)] == ["changed.jpg", "gone.jpg"]
        await until(lambda: len(session.pricing.plan.startable) == 2, "two left to enhance")
        assert [n.title for n in window.notices.shown()] == ["same.jpg was enhanced before"]
        session.library.again([finished.id])
        assert len(session.library.pictures.in_section(Section.TODO)) == 3

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        live(qapp, profile, first, *paths)
        os.utime(paths[1], (1_700_000_000, 1_700_000_000))
        results["gone.jpg"].unlink()
        live(qapp, profile, second)
        assert len(sandbox.rows("jobs")) == 3
