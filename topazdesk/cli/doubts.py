"""What is said of a job that was sent and whose answer is unknown: what goes on by itself, and what a person can do."""

from __future__ import annotations

from topazdesk.cli.live import duration_text
from topazdesk.domain.job import Job
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.policy import Policy


def doubt_text(job: Job) -> str:
    """Return what goes on about a job in doubt, for how long at most, and how to decide about it."""
    choices = f"topazdesk jobs retry {job.id[:8]} --resend, or --give-up"
    if is_undecided(job):
        return f"{choices}, or --wait to look again"
    patience = Policy().absence_after(job.recipe.service, handed_over=job.handed_over)
    # The time runs while a program works: what passes between two proves nothing.
    return (
        f"topazdesk jobs run looks for it {job.recipe.service.traits.where}, for {duration_text(patience)} of running "
        f"at most. Not to wait for that: {choices}"
    )
