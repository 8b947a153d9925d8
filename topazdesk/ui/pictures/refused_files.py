"""The sheet that lists the files that were not added, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter
from PySide6.QtWidgets import QAbstractItemView, QWidget

from topazdesk.domain.collected_files import Refusal
from topazdesk.language import titled
from topazdesk.ui.controls import Button, IconButton, ListView, Sheet, Surface, Text
from topazdesk.ui.controls.row_painter import Index, RowPainter
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.texts import ntr, number, plain_tip, tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon

_ROW, _NAME, _MOST_ROWS = 58, 190, 7


class RefusedFiles(Sheet):
    """Sheet with one row per file that was not added.

    `found`: how many files were offered in all; 0 if that is not known (the list comes from several drops).
    """

    help_page = "trouble#picture"

    def __init__(self, parent: QWidget, refused: Sequence[Refusal], found: int = 0) -> None:
        super().__init__(parent, title_of(len(refused), found), width=680)
        self.head.setContentsMargins(px(20), px(12), px(12), px(12))
        self.copy = Button(tr("Copy list"), "quiet", icon="copy", size="panel")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(list_text(refused)))
        self.head.addWidget(self.copy)
        close = IconButton("close", tr("Close"))
        close.clicked.connect(self.reject)
        self.head.addWidget(close)
        self.body.setContentsMargins(0, 0, 0, 0)
        rule = Surface("line")
        rule.setFixedHeight(1)
        self.body.addWidget(rule)
        self.body.setSpacing(0)
        self.view = ListView()
        self.view.setModel(_Rows(refused, self))
        self.view.setItemDelegate(_Painter(self.view, _ROW))
        self.view.setUniformItemSizes(True)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.windowTitle())
        self.view.setFixedHeight(px(_ROW) * min(_MOST_ROWS, max(1, len(refused))))
        self.body.addWidget(self.view)
        self.footer.addWidget(Text(tr("Your files were only read, never changed."), "small", "text2"))
        self.footer.addStretch(1)
        done = Button(tr("Close"))
        done.clicked.connect(self.accept)
        self.footer.addWidget(done)
        done.setFocus(Qt.FocusReason.OtherFocusReason)


def title_of(refused: int, found: int) -> str:
    """Return the title, as in "4 of 12 files were not added"."""
    if found > refused:
        text = ntr("1 of {all} files was not added", "{n} of {all} files were not added", refused)
        return text.format(n=number(refused), all=number(found))
    return ntr("1 file was not added", "{n} files were not added", refused).format(n=number(refused))


def list_text(refused: Sequence[Refusal]) -> str:
    """Return one line per file, with its full path and the reason, for the clipboard."""
    lines = []
    for each in refused:
        path = str(each.path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        lines.append(f"{path.replace(chr(10), ' ')}: {reason_of(each)}")
    return "\n".join(lines)


def reason_of(refusal: Refusal) -> str:
    """Return the title and hint of a refusal as sentences."""
    return titled(refusal.title, refusal.hint)


class _Rows(QAbstractListModel):
    """List model with one row per refusal."""

    def __init__(self, refused: Sequence[Refusal], parent: QWidget) -> None:
        super().__init__(parent)
        self.refused = list(refused)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return one row per file."""
        return 0 if parent.isValid() else len(self.refused)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name and reason, for screen readers and tool tips."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            each = self.refused[index.row()]
            text = f"{shown_name(each.path)}: {reason_of(each)}"
            return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None


class _Painter(RowPainter):
    """Paints a row: icon, name, and a reason of up to three lines."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint one row."""
        model = index.model()
        if not isinstance(model, _Rows):
            return
        each, t = model.refused[index.row()], tokens()
        side = px(16)
        paint_icon(painter, QRectF(rect.left() + px(20), rect.center().y() - side / 2, side, side), "warning", t.warn)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(font("base"))
        painter.setPen(t.text)
        left = rect.left() + px(48)
        metrics = QFontMetrics(painter.font())
        name = metrics.elidedText(shown_name(each.path), Qt.TextElideMode.ElideMiddle, px(_NAME))
        painter.drawText(QRectF(left, rect.top(), px(_NAME), rect.height()), flags, name)
        left += px(_NAME) + px(16)
        painter.setFont(font("small"))
        painter.setPen(t.text2)
        room = QRect(int(left), int(rect.top()), int(rect.right() - left) - px(16), int(rect.height()))
        painter.drawText(room, int(flags) | Qt.TextFlag.TextWordWrap, reason_of(each))
