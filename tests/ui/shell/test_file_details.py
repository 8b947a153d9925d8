"""What files say about themselves is shown beside each other: original and result, as plain text, with a copy of all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from tests.support import marked_pictures as marked
from tests.support.shots import OUT, keep
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.domain.file_metadata import CredentialState, FileMetadata, Written
from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata.signing import sign
from topazdesk.ui.controls import Text
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.file_details_sheet import FileDetailsSheet, rows_of
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode


async def _grab(widget: QWidget, name: str) -> None:
    await painted(widget)
    OUT.mkdir(parents=True, exist_ok=True)
    keep(widget.window().grab(), OUT / f"{name}.png")


def test_original_and_result_are_shown_beside_each_other(qapp: QApplication, tmp_path: Path) -> None:
    for mode in ("dark", "light"):
        _story(qapp, tmp_path / mode, mode)  # type: ignore[arg-type]


def _story(qapp: QApplication, folder: Path, mode: Mode) -> None:
    folder.mkdir()
    source = marked.marked(folder / "lake.jpg", comment="hand-held <b>bold</b> \u202egpj.exe")

    async def story(window: Window) -> None:
        session = session_of(window)
        await quiet(window)
        window.viewer.details_button.click()
        before = await sheet(window, FileDetailsSheet)
        assert before.windowTitle() == "lake.jpg"
        await until(lambda: "Author" in before.shown(), "read")
        assert before.shown()["Author"] == ("Zoë Müller",)
        assert "serial numbers" in before.shown()["Personal data"][0]
        shown = [text for text in before.findChildren(Text) if "hand-held" in text.text()]
        assert [text.text() for text in shown] == ["hand-held <b>bold</b> \N{REPLACEMENT CHARACTER}gpj.exe"]
        assert shown[0].textFormat() == Qt.TextFormat.PlainText
        before.accept()
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")
        await quiet(window)
        await until(lambda: not window.window().findChildren(FileDetailsSheet), "gone")
        window.commands.run("file_details")
        after = await sheet(window, FileDetailsSheet)
        await until(lambda: "Author" in after.shown(), "read again")
        assert after.shown()["Author"] == ("Zoë Müller", "Zoë Müller")
        assert after.shown()["Practice result"] == ("", "Made by the sandbox, not by Topaz")
        assert after.shown()["Made from"] == ("", "lake.jpg")
        assert "face enhancement off · sharpen 0." in after.shown()["Settings"][1]
        assert after.shown()["Model"][1].startswith("Standard 2")
        after.copy.click()
        said = QGuiApplication.clipboard().text()
        assert "Author\tZoë Müller\tZoë Müller" in said.split("\n")
        await _grab(after, f"file-details-{mode}")
        after.accept()
        await _grab(window, f"file-details-button-{mode}")

    with profile_with_sandbox(folder) as (profile, _):
        assert live(qapp, profile, story, source, mode=mode) == []


def test_signed_and_broken_files_are_told_apart_in_words(tmp_path: Path) -> None:
    signed = FileMetadata((("Content credentials", CredentialState.VALID.sentence("Zoë")),), (), CredentialState.VALID)
    broken = FileMetadata(
        (("Content credentials", CredentialState.BROKEN.sentence("Zoë")),), (), CredentialState.BROKEN
    )
    rows = {name: (values, colour) for name, values, colour in rows_of([signed, broken], None)}
    values, colour = rows["Content credentials"]
    assert values[0].startswith("Unchanged since Zoë signed it")
    assert values[1] == "Broken: the file was changed after Zoë signed it"
    assert colour == "warn"
    assert rows["Location"][0] == ("None", "None")


def test_a_file_that_cannot_be_read_says_so(qapp: QApplication, tmp_path: Path) -> None:
    dialog = FileDetailsSheet(None, tmp_path / "a.jpg", None)  # type: ignore[arg-type]
    dialog.show_files([FileMetadata(written=(Written.TIMES,), trouble=("The EXIF cannot be read",))])
    assert dialog.shown() == {
        "Location": ("None",),
        "Personal data": ("times",),
        "Not readable": ("The EXIF cannot be read",),
    }
    dialog.deleteLater()


def test_the_credentials_of_a_file_on_disk_reach_the_sheet(tmp_path: Path) -> None:
    from topazdesk.media.metadata.aside import file_metadata_aside

    path = marked.write(tmp_path / "a.png")
    sign(path, FileFormat.PNG, tmp_path / "keys")
    rows = {name: values for name, values, _ in rows_of(file_metadata_aside([path]), None)}
    assert "topazdesk sandbox" in rows["Content credentials"][0]
