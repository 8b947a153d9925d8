"""An area of the picture from near, before above after, beside the whole of it."""

from __future__ import annotations

from PySide6.QtCore import QRect

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import Viewport
from topazdesk.ui.viewer.loader import Side
from topazdesk.ui.viewer.panes import Pane

#: An area is shown with so much around it, and not larger than this.
_AROUND = 1.8
_MOST_SCALE = 2.0


def detail_viewport(view: Size, frame: Size, part: Rect) -> Viewport:
    """A view on a part of the frame (parts, 0 to 1) with some surroundings; bare pixels at most twice as large."""
    width, height = part.width * frame.width * _AROUND, part.height * frame.height * _AROUND
    scale = min(view.width / max(1, width), view.height / max(1, height), _MOST_SCALE)
    fitted = Viewport.fitted(view, frame)
    return fitted.zoomed(max(scale, fitted.scale)).centred(part.x + part.width / 2, part.y + part.height / 2)


def details(rects: tuple[QRect, QRect], frame: Size, part: Rect) -> tuple[Pane, Pane]:
    """The panes that show a part of the frame on both sides, in the rectangles for before and after."""
    above, below = rects
    viewport = detail_viewport(Size(above.width(), above.height()), frame, part)
    return Pane(Side.BEFORE, above, above, viewport), Pane(Side.AFTER, below, below, viewport)
