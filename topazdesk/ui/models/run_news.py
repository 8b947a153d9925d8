"""What is said when a run has ended: what is done, what failed, what is known of the money. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.language import full_stop
from topazdesk.ui.models.job_texts import retry_of
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import (
    charged_text,
    money_text,
    ntr,
    number,
    pictures_text,
    results_of_text,
    sentences,
    tr,
    translated,
)

if TYPE_CHECKING:
    from topazdesk.engine.originals import Witness


@dataclass(frozen=True, slots=True)
class Ended:
    """A title, a sentence or two, and technical details."""

    title: str
    hint: str = ""
    details: str = ""


class _Fate(Enum):
    """What became of the price of a job that failed, as far as that is known."""

    FREE = auto()  # it was certainly never charged
    REFUNDED = auto()  # the service gives the price back
    CHARGED = auto()  # it is paid: the result is there, or was
    UNKNOWN = auto()  # nobody has said so


def failed_among(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs that failed; those that somebody cancelled did not."""
    return [job for job in jobs if job.state.has_failed]


def success(jobs: Sequence[Job], originals: Witness | None = None) -> Ended | None:
    """Return what to say of a run in which nothing failed, or None if nothing was made.

    `originals`: what became of them, once they were read again.
    """
    done = [job for job in jobs if job.state is JobState.DONE]
    if not done:
        return None
    if all(job.was_found for job in jobs):
        title = ntr("1 lost result is here", "{n} lost results are here", len(done))
        return Ended(title.format(n=number(len(done))), tr("They were paid already; fetching them cost nothing."))
    title = ntr("{name} is done", "{name} are done", len(done))
    name = shown_picture(done[0]) if len(done) == 1 else _made_text(done)
    stopped = sum(job.state is JobState.CANCELLED for job in jobs)
    parts = [_charged_text(jobs)]
    if stopped:
        parts.append(ntr("{n} cancelled", "{n} cancelled", stopped).format(n=number(stopped)))
    if originals is not None and originals.checked:
        parts.append(originals_text(originals))
    hint = " · ".join(parts)
    return Ended(title.format(name=name), f"{hint[:1].upper()}{hint[1:]}{full_stop()}")


def _has_several(jobs: Sequence[Job]) -> bool:
    """Return whether several results were wanted of a picture."""
    return len({job.key for job in jobs}) < len(jobs)


def _made_text(done: Sequence[Job]) -> str:
    if _has_several(done):
        return results_of_text(len(done), len({job.key for job in done}))
    return pictures_text(len(done))


def originals_text(seen: Witness) -> str:
    """Return how many originals are what they were when they were sent."""
    if seen.checked == seen.unchanged == 1:
        return tr("original unchanged")
    return tr("{n} of {all} originals unchanged").format(n=number(seen.unchanged), all=number(seen.checked))


def failure(jobs: Sequence[Job]) -> Ended:
    """Return what to say of a run in which something failed (see `failed_among`)."""
    failed = failed_among(jobs)
    trouble = failed[0].trouble
    details = trouble.details if trouble is not None else ""
    if len(failed) == 1:
        title = translated(trouble.title) if trouble is not None else tr("The picture failed")
        # Another picture may be in view by now.
        title = f"{shown_picture(failed[0])}: {title}"
        money = _single_money(failed[0])
        hint = sentences(translated(trouble.hint) if trouble is not None else "", money)
        return Ended(title, _with_rest(hint, jobs), details)
    words = tr("{n} of {all} results failed") if _has_several(jobs) else tr("{n} of {all} pictures failed")
    title = words.format(n=number(len(failed)), all=number(len(jobs)))
    reasons = dict.fromkeys(translated(job.trouble.title) for job in failed if job.trouble is not None)
    why = next(iter(reasons), "")
    if len(reasons) > 1:
        why = tr("For different reasons; the queue shows each")
    return Ended(title, _with_rest(sentences(f"{why}{full_stop()}" if why else "", _money_of(failed)), jobs), details)


def retry_text(jobs: Iterable[Job]) -> tuple[str, list[str]]:
    """Return the text of a button that tries failed jobs again, with its price, and their ids; "" if none can be."""
    actions = [(job, action) for job in jobs if (action := retry_of(job)) is not None]
    if len(actions) == 1:
        return actions[0][1].text, [actions[0][0].id]
    prices: Counter[Unit] = Counter()
    unknown = False
    for job, action in actions:
        if action.spends and job.estimate.is_known:
            prices[job.estimate.unit] += job.estimate.credits
        elif action.spends:
            unknown = True
    parts = [money_text(amount, unit) for unit, amount in prices.items()]
    parts += [tr("unknown price")] if unknown else []
    text = tr("Retry {n} · {price}").format(n=number(len(actions)), price=" + ".join(parts) or tr("free"))
    return (text if actions else ""), [job.id for job, _ in actions]


def _fate(job: Job) -> _Fate:
    if job.refunded is not None:
        return _Fate.REFUNDED
    if job.charged is not None:
        return _Fate.CHARGED if job.charged else _Fate.FREE
    return _Fate.FREE if job.submitted_at is None and not job.remote_id else _Fate.UNKNOWN


def _single_money(job: Job) -> str:
    """Return what is known of the money of one failed job, as a sentence; "" where nothing costs money."""
    if job.recipe.service.unit is Unit.NONE:
        return ""
    match _fate(job):
        case _Fate.REFUNDED:
            return ""  # the service's own rule about failed jobs is part of the hint
        case _Fate.FREE:
            return tr("Not charged.")
        case _Fate.CHARGED:
            return tr("{price} charged.").format(price=money_text(job.charged or 0, job.estimate.unit))
        case _Fate.UNKNOWN:
            return tr("Whether it was charged is not confirmed.")


def _money_of(failed: Iterable[Job]) -> str:
    """Return what is known of the money of several failed jobs; what is not known is not claimed."""
    refunded: Counter[Unit] = Counter()
    charged: Counter[Unit] = Counter()
    unknown = 0
    failed = [job for job in failed if job.recipe.service.unit is not Unit.NONE]
    if not failed:
        return ""
    for job in failed:
        match _fate(job):
            case _Fate.REFUNDED:
                refunded[job.estimate.unit] += job.refunded or 0
            case _Fate.CHARGED:
                charged[job.estimate.unit] += job.charged or 0
            case _Fate.UNKNOWN:
                unknown += 1
            case _Fate.FREE:
                pass
    parts = [tr("{price} refunded.").format(price=money_text(amount, unit)) for unit, amount in refunded.items()]
    parts += [
        tr("{price} charged for them.").format(price=money_text(amount, unit)) for unit, amount in charged.items()
    ]
    if unknown:
        parts.append(
            ntr("Not confirmed whether charged: {n}.", "Not confirmed whether charged: {n}.", unknown).format(
                n=number(unknown)
            )
        )
    return sentences(*parts) or tr("They were not charged.")


def _with_rest(hint: str, jobs: Sequence[Job]) -> str:
    """Add what became of the others."""
    done = sum(job.state is JobState.DONE for job in jobs)
    if not done:
        return hint
    rest = ntr("{n} done, {price}.", "{n} done, {price}.", done).format(
        n=number(done), price=_charged_text([job for job in jobs if job.state is JobState.DONE])
    )
    return f"{hint} {rest}".strip()


def _charged_text(jobs: Iterable[Job]) -> str:
    sums: Counter[Unit] = Counter()
    unit = Unit.CREDIT
    for job in jobs:
        unit = job.estimate.unit
        sums[unit] += job.charged or 0
    paid = [money_text(amount, each) for each, amount in sums.items() if amount]
    return tr("{price} charged").format(price=" + ".join(paid)) if paid else charged_text(0, unit)
