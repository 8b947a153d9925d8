"""The window in other languages: whole, and changed while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from tests.support.pseudo import FROM_THE_RIGHT, LONGER, write_pseudo
from tests.support.window import drop, jpeg, live, profile_with_sandbox, quiet, until
from topazdesk.errors import BudgetError
from topazdesk.language import LANGUAGES, ntr, tr, translated, use
from topazdesk.ui.controls import NoticeAction, Sheet
from topazdesk.ui.recipe.sending_line import SendingLine
from topazdesk.ui.shell.window import Window


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languages")
    for language in (LONGER, FROM_THE_RIGHT):
        write_pseudo(folder, language)
    return folder


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    yield
    use("en")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _said(window: QWidget) -> set[str]:
    """All that is written in a window, and what its controls say to a screen reader."""
    found: set[str] = set()
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QLabel):
            found.add(widget.text())
        found |= {widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
    found |= {action.text() for action in window.findChildren(QAction)}
    return {text for text in found if any(letter.isalpha() for letter in text)}


def test_another_language_takes_the_place_of_this_one_while_the_window_is_open(
    qapp: QApplication, tmp_path: Path, catalogues: Path
) -> None:
    source = jpeg(tmp_path, "one.jpg")

    async def story(window: Window) -> None:
        frame = window.window()
        await until(lambda: len(window.library.pictures) == 1)
        await quiet(window)
        assert "⟦" not in "".join(_said(window))
        drop(window.pictures, tmp_path / "gone.jpg", tmp_path / "gone too.jpg")
        await until(lambda: window.notices.is_told("files refused"), "two files are refused")
        window.notices.tell("warn", tr("The keyring refused the key"), tr("It works until you quit."))
        window.notices.tell("info", tr("Nothing"), "", NoticeAction(tr("Undo"), lambda: None))
        window.tell(BudgetError("Your daily limit is reached", "Nothing was sent."))
        window.notices.toast("ok", tr("“{name}” was deleted").format(name="One"))
        window.commands.run("queue")
        use(LONGER, catalogues)
        qapp.postEvent(frame, QEvent(QEvent.Type.LanguageChange))
        await until(lambda: any(each is not window for each in _windows(frame)), "a new window")
        new = next(each for each in _windows(frame) if each is not window)
        await until(lambda: len(new.library.pictures) == 1)
        await quiet(new)
        assert [picture.path for picture in new.library.pictures.pictures()] == [source]
        await until(lambda: new.notices.is_told("files refused"), "told again")
        assert [(each.title, len(each.buttons)) for each in new.notices.shown()] == [
            (tr("The keyring refused the key"), 0),
            (translated("Your daily limit is reached"), 1),
            (ntr("1 file was not added", "{n} files were not added", 2).format(n=2), 1),
        ]
        assert new.notices.toasted is not None
        assert new.notices.toasted.title == tr("“{name}” was deleted").format(name="One")
        assert new.commands["refused"].isEnabled()
        assert len(new.library.intake.refused) == 2
        await until(lambda: new.footer.button.label().startswith("⟦"))
        await until(new.footer.button.isEnabled)
        plain = {text for text in _said(new) if "⟦" not in text} - set(LANGUAGES.values())
        assert sorted(text for text in plain - NAMES if len(text) > 1) == [], plain
        line = new.findChild(SendingLine)
        assert line is not None
        await until(line.isVisible, "what leaves this computer")
        assert line.words.text().startswith("⟦")
        assert new.shows_queue, "it was open before"
        new.commands.run("keys")
        await until(lambda: bool(new.findChildren(Sheet)), "shortcuts")
        (sheet,) = new.findChildren(Sheet)
        assert {text for text in _said(sheet) if "⟦" not in text} == {"Esc", "M"}, "keys"
        sheet.reject()

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, source) == []


#: What is a name, a key of the keyboard or a value, and the same in every language.
NAMES = {"topazdesk", "Ctrl", "px", "Standard 2", "one_standard-2_2x.jpg"}


def _windows(frame: QWidget) -> list[Window]:
    return [each for each in frame.findChildren(Window) if not each.isHidden()]
