"""The visible tiles of one level put together in one image, which scales without seams."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, TileRange


class Mosaic:
    """`image` shows `tiles`, all of which are in `known`; its corner is at `left`, `top` in pixels of the level.

    Only made of what is shown enlarged, so it is never much larger than the view.
    """

    def __init__(self, tiles: TileRange, level_size: Size, known: Mapping[Tile, QImage], *, has_alpha: bool) -> None:
        self.tiles = tiles
        self.left = tiles.first_column * TILE_PX
        self.top = tiles.first_row * TILE_PX
        width = min(tiles.end_column * TILE_PX, level_size.width) - self.left
        height = min(tiles.end_row * TILE_PX, level_size.height) - self.top
        form = QImage.Format.Format_ARGB32_Premultiplied if has_alpha else QImage.Format.Format_RGB32
        self.image = QImage(width, height, form)
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for tile in tiles.tiles():
            painter.drawImage(QPoint(tile.column * TILE_PX - self.left, tile.row * TILE_PX - self.top), known[tile])
        painter.end()
