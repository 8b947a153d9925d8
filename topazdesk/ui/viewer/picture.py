"""One file of a comparison on the screen: a coarse image at once, sharp tiles over it as they come."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Rect, Tile, TileRange, centre_first, level_for_scale, range_for, widened
from topazdesk.media.pyramid import Pyramid
from topazdesk.ui.viewer.mosaic import Mosaic
from topazdesk.ui.viewer.strokes import draw, pixels, rect_of

#: Decoded tiles kept for panning back, bytes a picture; more where the view itself needs more.
_KEPT_BYTES = 64 * 1024 * 1024
_TILE_BYTES = TILE_PX * TILE_PX * 4

_serials = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tiles in order: those that are seen first, then those that the next move or zoom will need."""

    seen: tuple[Tile, ...]
    ahead: tuple[Tile, ...]


class Picture:
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
        self._mosaic: Mosaic | None = None

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
            draw(painter, self.coarse, place, open_)
            return
        level = self._level(self.pyramid, place)
        level_size = self.pyramid.levels[level]
        seen = range_for(level, level_size, self._part(place, view))
        for tile in seen.tiles():
            if tile in self._tiles:
                self._tiles.move_to_end(tile)
        if smooth and place.width > self.size.width and self._has_all(seen):
            self._paint_mosaic(painter, open_, place, seen, level_size)
        else:
            self._paint_tiles(painter, open_, place, seen, level_size)

    def _paint_mosaic(self, painter: QPainter, open_: QRect, place: Rect, seen: TileRange, level_size: Size) -> None:
        """Enlarged and smoothed: out of one image, since interpolation ends where an image ends and would show its edges."""
        mosaic = self._mosaic
        if mosaic is None or mosaic.tiles != seen:
            mosaic = self._mosaic = Mosaic(seen, level_size, self._tiles, has_alpha=self.has_alpha)
        draw(painter, mosaic.image, self._target(place, mosaic.left, mosaic.top, seen.level, mosaic.image), open_)

    def _paint_tiles(self, painter: QPainter, open_: QRect, place: Rect, seen: TileRange, level_size: Size) -> None:
        """Reduced, or bare pixels: tile by tile; each pixel's centre lies in exactly one tile, so nothing shows."""
        self._mosaic = None
        inside = range_for(seen.level, level_size, self._part(place, _rect(open_)))
        for tile in inside.tiles():
            target = rect_of(tile, level_size, place, self.size)
            wanted = open_.intersected(pixels(target))
            if not wanted.isEmpty():
                self._paint_tile(painter, tile, target, place, wanted)
        self._paint_edges(painter, open_, place, level_size, seen.level)

    def _paint_tile(self, painter: QPainter, tile: Tile, target: Rect, place: Rect, wanted: QRect) -> None:
        image = self._tiles.get(tile)
        if image is not None:
            draw(painter, image, target, wanted)
            return
        painter.save()
        painter.setClipRect(wanted)
        for up in range(1, 4):
            above = Tile(tile.level + up, tile.column >> up, tile.row >> up)
            image = self._tiles.get(above)
            if image is not None:
                left, top = above.column * TILE_PX, above.row * TILE_PX
                draw(painter, image, self._target(place, left, top, above.level, image), wanted)
                break
        else:
            draw(painter, self.coarse, place, wanted)
        painter.restore()

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

    def _has_all(self, seen: TileRange) -> bool:
        return all(tile in self._tiles for tile in seen.tiles())

    def _target(self, place: Rect, left: int, top: int, level: int, image: QImage) -> Rect:
        return self._extent(place, left, top, level, image.width(), image.height())

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
