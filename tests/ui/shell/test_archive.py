"""For archives: a result is marked whose original was changed meanwhile, and finished results become a bag."""

from __future__ import annotations

import asyncio
import csv
import os
from pathlib import Path

import bagit
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.support.pictures import encode
from tests.support.window import live, menu_of, profile_with_sandbox, session_of, sheet, until
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.picture_list import spoken
from topazdesk.ui.queue.bag import BagController
from topazdesk.ui.queue.bag_sheet import BagSheet
from topazdesk.ui.shell.window import Window


def _pictures(folder: Path, *names: str) -> list[Path]:
    folder.mkdir()
    paths = [folder / name for name in names]
    for seed, path in enumerate(paths):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=seed))
    return paths


async def _enhanced(window: Window, count: int) -> None:
    session = session_of(window)
    await until(lambda: len(session.pricing.held_all.plan.startable) == count, "the button")
    session.enhance(session.pricing.held_all.plan)
    await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == count, "finished")


def _titles(window: Window) -> list[str]:
    return [notice.title for notice in window.notices.shown()]


def _said(window: Window) -> str:
    toast = window.notices.toasted
    return "" if toast is None else toast.title


def test_the_end_of_a_run_says_that_the_originals_are_unchanged(qapp: QApplication, tmp_path: Path) -> None:
    paths = _pictures(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")

    async def story(window: Window) -> None:
        await _enhanced(window, 3)
        toast = window.notices
        await until(
            lambda: toast.toasted is not None and "3 of 3 originals unchanged" in toast.toasted.hint, "the line"
        )
        assert _titles(window) == []
        assert not any(p.is_stale for p in session_of(window).library.pictures.pictures())

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *paths)


def test_a_result_whose_original_was_changed_meanwhile_is_marked(qapp: QApplication, tmp_path: Path) -> None:
    paths = _pictures(tmp_path / "in", "kept.jpg", "edited.jpg")

    async def story(window: Window) -> None:
        session = session_of(window)
        edited = session.library.pictures.at(paths[1])
        assert edited is not None

        def edit() -> None:
            if edited.job is not None and edited.job.remote_id and paths[1].stat().st_size < 100_000:
                paths[1].write_bytes(paths[1].read_bytes() + bytes(100_000))

        session.library.queue.changed.connect(edit)
        session.context.events.subscribe(lambda _event: edit())
        await _enhanced(window, 2)
        await until(lambda: "edited.jpg was changed after it was sent" in _titles(window), "the notice")
        kept = session.library.pictures.at(paths[0])
        assert edited.is_stale
        assert kept is not None
        assert not kept.is_stale
        assert "original changed since" in spoken(edited)
        assert "older picture" in session.library.pictures.tooltip(edited)
        assert edited.job is not None
        assert session.originals.is_stale(edited.job)

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *paths)


def test_a_picture_that_was_replaced_before_the_click_is_not_sent_and_is_read_anew(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The other picture, of the same pixel size, was sent and paid for; the list went on showing the first."""
    (path,) = _pictures(tmp_path / "in", "a.jpg")

    async def story(window: Window) -> None:
        session = session_of(window)
        picture = session.library.pictures.at(path)
        assert picture is not None
        await until(lambda: picture.info is not None and picture.thumbnail is not None, "the row")
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=9))
        await _enhanced(window, 1)
        assert picture.job is not None
        assert picture.job.trouble is not None
        assert picture.job.trouble.title == "The picture has changed since it was added"
        assert picture.job.charged is None
        length = path.stat().st_size
        await until(lambda: picture.info is not None and picture.info.bytes_on_disk == length, "the file read anew")
        session.library.again([picture.id])
        await _enhanced(window, 1)
        await until(lambda: picture.result is not None, "the result")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, path)


def test_a_picture_that_was_edited_elsewhere_is_read_anew_when_the_user_comes_back(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The list showed the old one for ever, and all pictures that were tagged in another program had to be started twice."""
    (path,) = _pictures(tmp_path / "in", "a.jpg")

    async def story(window: Window) -> None:
        session = session_of(window)
        picture = session.library.pictures.at(path)
        assert picture is not None
        await until(lambda: picture.info is not None and picture.thumbnail is not None, "the row")
        before = picture.thumbnail
        path.write_bytes(encode(FileFormat.JPEG, 200, 80, seed=9))
        qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
        await until(lambda: picture.size == Size(200, 80), "the file read anew")
        await until(lambda: picture.thumbnail is not before, "its thumbnail")
        await _enhanced(window, 1)
        assert picture.result is not None
        assert picture.result.source_size == Size(200, 80)

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, path)


def test_finished_results_are_saved_as_a_bag(qapp: QApplication, tmp_path: Path) -> None:
    paths = _pictures(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")
    bag = tmp_path / "bag"

    async def story(window: Window) -> None:
        session, commands = session_of(window), window.commands
        assert not commands["save_bag"].isEnabled(), "nothing is finished"
        await _enhanced(window, 3)
        await until(commands["save_bag"].isEnabled, "something is finished")
        finished = session.library.pictures.in_section(Section.FINISHED)
        session.library.choose([picture.id for picture in finished[:2]], 0)
        for name in ("bag", "bag", "one more"):
            commands.run("save_bag")
            asked = await sheet(window, BagSheet)
            assert asked.only_selected, "two of three are selected"
            asked.originals.setChecked(True)
            asked.accept()
            await until(lambda: bool(window.window().findChildren(QFileDialog)), "where")
            dialog = window.window().findChildren(QFileDialog)[0]
            dialog.fileSelected.emit(str(tmp_path / name))
            dialog.done(0)
            if name == "bag" and not bag.exists():
                await until(
                    lambda: window.notices.toasted is not None and window.notices.toasted.title == "bag is saved"
                )
            elif name == "bag":
                await until(lambda: "bag exists already" in _titles(window), "nothing is replaced")
            else:
                await until(lambda: "one more is saved" in _said(window), "another name")
            await until(lambda: not window.window().findChildren(QFileDialog), "the dialog is gone")
        # From the menu of a picture that is not selected, that one is meant.
        menu = menu_of(window, [finished[2].id])
        next(entry for entry in menu.actions() if entry.text() == commands["save_bag"].text()).trigger()
        asked = await sheet(window, BagSheet)
        assert asked.only_selected
        assert asked.which.accessibleName() == "Results in the bag"
        asked.accept()
        await until(lambda: bool(window.window().findChildren(QFileDialog)), "where")
        dialog = window.window().findChildren(QFileDialog)[0]
        dialog.fileSelected.emit(str(tmp_path / "only"))
        dialog.done(0)
        await until(lambda: "only is saved" in _said(window), "the bag of one")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *paths)
    bagit.Bag(str(bag)).validate()
    with (bag / "data" / "runs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["original"] for row in rows] == ["originals/a.jpg", "originals/b.jpg"]
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
    assert len(list((tmp_path / "only" / "data" / "results").glob("c_*.jpg"))) == 1
    assert not list((tmp_path / "only" / "data" / "results").glob("[ab]_*"))


def test_a_bag_that_is_stopped_leaves_nothing(qapp: QApplication, tmp_path: Path) -> None:
    paths = _pictures(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")

    async def story(window: Window) -> None:
        await _enhanced(window, 3)
        before = set(os.listdir(tmp_path))  # noqa: PTH208
        controller = window.findChild(BagController)
        assert controller is not None
        jobs = [p.result for p in session_of(window).library.pictures.pictures() if p.result is not None]
        work = asyncio.ensure_future(controller.save(tmp_path / "bag", jobs, originals=True))
        await until(lambda: window.notices.is_told("archive bag"), "it is begun")
        (notice,) = [each for each in window.notices.shown() if each.subject == "archive bag"]
        notice.buttons[0].click()
        await work
        assert set(os.listdir(tmp_path)) == before  # noqa: PTH208
        assert window.notices.toasted is not None
        assert window.notices.toasted.hint == "No bag was saved."

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *paths)
