"""Recover results: jobs at the services that this computer does not know, to be downloaded into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from topazdesk.domain.account import Account
from topazdesk.language import comma
from topazdesk.ui.account.found_list import FoundJob, FoundList
from topazdesk.ui.controls import Button, CheckBox, ElidedLabel, Sheet, Surface, Text
from topazdesk.ui.texts import ntr, number, sentences, tr, translated
from topazdesk.ui.theme import px

_ROW, _MOST_ROWS = 40, 8


class RecoverDialog(Sheet):
    """Lists what was found. Report the answer of each of `accounts` with `show_found` or `show_fault`.

    If accepted, the jobs in `wanted` are to be downloaded to `folder`.
    """

    help_page = "trouble#result"

    def __init__(self, parent: QWidget, accounts: Sequence[Account], folder: Path) -> None:
        super().__init__(parent, tr("Recover results"), width=760, closable=True)
        self.folder = folder
        self._asking = list(accounts)
        self._asked = list(accounts)
        self._found: list[FoundJob] = []
        self._faults: dict[Account, str] = {}
        self.body.setContentsMargins(0, px(4), 0, 0)
        self.body.setSpacing(0)
        self.lead = Text("", "base", "text2", wrap=True)
        self.faults = Text("", "small", "warn", wrap=True)
        for words in (self.lead, self.faults):
            words.setContentsMargins(px(24), 0, px(24), px(10))
            self.body.addWidget(words)
        self.all = CheckBox(tr("All"))
        self.all.setTristate(True)
        self._all_room = QWidget()
        ticks = QHBoxLayout(self._all_room)
        ticks.setContentsMargins(px(24), 0, px(24), px(6))
        ticks.addWidget(self.all)
        ticks.addStretch(1)
        self.body.addWidget(self._all_room)
        self._rule = Surface("line")
        self._rule.setFixedHeight(1)
        self.body.addWidget(self._rule)
        self.list = FoundList()
        self.body.addWidget(self.list)
        self._place = QWidget()
        place = QHBoxLayout(self._place)
        place.setContentsMargins(px(24), px(12), px(24), px(12))
        self._place.setMinimumHeight(px(28 + 24))
        place.setSpacing(px(8))
        place.addWidget(Text(tr("Into"), "base", "text2"))
        self.where = ElidedLabel("", "base")
        place.addWidget(self.where, 1)
        self.choose = Button(tr("Choose a folder…"), icon="folder", size="panel")
        place.addWidget(self.choose)
        self.body.addWidget(self._place)
        self.free = Text(tr("Fetching costs nothing: they are already paid for."), "small", "text2")
        self.footer.addWidget(self.free)
        self.footer.addStretch(1)
        self.leave = Button(tr("Close"))
        self.fetch = Button("", "primary")
        self.footer.addWidget(self.leave)
        self.footer.addWidget(self.fetch)
        self.leave.clicked.connect(self.reject)
        self.fetch.clicked.connect(self.accept)
        self.choose.clicked.connect(self._choose_folder)
        self.all.clicked.connect(self._turn_all)
        self.list.picked.connect(self._count)
        self._show()
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def wanted(self) -> list[FoundJob]:
        """The ticked rows."""
        return self.list.rows.wanted()

    def show_found(self, account: Account, found: Sequence[FoundJob]) -> None:
        """Show what is there from an account."""
        self._asking.remove(account)
        self._found += found
        self.list.rows.fill(self._found)
        self._show()

    def show_fault(self, account: Account, sentence: str) -> None:
        """Show that an account could not be asked about."""
        self._asking.remove(account)
        self._faults[account] = sentence
        self._show()

    def set_folder(self, folder: Path) -> None:
        """Set where the results go."""
        self.folder = folder
        self._show()

    def _show(self) -> None:
        some = bool(self._found)
        self.lead.setText(self._lead())
        self.faults.setText("\n".join(self._faults.values()))
        self.faults.setVisible(bool(self._faults))
        for part in (self._all_room, self._rule, self.list, self._place, self.fetch, self.free):
            part.setVisible(some)
        self.list.setFixedHeight(px(_ROW) * min(_MOST_ROWS, max(1, len(self._found))))
        self.where.setText(str(self.folder))
        self._count()
        self.fit()

    def _lead(self) -> str:
        if self._asking:
            return tr("Asking {services}…").format(services=_names(self._asking))
        if self._found:
            return tr(
                "These were enhanced in the last 7 days, and this computer does not have them: another computer sent "
                "them, or its list was lost."
            )
        answered = [account for account in self._asked if account not in self._faults]
        if not answered:
            return tr("Nothing could be looked up.")
        whole = [account for account in answered if account.service.traits.lists_all]
        parts = [account for account in answered if not account.service.traits.lists_all]
        told = tr("Nothing to recover from the last 7 days at {services}.")
        more = tr("{services} has nothing else in its list, which may not be complete.")
        said = [told.format(services=_names(whole))] if whole else []
        said += [more.format(services=_names(parts))] if parts else []
        return sentences(*said)

    def _count(self) -> None:
        wanted, every = len(self.wanted), len(self._found)
        text = ntr("Fetch 1 result", "Fetch {n} results", wanted).format(n=number(wanted))
        self.fetch.setText(text)
        self.fetch.set_reason("" if wanted else tr("Nothing selected"))
        state = Qt.CheckState.Checked if wanted == every else Qt.CheckState.Unchecked
        self.all.setCheckState(state if wanted in (0, every) else Qt.CheckState.PartiallyChecked)

    def _turn_all(self) -> None:
        self.list.rows.set_all(len(self.wanted) < len(self._found))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, tr("Folder for the results"), str(self.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.set_folder(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _names(accounts: Sequence[Account]) -> str:
    """Return the services of accounts in words: "Topaz, Runflow and the sandbox"."""
    names = list(dict.fromkeys(translated(account.service.traits.in_sentence) for account in accounts))
    if len(names) < 2:
        return "".join(names)
    return tr("{some} and {last}").format(some=comma().join(names[:-1]), last=names[-1])
