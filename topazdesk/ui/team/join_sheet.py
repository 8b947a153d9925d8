"""Joining a team and leaving it: where its database is, and what becomes of the jobs that are here."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from topazdesk.app.team_leaving import LeftBehind
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Button, LineField, Sheet, Text
from topazdesk.ui.controls.titled_rows import hint, stacked, titled_rows
from topazdesk.ui.team.roots_field import RootsField, refused_text
from topazdesk.ui.texts import ntr, number, sentences, tr, translated


class JoinSheet(Sheet):
    """Asks for the address and the folders. `join` is pressed as often as it fails; whoever joins accepts the sheet."""

    help_page = "team#join"

    def __init__(self, parent: QWidget, folders: Mapping[str, str], *, unfinished: int) -> None:
        super().__init__(parent, tr("Join a team"), width=620, closable=True)
        self.address = LineField()
        self.address.setPlaceholderText("postgresql://user@host/database")
        self.address.setAccessibleName(tr("Address of the team's database"))
        self.roots = RootsField(folders)
        self.told = Text("", "base", "err", wrap=True)
        self.told.hide()
        self.body.addWidget(
            Text(tr("Several computers share one queue, its books and its limits, in a database."), "base", wrap=True)
        )
        words = [tr("What is in this computer's own queue stays there for when it leaves the team.")]
        if unfinished:
            said = ntr("1 picture is not finished; it waits.", "{n} pictures are not finished; they wait.", unfinished)
            words.append(said.format(n=number(unfinished)))
        self.body.addWidget(Text(sentences(*words), "base", "warn" if unfinished else "text2", wrap=True))
        self.body.addLayout(
            titled_rows(
                [
                    (
                        tr("Database"),
                        stacked(self.address, hint(tr("A password in it goes to this computer's keyring."))),
                    ),
                    (tr("Folders"), self.roots),
                ]
            )
        )
        self.body.addWidget(self.told)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.join = Button(tr("Join"), "primary")
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.join)
        self.roots.grew.connect(self.fit)
        self.roots.changed.connect(self._check)
        self.address.textChanged.connect(self._check)
        self.address.returnPressed.connect(self.join.click)
        self._check()
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def _check(self) -> None:
        reason = self.roots.problem()
        self.join.set_reason(reason if self.address.text().strip() else tr("Enter the address first"))

    def set_trying(self, is_trying: bool) -> None:
        """Say that the database is being asked, or that the answer is there."""
        self.join.setText(tr("Asking the database…") if is_trying else tr("Join"))
        if is_trying:
            self.join.set_reason(tr("Asking the database…"))
            self.told.hide()
        else:
            self._check()
        self.fit()

    def tell(self, error: TopazdeskError) -> None:
        """Say why it cannot be joined."""
        self.told.setText(refused_text(error)[0])
        self.told.show()
        self.fit()


class LeaveSheet(Sheet):
    """Asks whether this computer leaves the team; accepted means yes."""

    help_page = "team#join"

    def __init__(self, parent: QWidget, name: str, stays: LeftBehind | None, *, is_working: bool) -> None:
        super().__init__(parent, tr("Leave the team “{name}”?").format(name=name), width=500)
        words = [tr("The team goes on without this computer, also with what was started here.")]
        if is_working:
            words.append(tr("What this computer has begun is finished or taken up by others."))
        self.body.addWidget(Text(sentences(*words), "base", wrap=True))
        said = [tr("How much of it is unfinished could not be asked.")]
        if stays is not None:
            said = [translated(each) for each in stays.words]
        waits = stays is not None and not stays.others and bool(stays.unsent or stays.sent)
        self.body.addWidget(Text(sentences(*said), "base", "warn" if waits else "text", wrap=True))
        self.body.addWidget(
            Text(tr("This computer has its own queue again, with all that was in it."), "base", "text2", wrap=True)
        )
        stay = Button(tr("Stay"))
        stay.clicked.connect(self.reject)
        self.leave = Button(tr("Leave the team"), "primary")
        self.leave.clicked.connect(self.accept)
        self.footer.addStretch(1)
        self.footer.addWidget(stay)
        self.footer.addWidget(self.leave)
        stay.setFocus(Qt.FocusReason.OtherFocusReason)
