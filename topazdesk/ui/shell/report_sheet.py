"""Report a problem: the whole text that would be saved, to be read, changed and shortened first. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.app.problem_report import Part, heading, save_report, whole
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Button, CheckBox, Sheet, Text
from topazdesk.ui.controls.dressed import TextBox
from topazdesk.ui.texts import data_size_text, tr, translated
from topazdesk.ui.theme import font, px

_SIDE = 190


class ReportSheet(Sheet):
    """Shows the report. A part whose box is unticked is taken out, with what was changed in it.

    Emits `saved` with the file and `failed` with an error, after which it stays open.
    """

    help_page = "privacy#logs"
    saved = Signal(Path)
    failed = Signal(TopazdeskError)

    def __init__(self, parent: QWidget, parts: Sequence[Part]) -> None:
        super().__init__(parent, tr("Report a problem"), closable=True)
        self.set_free_size(920, 720)
        self._parts = parts
        self.body.addWidget(
            Text(
                tr(
                    "This is all that is saved, and nothing is sent. Say what happened, take out or change what you do "
                    "not want to tell, and attach the file where you report the fault."
                ),
                "base",
                "text2",
                wrap=True,
            )
        )
        side = QVBoxLayout()
        side.setSpacing(px(6))
        side.addWidget(Text(tr("In the report"), "small", "text2", weight=600))
        self.boxes: dict[str, CheckBox] = {}
        for part in parts:
            box = CheckBox(translated(part.title))
            box.setChecked(True)
            box.toggled.connect(lambda on, part=part: self._put(part) if on else self._take_out(part))
            side.addWidget(box)
            self.boxes[part.title] = box
        side.addStretch(1)
        holder = QWidget()
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setMinimumWidth(px(_SIDE))
        self.text = TextBox(whole(parts))
        self.text.setFont(font("mono"))
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("The report"))
        self.text.setAccessibleDescription(tr("All that is saved. It can be changed."))
        self.text.setMinimumHeight(px(160))
        both = QHBoxLayout()
        both.setSpacing(px(16))
        both.addWidget(holder)
        both.addWidget(self.text, 1)
        self.body.addLayout(both, 1)
        self.amount = Text("", "small", "text2")
        self.copy = Button(tr("Copy"), icon="copy")
        self.copy.clicked.connect(self._copy)
        self.save = Button(tr("Save…"), "primary")
        self.save.clicked.connect(self._ask)
        close = Button(tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(self.amount)
        self.footer.addStretch(1)
        for button in (self.copy, self.save, close):
            self.footer.addWidget(button)
        self.text.textChanged.connect(self._measure)
        self._measure()
        self._begin()

    def contents(self) -> str:
        """Return what is saved: what is seen."""
        return self.text.toPlainText()

    def store(self, target: Path) -> None:
        """Save the report and close, or say why not. A few kilobytes: not worth a thread."""
        try:
            save_report(self.contents(), target)
        except TopazdeskError as error:
            self.failed.emit(error)
            return
        self.accept()
        self.saved.emit(target)

    def _begin(self) -> None:
        """Select the line below the first heading, where the user says what happened."""
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        cursor = self.text.textCursor()
        cursor.movePosition(cursor.MoveOperation.Down)
        cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
        self.text.setTextCursor(cursor)

    def _take_out(self, part: Part) -> None:
        text = self.contents()
        begin = text.find(heading(part.title))
        if begin >= 0:
            ends = [text.find(heading(other.title), begin + 1) for other in self._parts if other is not part]
            end = min((at for at in ends if at > begin), default=len(text))
            self._replace(text[:begin] + text[end:])

    def _put(self, part: Part) -> None:
        text = self.contents()
        after = self._parts[self._parts.index(part) + 1 :]
        places = [at for at in (text.find(heading(other.title)) for other in after) if at >= 0]
        at = min(places, default=len(text))
        before = "" if at == 0 or text[:at].endswith("\n\n") else "\n"
        self._replace(f"{text[:at]}{before}{part.block}\n{text[at:]}".rstrip("\n") + "\n")

    def _replace(self, text: str) -> None:
        """Change the whole text in one step that can be undone."""
        cursor = self.text.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)

    def _measure(self) -> None:
        size = data_size_text(len(self.contents().encode("utf-8")))
        self.amount.setText(tr("{size}, saved on this computer only").format(size=size))
        is_empty = not self.contents().strip()
        self.save.set_reason(tr("There is nothing to save.") if is_empty else "")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.contents())
        self.copy.setText(tr("Copied"))

    def _ask(self) -> None:
        dialog = QFileDialog(self, tr("Save the report"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Text (*.txt)")])
        dialog.setDefaultSuffix("txt")
        dialog.selectFile("topazdesk-report.txt")
        dialog.fileSelected.connect(lambda name: self.store(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def screen_facts(window: QWidget) -> str:
    """Return what a report says of the screen."""
    screen, size = window.screen(), window.window().size()
    shown = f"{screen.geometry().width()}x{screen.geometry().height()} at {screen.devicePixelRatio():g}"
    return f"{QGuiApplication.platformName()}, screen {shown}, window {size.width()}x{size.height()}"
