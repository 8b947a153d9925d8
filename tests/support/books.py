"""Books with a line of each kind, for screenshots."""

from __future__ import annotations

from dataclasses import replace

from tests.support.catalogue import packaged_catalogue
from tests.support.queue_jobs import NOW, every_state, job
from topazdesk.app.books import Books, books_of
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.ledger import LedgerLine


def some_books() -> Books:
    """What the jobs of the queue's screenshots would have left, and one that cost more than was estimated."""
    dearer = job(
        "mountain-lake.jpg",
        JobState.DONE,
        charged=7,
        result_size=Size(6075, 4000),
        position=20,
        submitted_at=NOW - 5,
        remote_id="r-9",
    )
    cancelled = job("harbour.jpg", JobState.CANCELLED, charged=3, position=19, submitted_at=NOW - 6, remote_id="r-8")
    jobs = {each.id: each for each in [*every_state(), dearer, cancelled] if each.submitted_at is not None}
    lines = [_line(each) for each in jobs.values()]
    return books_of(lines, jobs, packaged_catalogue(), NOW)


def _line(each: Job) -> LedgerLine:
    plain = LedgerLine(
        each.id,
        "run",
        each.recipe.service.value,
        6,
        0,
        each.charged,
        each.refunded,
        NOW - 600 + 10 * each.position,
        NOW,
    )
    return plain if each.charged is not None else replace(plain, reserved=6, settled_at=None)
