"""Layout of the widgets on top of the viewer: labels, divider, turn button and overview map."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QWidget

from topazdesk.domain.job import Verdict
from topazdesk.language import comma
from topazdesk.ui.texts import percent, size_text, tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.cell_label import CellLabel
from topazdesk.ui.viewer.differences import Style
from topazdesk.ui.viewer.file_facts import FileFacts
from topazdesk.ui.viewer.overlays import OverviewMap, SideLabel, TurnButton
from topazdesk.ui.viewer.panes import Pane
from topazdesk.ui.viewer.side import CELLS, PAIR, Side
from topazdesk.ui.viewer.stage import Stage

_MARGIN, _CELL_MARGIN = 12, 8


class OverlayLayout:
    """The overlay widgets of a stage; `place` arranges them all for the current pair, mode and zoom."""

    def __init__(self, stage: Stage, facts: FileFacts) -> None:
        view = self._view = stage.surface
        self._stage = stage
        self._facts = facts
        self._gives_back = False  # the divider had the keys before it was hidden for as long as a key is held
        self.divider = stage.divider
        self.turn = TurnButton(view)
        self.labels = {side: SideLabel(view) for side in PAIR}
        self.overview = OverviewMap(view)
        self.what = SideLabel(view)
        self.details = {side: SideLabel(view) for side in PAIR}
        self.cells = {side: CellLabel(view) for side in CELLS}
        self._mapped: tuple[int, float] | None = None
        self._uncovered: Callable[[], QRectF | None] = lambda: None
        self.all = (
            self.divider,
            self.turn,
            self.overview,
            self.what,
            *self.labels.values(),
            *self.details.values(),
            *self.cells.values(),
        )
        for side, cell in self.cells.items():
            self._serve(side, cell)
        for widget in self.all:
            widget.hide()

    def visible_labels(self) -> list[QWidget]:
        """Return the labels that are visible now."""
        labels = (*self.labels.values(), *self.details.values(), *self.cells.values(), self.what)
        return [label for label in labels if label.isVisible()]

    def keep_free(self, uncovered: Callable[[], QRectF | None]) -> None:
        """Keep the label of a picture that is shown alone off a part of the view, as long as there is one."""
        self._uncovered = uncovered

    def place(self) -> None:
        """Place everything."""
        stage = self._stage
        split = stage.compares_now and stage.mode.has_divider and not stage.holds_source
        self.divider.place()
        self._show_divider(split=split)
        self._say()
        self.place_labels()
        self._describe()
        self.place_map()

    def _show_divider(self, *, split: bool) -> None:
        """Show or hide the divider. The keys that it had go to the view: Qt would give them to some button."""
        stage, divider = self._stage, self.divider
        if not split and (divider.hasFocus() or self.turn.hasFocus()):
            self._gives_back = stage.holds_source and divider.hasFocus()
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        divider.setVisible(split)
        self.turn.setVisible(split)
        if split and self._gives_back and self._view.hasFocus():
            divider.setFocus(Qt.FocusReason.OtherFocusReason)
        if not stage.holds_source:
            self._gives_back = False

    def place_labels(self) -> None:
        """Place the labels, and the turn button that goes with the divider."""
        view, stage, margin, ratio = self._view, self._stage, px(_MARGIN), self._stage.ratio
        shown = stage.pairs.shown
        turned = stage.divider.turned
        all_panes = stage.panes()
        seen = {pane.side: pane for pane in all_panes if pane.viewport is None}
        differs = stage.mode.shows_changes and stage.compares_now and not stage.holds_source
        alone = stage.holds_source or stage.mode.shows_one_side
        for side, label in self.labels.items():
            wanted = side in shown.paths and (side in seen or not alone) and bool(shown.pictures) and not differs
            wanted = wanted and not stage.mode.is_grid
            label.setVisible(wanted)
            if not wanted:
                continue
            pane = seen.get(side)
            if stage.mode.each_has_a_pane and pane is not None:
                room = pane.area.width() / ratio - 2 * margin
                label.set_room(round(room))
                label.move(round(pane.area.x() / ratio) + margin, margin)
            else:
                whole = len(shown.paths) < 2 or turned or alone
                label.set_room(round(view.width() / (1 if whole else 2) - 1.5 * margin))
                first = side is Side.BEFORE or len(shown.paths) < 2
                right, low = view.width() - margin - label.width(), view.height() - margin - label.height()
                label.move(margin if first or turned else right, margin if first or not turned else low)
                if len(shown.paths) < 2:
                    self._give_way(label, (label.pos(), QPoint(right, margin), QPoint(margin, low), QPoint(right, low)))
            label.raise_()
        self._place_cells()
        self._place_what(differs=differs)
        self._place_details([pane for pane in all_panes if pane.viewport is not None])
        self._place_turn()

    def _give_way(self, label: SideLabel, places: tuple[QPoint, ...]) -> None:
        """Move a label to the first place where it covers nothing that is to be kept free, or hide it."""
        free = self._uncovered()
        if free is None:
            return
        found = next((place for place in places if not free.intersects(QRectF(place, label.size()))), None)
        if found is None:
            label.hide()
        else:
            label.move(found)

    def _serve(self, side: Side, label: CellLabel) -> None:
        """Connect the label of a cell with what it is for."""
        cells = self._stage.cells

        def ask() -> None:
            cells.choose(side)
            cells.menu_wanted.emit(side, label.menu_place())

        label.clicked.connect(ask)
        label.pulled.connect(lambda at: cells.drag(side, self._stage.cell_at(at)))
        label.let_go.connect(cells.drop)

    def _place_cells(self) -> None:
        """Name what stands in the cells of the 2 × 2, and give back the keys of a label that goes."""
        stage, margin, ratio = self._stage, px(_CELL_MARGIN), self._stage.ratio
        cells, shown, rects = stage.cells, stage.pairs.shown, stage.cell_rects()
        for side, label in self.cells.items():
            rect = rects.get(side)
            if rect is None:
                if label.hasFocus():
                    self._view.setFocus(Qt.FocusReason.OtherFocusReason)
                label.hide()
                continue
            seen = shown.origin if cells.held is side or stage.holds_source else side
            size = shown.sizes.get(seen)
            more = self._note(seen) or (size_text(size) if size is not None else "")
            room = round(rect.width() / ratio) - 2 * margin
            verdict = cells.verdicts.get(seen, Verdict.NONE)
            is_chosen = side is cells.chosen
            label.show_candidate(
                shown.cell_number(side), shown.word(seen), more, verdict, is_chosen=is_chosen, room=room
            )
            label.move(round(rect.x() / ratio) + margin, round(rect.y() / ratio) + margin)
            label.show()
            label.raise_()

    def _note(self, side: Side) -> str:
        """Return why a side shows nothing yet, or never will; "" if it does."""
        shown = self._stage.pairs.shown
        if side in shown.errors:
            return tr("cannot be shown")
        return "" if side in shown.pictures else tr("Reading…")

    def _place_what(self, *, differs: bool) -> None:
        """Say what the difference mode shows, in the corner where other modes name the side."""
        stage, margin, ratio = self._stage, px(_MARGIN), self._stage.ratio
        self.what.setVisible(differs)
        if not differs:
            return
        found = stage.differences
        if found.style is Style.PIXELS:
            self.what.show_size(
                tr("Difference"), None, tr("After minus Before, {gain} times as strong").format(gain=found.gain)
            )
        elif found.changes is not None:
            size = found.changes.size
            note = tr("After compared with Before, both at {size}").format(size=f"{size.width} × {size.height}")
            self.what.show_size(tr("What changed"), None, note)
        else:
            self.what.show_size(tr("What changed"), None, tr("Comparing…") if found.error is None else "")
        room = round(stage.panes()[0].area.width() / ratio) - 2 * margin
        self.what.set_room(room)
        self.what.setVisible(self.what.width() <= room)  # the panel beside it says the same
        self.what.move(margin, margin)
        self.what.raise_()

    def _place_details(self, panes: list[Pane]) -> None:
        stage, margin, ratio, area = self._stage, px(8), self._stage.ratio, self._stage.differences.current
        shown = {pane.side: pane for pane in panes}
        for side, label in self.details.items():
            pane = shown.get(side)
            label.setVisible(pane is not None and area is not None)
            if pane is not None and area is not None:
                label.show_size(str(area.rank), None, stage.pairs.shown.word(side))
                label.move(round(pane.area.x() / ratio) + margin, round(pane.area.y() / ratio) + margin)
                label.raise_()

    def _place_turn(self) -> None:
        divider, turn, away = self.divider, self.turn, px(41)
        x, y = divider.x() + divider.width() // 2, divider.y() + divider.height() // 2
        if divider.turned:
            turn.move(x + away - turn.width() // 2, y - turn.height() // 2)
        else:
            turn.move(x - turn.width() // 2, y + away - turn.height() // 2)
        turn.raise_()

    def follow_look(self) -> None:
        """Follow another look at the same picture: the map, and labels that have to give way to what moved with it."""
        self.place_map()
        if self._uncovered() is not None:
            self.place_labels()

    def place_map(self) -> None:
        """Place the overview map, which is visible only when part of the picture is out of sight."""
        view, stage, viewport = self._view, self._stage, self._stage.viewport
        pictures = stage.pairs.shown.pictures
        picture = pictures.get(Side.AFTER) or next(iter(pictures.values()), None)
        if viewport is None or picture is None or viewport.shows_all:
            self.overview.hide()
            return
        ratio = stage.ratio
        if self._mapped != (picture.serial, ratio):
            self.overview.set_image(picture.coarse, viewport.frame)
            self._mapped = (picture.serial, ratio)
        self.overview.set_seen(viewport.visible)
        margin = px(_MARGIN)
        main = [pane for pane in stage.panes() if pane.viewport is None]
        right = round((main[-1].area.x() + main[-1].area.width()) / ratio) if main else view.width()
        if stage.mode.is_grid:
            right = view.width()  # where there are three, the map has the place of the fourth
        self.overview.move(right - margin - self.overview.width(), view.height() - margin - self.overview.height())
        if not self.overview.isVisible():
            self.overview.show()
            self.overview.raise_()

    def _say(self) -> None:
        """Set the texts of the labels."""
        shown = self._stage.pairs.shown
        for side, label in self.labels.items():
            note = self._note(side)
            label.show_size(shown.word(side), shown.sizes.get(side), note, "" if note else self._facts.text(side))

    def _describe(self) -> None:
        """Set the view's description for screen readers."""
        shown, is_grid = self._stage.pairs.shown, self._stage.mode.is_grid
        labels = self.cells if is_grid else self.labels
        texts = [label.text() for side, label in labels.items() if side in shown.paths]
        if is_grid:
            texts.append(tr("cell {n} chosen").format(n=shown.cell_number(self._stage.cells.chosen)))
        zoom = percent(self._stage.percent)
        self._view.setAccessibleDescription(comma().join([*texts, zoom]) if texts else tr("No picture"))
