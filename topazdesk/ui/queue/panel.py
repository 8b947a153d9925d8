"""The queue above the footer: every job with its stage, its price and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from topazdesk.domain.job import Job
from topazdesk.ui.controls import Button, IconButton, SteppedLabel, Surface, Text
from topazdesk.ui.controls.button import fit_words
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.models.job_list import QueueModel, Totals
from topazdesk.ui.models.job_texts import groups_text
from topazdesk.ui.queue.row import ROW
from topazdesk.ui.queue.view import QueueView
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import money_text, ntr, number, plain_tip, tr
from topazdesk.ui.theme import px

_HEAD = 50
#: So much room the counts have beside what can be said more shortly.
_COUNTS = 200


class QueuePanel(Surface):
    """The head of the queue with its buttons, above the rows, whose buttons emit `view.acted`.

    Emits `pause_wanted(bool)`, `cancel_wanted`, `retry_wanted(ids)`, `clear_wanted(ids)`, `fold_wanted`, `team_wanted`
    and, when it is opened or folded, `seen(bool)`.
    """

    pause_wanted = Signal(bool)
    cancel_wanted = Signal()
    retry_wanted = Signal(list)
    clear_wanted = Signal(list)
    fold_wanted = Signal()
    team_wanted = Signal()
    seen = Signal(bool)

    def __init__(self, model: QueueModel, image_of: Callable[[Job], QImage | None]) -> None:
        super().__init__("panel", lines=("top",))
        self.model = model
        self.view = QueueView(model, image_of)
        self._totals = Totals(model.totals().groups)
        self._paused = False
        self._paused_text = ""
        self._is_team = False
        set_help(self, "unattended#queue")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(px(_HEAD + ROW))
        self.counts = SteppedLabel("", "base", "text2")
        self.pause = Button(tr("Pause all"), icon="pause", size="panel")
        self.cancel = Button(tr("Cancel all…"), "quiet", icon="cancel", size="panel")
        self.cancel.setToolTip(tr("Shows what it costs first"))
        self.retry = Button("", icon="retry", size="panel")
        self.clear = Button(tr("Clear finished"), "quiet", size="panel")
        self.after = Button("", "quiet", icon="power", size="panel", caret=True)
        self.team = Button("", "quiet", icon="team", size="panel")
        self.team.setAccessibleName(tr("Team…").rstrip("…"))
        self.team.hide()
        self.team.clicked.connect(self.team_wanted)
        self.fold = IconButton("fold", tr("Fold the queue"))
        head = self._head = QHBoxLayout()
        head.setContentsMargins(px(16), px(10), px(12), px(10))
        head.setSpacing(px(8))
        self.title = Text(tr("Queue"), "title")
        head.addWidget(self.title)
        head.addSpacing(px(4))
        head.addWidget(self.counts, 1)
        for button in (self.team, self.after, self.pause, self.cancel, self.retry, self.clear, self.fold):
            head.addWidget(button)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.view)
        self.pages.addWidget(_empty())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 1, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        rule = Surface("line")
        rule.setFixedHeight(1)
        column.addWidget(rule)
        column.addWidget(self.pages, 1)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.cancel.clicked.connect(self.cancel_wanted)
        self.retry.clicked.connect(lambda: self.retry_wanted.emit(list(self._totals.retry)))
        self.clear.clicked.connect(lambda: self.clear_wanted.emit(self.model.ended_ids()))
        self.fold.clicked.connect(self.fold_wanted)
        bind(self.refresh, model.settled)

    def useful_height(self, least_rows: int) -> int:
        """Return the height at which all rows are in sight, at least so many: more would be taken from the picture."""
        return px(_HEAD) + px(ROW) * max(least_rows, self.model.rowCount())

    def set_paused(self, paused: bool, words: str = "") -> None:
        """Show whether the queue is paused, in these words or in the usual ones."""
        if (paused, words) != (self._paused, self._paused_text):
            self._paused, self._paused_text = paused, words
            self.refresh()

    def show_team(self, words: str, tip: str) -> None:
        """Show how the team stands whose queue this is: a pause is one for all of it."""
        self._is_team = True
        self.team.setVisible(True)
        if words != self.team.label():
            self.team.setText(words)
            self.refresh()
        self.team.setToolTip(plain_tip(tip))
        self.team.setAccessibleName(tip)

    def show_after(self, words: str) -> None:
        """Show what the computer does once the queue is done."""
        if words != self.after.label():
            self.after.setText(words)
            self._fit()

    def _fit(self) -> None:
        """Leave words of buttons out where they would take the room of the counts, and at last the title."""
        wanted, least = self.counts.sizeHint().width(), self.counts.least_width()
        self.counts.setMinimumWidth(least)
        self.title.show()
        spare = max(0, wanted - max(px(_COUNTS), least))
        fit_words((self.after, self.team), self._needed() - spare, self.width())
        fit_words((self.cancel, self.pause), self._needed() - (wanted - least), self.width())
        self.title.setVisible(self._needed() - (wanted - least) <= self.width())

    def _needed(self) -> int:
        # A row inside of a column tells the width that it had before its parts changed, until it is laid out anew.
        self._head.invalidate()
        return self._head.sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in which buttons have no words and there is no title."""
        least, given_up = super().minimumSizeHint(), 0
        for button in (self.team, self.after, self.pause, self.cancel):
            given_up += 0 if button.isHidden() else button.sizeHint().width() - button.short_width()
        given_up += 0 if self.title.isHidden() else self.title.sizeHint().width() + self._head.spacing()
        return QSize(least.width() - given_up, least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out words where the head has no room for them."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Emit that the panel is open."""
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Emit that the panel is folded."""
        super().hideEvent(event)
        self.seen.emit(False)

    def refresh(self) -> None:
        """Update the counts and the buttons of the head."""
        totals = self._totals = self.model.totals()
        self.counts.setText(counts_text(totals, paused=self._paused, words=self._paused_text))
        self.pages.setCurrentIndex(0 if self.model.rowCount() else 1)
        self.pause.setVisible(totals.unfinished > 0 or self._paused)
        self.pause.setText(tr("Resume") if self._paused else tr("Pause for all") if self._is_team else tr("Pause all"))
        self.pause.set_icon_name("play" if self._paused else "pause")
        tip = tr("Nothing more is sent. What is at the service is finished and downloaded.")
        if self._is_team:
            tip = tr("No machine of the team sends any more. What is at the service is finished and downloaded.")
        self.pause.setToolTip(plain_tip("" if self._paused else tip))
        # One is cancelled in its row; in a team the others' pictures are not ours to cancel.
        self.cancel.setVisible(totals.unfinished > 1 and not self._is_team)
        self.retry.setVisible(bool(totals.retry))
        self.retry.setText(tr("Retry failed · {price}").format(price=retry_price(totals)))
        self.retry.set_cost("money" if totals.retry_pays else "free")
        self.clear.setVisible(totals.ended > 0)
        self.clear.setToolTip(tr("Takes them off this list; files and results stay"))
        self._fit()


def retry_price(totals: Totals) -> str:
    """Return what retrying all failed jobs costs: "12 credits", "free", "$0.08 + 1 unknown price"."""
    parts = [money_text(amount, unit) for unit, amount in totals.retry_prices]
    if totals.retry_unknown:
        words = ntr("1 unknown price", "{n} unknown prices", totals.retry_unknown)
        parts.append(words.format(n=number(totals.retry_unknown)))
    return " + ".join(parts) or tr("free")


def counts_text(totals: Totals, *, paused: bool = False, words: str = "") -> str:
    """Return the counts in words: "3 in progress · 1 waiting · 1 done · 1 failed"."""
    counts = groups_text(totals.groups)
    return " · ".join(part for part in ((words or tr("Paused")) if paused else "", counts) if part)


def _empty() -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(px(16), 0, px(16), 0)
    column.addStretch(1)
    middle = Qt.AlignmentFlag.AlignHCenter
    column.addWidget(Text(tr("Nothing in the queue"), "base", weight=600), 0, middle)
    hint = tr("Pictures are listed here from the moment you press Enhance until you clear them.")
    words = Text(hint, "small", "text2", wrap=True)
    words.setAlignment(middle)
    column.addWidget(words)
    column.addStretch(1)
    return page
