"""The state of the viewer: the pair, the compare mode, the panes, and zooming and panning within them.

It is over 400 lines long because all of it reads and changes one state, and every decision depends on all of that.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QPointF, QRect, QSize, Signal
from PySide6.QtWidgets import QWidget

from topazdesk.domain.changes import Area
from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import WHOLE, Viewport, placement
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.cells import Cells
from topazdesk.ui.viewer.details import detail_viewport, details
from topazdesk.ui.viewer.differences import Differences
from topazdesk.ui.viewer.divider import Divider
from topazdesk.ui.viewer.loader import TileRequest
from topazdesk.ui.viewer.modes import DIFFERENCE, GRID, SPLIT, SWAP, Mode, panes, view_size
from topazdesk.ui.viewer.offsets import Offsets
from topazdesk.ui.viewer.pairs import Pairs
from topazdesk.ui.viewer.panes import Arrangement, Pane, cell_rects, detail_rects, has_details
from topazdesk.ui.viewer.picture import LoadedPicture
from topazdesk.ui.viewer.side import CELLS, Side


class Stage(QObject):
    """The state of what is shown on the widget `surface`: pair, mode, place and zoom.

    `looked` is emitted when another part is visible, `arranged` when the layout has changed, and `pair_shown` when
    other pictures are on screen.
    """

    looked = Signal()
    arranged = Signal()
    pair_shown = Signal()
    zoom_changed = Signal(float)  # percent, relative to `zoom_unit`
    mode_changed = Signal(object)  # Mode
    fade_changed = Signal()
    offset_changed = Signal()  # one side was moved by hand, or reset
    carried = Signal(object)  # the file (Path) of a side is dragged out

    def __init__(self, surface: QWidget, divider: Divider, cache: TileCache) -> None:
        super().__init__(surface)
        self.surface = surface
        self.divider = divider
        self.pairs = Pairs(cache, self)
        self.cells = Cells(self)
        self.differences = Differences(cache, self)
        self.offsets = Offsets(cache.folder / "offsets.json", self)
        self.pointer_at: QPointF | None = None
        self.named_after: Path | None = None  # the file that a saved comparison is named after, if not the first one
        self._mode: Mode = SPLIT
        self._mode_before: Mode = SPLIT
        self._shown_mode: Mode = SPLIT  # the last one that was told
        self._viewport: Viewport | None = None
        self._holding = self._before_up = False
        self._unit = Side.AFTER
        self._compared: tuple[str, ...] = ()
        self._close_ups: tuple[Pane, ...] = ()
        self.fade = 0.5
        self.pairs.swapped.connect(self._swapped)
        self.cells.changed.connect(self.arranged)
        self.differences.changed.connect(self._differences_changed)
        self.differences.went.connect(self._go_to_area)
        self.offsets.changed.connect(self._offset_moved)

    def stop(self) -> None:
        """End the worker threads. Idempotent."""
        self.pairs.stop()
        self.differences.stop()
        self.offsets.stop()

    @property
    def viewport(self) -> Viewport | None:
        """The current view; None without a picture."""
        return self._viewport

    @property
    def is_sharp(self) -> bool:
        """Whether everything visible is fully sharp."""
        shown = self.pairs.shown
        if self.pairs.is_loading or (shown.pictures and self._viewport is None):
            return False
        return all(self._is_sharp(pane) for pane in (*self.kept_panes(), *self._close_ups))

    def _is_sharp(self, pane: Pane) -> bool:
        shown = self.pairs.shown
        picture = shown.pictures.get(pane.side)
        if picture is None or pane.side in shown.blurred:
            return True
        place = self.place_of(picture, pane)
        if picture.pyramid is None:
            return picture.covers(place)
        area = Rect(pane.area.x(), pane.area.y(), pane.area.width(), pane.area.height())
        return not picture.wanted(place, area).seen

    @property
    def can_compare(self) -> bool:
        """Whether there are files to compare."""
        return len(self.pairs.shown.paths) >= 2

    @property
    def compares_now(self) -> bool:
        """Whether there are files to compare and at least two have pixels to show."""
        return len(self.pairs.shown.pictures) >= 2

    @property
    def mode(self) -> Mode:
        """The mode in which pictures are compared.

        It is the 2 × 2 for as long as its files are on screen, so that no mode ever shows the files of another one.
        """
        return GRID if self.pairs.shown.is_grid else self._mode

    @property
    def pair_mode(self) -> Mode:
        """The mode of two files, which the 2 × 2 leads back to."""
        return self._mode

    @property
    def is_swapped(self) -> bool:
        """Whether the swap mode currently shows the before."""
        return self._before_up

    @property
    def holds_source(self) -> bool:
        """Whether the before is shown everywhere while a key is held."""
        return self._holding

    # --- zoom ---

    @property
    def percent(self) -> float:
        """Zoom in percent, relative to `zoom_unit` or to the only picture; 100 without one."""
        return self._viewport.percent * self._per_unit() if self._viewport else 100.0

    @property
    def zoom_unit(self) -> Side:
        """The side that percentages refer to: at 100 % one of its pixels fills one pixel of the screen."""
        return self._unit

    def set_zoom_unit(self, unit: Side) -> None:
        """Express zoom relative to the result or to the source; the picture itself does not move."""
        if unit is not self._unit:
            self._unit = unit
            self.arranged.emit()
            self.zoom_changed.emit(self.percent)

    def _per_unit(self) -> float:
        shown = self.pairs.shown
        if (
            self._unit is Side.AFTER
            or shown.origin not in shown.sizes
            or self._viewport is None
            or not self.can_compare
        ):
            return 1.0
        source, frame = shown.grid(shown.origin).shown, self._viewport.frame
        return placement(source, frame).width * frame.width / source.width

    def zoom_in(self) -> None:
        """Zoom in to the next step."""
        self._step(1)

    def zoom_out(self) -> None:
        """Zoom out to the next step."""
        self._step(-1)

    def zoom_fit(self) -> None:
        """Fit the whole picture into the view."""
        if self._viewport:
            self._look(self._viewport.fit())

    def zoom_to(self, percent: float, anchor: QPointF | None = None) -> None:
        """Zoom to `percent`, keeping a point of the widget, or else the centre, in place."""
        if self._viewport:
            self._look(self._viewport.zoomed(percent / 100 / self._per_unit(), self._anchor(anchor)))

    def centre(self, x: float, y: float) -> None:
        """Centre the view on a place in the frame, given from 0 to 1."""
        if self._viewport:
            self._look(self._viewport.centred(x, y))

    def zoom_to_part(self, part: Rect, around: float) -> None:
        """Let a part of the frame (0 to 1) fill the view, with some surroundings."""
        if self._viewport is not None:
            self._look(detail_viewport(self._viewport.view, self._viewport.frame, part, around))

    def toggle_zoom(self, anchor: QPointF | None = None) -> None:
        """Zoom from fit to 100 % (to 200 % if fit is 100 %), and from anything else to fit."""
        if not self._viewport:
            return
        if self._viewport.is_fitted:
            self.zoom_to(200 if abs(self.percent - 100) < 1 else 100, anchor)
        else:
            self.zoom_fit()

    def pan(self, across: float, down: float) -> None:
        """Move the picture right and down, in fractions of the view."""
        if self._viewport:
            view = self._viewport.view
            self._look(self._viewport.panned(across * view.width, down * view.height))

    def pan_by(self, right: float, down: float, *, free: bool = False) -> None:
        """Move the picture by physical pixels; with `free` even beyond its edges."""
        if self._viewport:
            frame, scale = self._viewport.frame, self._viewport.scale
            if free and not self._viewport.shows_all:
                x, y = self._viewport.x - right / frame.width / scale, self._viewport.y - down / frame.height / scale
                self._look(replace(self._viewport, x=x, y=y))
            else:
                self._look(self._viewport.panned(right, down))

    @property
    def pointer(self) -> QPointF | None:
        """The pointer's position over the widget, in logical pixels; None elsewhere."""
        return self.pointer_at if self.surface.underMouse() else None

    def _step(self, steps: int) -> None:
        if self._viewport:
            self._look(self._viewport.stepped(steps, self._anchor(self.pointer)))

    def _look(self, viewport: Viewport) -> None:
        changed = self._viewport is None or viewport.percent != self._viewport.percent
        self._viewport = viewport
        self.offsets.set_step(1 / (viewport.frame.width * viewport.scale), 1 / (viewport.frame.height * viewport.scale))
        self._wish()
        self.looked.emit()
        if changed:
            self.zoom_changed.emit(self.percent)

    def _anchor(self, at: QPointF | None) -> tuple[float, float] | None:
        """Convert a point of the widget to physical pixels of its pane, or None over a close-up with its own view."""
        if at is None:
            return None
        pane = self.pane_at(at)
        if pane is not None and pane.viewport is not None:
            return None
        point = at * self.ratio
        origin = pane.area.topLeft() if pane else QRect().topLeft()
        return point.x() - origin.x(), point.y() - origin.y()

    def pane_at(self, at: QPointF) -> Pane | None:
        """Return the pane under a point of the widget, or None."""
        point = (at * self.ratio).toPoint()
        return next((pane for pane in self.panes() if pane.clip.contains(point)), None)

    def part_under(self, at: QPointF) -> tuple[float, float] | None:
        """Return the place in the frame, from 0 to 1, under a point of the widget; None beside the picture."""
        pane = self.pane_at(at)
        viewport = None if pane is None else pane.viewport or self._viewport
        if pane is None or viewport is None:
            return None
        point = at * self.ratio
        x, y = viewport.part_at(point.x() - pane.area.x(), point.y() - pane.area.y())
        return (x, y) if 0 <= x < 1 and 0 <= y < 1 else None

    def part_near(self, at: QPointF) -> tuple[float, float] | None:
        """Return the place in the frame under a point of the widget, or the nearest one; None without a picture."""
        pane = self.pane_at(at) or next(iter(self.panes()), None)
        viewport = None if pane is None else pane.viewport or self._viewport
        if pane is None or viewport is None:
            return None
        point = at * self.ratio
        x, y = viewport.part_at(point.x() - pane.area.x(), point.y() - pane.area.y())
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    # --- modes ---

    def set_mode(self, mode: Mode) -> None:
        """Change the compare mode; the place stays the same."""
        if mode.is_grid:
            if self.cells.is_possible:
                self.cells.wanted.emit(True)
            return
        self.cells.wanted.emit(False)
        if mode is not self.mode:
            self._before_up = False
            self._change_mode(mode)

    def choose(self, mode: Mode) -> None:
        """Do what the button or key of a mode does.

        Used again, a mode that shows one side switches to the other, and some modes return to the previous mode.
        """
        if mode.is_grid and mode is self.mode:
            self.set_mode(self._mode)
        elif mode.is_grid or not (mode.shows_one_side or mode.goes_back):
            self.set_mode(mode)
        elif mode.goes_back and mode is self.mode:
            self.set_mode(self._mode_before)
        elif self.can_compare:
            self.cells.wanted.emit(False)
            self._before_up = mode.shows_one_side and (mode is not self.mode or not self._before_up)
            self._change_mode(mode)

    def swap(self) -> None:
        """Switch to the other side in the swap mode; coming from another mode, show the before first."""
        self.choose(SWAP)

    def tap(self) -> None:
        """End holding the source and swap the sides, so that a tap leaves visible what it briefly showed.

        If the source was visible before the tap, the result is shown instead.
        """
        self._holding = False
        self.swap()

    def toggle_difference(self) -> None:
        """Switch to the difference mode, or back to the previous mode."""
        self.choose(DIFFERENCE)

    def next_area(self, by: int = 1) -> None:
        """Go to the next of the most changed areas, or with -1 to the previous one.

        In any other mode, only switch to the difference mode.
        """
        if not self.can_compare:
            return
        if not self.mode.shows_changes:
            self.set_mode(DIFFERENCE)
        else:
            self.differences.step(by)

    def _change_mode(self, mode: Mode) -> None:
        """Change to a mode of two files; from the 2 × 2 it shows when these are there."""
        if mode is not self._mode:
            self._mode_before = self._mode
            self._mode = mode
            self._want_differences()
            self.refit()
        self._wish()
        self.arranged.emit()
        self._tell_mode()

    def _tell_mode(self) -> None:
        self._shown_mode = self.mode
        self.mode_changed.emit(self.mode)

    def _want_differences(self) -> None:
        if self.mode.shows_changes and self.compares_now:
            self.differences.want()

    def set_fade(self, fade: float) -> None:
        """Set how much of the after is seen in the fade mode, from 0 to 1."""
        fade = min(max(fade, 0.0), 1.0)
        if fade != self.fade:
            self.fade = fade
            self.fade_changed.emit()

    def slide(self, by: float) -> None:
        """Move the divider, or fade from the before to the after, by this part of the way; negative goes back."""
        if self.mode.has_fader:
            self.set_fade(round(self.fade + by, 6))
        elif self.mode.has_divider:
            self.divider.setValue(self.divider.value() + round(by * self.divider.maximum()))

    def set_close_ups(self, panes: tuple[Pane, ...]) -> None:
        """Keep these panes of the loupe sharp, too. They have viewports of their own."""
        if panes != self._close_ups:
            self._close_ups = panes
            self._wish()

    def turn_divider(self) -> None:
        """Make the divider horizontal, or vertical again."""
        self.divider.set_turned(not self.divider.turned)
        self.arranged.emit()

    def hold_source(self, on: bool) -> None:
        """Show the before everywhere for as long as a key is held."""
        if on != self._holding:
            self._holding = on
            self.arranged.emit()

    # --- reactions ---

    def _swapped(self, same: bool) -> None:
        frame = self.pairs.shown.frame
        if frame is None or not self.pairs.shown.pictures:
            self._viewport = None
            self.pairs.wish([])
        elif self._viewport is None or not same:
            self._look(Viewport.fitted(self._pane_size(), frame))
        else:
            self._look(self._viewport.resized(self._pane_size()).reframed(frame))
        self._pair_changed()
        if self.mode is not self._shown_mode:
            self._tell_mode()
        self.arranged.emit()
        self.pair_shown.emit()

    def _pair_changed(self) -> None:
        """Give a new pair, or new content of the same files, its own differences and offset."""
        shown = self.pairs.shown
        moved = () if shown.is_grid else tuple(shown.paths[side] for side in Side if side in shown.paths)
        self.offsets.show_pair(moved)
        compared = (
            () if shown.is_grid else tuple(shown.pictures[side].identity for side in Side if side in shown.pictures)
        )
        if compared != self._compared:
            self._compared = compared
            both = (shown.paths[Side.BEFORE], shown.paths[Side.AFTER]) if len(compared) == 2 else None
            self.differences.show_pair(both, shown.page_of(Side.BEFORE))
        self._want_differences()

    def _differences_changed(self) -> None:
        if self.mode.shows_changes:
            self.refit()
            self.arranged.emit()

    def _go_to_area(self, area: Area) -> None:
        """Go to an area: in a close-up if the whole picture is visible, otherwise by moving the view."""
        if self._viewport is None:
            return
        part = self.part_of(area)
        if not self._viewport.is_fitted:
            self._look(self._viewport.centred(part.x + part.width / 2, part.y + part.height / 2))
        elif not self._shows_details():
            self._look(detail_viewport(self._viewport.view, self._viewport.frame, part))

    def _offset_moved(self) -> None:
        self._wish()
        self.offset_changed.emit()

    # --- geometry ---

    @property
    def ratio(self) -> float:
        """Physical pixels per logical pixel."""
        return self.surface.devicePixelRatioF()

    def sides(self) -> tuple[Side, ...]:
        """Return the sides that have a place in the view."""
        shown = self.pairs.shown
        if self.mode.each_has_a_pane or not shown.pictures:
            return tuple(side for side in CELLS if side in shown.paths)
        return tuple(side for side in CELLS if side in shown.pictures)

    def panes(self) -> tuple[Pane, ...]:
        """Return the panes that are visible, in physical pixels."""
        how = self._arrangement()
        found = panes(self.mode, self.physical(), self.sides(), how)
        area = self.differences.current
        if self._shows_details() and area is not None and self._viewport is not None:
            found += details(detail_rects(self.physical(), how), self._viewport.frame, self.part_of(area))
        return found

    def kept_panes(self) -> tuple[Pane, ...]:
        """Return the visible panes and those that the next swap, or a held key, will show.

        They are kept sharp, too, so that it takes a single frame.
        """
        seen, shown = self.panes(), self.pairs.shown
        main = [pane for pane in seen if pane.viewport is None]
        if self.mode.is_grid:
            coming: tuple[Side, ...] = (shown.origin,)
        else:
            coming = () if self.mode.each_has_a_pane else self.sides()
        there = {pane.side for pane in main}
        return seen + tuple(Pane(side, main[0].area, main[0].area) for side in coming if main and side not in there)

    def _arrangement(self) -> Arrangement:
        return Arrangement(
            self.divider.share,
            self.divider.turned,
            self._gap(),
            self._holding,
            self._before_up,
            self._wants_details(),
            self.fade,
            self.sides() if self.mode.is_grid else (),
            self.pairs.shown.frame,
            self.cells.held,
            self.pairs.shown.origin,
        )

    def cell_rects(self) -> dict[Side, QRect]:
        """Return the cells of the 2 × 2 in physical pixels; none in any other mode."""
        how = self._arrangement()
        return dict(zip(how.cells, cell_rects(self.physical(), how), strict=True)) if how.cells else {}

    def cell_at(self, at: QPointF) -> Side | None:
        """Return the side whose cell is under a point of the widget, or None."""
        point = (at * self.ratio).toPoint()
        return next((side for side, rect in self.cell_rects().items() if rect.contains(point)), None)

    def _wants_details(self) -> bool:
        return self.mode.shows_changes and self.compares_now and bool(self.differences.areas)

    def _shows_details(self) -> bool:
        return self._wants_details() and has_details(self.physical(), self._arrangement())

    def part_of(self, area: Area) -> Rect:
        """Return where an area of the source lies in the frame, from 0 to 1."""
        shown = self.pairs.shown
        frame = shown.frame
        part = placement(shown.grid(Side.BEFORE).shown, frame) if frame is not None else WHOLE
        return Rect(
            part.x + area.part.x * part.width,
            part.y + area.part.y * part.height,
            area.part.width * part.width,
            area.part.height * part.height,
        )

    def place_of(self, picture: LoadedPicture, pane: Pane, *, by_hand: bool = True) -> Rect:
        """Return where a picture lies, in physical pixels of the widget; call it only when there is a viewport.

        `by_hand` includes the manual offset.
        """
        viewport = pane.viewport or self._viewport
        if viewport is None:
            return Rect(0, 0, 0, 0)
        frame, part = viewport.frame_rect, placement(self.pairs.shown.as_shown(picture.grid).shown, viewport.frame)
        moved = by_hand and pane.side is Side.BEFORE and self.can_compare
        x, y = (self.offsets.x, self.offsets.y) if moved else (0.0, 0.0)
        return Rect(
            pane.area.x() + frame.x + round((part.x + x) * frame.width),
            pane.area.y() + frame.y + round((part.y + y) * frame.height),
            part.width * frame.width,
            part.height * frame.height,
        )

    def physical(self) -> QSize:
        """Return the size of the surface in physical pixels."""
        surface, ratio = self.surface, self.ratio
        return QSize(max(1, round(surface.width() * ratio)), max(1, round(surface.height() * ratio)))

    def _gap(self) -> int:
        return round(px(4) * self.ratio)

    def _pane_size(self) -> Size:
        size = view_size(self.mode, self.physical(), len(self.sides()), self._arrangement())
        return Size(size.width(), size.height())

    def refit(self) -> None:
        """Keep the place when the surface has changed its size; a fitted picture stays fitted."""
        if self._viewport is not None:
            self._look(self._viewport.resized(self._pane_size()))

    def _wish(self) -> None:
        """Request the missing tiles: first those in view, then those around them.

        Tiles nearest to the centre come first, the two sides taking turns.
        """
        seen: list[tuple[int, TileRequest]] = []
        ahead: list[tuple[int, TileRequest]] = []
        for pane in (*self._close_ups, *self.kept_panes()):
            picture = self.pairs.shown.pictures.get(pane.side)
            if picture is None or picture.pyramid is None:
                continue
            area = Rect(pane.area.x(), pane.area.y(), pane.area.width(), pane.area.height())
            wanted = picture.wanted(self.place_of(picture, pane), area)
            for wishes, tiles in ((seen, wanted.seen), (ahead, wanted.ahead)):
                wishes += [
                    (order, TileRequest(picture.serial, picture.pyramid, tile, wishes is ahead))
                    for order, tile in enumerate(tiles)
                ]
        self.pairs.wish([wish for wishes in (seen, ahead) for _, wish in sorted(wishes, key=lambda each: each[0])])
