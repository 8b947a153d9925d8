"""Labels in a role's font and a token's colour, wrapping or elided, and plain coloured backgrounds."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QWidget

from topazdesk.domain.displayed_text import lines
from topazdesk.ui.controls.paint import box, font, painter_for, px, tokens
from topazdesk.ui.texts import plain_tip, tr

#: A place where a line may break, which takes no room. Texts from outside have none: see `displayed_text`.
MAY_BREAK = "\N{ZERO WIDTH SPACE}"
_LONG_WORD = re.compile(r"\S{25,}")
_PARTS = re.compile(r"[^\W_]{1,12}[\W_]*|[\W_]+")


class Text(QLabel):
    """A label in a role's font (`caption`, `small`, `base`, `title`, `dialog`, `hero`) and a token's colour.

    Plain text unless `rich=True`; a user's file name must never be taken for markup. With `wrap=True` long words break,
    too: the name of a file or a path may be wider than the window. What is copied is the text as it was given.
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
        self._role = role
        self._colour = colour
        self._weight = weight
        self._tabular = tabular
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self.setFont(font(role, weight, tabular=tabular))
        self._dress()

    def setText(self, text: str) -> None:
        """Change the text; plain text loses control and deceptive characters, whoever wrote it."""
        if self.textFormat() == Qt.TextFormat.RichText:
            super().setText(text)
            return
        text = lines(text)
        super().setText(_LONG_WORD.sub(_breakable, text) if self.wordWrap() else text)

    def text(self) -> str:
        """Return the text as it was given."""
        return super().text().replace(MAY_BREAK, "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what is selected without the places where it may break."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.hasSelectedText():
            self._copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy what is selected."""
        if not self.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse:
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Copy"), self._copy).setEnabled(self.hasSelectedText())
        menu.popup(event.globalPos())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.selectedText().replace(MAY_BREAK, ""))

    def set_colour(self, colour: str) -> None:
        """Change the colour token."""
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


def _breakable(word: re.Match[str]) -> str:
    """Return a long word with places to break after its parts, as in "DSC_0042_" and "Grandmother_"."""
    return MAY_BREAK.join(_PARTS.findall(word.group()))


class ElidedLabel(QWidget):
    """One line of text, elided in the middle if it does not fit; the full text is the accessible name and tool tip."""

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
        self._text = text
        self._role = role
        self._colour = colour
        self._weight = weight
        self._align = align
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return the full text."""
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
        """Change the colour token."""
        self._colour = colour
        self.update()

    def shown_text(self) -> str:
        """Return the text that fits, elided if necessary."""
        shown = self._text.replace("\n", " ")
        return QFontMetrics(self._font()).elidedText(shown, Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    def sizeHint(self) -> QSize:
        """Return the size of the full text."""
        metrics = QFontMetrics(self._font())
        margins = self.contentsMargins()
        width = metrics.horizontalAdvance(self._text) + 1 if self._text else 0
        return QSize(width + margins.left() + margins.right(), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return the size of a few letters."""
        return QSize(min(px(40), self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        painter = painter_for(self)
        painter.setFont(self._font())
        painter.setPen(tokens().colour(self._colour) if self.isEnabled() else tokens().off)
        painter.drawText(QRectF(self.contentsRect()), self._align | Qt.AlignmentFlag.AlignVCenter, self.shown_text())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the tool tip, which is there only while the text is elided."""
        super().resizeEvent(event)
        self._tip()

    def _font(self) -> QFont:
        return font(self._role, self._weight)

    def _tip(self) -> None:
        self.setToolTip(plain_tip(self._text if self.shown_text() != self._text else ""))


class SteppedLabel(ElidedLabel):
    """One line that first drops its last parts (after " · " or a full stop) if it does not fit, then is elided."""

    _may_vanish = False

    def least_width(self) -> int:
        """Return the width in which the first part is whole."""
        text = self._text.replace("\n", " ")
        while shorter := _without_last_part(text):
            text = shorter
        margins = self.contentsMargins()
        width = QFontMetrics(self._font()).horizontalAdvance(text) + 1 if text else 0
        return width + margins.left() + margins.right()

    def shown_text(self) -> str:
        """Return the full text, or the first parts that fit."""
        room, metrics = self.contentsRect().width(), QFontMetrics(self._font())
        text = self._text.replace("\n", " ")
        while metrics.horizontalAdvance(text) > room:
            shorter = _without_last_part(text)
            if not shorter and self._may_vanish:
                return ""
            if not shorter:
                return super().shown_text() if text == self._text else metrics.elidedText(text, _RIGHT, room)
            text = shorter
        return text


_RIGHT = Qt.TextElideMode.ElideRight


class HelpLine(SteppedLabel):
    """A line that only helps: it is left out rather than elided."""

    _may_vanish = True


def _without_last_part(text: str) -> str:
    """Return the text without its last part: "Ready. Nothing is sent." → "Ready"; "" if it is a single part."""
    ends = [text.rstrip(".。").rfind(mark) for mark in (" · ", ". ", "。")]
    return text[: max(ends)] if max(ends) > 0 else ""


class Surface(QWidget):
    """A background in a token's colour, optionally rounded, outlined, or with lines at some sides ("top", …)."""

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
        self._ground = ground
        self._edge = edge
        self._radius = radius
        self._lines = lines
        self._dashed = dashed

    def set_ground(self, ground: str, edge: str | None = None) -> None:
        """Change the colours."""
        self._ground = ground
        self._edge = edge
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, outline and side lines."""
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
