"""The help: a list of pages with a search, and the page. `?` and F1 open it, at the page for the place where one is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QShortcut,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from topazdesk.app.help.html import page_html
from topazdesk.app.help.library import Library
from topazdesk.app.help.search import Part, Search
from topazdesk.app.help.source import NAMES
from topazdesk.language import comma
from topazdesk.ui.controls import Button, IconButton, LineField, ListView, Sheet, Text
from topazdesk.ui.controls.dressed import thin_bars
from topazdesk.ui.controls.row_painter import Index, RowPainter
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px, theme, tokens

_LIST, _ROW = 236, 44
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class HelpSheet(Sheet):
    """Shows the pages. Emits `wanted` with the name of an action after it has closed itself.

    `commands` are the names of the actions that a link may run now; in the pages, others are names only.
    """

    help_page = ""
    wanted = Signal(str)

    def __init__(self, parent: QWidget, library: Library, commands: Sequence[str], reference: str = "") -> None:
        super().__init__(parent, tr("Help"), closable=True)
        self.finished.connect(self.deleteLater)
        self.set_free_size(1000, 760)
        self._library, self._search = library, Search(library)
        self._commands = frozenset(commands)
        self._past: list[str] = []
        self._next: list[str] = []
        self.shown = ""
        self.field = LineField()
        self.field.setPlaceholderText(tr("Search the help"))
        self.field.setAccessibleName(tr("Search the help"))
        self.field.setAccessibleDescription(tr("Type some letters; arrow keys choose, Return opens the page."))
        self.rows = _Rows(self)
        self.list = ListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(_Painter(self.list, _ROW, follows_field=True))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(tr("Pages"))
        self.none = Text(tr("No page has these words."), "small", "text2", wrap=True)
        self.view = _PageView()
        self._lay_out()
        self._connect()
        self._find("")
        self.show_page(reference or NAMES[0])
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(px(8))
        side.addWidget(self.field)
        side.addWidget(self.none)
        side.addWidget(self.list, 1)
        for widget in (self.field, self.none, self.list):
            widget.setFixedWidth(px(_LIST))
        both = QHBoxLayout()
        both.setSpacing(px(20))
        both.addLayout(side)
        both.addWidget(self.view, 1)
        self.body.addLayout(both, 1)
        self.back = IconButton("back", tr("Back"))
        self.forward = IconButton("open", tr("Forward"))
        self.footer.addWidget(self.back)
        self.footer.addWidget(self.forward)
        for name, text in (
            ("keys", tr("Keyboard shortcuts")),
            ("hints", tr("Show the first hints again")),
            ("about", tr("About topazdesk")),
        ):
            button = Button(text, size="panel")
            button.setObjectName(name)
            button.clicked.connect(lambda _checked=False, name=name: self._leave_for(name))
            button.setVisible(name in self._commands)
            self.footer.addWidget(button)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.view.anchorClicked.connect(self._follow)
        self.back.clicked.connect(self.go_back)
        self.forward.clicked.connect(self.go_forward)
        theme().changed.connect(self._refresh)
        for keys, run in (
            (QKeySequence.StandardKey.Back, self.go_back),
            (QKeySequence.StandardKey.Forward, self.go_forward),
            (QKeySequence.StandardKey.Find, lambda: self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(run)

    # going about

    def show_page(self, reference: str) -> None:
        """Show a page, or a part of it."""
        if self.shown and reference != self.shown:
            self._past.append(self.shown)
            self._next.clear()
        self._show(reference)

    def go_back(self) -> None:
        """Show the page before."""
        if self._past:
            self._next.append(self.shown)
            self._show(self._past.pop())

    def go_forward(self) -> None:
        """Show the page from which one went back."""
        if self._next:
            self._past.append(self.shown)
            self._show(self._next.pop())

    def _show(self, reference: str) -> None:
        name, _, anchor = reference.partition("#")
        page = self._library.page(name)
        self.shown = f"{page.name}#{anchor}" if anchor in page.anchors else page.name
        self.view.show_html(page_html(self._library, page, self._address), page.title)
        if anchor in page.anchors:
            self.view.scrollToAnchor(anchor)
        self.back.setEnabled(bool(self._past))
        self.forward.setEnabled(bool(self._next))
        self._mark()

    def _refresh(self) -> None:
        place = self.view.verticalScrollBar().value()
        self._show(self.shown)
        self.view.verticalScrollBar().setValue(place)

    def _address(self, target: str) -> str:
        kind, _, name = target.partition(":")
        return target if kind == "page" or name in self._commands else ""

    def _follow(self, url: QUrl) -> None:
        kind, _, name = url.toString().partition(":")
        if kind == "page":
            self.show_page(name)
        elif name in self._commands:
            self._leave_for(name)

    def _leave_for(self, name: str) -> None:
        self.accept()
        self.wanted.emit(name)

    # the list

    def _find(self, typed: str) -> None:
        if typed.strip():
            rows = self._search.found(typed)
        else:
            rows = [Part(name, self._library.title(name), "", "") for name in NAMES]
        self.rows.show_rows(rows)
        self.none.setVisible(not rows)
        self._mark()
        if typed.strip() and rows:
            self.list.setCurrentIndex(self.rows.index(0))

    def _mark(self) -> None:
        """Make the shown page, or the part of it, the current one of the list."""
        name = self.shown.partition("#")[0]
        places = [at for at, row in enumerate(self.rows.rows) if row.reference in (self.shown, name)]
        self.list.setCurrentIndex(self.rows.index(places[0]) if places else QModelIndex())

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.show_page(self.rows.rows[index.row()].reference)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys of the list work while the field has the focus."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVES:
                QApplication.sendEvent(self.list, event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)


class _PageView(QTextBrowser):
    """A page. Tab goes from link to link, Return follows one, the arrow keys scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.viewport().setAutoFillBackground(False)
        thin_bars(self)

    def show_html(self, html: str, title: str) -> None:
        """Show a page in the colours and sizes of now."""
        document = QTextDocument(self)
        document.setDefaultFont(font("base"))
        document.setDocumentMargin(px(4))
        document.setDefaultStyleSheet(_style())
        document.setIndentWidth(px(18))
        document.setHtml(html)
        _dress_headings(document)
        self.setDocument(document)
        self.setAccessibleName(title)
        self.verticalScrollBar().setValue(0)


def _dress_headings(document: QTextDocument) -> None:
    """Give headings the window's fonts: Qt has sizes of its own for them, which no style sheet changes."""
    block = document.begin()
    while block.isValid():
        if level := block.blockFormat().headingLevel():
            for piece in _fragments(block):
                form = piece.charFormat()  # with the anchor that a link leads to
                form.clearProperty(QTextFormat.Property.FontSizeAdjustment)
                form.setFont(font("dialog" if level == 1 else "title"))
                cursor = QTextCursor(document)
                cursor.setPosition(piece.position())
                cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(form)
        block = block.next()


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    found, each = [], block.begin()
    while not each.atEnd():
        found.append(each.fragment())
        each += 1
    return found


def _style() -> str:
    t = tokens()
    mono = ", ".join(f"'{each}'" for each in font("mono").families())
    return (
        f"body {{ color: {t.text.name()}; }}"
        f"a {{ color: {t.link.name()}; text-decoration: none; }}"
        f"h1 {{ margin: 0 0 {px(10)}px 0; color: {t.text.name()}; }}"
        f"h2 {{ margin: {px(20)}px 0 {px(4)}px 0; color: {t.text.name()}; }}"
        f"p, li {{ margin: {px(5)}px 0; line-height: 140%; color: {t.text.name()}; }}"
        f"ul {{ margin: {px(2)}px 0 {px(6)}px {px(4)}px; }}"
        f"code, pre {{ font-family: {mono}; font-size: {px(12)}px; color: {t.text2.name()}; }}"
        f"pre {{ margin: {px(6)}px 0 {px(6)}px {px(18)}px; white-space: pre-wrap; }}"
        f"td, th {{ padding: {px(2)}px {px(24)}px {px(2)}px 0; text-align: left; }}"
        f"th {{ color: {t.text2.name()}; font-weight: 600; }}"
    )


class _Rows(QAbstractListModel):
    """Pages, or the parts that were found, one a row."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Part] = []

    def show_rows(self, rows: Sequence[Part]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return one row for each part."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the title, and the page that it is in, for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        return comma().join(part for part in (row.title, row.page if row.page != row.title else "") if part)


class _Painter(RowPainter):
    """Paints a row: the title, and below it the page that it is a part of."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """Paint one row."""
        model = index.model()
        if not isinstance(model, _Rows):
            return
        row, t = model.rows[index.row()], tokens()
        page = row.page if row.page != row.title else ""
        room = rect.adjusted(px(12), 0, -px(8), 0)
        upper = QRectF(room.left(), room.top() + px(5), room.width(), px(18)) if page else room
        self._write(painter, upper, row.title, "base", t.text)
        if page:
            self._write(painter, QRectF(room.left(), room.top() + px(23), room.width(), px(16)), page, "small", t.text2)

    @staticmethod
    def _write(painter: QPainter, rect: QRectF, text: str, role: str, colour: QColor) -> None:
        painter.setFont(font(role))
        painter.setPen(colour)
        metrics = painter.fontMetrics()
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        wrapped = flags | int(Qt.TextFlag.TextWordWrap)
        if metrics.boundingRect(rect.toRect(), wrapped, text).height() <= rect.height():
            painter.drawText(rect, wrapped, text)
        else:
            painter.drawText(rect, flags, metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width())))
