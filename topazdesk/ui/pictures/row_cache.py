"""Caches drawn rows of the picture list: showing a cached row costs a tenth of drawing it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from topazdesk.ui.models.job_texts import eta_text
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.picture_list import Head
from topazdesk.ui.models.prices import Price
from topazdesk.ui.pictures.row import Look, paint_head, paint_row
from topazdesk.ui.theme import tokens
from topazdesk.ui.theme.mirrored import is_mirrored, painter_on

#: Several pages of rows, so that rows scrolled back into view are still cached.
_MOST = 96

_State = tuple[object, ...]


class DrawnRows:
    """Paints rows and headings, and redraws only those that look different. Call `clear` when theme or font change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, tuple[_State, QPixmap]] = OrderedDict()

    def clear(self) -> None:
        """Drop all cached rows."""
        self._kept.clear()

    def row(
        self,
        painter: QPainter,
        rect: QRectF,
        picture: Picture,
        price: Price | None,
        look: Look,
        *,
        is_marked: bool = False,
    ) -> None:
        """Paint a row as `paint_row` does."""
        job = picture.job
        state = (
            look,
            picture.name,
            picture.folder,
            picture.size,
            picture.section,
            picture.percent,
            picture.recipe is None,
            picture.is_stale,
            picture.verdict,
            is_marked,
            _Same(picture.thumbnail),
            _Same(job),
            _Same(price),
            eta_text(job) if job is not None else "",
        )

        def draw(to: QPainter, place: QRectF) -> None:
            paint_row(to, place, picture, price, look, is_marked=is_marked)

        self._put(painter, rect, picture.id, state, draw)

    def head(self, painter: QPainter, rect: QRectF, head: Head, *, hovered: bool) -> None:
        """Paint a heading as `paint_head` does."""
        state = (head.total, head.count, head.folded, head.note, hovered)
        self._put(painter, rect, head.section.name, state, lambda to, at: paint_head(to, at, head, hovered=hovered))

    def _put(
        self, painter: QPainter, rect: QRectF, key: object, state: _State, draw: Callable[[QPainter, QRectF], None]
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        if not (rect.top() * ratio).is_integer():  # between two device pixels a pixmap would be blurred
            draw(painter, rect)
            return
        state = (*state, rect.width(), rect.height(), ratio)
        kept = self._kept.get(key)
        if kept is None or kept[0] != state:
            kept = self._kept[key] = (state, _drawn(rect, ratio, draw))
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        painter.drawPixmap(rect.topLeft(), kept[1])


class _Same:
    """Compares an object by identity, and keeps it alive: immutable objects need no comparison of their contents."""

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._thing is self._thing

    def __hash__(self) -> int:
        return id(self._thing)


def _drawn(rect: QRectF, ratio: float, draw: Callable[[QPainter, QRectF], None]) -> QPixmap:
    made = QPixmap(QSize(round(rect.width() * ratio), round(rect.height() * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(tokens().panel)  # the list's background: text rendering blends with the colour behind it
    painter = painter_on(made, rect.width(), mirrored=is_mirrored())
    draw(painter, QRectF(QPointF(0, 0), rect.size()))
    painter.end()
    return made
