"""One file of a comparison on the screen: a coarse image at once, sharp tiles over it as they come."""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Rect, Tile, TileRange, centre_first, level_for_scale, range_for, widened
from topazdesk.media.pyramid import Pyramid
from topazdesk.ui.viewer.mosaic import Mosaic
from topazdesk.ui.viewer.strokes import draw, pixels

#: Decoded tiles kept for panning back, bytes a picture; more where the view itself needs more.
_KEPT_BYTES = 64 * 1024 * 1024
_TILE_BYTES = TILE_PX * TILE_PX * 4
#: What lies so many pixels beside the seen part is painted too: smoothing looks at neighbours.
_REACH = 3
#: Views come and go with the way of comparing; their mosaics stay for so many frames.
_UNUSED_PAINTS = 40

_serials = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tiles in order: those that are seen first, then those that the next move or zoom will need."""

    seen: tuple[Tile, ...]
    ahead: tuple[Tile, ...]


class LoadedPicture:
    """Owned by the window's thread. `size` is the upright size of the file."""

    def __init__(self, identity: str, size: Size, coarse: QImage) -> None:
        self.serial = next(_serials)
        self.identity = identity
        self.size = size
        self.coarse = coarse
        self.pyramid: Pyramid | None = None
        self.has_alpha = coarse.hasAlphaChannel()
        self._tiles: OrderedDict[Tile, QImage] = OrderedDict()
        self._bytes = 0
        self._most_bytes = _KEPT_BYTES
        self._mosaics: dict[Rect, Mosaic] = {}  # by view
        self._paints = 0

    def take(self, tile: Tile, image: QImage) -> None:
        """A tile has come; the longest unused ones go when there are too many."""
        if tile in self._tiles:
            return
        self._tiles[tile] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > self._most_bytes:
            _, old = self._tiles.popitem(last=False)
            self._bytes -= old.sizeInBytes()

    def covers(self, place: Rect) -> bool:
        """Whether the coarse image has a pixel for every pixel of the screen, and not so many that they would flicker."""
        return place.width * 0.98 <= self.coarse.width() <= max(place.width, 1) * 2

    def wanted(self, place: Rect, view: Rect) -> Wanted:
        """Which tiles are missing where the picture lies at `place` and `view` is visible (both physical pixels)."""
        if self.pyramid is None:
            return Wanted((), ())
        part = self._part(place, view)
        level = self._level(self.pyramid, place)
        seen = range_for(level, self.pyramid.levels[level], part)
        ring = widened(seen, self.pyramid.levels[level])
        order = self._missing(ring, part)
        covered = self.covers(place)
        ahead = [tile for tile in order if covered or tile not in seen]
        count = ring.count
        if level + 1 < len(self.pyramid.levels):
            # So that zooming out finds something better than the coarse image; zooming in has the present tiles.
            above = range_for(level + 1, self.pyramid.levels[level + 1], part)
            ahead = [*self._missing(above, part), *ahead]
            count += above.count
        self._most_bytes = max(_KEPT_BYTES, count * _TILE_BYTES * 5 // 4)
        return Wanted(() if covered else tuple(tile for tile in order if tile in seen), tuple(ahead))

    def _missing(self, tiles: TileRange, part: Rect) -> list[Tile]:
        """Those that are not there, nearest the centre first."""
        if all(tile in self._tiles for tile in tiles.tiles()):  # mostly: sorting them would be for nothing
            return []
        return [tile for tile in centre_first(tiles, part) if tile not in self._tiles]

    def paint(self, painter: QPainter, clip: QRect, place: Rect, view: Rect, *, smooth: bool) -> None:
        """Draw what lies within `clip`, the picture at `place`; physical pixels. Never leaves a hole.

        `view` is all that is visible of the picture, or would be without a divider: tiles are held for all of it.
        """
        open_ = clip.intersected(pixels(place))
        if open_.isEmpty():
            return
        painter.setClipRect(open_)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if self.pyramid is None or self.covers(place):
            for each in self._mosaics.values():
                each.forget()
            draw(painter, self.coarse, place, open_)
            return
        level = self._level(self.pyramid, place)
        seen = range_for(level, self.pyramid.levels[level], self._part(place, view))
        for tile in seen.tiles():
            if tile in self._tiles:
                self._tiles.move_to_end(tile)
        mosaic = self._mosaic(view)
        if mosaic.level != level and not self._has(level, place, open_):
            # As it was, until all of it is sharp: to stand in for each tile takes longer than a frame.
            if mosaic.level == level + 1 and mosaic.holds(self._range(level + 1, place, open_, _REACH)):
                level += 1
            elif mosaic.level < 0 and place.width <= 2 * self.coarse.width():
                draw(painter, self.coarse, place, open_)
                return
        level_size = self.pyramid.levels[level]
        # Twice as many pixels as on the screen is the most, before the next coarser level takes over. A divider that moves may
        # uncover all of the view.
        across, down = (open_.width(), open_.height()) if mosaic.is_new else (view.width, view.height)
        room = Size(math.ceil(across) * 2, math.ceil(down) * 2)
        inside = self._range(level, place, open_, _REACH)
        held = mosaic.cover(inside, room, level_size, self._tiles, self._stand_in)
        left, top = mosaic.left + held.x(), mosaic.top + held.y()
        target = self._extent(place, left, top, level, held.width(), held.height())
        draw(painter, mosaic.pixmap, target, open_, held)
        self._paint_edges(painter, open_, place, level_size, level)

    def _range(self, level: int, place: Rect, open_: QRect, reach: int = 0) -> TileRange:
        """The tiles of a level under some pixels, and `reach` more of these around."""
        size = self.size if self.pyramid is None else self.pyramid.levels[level]
        return range_for(level, size, self._part(place, _rect(open_.adjusted(-reach, -reach, reach, reach))))

    def _has(self, level: int, place: Rect, open_: QRect) -> bool:
        return all(tile in self._tiles for tile in self._range(level, place, open_).tiles())

    def _mosaic(self, view: Rect) -> Mosaic:
        """That of a view; those of views that are gone do not stay for long."""
        self._paints += 1
        mosaic = self._mosaics.get(view)
        if mosaic is None:
            mosaic = self._mosaics[view] = Mosaic(has_alpha=self.has_alpha)
        mosaic.used = self._paints
        for old in [key for key, each in self._mosaics.items() if self._paints - each.used > _UNUSED_PAINTS]:
            del self._mosaics[old]
        return mosaic

    def _stand_in(self, painter: QPainter, tile: Tile, cell: QRect, corner: QPoint) -> None:
        """Fill a cell of a mosaic with what is known of the tile's place: a coarser tile, else the coarse image."""
        for up in range(1, 4):
            above = Tile(tile.level + up, tile.column >> up, tile.row >> up)
            image = self._tiles.get(above)
            if image is not None:
                side = TILE_PX << up
                x, y = above.column * side - corner.x(), above.row * side - corner.y()
                # Twice as large and then half as large again is what it was; any more would show its pixels.
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, up > 1)
                if QRect(x, y, image.width() << up, image.height() << up).contains(cell):
                    draw(painter, image, Rect(x, y, image.width() << up, image.height() << up), cell)
                    return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        step = 2.0**tile.level
        whole = Rect(-corner.x(), -corner.y(), self.size.width / step, self.size.height / step)
        draw(painter, self.coarse, whole, cell)

    def _paint_edges(self, painter: QPainter, open_: QRect, place: Rect, level_size: Size, level: int) -> None:
        """The pixel at the right and lower edge that halving an odd size has dropped."""
        covered = pixels(self._extent(place, 0, 0, level, level_size.width, level_size.height))
        for strip in (
            QRect(covered.right() + 1, open_.top(), open_.right() - covered.right(), open_.height()),
            QRect(open_.left(), covered.bottom() + 1, open_.width(), open_.bottom() - covered.bottom()),
        ):
            if strip.width() > 0 and strip.height() > 0:
                painter.save()
                painter.setClipRect(strip.intersected(open_))
                draw(painter, self.coarse, place, strip.intersected(open_))
                painter.restore()

    def _extent(self, place: Rect, left: int, top: int, level: int, width: int, height: int) -> Rect:
        """Where a rectangle of a level (its own pixels) lies on the screen."""
        step = 2.0**level
        across, down = place.width / self.size.width * step, place.height / self.size.height * step
        return Rect(place.x + left * across, place.y + top * down, width * across, height * down)

    def _level(self, pyramid: Pyramid, place: Rect) -> int:
        scale = max(place.width / self.size.width, place.height / self.size.height)
        return level_for_scale(scale, len(pyramid.levels))

    def _part(self, place: Rect, view: Rect) -> Rect:
        """The visible part in pixels of the file."""
        seen = place.intersected(view)
        across, down = self.size.width / place.width, self.size.height / place.height
        return Rect((seen.x - place.x) * across, (seen.y - place.y) * down, seen.width * across, seen.height * down)


def _rect(rect: QRect) -> Rect:
    return Rect(rect.x(), rect.y(), rect.width(), rect.height())
