"""A line edit painted from the tokens. It has no style sheet, so that a form with many fields is cheap."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from topazdesk.ui.controls.drop import text_only
from topazdesk.ui.controls.paint import box, painter_for, px, tokens


class LineField(QLineEdit):
    """Qt's line edit without its frame; the palette of this class (see `theme`) leaves the background to `paintEvent`.

    `set_invalid` outlines a value that cannot be used; the owner says why.
    """

    _PADDING = 8

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._invalid = False
        self._hints: tuple[str, ...] = ()
        self.setFrame(False)
        text_only(self)
        self._measure()

    @property
    def is_invalid(self) -> bool:
        """Whether it is outlined as wrong."""
        return self._invalid

    def set_invalid(self, invalid: bool) -> None:
        """Outline it as wrong, or stop doing so."""
        if invalid != self._invalid:
            self._invalid = invalid
            self.update()

    def set_hints(self, *hints: str) -> None:
        """Show in the empty field the first of some placeholders that fits, or the last."""
        self._hints = hints
        self._choose_hint()

    def hint_room(self) -> int:
        """Return the width for a placeholder, in pixels: between the padding and the icons."""
        margins = self.textMargins()
        icons = sum(icon.width() + px(6) for icon in self.findChildren(QToolButton) if icon.isVisibleTo(self))
        return self.width() - margins.left() - margins.right() - icons - px(4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the placeholder that fits."""
        super().resizeEvent(event)
        self._choose_hint()

    def _choose_hint(self) -> None:
        if self._hints:
            room, metrics = self.hint_room(), self.fontMetrics()
            fitting = (hint for hint in self._hints if metrics.horizontalAdvance(hint) <= room)
            self.setPlaceholderText(next(fitting, self._hints[-1]))

    def sizeHint(self) -> QSize:
        """Return a height of 28 design pixels."""
        return QSize(super().sizeHint().width(), px(28))

    def minimumSizeHint(self) -> QSize:
        """Return a height of 28 design pixels."""
        return QSize(super().minimumSizeHint().width(), px(28))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme's sizes."""
        if event.type() == QEvent.Type.StyleChange:
            self._measure()
        super().changeEvent(event)

    def _measure(self) -> None:
        side = px(self._PADDING) + 1  # 1 for the outline
        self.setTextMargins(side, 0, side, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background and outline for the state, then let Qt paint text, selection and cursor."""
        self.paint_ground()
        super().paintEvent(event)

    def paint_ground(self) -> None:
        """Paint background and outline."""
        t = tokens()
        usable = self.isEnabled()
        edge = t.edge
        if self._invalid:
            edge = t.err
        elif not usable:
            edge = t.line
        elif self.hasFocus():
            edge = t.ring
        elif self.underMouse():
            edge = t.track
        painter = painter_for(self)
        width = 2.0 if self._invalid else float(t.outline)
        box(painter, QRectF(self.rect()), px(4), t.field if usable else t.panel, edge, width=width)
        painter.end()
