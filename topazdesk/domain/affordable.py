"""Whether an account covers a run: one answer in one wording, for the command line and the window."""

from __future__ import annotations

from collections.abc import Iterable

from topazdesk.domain.job import Job
from topazdesk.domain.money import amount_text
from topazdesk.domain.pricing import Bill
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, CreditError
from topazdesk.language import say


def too_little(bill: Bill, available: int | None, earlier: int = 0) -> CreditError | None:
    """Return why a run cannot begin: the `available` balance does not cover it. None if it does or is not known.

    `earlier` is what pictures will cost that were started before and are not sent yet. A run is never begun in part
    instead, because nobody chose which part that would be.
    """
    if available is None or available >= bill.set_aside + earlier:
        return None
    needed = bill.text
    if earlier:
        before = amount_text(earlier, bill.unit)
        needed = say("{bill:text} and {earlier:text} for earlier pictures", bill=bill.text, earlier=before)
    return CreditError(
        say(
            "This needs {needed:text}; the account has {available:text}",
            needed=needed,
            available=amount_text(available, bill.unit),
        ),
        "Top up, or choose fewer pictures. Nothing is sent until all of it is covered.",
        code=Code.CREDIT_TOO_LITTLE,
    )


def unsent_price(jobs: Iterable[Job], service: ServiceName) -> int:
    """Return what the started but not yet sent ones of `jobs` will cost at a service, in whole units."""
    return sum(job.estimate.credits for job in jobs if job.is_unsent and job.recipe.service is service)
