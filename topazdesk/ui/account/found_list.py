"""Jobs found at the services, as rows with a tick: when, model, size, credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QWidget

from topazdesk.domain.account import Account
from topazdesk.domain.ports import RemoteJob, RemoteState
from topazdesk.language import comma
from topazdesk.ui.account.charges_list import when_text
from topazdesk.ui.controls import ListView
from topazdesk.ui.controls.paint import box
from topazdesk.ui.controls.row_painter import Index, RowPainter
from topazdesk.ui.texts import money_text, percent_text, plain_tip, size_text, tr, translated
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon

_ROW, _WHEN, _MODEL, _MONEY, _GAP = 40, 120, 170, 90, 16


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job at a service that this profile does not know. `model` is its name as people know it."""

    account: Account
    remote: RemoteJob
    model: str

    @property
    def words(self) -> tuple[str, str, str, str]:
        """When, model, size or progress, credits."""
        remote = self.remote
        when = when_text(remote.created_at) if remote.created_at else tr("Time unknown")
        size = size_text(remote.output_size) if remote.output_size else ""
        if remote.state is not RemoteState.COMPLETED:
            running = tr("still running")
            if remote.percent and self.account.service.traits.tells_progress:
                running = f"{running} {percent_text(remote.percent)}"
            size = " · ".join(part for part in (size, running) if part)
        money = money_text(remote.credits, self.account.service.unit) if remote.credits is not None else ""
        return when, f"{self.model} · {translated(self.account.service.label)}", size or tr("Size unknown"), money


class FoundList(ListView):
    """The list of jobs found. `picked` is emitted when the ticks change. Space or a click toggles a row's tick."""

    picked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = FoundModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Painter(self, _ROW))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(tr("Results found"))
        self.rows.dataChanged.connect(self.picked)
        self.rows.modelReset.connect(self.picked)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Toggle the tick by a click anywhere in the row."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.rows.turn(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggle the tick of the current row with Space."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.rows.turn(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class FoundModel(QAbstractListModel):
    """The jobs found, and which of them are ticked: all, until the user says otherwise."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.found: list[FoundJob] = []
        self._off: set[tuple[Account, str]] = set()

    def fill(self, found: Sequence[FoundJob]) -> None:
        """Replace the rows, newest first; ticks that were removed stay removed."""
        self.beginResetModel()
        self.found = sorted(found, key=lambda each: each.remote.created_at or 0.0, reverse=True)
        self.endResetModel()

    def wanted(self) -> list[FoundJob]:
        """Return the ticked rows."""
        return [each for row, each in enumerate(self.found) if self.is_on(row)]

    def turn(self, row: int) -> None:
        """Toggle the tick of a row."""
        each = self.found[row]
        self._off ^= {(each.account, each.remote.remote_id)}
        self.dataChanged.emit(self.index(row), self.index(row))

    def set_all(self, on: bool) -> None:
        """Tick all rows, or none."""
        self._off = set() if on else {(each.account, each.remote.remote_id) for each in self.found}
        if self.found:
            self.dataChanged.emit(self.index(0), self.index(len(self.found) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of jobs."""
        return 0 if parent.isValid() else len(self.found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the row in words and, for screen readers, its tick."""
        if not 0 <= index.row() < len(self.found):
            return None
        each = self.found[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            tick = tr("ticked") if self.is_on(index.row()) else tr("not ticked")
            return comma().join(word for word in (*each.words, tick) if word)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(tr("ID at the service: {id}").format(id=each.remote.remote_id))
        return None

    def is_on(self, row: int) -> bool:
        """Tell whether a row is ticked."""
        each = self.found[row]
        return (each.account, each.remote.remote_id) not in self._off


class _Painter(RowPainter):
    """Paints a row: tick, when, model, size, credits."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint one row."""
        model = index.model()
        if not isinstance(model, FoundModel):
            return
        t = tokens()
        when, name, size, money = model.found[index.row()].words
        side = px(16)
        mark = QRectF(rect.left() + px(24), rect.center().y() - side / 2, side, side)
        if model.is_on(index.row()):
            box(painter, mark, px(3), t.accent, t.accent, width=t.outline)
            paint_icon(painter, mark.adjusted(2, 2, -2, -2), "done", t.on_accent)
        else:
            box(painter, mark, px(3), t.field, t.track, width=t.outline)
        left = mark.right() + px(12)
        right = self.view.width() - px(24)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for text, width, ink, kind in (
            (when, px(_WHEN), t.text2, font("small", tabular=True)),
            (name, px(_MODEL), t.text, font("base")),
            (
                size,
                right - px(_MONEY) - px(_GAP) - left - px(_WHEN + _MODEL + 2 * _GAP),
                t.text2,
                font("small", tabular=True),
            ),
        ):
            painter.setFont(kind)
            painter.setPen(ink)
            shown = QFontMetrics(kind).elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(QRectF(left, rect.top(), width, rect.height()), middle, shown)
            left += width + px(_GAP)
        painter.setFont(font("base", tabular=True))
        painter.setPen(t.text)
        end = QRectF(right - px(_MONEY), rect.top(), px(_MONEY), rect.height())
        painter.drawText(end, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, money)
