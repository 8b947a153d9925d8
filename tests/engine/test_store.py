"""The database: what is written together, what survives, what is refused untouched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import quick_start
from tests.support.any_store import AnyStore
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, TrialOf
from topazdesk.engine import rows
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.migrations import STEPS
from topazdesk.engine.store import Store
from topazdesk.errors import BudgetError, ComputerError, KnownIdError, ProfileLostError, Retry, TopazdeskError

ODD = Path(os.fsdecode(b"/pictures/caf\xe9 \xff\n.jpg"))


def job(number: int = 1, **changes: Any) -> Job:
    recipe = Recipe.of(
        ServiceName.SANDBOX,
        "standard-2",
        {"denoise": 0.5},
        OutputOptions(OutputSize.scale(2), folder=os.fsdecode(b"/out\xff")),
    )
    base = Job(
        id=f"j{number}",
        token=f"td-{number}",
        run_id="r1",
        source=ODD,
        source_digest="",
        source_size=Size(4, 3),
        recipe=recipe,
        target_size=Size(8, 6),
        estimate=Estimate(3, EstimateSource.SERVICE, 1.5),
        state=JobState.QUEUED,
        created_at=1.0,
        changed_at=1.0,
        position=number,
    )
    return replace(base, **changes)


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AnyStore:
    """A job list of either kind; the tests that open `Store` itself are of its file."""
    of_team = request.param == "postgres"
    return AnyStore(tmp_path, (lambda: request.getfixturevalue("postgres")) if of_team else None)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_a_job_comes_back_as_it_was_to_the_last_byte_of_its_name(stores: AnyStore) -> None:
    full = job(
        remote_id="p1",
        percent=12.5,
        remote_eta=99.0,
        charged=3,
        result=ODD,
        target=ODD,
        result_size=Size(8, 6),
        echoed="half a pair: \ud800",
        trouble=JobError("c", "t", "h \udcff", "d"),
        resume_to=JobState.READY,
        cancel_wanted=True,
        format=FileFormat.TIFF,
        submitted_at=5.0,
        refunded=0,
    )

    async def test() -> None:
        store = await stores.open()
        await store.add(RunRecord("r1", 1.0, None), [full])
        await store.close()
        store = await stores.open()
        jobs, broken = await store.load()
        await store.close()
        assert jobs == [replace(full, echoed="half a pair: ?")]
        assert broken == []

    run(test())


def test_a_row_that_cannot_be_read_is_named_and_left_alone(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        await store.add(RunRecord("r1", 1.0, None), [job(1), job(2)])
        await store.close()
        store = await stores.open()
        await store._write(lambda c: c.execute("UPDATE jobs SET state = 'from the future' WHERE id = 'j1'"))
        jobs, broken = await store.load()
        await store.close()
        assert ([j.id for j in jobs], broken) == (["j2"], ["j1"])

    run(test())


def test_state_history_and_money_are_one_write(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        await store.add(RunRecord("r1", 1.0, 2), [job()])  # a budget of 2 for a job of 3
        with pytest.raises(BudgetError):
            await store.save(job(state=JobState.SUBMITTING), job(), money=MoneyMove(MoneyKind.RESERVE, 2.0, 3))
        jobs, _ = await store.load()
        assert jobs[0].state is JobState.QUEUED
        assert len(await store.history("j1")) == 1
        assert await store.ledger() == ()
        await store.close()

    run(test())


def test_one_refused_write_takes_no_other_with_it(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        await store.add(RunRecord("r1", 1.0, 4), [job(1), job(2), job(3)])

        def reserve(number: int) -> Coroutine[Any, Any, None]:
            changed = job(number, state=JobState.SUBMITTING)
            return store.save(changed, job(number), money=MoneyMove(MoneyKind.RESERVE, 2.0, 3))

        results = await asyncio.gather(*(reserve(n) for n in (1, 2, 3)), return_exceptions=True)
        assert sorted(type(r).__name__ for r in results) == ["BudgetError", "BudgetError", "NoneType"]
        assert [line.reserved for line in await store.ledger()] == [3]
        await store.close()

    run(test())


def test_a_run_is_written_whole_or_not_at_all(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        with pytest.raises(ComputerError):
            await store.add(RunRecord("r1", 1.0, None), [job(1), job(2, token="td-1")])
        assert (await store.load())[0] == []
        await store.close()

    run(test())


def test_a_day_cap_counts_what_is_held_and_what_was_charged(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        await store.add(RunRecord("r1", 1.0, None), [job(1), job(2), job(3)])

        async def move(number: int, money: MoneyMove) -> None:
            is_sent = money.kind is not MoneyKind.RELEASE
            state = JobState.SUBMITTING if is_sent else JobState.QUEUED
            (was,) = await store.find([f"j{number}"])
            await store.save(job(number, state=state), was, money=money)

        await move(1, MoneyMove(MoneyKind.RESERVE, 100.0, 3, 6, 50.0))
        await move(1, MoneyMove(MoneyKind.CHARGE, 101.0, 2))
        await move(2, MoneyMove(MoneyKind.RESERVE, 102.0, 3, 6, 50.0))
        with pytest.raises(BudgetError, match="daily limit"):
            await move(3, MoneyMove(MoneyKind.RESERVE, 103.0, 3, 6, 50.0))
        await move(2, MoneyMove(MoneyKind.RELEASE, 104.0))
        await move(3, MoneyMove(MoneyKind.RESERVE, 105.0, 3, 6, 50.0))
        await store.save(
            job(3), (await store.find(["j3"]))[0], is_move=False, money=MoneyMove(MoneyKind.REFUND, 106.0, 3)
        )
        lines = [(e.job_id, e.reserved, e.charged, e.refunded) for e in await store.ledger()]
        assert lines == [("j1", 0, 2, None), ("j2", 0, None, None), ("j3", 0, 0, 3)]
        # The next day begins anew.
        await move(2, MoneyMove(MoneyKind.RELEASE, 199.0))
        await move(2, MoneyMove(MoneyKind.RESERVE, 200.0, 3, 3, 150.0))
        await store.close()

    run(test())


def test_a_cap_in_credits_says_nothing_about_dollars(stores: AnyStore) -> None:
    async def test() -> None:
        store = await stores.open()
        dollars = Estimate(80_000, EstimateSource.TABLE, unit=Unit.USD)
        await store.add(RunRecord("r1", 1.0, None), [job(1), job(2, estimate=dollars)])
        for one, cap in ((job(1), 5), (job(2, estimate=dollars), 100_000)):
            money = MoneyMove(MoneyKind.RESERVE, 100.0, one.estimate.credits, cap, 50.0)
            await store.save(replace(one, state=JobState.SUBMITTING), one, money=money)
        assert [(e.reserved, e.unit) for e in await store.ledger()] == [(3, "credit"), (80_000, "usd")]
        assert await store.ledger_of(["j2", "nonesuch", "j1"]) == await store.ledger()
        assert [e.job_id for e in await store.ledger_of(f"j{n}" for n in range(2, 1200))] == ["j2"]
        assert (await store.load())[0][1].estimate == dollars
        await store.close()

    run(test())


def test_a_newer_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path)
        await store.close()
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("PRAGMA user_version = 99")
        before = path.read_bytes()
        with pytest.raises(ComputerError, match="newer topazdesk") as caught:
            await Store.open(path)
        assert caught.value.code == "computer.database_newer"
        assert path.read_bytes() == before

    run(test())


def test_an_older_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path)
        await store.add(RunRecord("r1", 1.0, None), [job()])
        await store.close()
        store = await Store.open(path, steps=(*STEPS, ("CREATE TABLE more (x)",)))
        assert len((await store.load())[0]) == 1
        await store.close()
        copy = tmp_path / f"jobs.db.v{len(STEPS)}.bak"
        with closing(sqlite3.connect(copy)) as raw, raw:
            assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
            assert raw.execute("SELECT count(*) FROM jobs").fetchone() == (1,)

    run(test())


def test_a_profile_from_before_trials_opens_with_its_jobs(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    new = {
        "copies",
        "trial",
        "upload_group",
        "by_source",
        "source_gone",
        "handed_over",
        "delivered_bytes",
        "delivered_digest",
        "kept",
        "sent",
        "verdict",
        "label",
        "label_bytes",
        "label_digest",
        "hours",
        "remark",
        "account_id",
        "key_mark",
    }
    before = job(state=JobState.DONE, remote_id="p1", source_id="s1", source_digest="d")

    async def test() -> None:
        await (await Store.open(path, steps=STEPS[:2])).close()
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("INSERT INTO runs VALUES ('r1', 1.0, NULL)")
            values = {n: v for n, v in zip(rows.COLUMNS, rows.to_row(before), strict=True) if n not in new}
            marks = ", ".join("?" * len(values))
            raw.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        store = await Store.open(path)
        assert await store.load() == ([before], [])
        recipe = before.recipe
        trial = TrialOf(Path(os.fsdecode(b"caf\xe9.jpg")), Patch(1, 2, 128, 130), recipe)
        after = replace(before, trial=trial, upload_group="g", by_source=True, source_gone="s0")
        await store.save(after, before, is_move=False)
        assert await store.load() == ([after], [])
        assert (await store.at_service()).remote_ids == {"p1"}
        await store.close()

    run(test())


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path)
        await store.add(RunRecord("r1", 1.0, None), [job()])
        await store.close()
        with pytest.raises(ComputerError):
            await Store.open(path, steps=(*STEPS, ("CREATE TABLE more (x)", "NONSENSE")))
        store = await Store.open(path)
        assert len((await store.load())[0]) == 1
        await store.close()

    run(test())


@pytest.mark.parametrize(
    ("content", "code"), [(b"this is not a database at all, it is a text" * 50, "computer.database_damaged")]
)
def test_a_damaged_database_is_refused_and_left_untouched(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(content)

    async def test() -> None:
        with pytest.raises(ComputerError) as caught:
            await Store.open(path)
        assert caught.value.code == code
        assert path.read_bytes() == content

    run(test())


def test_a_locked_database_is_an_error_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path, busy_s=0.01)
        await store.add(RunRecord("r1", 1.0, None), [job()])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ComputerError) as caught:
            await store.save(job(state=JobState.PREPARING), job())
        assert (caught.value.code, caught.value.retry) == ("computer.database_locked", Retry.LATER)
        other.execute("ROLLBACK")
        other.close()
        await store.save(job(state=JobState.PREPARING), job())
        assert (await store.load())[0][0].state is JobState.PREPARING
        await store.close()

    run(test())


def test_a_full_disk_is_an_error_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path)
        await store.add(RunRecord("r1", 1.0, None), [job()])
        pages = await store._read(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
        await store._read(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        big = job(state=JobState.PREPARING, echoed="x" * 200_000)
        with pytest.raises(ComputerError) as caught:
            await store.save(big, job())
        assert (caught.value.code, caught.value.retry) == ("computer.database_full", Retry.LATER)
        assert (await store.load())[0][0].state is JobState.QUEUED
        await store._read(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
        await store.save(big, job())
        assert (await store.load())[0][0] == big
        await store.close()

    run(test())


def test_a_folder_that_cannot_hold_a_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    async def test() -> None:
        with pytest.raises(ComputerError) as caught:
            await Store.open(tmp_path / "file" / "jobs.db")
        assert caught.value.code == "computer.database_read_only"

    run(test())


def test_only_one_program_may_run_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        first, second = await Store.open(path), await Store.open(path)
        await first.claim()
        await first.claim()
        with pytest.raises(TopazdeskError) as caught:
            await second.claim()
        assert caught.value.code == "computer.profile_in_use"
        await first.close()
        await second.claim()
        await second.close()

    run(test())


def test_a_later_program_takes_the_profile_and_the_earlier_one_writes_nothing_more(tmp_path: Path) -> None:
    """The lock file was deleted, or the drive keeps no locks: 40 clicks became 69 submits."""
    path = tmp_path / "jobs.db"

    async def test() -> None:
        first = await Store.open(path)
        await first.claim()
        await first.add(RunRecord("r1", 1.0, None), [job(1), job(2)])
        path.with_name("jobs.db.lock").unlink()
        second = await Store.open(path)
        await second.claim()
        await second.save(job(1, state=JobState.DONE), job(1))
        reserve = MoneyMove(MoneyKind.RESERVE, 2.0, 3)
        first.save_soon(job(1, state=JobState.PREPARING), job(1))
        for write in (
            first.save(job(2, state=JobState.SUBMITTING), job(2), money=reserve),
            first.save(job(1, state=JobState.READY), job(1)),
            first.add(RunRecord("r2", 1.0, None), [job(3)]),
        ):
            with pytest.raises(ProfileLostError) as caught:
                await write
            assert caught.value.code == "computer.profile_taken"
        await second.save(job(2, state=JobState.SUBMITTING), job(2), money=reserve)
        assert [j.state for j in (await second.load())[0]] == [JobState.DONE, JobState.SUBMITTING]
        assert len(await second.ledger()) == 1
        await first.close()
        await second.close()

    run(test())


def test_a_write_beside_a_lost_profile_is_judged_by_itself(tmp_path: Path) -> None:
    """One transaction with several writes: only those of jobs are refused."""
    path = tmp_path / "jobs.db"

    async def test() -> None:
        first, second = await Store.open(path), await Store.open(path)
        await first.claim()
        await first.add(RunRecord("r1", 1.0, None), [job(1)])
        path.with_name("jobs.db.lock").unlink()
        await second.claim()
        first.save_soon(job(1, state=JobState.PREPARING), job(1))
        await first.set_meta("paused", "user")
        assert await second.get_meta("paused") == "user"
        assert (await second.load())[0] == [job(1)]
        await first.close()
        await second.close()

    run(test())


@pytest.mark.parametrize(
    "change",
    ["state = 'submitting'", "state = 'running', remote_id = 'p1'", "intent_at = 5.0", "attempts = 1", "resends = 1"],
)
def test_a_job_is_reserved_only_as_this_program_believes_it_to_be(tmp_path: Path, change: str) -> None:
    async def test() -> None:
        store = await Store.open(tmp_path / "jobs.db")
        await store.claim()
        await store.add(RunRecord("r1", 1.0, None), [job()])
        await store._write(lambda c: c.execute(f"UPDATE jobs SET {change}"))
        sent = job(state=JobState.SUBMITTING)
        with pytest.raises(ProfileLostError) as caught:
            await store.save(sent, job(), money=MoneyMove(MoneyKind.RESERVE, 2.0, 3))
        assert caught.value.code == "computer.profile_changed"
        assert await store.ledger() == ()
        await store.close()

    run(test())


def test_a_job_list_that_was_replaced_under_a_running_program_is_written_no_more(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path)
        await store.claim()
        await store.add(RunRecord("r1", 1.0, None), [job()])
        path.rename(tmp_path / "old.db")
        shutil.copy(tmp_path / "old.db", path)
        with pytest.raises(ProfileLostError) as caught:
            await store.save(job(state=JobState.PREPARING), job())
        assert caught.value.code == "computer.profile_replaced"
        await store.close()

    run(test())


def test_a_mark_that_could_not_be_written_goes_with_the_first_write_that_can(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    async def test() -> None:
        store = await Store.open(path, busy_s=0.01)
        await store.add(RunRecord("r1", 1.0, None), [job()])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await store.claim()
        other.execute("ROLLBACK")
        other.close()
        assert await store.get_meta("owner") == ""
        await store.save(job(state=JobState.PREPARING), job())
        assert len(await store.get_meta("owner")) == 32
        await store.save(job(state=JobState.QUEUED), job(state=JobState.PREPARING))
        await store.close()

    run(test())


def test_two_jobs_of_one_service_never_have_one_remote_job(stores: AnyStore) -> None:
    """A submit answered with the number of another job: both were "done" with one picture, and one result was lost."""

    async def test() -> None:
        store = await stores.open()
        elsewhere = replace(job(3).recipe, service=ServiceName.TOPAZ)
        hidden = job(1, state=JobState.DONE, remote_id="p1", is_hidden=True)
        await store.add(RunRecord("r1", 1.0, None), [hidden, job(2), job(3, recipe=elsewhere)])
        await store.save(job(2, state=JobState.SUBMITTING), job(2))
        with pytest.raises(KnownIdError):
            await store.save(job(2, state=JobState.RUNNING, remote_id="p1"), job(2, state=JobState.SUBMITTING))
        await store.save(job(2, state=JobState.RUNNING, remote_id="p2"), job(2, state=JobState.SUBMITTING))
        # Numbers of another service are another matter.
        await store.save(job(3, state=JobState.RUNNING, remote_id="p1", recipe=elsewhere), job(3, recipe=elsewhere))
        assert [j.remote_id for j in (await store.load())[0]] == ["p2", "p1"]
        await store.close()

    run(test())


def test_writes_that_were_awaited_survive_a_kill(tmp_path: Path) -> None:
    """The files as they are on disk at any moment, without a close, hold all that was awaited."""

    async def test() -> None:
        store = await Store.open(tmp_path / "jobs.db")
        await store.add(RunRecord("r1", 1.0, None), [job(n) for n in range(50)])
        await asyncio.gather(*(store.save(job(n, state=JobState.PREPARING), job(n)) for n in range(50)))
        (tmp_path / "copy").mkdir()
        for file in [tmp_path / f"jobs.db{end}" for end in ("", "-wal", "-shm")]:
            shutil.copy(file, tmp_path / "copy" / file.name)
        await store.close()
        store = await Store.open(tmp_path / "copy" / "jobs.db")
        jobs, _ = await store.load()
        assert [j.state for j in jobs] == [JobState.PREPARING] * 50
        assert len(await store.history("j7")) == 2
        await store.close()

    run(test())


@pytest.mark.parametrize("version", [0, 1])
def test_twenty_programs_may_make_or_change_one_profile_at_once(tmp_path: Path, version: int) -> None:
    """Some were told to check the disk: SQLite does not wait when two turn a new database to its log, and who waited for
    the first to make the tables made them again. Whether two meet there is chance, so there are some races."""
    paths = [tmp_path / f"{number}" / "jobs.sqlite3" for number in range(12)]

    async def before(path: Path) -> None:
        await (await Store.open(path, steps=STEPS[:version])).close()

    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-m", "tests.support.first_start"]
    programs = [quick_start.start(command, env=os.environ, text=True, **streams) for _ in range(20)]
    for path in paths:
        if version:
            run(before(path))
        # One that has failed says nothing any more; why is told below.
        if [program.stdout.readline() for program in programs if program.stdout] != ["ready\n"] * 20:
            break
        for program in programs:
            assert program.stdin is not None
            program.stdin.write(f"{path}\n")
            program.stdin.flush()
    assert [program.communicate()[1][-500:] for program in programs] == [""] * 20
    for path in paths:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        if version:
            with contextlib.closing(sqlite3.connect(path.with_name(f"{path.name}.v{version}.bak"))) as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (version,)


@pytest.mark.skipif(os.name != "posix", reason="pipes and modes are for POSIX")
def test_a_database_is_for_its_user_alone_and_no_pipe(tmp_path: Path) -> None:
    async def test() -> None:
        store = await Store.open(tmp_path / "jobs.sqlite3")
        await store.set_meta("a", "b")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}  # noqa: ASYNC240
        assert set(modes.values()) == {0o600}, modes
        await store.close()
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ComputerError):
            await Store.open(tmp_path / "pipe")

    run(test())


def test_results_are_found_by_their_length_alone(stores: AnyStore) -> None:
    """All finished jobs were read for every folder that was dropped."""

    async def test() -> None:
        store = await stores.open()
        try:
            done = [
                job(
                    id=f"{n}",
                    token=f"t{n}",
                    state=JobState.DONE,
                    result_bytes=10 * (n % 2),
                    result_digest=f"digest {n}",
                )
                for n in range(4)
            ]
            await store.add(RunRecord("r1", 1.0, None), done)
            assert await store.results_of_lengths([10, 11]) == {10: {"digest 1", "digest 3"}}
            assert await store.results_of_lengths([]) == {}
        finally:
            await store.close()

    run(test())


def test_the_index_of_results_is_used(tmp_path: Path) -> None:
    async def test() -> None:
        await (await Store.open(tmp_path / "jobs.db")).close()

    run(test())
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as raw:
        plan = raw.execute(
            "EXPLAIN QUERY PLAN SELECT result_digest FROM jobs WHERE result_digest != '' AND result_bytes = 1 "
            "AND state = 'done'"
        ).fetchall()
    assert "jobs_result" in str(plan)
