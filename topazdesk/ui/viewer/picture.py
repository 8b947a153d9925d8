"""A file of a comparison on screen: a coarse image at once, and sharp tiles over it as they arrive."""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.tiling import TILE_PX, Rect, Tile, TileRange, centre_first, level_for_scale, range_for, widened
from topazdesk.media.pyramid import Pyramid
from topazdesk.ui.viewer.mosaic import Mosaic
from topazdesk.ui.viewer.strokes import draw, pixels

#: Bytes of decoded tiles kept for a pair, for panning back; more where the view itself needs more.
_KEPT_BYTES = 128 * 1024 * 1024
_TILE_BYTES = TILE_PX * TILE_PX * 4
#: This many pixels around the visible part are painted too, because smoothing looks at neighbours.
_REACH = 3
#: Views come and go with the compare mode; a mosaic is dropped when unused for this many frames.
_UNUSED_PAINTS = 40

_serials = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Missing tiles in order of priority: those in view, and those that the next pan or zoom will need."""

    seen: tuple[Tile, ...]
    ahead: tuple[Tile, ...]


class LoadedPicture:
    """A picture with its tiles, used in the window's thread only.

    `grid` are the pixels of the file. `size` is that at which they are shown, and that of the tiles.
    """

    def __init__(self, identity: str, grid: PixelGrid, coarse: QImage) -> None:
        self.serial = next(_serials)
        self.identity = identity
        self.grid = grid
        self.size = grid.shown
        self.coarse = coarse
        self.pyramid: Pyramid | None = None
        self._full: QImage | None = None  # all pixels, if they are in memory in the colours of the screen
        self.has_alpha = coarse.hasAlphaChannel()
        self._tiles: OrderedDict[Tile, QImage] = OrderedDict()
        self._bytes = 0
        self._share = self._most_bytes = _KEPT_BYTES // 2
        self._mosaics: dict[Rect, Mosaic] = {}  # by the visible part
        self._paints = 0

    def share_memory(self, count: int) -> None:
        """Keep no more than this picture's part of what `count` pictures may keep together."""
        self._share = _KEPT_BYTES // max(2, count)

    @property
    def is_open(self) -> bool:
        """Whether there are sharp pixels of every place; those of some are there before, while a pyramid is built."""
        return self.pyramid is not None and self.pyramid.is_whole

    def open(self, pyramid: Pyramid, full: QImage | None) -> None:
        """Make sharp pixels available: tiles of the pyramid, and at its finest level all of them, if they are there."""
        self.pyramid, self._full = pyramid, full

    def take(self, tile: Tile, image: QImage) -> None:
        """Store a tile that has arrived, and drop the least recently used ones above the memory limit."""
        if tile in self._tiles:
            return
        self._tiles[tile] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > self._most_bytes:
            _, old = self._tiles.popitem(last=False)
            self._bytes -= old.sizeInBytes()

    def covers(self, place: Rect) -> bool:
        """Return whether the coarse image is sharp enough for this place.

        It needs a pixel for every pixel on screen, but not so many that they would flicker.
        """
        return place.width * 0.98 <= self.coarse.width() <= max(place.width, 1) * 2

    def wanted(self, place: Rect, view: Rect) -> Wanted:
        """Return the missing tiles if the picture lies at `place` and `view` is visible (both in physical pixels)."""
        if self.pyramid is None:
            return Wanted((), ())
        part = self._part(place, view)
        level = self._level(self.pyramid, place)
        seen = range_for(level, self.pyramid.levels[level], part)
        covered = self.covers(place)
        if level == 0 and self._full is not None:
            order, ahead, count = [], list[Tile](), 0
        else:
            ring = widened(seen, self.pyramid.levels[level])
            order, count = self._missing(ring, part), ring.count
            ahead = [tile for tile in order if covered or tile not in seen]
        if level + 1 < len(self.pyramid.levels):
            # For zooming out, which would otherwise find only the coarse image; zooming in has the present tiles.
            above = range_for(level + 1, self.pyramid.levels[level + 1], part)
            ahead = [*self._missing(above, part), *ahead]
            count += above.count
        self._most_bytes = max(self._share, count * _TILE_BYTES * 5 // 4)
        return Wanted(() if covered else tuple(tile for tile in order if tile in seen), tuple(ahead))

    def _missing(self, tiles: TileRange, part: Rect) -> list[Tile]:
        """Return the tiles that are not loaded, nearest to the centre first."""
        if all(tile in self._tiles for tile in tiles.tiles()):  # the usual case: spare the sorting
            return []
        return [tile for tile in centre_first(tiles, part) if tile not in self._tiles]

    def paint(self, painter: QPainter, clip: QRect, place: Rect, view: Rect, *, smooth: bool) -> None:
        """Draw the part of the picture at `place` that lies within `clip`, in physical pixels; never leave a hole.

        `view` is the area where the picture would be visible without a divider. Tiles are kept for all of it.
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
        if level == 0 and self._full is not None:
            for each in self._mosaics.values():
                each.forget()
            draw(painter, self._full, place, open_)
            return
        if self._full is not None and not self._has(level, place, open_):
            draw(painter, self._full, place, open_)  # a little too crisp for some frames, but never coarse
            return
        seen = range_for(level, self.pyramid.levels[level], self._part(place, view))
        for tile in seen.tiles():
            if tile in self._tiles:
                self._tiles.move_to_end(tile)
        mosaic = self._mosaic(view)
        if mosaic.level != level and not self._has(level, place, open_):
            # Keep the old look until all of it is sharp: substituting each tile takes longer than a frame.
            if mosaic.level == level + 1 and mosaic.holds(self._range(level + 1, place, open_, _REACH)):
                level += 1
            elif mosaic.level < 0 and place.width <= 2 * self.coarse.width():
                draw(painter, self.coarse, place, open_)
                return
        level_size = self.pyramid.levels[level]
        # A level has at most twice as many pixels as the screen before the next coarser one takes over.
        # A moving divider may uncover the whole view.
        across, down = (open_.width(), open_.height()) if mosaic.is_new else (view.width, view.height)
        room = Size(math.ceil(across) * 2, math.ceil(down) * 2)
        inside = self._range(level, place, open_, _REACH)
        held = mosaic.cover(inside, room, level_size, self._tiles, self._stand_in)
        left, top = mosaic.left + held.x(), mosaic.top + held.y()
        target = self._extent(place, left, top, level, held.width(), held.height())
        draw(painter, mosaic.image, target, open_, held)
        self._paint_edges(painter, open_, place, level_size, level)

    def _range(self, level: int, place: Rect, open_: QRect, reach: int = 0) -> TileRange:
        """Return the tiles of a level under these screen pixels and `reach` more around them."""
        size = self.size if self.pyramid is None else self.pyramid.levels[level]
        return range_for(level, size, self._part(place, _rect(open_.adjusted(-reach, -reach, reach, reach))))

    def _has(self, level: int, place: Rect, open_: QRect) -> bool:
        return all(tile in self._tiles for tile in self._range(level, place, open_).tiles())

    def _mosaic(self, view: Rect) -> Mosaic:
        """Return the mosaic of a view, and drop those not used for some time."""
        self._paints += 1
        mosaic = self._mosaics.get(view)
        if mosaic is None:
            mosaic = self._mosaics[view] = Mosaic(has_alpha=self.has_alpha)
        mosaic.used = self._paints
        for old in [key for key, each in self._mosaics.items() if self._paints - each.used > _UNUSED_PAINTS]:
            del self._mosaics[old]
        return mosaic

    def _stand_in(self, painter: QPainter, tile: Tile, cell: QRect, corner: QPoint) -> None:
        """Fill a cell of a mosaic with the best substitute for its tile: a coarser tile, or else the coarse image."""
        for up in range(1, 4):
            above = Tile(tile.level + up, tile.column >> up, tile.row >> up)
            image = self._tiles.get(above)
            if image is not None:
                side = TILE_PX << up
                x, y = above.column * side - corner.x(), above.row * side - corner.y()
                # Doubled here and at most halved again on screen, the next coarser tile needs no smoothing; others do.
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, up > 1)
                if QRect(x, y, image.width() << up, image.height() << up).contains(cell):
                    draw(painter, image, Rect(x, y, image.width() << up, image.height() << up), cell)
                    return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        step = 2.0**tile.level
        whole = Rect(-corner.x(), -corner.y(), self.size.width / step, self.size.height / step)
        draw(painter, self.coarse, whole, cell)

    def _paint_edges(self, painter: QPainter, open_: QRect, place: Rect, level_size: Size, level: int) -> None:
        """Paint the pixels at the right and lower edge that were lost when odd sizes were halved."""
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
        """Return where a rectangle of a level (in that level's pixels) lies on the screen."""
        step = 2.0**level
        across, down = place.width / self.size.width * step, place.height / self.size.height * step
        return Rect(place.x + left * across, place.y + top * down, width * across, height * down)

    def _level(self, pyramid: Pyramid, place: Rect) -> int:
        scale = max(place.width / self.size.width, place.height / self.size.height)
        return level_for_scale(scale, len(pyramid.levels))

    def _part(self, place: Rect, view: Rect) -> Rect:
        """Return the visible part, in pixels of the finest level."""
        seen = place.intersected(view)
        across, down = self.size.width / place.width, self.size.height / place.height
        return Rect((seen.x - place.x) * across, (seen.y - place.y) * down, seen.width * across, seen.height * down)


def _rect(rect: QRect) -> Rect:
    return Rect(rect.x(), rect.y(), rect.width(), rect.height())
