"""Credits and charges: the balance of each account, what was spent on each job, and refunds that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.app.books import AccountSums, Books
from topazdesk.domain.account import Account
from topazdesk.domain.charges import support_text
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Balance
from topazdesk.ui.account.charges_list import ChargesList
from topazdesk.ui.controls import Button, ElidedLabel, Sheet, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import money_text, ntr, number, tr
from topazdesk.ui.theme import px

_MOST_ROWS, _ROW = 7, 44
_MOST_MISSING = 4


class MoneyDialog(Sheet):
    """Shows the books at once; balances and missing refunds follow with `show_balance` and `show_missing`.

    `accounts` are those that are asked for their balance, with the name of each. `export_wanted` is emitted with the
    name of the file that was chosen.
    """

    help_page = "money#words"

    export_wanted = Signal(str)

    def __init__(self, parent: QWidget, books: Books, accounts: Mapping[Account, str], now: float) -> None:
        super().__init__(parent, tr("Credits and charges"), width=820, closable=True)
        self.books = books
        self._now = now
        self._missing: dict[Account, tuple[Job, ...]] = {}
        self.balances: dict[Account, tuple[Text, Text]] = {}
        self.body.setContentsMargins(0, px(4), 0, 0)
        grid = QGridLayout()
        grid.setContentsMargins(px(24), 0, px(24), px(10))
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(4))
        grid.setColumnStretch(0, 1)
        heads = (tr("Account"), tr("Available"), tr("On hold"), tr("Charged today"), tr("Charged this month"))
        for column, words in enumerate(heads if accounts else ()):
            grid.addWidget(_cell(words, "small", "text2", right=column > 0), 0, column)
        for row, (account, name) in enumerate(accounts.items(), 1):
            self._account_row(grid, row, account, name)
        self.body.addLayout(grid)
        self.missing_room = QWidget()
        self.missing_room.hide()
        room = QVBoxLayout(self.missing_room)
        room.setContentsMargins(px(24), 0, px(24), px(12))
        self.body.addWidget(self.missing_room)
        rule = Surface("line")
        rule.setFixedHeight(1)
        self.body.addWidget(rule)
        self.body.setSpacing(0)
        self.list = ChargesList(books.entries, tr("Jobs and what they cost"))
        self.list.setFixedHeight(px(_ROW) * min(_MOST_ROWS, max(2, len(books.entries))))
        self.empty = Text(
            tr("Nothing spent yet. Every job will be listed here with its estimate and its charge."), "base", "text2"
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMinimumHeight(px(88))
        self.body.addWidget(self.list if books.entries else self.empty)
        self.export = Button(tr("Export as CSV…"), icon="save_picture")
        self.export.clicked.connect(self._choose_file)
        self.export.setVisible(bool(books.entries))
        self.footer.addWidget(self.export)
        self.told = Text(tr("As the services reported it. Jobs from this computer only."), "small", "text2", wrap=True)
        self.footer.addWidget(self.told, 1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    def _account_row(self, grid: QGridLayout, row: int, account: Account, name: str) -> None:
        found = [sums for sums in self.books.accounts if sums.account == account]
        sums = found[0] if found else AccountSums(account, account.service.unit, 0, 0, 0)
        available, reserved = _cell(tr("Asking…"), "base", "text2"), _cell("", "base")
        self.balances[account] = (available, reserved)
        grid.addWidget(_cell(name, "base", right=False, weight=600), row, 0)
        grid.addWidget(available, row, 1)
        grid.addWidget(reserved, row, 2)
        grid.addWidget(_cell(money_text(sums.today, sums.unit), "base"), row, 3)
        grid.addWidget(_cell(money_text(sums.month, sums.unit), "base"), row, 4)

    # what arrives later

    def show_balance(self, account: Account, balance: Balance | None, why: str = "") -> None:
        """Show the service's own figures, or in two words why there are none."""
        available, reserved = self.balances[account]
        if balance is None:
            available.setText(why or tr("No answer"))
            reserved.setText("–")
            return
        available.setText(money_text(balance.available, balance.unit))
        available.set_colour("text")
        reserved.setText(money_text(balance.reserved, balance.unit))

    def show_missing(self, account: Account, jobs: tuple[Job, ...]) -> None:
        """Show the failed jobs of an account whose money did not come back within a day."""
        self._missing[account] = jobs
        every = [job for found in self._missing.values() for job in found]
        room = self.missing_room.layout()
        while room is not None and (item := room.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        if every and room is not None:
            room.addWidget(self._missing_panel(every))
        self.missing_room.setVisible(bool(every))
        self.fit()

    def _missing_panel(self, jobs: Sequence[Job]) -> Surface:
        panel = Surface("warnbg", radius=6)
        column = QVBoxLayout(panel)
        column.setContentsMargins(px(12), px(10), px(12), px(10))
        column.setSpacing(px(6))
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(Mark("warning", "warn"))
        title = tr("1 failed job was not refunded after a day")
        if len(jobs) > 1:
            title = tr("{n} failed jobs were not refunded after a day").format(n=number(len(jobs)))
        head.addWidget(Text(title, "base", weight=600), 1)
        if len(jobs) > 1:
            every = Button(tr("Copy all for support"), icon="copy", size="panel")
            every.clicked.connect(lambda: self.copy(jobs))
            head.addWidget(every)
        column.addLayout(head)
        for job in jobs[:_MOST_MISSING]:
            row = QHBoxLayout()
            row.setContentsMargins(px(24), 0, 0, 0)
            row.setSpacing(px(12))
            money = money_text(job.refunded or job.estimate.credits, job.estimate.unit)
            row.addWidget(ElidedLabel(shown_picture(job), "small", "text2"), 1)
            row.addWidget(Text(f"{money} · {job.remote_id}", "small", "text2", tabular=True))
            one = Button(tr("Copy for support"), "quiet", icon="copy", size="panel")
            one.setAccessibleName(tr("Copy {name} for support").format(name=shown_picture(job)))
            one.clicked.connect(lambda _checked=False, wanted=job: self.copy([wanted]))
            row.addWidget(one)
            column.addLayout(row)
        if len(jobs) > _MOST_MISSING:
            more = ntr("+ {n} more", "+ {n} more", len(jobs) - _MOST_MISSING).format(
                n=number(len(jobs) - _MOST_MISSING)
            )
            column.addWidget(Text(more, "small", "text2"))
        return panel

    # acting

    def copy(self, jobs: Sequence[Job]) -> None:
        """Copy what support needs to know about these jobs to the clipboard."""
        QGuiApplication.clipboard().setText("\n\n".join(support_text(job, self._now) for job in jobs))
        self.told.setText(tr("Copied. Paste it into a message to the service's support."))

    def exported(self, name: str) -> None:
        """Say that the file is written."""
        self.told.setText(tr("Saved as {name}").format(name=name))

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, tr("Export as CSV"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters([f"{tr('Table')} (*.csv)"])
        dialog.selectFile("topazdesk-charges.csv")
        dialog.fileSelected.connect(self.export_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _cell(words: str, role: str, colour: str = "text", *, right: bool = True, weight: int | None = None) -> Text:
    text = Text(words, role, colour, weight=weight, tabular=True)
    text.setAlignment(
        (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
    )
    text.setMinimumHeight(px(22))
    return text
