"""What a job cost, in words: estimate beside charge, and why they differ. Only from the service's own figures."""

from __future__ import annotations

from datetime import UTC, datetime

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import amount_text
from topazdesk.domain.pricing import EstimateSource, PriceRule


def charge_text(job: Job, price: PriceRule | None) -> str:
    """One sentence on a job's money; `price` is its model's rule, None where the model is unknown.

    "Charged 7 credits, estimated 6: the result is 24.3 MP".
    """
    unit = job.estimate.unit
    if job.state is JobState.FAILED and job.refunded is not None:
        return f"Failed at the service: nothing was charged, {amount_text(job.refunded, unit)} given back"
    if job.charged is None:
        if job.state.may_be_charged and not job.state.is_final:
            return f"Reserved {job.estimate.text}"
        if job.state is JobState.CANCELLED and job.intent_at and not job.remote_id:
            return f"Charged at most {job.estimate.text}, if it arrived at all"
        if job.state is JobState.CANCELLED and job.remote_id and not job.recipe.service.can_cancel:
            return f"Charged {job.estimate.text}, as far as is known: it went on at {job.recipe.service.label}"
        return "Nothing was charged"
    charged = f"Charged {amount_text(job.charged, unit)}"
    if job.charged == job.estimate.credits and job.state is not JobState.CANCELLED:
        return f"{charged}, as estimated"
    return f"{charged}, estimated {job.estimate.text}: {_reason(job, price)}"


def _reason(job: Job, price: PriceRule | None) -> str:
    if job.state is JobState.CANCELLED:
        return "cancelled, which costs the share that was done × 1.1"
    charged, size = job.charged, job.result_size
    if size is not None and size != job.target_size and price is not None and price.is_known:
        if price.credits_for(size) == charged:
            return f"the result is {size.megapixels:.1f} MP"
        return f"the result is {size.megapixels:.1f} MP instead of {job.target_size.megapixels:.1f} MP"
    if job.estimate.source is EstimateSource.SERVICE:
        return "the service charged other than it had estimated"
    return "the service counts other than its price list"


def support_text(job: Job, at: float) -> str:
    """What the service's support needs to find a job and its missing refund: nothing of the user's files or key."""
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
