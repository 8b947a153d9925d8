"""Notices: what happened, what it means for money and files, and what to do. Shown in a bar, never in a message box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls.button import Button, IconButton, Variant
from topazdesk.ui.controls.contents import Contents
from topazdesk.ui.controls.dressed import TextBox
from topazdesk.ui.controls.focus_return import FocusReturn
from topazdesk.ui.controls.help_place import help_wishes, set_help
from topazdesk.ui.controls.label import Text
from topazdesk.ui.controls.paint import box, font, paint_icon, painter_for, px, tokens
from topazdesk.ui.texts import ntr, number, tr
from topazdesk.ui.theme import theme
from topazdesk.ui.theme.mirrored import is_mirrored

Kind = Literal["info", "ok", "warn", "err"]

_LOOK: dict[str, tuple[str, str, str, str]] = {  # icon, ink, background, outline
    "info": ("info", "link", "infobg", "infoln"),
    "ok": ("ok", "ok", "okbg", "okln"),
    "warn": ("warning", "warn", "warnbg", "warnln"),
    "err": ("failed", "err", "errbg", "errln"),
}
_MOST_DETAILS_LINES = 8
_AROUND = 12  # design pixels beside the notices
_LEAST_AREA = 64  # design pixels of the notices in the lowest window
_MOST_SHOWN = 2  # notices that are shown whole
_LEAST_WORDS = 220  # design pixels for the words beside buttons


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A button of a notice. After `run` it closes the notice, unless `keep` is set."""

    text: str
    run: Callable[[], object]
    icon: str | None = None
    variant: Variant = "secondary"
    keep: bool = False


class Notice(QWidget):
    """One notice. Emits `closed` when the user or an action closes it; technical details are behind a button.

    `subject` is what it is about, in a word of the program's own: there is one notice a subject.
    """

    closed = Signal()
    leaving = Signal()  # an action is about to run, after which the notice closes

    def __init__(
        self,
        kind: Kind,
        title: str,
        hint: str = "",
        *,
        actions: tuple[NoticeAction, ...] = (),
        details: str = "",
        closable: bool = True,
        subject: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.subject = subject
        self.cause: TopazdeskError | None = None  # the error that it tells of
        self.stands = False  # until whoever told it takes it back: that another service is chosen does not end it
        self.kind = kind
        self.title = title
        self.hint = hint
        self.details = details
        self.setAccessibleName(f"{title}. {hint}".strip())
        # Not "Maximum", which would use the height of unwrapped text.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        first, last = (px(10), px(44)) if is_mirrored() else (px(44), px(10))  # the icon stands where lines begin
        row.setContentsMargins(first, px(10), last, px(10))
        row.setSpacing(px(8))
        self._parts = QHBoxLayout()
        self._parts.setSpacing(px(8))
        row.addLayout(self._parts, 1)
        words = self._words = QVBoxLayout()
        words.setSpacing(px(2))
        self._title = Text(title, "base", weight=600, wrap=True)
        words.addStretch(not hint)  # a title alone stands level with the buttons
        words.addWidget(self._title)
        self._hint = Text(hint, "base", "text2", wrap=True)
        if not hint:
            self._hint.hide()  # not shown, either: it is in no window yet, and would be one
        words.addWidget(self._hint)
        self._details = self._make_details(details) if details else None
        if self._details is not None:
            words.addWidget(self._details)
        words.addStretch(1)
        self._parts.addLayout(words, 1)
        self.buttons = [self._make_button(action) for action in actions]
        top = Qt.AlignmentFlag.AlignTop
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(px(8))
        for button in self.buttons:
            self._buttons.addWidget(button, 0, top)
        self.details_button: Button | None = None
        if self._details is not None:
            self.details_button = Button(tr("Details"), "quiet", icon="fold", size="panel")
            self.details_button.clicked.connect(self._toggle_details)
            self._buttons.addWidget(self.details_button, 0, top)
        self.help_button: IconButton | None = None
        self._parts.addLayout(self._buttons)
        self._parts.setAlignment(self._buttons, Qt.AlignmentFlag.AlignLeft)
        self.close_button: IconButton | None = None
        if closable:
            self.close_button = IconButton("close", tr("Close this notice"), icon_size=14)
            self.close_button.clicked.connect(self.closed)
            row.addWidget(self.close_button, 0, top)

    def offer_help(self, reference: str) -> None:
        """Add a button that opens the page of the help about it; F1 does the same."""
        set_help(self, reference)
        button = self.help_button = IconButton("help", tr("Help with this"), icon_size=16)
        button.clicked.connect(lambda: help_wishes().wanted.emit(self, reference))
        self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width, for which the buttons may have to go below the words."""
        self.arrange(width)
        return super().heightForWidth(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons beside the words, or below them in a narrow place."""
        super().resizeEvent(event)
        self.arrange(self.width())

    def arrange(self, width: int) -> None:
        """Put the buttons where they have room at a width: beside the words, below them, or below each other."""
        around = px(44) + px(10) + (self.close_button.sizeHint().width() + px(8) if self.close_button else 0)
        shown = [
            button.sizeHint().width() for button in (*self.buttons, self.details_button, self.help_button) if button
        ]
        buttons = sum(shown) + px(8) * max(0, len(shown) - 1)
        is_narrow = buttons > 0 and width - around - buttons - px(8) < px(_LEAST_WORDS)
        way = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        if way is not self._parts.direction():
            self._parts.setDirection(way)
            self.updateGeometry()
        is_long = is_narrow and buttons > width - around
        way = QBoxLayout.Direction.TopToBottom if is_long else QBoxLayout.Direction.LeftToRight
        if way is not self._buttons.direction():
            self._buttons.setDirection(way)
            self.updateGeometry()

    def set_hint(self, hint: str) -> None:
        """Say how far something is, in the place of the hint."""
        self.hint = hint
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._words.setStretch(0, not hint)

    def details_shown(self) -> bool:
        """Return whether the details are shown."""
        return self._details is not None and not self._details.isHidden()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, outline and icon."""
        t = tokens()
        name, ink, ground, edge = _LOOK[self.kind]
        painter = painter_for(self)
        box(painter, QRectF(self.rect()), px(6), t.colour(ground), t.colour(edge), width=t.outline)
        title = self._title  # its first line has the icon beside it
        middle = title.mapTo(self, QPoint(0, 0)).y() + title.fontMetrics().height() / 2
        paint_icon(painter, QRectF(px(14), middle - px(10), px(20), px(20)), name, t.colour(ink))
        painter.end()

    def _make_button(self, action: NoticeAction) -> Button:
        button = Button(action.text, action.variant, icon=action.icon, size="panel")

        def act() -> None:
            if not action.keep:
                self.leaving.emit()  # first, so that a dialog that the action opens gives the keys back there, too
            action.run()
            if not action.keep:
                self.closed.emit()

        button.clicked.connect(act)
        return button

    def _make_details(self, details: str) -> QWidget:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, px(6), 0, 0)
        column.setSpacing(px(6))
        view = TextBox(details, quiet=True)
        view.setReadOnly(True)
        view.setFont(font("mono"))
        view.setAccessibleName(tr("Details"))
        view.setTabChangesFocus(True)
        lines = min(_MOST_DETAILS_LINES, details.count("\n") + 1)
        view.document().setDocumentMargin(px(8))
        view.setFixedHeight(view.fontMetrics().lineSpacing() * lines + px(20))
        column.addWidget(view)
        copy = Button(tr("Copy details"), icon="copy", size="panel")
        whole = "\n".join(part for part in (self.title, self.hint, details) if part)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(whole))
        column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.copy_button = copy
        frame.hide()
        return frame

    def _toggle_details(self) -> None:
        if self._details is None or self.details_button is None:
            return
        shown = not self.details_shown()
        self._details.setVisible(shown)
        self.details_button.setText(tr("Hide details") if shown else tr("Details"))
        self.details_button.set_icon_name("up" if shown else "fold")


class NoticeBar(QWidget):
    """A column of notices, the newest on top; it takes no room while empty.

    Two are shown whole, where there is little room one. Of more only the newest is, and a button brings the others: the
    room is the picture's.

    A notice that closes gives the keys back to the widget that had them before.
    """

    emptied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._focus = FocusReturn(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(_AROUND), px(8), px(_AROUND), px(8))
        self._column.setSpacing(px(8))
        self._is_open = False
        self._most = _MOST_SHOWN
        self.more = Button(tr("More notices"), "quiet", icon="fold", size="small")
        self.more.clicked.connect(self._toggle)
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more.hide()
        # Not "Maximum", which would use the height of unwrapped text.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.hide()

    def notices(self) -> list[Notice]:
        """Return the shown notices, newest first."""
        items = (self._column.itemAt(i) for i in range(self._column.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, Notice)]

    def set_low(self, is_low: bool) -> None:
        """Show fewer notices whole where there is little room, or as many as elsewhere again."""
        most = 1 if is_low else _MOST_SHOWN
        if most != self._most:
            self._most = most
            self._fold()

    def add(self, notice: Notice) -> Notice:
        """Show a notice on top; it replaces one with the same title and hint."""
        for other in self.notices():
            if (other.title, other.hint) == (notice.title, notice.hint):
                self._drop(other)
        notice.closed.connect(lambda: self.remove(notice))
        notice.leaving.connect(lambda: self._focus.give_back(notice))
        self._column.insertWidget(0, notice)
        self._fold()
        self.show()
        duration = theme().duration(160)
        if duration and self.isVisible():
            height = notice.sizeHint().height()
            grow = QPropertyAnimation(notice, b"maximumHeight", notice)
            grow.setDuration(duration)
            grow.setStartValue(0)
            grow.setEndValue(height)
            grow.setEasingCurve(QEasingCurve.Type.OutCubic)
            grow.finished.connect(lambda: notice.setMaximumHeight(16_777_215))
            grow.start(QPropertyAnimation.DeletionPolicy.DeleteWhenStopped)
        return notice

    def remove(self, notice: Notice) -> None:
        """Remove a notice."""
        self._drop(notice)
        if not self.notices():
            self.hide()
            self.emptied.emit()

    def _drop(self, notice: Notice) -> None:
        if self._column.indexOf(notice) >= 0:
            self._focus.give_back(notice)
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
            self._fold()

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._fold()

    def _fold(self) -> None:
        """Show the newest, and the others as far as there is room for them. One that has the keys stays."""
        found = self.notices()
        is_many = len(found) > self._most
        self._is_open = self._is_open and is_many
        focus = QApplication.focusWidget()
        for place, notice in enumerate(found):
            has_keys = focus is not None and notice.isAncestorOf(focus)
            notice.setVisible(not is_many or self._is_open or place == 0 or has_keys)
        self.more.setVisible(is_many)
        self.more.setText(
            tr("Show only the newest")
            if self._is_open
            else ntr("{n} more notice", "{n} more notices", len(found) - 1).format(n=number(len(found) - 1))
        )
        self.more.set_icon_name("up" if self._is_open else "fold")


class NoticeArea(Contents):
    """Where notices are shown: as high as they are, or scrolled in a low window. It is there only while they are."""

    def __init__(self, bar: NoticeBar) -> None:
        self._bar = bar
        super().__init__(bar, least=_LEAST_AREA)
        bar.setVisible(bool(bar.notices()))  # Qt has shown it
        self.setVisible(bool(bar.notices()))

    def height_inside(self) -> int:
        """Return the height of the notices at the present width."""
        for notice in self._bar.notices():  # Qt asks their layouts, which do not know that the buttons will move
            notice.arrange(self.viewport().width() - 2 * px(_AROUND))
        return super().height_inside()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the notices."""
        if (
            self.parentWidget() is not None
            and watched is self.widget()
            and event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)
        ):
            self.setVisible(event.type() == QEvent.Type.ShowToParent)
        return super().eventFilter(watched, event)
