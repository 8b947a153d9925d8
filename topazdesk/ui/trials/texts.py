"""The texts of trials: cards, sums, buttons. Pure: numbers and jobs in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from topazdesk.domain.candidates import Candidate
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.trial import MOST_CANDIDATES
from topazdesk.domain.usage_rights import in_order
from topazdesk.errors import told
from topazdesk.language import comma, titled
from topazdesk.ui.models.apart import settings_apart
from topazdesk.ui.models.job_texts import stage_look, stage_text
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import left_text, rights_text
from topazdesk.ui.models.prices import PRICE_ASKED
from topazdesk.ui.models.spending_limits import Held, Holds, SpendingLimits
from topazdesk.ui.texts import (
    balance_text,
    bill_text,
    charged_text,
    money_text,
    ntr,
    number,
    sentences,
    size_text,
    state_look,
    state_text,
    tr,
    translated,
)
from topazdesk.ui.trials.board import GONE
from topazdesk.ui.trials.card import CardWords


@dataclass(frozen=True, slots=True)
class CandidateState:
    """The present state of a candidate: its prices at the present place, and its job there with its percentage."""

    number: int
    model: Model
    priced: Candidate
    job: Job | None
    percent: float | None = None
    problem: str = ""  # what is wrong with the settings, or why the model cannot be used

    @property
    def is_done(self) -> bool:
        """Whether there is a result."""
        return self.job is not None and self.job.state is JobState.DONE and self.job.result is not None

    @property
    def is_open(self) -> bool:
        """Whether it was not tried here with these settings, or failed."""
        return self.job is None or self.job.state in GONE

    @property
    def trial(self) -> Estimate | None:
        """What trying it costs; None if it cannot be tried."""
        return self.priced.draft.estimate if self.priced.draft is not None and not self.problem else None

    @property
    def refusal(self) -> str:
        """Why it cannot be tried, or ""."""
        if self.problem:
            return self.problem
        found = self.priced.problem
        return _joined(found.title, found.hint) if found is not None else ""

    @property
    def is_asking(self) -> bool:
        """Whether the service is being asked for its price."""
        return not self.problem and self.priced.problem is not None and self.priced.problem.code == PRICE_ASKED


def price_words(found: Estimate | None) -> str:
    """Return a price: "1 credit", "about 12 credits" beyond the published tables; "" for None."""
    if found is None:
        return ""
    text = bill_text(found.credits, 0 if found.is_known else 1, found.unit)
    is_sure = found.source is not EstimateSource.PROJECTION or found.unit is Unit.NONE
    return text if is_sure else tr("about {price}").format(price=text)


def same_price_text(standing: CandidateState, *, on_whole: bool) -> str:
    """Return that trying the area saves nothing, if the whole picture costs no more; else ""."""
    trial, whole = standing.trial, standing.priced.whole
    if trial is not None and trial.unit is Unit.NONE:
        return ""  # an area saves time there
    if on_whole or trial is None or whole is None or whole.credits > trial.credits or whole.unit is not trial.unit:
        return ""
    return tr("The whole picture costs the same: trying an area saves nothing.")


def original_words(size: Size | None, note: str = "") -> CardWords:
    """Return the texts for the card of the source."""
    return CardWords(
        0, tr("Original"), "", size_text(size).partition(" · ")[0] if size else "", note or tr("unchanged")
    )


def apart_words(standing: CandidateState, standings: Iterable[CandidateState]) -> str:
    """Return what tells a candidate apart: the service, if there are several, and the settings of the same model.

    For instance "Noise removal 0.9", or "".
    """
    standings = list(standings)
    if len({each.priced.recipe.service for each in standings}) > 1:
        return translated(standing.priced.recipe.service.label)
    same = [each.priced.recipe.settings for each in standings if each.model is standing.model]
    return settings_apart(standing.model, standing.priced.recipe.settings, same) if len(same) > 1 else ""


def card_words(standing: CandidateState, *, on_whole: bool) -> CardWords:
    """Return the texts for the card of a candidate."""
    job, model = standing.job, standing.model
    trial = price_words(standing.trial) or "–"
    first = tr("Trial {price}").format(price=trial)
    second = tr("Whole {price}").format(price=_short(standing.priced.whole))
    is_free = standing.priced.recipe.service.unit is Unit.NONE
    if is_free:  # nothing is to be said of the price of all of it
        first, second = trial, ""
    if on_whole:
        first, second = trial, tr("Whole picture")
    base = CardWords(standing.number, model.name, model.tier.value, first, second)
    if standing.is_done and job is not None:
        if job.charged is not None:
            charged = charged_text(job.charged, job.recipe.service.unit)
            words = tr("Trial {price}").format(price=money_text(job.charged, job.recipe.service.unit))
            size = size_text(job.result_size).partition(" · ")[0] if job.result_size is not None else second
            first, second = (charged, size) if on_whole or is_free else (words, second)
        return CardWords(base.number, base.name, base.tier, first, second)
    if job is None or job.state in GONE:
        return _unrun(base, standing)
    icon, role = stage_look(job, standing.percent)
    tip = _trouble(job)
    return replace(
        base,
        state=stage_text(job, standing.percent),
        icon=icon,
        role=role,
        share=standing.percent / 100 if standing.percent is not None else None,
        is_running=job.state not in (JobState.WAITING, JobState.DOUBTFUL),
        tip=tip,
    )


def _short(found: Estimate | None) -> str:
    """Return a price short enough for a card: "6 credits", "≈ 12 credits" beyond the published tables, "$0.08"."""
    if found is None or not found.is_known:
        return "–"
    text = money_text(found.credits, found.unit)
    return f"≈ {text}" if found.source is EstimateSource.PROJECTION else text


def state_words(standing: CandidateState) -> str:
    """Return how far a candidate without a result is."""
    job = standing.job
    if standing.is_asking:
        return tr("Asking the price…")
    if job is None or job.state in GONE:
        return (
            tr("Can't be tried") if standing.refusal else tr("Not tried yet") if job is None else state_text(job.state)
        )
    return stage_text(job, standing.percent)


def _unrun(base: CardWords, standing: CandidateState) -> CardWords:
    job = standing.job
    if standing.is_asking:
        return replace(base, badge=tr("Asking the price…"), tip=standing.refusal)
    if standing.refusal:
        return replace(base, state=tr("Can't be tried"), icon="warning", role="warn", tip=standing.refusal)
    if job is None:
        return replace(base, badge=tr("Not tried yet"))
    icon, role = state_look(job.state)
    return replace(base, state=state_text(job.state), icon=icon, role=role, tip=_trouble(job))


def _joined(title: str, hint: str) -> str:
    """Join title and hint as two sentences."""
    end = "" if title.endswith(("…", "?")) else "."
    return f"{title.rstrip('.')}{end} {hint}".strip()


def _trouble(job: Job) -> str:
    return titled(job.trouble.title, job.trouble.hint) if job.trouble is not None else ""


def facts_text(jobs: Iterable[Job], unit: Unit) -> str:
    """Return what was done so far: "5 credits charged · 1 upload, 4 results"; "" before anything was tried."""
    known = list(jobs)
    done = [job for job in known if job.state is JobState.DONE]
    sent = [job for job in known if job.submitted_at is not None and not job.recipe.service.traits.runs_networks]
    uploads = sum(not job.by_source for job in sent)
    parts = []
    if uploads:
        parts.append(ntr("one upload", "{n} uploads", uploads).format(n=number(uploads)))
    if done:
        parts.append(ntr("1 result", "{n} results", len(done)).format(n=number(len(done))))
    if not parts:
        return ""
    charged = [job.charged for job in known if job.charged is not None and job.recipe.service.unit is unit]
    money = charged_text(sum(charged), unit) if charged else ""
    return " · ".join(part for part in (money, comma().join(parts)) if part)


def count_text(standings: Sequence[CandidateState]) -> str:
    """Return "4 models" if all are different, else "4 candidates"."""
    count = len(standings)
    if len({each.model.slug for each in standings}) == count:
        return ntr("1 model", "{n} models", count).format(n=number(count))
    return tr("{n} versions").format(n=number(count))


def plan_of(standings: Sequence[CandidateState], available: int | None, unit: Unit) -> Plan:
    """Return what a press of the button would start, in order, without those that cannot be tried."""
    ready = [each for each in standings if each.trial is not None]
    estimates = [each.trial for each in ready if each.trial is not None]
    sent = [each.priced.draft for each in ready if each.priced.draft is not None]
    forbidden = in_order(
        kind for each in sent if not each.recipe.service.traits.is_local for kind in each.info.reservations
    )
    return Plan(
        ids=tuple(each.number for each in ready),
        credits=sum(each.credits for each in estimates),
        known=sum(each.credits for each in estimates if each.is_known),
        is_published=all(each.source is not EstimateSource.PROJECTION for each in estimates),
        refused=len(standings) - len(ready),
        available=available,
        unit=unit,
        unknown=sum(not each.is_known for each in estimates),
        reserved=1 if forbidden else 0,  # of one picture, whatever is tried on it
        reservations=forbidden,
    )


def try_text(
    plan: Plan,
    standings: Sequence[CandidateState],
    held: Held,
    *,
    ready: bool,
    running: int = 0,
    on_whole: bool = False,
) -> tuple[str, str]:
    """Return the text of the button, and the reason why it cannot be pressed, or ""."""
    if not plan.ids:
        if not standings and running:
            words = ntr("Trying 1…", "Trying {n}…", running)
            return words.format(n=number(running)), tr("Results appear here as they come")
        if not standings:
            words = tr("Add a model or change a setting to try more")
            return tr("All tried"), words if on_whole else tr("Add a model, change a setting or move the frame")
        return tr("Nothing can be tried"), standings[0].refusal
    meant = [each for each in standings if each.number in plan.ids]
    price = bill_text(plan.credits, plan.unknown, plan.unit)
    text = tr("Try {models} · {price}").format(models=count_text(meant), price=price)
    if plan.is_part:
        text = tr("Try {n} of {models} · {price}").format(
            n=number(plan.allowed or 0),
            models=count_text(meant),
            price=bill_text(plan.allowed_credits, plan.unknown, plan.unit),
        )
    if not ready:
        return text, tr("Getting ready…")
    if plan.short is not None:
        return text, told(plan.short.title, plan.short.hint)
    if plan.allowed == 0:
        return text, held.line
    return text, ""


def hint_text(plan: Plan, held: Held) -> tuple[str, str]:
    """Return the line above the button and its colour: what is in the way, or what will be left afterwards."""
    if not plan.ids:
        return "", "text2"
    if plan.short is not None:
        return plan.short.title, "warn"
    if held.holds is not Holds.NOTHING:
        return held.line, "warn"
    if plan.refused:
        text = ntr("1 can't be tried", "{n} can't be tried", plan.refused)
        return text.format(n=number(plan.refused)), "warn"
    if plan.reserved:
        return rights_text(plan), "warn"
    if plan.unit is Unit.NONE:
        return "", "text2"
    sure = tr("Published price") if plan.is_published else tr("Worked out from published prices")
    if plan.unknown:
        return tr("Not every price is published"), "warn"
    if plan.left is None:
        return sure, "text2"
    left = left_text(balance_text(plan.left, plan.unit), plan)
    return f"{sure} · {left}", "text2"


def held_words(held: Held, limits: SpendingLimits, count: int) -> Held:
    """Return `held` with its text about the user's own limit in terms of trials instead of pictures."""
    enough, plan = held.plan.allowed or 0, held.plan
    if held.holds is Holds.NOTHING or held.holds is Holds.UNKNOWN:
        return held
    if held.holds is Holds.DAY:
        if not enough:
            return held
        text = tr("{whose} for today is enough for {n} of {all} trials")
    elif enough:
        text = tr("{whose} of {price} per run is enough for {n} of {all} trials")
    else:
        text = tr("{whose} of {price} per run is below the price of a trial")
    price = money_text(limits.run or 0, limits.unit)
    whose = limits.whose_day if held.holds is Holds.DAY else limits.whose_run
    return Held(plan, held.holds, text.format(whose=whose, price=price, n=number(enough), all=number(count)))


def full_text(count: int) -> str:
    """Return the count out of the most possible: "2 of 4"."""
    return tr("{n} of {all}").format(n=number(count), all=number(MOST_CANDIDATES))


def use_reason(standing: CandidateState) -> str:
    """Return why a candidate cannot be used yet, or ""."""
    if standing.is_done:
        return ""
    if standing.is_open:
        return tr("Try these settings first")
    return tr("No result yet")


def after_text(standing: CandidateState, whole: str, *, on_whole: bool) -> str:
    """Return what "Use this one" does, and what the whole picture costs then."""
    if not standing.is_done:
        return tr("Not tried with these settings yet.") if standing.job is None else ""
    is_free = standing.priced.recipe.service.unit is Unit.NONE
    if on_whole:
        kept = tr("Keeps this result and copies its settings.")
        return kept if is_free else tr("Keeps this result and copies its settings. It is already paid for.")
    first = tr("Copies these settings; free.")
    if is_free:
        return first
    return sentences(first, tr("The whole picture costs {price}.").format(price=whole)) if whole else first


def again_text(standing: CandidateState, *, is_alone: bool, ready: bool) -> tuple[str, str]:
    """Return the text of the button that tries one candidate alone, and why it cannot be pressed, or ""."""
    words = tr("Try this one · {price}") if standing.job is None else tr("Try again · {price}")
    price = price_words(standing.trial)
    if not standing.is_open:
        reason = tr("Already tried. Change a setting first") if standing.is_done else tr("It is running")
        return tr("Try again"), reason
    if standing.trial is None:
        return tr("Try this one"), standing.refusal
    if is_alone:
        return words.format(price=price), tr("The button below tries it")
    return words.format(price=price), "" if ready else tr("Getting ready…")
