"""What leaves this computer is said in the window before the run, in the words of `plan`; what owners forbid is asked about."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from tests.cli.test_rights import _XMP as NO_AI_TRAINING
from tests.support import marked_pictures as marked
from tests.support import quick_start
from tests.support.shots import OUT, keep
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, settings, sheet, until
from topazdesk.domain.file_metadata import FileMetadata, Written
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.confirm_spending import ConfirmSpending
from topazdesk.ui.controls import Text
from topazdesk.ui.models.picture import Section
from topazdesk.ui.recipe.sending_sheet import SendingSheet
from topazdesk.ui.shell.window import Window


def _output(words: Sequence[str | Path]) -> str:
    return quick_start.run([*map(os.fspath, words)], env=os.environ).stdout


async def _grab(widget: QWidget, name: str) -> None:
    await painted(widget)
    OUT.mkdir(parents=True, exist_ok=True)
    keep(widget.window().grab(), OUT / f"{name}.png")


def test_the_line_and_the_sheet_say_what_plan_says(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, bare = marked.marked(tmp_path / "full.jpg"), marked.write(tmp_path / "bare.png", size=(90, 60))

    async def story(window: Window) -> None:
        line = window.recipe.sending
        await until(lambda: line.isVisible(), "the line")
        window.pictures.view.choose(
            [each.id for each in session_of(window).library.pictures.pictures()],
            session_of(window).library.pictures.pictures()[0].id,
        )
        await until(lambda: len(session_of(window).pricing.plan.ids) == 2, "both are meant")
        await until(lambda: line.words.text().startswith("Sent to 127.0.0.1 · at most 0.1 MB"), "the host")
        assert line.words.text().endswith(" · without location, names, serial numbers")
        assert line.rights.isHidden() or not line.rights.text()
        await quiet(window)
        await _grab(window, "sending-line")
        line.more.click()
        dialog = await sheet(window, SendingSheet)
        await until(lambda: "Reading" not in dialog.stays.text(), "the files")
        assert "Location – in 1 of 2 files\n" in dialog.stays.text()
        dialog.copy.click()
        said = QGuiApplication.clipboard().text()
        await _grab(dialog, "sending-sheet")
        dialog.accept()
        words = (
            *(sys.executable, "-m", "topazdesk", "plan", full, bare, "--model", "Standard 2"),
            "--profile",
            profile,
        )
        plan = await asyncio.to_thread(_output, words)
        (sent,) = [each for each in plan.splitlines() if each.startswith("Sent to ")]
        for name in ("To", "What", "Size", "File name"):
            value = next(row for row in said.splitlines() if row.startswith(f"{name}: ")).partition(": ")[2]
            assert value in sent, (value, sent)

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
        monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
        settings(profile, service="topaz")
        assert live(qapp, profile, story, full, bare) == []


def test_what_stays_on_this_computer_needs_no_more_words(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        line = window.recipe.sending
        await until(lambda: line.isVisible(), "the line")
        assert line.words.text() == "Nothing leaves this computer."
        assert not line.more.isVisible()

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, marked.write(tmp_path / "a.jpg")) == []


def test_a_picture_whose_owner_forbids_ai_is_asked_about_before_it_is_sent(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line said it before the price was agreed to; in the window one click sent it."""
    reserved = tmp_path / "reserved.jpg"
    Image.new("RGB", (64, 48), (200, 90, 40)).save(reserved, xmp=NO_AI_TRAINING)
    said = "1 picture says in its rights: no AI training"

    async def story(window: Window) -> None:
        session, line = session_of(window), window.recipe.sending
        await until(lambda: line.rights.text() == said, "the warning")
        assert line.rights.isVisible()
        await quiet(window)
        await _grab(window, "sending-rights")
        window.commands.run("enhance")
        dialog = await sheet(window, ConfirmSpending)
        assert said in [text.text() for text in dialog.findChildren(Text)]
        await _grab(dialog, "sending-rights-asked")
        dialog.reject()
        await until(lambda: not window.window().findChildren(ConfirmSpending), "the sheet is gone")
        window.footer.presses.clock = lambda: (
            time.monotonic() + 60.0
        )  # a press of its own, not the second of a double one
        assert sandbox.rows("jobs") == []
        window.commands.run("enhance")
        again = await sheet(window, ConfirmSpending)
        again.all.click()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
        monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
        settings(profile, service=ServiceName.TOPAZ.value)
        assert live(qapp, profile, story, reserved) == []
        assert len(sandbox.rows("jobs")) == 1


def test_the_sheet_counts_files_as_they_are_read(qapp: QApplication) -> None:
    dialog = SendingSheet(None, (("To", "example.org"),), 3, rights="", returns="All comes back")  # type: ignore[arg-type]
    assert dialog.stays.text() == "Reading the files… 0 of 3"
    dialog.add([FileMetadata(written=(Written.LOCATION,)), FileMetadata(written=(Written.LOCATION, Written.TIMES))])
    assert dialog.stays.text() == "Location – in 2 of 3 files\nTimes – in 1 of 3 files\nReading the files… 2 of 3"
    dialog.add([FileMetadata(trouble=("This is not a picture",))])
    assert dialog.stays.text().endswith("of it, too, only the picture is sent")
    dialog.deleteLater()
    one = SendingSheet(None, (), 1, rights="", returns="")  # type: ignore[arg-type]
    one.add([FileMetadata()])
    assert one.stays.text() == "Nothing: the file holds only the picture"
    one.deleteLater()
