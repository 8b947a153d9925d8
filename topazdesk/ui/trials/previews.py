"""Previews from the gallery: several models at once on the picture in view, as a trial that starts with the click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Model
from topazdesk.domain.trial import MOST_CANDIDATES
from topazdesk.language import titled
from topazdesk.ui.controls.button import Cost
from topazdesk.ui.gallery.previews import PreviewOffer
from topazdesk.ui.models.spending_limits import Held
from topazdesk.ui.texts import bill_text, ntr, number, tr, translated
from topazdesk.ui.trials.state import TrialsState
from topazdesk.ui.trials.texts import CandidateState, hint_text, same_price_text

if TYPE_CHECKING:
    from topazdesk.ui.models.picture import Picture
    from topazdesk.ui.models.session import WindowSession

#: Return the middle of a first patch in source pixels, or None for the middle of the picture.
Centre = Callable[["Picture"], "tuple[float, float] | None"]
#: Show the trials of the picture in view with these models, paying for them only if the offer is still the same.
Begin = Callable[[Sequence[Model], PreviewOffer], None]


class TrialPreviews(QObject):
    """Says what trying models on the picture in view would cost, as the trial itself would, and has it begun."""

    changed = Signal()

    def __init__(
        self, session: WindowSession, state: TrialsState, centre: Centre, begin: Begin, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._state = state
        self._centre = centre
        self._begin = begin
        state.settled.connect(self.changed)
        session.library.current_changed.connect(self.changed)
        session.pricing.offers.settled.connect(self.changed)

    def offer(self, models: Sequence[Model]) -> PreviewOffer | None:
        """Return what a press would do; None while no picture is in view whose size is known, and in a team."""
        picture, pricing = self._session.library.picture, self._session.pricing
        if picture is None or picture.info is None or self._session.context.is_team:
            return None
        place, standings = self._state.previewed(picture, self._centre(picture), models)
        meant = startable(standings)
        held = self._state.held(meant)
        button, reason = button_text(standings, meant, held)
        if pricing.lacks_key:
            reason = tr("Add your {service} key first").format(service=translated(pricing.recipe.recipe.service.label))
        elif self._state.starting:
            reason = tr("Getting ready…")
        line, role = line_text(standings, meant, held, on_whole=place is None)
        is_free = pricing.recipe.recipe.service.traits.is_free
        cost: Cost = "" if reason or not meant else "free" if is_free else "money"
        return PreviewOffer(button, reason, line, role, picture.id, place, cost)

    def start(self, models: Sequence[Model], said: PreviewOffer) -> None:
        """Open the trials with these models. Call it only from the button that shows the price."""
        self._begin(models, said)


def startable(standings: Sequence[CandidateState]) -> list[CandidateState]:
    """Return those that a preview pays for: not tried here so far, possible, and with a price that is known."""
    return [each for each in standings if each.is_open and each.trial is not None and each.trial.is_known]


def button_text(standings: Sequence[CandidateState], meant: Sequence[CandidateState], held: Held) -> tuple[str, str]:
    """Return the text of the button, and the reason why it cannot be pressed, or ""."""
    if not standings:
        words = tr("Mark up to {n} models first, with their check boxes or P")
        return tr("Preview on my picture"), words.format(n=number(MOST_CANDIDATES))
    plan, all_ = held.plan, len(standings)
    there = sum(not each.is_open for each in standings)
    if not meant:
        if there:
            return tr("Preview {n} on my picture · already paid").format(n=number(there)), ""
        text = tr("Preview {n} on my picture").format(n=number(all_))
        return text, _why(standings[0])
    count, credits = len(meant), plan.credits
    if plan.is_part:
        count, credits = plan.allowed or 0, plan.allowed_credits
    shown = count + there
    price = bill_text(credits, 0, plan.unit)
    if shown < all_:
        text = tr("Preview {n} of {all} on my picture · {price}")
    else:
        text = tr("Preview {n} on my picture · {price}")
    text = text.format(n=number(shown), all=number(all_), price=price)
    if plan.short is not None:
        return text, titled(plan.short.title, plan.short.hint)
    if plan.allowed == 0:
        return text, held.line
    return text, ""


def line_text(
    standings: Sequence[CandidateState], meant: Sequence[CandidateState], held: Held, *, on_whole: bool
) -> tuple[str, str]:
    """Return what else to know before the click, and its colour: who is left out, limits, rights, what is left."""
    out = [each for each in standings if each.is_open and each not in meant]
    if out:
        return " ".join(f"{each.model.name}: {_why(each).rstrip('.')}." for each in out), "warn"
    if not standings:
        return "", "text2"
    words, role = hint_text(held.plan, held)
    there = sum(not each.is_open for each in standings)
    already = ntr("1 is paid already", "{n} are paid already", there).format(n=number(there))
    same = {same_price_text(each, on_whole=on_whole) for each in meant}
    parts = [words, already if there else "", same.pop() if len(same) == 1 else ""]
    return " · ".join(part for part in parts if part), role


def _why(standing: CandidateState) -> str:
    """Return why a candidate cannot be previewed."""
    if standing.refusal:
        return standing.refusal
    return tr("its price is not published")
