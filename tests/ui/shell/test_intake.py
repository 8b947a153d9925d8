"""Dropping for real: a folder and files, good and bad, and the notice about what was not added."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, mime_of, profile_with_sandbox, quiet, session_of, until
from topazdesk.disk.file_uris import uri_of
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window

_JPEG = encode(FileFormat.JPEG, 120, 80)

_PNG = encode(FileFormat.PNG, 64, 48)


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
        shown = session.library.pictures.pictures()
        await until(
            lambda: all(each.thumbnail is not None and not each.thumbnail.isNull() for each in shown), "thumbnails"
        )
        await until(lambda: window.footer.all_button.label() == "All 3 · 3 credits", "the sum")
        QGuiApplication.clipboard().setMimeData(mime_of(single, folder / "letter.jpg"))
        window.commands.run("paste")
        await until(lambda: window.notices.shown()[0].title == "1 of 2 files was not added", "the second notice")
        assert len(window.notices.shown()) == 1, "one about files that were not added"
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
        sandbox.hurry()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "finished")
        picture = session.library.pictures.pictures()[0]
        assert picture.result is not None
        assert picture.result.result is not None
        assert await asyncio.to_thread(picture.result.result.exists)
        assert session.library.queue.summary().active == 0

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        sandbox.scenario({"match": {"method": "POST", "path": "/async$"}, "do": {"job_s": 36_000}})
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
        assert [notice.title for notice in window.notices.shown()] == ["1 of 2 files was not added"]
        picture = window.library.picture
        assert picture is not None
        assert picture.path == good

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_a_pasted_picture_is_kept_as_a_file_and_listed(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only files could be pasted; a picture copied in a browser was "nothing to paste"."""
    monkeypatch.setenv("XDG_PICTURES_DIR", str(tmp_path))
    ours = QImage(120, 80, QImage.Format.Format_RGB32)
    ours.fill(0x336699)

    async def story(window: Window) -> None:
        clipboard = QGuiApplication.clipboard()
        clipboard.setImage(ours)
        window.commands.run("paste")
        await until(lambda: len(window.library.pictures) == 1, "the first picture")
        raw = QMimeData()
        raw.setData("image/png", _PNG)
        clipboard.setMimeData(raw)
        window.commands.run("paste")
        await until(lambda: len(window.library.pictures) == 2, "the second picture")
        await quiet(window)
        paths = [picture.path for picture in window.library.pictures.pictures()]
        shown = window.library.picture
        assert shown is not None
        assert shown.path == paths[1], "what was pasted last is in view, not what was there before"
        assert window.library.chosen == [shown.id]
        assert {path.parent for path in paths} == {tmp_path / "topazdesk"}
        assert all(path.name.startswith("Pasted 2") and path.suffix == ".png" for path in paths)
        assert QImage(str(paths[0])).convertToFormat(ours.format()) == ours
        assert paths[1].read_bytes() == _PNG, "not decoded and written again: it has its own depth and colours"
        notice = window.notices.shown()[0]
        assert paths[1].name in notice.title
        assert str(tmp_path / "topazdesk") in notice.hint

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_names_that_are_not_utf_8_come_in_by_every_way(qapp: QApplication, tmp_path: Path) -> None:
    paths = [tmp_path / os.fsdecode(b"caf\xe9%d.jpg" % number) for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(encode(FileFormat.JPEG, 90 + number, 60))

    async def story(window: Window) -> None:
        drop(window.viewer.empty, paths[0], paths[1])
        await until(lambda: len(window.library.pictures) == 2, "those dropped")
        for path, kind in ((paths[2], "text/uri-list"), (paths[3], "x-special/gnome-copied-files")):
            mime, known = QMimeData(), len(window.library.pictures)
            mime.setData(kind, b"copy\n" + uri_of(path))
            QGuiApplication.clipboard().setMimeData(mime)
            window.commands.run("paste")
            await until(lambda known=known: len(window.library.pictures) == known + 1, f"that pasted as {kind}")
        await quiet(window)
        assert [picture.path for picture in window.library.pictures.pictures()] == paths[:4]
        assert window.notices.shown() == []

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
