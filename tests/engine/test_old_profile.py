"""A profile from a backup, or one that lost its last changes: what the service has already is not paid again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Entry, FakeService, Fault
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.domain.services import ServiceName
from topazdesk.engine import list_doubt
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.events import EngineError
from topazdesk.engine.policy import Policy
from topazdesk.engine.unsent import _TRIES

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2")


async def clicked(
    harness: EngineHarness, *, models: tuple[str, ...] = MODELS[:1], before: bool = False
) -> tuple[Job, ...]:
    """Pictures in the queue, and a backup of the profile as it is then; `before`: with a job that was done before."""
    engine = await harness.open()
    if before:
        await harness.witness()
    await engine.pause()
    pictures = [harness.picture(f"{n}.png") for n in range(4)]
    drafts = [harness.draft(picture, model=model) for picture in pictures for model in models]
    jobs = await engine.enqueue(drafts)
    await harness.crash()
    shutil.copytree(harness.profile, harness.root / "backup")
    return jobs


async def run_on(harness: EngineHarness) -> None:
    engine = await harness.open()
    await engine.resume()
    await engine.idle()
    await harness.crash()


def restore(harness: EngineHarness) -> None:
    shutil.rmtree(harness.profile)
    shutil.copytree(harness.root / "backup", harness.profile)


def codes(harness: EngineHarness) -> list[str]:
    return [e.error.code for e in harness.events if isinstance(e, EngineError)]


@pytest.mark.parametrize("finds", [False, True], ids=["by the list", "by name"])
@pytest.mark.parametrize("before", [False, True], ids=["first jobs", "with a past"])
def test_a_queue_from_a_backup_is_looked_up_before_anything_is_sent(
    harness: EngineHarness, finds: bool, before: bool
) -> None:
    """8 clicks became 15 submits, under names that the list showed already."""

    async def test() -> None:
        harness.service.finds = finds
        jobs = await clicked(harness, before=before)
        await run_on(harness)
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4
        assert [len(harness.service.by_token(job.token)) for job in jobs] == [1] * 4
        assert harness.service.taken == 4 + before
        assert ("service.list_is_older" in codes(harness)) is not finds
        # The books have them, as if nothing had happened.
        lines = {line.job_id: line for line in await engine.ledger()}
        assert [lines[job.id].charged for job in jobs] == [1] * 4

    harness.run(test)


def test_results_that_are_there_already_get_no_second_copy(harness: EngineHarness) -> None:
    """They have the name that the restored job is to have, and its bytes; one that somebody changed stays as it is."""

    async def test() -> None:
        jobs = await clicked(harness)
        await run_on(harness)
        out = sorted((harness.root / "out").iterdir())
        assert len(out) == 4
        out[1].write_bytes(b"changed since")
        restore(harness)
        await run_on(harness)
        await harness.open()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4
        changed = out[1].with_name(f"{out[1].stem}-2.png")
        assert [harness.job(job).result for job in jobs] == [out[0], changed, *out[2:]]
        assert sorted((harness.root / "out").iterdir()) == sorted([*out, changed])
        assert out[1].read_bytes() == b"changed since"

    harness.run(test)


def test_several_models_on_one_upload_from_a_backup(harness: EngineHarness) -> None:
    """All of them stand in the list under the name of the one that sent the picture."""

    async def test() -> None:
        jobs = await clicked(harness, models=MODELS)
        await run_on(harness)
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * len(jobs)
        assert harness.service.taken == len(jobs)
        for job in jobs:
            entry = harness.service.entries[harness.job(job).remote_id]
            assert entry.request.model.slug == job.recipe.model
        assert len({harness.job(job).remote_id for job in jobs}) == len(jobs)

    harness.run(test)


def test_a_group_whose_picture_was_sent_before_the_backup(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("share", *[Fault.TOP_UP] * 2)
        picture = harness.picture()
        jobs = await engine.enqueue([harness.draft(picture, model=model) for model in MODELS])
        await harness.until(lambda: sum(harness.job(job).state is _S.DONE for job in jobs) == 1)
        await engine.pause()
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        await run_on(harness)
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 3
        assert harness.service.taken == 3

    harness.run(test)


def test_what_was_never_sent_is_sent_after_one_reading(harness: EngineHarness) -> None:
    async def test() -> None:
        jobs = await clicked(harness, before=True)
        harness.service.calls.clear()
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4
        assert harness.service.taken == 5
        assert codes(harness) == []

    harness.run(test)


def test_jobs_of_this_run_wait_for_no_look(harness: EngineHarness) -> None:
    async def test() -> None:
        jobs = await clicked(harness, before=True)
        harness.service.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        engine = await harness.open()
        await engine.resume()
        new = await harness.start_one("new.png")
        await harness.finished(new)
        assert {harness.job(job).state for job in jobs} == {_S.QUEUED}
        assert harness.service.taken == 2
        harness.service.faults["list_jobs"].clear()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4

    harness.run(test)


def test_a_list_that_cannot_be_read_holds_the_old_queue_and_says_so(harness: EngineHarness) -> None:
    """Sent without a look it could be paid twice; the program does not wait for ever either: it says what it knows."""

    async def test() -> None:
        jobs = await clicked(harness, before=True)
        harness.service.plan("list_jobs", *[Fault.SERVER] * 1000)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert {harness.job(job).state for job in jobs} == {_S.QUEUED}
        assert codes(harness) == ["service.cannot_look"]
        assert harness.service.calls["list_jobs"] >= _TRIES
        harness.service.faults["list_jobs"].clear()
        await harness.until(lambda: all(harness.job(job).state.is_final for job in jobs))
        assert harness.service.taken == 5

    harness.run(test)


def test_going_on_reads_a_list_again_that_could_not_be_read(harness: EngineHarness) -> None:
    """Whoever presses “Resume” or calls the command again has waited long enough."""

    async def test() -> None:
        jobs = await clicked(harness, before=True)
        harness.service.plan("list_jobs", *[Fault.SERVER] * 1000)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        await engine.resume()  # in vain: it is said once more
        await engine.idle()
        assert codes(harness) == ["service.cannot_look"] * 2
        harness.service.faults["list_jobs"].clear()
        await engine.resume()
        await engine.idle()
        assert {harness.job(job).state for job in jobs} == {_S.DONE}
        assert harness.service.taken == 5

    harness.run(test)


@pytest.mark.parametrize("odd", [{"unreadable": 1}, {"cursor": "always the same"}], ids=["unreadable", "no end"])
def test_a_list_that_is_not_all_there_frees_no_job_of_the_old_queue(
    harness: EngineHarness, odd: dict[str, Any]
) -> None:
    """Any entry that could not be read may be one of the queue; one that was found is fetched all the same."""

    async def test() -> None:
        jobs = await clicked(harness, before=True)
        await run_on(harness)
        restore(harness)
        whole = harness.service.list_jobs
        unseen = {jobs[2].token, jobs[3].token}

        async def lying(cursor: str = "") -> RemotePage:
            page = await whole("")
            seen = tuple(remote for remote in page.jobs if remote.file_name.partition(".")[0] not in unseen)
            return replace(page, jobs=seen, **odd)

        harness.service.list_jobs = lying  # type: ignore[method-assign]
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert harness.service.taken == 5
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 2 + [_S.QUEUED] * 2
        assert "service.cannot_look" in codes(harness)
        harness.service.list_jobs = whole  # type: ignore[method-assign]
        await harness.until(lambda: all(harness.job(job).state is _S.DONE for job in jobs))
        assert harness.service.taken == 5

    harness.run(test)


@pytest.mark.parametrize("finds", [False, True], ids=["by the list", "by name"])
def test_an_empty_list_proves_nothing_to_a_profile_that_knows_better(harness: EngineHarness, finds: bool) -> None:
    """A backup, and a list that is empty at the one reading."""

    async def test() -> None:
        harness.service.finds = finds
        jobs = await clicked(harness, before=True)
        await run_on(harness)
        restore(harness)
        harness.service.hides = lambda _: True
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert codes(harness) == ["service.cannot_look"]
        assert {harness.job(job).state for job in jobs} == {_S.QUEUED}
        harness.service.hides = lambda _: False
        await harness.until(lambda: all(harness.job(job).state.is_final for job in jobs))
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4
        assert harness.service.taken == 5

    harness.run(test)


def test_a_list_that_lags_behind_a_backup(harness: EngineHarness) -> None:
    """Two of four are listed: then the profile is old, and the others may be on their way into the list."""

    async def test() -> None:
        jobs = await clicked(harness)
        await run_on(harness)
        restore(harness)
        late = {entry.remote_id for job in jobs[2:] for entry in harness.service.by_token(job.token)}
        harness.service.hides = lambda entry: entry.remote_id in late
        engine = await harness.open()
        await engine.resume()
        await harness.until(lambda: "service.list_is_older" in codes(harness))
        harness.service.hides = lambda _: False
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 4
        assert harness.service.taken == 4

    harness.run(test)


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "told to go on"])
def test_a_list_that_lags_behind_a_backup_and_a_kill_while_that_is_waited_for(
    harness: EngineHarness, is_killed: bool
) -> None:
    """That the profile is older than the service was known to the program alone that was killed: at the next start nothing told it,
    and what was still on its way was sent and paid again. So it was where somebody went on with the queue meanwhile."""

    async def test() -> None:
        service = harness.service
        jobs = await clicked(harness)
        service.work_s = 300.0
        service.plan("submit", Fault.ARRIVE_LATE)
        engine = await harness.open()
        await engine.resume()
        await harness.until_sent(len(jobs))
        await harness.until(lambda: sum(harness.job(job).state is _S.RUNNING for job in jobs) == len(jobs) - 1)
        assert service.taken == len(jobs) - 1
        await harness.crash()
        restore(harness)
        harness.events.clear()
        engine = await harness.open()
        await engine.resume()
        await harness.until(lambda: "service.list_is_older" in codes(harness))
        await harness.until(lambda: sum(harness.job(job).state is _S.RUNNING for job in jobs) == len(jobs) - 1)
        assert service.taken == len(jobs) - 1, "the last one is still on its way"
        if is_killed:
            await harness.crash()
            engine = await harness.open()
            before = service.calls["list_jobs"]
            while service.calls["list_jobs"] == before:
                await harness.clock.sleep(0.02)
            await harness.clock.sleep(0.02)
        await engine.resume()
        await engine.idle()
        assert service.taken == len(jobs)
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * len(jobs)

    harness.run(test)


def test_what_is_on_its_way_while_the_rest_is_fetched_and_the_program_killed(harness: EngineHarness) -> None:
    """The results that told of it were known by then, so the next start looked once, before the last one had arrived."""

    async def test() -> None:
        service = harness.service
        harness.policy = Policy(sent_upload_wait_local_s=None)
        engine = await harness.open()
        await harness.witness()
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        service.late_s = 250.0
        service.plan("submit", Fault.ARRIVE_LATE)
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.until_sent(2)
        await harness.until(lambda: any(harness.job(job).state is _S.RUNNING for job in jobs))
        taken = service.taken
        await harness.crash()
        restore(harness)
        engine = await harness.open()
        again = await engine.enqueue([harness.draft(harness.root / "pictures" / f"{n}.png") for n in range(2)])
        await harness.until(lambda: "service.list_is_older" in codes(harness))
        account = again[0].account
        await engine.fetch(account, await engine.recover(account), harness.root / "found")
        assert service.taken == taken, "one is still on its way"
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert service.taken == taken + 1
        assert [harness.job(job).state for job in again] == [_S.FAILED] * 2

    harness.run(test)


def test_other_names_and_a_backup_at_once_ask_the_user(harness: EngineHarness) -> None:
    def rename(entry: Entry) -> None:
        entry.file_name = f"{entry.remote_id}.png"

    async def test() -> None:
        harness.service.after_take = rename
        jobs = await clicked(harness)
        await run_on(harness)
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert {harness.job(job).state for job in jobs} == {_S.DOUBTFUL}
        assert harness.service.taken == 4

    harness.run(test)


def test_other_names_for_a_while_and_several_models_on_one_upload_pay_nothing_again(harness: EngineHarness) -> None:
    """As doubts they were looked for by their own names, which the list never shows of those that shared an upload."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        picture = harness.picture()
        jobs = await engine.enqueue([harness.draft(picture, model=model) for model in MODELS[:2]])
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        await run_on(harness)
        restore(harness)
        whole = harness.service.list_jobs

        async def renamed(cursor: str = "") -> RemotePage:
            page = await whole(cursor)
            return replace(page, jobs=tuple(replace(remote, file_name="x.png") for remote in page.jobs))

        harness.service.list_jobs = renamed  # type: ignore[method-assign]
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert harness.service.taken == len(jobs)
        assert "service.cannot_look" in codes(harness)
        harness.service.list_jobs = whole  # type: ignore[method-assign]
        await harness.until(lambda: all(harness.job(job).state is _S.DONE for job in jobs))
        assert harness.service.taken == len(jobs)

    harness.run(test)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_empty_job_list_beside_a_service_that_knows_our_names(tmp_path: Path, is_known: bool) -> None:
    harness = EngineHarness(tmp_path)

    async def test() -> None:
        if is_known:
            await clicked(harness)
            await run_on(harness)
            shutil.rmtree(harness.profile)
        else:
            await harness.open()
            await harness.crash()
        engine = await harness.open()
        await harness.start_one("again.png")
        await harness.start_one("more.png")
        await engine.idle()
        assert codes(harness) == (["service.unknown_results"] if is_known else [])
        if is_known:
            error = next(e.error for e in harness.events if isinstance(e, EngineError))
            assert "4 pictures" in error.title
            assert "jobs recover" in error.hint
        assert isinstance(harness.service, FakeService)

    harness.run(test)


async def clicked_since(harness: EngineHarness, *, keeps_mark: bool = False, is_empty: bool = False) -> tuple[Job, ...]:
    """Two pictures that were sent and paid after the backup, which is restored then: the profile knows nothing of them.

    `keeps_mark`: only the list is older; the mark beside it tells. `is_empty`: the backup is from before the first job.
    """
    engine = await harness.open()
    if not is_empty:
        await harness.witness()
    await harness.crash()
    shutil.copytree(harness.profile, harness.root / "backup")
    engine = await harness.open()
    jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
    await engine.idle()
    await harness.crash()
    (mark,) = harness.profile.glob("*.mark")
    told = mark.read_bytes()
    restore(harness)
    if keeps_mark:
        mark.write_bytes(told)
    return jobs


@pytest.mark.parametrize("is_empty", [False, True], ids=["with a past", "from before the first job"])
def test_what_was_clicked_since_the_backup_is_not_paid_by_the_same_click(
    harness: EngineHarness, is_empty: bool
) -> None:
    """8 clicks were 16 submits, without a word: the restored profile has no job of them that it could look for.

    One from before the first job was taken for a new one, though the names at the service were its own.
    """

    async def test() -> None:
        await clicked_since(harness, is_empty=is_empty)
        before = harness.service.taken
        engine = await harness.open()
        again = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        assert harness.service.taken == before
        assert [harness.job(job).state for job in again] == [_S.FAILED] * 2
        assert [job.trouble and job.trouble.code for job in map(harness.job, again)] == ["service.list_is_older"] * 2
        assert codes(harness).count("service.list_is_older") == 1
        # Once the results are fetched nothing is unknown any more, and whoever wants them anew pays knowingly.
        found = await engine.recover(Account(ServiceName.TOPAZ))
        await engine.fetch(Account(ServiceName.TOPAZ), found, harness.root / "found")
        await engine.idle()
        assert harness.service.taken == before
        anew = await engine.retry(again[0].id)
        await engine.idle()
        assert harness.job(anew).state is _S.DONE
        assert harness.service.taken == before + 1

    harness.run(test)


def test_what_was_clicked_last_is_not_paid_again_where_the_list_lags_as_well(harness: EngineHarness) -> None:
    """The newest was not in the list yet when the program started: its picture was paid a second time."""

    async def test() -> None:
        await clicked_since(harness)
        before = harness.service.taken
        newest = list(harness.service.entries)[-1]
        harness.service.hides = lambda entry: entry.remote_id == newest
        engine = await harness.open()
        again = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.until(lambda: "service.list_is_older" in codes(harness))
        harness.service.hides = lambda _: False
        await engine.idle()
        assert harness.service.taken == before
        assert [harness.job(job).state for job in again] == [_S.FAILED] * 2

    harness.run(test)


def test_a_list_that_cannot_be_read_at_once_is_read_before_what_was_clicked_is_paid_again(
    harness: EngineHarness,
) -> None:
    async def test() -> None:
        await clicked_since(harness)
        before = harness.service.taken
        harness.service.plan("list_jobs", Fault.BUSY, Fault.SERVER)
        engine = await harness.open()
        again = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        assert harness.service.taken == before
        assert [harness.job(job).state for job in again] == [_S.FAILED] * 2

    harness.run(test)


@pytest.mark.parametrize("deaths", [0, 1, 2])
def test_a_list_that_lost_something_is_doubted_until_the_service_was_asked_twice(
    harness: EngineHarness, deaths: int
) -> None:
    """Its log was lost, the program that noticed was killed, and the service's list began with what is known."""

    async def test() -> None:
        await clicked_since(harness, keeps_mark=True)
        before = harness.service.taken
        known = next(iter(harness.service.entries))
        for number in range(deaths):
            engine = await harness.open()
            await harness.until(lambda: "computer.database_lost" in codes(harness))
            if number > 0:  # one that refuses the pictures, and leaves it at that
                await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
                await engine.idle()
            await harness.crash()
        calls = harness.service.calls
        looked = calls["list_jobs"]
        harness.service.hides = lambda entry: entry.remote_id != known and calls["list_jobs"] == looked + 1
        engine = await harness.open()
        again = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        assert codes(harness).count("computer.database_lost") == 1
        assert harness.service.taken == before
        assert [harness.job(job).state for job in again] == [_S.FAILED] * 2
        # Once they are fetched, the next start trusts the list again.
        account = again[0].account
        await engine.fetch(account, await engine.recover(account), harness.root / "found")
        await engine.idle()
        assert await list_doubt.open_for(engine._context.store, account)
        await harness.crash()
        engine = await harness.open()
        await engine.enqueue([harness.draft(harness.picture("new.png"))])
        await engine.idle()
        assert harness.service.taken == before + 1
        assert not await list_doubt.open_for(engine._context.store, account)

    harness.run(test)


def test_other_pictures_are_sent_from_an_old_profile(harness: EngineHarness) -> None:
    """Only what may be one of the unknown results waits for the user."""

    async def test() -> None:
        await clicked_since(harness)
        before = harness.service.taken
        engine = await harness.open()
        other = await engine.enqueue([harness.draft(harness.picture("other.png"), model=MODELS[1])])
        await engine.idle()
        assert harness.job(other[0]).state is _S.DONE
        assert harness.service.taken == before + 1

    harness.run(test)


def test_pictures_of_another_profile_on_the_account_hold_nobody_up(harness: EngineHarness) -> None:
    """Their names carry another profile's mark."""

    async def test() -> None:
        engine = await harness.open()
        await engine.enqueue([harness.draft(harness.picture("a.png"))])
        await engine.idle()
        await harness.crash()
        shutil.rmtree(harness.profile)  # as another computer has it: a profile of its own, on the same account
        engine = await harness.open()
        for name in ("b.png", "c.png"):
            jobs = await engine.enqueue([harness.draft(harness.picture(name))])
            await engine.idle()
            assert harness.job(jobs[0]).state is _S.DONE
            await harness.crash()
            engine = await harness.open()
        assert harness.service.taken == 3

    harness.run(test)


def test_a_doubt_whose_picture_a_mate_sent_after_the_backup_is_not_absent(harness: EngineHarness) -> None:
    """It was sent again on the mate's upload and stands in the list under the mate's name, where a backup does not look for it."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        picture = harness.picture()
        doubtful, mate = await engine.enqueue([harness.draft(picture, model=model) for model in MODELS[:2]])
        await harness.until_state(doubtful, _S.DOUBTFUL)
        await engine.pause()
        await harness.until(lambda: is_undecided(harness.job(doubtful)))
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        await run_on(harness)
        assert harness.service.taken == 2
        assert all(
            mate.token in entry.request.file_name
            for entry in harness.service.entries.values()
            if not entry.request.source_id
        )
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert harness.job(mate).state is _S.DONE
        assert harness.service.taken == 2
        assert is_undecided(harness.job(doubtful)), (harness.job(doubtful).state, harness.job(doubtful).trouble)

    harness.run(test)


def test_a_new_try_that_was_paid_since_the_backup_is_not_paid_again(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.REJECTED)
        failed = await harness.start_one()
        await engine.idle()
        assert harness.job(failed).state is _S.FAILED
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        engine = await harness.open()
        again = await engine.retry(failed.id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE
        taken = harness.service.taken
        await harness.crash()
        restore(harness)
        engine = await harness.open()
        once_more = await engine.retry(failed.id)
        await engine.idle()
        assert harness.service.taken == taken
        refused = harness.job(once_more)
        assert refused.trouble is not None
        assert refused.trouble.code == "service.list_is_older"

    harness.run(test)


def test_of_equal_pictures_the_one_that_was_sent_takes_the_result(harness: EngineHarness) -> None:
    """Two equal requests of one click, and the later was sent: the earlier took its result, and its name was used once more."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        picture = harness.picture()
        first, second = await engine.enqueue([harness.draft(picture), harness.draft(picture)])
        await harness.crash()
        shutil.copytree(harness.profile, harness.root / "backup")
        engine = await harness.open()
        await engine.cancel(first.id)
        await engine.resume()
        await engine.idle()
        assert harness.job(second).state is _S.DONE
        await harness.crash()
        restore(harness)
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in (first, second)] == [_S.DONE] * 2
        assert harness.job(second).remote_id == "process-1"
        assert harness.service.taken == 2
        assert (
            len(harness.service.by_token(second.token)) == 1 or harness.service.entries["process-2"].request.source_id
        )

    harness.run(test)
