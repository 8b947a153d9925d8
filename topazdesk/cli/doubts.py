"""What is said of a job that was sent and whose answer is unknown: what goes on by itself, and what a person can do."""

from __future__ import annotations

from topazdesk.cli.live import duration_text
from topazdesk.domain.job import Job
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.policy import Policy
from topazdesk.language import say


def doubt_text(job: Job) -> str:
    """Return what goes on about a job in doubt, for how long at most, and how to decide about it."""
    choices = say("topazdesk jobs retry {id} --resend, or --give-up", id=job.id[:8])
    if is_undecided(job):
        return say("{choices:text}, or --wait to look again", choices=choices)
    patience = Policy().absence_after(job.recipe.service, handed_over=job.handed_over)
    # The time runs while a program works: what passes between two proves nothing.
    return say(
        "topazdesk jobs run looks for it {where:text}, for {patience:text} of running at most. Not to wait for that: "
        "{choices:text}",
        where=job.recipe.service.traits.where,
        patience=duration_text(patience),
        choices=choices,
    )
