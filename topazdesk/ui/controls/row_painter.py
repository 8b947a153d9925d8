"""The base for rows of lists in dialogs: height, hover and focus background, separator line."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from topazdesk.ui.theme import px, tokens
from topazdesk.ui.theme.mirrored import is_mirrored, painter_on

Index = QModelIndex | QPersistentModelIndex


class RowPainter(QStyledItemDelegate):
    """Paints rows of `height` design pixels. Subclasses paint the content in `paint_row`.

    `follows_field`: the keyboard is in a field above the list, so the current row is marked without the focus.
    """

    def __init__(self, view: QAbstractItemView, height: int, *, follows_field: bool = False) -> None:
        super().__init__(view)
        self.view = view
        self._height = height
        self._follows_field = follows_field

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a row, the same for all."""
        return QSize(px(320), px(self._height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the background, then the content."""
        rect, state = QRectF(option.rect), option.state
        if is_mirrored(self.view):
            self._paint_mirrored(painter, rect, state, index)
        else:
            self._paint(painter, rect, state, index)

    def _paint_mirrored(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag, index: Index) -> None:
        """Paint by way of a picture of the row: the painter that Qt has made here cannot mirror places alone."""
        ratio = self.view.devicePixelRatioF()
        made = QPixmap((rect.size() * ratio).toSize())
        made.setDevicePixelRatio(ratio)
        made.fill(tokens().panel)
        own = painter_on(made, rect.width(), mirrored=True)
        self._paint(own, QRectF(QPointF(0, 0), rect.size()), state, index)
        own.end()
        painter.drawPixmap(rect.topLeft(), made)

    def _paint(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag, index: Index) -> None:
        t = tokens()
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        is_current = self._follows_field and index.row() == self.view.currentIndex().row()
        if is_current or state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(rect, t.sel)
            painter.fillRect(QRectF(rect.left(), rect.top(), px(3), rect.height()), t.mark)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, t.raised)
        painter.setPen(QPen(t.line, 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self.paint_row(painter, rect, index)
        painter.restore()

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint the content of a row; the painter is restored afterwards."""
        raise NotImplementedError
