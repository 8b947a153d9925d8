"""Steps in the task queue of a team."""

from __future__ import annotations

import asyncio

import psycopg

from topazdesk.team.connections import options_of
from topazdesk.team.queue import Queue, Step


async def _nothing(_lane: str, _job_id: str) -> None:
    pass


def test_a_step_that_is_in_the_queue_already_keeps_no_other_out(team_url: str) -> None:
    """Steps go in together, and the database refuses all of them where one is there already."""

    async def test() -> None:
        queue = Queue(options_of(team_url, "tests"))
        queue.does(_nothing)
        await queue.open()
        try:
            await queue.defer([Step("submit", "topaz", "a", "scans")])
            await queue.defer([Step("submit", "topaz", each, "scans", position=7) for each in ("b", "a", "c")])
            await queue.defer([])
        finally:
            await queue.close()

    asyncio.run(test())
    with psycopg.connect(team_url) as raw:
        found = raw.execute(
            "SELECT lock, queue_name, priority FROM topazdesk.procrastinate_jobs ORDER BY lock"
        ).fetchall()
    assert found == [("a", "submit:topaz:scans", 0), ("b", "submit:topaz:scans", -7), ("c", "submit:topaz:scans", -7)]
