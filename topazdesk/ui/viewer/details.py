"""A close-up of one area, before above after, shown beside the whole picture."""

from __future__ import annotations

from PySide6.QtCore import QRect

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import Viewport
from topazdesk.ui.viewer.panes import Pane
from topazdesk.ui.viewer.side import Side

#: Show an area at this multiple of its own size, to include some surroundings, and at no more than this scale.
_AROUND = 1.8
_MOST_SCALE = 2.0


def detail_viewport(view: Size, frame: Size, part: Rect, around: float = _AROUND) -> Viewport:
    """Return a view on a part of the frame with some surroundings: `around` times the part.

    `part` is in fractions of the frame (0 to 1). Pixels are enlarged at most twice.
    """
    width, height = part.width * frame.width * around, part.height * frame.height * around
    scale = min(view.width / max(1, width), view.height / max(1, height), _MOST_SCALE)
    fitted = Viewport.fitted(view, frame)
    return fitted.zoomed(max(scale, fitted.scale)).centred(part.x + part.width / 2, part.y + part.height / 2)


def details(rects: tuple[QRect, QRect], frame: Size, part: Rect) -> tuple[Pane, Pane]:
    """Return the panes that show a part of the frame on both sides, given the rectangles for before and after."""
    above, below = rects
    viewport = detail_viewport(Size(above.width(), above.height()), frame, part)
    return Pane(Side.BEFORE, above, above, viewport), Pane(Side.AFTER, below, below, viewport)
