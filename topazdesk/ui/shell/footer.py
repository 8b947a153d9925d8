"""The footer: progress of the queue, the price of the next step, and the button that spends money."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.services import ServiceName
from topazdesk.language import titled
from topazdesk.ui.controls import Button, Chip, HelpLine, IconButton, Menu, ProgressLine, SteppedLabel, Surface, Text
from topazdesk.ui.controls.button import Cost
from topazdesk.ui.controls.late import keep_room
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.models.job_tracker import QueueSummary
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import (
    Said,
    all_button_text,
    all_hint_text,
    button_text,
    hint_text,
    price_text,
    short_name,
)
from topazdesk.ui.models.spending_limits import Held
from topazdesk.ui.texts import plain_tip, sentences, tr, translated
from topazdesk.ui.theme import px
from topazdesk.ui.theme.icons import icon

FOOTER = 64
_HINT = 160  # least width in design px of the line below the price
#: Least width in design px of the queue's state: that of its first words, within these bounds, as a name may be in it.
_STATUS, _STATUS_MOST = 64, 128
_STATUS_SQUEEZED = 40  # design px of the queue's state in the narrowest that the footer may be with what it shows
_MORE_GAP = 6  # design px between the main button and the menu beside it
_WIDE = 1200  # least width in design px that has room for the word "Queue"


class Presses:
    """Tells a press of its own from one that only repeats the last one.

    One key pressed eleven times quickly bought a picture, put it back in line by "Enhance again…", and bought it again.
    Within the time of a double click nobody reads what the button says by then. `clock`: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._at = float("-inf")
        self._ids: frozenset[int] = frozenset()

    def is_repeated(self, ids: Iterable[int]) -> bool:
        """Return whether this press, which means the pictures `ids`, follows one for any of them too quickly."""
        now, meant = self.clock(), frozenset(ids)
        is_quick = now - self._at < QApplication.doubleClickInterval() / 1000
        found = is_quick and not self._ids.isdisjoint(meant)
        self._at, self._ids = now, meant
        return found


class Footer(Surface):
    """The line at the bottom of the window.

    `enhance_wanted` is emitted only by the button; the shortcut clicks the button too. `all_wanted` is emitted only by
    the button beside it, which is there while the main button means fewer pictures than all that wait.
    """

    enhance_wanted = Signal()
    all_wanted = Signal()
    again_wanted = Signal(list)  # ids of finished pictures that are to wait once more; nothing is spent by it
    key_wanted = Signal()  # there is no key, and the button asks for it
    service_wanted = Signal(object)
    pause_wanted = Signal(bool)
    queue_wanted = Signal()
    menu_opening = Signal(object)  # the menu of services; listeners may add entries
    more_opening = Signal(object)  # the menu beside the main button, for listeners to fill

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.setFixedHeight(px(FOOTER))
        self._services: tuple[ServiceName, ...] = ()
        self._service = ServiceName.SANDBOX
        self._summary = QueueSummary()
        self._asks_key = False
        self._account = ""
        self.fold = IconButton("up", tr("Show the queue"))
        self.fold.clicked.connect(self.queue_wanted)
        self.fold.hide()
        keep_room(self.fold)  # else the words beside it would move when the queue is there
        self._ready = Mark("ok", "text2")
        self.title = Text(tr("Queue"), "base", weight=600)
        self.status = SteppedLabel("", "small", "text2")
        self.progress = ProgressLine(name=tr("Progress of the queue"))
        self.pause = IconButton("pause", tr("Pause the queue"))
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._summary.paused))
        self.chip = Chip("", icon="sandbox")
        self.chip.clicked.connect(self._open_services)
        self.chip.hide()  # until there is a service
        self.price = Text("", "base", weight=600, tabular=True)
        self.left = Text("", "base", "text2", tabular=True)
        self.hint = HelpLine("", "small", "text2", align=Qt.AlignmentFlag.AlignRight)
        self.hint.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button = Button(tr("Add pictures to enhance"), "primary", size="main")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._pressed)
        self.more = IconButton("fold", tr("Other ways to enhance"), size=40, framed=True)
        self.more.clicked.connect(self._open_more)
        self.more.hide()
        self.all_button = Button("", size="main")
        self.all_button.setAccessibleName(tr("Enhance all"))
        self.all_button.clicked.connect(self._all_pressed)
        self.all_button.hide()
        self._column_width = 0
        self._again: tuple[int, ...] = ()
        self._meant: frozenset[int] = frozenset()
        self.presses = Presses()
        for button in (self.button, self.all_button):
            button.installEventFilter(self)
        self._lay_out()
        self.show_queue(self._summary)
        self.show_plan(Plan(), ready=False, problem="", is_empty=True)

    def _lay_out(self) -> None:
        words = QHBoxLayout()
        words.setSpacing(px(8))
        words.addWidget(self._ready)
        words.addWidget(self.title)
        words.addWidget(self.status, 1)
        queue = QVBoxLayout()
        queue.setSpacing(px(4))
        queue.addStretch(1)
        queue.addLayout(words)
        queue.addWidget(self.progress)
        queue.addStretch(1)
        costs = QHBoxLayout()
        costs.setSpacing(px(4))
        costs.addStretch(1)
        costs.addWidget(self.price)
        costs.addWidget(self.left)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addStretch(1)
        said.addLayout(costs)
        said.addWidget(self.hint)
        said.addStretch(1)
        row = self._row = QHBoxLayout()
        row.setContentsMargins(px(16), px(1), px(12), 0)
        row.setSpacing(px(12))
        row.addWidget(self.fold)
        row.addLayout(queue, 1)
        row.addWidget(self.pause)
        row.addSpacing(px(12))
        row.addWidget(self.chip)
        row.addLayout(said)
        row.addWidget(self.all_button)
        self._button_room = QWidget()
        room = QHBoxLayout(self._button_room)
        room.setContentsMargins(px(16), 0, px(16), 0)
        room.setSpacing(px(_MORE_GAP))
        room.addWidget(self.button)
        room.addWidget(self.more)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(self._button_room)
        self.set_button_width(px(352))

    def set_button_width(self, width: int) -> None:
        """Make the button's area as wide as the right column (device-independent pixels), so that it aligns with it."""
        self._column_width = width
        self._fit()

    def show_plan(
        self,
        plan: Plan,
        *,
        ready: bool,
        problem: str,
        is_empty: bool = False,
        held: Held | None = None,
        held_all: Held | None = None,
        key_wanted: str = "",
    ) -> None:
        """Show price, hint and buttons for a plan.

        `ready`: the engine is running. `problem`: a sentence from the form, or empty. `held`: what the user's own
        spending limits do to the plan. `held_all`: the plan for all that wait, if that is another one. `key_wanted`:
        the words of a button that asks for the key, while there is none and nothing can be sent.
        """
        self._again = plan.scope.again
        self._meant = frozenset(plan.ids or plan.scope.again)
        if self._asks_key is not bool(key_wanted):
            self._asks_key = bool(key_wanted)
            self.show_queue(self._summary)
        if key_wanted or (held_all is not None and held_all.plan.ids == plan.ids):
            held_all = None  # a second button for the same pictures at the same price
        self._show_all_button(held_all, ready=ready, problem=problem)
        if plan.account != self._account:
            self._account = plan.account
            self._show_chip()
        price: Said = price_text(replace(plan, account=""))  # the chip names it
        self.price.setText(price.strong)
        self.left.setText(price.light)
        self.price.setToolTip(plain_tip(price.tip))
        hint, role = hint_text(plan, problem=problem, held=held)
        if role == "text2" and (all_hint := all_hint_text(held_all)):
            hint, role = all_hint, "warn"
        self.hint.setText(hint)
        self.hint.set_colour(role)
        self.more.setVisible(bool(self._meant) and not key_wanted)
        text, reason = (
            (key_wanted, "")
            if key_wanted
            else button_text(plan, ready=ready, problem=problem, is_empty=is_empty, held=held)
        )
        if text != self.button.label():
            self.button.setText(text)
        self.button.set_reason(reason)
        pays = bool(plan.ids) and not key_wanted
        self.button.set_cost(self._cost(reason) if pays else "")
        if not reason:
            cost = translated(self._service.traits.consequence) if pays else ""
            payer = self._payer() if pays else ""
            self.button.setAccessibleDescription(sentences(f"{price.strong} {price.light}".strip(), payer, cost))
            self.button.setToolTip(plain_tip(sentences(payer, cost)))
        self.set_button_width(self._column_width)

    def _show_all_button(self, held: Held | None, *, ready: bool, problem: str) -> None:
        text, reason = "", ""
        if held is not None:
            text, reason = all_button_text(held.plan, ready=ready, problem=problem, held=held)
        if text and text != self.all_button.label():
            self.all_button.setText(text)
            is_one = held is not None and len(held.plan.ids) == 1 and not held.plan.is_part
            self.all_button.setAccessibleName(text if is_one else tr("Enhance: {what}").format(what=text))
        self.all_button.set_reason(reason)
        self.all_button.set_cost(self._cost(reason) if text else "")
        self.all_button.setVisible(bool(text))

    def _cost(self, reason: str) -> Cost:
        """Return what a click costs on a button that has a price; one that is off for a reason costs nothing."""
        return "" if reason else "free" if self._service.traits.is_free else "money"

    def press(self, *, all_of_them: bool) -> None:
        """Press the main button or, with `all_of_them`, the one that means all that wait; do nothing if it is off."""
        button = self.all_button if all_of_them and self.all_button.isVisible() else self.button
        if button.isEnabled():
            button.click()

    def _all_pressed(self) -> None:
        self.presses.is_repeated(self._meant)
        self.all_wanted.emit()

    def _pressed(self) -> None:
        if self.presses.is_repeated(self._meant):
            return
        if self._asks_key:
            self.key_wanted.emit()
        elif self._again:
            self.again_wanted.emit(list(self._again))
        else:
            self.enhance_wanted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore the second press of a double click: the button means something else by then."""
        return event.type() == QEvent.Type.MouseButtonDblClick or super().eventFilter(watched, event)

    def show_queue(self, summary: QueueSummary) -> None:
        """Show progress of the queue at the left, or the assurance that nothing is sent if the queue is idle."""
        self._summary = summary
        running = summary.active > 0 or summary.paused
        self._ready.setVisible(not running)
        self._fit_title()
        self.progress.setVisible(running)
        self.pause.setVisible(running)
        self.status.setText(summary.text or ready_text(self._service, has_key=not self._asks_key))
        self._fit()
        self.progress.setAccessibleDescription(summary.text)
        for part in (self.progress, self.title):
            part.setToolTip(plain_tip(summary.detail))
        self.pause.set_icon_name("play" if summary.paused else "pause")
        self.pause.set_name(tr("Resume the queue") if summary.paused else tr("Pause the queue"))
        if summary.share is None:
            if running and not summary.paused:
                self.progress.set_unknown()
            else:
                self.progress.set_waiting(0.0)
        elif summary.waiting or summary.paused:
            self.progress.set_waiting(summary.share)
        else:
            self.progress.set_share(summary.share)

    def minimumSizeHint(self) -> QSize:
        """Return a size that is a little too small for the parts that are shown: only then are fewer of them shown."""
        least = super().minimumSizeHint()
        return QSize(least.width() - max(0, self.status.minimumWidth() - px(_STATUS_SQUEEZED)), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up words when the footer is narrow."""
        super().resizeEvent(event)
        self._fit_title()
        self._fit()

    def _fit_title(self) -> None:
        self.title.setVisible((self._summary.active > 0 or self._summary.paused) and self.width() >= px(_WIDE))

    def _fit(self) -> None:
        """Give up what is said elsewhere, too, until the rest has room: the buttons name the price in any case."""
        row = self._row
        margins, gap = row.contentsMargins(), row.spacing()
        more = 0 if self.more.isHidden() else self.more.sizeHint().width() + px(_MORE_GAP)
        needed = self.button.sizeHint().width() + more + px(32)
        aligned = max(self._column_width, needed)
        room = self.width() - aligned - margins.left() - margins.right() - px(12)
        is_running = self._summary.active > 0 or self._summary.paused
        heads = [self._ready] if not is_running else [] if self.title.isHidden() else [self.title]
        status = max(px(_STATUS), min(self.status.least_width(), px(_STATUS_MOST)))
        # A mark has a fixed size and no hint.
        status_row = status + sum(max(w.sizeHint().width(), w.minimumWidth()) + px(8) for w in heads)
        room -= status_row
        shown = [self.fold, *(w for w in (self.pause, self.all_button) if not w.isHidden())]  # one keeps its room
        room -= sum(widget.sizeHint().width() + gap for widget in shown) + 2 * gap
        strong = self.price.sizeHint().width() if self.price.text() else 0
        light = self.left.sizeHint().width() + px(4) if self.left.text() else 0
        hint = min(px(_HINT), self.hint.sizeHint().width()) if self.hint.text() else 0
        full, short = (0, 0) if self.chip.isHidden() else (self.chip.full_width(), self.chip.short_width())
        # From most words to fewest; the first that fits is taken.
        ways = (
            (True, True, full, max(strong + light, hint)),
            (True, False, full, max(strong, hint)),
            (False, False, full, hint),
            (False, False, short, hint),
            (False, False, short, 0),
        )
        has_price, has_left, chip, said = next((way for way in ways if way[2] + way[3] <= room), ways[-1])
        self.price.setVisible(has_price and bool(strong))
        self.left.setVisible(has_left and bool(light))
        self.hint.setVisible(bool(hint) and said > 0)
        self.chip.set_short(chip < full)
        # The state of a queue that goes on, and who pays, have the room that the button takes to end with the column.
        spare = 0 if is_running else status_row
        lacking = max(0, chip + said - room - spare) if is_running or self._account else 0
        self._button_room.setFixedWidth(max(needed, aligned - lacking))
        # Last of all the assurance, while the queue is idle: the buttons are what it is about.
        has_words = is_running or chip + said <= room
        self.status.setMinimumWidth(status if has_words else 0)
        self.status.setVisible(has_words)
        self._ready.setVisible(has_words and not is_running)

    # the service

    def show_service(self, service: ServiceName, choices: tuple[ServiceName, ...]) -> None:
        """Show the service in use, and set which ones its menu offers."""
        self._service = service
        self._services = choices
        if not self._summary.text:
            self.status.setText(ready_text(service, has_key=not self._asks_key))
        self.chip.show()
        self._show_chip()

    def _show_chip(self) -> None:
        """Name the service and, where it has several, the account that pays, which is named in any room."""
        traits = self._service.traits
        name = short_name(translated(self._account))
        words = " · ".join(part for part in (translated(traits.in_use), name) if part)
        self.chip.set_content(words, "sandbox" if traits.is_free else "service", tinted=traits.is_free, least=name)
        self.chip.setToolTip(plain_tip(sentences(self._payer(), translated(traits.consequence))))
        service = tr("Service: {service}").format(service=translated(traits.in_use))
        self.chip.setAccessibleName(titled(service, self._payer()) if self._account else service)
        self._fit()

    def _payer(self) -> str:
        """Return whose account pays, where there are several; else ""."""
        return tr("Paid by the account “{name}”.").format(name=translated(self._account)) if self._account else ""

    def service_menu(self) -> Menu:
        """Build the menu of services."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        for service in self._services:
            free = service.traits.is_free
            # An icon takes the place of an entry's check mark, so the chosen service gets a check as its icon.
            mark = "done" if service is self._service else "sandbox" if free else "service"
            entry = menu.addAction(icon(mark), translated(service.traits.offer))
            entry.setCheckable(True)
            entry.setChecked(service is self._service)
            group.addAction(entry)
            entry.triggered.connect(lambda _checked=False, wanted=service: self.service_wanted.emit(wanted))
        self.menu_opening.emit(menu)
        return menu

    def more_menu(self) -> Menu:
        """Build the menu of what else can be done with what the main button means."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.more_opening.emit(menu)
        return menu

    def _open_more(self) -> None:
        self.more_menu().drop_down(self.more, is_above=True)

    def _open_services(self) -> None:
        self.service_menu().drop_down(self.chip, is_above=True)


def ready_text(service: ServiceName, *, has_key: bool = True) -> str:
    """Return what is sent without a click: nothing, or sizes and settings to a service that is asked for prices.

    Without a key it is not asked.
    """
    traits = service.traits
    if has_key and traits.has_estimates and not traits.is_local:
        return tr(
            "Ready. {service} is asked for prices; pictures are sent only when you press a button with a price."
        ).format(service=traits.label)
    if traits.runs_networks:
        return tr("Ready. Nothing leaves this computer.")
    return tr("Ready. Nothing is sent anywhere until you press a button with a price.")
