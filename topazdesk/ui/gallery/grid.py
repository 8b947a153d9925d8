"""The cards of the gallery, in as many columns as fit, with keyboard navigation."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from topazdesk.ui.controls import ScrollArea
from topazdesk.ui.gallery.model_tile import ModelTile
from topazdesk.ui.theme import px
from topazdesk.ui.theme.mirrored import is_mirrored, mirrored_rect

_GAP, _MARGIN, _LEAST, _MOST_COLUMNS = 12, 16, 250, 3


class GalleryGrid(ScrollArea):
    """Shows some of its tiles in order. Emits `moved` when another is chosen, `left_upwards` on Up in the first row."""

    moved = Signal()
    left_upwards = Signal()

    def __init__(self) -> None:
        super().__init__(resizes=False)
        self.board = QWidget()
        self.setWidget(self.board)
        self.tiles: list[ModelTile] = []
        self.columns = 1
        self.chosen: ModelTile | None = None

    def show_tiles(self, tiles: Sequence[ModelTile], chosen: ModelTile | None) -> None:
        """Lay out these tiles and hide the others. Choose `chosen` if it is among them, else the first."""
        for old in self.tiles:
            if old not in tiles:
                old.hide()
        self.tiles = list(tiles)
        for before, after in zip(self.tiles, self.tiles[1:], strict=False):
            QWidget.setTabOrder(before, after)
        for tile in self.tiles:
            tile.installEventFilter(self)
            tile.show()
        self.choose(chosen if chosen in self.tiles else self.tiles[0] if self.tiles else None)
        self.arrange()

    def choose(self, tile: ModelTile | None) -> None:
        """Choose this tile. Only the chosen one is reached with Tab; the arrow keys reach the others."""
        for each in self.tiles:
            each.setChecked(each is tile)
            each.setFocusPolicy(Qt.FocusPolicy.StrongFocus if each is tile else Qt.FocusPolicy.ClickFocus)
        if tile is not self.chosen:
            self.chosen = tile
            self.moved.emit()

    def enter(self) -> bool:
        """Give the chosen card the keyboard focus; return False if there is none."""
        if self.chosen is None:
            return False
        self.chosen.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move with the arrow keys; choose a card that gets the focus and scroll it into view."""
        if isinstance(watched, ModelTile):
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._step(watched, event)
            if event.type() == QEvent.Type.FocusIn:
                self.choose(watched)
                self.ensureWidgetVisible(watched, 0, px(_MARGIN))
        return super().eventFilter(watched, event)

    def _step(self, tile: ModelTile, event: QKeyEvent) -> bool:
        place, last = self.tiles.index(tile), len(self.tiles) - 1
        rows = max(1, self.viewport().height() // max(1, tile.height()))
        step = {
            Qt.Key.Key_Left: 1 if is_mirrored(self) else -1,
            Qt.Key.Key_Right: -1 if is_mirrored(self) else 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_PageUp: -self.columns * rows,
            Qt.Key.Key_PageDown: self.columns * rows,
            Qt.Key.Key_Home: -place,
            Qt.Key.Key_End: last - place,
        }.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.key() == Qt.Key.Key_Up and place < self.columns:
            self.left_upwards.emit()
            return True
        target = place + step
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            target = min(target, last)
        if 0 <= target <= last:
            self.tiles[target].setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() == Qt.Key.Key_PageUp:
            self.tiles[0].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cards in as many columns as fit."""
        super().resizeEvent(event)
        self.arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the cards now that the width is known, and scroll to the chosen one."""
        super().showEvent(event)
        self.arrange()
        if self.chosen is not None:
            self.ensureWidgetVisible(self.chosen, 0, px(_MARGIN))

    def arrange(self) -> None:
        """Place the cards, whose heights may have changed. All in a row are as high as the longest text needs."""
        if not self.isVisible():
            return  # the width is not final yet
        gap, margin = px(_GAP), px(_MARGIN)
        room = self.viewport().width() - 2 * margin
        self.columns = min(_MOST_COLUMNS, max(1, (room + gap) // (px(_LEAST) + gap)))
        width = (room - gap * (self.columns - 1)) // self.columns
        top = px(4)
        for first in range(0, len(self.tiles), self.columns):
            row = self.tiles[first : first + self.columns]
            height = max(tile.heightForWidth(width) for tile in row)
            for column, tile in enumerate(row):
                place = QRectF(margin + column * (width + gap), top, width, height)
                tile.setGeometry(mirrored_rect(self.viewport(), place).toRect())
            top += height + gap
        self.board.resize(self.viewport().width(), top + margin - gap)
