"""Each lie by itself, in a whole run against the real sandbox: what the service, the network and the boxes between may say.

Three things hold whatever is said: no more submits than clicks by the sandbox's own books, every charged result on disk with the
service's bytes or waiting for the user, originals as they were. `lies.py` says what each lie is.
"""

from __future__ import annotations

import math

import pytest

from tests.support import lies, lost_answers
from tests.support.lied_run import PATIENCE_S, LiedRun, SideBySide, all_done
from tests.support.lost_answers import KEPT_S
from tests.support.lying_proxy import Lie
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2")
#: As long as is reckoned with after a body that was handed over.
LONG_S = PATIENCE_S - 0.7


def named(*each: Lie) -> dict[str, Lie]:
    return {lie.name: lie for lie in each}


def take_a_while(run: LiedRun | SideBySide) -> None:
    """So that several run at once, and are looked up in the list."""
    run.sandbox.scenario({"match": {"method": "POST", "path": "/async$"}, "do": {"job_s": 0.3}})


# -- the paid call ------------------------------------------------------------------------------------------------------


def test_a_lie_about_a_submit(side_by_side: SideBySide) -> None:
    """The second of three submits: the list can be trusted by the first. While it is told nothing is paid twice; then all is home."""

    async def story(lied: LiedRun, lie: Lie) -> None:
        await lied.open()
        await lied.click()
        await lied.idle()
        lied.liar.plan(lie)
        await lied.click(2)
        await lied.idle()
        assert lied.liar.told[lie.name] == 1
        lied.check_money()
        await lied.come_to_rest()
        all_done(lied)

    side_by_side.run(
        named(
            lies.ANSWER_LOST,
            lies.NEVER_ARRIVES,
            lies.CUT_IN_MID_UPLOAD,
            lies.TAKEN_BUT_504,
            lies.TAKEN_BUT_A_PAGE,
            lies.ETA_OF_400_DIGITS,
            lies.ANOTHER_FORMAT,
            lies.upload_kept(KEPT_S),
            lies.upload_kept(LONG_S),
            lies.upload_kept(LONG_S, is_silent=True),
            lies.interim_answers(3),
            lies.retry_after("5", 429, lies.Call.SUBMIT),
        ),
        story,
    )


@pytest.mark.parametrize(
    "odd",
    [tuple(lies.odd_submit(name, data) for name, data in lies.ODD_SUBMITS), lies.ODD_ETAS],
    ids=["no job is named", "no time is told"],
)
def test_an_odd_answer_to_a_submit(lied: LiedRun, odd: tuple[Lie, ...]) -> None:
    """Each to a submit of its own, beside one that is answered as it should be."""

    async def work() -> None:
        await lied.open()
        await lied.click()
        await lied.idle()
        lied.liar.plan(*odd)
        await lied.click(len(odd) + 1)
        await lied.idle()
        assert all(lied.liar.told[lie.name] == 1 for lie in odd)
        lied.check_money()
        await lied.come_to_rest()
        all_done(lied)

    lied.run(work)


@pytest.mark.parametrize("number", range(3), ids=[str(lie) for lie in lost_answers.about_submits()])
def test_a_lost_answer_and_a_list_that_lies(side_by_side: SideBySide, number: int) -> None:
    """Pairs of lies; all of both with and without jobs before are `dev.py bench lost`."""
    side_by_side.run({str(row): row for row in lost_answers.covering(number)}, lost_answers.story)


@pytest.mark.parametrize("before", [1, 2])
def test_a_submit_answered_with_the_id_of_another_job(lied: LiedRun, before: int) -> None:
    """A known id is no answer but a doubt: both were "done" with one picture, and the other's result was lost."""

    async def work() -> None:
        await lied.open()
        await lied.click(before)
        await lied.idle()
        lied.liar.plan(lies.ID_OF_ANOTHER)
        await lied.click(2)
        await lied.idle()
        assert lied.liar.told[lies.ID_OF_ANOTHER.name] == 1
        lied.check_money()
        await lied.come_to_rest()
        all_done(lied)

    lied.run(work)


def test_an_early_refusal_fails_the_picture_alone_and_costs_nothing(lied: LiedRun) -> None:
    async def work() -> None:
        await lied.open()
        lied.liar.plan(lies.EARLY_REFUSAL)
        await lied.click(2)
        await lied.idle()
        assert sorted(job.state for job in lied.engine.jobs()) == [_S.DONE, _S.FAILED]
        assert len(lied.taken()) == 1
        lied.check()

    lied.run(work)


def test_several_models_from_one_upload_and_a_list_with_other_uploads(lied: LiedRun) -> None:
    """Whose a job on a shared upload is, cannot be seen in a list that names other uploads."""

    async def work() -> None:
        await lied.open()
        lied.liar.always(lies.OTHER_SOURCES)
        await lied.click()
        await lied.idle()
        lied.liar.plan(lies.ANSWER_LOST, lies.ANSWER_LOST)
        await lied.click(1, models=MODELS)
        await lied.idle()
        lied.check_money()
        await lied.come_to_rest()
        await lied.idle()
        lied.check()
        # What such a list says of an upload is confirmed by nothing else: a job sent on it is the user's to decide.
        for job in lied.waiting():
            await lied.engine.resolve(job.id, resend=True)
        await lied.idle()
        all_done(lied)

    lied.run(work)


# -- the list and single jobs -------------------------------------------------------------------------------------------


#: What spoils more than itself where it is not read with care has a page of its own: then it is not hidden by another such.
_APART = (lies.HUGE, lies.BEYOND, lies.DEEP)


def _kind(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return lies.BEYOND
    return value if isinstance(value, str) and value in _APART else "plain"


_KINDS = ("plain", *_APART)


def _fields(kind: str) -> list[tuple[str, object]]:
    return [(field, value) for field, value in lies.ODD_FIELDS if _kind(value) == kind]


@pytest.mark.parametrize(
    "lie",
    [
        *(
            lies.odd_strangers(
                kind.strip("@"), _fields(kind), [each for _, each in lies.ODD_ENTRIES if _kind(each) == kind]
            )
            for kind in _KINDS
        ),
        lies.STRANGERS,
    ],
    ids=str,
)
def test_odd_entries_stop_no_job(lied: LiedRun, lie: Lie) -> None:
    """Odd jobs of others, and what is no job at all, at the head of every list, for ever: our jobs come home all the same."""

    async def work() -> None:
        take_a_while(lied)
        await lied.open()
        lied.liar.always(lie)
        await lied.click(4)
        await lied.idle()
        assert lied.liar.told[lie.name]
        all_done(lied)

    lied.run(work)


def _decorations(kind: str) -> list[tuple[str, object]]:
    return [(field, value) for field, value in _fields(kind) if field != "status"]


@pytest.mark.parametrize(
    "pairs",
    [
        _decorations("plain")[::2],
        _decorations("plain")[1::2],
        _decorations(lies.HUGE),
        _decorations(lies.BEYOND),
    ],
    ids=["plain", "plain too", "huge", "beyond all numbers"],
)
def test_an_odd_decoration_of_our_own_jobs_stops_none(lied: LiedRun, pairs: list[tuple[str, object]]) -> None:
    """Each job has one of its own, in the list and asked singly, for ever."""

    async def work() -> None:
        take_a_while(lied)
        await lied.open()
        lie = lies.odd_each(pairs)
        lied.liar.always(lie)
        await lied.click(len(pairs))
        await lied.idle()
        assert lied.liar.told[lie.name] >= 2
        all_done(lied)

    lied.run(work)


@pytest.mark.parametrize("count", [2, 5], ids=["asked singly", "by the list"])
def test_a_lie_about_running_jobs_lasts_no_longer_than_it_is_told(side_by_side: SideBySide, count: int) -> None:
    """Eight times at most, then the truth: every picture gets its own result, by itself."""

    async def story(lied: LiedRun, told: tuple[Lie, ...]) -> None:
        await lied.open()
        lied.liar.plan(*told)
        await lied.click(count)
        await lied.idle()
        all_done(lied)

    once = named(
        lies.odd_own("options_json", lies.DEEP),
        lies.STATUS_OF_ANOTHER,
        lies.EMPTY_LIST,
        lies.HALF_A_LIST,
        lies.LIST_WITHOUT_END,
        lies.LIST_WITH_A_DEAD_END,
        lies.LIST_WITHOUT_PAGING,
        lies.OTHER_NAMES,
        lies.NO_NAMES,
        lies.NOT_KNOWN,
        lies.A_PAGE,
    )
    rows = {name: (lie,) * 8 for name, lie in once.items()}
    rows |= {
        f"status is {value}": (lies.odd_own("status", value),) * 8
        for field, value in lies.ODD_FIELDS
        if field == "status"
    }
    rows |= {"odd links": tuple(lies.odd_link(url) for url in lies.ODD_LINKS), "one odd link": (lies.odd_link(7),) * 8}
    take_a_while(side_by_side)
    side_by_side.run(rows, story)


def test_a_list_that_lacks_our_jobs_for_ever(lied: LiedRun) -> None:
    """They are asked for one by one."""

    async def work() -> None:
        take_a_while(lied)
        await lied.open()
        lied.liar.always(lies.EMPTY_LIST)
        await lied.click(5)
        await lied.idle()
        all_done(lied)

    lied.run(work)


def test_negative_credits_do_not_make_room_under_the_daily_cap(lied: LiedRun) -> None:
    """A report of -1000 credits made the cap void."""

    async def work() -> None:
        engine = await lied.open()
        engine.cap_day(Unit.CREDIT, 3)
        lied.liar.always(lies.odd_own("credits", -1000))
        await lied.click(2)
        await lied.idle()
        await lied.click(4)
        await lied.idle()
        assert len(lied.taken()) == 3
        lied.check()

    lied.run(work)


# -- the result ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", [lies.ENDLESS_RESULT, lies.TEN_TERABYTES, lies.FLIPPED_BYTE, lies.CUT_RESULT], ids=str)
def test_a_lie_about_a_result(lied: LiedRun, lie: Lie) -> None:
    async def work() -> None:
        await lied.open()
        lied.liar.plan(lie, lie)
        await lied.click(2)
        await lied.idle()
        assert lied.liar.told[lie.name] == 2
        all_done(lied)

    lied.run(work)


def test_a_service_that_makes_another_format_than_asked(lied: LiedRun) -> None:
    """JPEG for PNG, every time: kept as what it is, under the suffix that fits, and said."""

    async def work() -> None:
        await lied.open()
        lied.liar.always(lies.ANOTHER_FORMAT)
        await lied.click(2)
        await lied.idle()
        all_done(lied)
        assert {job.result.suffix for job in lied.engine.jobs() if job.result} == {".jpg"}
        assert all(job.trouble is not None for job in lied.engine.jobs())

    lied.run(work)
