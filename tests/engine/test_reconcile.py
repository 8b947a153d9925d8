"""When "it never arrived" is certain, and when it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.domain.test_job import job as some_job
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import RemoteJob, RemotePage, RemoteState
from topazdesk.engine.policy import DAY_S, Policy
from topazdesk.engine.reconcile import Listing, Ours, Verdict, judge, read_listing
from topazdesk.errors import NetworkError

NOW = 1_800_000_000.0
POLICY = Policy()
SOUND = Listing({}, is_complete=True, keeps_names=True, nameless_since=None)
DOUBTFUL = replace(some_job(JobState.DOUBTFUL), intent_at=NOW - 60.0)


@pytest.mark.parametrize(
    ("listing", "intent_at", "has_matured", "verdict"),
    [
        (SOUND, NOW - 60, False, Verdict.LOOK_AGAIN),
        (SOUND, NOW - 60, True, Verdict.ABSENT),
        (replace(SOUND, is_complete=False), NOW - 60, True, Verdict.LOOK_AGAIN),
        (replace(SOUND, keeps_names=False), NOW - 60, True, Verdict.UNDECIDABLE),
        (replace(SOUND, nameless_since=0.0), NOW - 60, True, Verdict.UNDECIDABLE),
        (replace(SOUND, nameless_since=NOW), NOW - 60, True, Verdict.UNDECIDABLE),
        (replace(SOUND, nameless_since=NOW - 3 * DAY_S), NOW - 60, True, Verdict.ABSENT),
        # An hour of wrong clock is nothing; days of it, or a list that does not reach back, prove nothing.
        (SOUND, NOW + 3600, True, Verdict.ABSENT),
        (SOUND, NOW + 2 * DAY_S, True, Verdict.UNDECIDABLE),
        (SOUND, NOW - 6.5 * DAY_S, True, Verdict.UNDECIDABLE),
    ],
)
def test_what_a_list_without_the_job_means(
    listing: Listing, intent_at: float, has_matured: bool, verdict: Verdict
) -> None:
    job = replace(DOUBTFUL, intent_at=intent_at)
    assert judge(job, listing, has_matured=has_matured, now=NOW, policy=POLICY) is verdict


def remote(number: int, file_name: str, state: RemoteState = RemoteState.PROCESSING) -> RemoteJob:
    return RemoteJob(
        f"p{number}", "", file_name, state, 0.0, None, NOW - number, None, 1, "Standard V2", Size(8, 6), "png"
    )


class Lists:
    """A service that only lists."""

    def __init__(self, *pages: list[RemoteJob], loops: bool = False) -> None:
        self.pages = pages
        self.loops = loops
        self.read = 0

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        self.read += 1
        number = int(cursor or 0)
        last = number == len(self.pages) - 1
        return RemotePage(tuple(self.pages[number]), ("0" if self.loops else "") if last else str(number + 1))


def read(service: Lists, wanted: list[str], known: dict[str, Ours] | None = None) -> Listing:
    return asyncio.run(read_listing(service, wanted, known or {}))  # type: ignore[arg-type]


def test_reading_stops_where_all_is_found() -> None:
    service = Lists([remote(1, "td-a.png")], [remote(2, "td-b.png")], [remote(3, "td-c.png")])
    listing = read(service, ["td-a", "td-b"])
    assert {token: r.remote_id for token, r in listing.found.items()} == {"td-a": "p1", "td-b": "p2"}
    assert service.read == 2


def test_what_is_missing_is_looked_for_to_the_end_of_the_list() -> None:
    service = Lists([remote(1, "td-a.png")], [remote(2, "other")], [remote(3, "other")])
    listing = read(service, ["td-x"])
    assert (listing.found, listing.is_complete, service.read) == ({}, True, 3)


def test_a_list_that_goes_round_in_circles_is_not_complete() -> None:
    listing = read(Lists([remote(1, "other")], [remote(2, "other")], loops=True), ["td-x"])
    assert not listing.is_complete


def test_of_two_jobs_with_one_token_the_one_that_is_furthest_is_taken() -> None:
    jobs = [
        remote(1, "td-a.png", RemoteState.FAILED),
        remote(2, "td-a.png", RemoteState.COMPLETED),
        remote(3, "td-a.png"),
    ]
    assert read(Lists(jobs), ["td-a"]).found["td-a"].remote_id == "p2"


def test_a_job_of_ours_under_another_name_shows_that_names_are_not_kept() -> None:
    page = [remote(1, "renamed.png"), remote(2, "")]
    assert not read(Lists(page), ["td-x"], {"p1": Ours("td-1"), "p2": Ours("td-2")}).keeps_names
    assert read(Lists([remote(1, "td-1.png")]), ["td-x"], {"p1": Ours("td-1")}).keeps_names


def test_a_nameless_job_that_is_not_known_may_be_the_one() -> None:
    assert read(Lists([remote(5, "")]), ["td-x"]).nameless_since == NOW - 5
    assert read(Lists([replace(remote(5, ""), created_at=None)]), ["td-x"]).nameless_since == 0.0
    known = read(Lists([remote(5, "")]), ["td-x"], {"p5": Ours("td-5")})
    assert known.nameless_since is None


def test_a_list_that_breaks_off_is_an_error_not_an_answer() -> None:
    class Breaks(Lists):
        async def list_jobs(self, cursor: str = "") -> RemotePage:
            if cursor:
                raise NetworkError("gone")
            return await super().list_jobs(cursor)

    with pytest.raises(NetworkError):
        read(Breaks([remote(1, "other")], [remote(2, "td-x")]), ["td-x"])
