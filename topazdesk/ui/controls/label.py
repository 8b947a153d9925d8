"""Texts: in a role's font and a token's colour, wrapping or cut in the middle, and plain coloured grounds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from topazdesk.domain.shown import lines
from topazdesk.ui.controls.paint import box, font, painter_for, px, tokens
from topazdesk.ui.texts import plain_tip


class Text(QLabel):
    """A label in a role's font (`caption`, `small`, `base`, `title`, `dialog`, `hero`) and a token's colour.

    Plain text unless `rich=True`; a user's file name must never be taken for markup.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "base",
        colour: str = "text",
        *,
        weight: int | None = None,
        wrap: bool = False,
        rich: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role, self._colour, self._weight, self._tabular = role, colour, weight, tabular
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self.setFont(font(role, weight, tabular=tabular))
        self._dress()

    def setText(self, text: str) -> None:
        """Change the text; plain text loses what commands or deceives, whoever wrote it."""
        super().setText(text if self.textFormat() == Qt.TextFormat.RichText else lines(text))

    def set_colour(self, colour: str) -> None:
        """Change the token."""
        if colour != self._colour:
            self._colour = colour
            self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.setFont(font(self._role, self._weight, tabular=self._tabular))
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colour = tokens().colour(self._colour)
        palette = self.palette()
        if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText) != colour:
            for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
                palette.setColor(group, QPalette.ColorRole.WindowText, colour)
            palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, tokens().off)
            self.setPalette(palette)


class ElidedLabel(QWidget):
    """One line of text, cut in the middle where it does not fit; the whole text is the accessible name and the tool tip."""

    def __init__(
        self,
        text: str = "",
        role: str = "base",
        colour: str = "text",
        *,
        weight: int | None = None,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        text = lines(text)
        self._text, self._role, self._colour, self._weight, self._align = text, role, colour, weight, align
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Change the text."""
        text = lines(text)
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._tip()
            self.updateGeometry()
            self.update()

    def set_colour(self, colour: str) -> None:
        """Change the token."""
        self._colour = colour
        self.update()

    def shown_text(self) -> str:
        """What fits."""
        shown = self._text.replace("\n", " ")
        return QFontMetrics(self._font()).elidedText(shown, Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        metrics = QFontMetrics(self._font())
        margins = self.contentsMargins()
        width = metrics.horizontalAdvance(self._text) + 1 if self._text else 0
        return QSize(width + margins.left() + margins.right(), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(min(px(40), self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        painter = painter_for(self)
        painter.setFont(self._font())
        painter.setPen(tokens().colour(self._colour) if self.isEnabled() else tokens().off)
        painter.drawText(QRectF(self.contentsRect()), self._align | Qt.AlignmentFlag.AlignVCenter, self.shown_text())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The tool tip is there only while something is cut."""
        super().resizeEvent(event)
        self._tip()

    def _font(self) -> QFont:
        return font(self._role, self._weight)

    def _tip(self) -> None:
        self.setToolTip(plain_tip(self._text if self.shown_text() != self._text else ""))


class SteppedLabel(ElidedLabel):
    """One line that loses its last parts (after " · " or a full stop) where it does not fit, before anything is cut."""

    def shown_text(self) -> str:
        """The whole, or the first parts that fit."""
        room, metrics = self.contentsRect().width(), QFontMetrics(self._font())
        text = self._text.replace("\n", " ")
        while metrics.horizontalAdvance(text) > room:
            shorter = _without_last_part(text)
            if not shorter:
                return super().shown_text() if text == self._text else metrics.elidedText(text, _RIGHT, room)
            text = shorter
        return text


_RIGHT = Qt.TextElideMode.ElideRight


def _without_last_part(text: str) -> str:
    """ "Ready. Nothing is sent." → "Ready"; "" for what is one part."""
    ends = [text.rstrip(".").rfind(mark) for mark in (" · ", ". ")]
    return text[: max(ends)] if max(ends) > 0 else ""


class Surface(QWidget):
    """A ground in a token's colour, optionally rounded, outlined, or with lines at some sides ("top", "bottom", …)."""

    def __init__(
        self,
        ground: str = "panel",
        *,
        edge: str | None = None,
        radius: int = 0,
        lines: tuple[str, ...] = (),
        dashed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ground, self._edge, self._radius, self._lines, self._dashed = ground, edge, radius, lines, dashed

    def set_ground(self, ground: str, edge: str | None = None) -> None:
        """Change the colours."""
        self._ground, self._edge = ground, edge
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill, outline, side lines."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        fill = t.colour(self._ground)
        if self._radius or self._edge:
            edge = t.colour(self._edge) if self._edge else None
            style = Qt.PenStyle.DashLine if self._dashed else Qt.PenStyle.SolidLine
            width = 2.0 if self._dashed else float(t.outline)
            box(painter, rect, px(self._radius), fill, edge, width=width, style=style)
        else:
            painter.fillRect(rect, fill)
        painter.setRenderHint(painter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(t.line, 1))
        right, bottom = self.width() - 1, self.height() - 1
        for side in self._lines:
            ends = {
                "top": (0, 0, right, 0),
                "bottom": (0, bottom, right, bottom),
                "left": (0, 0, 0, bottom),
                "right": (right, 0, right, bottom),
            }[side]
            painter.drawLine(*ends)
        painter.end()
