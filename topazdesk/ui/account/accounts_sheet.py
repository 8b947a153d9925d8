"""The sheet of accounts by name: which is in use at each service, where its key is, and buttons to change that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.app.accounts import KnownAccount
from topazdesk.app.keys import KeySource
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.language import sentences
from topazdesk.ui.controls import Button, RadioButton, Sheet, Text
from topazdesk.ui.controls.name_sheet import NameSheet
from topazdesk.ui.controls.titled_rows import hint, titled_rows
from topazdesk.ui.texts import money_text, ntr, number, plain_tip, tr, translated
from topazdesk.ui.theme import px

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class AccountState:
    """What is shown of an account. `source` is None while its key is being looked for; `jobs` are in progress."""

    known: KnownAccount
    is_used: bool
    jobs: int = 0
    source: KeySource | None = None

    @property
    def account(self) -> Account:
        """The account."""
        return self.known.account

    @property
    def name(self) -> str:
        """Its name for people."""
        return translated(self.known.label)


class AccountsDialog(Sheet):
    """Shows the accounts of each service. `fill` and `show_source` follow what changes.

    Each signal has the account that is meant, `add_wanted` the service.
    """

    help_page = "start#key"

    use_wanted = Signal(object)
    key_wanted = Signal(object)
    rename_wanted = Signal(object)
    limit_wanted = Signal(object)
    remove_wanted = Signal(object)
    add_wanted = Signal(object)

    def __init__(self, parent: QWidget, states: Mapping[ServiceName, Sequence[AccountState]]) -> None:
        super().__init__(parent, tr("Accounts"), width=660, closable=True)
        self.rows: dict[Account, AccountRow] = {}
        self._groups: list[QButtonGroup] = []
        self._columns: dict[ServiceName, QVBoxLayout] = {}
        parts: list[tuple[str, QWidget]] = []
        for service in states:
            room = QWidget()
            column = QVBoxLayout(room)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(px(6))
            self._columns[service] = column
            parts.append((translated(service.label), room))
        self.body.addLayout(titled_rows(parts))
        self.body.addWidget(
            hint(
                tr(
                    "New pictures are paid by the account that is ticked. A job stays with the account that it was "
                    "started with, and only the key of that account is used for it."
                )
            )
        )
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        self.fill(states)
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    def fill(self, states: Mapping[ServiceName, Sequence[AccountState]]) -> None:
        """Show these accounts in place of those before."""
        for group in self._groups:
            group.deleteLater()
        self._groups = []
        self.rows = {}
        for service, column in self._columns.items():
            while (item := column.takeAt(0)) is not None:
                if (old := item.widget()) is not None:
                    old.hide()
                    old.deleteLater()
            group = QButtonGroup(self)
            self._groups.append(group)
            for state in states.get(service, ()):
                row = AccountRow(state)
                self.rows[state.account] = row
                group.addButton(row.choose)
                row.choose.clicked.connect(lambda _on=False, each=state.account: self.use_wanted.emit(each))
                row.change.clicked.connect(lambda _on=False, each=state.account: self.key_wanted.emit(each))
                row.rename.clicked.connect(lambda _on=False, each=state.account: self.rename_wanted.emit(each))
                row.limit.clicked.connect(lambda _on=False, each=state.account: self.limit_wanted.emit(each))
                row.remove.clicked.connect(lambda _on=False, each=state.account: self.remove_wanted.emit(each))
                column.addWidget(row)
            add = Button(tr("Add an account…"), icon="add", size="panel")
            add.setAccessibleName(tr("Add an account at {service}").format(service=translated(service.label)))
            add.clicked.connect(lambda _on=False, each=service: self.add_wanted.emit(each))
            column.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        self.fit()

    def show_source(self, account: Account, source: KeySource) -> None:
        """Show where the key of an account is."""
        if account in self.rows:
            self.rows[account].show_source(source)


class AccountRow(QWidget):
    """One account: a button to use it, where its key is, and buttons to change it."""

    def __init__(self, state: AccountState) -> None:
        super().__init__()
        self._state = state
        self.choose = RadioButton(state.name)
        self.choose.setChecked(state.is_used)
        self.status = Text("", "small", "text2", wrap=True)
        self.rename = Button(tr("Rename…"), "quiet", size="panel")
        self.remove = Button(tr("Remove"), "quiet", size="panel")
        self.limit = Button(tr("Daily limit…"), "quiet", size="panel")
        self.change = Button(tr("Add its key…"), icon="key", size="panel")
        room = self.change.sizeHint().width()
        self.change.setText(tr("Change key…"))
        # From the start as wide as it may have to be, so that the sheet is, too.
        self.change.setMinimumWidth(max(room, self.change.sizeHint().width()))
        for button, words in (
            (self.rename, tr("Rename {name}")),
            (self.remove, tr("Remove {name}")),
            (self.limit, tr("Daily limit of {name}")),
            (self.change, tr("Change the key of {name}")),
        ):
            button.setAccessibleName(words.format(name=state.name))
        self.choose.setAccessibleName(tr("Use {name}").format(name=state.name))
        # The only one to give way in a small window: the other words are needed to know what a click does.
        self.choose.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.choose.setMinimumWidth(min(self.choose.sizeHint().width(), px(210)))
        self.choose.setToolTip(plain_tip(state.name))
        across = QHBoxLayout()
        across.setSpacing(px(6))
        across.addWidget(self.choose)
        across.addStretch(1)
        for button in (self.rename, self.remove, self.change):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            across.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across)
        below = QHBoxLayout()
        below.setContentsMargins(px(24), 0, 0, 0)
        below.addWidget(self.status, 1)
        self.limit.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        below.addWidget(self.limit, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(below)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_source(state.source)

    def show_source(self, source: KeySource | None) -> None:
        """Show where the key is; None while that is being looked up."""
        parts = [source_text(source)]
        if cap := self._state.known.day_cap:
            unit = self._state.account.service.unit
            parts.append(tr("at most {amount} a day").format(amount=money_text(cap, unit)))
        if jobs := self._state.jobs:
            parts.append(ntr("1 job in progress", "{n} jobs in progress", jobs).format(n=number(jobs)))
        text = " · ".join(parts)
        self.status.setText(text)
        self.choose.setAccessibleDescription(text)
        has_key = source is None or source.has_key
        self.status.set_colour("text2" if has_key else "warn")
        self.change.setText(tr("Change key…") if has_key else tr("Add its key…"))
        # The account that each service has without a name is nothing to remove while it has no key.
        self.remove.setVisible(bool(self._state.known.name) or source is not KeySource.NONE)


def source_text(source: KeySource | None) -> str:
    """Return where a key is in words; None while that is being looked up."""
    words = {
        None: tr("Looking…"),
        KeySource.RING: tr("Saved in this computer's keyring"),
        KeySource.FILE: tr("Saved in a file, not encrypted"),
        KeySource.MEMORY: tr("Kept until you quit"),
        KeySource.ENVIRONMENT: tr("Set by the environment"),
        KeySource.NONE: tr("No key yet"),
        KeySource.LOCKED: tr("The keyring is locked"),
        KeySource.UNREACHABLE: tr("The keyring does not answer"),
    }
    return words[source]


class AccountName(NameSheet):
    """Asks for the name of an account."""

    help_page = "start#key"

    def __init__(self, parent: QWidget, title: str, button: str, taken: Collection[str], *, name: str = "") -> None:
        super().__init__(
            parent,
            title,
            button,
            taken,
            name=name,
            longest=_LONGEST_NAME,
            what=tr("Name of the account"),
            example=tr("For example: Studio"),
        )

    def _said(self, *, is_taken: bool) -> tuple[str, str]:
        words = tr("This name is taken") if is_taken else tr("Only you see this name; the service is not told.")
        return words, words if is_taken else "" if self.name else tr("An account needs a name")


class RemoveAccount(Sheet):
    """Asks whether a key is to be removed: await `answered()`. `jobs` are in progress and would wait for it."""

    help_page = "start#key"

    def __init__(self, parent: QWidget, name: str, service: ServiceName, jobs: int) -> None:
        super().__init__(parent, tr("Remove {name}?").format(name=name), width=480)
        text = tr("The key is deleted from the keyring and from the file. The books stay.")
        self.body.addWidget(Text(text, "base", "text2", wrap=True))
        if jobs:
            waits = ntr(
                "1 job of this account is in progress. It would wait until the key is back, and nothing is sent with "
                "another key.",
                "{n} jobs of this account are in progress. They would wait until the key is back, and nothing is sent "
                "with another key.",
                jobs,
            ).format(n=number(jobs))
            lost = tr("Results that were paid are kept at the service for {days} days only.")
            lost = lost.format(days=number(service.traits.keeps_results_days))
            self.body.addWidget(Text(sentences(waits, lost), "base", "warn", wrap=True))
        keep = Button(tr("Keep it"))
        keep.clicked.connect(self.reject)
        self.go = Button(tr("Remove key"), "destructive" if jobs else "primary")
        self.go.clicked.connect(self.accept)
        self.footer.addStretch(1)
        self.footer.addWidget(keep)
        self.footer.addWidget(self.go)
        keep.setFocus(Qt.FocusReason.OtherFocusReason)
