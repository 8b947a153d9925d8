"""What jobs cost, in words: charge and estimate, and why they differ. Based only on the service's own figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.pricing import EstimateSource, PriceRule
from topazdesk.errors import Code
from topazdesk.language import say

#: Code of a doubt that the user ended by giving the job up: it may be at the service all the same.
GIVEN_UP = Code.SERVICE_GIVEN_UP


@dataclass(frozen=True, slots=True)
class Sum:
    """What jobs cost together, whatever became of them, in whole `unit`s.

    `charged` is what the service reports, or the estimate for finished jobs without a report. `reserved` is held for
    jobs that are not over. `refunded` was refunded for failed ones. `unsure` is the most that may have been charged
    on top, for jobs of which nobody can know.
    """

    unit: Unit
    charged: int = 0
    reserved: int = 0
    refunded: int = 0
    unsure: int = 0

    @property
    def text(self) -> str:
        """The sum in words: "3 credits charged · 1 credit reserved". Zeros are left out, except for the charge."""
        if self.unit is Unit.NONE:
            return amount_text(0, self.unit)
        parts = [say("{charged:text} charged", charged=amount_text(self.charged, self.unit))]
        more = {"reserved": self.reserved, "refunded": self.refunded, say("perhaps charged"): self.unsure}
        return " · ".join(
            parts + [f"{amount_text(amount, self.unit)} {word}" for word, amount in more.items() if amount]
        )


def sums(jobs: Iterable[Job], first: Unit = Unit.CREDIT) -> tuple[Sum, ...]:
    """Return one sum for each unit in which anything was spent; if there is none, an empty sum in `first`."""
    found: dict[Unit, list[int]] = {first: [0, 0, 0, 0]}
    for job in jobs:
        row = found.setdefault(job.estimate.unit, [0, 0, 0, 0])
        row[0] += _charged(job)
        row[1] += 0 if job.state.is_final or job.charged is not None or not _is_there(job) else job.estimate.credits
        row[2] += job.refunded or 0 if job.state is JobState.FAILED else 0
        row[3] += job.estimate.credits if job.state.is_final and _is_unsure(job) else 0
    some = [Sum(unit, *row) for unit, row in found.items() if any(row)]
    return tuple(some) or (Sum(first),)


def _charged(job: Job) -> int:
    if job.charged is not None:
        return job.charged
    return job.estimate.credits if job.state is JobState.DONE else 0


def _is_there(job: Job) -> bool:
    """Return whether the service may hold money for the job."""
    return job.state.may_be_charged or bool(job.remote_id)


def _is_unsure(job: Job) -> bool:
    """Return whether a job that is over may have been charged without the service saying so.

    Such jobs were given up in doubt, not waited for any longer, set aside, or expired unseen.
    """
    if job.charged is not None or job.refunded is not None or job.state is JobState.DONE:
        return False
    return bool(job.remote_id) or (job.trouble is not None and job.trouble.code == GIVEN_UP)


def charge_text(job: Job, price: PriceRule | None) -> str:
    """Return one sentence on what a job cost, such as "Charged 7 credits, estimated 6: the result is 24.3 MP".

    `price` is the price rule of its model, None if the model is unknown.
    """
    unit = job.estimate.unit
    if unit is Unit.NONE:
        return say("Nothing is charged on this computer")
    if job.state is JobState.FAILED and job.refunded is not None:
        return say(
            "Failed at the service: nothing was charged, {refunded:text} refunded",
            refunded=amount_text(job.refunded, unit),
        )
    if job.charged is None:
        if job.state.may_be_charged and not job.state.is_final:
            return say("Reserved {estimate:text}", estimate=job.estimate.text)
        if job.state is JobState.CANCELLED and job.intent_at and not job.remote_id:
            return say("Charged at most {estimate:text}, if it arrived at all", estimate=job.estimate.text)
        if job.state is JobState.CANCELLED and job.remote_id and not job.recipe.service.traits.can_cancel:
            return say(
                "Charged {estimate:text}, as far as is known: it went on at {service}",
                estimate=job.estimate.text,
                service=job.recipe.service.label,
            )
        return say("Nothing was charged")
    charged = say("Charged {charged:text}", charged=amount_text(job.charged, unit))
    if job.charged == job.estimate.credits and job.state is not JobState.CANCELLED:
        return say("{charged:text}, as estimated", charged=charged)
    return say(
        "{charged:text}, estimated {estimate:text}: {reason:text}",
        charged=charged,
        estimate=job.estimate.text,
        reason=_reason(job, price),
    )


def _reason(job: Job, price: PriceRule | None) -> str:
    if job.state is JobState.CANCELLED:
        return say("cancelled, which costs the share that was done × 1.1")
    charged, size = job.charged, job.result_size
    if size is not None and size != job.target_size and price is not None and price.is_known:
        if price.credits_for(size) == charged:
            return say("the result is {megapixels:.1f} MP", megapixels=size.megapixels)
        return say(
            "the result is {megapixels:.1f} MP instead of {megapixels_2:.1f} MP",
            megapixels=size.megapixels,
            megapixels_2=job.target_size.megapixels,
        )
    if job.estimate.source is EstimateSource.SERVICE:
        return say("the service charged other than it had estimated")
    return say("the service counts other than its price list")


def support_text(job: Job, at: float) -> str:
    """Return what the service's support needs to find a job and its missing refund; nothing about files or keys."""
    when = datetime.fromtimestamp(job.submitted_at or job.created_at, tz=UTC)
    asked = datetime.fromtimestamp(at, tz=UTC)
    return "\n".join(
        (
            f"Process ID: {job.remote_id}",
            f"Model: {job.recipe.model}",
            f"Submitted: {when:%Y-%m-%d %H:%M:%S} UTC",
            f"Status: Failed, {amount_text(job.refunded or job.estimate.credits, job.estimate.unit)} reserved",
            f"Not returned by: {asked:%Y-%m-%d %H:%M:%S} UTC",
        )
    )


def to_be_spent(jobs: Iterable[Job], unit: Unit, *, is_play: bool) -> int:
    """Return the estimates of those jobs that are still to be sent, in whole units of `unit`."""
    return sum(
        job.estimate.credits
        for job in jobs
        if job.is_unsent and job.estimate.unit is unit and job.recipe.service.traits.is_free is is_play
    )
