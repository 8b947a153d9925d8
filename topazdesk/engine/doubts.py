"""What is said of a job whose submit nobody saw answered: that it is looked for, that the user decides, that it was dropped."""

from __future__ import annotations

from topazdesk.domain.charges import GIVEN_UP
from topazdesk.domain.job import Job, Trouble

#: Code of a doubt that is being looked into.
LOOKING = "service.doubtful"
#: Code of a doubt that only the user can settle: nobody waits for that.
UNDECIDED = "service.undecided"


def looking(details: str) -> Trouble:
    """It is being looked for."""
    return Trouble(
        LOOKING,
        "Sent, but the answer was lost.",
        "topazdesk is looking at the service whether it arrived. It is not sent again before that is certain.",
        details,
    )


def undecided(job: Job, lead: str, why: str) -> Trouble:
    """The user is asked. `why` stands in the details, below what the submit itself met."""
    met = job.trouble.details.split("\n")[0] if job.trouble else ""
    return Trouble(
        UNDECIDED,
        "Sent, but nobody can say whether it arrived.",
        f"{lead}Send it again (it may then cost {job.estimate.text} twice), "
        "or give it up (it may have cost that once).",
        "\n".join(filter(None, (met, why))),
    )


def given_up(job: Job) -> Trouble:
    """The user has dropped it."""
    return Trouble(
        GIVEN_UP,
        "Given up by you.",
        f"If it did arrive, it cost up to {job.estimate.text}; the result is then at the service for "
        f"{job.recipe.service.traits.keeps_results_days} days.",
    )


def is_undecided(job: Job) -> bool:
    """Whether the user was asked."""
    return job.trouble is not None and job.trouble.code == UNDECIDED
