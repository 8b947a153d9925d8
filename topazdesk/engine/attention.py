"""What the user is told about a job whose submit was never answered, from the search for it to the decision."""

from __future__ import annotations

from topazdesk.domain.charges import GIVEN_UP
from topazdesk.domain.job import Job, JobError
from topazdesk.errors import Code
from topazdesk.language import say

#: Code of a doubtful job that is still being looked for.
LOOKING = Code.SERVICE_DOUBTFUL
#: Code of a doubtful job that only the user can settle. Nothing waits for it.
UNDECIDED = Code.SERVICE_UNDECIDED


def looking(details: str) -> JobError:
    """Return the message while the job is being looked for."""
    return JobError(
        LOOKING,
        "Sent, but the answer was lost",
        say("Asking the service whether it arrived; it is not sent again until that is certain."),
        details,
    )


def undecided(job: Job, lead: str, why: str) -> JobError:
    """Return the message that asks the user; `why` goes into the details, below what happened to the submit itself."""
    met = job.trouble.details.split("\n")[0] if job.trouble else ""
    return JobError(
        UNDECIDED,
        "Sent, but nobody can say whether it arrived",
        " ".join(
            filter(
                None,
                (
                    lead,
                    say(
                        "Send it again (you may then pay {price:text} twice), or give it up (you may then have paid "
                        "that for nothing).",
                        price=job.estimate.text,
                    ),
                ),
            )
        ),
        "\n".join(filter(None, (met, why))),
    )


def given_up(job: Job) -> JobError:
    """Return the message for a job that the user gave up."""
    return JobError(
        GIVEN_UP,
        "Given up by you",
        say(
            "If it did arrive, it cost up to {price:text}, and the service keeps the result for {days} days.",
            price=job.estimate.text,
            days=job.recipe.service.traits.keeps_results_days,
        ),
    )


def is_undecided(job: Job) -> bool:
    """Tell whether the user has to decide about this job."""
    return job.trouble is not None and job.trouble.code == UNDECIDED
