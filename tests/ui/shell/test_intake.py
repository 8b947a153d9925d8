"""Dropping for real: a folder and files, good and bad, and the notice about what was not added."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, mime_of, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window

_JPEG = encode(FileFormat.JPEG, 120, 80)


def _folder(root: Path) -> Path:
    inner = root / "photos" / "more"
    inner.mkdir(parents=True)
    (root / "photos" / "good.jpg").write_bytes(_JPEG)
    (inner / "deep.jpg").write_bytes(_JPEG)
    (root / "photos" / "letter.jpg").write_text("not a picture at all", "utf-8")
    (root / "photos" / "cut.jpg").write_bytes(_JPEG[: len(_JPEG) // 2])
    (root / "photos" / "empty.jpg").write_bytes(b"")
    return root / "photos"


def test_the_good_are_added_and_the_others_named(qapp: QApplication, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    single = tmp_path / "single.jpg"
    single.write_bytes(_JPEG)

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.viewer.empty, folder, single)
        await until(lambda: bool(window.notices.shown()), "the notice")
        await quiet(window)
        assert sorted(p.name for p in session.library.pictures.pictures()) == ["deep.jpg", "good.jpg", "single.jpg"]
        (notice,) = window.notices.shown()
        assert notice.title == "3 of 6 files were not added"
        assert sorted(each.path.name for each in session.library.intake.refused) == [
            "cut.jpg",
            "empty.jpg",
            "letter.jpg",
        ]
        assert all(each.title for each in session.library.intake.refused)
        assert all(p.thumbnail is not None and not p.thumbnail.isNull() for p in session.library.pictures.pictures())
        await until(lambda: window.footer.button.label() == "Enhance 3 pictures · 3 credits", "the sum")
        QGuiApplication.clipboard().setMimeData(mime_of(single, folder / "letter.jpg"))
        window.commands.run("paste")
        await until(lambda: len(window.notices.shown()) == 2, "the second notice")
        assert len(session.library.pictures) == 3

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_what_vanished_since_last_time_is_told_and_the_rest_is_there(qapp: QApplication, tmp_path: Path) -> None:
    kept, lost = tmp_path / "kept.jpg", tmp_path / "lost.jpg"
    for path in (kept, lost):
        path.write_bytes(_JPEG)

    async def first(window: Window) -> None:
        await until(lambda: len(window.library.pictures) == 2)
        await quiet(window)
        window.pictures.view.choose(
            [window.library.pictures.pictures()[0].id], window.library.pictures.pictures()[0].id
        )

    async def second(window: Window) -> None:
        await until(lambda: bool(window.notices.shown()), "the notice")
        assert [p.name for p in window.library.pictures.pictures()] == ["kept.jpg"]
        assert window.notices.shown()[0].title == "1 picture can't be found"
        assert window.library.picture is not None
        assert window.library.picture.name == "kept.jpg"

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, first, kept, lost)
        lost.unlink()
        live(qapp, profile, second)


def test_closed_in_mid_job_it_finishes_after_the_next_start(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "one.jpg"
    path.write_bytes(_JPEG)

    async def start(window: Window) -> None:
        session = session_of(window)
        await until(lambda: window.footer.button.isEnabled(), "the button")
        session.enhance()
        await until(
            lambda: any(p.job and p.job.state is JobState.RUNNING for p in session.library.pictures.pictures()),
            "running",
        )
        await until(lambda: window.footer.status.text().startswith("1 in progress · one.jpg"), "the line of the queue")

    async def finish(window: Window) -> None:
        session = session_of(window)
        assert len(session.library.pictures.in_section(Section.PROGRESS)) == 1
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "finished")
        picture = session.library.pictures.pictures()[0]
        assert picture.result is not None
        assert picture.result.result is not None
        assert await asyncio.to_thread(picture.result.result.exists)
        assert session.library.queue.summary().active == 0

    with profile_with_sandbox(tmp_path, speed=4.0) as (profile, sandbox):
        live(qapp, profile, start, path)
        live(qapp, profile, finish)
        assert len(sandbox.rows("jobs")) == 1


def test_the_sample_is_a_copy_and_its_row_is_selected(qapp: QApplication, tmp_path: Path) -> None:
    """Its result came to stand among the program's own files, and the row of the shown picture looked unselected."""

    async def story(window: Window) -> None:
        window.viewer.empty.sample.click()
        await until(lambda: window.library.picture is not None, "the sample")
        await quiet(window)
        picture = window.library.picture
        assert picture is not None
        assert picture.path.parent == tmp_path / "profile" / "samples"
        assert window.pictures.view.chosen_ids() == [picture.id]

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_a_first_file_that_is_no_picture_is_told_once_and_the_next_one_is_shown(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The viewer told of it too, in a notice that named no file, and stayed empty."""
    bad, good = tmp_path / "a-letter.jpg", tmp_path / "b-good.jpg"
    bad.write_text("not a picture at all", "utf-8")
    good.write_bytes(_JPEG)

    async def story(window: Window) -> None:
        drop(window.viewer.empty, bad, good)
        await until(lambda: bool(window.notices.shown()), "the notice")
        await quiet(window)
        assert [notice.title for notice in window.notices.shown()] == ["1 of 2 files were not added"]
        picture = window.library.picture
        assert picture is not None
        assert picture.path == good

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
