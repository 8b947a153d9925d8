"""One file of a comparison on the screen: a coarse image at once, sharp tiles over it as they come."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QRegion

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect, Tile, centre_first, level_for_scale, range_for, widened
from topazdesk.media.pyramid import Pyramid
from topazdesk.ui.viewer.mosaic import Mosaic

#: Decoded tiles kept for panning back, bytes a picture.
_KEPT_BYTES = 96 * 1024 * 1024

_serials = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tiles in order: those that are seen first, then a ring around them for the next move."""

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
        self._mosaic: Mosaic | None = None
        self._under: Mosaic | None = None

    def take(self, tile: Tile, image: QImage) -> None:
        """A tile has come; the longest unused ones go when there are too many."""
        if tile in self._tiles:
            return
        self._tiles[tile] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > _KEPT_BYTES:
            _, old = self._tiles.popitem(last=False)
            self._bytes -= old.sizeInBytes()

    def wanted(self, place: Rect, view: Rect) -> Wanted:
        """Which tiles are missing where the picture lies at `place` and `view` is visible (both physical pixels)."""
        if self.pyramid is None:
            return Wanted((), ())
        part = self._part(place, view)
        level = self._level(self.pyramid, place)
        level_size = self.pyramid.levels[level]
        seen = range_for(level, level_size, part)
        have = self._mosaic.there if self._mosaic is not None and self._mosaic.tiles.level == level else set()
        ring = widened(seen, level_size)

        def missing(tile: Tile) -> bool:
            return tile not in have and tile not in self._tiles

        order = centre_first(ring, part)
        return Wanted(
            tuple(tile for tile in order if tile in seen and missing(tile)),
            tuple(tile for tile in order if tile not in seen and missing(tile)),
        )

    def paint(self, painter: QPainter, clip: QRect, place: Rect, view: Rect, *, smooth: bool) -> None:
        """Draw what lies within `clip`, the picture at `place`; physical pixels. Never leaves a hole.

        `view` is all that is visible of the picture, or would be without a divider: tiles are held for all of it.
        """
        rest = QRegion(clip).intersected(_pixels(place))
        if rest.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if self.pyramid is not None:
            for mosaic in self._retarget(self.pyramid, place, view):
                if not rest.isEmpty():
                    rest = self._paint_mosaic(painter, mosaic, rest, place)
        if not rest.isEmpty():
            painter.setClipRegion(rest)
            _draw(painter, self.coarse, place, rest.boundingRect())

    def _retarget(self, pyramid: Pyramid, place: Rect, view: Rect) -> list[Mosaic]:
        """The mosaic for what is visible, filled as far as tiles are known, and one to fall back on while it is not whole."""
        level = self._level(pyramid, place)
        level_size = pyramid.levels[level]
        seen = range_for(level, level_size, self._part(place, view))
        mosaic = self._mosaic
        if mosaic is None or mosaic.tiles != seen:
            new = Mosaic(seen, level_size, self.has_alpha)
            if mosaic is not None and mosaic.tiles.level == level:
                new.adopt(mosaic)
            elif mosaic is not None and (self._under is None or mosaic.is_complete):
                self._under = mosaic
            self._mosaic = mosaic = new
        mosaic.fill(self._tiles)
        for tile in seen.tiles():
            if tile in self._tiles:
                self._tiles.move_to_end(tile)
        if mosaic.is_complete:
            self._under = None
        return [mosaic] if self._under is None else [mosaic, self._under]

    def _paint_mosaic(self, painter: QPainter, mosaic: Mosaic, rest: QRegion, place: Rect) -> QRegion:
        """Draw what the mosaic has of `rest`; returns what is still open."""
        if not mosaic.there:
            return rest
        step = 2.0**mosaic.tiles.level
        across, down = place.width / self.size.width * step, place.height / self.size.height * step
        target = Rect(
            place.x + mosaic.left * across,
            place.y + mosaic.top * down,
            mosaic.image.width() * across,
            mosaic.image.height() * down,
        )
        if mosaic.is_complete:
            covered = QRegion(_pixels(target))
        else:
            covered = QRegion()
            for tile in mosaic.there:
                inside = mosaic.rect_of(tile)
                covered += _pixels(
                    Rect(
                        target.x + inside.x() * across,
                        target.y + inside.y() * down,
                        inside.width() * across,
                        inside.height() * down,
                    )
                )
        covered = covered.intersected(rest)
        if covered.isEmpty():
            return rest
        painter.setClipRegion(covered)
        _draw(painter, mosaic.image, target, covered.boundingRect())
        return rest.subtracted(covered)

    def _level(self, pyramid: Pyramid, place: Rect) -> int:
        scale = max(place.width / self.size.width, place.height / self.size.height)
        return level_for_scale(scale, len(pyramid.levels))

    def _part(self, place: Rect, view: Rect) -> Rect:
        """The visible part in pixels of the file."""
        seen = place.intersected(view)
        across, down = self.size.width / place.width, self.size.height / place.height
        return Rect((seen.x - place.x) * across, (seen.y - place.y) * down, seen.width * across, seen.height * down)


def _pixels(rect: Rect) -> QRect:
    """The pixels of a rectangle; neighbours with a common edge neither overlap nor leave a gap."""
    left, top = round(rect.x), round(rect.y)
    return QRect(left, top, round(rect.right) - left, round(rect.bottom) - top)


def _draw(painter: QPainter, image: QImage, target: Rect, wanted: QRect) -> None:
    """Draw `image` so that it fills `target`, but only the part around `wanted`.

    Painters lose precision beyond 32,767 pixels, which a small picture at 3200 % easily reaches.
    """
    across, down = image.width() / target.width, image.height() / target.height
    left = max(0, int((wanted.left() - target.x) * across) - 2)
    top = max(0, int((wanted.top() - target.y) * down) - 2)
    right = min(image.width(), int((wanted.right() + 1 - target.x) * across) + 3)
    bottom = min(image.height(), int((wanted.bottom() + 1 - target.y) * down) + 3)
    if right <= left or bottom <= top:
        return
    painter.drawImage(
        QRectF(target.x + left / across, target.y + top / down, (right - left) / across, (bottom - top) / down),
        image,
        QRectF(left, top, right - left, bottom - top),
    )
