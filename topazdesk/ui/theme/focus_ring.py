"""The focus ring: 2 px wide, 2 px away from the control, shown for the keyboard only, never covered by a neighbour.

A widget cannot paint outside itself, so one ring per window lies above everything and follows the widget with the
focus, clipped by the scroll areas around it. A widget may give the part to surround with `focus_shape() -> (QRectF,
radius)`, and opts out with the property `focusRing` = False (views that draw their own).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, SignalInstance
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen, QRegion, QWindow
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QApplication, QPlainTextEdit, QTextEdit, QWidget

from topazdesk.ui.theme.design_tokens import Tokens
from topazdesk.ui.theme.mirrored import mirrored_rect

_FOLLOWED = frozenset(
    {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest}
)


class Look(Protocol):
    """What the ring needs from the theme."""

    @property
    def tokens(self) -> Tokens:
        """The colours in use."""
        ...

    @property
    def changed(self) -> SignalInstance:
        """Emitted after colours or sizes have changed."""
        ...

    def px(self, design: float) -> int:
        """Return the pixels for a design size."""
        ...


class FocusRing(QObject):
    """Shows the ring around the widget that has the keyboard focus. One per application; `install` is idempotent."""

    def __init__(self, app: QApplication, theme: Look) -> None:
        super().__init__(app)
        self._theme = theme
        self.setObjectName("focus-ring")
        self._overlay: _Overlay | None = None
        self._target: QWidget | None = None
        self._followed: list[QWidget] = []
        self._by_keyboard = False
        self._is_passed_on = False
        self._window: QWindow | None = None
        app.focusChanged.connect(self._focus_changed)
        theme.changed.connect(self._place)

    def pass_on(self, focus: Callable[[], object]) -> None:
        """Let `focus` move the focus to what takes the place of a control: with a ring only if that one had it."""
        self._is_passed_on = True
        try:
            focus()
        finally:
            self._is_passed_on = False

    @staticmethod
    def install(app: QApplication, theme: Look) -> FocusRing:
        """Return the application's ring, creating it at the first call."""
        known = app.findChild(FocusRing, "focus-ring")
        return known if isinstance(known, FocusRing) else FocusRing(app, theme)

    @property
    def target(self) -> QWidget | None:
        """The widget with the ring around it, if any."""
        return self._target

    @property
    def overlay(self) -> QWidget | None:
        """The widget that paints the ring, while there is one."""
        return self._overlay

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        window = QGuiApplication.focusWindow()
        # A window that opens or comes back does not change whether the user works with the keyboard.
        if window is self._window and not self._is_passed_on:
            self._by_keyboard = QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        self._window = window
        self._leave()
        if new is None or not self._by_keyboard or not _wants_ring(new):
            return
        self._target = new
        walk: QWidget | None = new
        while walk is not None:
            walk.installEventFilter(self)
            self._followed.append(walk)
            walk = None if walk.isWindow() else walk.parentWidget()
        new.destroyed.connect(self._target_destroyed)
        self._place()

    def _target_destroyed(self) -> None:
        self._target = None
        self._leave()

    def _leave(self) -> None:
        if self._target is not None:
            self._target.destroyed.disconnect(self._target_destroyed)
        for widget in self._followed:
            _quietly_unfollow(widget, self)
        self._followed.clear()
        self._target = None
        if self._overlay is not None:
            overlay, self._overlay = self._overlay, None
            _quietly_drop(overlay)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the moves of the target and of everything around it."""
        if event.type() in _FOLLOWED:
            self._place()
        return False

    def _place(self) -> None:
        target = self._target
        if target is None:
            return
        window = target.window()
        if self._overlay is None:
            self._overlay = _Overlay(window, self._theme)
        self._overlay.surround(target)


def _wants_ring(widget: QWidget) -> bool:
    if widget.property("focusRing") is False or widget.isWindow():
        return False
    text = isinstance(widget, QPlainTextEdit | QTextEdit)
    return text or not isinstance(widget, QAbstractItemView | QAbstractScrollArea)


def _quietly_unfollow(widget: QWidget, ring: QObject) -> None:
    try:
        widget.removeEventFilter(ring)
    except RuntimeError:  # Qt has already deleted the widget
        return


def _quietly_drop(overlay: QWidget) -> None:
    try:
        overlay.hide()
        overlay.deleteLater()
    except RuntimeError:  # deleted together with its window
        return


class _Overlay(QWidget):
    """The widget that paints the ring; mouse events pass through it."""

    def __init__(self, window: QWidget, theme: Look) -> None:
        super().__init__(window)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._radius = 4.0

    def surround(self, target: QWidget) -> None:
        """Place the ring around `target`, within what its scroll areas show."""
        window = self.parentWidget()
        if window is None or not target.isVisible():
            self.hide()
            return
        away = self._theme.px(4)
        shape, radius = _shape(target, away)
        origin = target.mapTo(window, QPoint(0, 0))
        ring = shape.toAlignedRect().translated(origin).adjusted(-away, -away, away, away)
        self._radius = radius + away
        self.setGeometry(ring)
        visible = ring.intersected(_viewport(target, window))
        if visible.isEmpty():
            self.hide()
            return
        if visible == ring:
            self.clearMask()
        else:
            self.setMask(QRegion(visible.translated(-ring.topLeft())))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring along the edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._theme.px(2)
        painter.setPen(QPen(self._theme.tokens.ring, width))
        half = width / 2
        rect = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(rect, self._radius - half, self._radius - half)
        painter.end()


def _shape(target: QWidget, radius: int) -> tuple[QRectF, float]:
    own = getattr(target, "focus_shape", None)
    if own is not None:
        rect, corner = own()
        return mirrored_rect(target, QRectF(rect)), float(corner)
    return QRectF(target.rect()), float(radius)


def _viewport(target: QWidget, window: QWidget) -> QRect:
    """Return the part of the window that may show the ring: the intersection of all scroll areas around `target`."""
    visible = window.rect()
    child, walk = target, target.parentWidget()
    while walk is not None and walk is not window:
        area = walk.parentWidget()
        if isinstance(area, QAbstractScrollArea) and area.viewport() is walk and child is not area:
            inside = QRect(walk.mapTo(window, QPoint(0, 0)), walk.size())
            visible = visible.intersected(inside)
        child, walk = walk, area
    return visible
