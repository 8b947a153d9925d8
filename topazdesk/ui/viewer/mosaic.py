"""The visible tiles of one level, put together in one image.

Painting one image instead of tiles leaves no seams where tiles meet, however they are scaled, and costs one call a frame.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, TileRange, tile_rect


class Mosaic:
    """`image` holds the tiles of `tiles`; those in `there` have their pixels. Owned by the window's thread."""

    def __init__(self, tiles: TileRange, level_size: Size, has_alpha: bool) -> None:
        self.tiles = tiles
        self.level_size = level_size
        self.left = tiles.first_column * TILE_PX
        self.top = tiles.first_row * TILE_PX
        width = min(tiles.end_column * TILE_PX, level_size.width) - self.left
        height = min(tiles.end_row * TILE_PX, level_size.height) - self.top
        form = QImage.Format.Format_ARGB32_Premultiplied if has_alpha else QImage.Format.Format_RGB32
        self.image = QImage(width, height, form)
        self.there: set[Tile] = set()

    @property
    def is_complete(self) -> bool:
        """Whether no tile is missing."""
        return len(self.there) == self.tiles.count

    def rect_of(self, tile: Tile) -> QRect:
        """Where a tile lies in `image`."""
        left, top, width, height = tile_rect(tile, self.level_size)
        return QRect(left - self.left, top - self.top, width, height)

    def adopt(self, other: Mosaic) -> None:
        """Take over what another mosaic of the same level already has."""
        common = [tile for tile in other.there if tile in self.tiles]
        if not common:
            return
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(QPoint(other.left - self.left, other.top - self.top), other.image)
        painter.end()
        self.there.update(common)

    def fill(self, known: Mapping[Tile, QImage]) -> None:
        """Put in every missing tile that is known."""
        missing = [tile for tile in self.tiles.tiles() if tile not in self.there and tile in known]
        if not missing:
            return
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for tile in missing:
            painter.drawImage(self.rect_of(tile).topLeft(), known[tile])
        painter.end()
        self.there.update(missing)
