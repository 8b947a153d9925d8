"""Which tiles the view wants next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.domain.tiling import Rect
from topazdesk.ui.viewer.loader import Wish

if TYPE_CHECKING:
    from topazdesk.ui.viewer.stage import Stage


def wishes_of(view: Stage) -> list[Wish]:
    """The missing tiles in sight, nearest the centre first and both sides in turn; then those around, for the next move."""
    seen: list[tuple[int, Wish]] = []
    ahead: list[tuple[int, Wish]] = []
    for pane in view.kept_panes():
        picture = view.pairs.shown.pictures.get(pane.side)
        if picture is None or picture.pyramid is None:
            continue
        area = Rect(pane.area.x(), pane.area.y(), pane.area.width(), pane.area.height())
        wanted = picture.wanted(view.place_of(picture, pane), area)
        for wishes, tiles in ((seen, wanted.seen), (ahead, wanted.ahead)):
            wishes += [(order, Wish(picture.serial, picture.pyramid, tile)) for order, tile in enumerate(tiles)]
    return [wish for wishes in (seen, ahead) for _, wish in sorted(wishes, key=lambda entry: entry[0])]
