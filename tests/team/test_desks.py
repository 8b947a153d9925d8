"""Two desks of a team, without windows: each knows what the other does, and nothing is offered that a team cannot do."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import whole_catalogue
from tests.support.pictures import encode
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from topazdesk.app.app_context import AppContext
from topazdesk.domain.account import Account
from topazdesk.domain.draft import draft
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import (
    BalanceChanged,
    EngineError,
    Event,
    JobChanged,
    JobProgress,
    LimitsChanged,
    LineChanged,
    QueuePaused,
)
from topazdesk.engine.job_store import OvertakenError
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.media.probe import probe
from topazdesk.team.accounts import AccountState
from topazdesk.team.team_engine import TeamEngine
from topazdesk.team.team_store import tell

WAIT_S = 300.0


async def until(condition: Callable[[], object]) -> None:
    end = asyncio.get_running_loop().time() + WAIT_S
    while not condition():
        assert asyncio.get_running_loop().time() < end, "it never came"
        await asyncio.sleep(0.01)


def on_two(tmp_path: Path, url: str, test: Callable[[AppContext, AppContext], Awaitable[None]]) -> None:
    """Runs a test with the desks `one` and `two`, which have the folder `scans` in common."""
    scans = tmp_path / "scans"
    scans.mkdir()

    async def whole() -> None:
        desks = [
            await AppContext.open(
                tmp_path / name,
                machine=name,
                change=lambda settings: settings.with_(team=url, team_roots={"scans": str(scans)}),
            )
            for name in ("one", "two")
        ]
        try:
            for desk in desks:
                await desk.begin()
            await test(*desks)
        finally:
            for desk in desks:
                await desk.close()

    asyncio.run(whole())


def drafted(folder: Path, *, service: ServiceName = ServiceName.TOPAZ, out: str = "") -> Draft:
    folder.mkdir(exist_ok=True)
    path = folder / "plate.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 60, 40, seed=3))
    model = whole_catalogue().of(service)[0]
    return draft(probe(path), model, Recipe(service, model.slug, output=OutputOptions(folder=out)))


def copied(plate: Draft, to: Path) -> Draft:
    to.parent.mkdir()
    shutil.copyfile(plate.info.path, to)
    return draft(probe(to), plate.model, plate.recipe)


async def started(desk: AppContext, tmp_path: Path) -> Job:
    (new,) = await desk.engine.enqueue([drafted(tmp_path / "scans")])
    return new


@pytest.mark.parametrize("how", ["started", "started from a copy", "tried again"])
def test_two_desks_that_start_the_same_picture_at_once_start_it_once(tmp_path: Path, team_url: str, how: str) -> None:
    """Two people, or two machines that watch one folder: each looked whether it is there, and then both paid.

    A copy under another name is the same picture.
    """

    async def test(one: AppContext, two: AppContext) -> None:
        plate = drafted(tmp_path / "scans")
        is_again = how == "tried again"
        if is_again:
            first = await started(one, tmp_path)
            await until(lambda: two.engine.get(first.id))
            await one.engine.cancel(first.id)
            await until(lambda: two.engine.job(first.id).state is JobState.CANCELLED)
            started_ones = await asyncio.gather(*(desk.engine.retry(first.id) for desk in (one, two)))
            assert started_ones[0].id == started_ones[1].id != first.id
        else:
            same = copied(plate, tmp_path / "scans" / "other" / "scan.jpg") if "copy" in how else plate
            since = await two.engine.context.store.added()  # type: ignore[attr-defined]
            found = [await one.engine.admit([plate])]
            with pytest.raises(OvertakenError):
                await two.engine.enqueue([same], since=since)
            found.append(await two.engine.admit([same]))
            assert [(len(each.jobs), len(each.before)) for each in found] == [(1, 0), (0, 1)]
        jobs = (await two.engine.page(10)).jobs
        assert len(jobs) == 1 + is_again
        # Whoever wants it once more gets it once more.
        again = await two.engine.admit([plate], again=True)
        assert len(again.jobs) == 1

    on_two(tmp_path, team_url, test)


def test_a_desk_knows_where_jobs_were_started_and_how_far_they_are(tmp_path: Path, team_url: str) -> None:
    async def test(one: AppContext, two: AppContext) -> None:
        heard: list[Event] = []
        two.events.subscribe(heard.append)
        new = await started(one, tmp_path)
        await until(lambda: two.engine.get(new.id))
        assert two.engine.places(new.id) == ("one", "")
        preparing = replace(new, state=JobState.PREPARING, changed_at=new.changed_at + 1)
        await one.store.accept()  # type: ignore[attr-defined] # no keeper is there who would look the queue up
        await one.store.save(preparing, new)  # as a step on that machine would
        await until(lambda: two.engine.job(new.id).state is JobState.PREPARING)
        assert two.engine.places(new.id) == ("one", "one")
        told = ((new.id, "queued", 10.0, None), (new.id, "preparing", 40.0, None))
        account = Account(ServiceName.TOPAZ)
        await one.store.tell_progress(told, {str(account): (77, 3)})  # type: ignore[attr-defined]
        await until(lambda: any(isinstance(event, BalanceChanged) for event in heard))
        # What is told of a stage that is over is nothing any more.
        assert [event.percent for event in heard if isinstance(event, JobProgress)] == [40.0]
        (balance,) = (event for event in heard if isinstance(event, BalanceChanged))
        assert (balance.account, balance.balance.available) == (account, 77)
        # Who comes later asks the database.
        page = await two.engine.page(10)
        assert [two.engine.places(each.id) for each in page.jobs] == [("one", "one")]

    on_two(tmp_path, team_url, test)


def test_a_pause_is_for_all_and_says_who_wanted_it(tmp_path: Path, team_url: str) -> None:
    async def test(one: AppContext, two: AppContext) -> None:
        heard: list[QueuePaused] = []
        one.events.subscribe(lambda event: heard.append(event) if isinstance(event, QueuePaused) else None)
        await two.engine.pause()
        assert (two.engine.is_paused, two.engine.paused_on) == (True, "two")
        await until(lambda: one.engine.is_paused)
        assert one.engine.paused_on == "two"
        assert heard[-1] == QueuePaused(True, by="two")
        await one.engine.resume()
        await until(lambda: not two.engine.is_paused)
        assert heard[-1] == QueuePaused(False)

    on_two(tmp_path, team_url, test)


def test_a_limit_that_was_read_before_the_news_of_it_is_old_when_the_news_comes(tmp_path: Path, team_url: str) -> None:
    """Whoever had asked in between kept a limit that was taken away, as the news compared with what it knew itself."""

    async def test(one: AppContext, two: AppContext) -> None:
        account = Account(ServiceName.TOPAZ)
        assert isinstance(one.engine, TeamEngine)
        assert one.team is not None
        assert two.team is not None
        told: list[Event] = []
        one.events.subscribe(lambda event: told.append(event) if isinstance(event, LimitsChanged) else None)
        await one.team.cap_day(4)
        await until(lambda: told)
        told.clear()

        def set_untold(connection: SqlConnection) -> None:
            connection.execute("UPDATE accounts SET day_cap = 2")

        await one.engine.store._write(set_untold)
        (limit,) = await one.engine.day_limits(account)
        assert limit.amount == 2
        await two.team.cap_day(4)
        await until(lambda: told)
        (limit,) = await one.engine.day_limits(account)
        assert limit.amount == 4

    on_two(tmp_path, team_url, test)


def _state(day_cap: int | None) -> AccountState:
    account = Account(ServiceName.TOPAZ)
    return AccountState(account, 8, 0, 0.0, None, day_cap, "")


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_what_was_read_of_the_accounts_last_is_what_counts(tmp_path: Path, team_url: str) -> None:
    """Two readings were under way in two threads, and the older one came last: its limit and its pause stayed."""

    async def test(one: AppContext, two: AppContext) -> None:
        engine, account = one.engine, Account(ServiceName.TOPAZ)
        assert isinstance(engine, TeamEngine)
        answers: list[asyncio.Future[object]] = []

        async def late(_op: object) -> object:
            answers.append(asyncio.get_running_loop().create_future())
            number = len(answers)
            await answers[-1]
            return ("two", {account: _state(4)}, None) if number == 1 else (None, {account: _state(2)}, None)

        there, engine.store._read = engine.store._read, late  # type: ignore[method-assign]
        older, younger = (asyncio.ensure_future(engine._hear_accounts()) for _ in range(2))
        await turns()
        for answer in reversed(answers):
            answer.set_result(None)
            await turns()
        for answer in answers:
            if not answer.done():
                answer.set_result(None)
        await asyncio.gather(older, younger)
        engine.store._read = there  # type: ignore[method-assign]
        assert engine._known_accounts[account].day_cap == 2
        assert not engine.is_paused

    on_two(tmp_path, team_url, test)


def test_news_of_a_limit_that_could_not_be_read_is_read_again(tmp_path: Path, team_url: str) -> None:
    """A line that was cut just then took the news with it, and the old limit stood for ever."""

    async def test(one: AppContext, two: AppContext) -> None:
        engine, account = one.engine, Account(ServiceName.TOPAZ)
        assert isinstance(engine, TeamEngine)
        assert two.team is not None
        there, failed = engine._hear_accounts, False

        async def cut() -> None:
            nonlocal failed
            if not failed and await engine.store.day_cap(account) == 2:
                failed = True
                raise ComputerError("The line was cut", "It is tried again.", code=Code.COMPUTER_TEAM_UNREACHABLE)
            await there()

        await two.team.cap_day(4)
        await until(lambda: account in engine._known_accounts and engine._known_accounts[account].day_cap == 4)
        engine._hear_accounts = cut  # type: ignore[method-assign]
        await two.team.cap_day(2)
        await until(lambda: failed)
        await until(lambda: engine._known_accounts[account].day_cap == 2)

    on_two(tmp_path, team_url, test)


def test_limits_and_pauses_are_written_in_the_order_in_which_they_were_wanted(tmp_path: Path, team_url: str) -> None:
    """Each is written by a thread of its own, and one whose line is cut is written again later: over a later one."""

    async def test(one: AppContext, two: AppContext) -> None:
        engine, team, account = one.engine, one.team, Account(ServiceName.TOPAZ)
        assert isinstance(engine, TeamEngine)
        assert team is not None
        cap, pause, held = engine.store.cap_day, engine.store.pause_by, [asyncio.Event() for _ in range(2)]
        capped: list[int | None] = []
        paused: list[str] = []

        async def late_cap(account: Account, credits: int | None) -> None:
            if credits == 2:
                await held[0].wait()
            await cap(account, credits)
            capped.append(credits)

        async def late_pause(machine: str) -> None:
            if machine:
                await held[1].wait()
            await pause(machine)
            paused.append(machine)

        engine.store.cap_day, engine.store.pause_by = late_cap, late_pause  # type: ignore[method-assign]
        first, second = (asyncio.ensure_future(team.cap_day(each)) for each in (2, 4))
        third, fourth = asyncio.ensure_future(engine.pause()), asyncio.ensure_future(engine.resume())
        await turns()
        assert [each.done() for each in (second, fourth)] == [False, False]
        for each in held:
            each.set()
        await asyncio.gather(first, second, third, fourth)
        assert (capped, paused) == ([2, 4], ["one", ""])
        assert await engine.store.day_cap(account) == 4
        assert not engine.is_paused

    on_two(tmp_path, team_url, test)


@pytest.mark.parametrize(
    ("where", "service", "out", "code"),
    [
        ("scans", ServiceName.TOPAZ, "", None),
        ("elsewhere", ServiceName.TOPAZ, "", Code.USE_TEAM_NO_ROOT),
        ("scans", ServiceName.TOPAZ, "elsewhere", Code.USE_TEAM_NO_ROOT),
        ("scans", ServiceName.SANDBOX, "", Code.USE_TEAM_SERVICE),
    ],
)
def test_what_a_team_cannot_do_is_said_before_it_is_started(
    tmp_path: Path, team_url: str, where: str, service: ServiceName, out: str, code: Code | None
) -> None:
    async def test(one: AppContext, two: AppContext) -> None:
        wanted = drafted(tmp_path / where, service=service, out=str(tmp_path / out) if out else "")
        (found,) = await one.engine.preview([wanted])
        assert (found.refusal.code if found.refusal else None) == code
        if code is not None:
            with pytest.raises(UseError) as caught:
                await one.engine.enqueue([wanted])
            assert caught.value.code == code
        assert not any(each.traits.is_local for each in one.services_offered)
        assert one.service_in_use in one.services_offered

    on_two(tmp_path, team_url, test)


def test_a_restart_of_the_server_is_told_once_and_over_when_it_is_back(
    tmp_path: Path, team_url: str, postgres: Cluster
) -> None:
    async def test(one: AppContext, two: AppContext) -> None:
        heard: list[object] = []
        one.events.subscribe(
            lambda event: heard.append(event) if isinstance(event, LineChanged | EngineError) else None
        )
        await asyncio.to_thread(postgres.stop)
        await until(lambda: heard)
        await asyncio.to_thread(postgres.start)
        await until(lambda: heard[-1:] == [LineChanged()])
        assert [type(each) for each in heard] == [LineChanged, LineChanged]
        new = await started(two, tmp_path)
        await until(lambda: one.engine.get(new.id))

    on_two(tmp_path, team_url, test)


def test_a_row_of_an_older_program_is_asked_for(tmp_path: Path, team_url: str) -> None:
    """An older one does not say on which machine a job is moved: the database is asked."""

    async def test(one: AppContext, two: AppContext) -> None:
        new = await started(one, tmp_path)
        await until(lambda: two.engine.get(new.id))

        def moved(connection: SqlConnection) -> None:
            connection.execute("UPDATE jobs SET worked_on = 'old' WHERE id = ?", (new.id,))
            tell(connection, jobs=[new.id])

        await one.store._write(moved)
        await until(lambda: two.engine.places(new.id) == ("one", "old"))

    on_two(tmp_path, team_url, test)


def test_work_that_is_told_to_stop_finishes_what_it_has_begun(
    tmp_path: Path,
    team_url: str,
    sandbox: RunningSandbox,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A picture that is just being sent is sent, and in no doubt afterwards; then the machine says that it has stopped."""
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
    monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)

    async def test(one: AppContext, two: AppContext) -> None:
        team = one.team
        assert team is not None
        ends: list[asyncio.Task[None]] = []

        def hear(event: Event) -> None:
            if isinstance(event, JobChanged) and event.job.state is JobState.SUBMITTING and not ends:
                ends.append(asyncio.create_task(team.end_work()))

        team._events.subscribe(hear)
        new = await started(one, tmp_path)
        team.begin_work()
        await until(lambda: ends)
        await ends[0]
        (found,) = await two.store.find([new.id])
        assert found.remote_id
        assert found.state in (JobState.RUNNING, JobState.READY)
        assert [machine.works for machine in (await two.team.look()).machines] == [False]  # type: ignore[union-attr]

    on_two(tmp_path, team_url, test)
