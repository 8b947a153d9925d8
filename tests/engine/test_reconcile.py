"""When "it never arrived" is certain, and when it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.domain.test_job import job as some_job
from tests.support.engine_harness import CATALOGUE
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import RemoteJob, RemotePage, RemoteState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.absence import AbsenceVerdict, judge
from topazdesk.engine.job_queries import Sent
from topazdesk.engine.listing import Listing, look_up, read_listing
from topazdesk.engine.policy import DAY_S, Policy
from topazdesk.errors import NetworkError

NOW = 1_800_000_000.0
POLICY = Policy()
#: A list that shows a job of ours as it should.
SOUND = Listing({}, is_complete=True, shows_names=True)
DOUBTFUL = replace(
    some_job(JobState.DOUBTFUL), intent_at=NOW - 60.0, source_size=Size(40, 30), target_size=Size(80, 60)
)
MODEL = CATALOGUE.find(ServiceName.SANDBOX, "Standard 2")


def token(letter: str) -> str:
    return f"td-{letter * 32}"


def remote(number: int, file_name: str, state: RemoteState = RemoteState.PROCESSING, **changes: Any) -> RemoteJob:
    found = RemoteJob(
        f"p{number}", "", file_name, state, 0.0, None, NOW - number, None, 1, "Standard V2", Size(80, 60), "png"
    )
    return replace(found, **changes)


LIKE_IT = remote(1, "IMG_1.png")


@pytest.mark.parametrize(
    ("listing", "intent_at", "verdict"),
    [
        (SOUND, NOW - 60, AbsenceVerdict.ABSENT),
        # Nothing of ours is in it: an empty list, or one that shows uploads under other names, looks just so.
        (replace(SOUND, shows_names=False), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, keeps_names=False), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, is_complete=False), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, unreadable=1), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        # What may be it under another name.
        (replace(SOUND, strangers=(LIKE_IT,)), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, strangers=(replace(LIKE_IT, file_name=""),)), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, strangers=(replace(LIKE_IT, created_at=None),)), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (
            replace(SOUND, strangers=(replace(LIKE_IT, model="", output_size=None),)),
            NOW - 60,
            AbsenceVerdict.UNDECIDABLE,
        ),
        (replace(SOUND, strangers=(replace(LIKE_IT, input_size=Size(30, 40)),)), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        (replace(SOUND, strangers=(replace(LIKE_IT, output_format="jpeg"),)), NOW - 60, AbsenceVerdict.UNDECIDABLE),
        # What cannot be it.
        (replace(SOUND, strangers=(replace(LIKE_IT, created_at=NOW - 3 * DAY_S),)), NOW - 60, AbsenceVerdict.ABSENT),
        (replace(SOUND, strangers=(replace(LIKE_IT, model="Wonder 2"),)), NOW - 60, AbsenceVerdict.ABSENT),
        (replace(SOUND, strangers=(replace(LIKE_IT, output_size=Size(160, 120)),)), NOW - 60, AbsenceVerdict.ABSENT),
        (replace(SOUND, strangers=(replace(LIKE_IT, input_size=Size(40, 31 + 1)),)), NOW - 60, AbsenceVerdict.ABSENT),
        # An hour of wrong clock is nothing; days of it, or a list that does not reach back, prove nothing.
        (SOUND, NOW + 3600, AbsenceVerdict.ABSENT),
        (SOUND, NOW + 2 * DAY_S, AbsenceVerdict.UNDECIDABLE),
        (SOUND, NOW - 6.5 * DAY_S, AbsenceVerdict.UNDECIDABLE),
    ],
)
def test_what_a_list_without_the_job_means(listing: Listing, intent_at: float, verdict: AbsenceVerdict) -> None:
    job = replace(DOUBTFUL, intent_at=intent_at)
    in_time = {"now": NOW, "policy": POLICY}
    assert judge(job, MODEL, listing, is_overdue=True, has_matured=True, **in_time).verdict is verdict  # type: ignore[arg-type]
    for is_overdue, has_matured in ((False, False), (True, False), (False, True)):
        early = judge(job, MODEL, listing, is_overdue=is_overdue, has_matured=has_matured, **in_time)  # type: ignore[arg-type]
        is_due = has_matured if verdict is AbsenceVerdict.ABSENT else is_overdue
        assert early.verdict is (verdict if is_due else AbsenceVerdict.LOOK_AGAIN)


def test_a_job_on_anothers_upload_is_judged_by_uploads() -> None:
    job = replace(DOUBTFUL, by_source=True, source_id="s1")

    def judged(listing: Listing) -> AbsenceVerdict:
        return judge(job, MODEL, listing, is_overdue=True, has_matured=True, now=NOW, policy=POLICY).verdict

    assert judged(SOUND) is AbsenceVerdict.UNDECIDABLE  # names prove nothing of it
    assert judged(replace(SOUND, shows_names=False, shows_uploads=True)) is AbsenceVerdict.ABSENT
    assert judged(replace(SOUND, shows_uploads=True, keeps_uploads=False)) is AbsenceVerdict.UNDECIDABLE
    nowhere = remote(1, f"{token('a')}.png")
    assert judged(replace(SOUND, shows_uploads=True, unplaced=(nowhere,))) is AbsenceVerdict.UNDECIDABLE
    # Runflow is asked for each job by its own reference, however the picture came there.
    assert judged(replace(SOUND, is_search=True)) is AbsenceVerdict.ABSENT


def test_what_was_seen_is_told() -> None:
    listing = replace(SOUND, strangers=tuple(replace(LIKE_IT, remote_id=f"p{n}") for n in range(7)))
    judged = judge(DOUBTFUL, MODEL, listing, is_overdue=True, has_matured=True, now=NOW, policy=POLICY)
    assert "another name" in judged.lead
    assert "process p0 “IMG_1.png”, Standard V2, 80 × 60" in judged.details
    assert judged.details.endswith("and 2 more")


def test_a_time_out_is_no_proof() -> None:
    """An upload was kept for 150 s and delivered after the reset; a list lagged 200 s; an answer may take 300 s."""
    whole = POLICY.absence_after(ServiceName.TOPAZ, handed_over=True)
    assert whole >= 2 * (300 + 150 + 200)
    assert POLICY.question_after(ServiceName.TOPAZ, handed_over=True) >= 300
    assert POLICY.absence_after(ServiceName.RUNFLOW, handed_over=True) == whole
    assert POLICY.absence_after(ServiceName.TOPAZ, handed_over=False) <= 120


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


def read(service: Lists, wanted: list[str], *known: Sent, since: float = 0.0) -> Listing:
    by_id = {each.remote_id: each for each in known}
    return asyncio.run(read_listing(service, wanted, by_id, since=since))  # type: ignore[arg-type]


def sent(number: int, name: str = "", source_id: str = "") -> Sent:
    return Sent(f"p{number}", name, source_id, NOW)


A, B, C, X = (token(letter) for letter in "abce")


def test_reading_stops_where_all_is_found() -> None:
    service = Lists([remote(1, f"{A}.png")], [remote(2, f"{B}.png")], [remote(3, f"{C}.png")])
    listing = read(service, [A, B])
    assert {name: r.remote_id for name, r in listing.found.items()} == {A: "p1", B: "p2"}
    assert service.read == 2
    assert listing.shows_names


def test_what_is_missing_is_looked_for_to_the_end_of_the_list() -> None:
    service = Lists([remote(1, f"{A}.png")], [remote(2, "other")], [remote(3, "other")])
    listing = read(service, [X])
    assert (listing.found, listing.is_complete, service.read) == ({}, True, 3)
    assert not listing.shows_names  # a token, but of another profile
    assert [r.remote_id for r in listing.strangers] == ["p2", "p3"]


def test_a_reading_may_end_where_all_is_older() -> None:
    service = Lists([remote(1, "other")], [remote(20, "other")], [remote(30, "other")])
    reading = read_listing(service, [X], {}, since=NOW - 10, until_older=True)  # type: ignore[arg-type]
    assert asyncio.run(reading).is_complete
    assert service.read == 2


def test_a_list_that_goes_round_in_circles_is_not_complete() -> None:
    listing = read(Lists([remote(1, "other")], [remote(2, "other")], loops=True), [X])
    assert not listing.is_complete


def test_of_two_jobs_with_one_token_the_one_that_is_furthest_is_taken() -> None:
    jobs = [
        remote(1, f"{A}.png", RemoteState.FAILED),
        remote(2, f"{A}.png", RemoteState.COMPLETED),
        remote(3, f"{A}.png"),
    ]
    assert read(Lists(jobs), [A]).found[A].remote_id == "p2"


def test_only_a_job_of_ours_under_its_own_name_shows_that_names_are_kept() -> None:
    renamed = read(Lists([remote(1, "renamed.png"), remote(2, "")]), [X], sent(1, A), sent(2, B))
    assert (renamed.shows_names, renamed.keeps_names) == (False, False)
    # Known by number: neither it nor its name is a stranger.
    assert renamed.strangers == ()
    kept = read(Lists([remote(1, f"{A}.png")]), [X], sent(1, A))
    assert (kept.shows_names, kept.keeps_names) == (True, True)
    both = read(Lists([remote(1, f"{A}.png"), remote(2, "renamed.png")]), [X], sent(1, A), sent(2, B))
    assert (both.shows_names, both.keeps_names) == (True, False)
    # Sent on another's upload, or found at the service: its name says nothing of ours.
    assert not read(Lists([remote(1, "other.png")]), [X], sent(1)).shows_names
    assert read(Lists([remote(1, "other.png")]), [X], sent(1)).keeps_names


def test_uploads_are_kept_where_a_job_of_ours_names_its_own() -> None:
    page = [remote(1, f"{A}.png", source_id="s1"), remote(2, f"{A}.png", source_id="s9")]
    listing = read(Lists(page), [X], sent(1, A, "s1"))
    assert (listing.shows_uploads, listing.keeps_uploads, listing.unplaced) == (True, True, ())
    assert not read(Lists(page), [X], sent(2, "", "s1")).keeps_uploads
    assert [r.remote_id for r in read(Lists([remote(1, f"{A}.png")]), [X]).unplaced] == ["p1"]


def test_entries_that_cannot_be_read_are_counted_over_all_pages() -> None:
    class Odd(Lists):
        async def list_jobs(self, cursor: str = "") -> RemotePage:
            return replace(await super().list_jobs(cursor), unreadable=2)

    assert read(Odd([remote(1, "a")], [remote(2, "b")]), [X]).unreadable == 4


def test_old_strangers_are_not_kept() -> None:
    page = [remote(5, "old.png"), remote(1, "new.png"), remote(9, "", created_at=None)]
    assert [r.remote_id for r in read(Lists(page), [X], since=NOW - 2).strangers] == ["p1", "p9"]


def test_a_list_that_breaks_off_is_an_error_not_an_answer() -> None:
    class Breaks(Lists):
        async def list_jobs(self, cursor: str = "") -> RemotePage:
            if cursor:
                raise NetworkError("gone")
            return await super().list_jobs(cursor)

    with pytest.raises(NetworkError):
        read(Breaks([remote(1, "other")], [remote(2, X)]), [X])


@pytest.mark.parametrize(
    ("answer", "is_proven"),
    [
        ([remote(1, A)], True),
        ([], False),
        ([remote(2, A)], False),  # the right name, another run
        ([remote(1, B)], False),  # the right run, another name
    ],
)
def test_a_look_up_by_name_proves_something_where_it_finds_a_job_that_is_there(
    answer: list[RemoteJob], is_proven: bool
) -> None:
    class Finds:
        async def find(self, name: str) -> tuple[RemoteJob, ...]:
            return tuple(answer) if name == A else ()

    doubtful = [replace(DOUBTFUL, token=X)]
    assert asyncio.run(look_up(Finds(), doubtful, {}, sent(1, A))).shows_names is is_proven  # type: ignore[arg-type]
    assert not asyncio.run(look_up(Finds(), doubtful, {}, None)).shows_names  # type: ignore[arg-type]


def test_a_search_that_brings_something_else_has_found_nothing() -> None:
    class Finds:
        async def find(self, name: str) -> tuple[RemoteJob, ...]:
            return (remote(1, B),)

    listing = asyncio.run(look_up(Finds(), [replace(DOUBTFUL, token=X)], {}, None))  # type: ignore[arg-type]
    assert (listing.found, listing.shows_names) == ({}, False)
