"""The jobs of the books as rows: when, which picture, what it cost, and why that differs from the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QDateTime, QLocale, QModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QWidget

from topazdesk.app.books import BookEntry
from topazdesk.domain.displayed_text import one_line
from topazdesk.language import time_text
from topazdesk.ui.controls import ListView
from topazdesk.ui.controls.row_painter import Index, RowPainter
from topazdesk.ui.texts import money_text, plain_tip, tr, translated
from topazdesk.ui.theme import font, px, tokens

#: A day and an hour whose numbers have two digits each.
_LONG_DATE = 1_798_498_680.0
_ROW, _WHEN, _NAME, _MONEY, _GAP = 44, 108, 176, 96, 16


class ChargesList(ListView):
    """The list of jobs and charges, newest first."""

    def __init__(self, entries: Sequence[BookEntry], name: str) -> None:
        super().__init__()
        self.setModel(ChargesModel(entries, self))
        self.setItemDelegate(_Painter(self, _ROW))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)


class ChargesModel(QAbstractListModel):
    """The entries as rows."""

    def __init__(self, entries: Sequence[BookEntry], parent: QWidget) -> None:
        super().__init__(parent)
        self.entries = list(entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of jobs."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the whole row in words, for screen readers and tool tips."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            each = self.entries[index.row()]
            parts = (
                name_of(each),
                f"{each.model} · {translated(each.account.service.label)}",
                when_text(each.at),
                translated(each.explained),
            )
            text = "\n".join(part for part in parts if part)
            return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None


def name_of(entry: BookEntry) -> str:
    """Return the picture's name on one line."""
    return one_line(entry.picture) or tr("A picture that is no longer in the list")


def when_text(at: float) -> str:
    """Return date and time in the user's short format."""
    day = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at)).date(), QLocale.FormatType.ShortFormat)
    return f"{day} {time_text(datetime.fromtimestamp(at, tz=UTC).astimezone())}"


def amount_of(entry: BookEntry) -> tuple[str, str]:
    """Return the amount of a row and the word below it."""
    if entry.refunded:
        return money_text(entry.refunded, entry.unit), tr("refunded")
    if entry.charged is not None:
        return money_text(entry.charged, entry.unit), tr("charged")
    if entry.reserved:
        return money_text(entry.reserved, entry.unit), tr("reserved")
    return money_text(0, entry.unit), tr("not charged")


class _Painter(RowPainter):
    """Paints a row: when; name over model; a sentence of up to two lines; the amount on the right."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint one row."""
        model = index.model()
        if not isinstance(model, ChargesModel):
            return
        each, t = model.entries[index.row()], tokens()
        inner = rect.adjusted(px(24), px(5), 0, -px(5))
        inner.setRight(self.view.width() - px(24))  # below the sums above, whether there is a scroll bar or not
        half = inner.height() / 2
        left, middle = inner.left(), Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("small", tabular=True))
        painter.setPen(t.text2)
        # "28.12.26 22:58" has less than the usual room, "12/28/26 10:58 PM" more.
        when = max(px(_WHEN), QFontMetrics(painter.font()).horizontalAdvance(when_text(_LONG_DATE)))
        painter.drawText(QRectF(left, inner.top(), when, inner.height()), middle, when_text(each.at))
        left += when + px(_GAP)
        lower = QFontMetrics(painter.font()).elidedText(
            f"{each.model} · {translated(each.account.service.label)}"
            if each.model
            else translated(each.account.service.label),
            Qt.TextElideMode.ElideRight,
            px(_NAME),
        )
        painter.drawText(QRectF(left, inner.top() + half, px(_NAME), half), middle, lower)
        painter.setFont(font("base"))
        painter.setPen(t.text)
        upper = QFontMetrics(painter.font()).elidedText(name_of(each), Qt.TextElideMode.ElideMiddle, px(_NAME))
        painter.drawText(QRectF(left, inner.top(), px(_NAME), half), middle, upper)
        left += px(_NAME) + px(_GAP)
        amount, word = amount_of(each)
        right = QRectF(inner.right() - px(_MONEY), inner.top(), px(_MONEY), half)
        align = int(Qt.AlignmentFlag.AlignRight | middle)
        painter.setFont(font("base", tabular=True))
        painter.drawText(right, align, amount)
        painter.setFont(font("small"))
        painter.setPen(t.text2)
        painter.drawText(right.translated(0, half), align, word)
        room = QRect(int(left), int(inner.top()), int(right.left() - px(_GAP) - left), int(inner.height()))
        painter.drawText(room, int(middle) | Qt.TextFlag.TextWordWrap, translated(each.explained))
