"""A profile from a backup, or one that lost its last changes: what the service has already is not paid again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Entry, FakeService, Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.domain.services import ServiceName
from topazdesk.engine.doubts import is_undecided
from topazdesk.engine.events import Trouble
from topazdesk.engine.unsent import _TRIES

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2")


async def clicked(desk: EngineDesk, *, models: tuple[str, ...] = MODELS[:1], before: bool = False) -> tuple[Job, ...]:
    """Pictures in the queue, and a backup of the profile as it is then; `before`: with a job that was done before."""
    engine = await desk.open()
    if before:
        await desk.witness()
    await engine.pause()
    drafts = [desk.draft(desk.picture(f"{n}.png"), model=model) for n in range(4) for model in models]
    jobs = await engine.enqueue(drafts)
    await desk.crash()
    shutil.copytree(desk.profile, desk.root / "backup")
    return jobs


async def run_on(desk: EngineDesk) -> None:
    engine = await desk.open()
    await engine.resume()
    await engine.idle()
    await desk.crash()


def restore(desk: EngineDesk) -> None:
    shutil.rmtree(desk.profile)
    shutil.copytree(desk.root / "backup", desk.profile)


def codes(desk: EngineDesk) -> list[str]:
    return [e.error.code for e in desk.events if isinstance(e, Trouble)]


@pytest.mark.parametrize("finds", [False, True], ids=["by the list", "by name"])
@pytest.mark.parametrize("before", [False, True], ids=["first jobs", "with a past"])
def test_a_queue_from_a_backup_is_looked_up_before_anything_is_sent(
    desk: EngineDesk, finds: bool, before: bool
) -> None:
    """8 clicks became 15 submits, under names that the list showed already."""

    async def test() -> None:
        desk.service.finds = finds
        jobs = await clicked(desk, before=before)
        await run_on(desk)
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4
        assert [len(desk.service.by_token(job.token)) for job in jobs] == [1] * 4
        assert desk.service.taken == 4 + before
        assert ("service.list_is_older" in codes(desk)) is not finds
        # The books have them, as if nothing had happened.
        lines = {line.job_id: line for line in await engine.ledger()}
        assert [lines[job.id].charged for job in jobs] == [1] * 4

    desk.run(test)


def test_results_that_are_there_already_get_no_second_copy(desk: EngineDesk) -> None:
    """They have the name that the restored job is to have, and its bytes; one that somebody changed stays as it is."""

    async def test() -> None:
        jobs = await clicked(desk)
        await run_on(desk)
        out = sorted((desk.root / "out").iterdir())
        assert len(out) == 4
        out[1].write_bytes(b"changed since")
        restore(desk)
        await run_on(desk)
        await desk.open()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4
        changed = out[1].with_name(f"{out[1].stem}-2.png")
        assert [desk.job(job).result for job in jobs] == [out[0], changed, *out[2:]]
        assert sorted((desk.root / "out").iterdir()) == sorted([*out, changed])
        assert out[1].read_bytes() == b"changed since"

    desk.run(test)


def test_several_models_on_one_upload_from_a_backup(desk: EngineDesk) -> None:
    """All of them stand in the list under the name of the one that sent the picture."""

    async def test() -> None:
        jobs = await clicked(desk, models=MODELS)
        await run_on(desk)
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * len(jobs)
        assert desk.service.taken == len(jobs)
        for job in jobs:
            entry = desk.service.entries[desk.job(job).remote_id]
            assert entry.request.model.slug == job.recipe.model
        assert len({desk.job(job).remote_id for job in jobs}) == len(jobs)

    desk.run(test)


def test_a_group_whose_picture_was_sent_before_the_backup(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("share", *[Fault.TOP_UP] * 2)
        picture = desk.picture()
        jobs = await engine.enqueue([desk.draft(picture, model=model) for model in MODELS])
        await desk.until(lambda: sum(desk.job(job).state is _S.DONE for job in jobs) == 1)
        await engine.pause()
        await desk.crash()
        shutil.copytree(desk.profile, desk.root / "backup")
        await run_on(desk)
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 3
        assert desk.service.taken == 3

    desk.run(test)


def test_what_was_never_sent_is_sent_after_one_reading(desk: EngineDesk) -> None:
    async def test() -> None:
        jobs = await clicked(desk, before=True)
        desk.service.calls.clear()
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4
        assert desk.service.taken == 5
        assert codes(desk) == []

    desk.run(test)


def test_jobs_of_this_run_wait_for_no_look(desk: EngineDesk) -> None:
    async def test() -> None:
        jobs = await clicked(desk, before=True)
        desk.service.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        engine = await desk.open()
        await engine.resume()
        new = await desk.start_one("new.png")
        await desk.finished(new)
        assert {desk.job(job).state for job in jobs} == {_S.QUEUED}
        assert desk.service.taken == 2
        desk.service.faults["list_jobs"].clear()
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4

    desk.run(test)


def test_a_list_that_cannot_be_read_holds_the_old_queue_and_says_so(desk: EngineDesk) -> None:
    """Sent without a look it could be paid twice; the program does not wait for ever either: it says what it knows."""

    async def test() -> None:
        jobs = await clicked(desk, before=True)
        desk.service.plan("list_jobs", *[Fault.SERVER] * 1000)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert {desk.job(job).state for job in jobs} == {_S.QUEUED}
        assert codes(desk) == ["service.cannot_look"]
        assert desk.service.calls["list_jobs"] >= _TRIES
        desk.service.faults["list_jobs"].clear()
        await desk.until(lambda: all(desk.job(job).state.is_final for job in jobs))
        assert desk.service.taken == 5

    desk.run(test)


def test_going_on_reads_a_list_again_that_could_not_be_read(desk: EngineDesk) -> None:
    """Whoever presses “Resume” or calls the command again has waited long enough."""

    async def test() -> None:
        jobs = await clicked(desk, before=True)
        desk.service.plan("list_jobs", *[Fault.SERVER] * 1000)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        await engine.resume()  # in vain: it is said once more
        await engine.idle()
        assert codes(desk) == ["service.cannot_look"] * 2
        desk.service.faults["list_jobs"].clear()
        await engine.resume()
        await engine.idle()
        assert {desk.job(job).state for job in jobs} == {_S.DONE}
        assert desk.service.taken == 5

    desk.run(test)


@pytest.mark.parametrize("odd", [{"unreadable": 1}, {"cursor": "always the same"}], ids=["unreadable", "no end"])
def test_a_list_that_is_not_all_there_frees_no_job_of_the_old_queue(desk: EngineDesk, odd: dict[str, Any]) -> None:
    """Any entry that could not be read may be one of the queue; one that was found is fetched all the same."""

    async def test() -> None:
        jobs = await clicked(desk, before=True)
        await run_on(desk)
        restore(desk)
        whole = desk.service.list_jobs
        unseen = {jobs[2].token, jobs[3].token}

        async def lying(cursor: str = "") -> RemotePage:
            page = await whole("")
            seen = tuple(remote for remote in page.jobs if remote.file_name.partition(".")[0] not in unseen)
            return replace(page, jobs=seen, **odd)

        desk.service.list_jobs = lying  # type: ignore[method-assign]
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert desk.service.taken == 5
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 2 + [_S.QUEUED] * 2
        assert "service.cannot_look" in codes(desk)
        desk.service.list_jobs = whole  # type: ignore[method-assign]
        await desk.until(lambda: all(desk.job(job).state is _S.DONE for job in jobs))
        assert desk.service.taken == 5

    desk.run(test)


@pytest.mark.parametrize("finds", [False, True], ids=["by the list", "by name"])
def test_an_empty_list_proves_nothing_to_a_profile_that_knows_better(desk: EngineDesk, finds: bool) -> None:
    """A backup, and a list that is empty at the one reading."""

    async def test() -> None:
        desk.service.finds = finds
        jobs = await clicked(desk, before=True)
        await run_on(desk)
        restore(desk)
        desk.service.hides = lambda _: True
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert codes(desk) == ["service.cannot_look"]
        assert {desk.job(job).state for job in jobs} == {_S.QUEUED}
        desk.service.hides = lambda _: False
        await desk.until(lambda: all(desk.job(job).state.is_final for job in jobs))
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4
        assert desk.service.taken == 5

    desk.run(test)


def test_a_list_that_lags_behind_a_backup(desk: EngineDesk) -> None:
    """Two of four are listed: then the profile is old, and the others may be on their way into the list."""

    async def test() -> None:
        jobs = await clicked(desk)
        await run_on(desk)
        restore(desk)
        late = {entry.remote_id for job in jobs[2:] for entry in desk.service.by_token(job.token)}
        desk.service.hides = lambda entry: entry.remote_id in late
        engine = await desk.open()
        await engine.resume()
        await desk.until(lambda: "service.list_is_older" in codes(desk))
        desk.service.hides = lambda _: False
        await engine.idle()
        assert [desk.job(job).state for job in jobs] == [_S.DONE] * 4
        assert desk.service.taken == 4

    desk.run(test)


def test_other_names_and_a_backup_at_once_ask_the_user(desk: EngineDesk) -> None:
    def rename(entry: Entry) -> None:
        entry.file_name = f"{entry.remote_id}.png"

    async def test() -> None:
        desk.service.after_take = rename
        jobs = await clicked(desk)
        await run_on(desk)
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert {desk.job(job).state for job in jobs} == {_S.DOUBTFUL}
        assert desk.service.taken == 4

    desk.run(test)


def test_other_names_for_a_while_and_several_models_on_one_upload_pay_nothing_again(desk: EngineDesk) -> None:
    """As doubts they were looked for by their own names, which the list never shows of those that shared an upload."""

    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        picture = desk.picture()
        jobs = await engine.enqueue([desk.draft(picture, model=model) for model in MODELS[:2]])
        await desk.crash()
        shutil.copytree(desk.profile, desk.root / "backup")
        await run_on(desk)
        restore(desk)
        whole = desk.service.list_jobs

        async def renamed(cursor: str = "") -> RemotePage:
            page = await whole(cursor)
            return replace(page, jobs=tuple(replace(remote, file_name="x.png") for remote in page.jobs))

        desk.service.list_jobs = renamed  # type: ignore[method-assign]
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert desk.service.taken == len(jobs)
        assert "service.cannot_look" in codes(desk)
        desk.service.list_jobs = whole  # type: ignore[method-assign]
        await desk.until(lambda: all(desk.job(job).state is _S.DONE for job in jobs))
        assert desk.service.taken == len(jobs)

    desk.run(test)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_empty_job_list_beside_a_service_that_knows_our_names(tmp_path: Path, is_known: bool) -> None:
    desk = EngineDesk(tmp_path)

    async def test() -> None:
        if is_known:
            await clicked(desk)
            await run_on(desk)
            shutil.rmtree(desk.profile)
        else:
            await desk.open()
            await desk.crash()
        engine = await desk.open()
        await desk.start_one("again.png")
        await desk.start_one("more.png")
        await engine.idle()
        assert codes(desk) == (["service.unknown_results"] if is_known else [])
        if is_known:
            error = next(e.error for e in desk.events if isinstance(e, Trouble))
            assert "4 pictures" in error.title
            assert "jobs recover" in error.hint
        assert isinstance(desk.service, FakeService)

    desk.run(test)


async def clicked_since(desk: EngineDesk) -> tuple[Job, ...]:
    """Two pictures that were sent and paid after the backup, which is restored then: the profile knows nothing of them."""
    engine = await desk.open()
    await desk.witness()
    await desk.crash()
    shutil.copytree(desk.profile, desk.root / "backup")
    engine = await desk.open()
    jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(2)])
    await engine.idle()
    await desk.crash()
    restore(desk)
    return jobs


def test_what_was_clicked_since_the_backup_is_not_paid_by_the_same_click(desk: EngineDesk) -> None:
    """8 clicks were 16 submits, without a word: the restored profile has no job of them that it could look for."""

    async def test() -> None:
        await clicked_since(desk)
        before = desk.service.taken
        engine = await desk.open()
        again = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        assert desk.service.taken == before
        assert [desk.job(job).state for job in again] == [_S.FAILED] * 2
        assert [job.trouble and job.trouble.code for job in map(desk.job, again)] == ["service.list_is_older"] * 2
        assert codes(desk).count("service.list_is_older") == 1
        # Once the results are fetched nothing is unknown any more, and whoever wants them anew pays knowingly.
        found = await engine.recover(ServiceName.TOPAZ)
        await engine.fetch(ServiceName.TOPAZ, found, desk.root / "found")
        await engine.idle()
        assert desk.service.taken == before
        anew = await engine.retry(again[0].id)
        await engine.idle()
        assert desk.job(anew).state is _S.DONE
        assert desk.service.taken == before + 1

    desk.run(test)


def test_other_pictures_are_sent_from_an_old_profile(desk: EngineDesk) -> None:
    """Only what may be one of the unknown results waits for the user."""

    async def test() -> None:
        await clicked_since(desk)
        before = desk.service.taken
        engine = await desk.open()
        other = await engine.enqueue([desk.draft(desk.picture("other.png"), model=MODELS[1])])
        await engine.idle()
        assert desk.job(other[0]).state is _S.DONE
        assert desk.service.taken == before + 1

    desk.run(test)


def test_pictures_of_another_profile_on_the_account_hold_nobody_up(desk: EngineDesk) -> None:
    """Their names carry another profile's mark."""

    async def test() -> None:
        engine = await desk.open()
        await engine.enqueue([desk.draft(desk.picture("a.png"))])
        await engine.idle()
        await desk.crash()
        shutil.rmtree(desk.profile)  # as another computer has it: a profile of its own, on the same account
        engine = await desk.open()
        for name in ("b.png", "c.png"):
            jobs = await engine.enqueue([desk.draft(desk.picture(name))])
            await engine.idle()
            assert desk.job(jobs[0]).state is _S.DONE
            await desk.crash()
            engine = await desk.open()
        assert desk.service.taken == 3

    desk.run(test)


def test_a_doubt_whose_picture_a_mate_sent_after_the_backup_is_not_absent(desk: EngineDesk) -> None:
    """It was sent again on the mate's upload and stands in the list under the mate's name, where a backup does not look for it."""

    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("submit", Fault.LOSE_REQUEST)
        picture = desk.picture()
        doubtful, mate = await engine.enqueue([desk.draft(picture, model=model) for model in MODELS[:2]])
        await desk.until_state(doubtful, _S.DOUBTFUL)
        await engine.pause()
        await desk.until(lambda: is_undecided(desk.job(doubtful)))
        await desk.crash()
        shutil.copytree(desk.profile, desk.root / "backup")
        await run_on(desk)
        assert desk.service.taken == 2
        assert all(
            mate.token in entry.request.file_name
            for entry in desk.service.entries.values()
            if not entry.request.source_id
        )
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert desk.job(mate).state is _S.DONE
        assert desk.service.taken == 2
        assert is_undecided(desk.job(doubtful)), (desk.job(doubtful).state, desk.job(doubtful).trouble)

    desk.run(test)


def test_a_new_try_that_was_paid_since_the_backup_is_not_paid_again(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        desk.service.plan("submit", Fault.REJECTED)
        failed = await desk.start_one()
        await engine.idle()
        assert desk.job(failed).state is _S.FAILED
        await desk.crash()
        shutil.copytree(desk.profile, desk.root / "backup")
        engine = await desk.open()
        again = await engine.retry(failed.id)
        await engine.idle()
        assert desk.job(again).state is _S.DONE
        taken = desk.service.taken
        await desk.crash()
        restore(desk)
        engine = await desk.open()
        once_more = await engine.retry(failed.id)
        await engine.idle()
        assert desk.service.taken == taken
        refused = desk.job(once_more)
        assert refused.trouble is not None
        assert refused.trouble.code == "service.list_is_older"

    desk.run(test)


def test_of_equal_pictures_the_one_that_was_sent_takes_the_result(desk: EngineDesk) -> None:
    """Two equal requests of one click, and the later was sent: the earlier took its result, and its name was used once more."""

    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        picture = desk.picture()
        first, second = await engine.enqueue([desk.draft(picture), desk.draft(picture)])
        await desk.crash()
        shutil.copytree(desk.profile, desk.root / "backup")
        engine = await desk.open()
        await engine.cancel(first.id)
        await engine.resume()
        await engine.idle()
        assert desk.job(second).state is _S.DONE
        await desk.crash()
        restore(desk)
        engine = await desk.open()
        await engine.resume()
        await engine.idle()
        assert [desk.job(job).state for job in (first, second)] == [_S.DONE] * 2
        assert desk.job(second).remote_id == "process-1"
        assert desk.service.taken == 2
        assert len(desk.service.by_token(second.token)) == 1 or desk.service.entries["process-2"].request.source_id

    desk.run(test)
