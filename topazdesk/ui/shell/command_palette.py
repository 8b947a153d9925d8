"""The command palette: type a few letters of what you want, and press Return."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from topazdesk.language import comma
from topazdesk.ui.controls import LineField, ListView, Sheet, Text
from topazdesk.ui.controls.badge import key_cap_width, paint_key_cap
from topazdesk.ui.controls.row_painter import Index, RowPainter
from topazdesk.ui.host.action_search import Findable, found
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.mirrored import is_mirrored

_ROW, _ROWS = 36, 9
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(Sheet):
    """Finds any action of the window by its words. `chosen` is emitted with its name once the sheet is closed.

    `recent`: the names of the actions used last, the newest first.
    """

    help_page = "keyboard"

    chosen = Signal(str)

    def __init__(self, parent: QWidget, commands: Actions, recent: Sequence[str]) -> None:
        super().__init__(parent, tr("Find a command"), width=560, closable=True)
        self._recent = recent
        self._all = [
            Findable(action.objectName(), action.text().rstrip("…"), translated(title), action.isEnabled())
            for title, actions in commands.groups()
            for action in actions
            if action.objectName() != "palette"
        ]
        self.field = LineField()
        self.field.setPlaceholderText(tr("What would you like to do?"))
        self.field.setAccessibleName(tr("Find a command"))
        self.field.setAccessibleDescription(tr("Type some letters; arrow keys choose, Return runs the command."))
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self._rows = _Rows(self)
        self.view = ListView()
        self.view.setModel(self._rows)
        self.view.setItemDelegate(_Painter(self.view, _ROW, follows_field=True))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys in the field move its choice
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(tr("Commands"))
        self.view.setFixedHeight(px(_ROW) * _ROWS)
        self.view.clicked.connect(self._choose)
        self.none = Text(tr("No command has these words."), "base", "text2")
        self.none.setFixedHeight(px(_ROW) * _ROWS)
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self.field)
        self.body.addWidget(self.view)
        self.body.addWidget(self.none)
        self.footer.addWidget(Text(tr("↑ ↓ choose · Return runs · Esc closes"), "small", "text2"))
        self.footer.addStretch(1)
        self._find("")
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _find(self, typed: str) -> None:
        rows = found(typed, self._all, self._recent)
        self._rows.show_rows(rows)
        self.view.setVisible(bool(rows))
        self.none.setVisible(not rows)
        if rows:
            self.view.setCurrentIndex(self._rows.index(0))
            self.view.scrollToTop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys of the list work while the field has the focus."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVES:
                QApplication.sendEvent(self.view, event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _choose(self, index: QModelIndex) -> None:
        row = self._rows.rows[index.row()] if index.isValid() and self.view.isVisibleTo(self) else None
        if row is not None and row.is_usable:
            self.accept()
            self.chosen.emit(row.name)


class _Rows(QAbstractListModel):
    """The actions found, one a row."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Findable] = []

    def show_rows(self, rows: list[Findable]) -> None:
        """Show other actions."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return one row for each action."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the action's words and shortcut, for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        parts = [row.text, "+".join(action_keys().parts(row.name)), "" if row.is_usable else tr("not possible now")]
        return comma().join(part for part in parts if part)


class _Painter(RowPainter):
    """Paints a row: what the action does, its group, and its keys. What cannot be done now is gray."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint one row."""
        model = index.model()
        if not isinstance(model, _Rows):
            return
        row, t = model.rows[index.row()], tokens()
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        right, height = rect.right() - px(12), px(20)
        keys = action_keys().parts(row.name)
        for key in keys if is_mirrored(self.view) else reversed(keys):
            width = key_cap_width(key)
            cap = QRectF(right - width, rect.center().y() - height / 2, width, height)
            paint_key_cap(painter, cap, key, t.text if row.is_usable else t.off)
            right -= width + px(4)
        painter.setFont(font("base"))
        painter.setPen(t.text if row.is_usable else t.off)
        left = rect.left() + px(12)
        words = QFontMetrics(painter.font())
        text = words.elidedText(row.text, Qt.TextElideMode.ElideRight, int(right - left - px(8)))
        painter.drawText(QRectF(left, rect.top(), right - left, rect.height()), flags, text)
        left += words.horizontalAdvance(text) + px(12)
        painter.setFont(font("small"))
        painter.setPen(t.text2 if row.is_usable else t.off)
        group = QFontMetrics(painter.font()).elidedText(row.group, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, rect.top(), max(0.0, right - left), rect.height()), flags, group)
