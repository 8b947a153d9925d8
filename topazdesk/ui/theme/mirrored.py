"""Painting for languages that are read from right to left: places are mirrored, what is at them is not.

What paints itself is written for a line that begins at the left. In such a language the same code paints through a
`MirroredPainter`: each text, glyph and picture appears at the mirrored place, and none of them is turned around.
"""

from __future__ import annotations

from typing import Any
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPaintDevice, QPainter, QTransform
from PySide6.QtWidgets import QWidget

_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft.value, Qt.AlignmentFlag.AlignRight.value
_MIDDLE, _ABSOLUTE = Qt.AlignmentFlag.AlignHCenter.value, Qt.AlignmentFlag.AlignAbsolute.value


def is_mirrored(widget: QWidget | None = None) -> bool:
    """Return whether a widget, or by default the program, is laid out from right to left."""
    if widget is not None:
        return widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft


def from_start(widget: QWidget, x: float) -> float:
    """Return how far a place in a widget is from where lines begin there."""
    return widget.width() - x if is_mirrored(widget) else x


def mirrored_rect(widget: QWidget, rect: QRectF) -> QRectF:
    """Return where a widget shows a rectangle that is measured from where lines begin."""
    if not is_mirrored(widget):
        return rect
    return QRectF(widget.width() - rect.right(), rect.top(), rect.width(), rect.height())


def painter_on(device: QPaintDevice, width: float, *, mirrored: bool) -> QPainter:
    """Return an antialiasing painter on a device so wide."""
    painter = MirroredPainter(device, width) if mirrored else QPainter(device)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    return painter


def _direction_of(text: str) -> Qt.LayoutDirection:
    """Return how a text is read by its own letters: "2216 × 1536" and "Standard 2 · 2×" from the left everywhere."""
    is_own_way = any(bidirectional(letter) in ("R", "AL") for letter in text)
    return Qt.LayoutDirection.RightToLeft if is_own_way else Qt.LayoutDirection.LeftToRight


def in_label(rect: QRectF, width: float) -> QRectF:
    """Return where a part of a label so wide is, whose words are in the order of the language on any ground.

    The viewer is laid out from the left in every language; what its labels say is not.
    """
    return QRectF(width - rect.right(), rect.top(), rect.width(), rect.height()) if is_mirrored() else rect


def write_in_label(painter: QPainter, rect: QRectF, width: float, text: str) -> None:
    """Write a part of a label (see `in_label`) on one line."""
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    if is_mirrored():
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
        painter.setLayoutDirection(_direction_of(text))
    painter.drawText(in_label(rect, width), flags, text)


class MirroredPainter(QPainter):
    """Paints as QPainter does, at mirrored places. Texts and pictures are given a rectangle, as everywhere here."""

    def __init__(self, device: QPaintDevice, width: float) -> None:
        super().__init__(device)
        self.setTransform(QTransform(-1, 0, 0, 1, width, 0))

    def drawText(self, rect: Any, flags: Any, text: str) -> None:  # type: ignore[override]
        """Paint a text that reads as ever; "left" in `flags` is where lines begin."""
        bits = flags if isinstance(flags, int) else flags.value
        if not bits & _MIDDLE:
            bits = (bits & ~_RIGHT | _LEFT if bits & _RIGHT else bits & ~_LEFT | _RIGHT) | _ABSOLUTE
        self.setLayoutDirection(_direction_of(text))
        self._turned_back(rect, lambda place: QPainter.drawText(self, place, bits, text))

    def drawImage(self, rect: Any, image: Any, source: Any = None) -> None:  # type: ignore[override]
        """Paint a picture whose left stays left."""
        source = QRectF(image.rect()) if source is None else source
        self._turned_back(rect, lambda place: QPainter.drawImage(self, place, image, source))

    def _turned_back(self, rect: Any, draw: Any) -> None:
        place = self.transform().mapRect(QRectF(rect))
        self.save()
        self.setTransform(QTransform())
        draw(place)
        self.restore()


def turn_around(painter: QPainter, middle: QPointF) -> None:
    """Mirror what is painted from now on about a vertical line: for arrows, which point the way that is read."""
    painter.translate(middle)
    painter.scale(-1, 1)
    painter.translate(-middle)
