"""Tiles in one image: whatever was shown before, they are where they are said to be, with the very pixels."""

from __future__ import annotations

import random

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, TileRange, grid, level_sizes, tile_rect
from topazdesk.ui.viewer.mosaic import Mosaic

SIZE = Size(7_000, 5_100)  # 28 × 20 tiles; the last column and row are not full
ROOM = Size(1_800, 1_200)


def ink(tile: Tile) -> QColor:
    return QColor(tile.level * 60, 5 * tile.column, 7 * tile.row)


def tiles_of(level: int, size: Size) -> dict[Tile, QImage]:
    columns, rows = grid(size)
    made = {}
    for tile in (Tile(level, column, row) for column in range(columns) for row in range(rows)):
        _, _, width, height = tile_rect(tile, size)
        made[tile] = QImage(width, height, QImage.Format.Format_RGB32)
        made[tile].fill(ink(tile))
        made[tile].setPixelColor(width - 1, height - 1, QColor("white"))
    return made


def stand_in(painter: QPainter, _tile: Tile, cell: QRect, _corner: QPoint) -> None:
    painter.fillRect(cell, QColor("red"))


def test_wherever_somebody_pans_and_zooms_the_tiles_are_the_right_ones(qapp: object) -> None:
    """Also those that were moved, in any direction, and those that came later than their substitutes."""
    chance = random.Random(7)
    levels = level_sizes(SIZE)[:3]
    known = {tile: image for level, size in enumerate(levels) for tile, image in tiles_of(level, size).items()}
    for _ in range(6):
        mosaic, level, column, row = Mosaic(has_alpha=False), 0, 5, 5
        late = set(chance.sample(sorted(known, key=str), len(known) // 3))
        for step in range(60):
            if step % 20 == 19:
                level, column, row = chance.randrange(3), 0, 0
            columns, rows = grid(levels[level])
            column = min(max(0, column + chance.randint(-3, 3)), max(0, columns - 6))
            row = min(max(0, row + chance.randint(-3, 3)), max(0, rows - 4))
            seen = TileRange(level, column, row, min(columns, column + 6), min(rows, row + 4))
            there = {tile: image for tile, image in known.items() if step > 40 or tile not in late}
            held = mosaic.cover(seen, ROOM, levels[level], there, stand_in)
            assert mosaic.holds(seen)
            for tile in seen.tiles():
                left, top, width, height = tile_rect(tile, levels[level])
                at = QPoint(left - mosaic.left, top - mosaic.top)
                assert held.contains(QRect(at.x(), at.y(), width, height))
                last = QPoint(at.x() + width - 1, at.y() + height - 1)
                if tile in there:
                    assert mosaic.image.pixel(at) == ink(tile).rgb()
                    assert mosaic.image.pixel(last) == QColor("white").rgb()
                else:
                    assert mosaic.image.pixel(at) == mosaic.image.pixel(last) == QColor("red").rgb()


def test_a_pan_leaves_room_ahead(qapp: object) -> None:
    """Each time that the window of tiles has to move, all that is seen is moved in memory."""
    mosaic, known = Mosaic(has_alpha=False), tiles_of(0, SIZE)
    mosaic.cover(TileRange(0, 10, 5, 15, 9), ROOM, SIZE, known, stand_in)
    moves, left = 0, mosaic.left
    for column in range(9, -1, -1):
        mosaic.cover(TileRange(0, column, 5, column + 5, 9), ROOM, SIZE, known, stand_in)
        moves, left = moves + (mosaic.left != left), mosaic.left
    assert 0 < moves <= 4
    assert mosaic.image.width() // TILE_PX < 12
