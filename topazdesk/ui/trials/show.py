"""Shows the state of the trials in the tray, the right column and the frame. It asks for it whenever it shows it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import WHOLE
from topazdesk.errors import TopazdeskError
from topazdesk.language import titled
from topazdesk.ui.controls.button import Cost
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import megapixels_text, plain_tip, tr, translated
from topazdesk.ui.trials.board import Board, Candidate
from topazdesk.ui.trials.cells import TrialCells
from topazdesk.ui.trials.frame import PatchFrame
from topazdesk.ui.trials.panel import TrialsPanel
from topazdesk.ui.trials.pixels import Pixels
from topazdesk.ui.trials.state import TrialsState
from topazdesk.ui.trials.texts import (
    CandidateState,
    after_text,
    again_text,
    apart_words,
    card_words,
    facts_text,
    full_text,
    hint_text,
    original_words,
    price_words,
    same_price_text,
    state_words,
    try_text,
    use_reason,
)
from topazdesk.ui.trials.tray import TrialTray
from topazdesk.ui.viewer.images import image_of
from topazdesk.ui.viewer.side import Side

if TYPE_CHECKING:
    from topazdesk.ui.models.session import WindowSession
    from topazdesk.ui.viewer import CompareView

#: The largest image of a whole result on a card; patches are painted from their own pixels.
_THUMB = Size(480, 480)
#: The frame's corners stay in view when its area fills the view.
_AROUND = 1.15


class TrialsView(QObject):
    """Owns the widgets of the trials. Whoever opens them puts `tray` and `panel` into the window.

    `told` is emitted with the sentence for the line below the pictures, and a shorter one for a narrow window.
    """

    told = Signal(str, str)

    def __init__(self, state: TrialsState, session: WindowSession, view: CompareView, cells: TrialCells) -> None:
        super().__init__(view)
        self._state = state
        self._session = session
        self._view = view
        self._cells = cells
        self._returns = False  # the area is about to be shown again, in the whole picture
        self.tray = TrialTray()
        self.panel = TrialsPanel()
        self.pixels = Pixels(view.stage.pairs.cache, self)
        self.frame = PatchFrame(view, self.pixels)
        self.standings: list[CandidateState] = []
        self._thumbs: dict[Path, QImage | None] = {}
        self._shown_entry: Candidate | None = None
        self._soon = Debounce(0, self.refresh, self)  # many changes in one turn of the loop share one refresh
        state.changed.connect(self._soon.start)
        self.pixels.changed.connect(self.refresh_images)
        self.tray.resized.connect(self.refresh_images)
        self.pixels.problem.connect(self._problem)
        view.stopped.connect(self.pixels.stop)
        view.pair_shown.connect(self._pair_shown)
        self._told: set[Path] = set()
        self._seen: tuple[Path, frozenset[str]] | None = None  # the picture, and its results that were there before

    def after(self) -> Path | None:
        """Return what the viewer compares the source with: the chosen result, if the whole picture is tried."""
        board = self._state.board
        if board is None or not board.whole or board.current is None:
            return None
        job = board.result(board.current)
        return job.result if job is not None else None

    def hide(self) -> None:
        """Remove everything from the viewer."""
        self._soon.stop()
        self._seen = None
        self._returns = False
        self.frame.show_patch(None)
        self.pixels.show([])

    def refresh(self) -> None:
        """Show the present state of everything."""
        board, picture = self._state.board, self._state.picture
        if board is None or picture is None:
            return
        self.standings = self._state.standings()
        on_whole = board.place is None
        cards = [original_words(board.size)]
        for each in self.standings:
            words, apart = card_words(each, on_whole=on_whole), apart_words(each, self.standings)
            # The whole picture's price is the same for all candidates of a model; what tells them apart is not.
            cards.append(replace(words, second=apart, tip=words.tip or apart) if apart else words)
        tray = self.tray
        tray.show_cards(cards, board.chosen, full=board.is_full)
        tray.where.set_value(board.whole)
        tray.facts.setText(facts_text(board.here(), self._unit))
        tray.back.setVisible(board.elsewhere() is not None)
        self.told.emit(*(compared_hint() if self._cells.is_on else hint_for(board)))
        self._show_frame(board)
        self._look_at_news(board)
        self._show_panel(board)
        self.refresh_images()

    @property
    def _unit(self) -> Unit:
        return self._session.pricing.recipe.recipe.service.unit

    # viewer

    def _look_at_news(self, board: Board) -> None:
        """Let the area fill the view as soon as a result of it comes: in the whole picture nobody can judge it.

        Whoever has zoomed by hand sees what they want to see.
        """
        there = frozenset(job.id for each in board.candidates if (job := board.result(each)) is not None)
        seen, self._seen = self._seen, (board.picture, there)
        is_news = seen is not None and seen[0] == board.picture and bool(there - seen[1])
        viewport = self._view.stage.viewport
        if is_news and not board.whole and viewport is not None and viewport.is_fitted:
            self._view.stage.zoom_to_part(_part(board), _AROUND)

    def _has_picture(self, board: Board) -> bool:
        """Return whether the viewer shows the picture, not something else that is about to go."""
        return self._view.stage.pairs.shown.paths.get(Side.BEFORE, board.picture) == board.picture

    def _pair_shown(self) -> None:
        """Show the frame as soon as its picture is there. The area fills the view if it did so in the cells."""
        board = self._state.board
        if board is None or board.whole or self._cells.is_on or not self._has_picture(board):
            return
        if self._returns:
            self._returns = False
            self._view.stage.zoom_to_part(_part(board), _AROUND)
        if self.frame.isHidden():
            self._soon.start()

    def _show_frame(self, board: Board) -> None:
        results = [job.result for each in board.candidates if (job := board.result(each)) is not None and job.result]
        self.pixels.show([] if board.whole else [board.picture, *results])
        if board.whole or self._cells.is_on or not self._has_picture(board):
            self._returns = not board.whole and (self._cells.is_on or self._returns)
            self.frame.show_patch(None)
            return
        if self.frame.patch != board.patch:
            self.frame.show_patch(board.patch)
        current = board.current
        job = board.result(current) if current is not None else None
        if current is None:
            self.frame.show_result(None, "0", tr("Original"))
            return
        name = self.standings[board.chosen - 1].model.name
        standing = self.standings[board.chosen - 1]
        note = name if job is not None else tr("{name}, {state}").format(name=name, state=state_words(standing).lower())
        self.frame.show_result(job.result if job is not None else None, str(board.chosen), note)

    def refresh_images(self) -> None:
        """Update the pictures on the cards."""
        board = self._state.board
        if board is None:
            return
        size = self.tray.picture_size()
        part = WHOLE if board.whole else _part(board)
        source = self._thumb(board.picture) if board.whole else self.pixels.image(board.picture, part, size)
        self.tray.show_image(0, source)
        for number, entry in enumerate(board.candidates, 1):
            job = board.result(entry)
            if job is None or job.result is None:
                self.tray.show_image(number, source)
            elif board.whole:
                self.tray.show_image(number, self._thumb(job.result))
            else:
                self.tray.show_image(number, self.pixels.image(job.result, WHOLE, size))

    def _thumb(self, path: Path) -> QImage | None:
        """Return a thumbnail of a whole result; it is read once, in a thread, and None until then."""
        if path not in self._thumbs:
            self._thumbs[path] = None
            self._session.spawn("trial thumbnail", self._read_thumb(path))
        return self._thumbs[path]

    async def _read_thumb(self, path: Path) -> None:
        from topazdesk.media.thumbnail import thumbnail

        try:
            self._thumbs[path] = image_of(await asyncio.to_thread(thumbnail, path, _THUMB))
        except TopazdeskError as error:
            self._problem(path, error)
        self.refresh_images()

    def _problem(self, path: Path, error: TopazdeskError) -> None:
        if path not in self._told:
            self._told.add(path)
            self._session.trouble.emit(error)

    # right column

    def _show_panel(self, board: Board) -> None:
        panel = self.panel
        opened = self._state.open_standings(self.standings)
        held = self._state.held(opened)
        text, reason = try_text(
            held.plan, opened, held, ready=not self._state.starting, running=self._running(), on_whole=board.whole
        )
        panel.start.setText(text)
        panel.start.set_reason(reason)
        panel.start.set_cost("" if reason or not opened else self._cost_of(opened[0]))
        hint, colour = hint_text(held.plan, held) if held.plan.ids else (reason if not opened else "", "text2")
        if held.plan.ids:
            # Beside the price, because the facts below may be out of sight.
            notes = {same_price_text(each, on_whole=board.place is None) for each in opened}
            hint = "\n".join(part for part in (*notes, hint) if part) if len(notes) == 1 else hint
        panel.hint.setText(hint)
        panel.hint.set_colour(colour)
        current = self.standings[board.chosen - 1] if board.current is not None else None
        panel.start.set_variant("secondary" if current is not None and current.is_done else "primary")
        panel.card.use.set_variant("primary" if current is not None and current.is_done else "secondary")
        if current is None:
            words = tr("Your picture, unchanged. Press 1 to 4 or a card to see a result in its place.")
            panel.card.show_candidate(0, tr("Original"), "", words)
            panel.card.show_use(tr("Choose a model first"), "")
            panel.show_settings("")
        else:
            self._show_current(board, current, opened)
        self._show_facts(board, current or (self.standings[0] if self.standings else None))

    def _cost_of(self, candidate: CandidateState) -> Cost:
        """Return what trying a candidate costs; all of a board are at one service."""
        assert self._state.board is not None  # noqa: S101 - a candidate is on a board
        recipe = self._state.board.candidates[candidate.number - 1].recipe
        return "free" if recipe.service.traits.is_free else "money"

    def _running(self) -> int:
        return sum(each.job is not None and not each.job.state.is_final for each in self.standings)

    def _show_current(self, board: Board, current: CandidateState, opened: list[CandidateState]) -> None:
        panel, model = self.panel, current.model
        trouble = current.job.trouble if current.job is not None and not current.is_done else None
        words = titled(trouble.title, trouble.hint) if trouble is not None else ""
        words = current.refusal if current.is_open and current.refusal else words
        panel.card.show_candidate(
            current.number,
            model.name,
            model.tier.value,
            words or translated(model.caution) or translated(model.purpose),
        )
        whole = price_words(current.priced.whole)
        panel.card.show_use(use_reason(current), after_text(current, whole, on_whole=board.place is None))
        panel.show_settings(tr("Settings of trial {n}").format(n=current.number))
        entry = board.candidates[current.number - 1]
        fresh = self._shown_entry is entry and panel.form.values() == entry.recipe.settings
        if not fresh:
            self._shown_entry = entry
            panel.form.set_model(model, entry.recipe.settings, entry.recipe.service)
        alone = len(opened) == 1 and opened[0].number == current.number
        text, reason = again_text(current, is_alone=alone, ready=not self._state.starting)
        panel.again.setText(text)
        panel.again.set_reason(reason)
        panel.again.set_cost("" if reason else self._cost_of(current))
        full = tr("Four at most: remove one first") if board.is_full else ""
        full = full or (tr("It was tried at another service") if self._state.is_elsewhere else "")
        panel.vary.set_reason(full)
        panel.vary.setToolTip(plain_tip(full or tr("Adds a copy whose settings you can change")))
        runs = current.job is not None and not current.job.state.is_final
        only = tr("The last one stays") if len(board.candidates) < 2 else ""
        panel.remove.setEnabled(not (runs or only))
        panel.remove.setToolTip(plain_tip(tr("It is running") if runs else only or tr("Remove from the comparison")))

    def _show_facts(self, board: Board, current: CandidateState | None) -> None:
        panel, place = self.panel, board.place
        size = place.size if place is not None else board.size
        shown = draft.target if current is not None and (draft := current.priced.draft) is not None else None
        value = f"{size.width} × {size.height}" + (f" → {shown.width} × {shown.height}" if shown is not None else "")
        lines: list[tuple[str, str]] = []
        if shown is not None and current is not None and current.trial is not None:
            price = tr("{mp}: {price} with {model}").format(
                mp=megapixels_text(shown), price=price_words(current.trial), model=current.model.name
            )
            lines.append(("price", price))
        if self._session.pricing.recipe.recipe.service.traits.runs_networks:
            lines.append(("sandbox", tr("Nothing leaves this computer")))
        elif place is None:
            lines.append(("uploading", tr("The picture is uploaded once")))
        else:
            lines.append(("uploading", tr("Only the area is uploaded, once")))
        service = self._session.pricing.recipe.recipe.service
        if not service.traits.is_local:
            lines.append(("queued", translated(service.traits.keeps_copies)))
        panel.facts.show_facts(tr("Area") if place is not None else tr("Whole picture"), value, lines)
        kept = tr("Unused results are kept for 7 days")
        panel.candidates.show_facts(tr("Models to compare"), full_text(len(board.candidates)), [("queued", kept)])
        panel.add.set_reason(tr("Four at most: remove one first") if board.is_full else "")


def compared_hint() -> tuple[str, str]:
    """Return what can be done while results are compared, in many and in few words."""
    words = tr("Drag one result onto another to compare the two. Hold Space for the original. Esc leads back")
    return words, tr("Drag one onto another. Space: original. Esc: back")


def hint_for(board: Board) -> tuple[str, str]:
    """Return what can be done with the frame, in many and in few words."""
    if board.whole:
        return tr("Press 1 to 4 for the results, 0 for the original"), tr("1 to 4: results, 0: original")
    if board.elsewhere() is not None:
        words = tr("Area moved: these need a new trial")
        return words, tr("Nothing was tried at this place yet")
    words = tr("Drag the frame to another place, or its corners for another size. Hold Space for the original")
    return words, tr("Drag the frame or its corners. Space: original")


def _part(board: Board) -> Rect:
    patch, size = board.patch, board.size
    return Rect(patch.x / size.width, patch.y / size.height, patch.width / size.width, patch.height / size.height)
