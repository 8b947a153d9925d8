"""Each fault by itself, in a whole run: the state it leads to, the sentence, and going on when the cause is gone."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.delivered import is_delivered
from tests.support.proxy import Fault
from tests.support.whole_run import WholeRun
from topazdesk.domain.job import JobState
from topazdesk.engine.events import EngineError, JobChanged

_S = JobState
POST = {"method": "POST", "path": "/async$"}
STATUS = {"method": "GET", "path": "^/image/v1/status"}
LINK = {"method": "GET", "path": "^/image/v1/download/"}
STORE = {"method": "GET", "path": "^/storage/results"}
PORTAL = {
    "status": 200,
    "body": "<html><body>Sign in to the hotel network</body></html>",
    "headers": {"content-type": "text/html"},
}
WRONG = {"status": 200, "body": "{not json"}
DAY_S = 86_400.0


def rule(match: dict[str, Any], do: dict[str, Any], until: int = 2) -> dict[str, Any]:
    return {"match": {**match, "until": until}, "do": do}


def states(run: WholeRun) -> set[JobState]:
    return {e.job.state for e in run.events if isinstance(e, JobChanged)}


def sentences(run: WholeRun) -> list[str]:
    told = [e.job.trouble for e in run.events if isinstance(e, JobChanged) and e.job.trouble]
    return [f"{t.title} {t.hint}" for t in told] + [
        f"{e.error.title} {e.error.hint}" for e in run.events if isinstance(e, EngineError)
    ]


def stopped_by(run: WholeRun, code: str) -> set[str]:
    """The jobs that waited for what this trouble names."""
    changes = [e.job for e in run.events if isinstance(e, JobChanged) and e.job.state is _S.WAITING]
    return {job.id for job in changes if job.trouble is not None and job.trouble.code == code}


def mounted(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fill(path: Path) -> None:
    """Until the volume has no room left."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def fill_with_no_log(database: Path, ballast: Path) -> None:
    """Until the volume has no room left, not even in the write-ahead log: one that was folded in has some to spare."""
    while True:
        ballast.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(database)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        fill(ballast)
        if not database.with_name(f"{database.name}-wal").stat().st_size:
            return  # else something was written in between


def all_done(run: WholeRun) -> None:
    assert [j.state for j in run.jobs()] == [_S.DONE] * run.clicks, [j.trouble for j in run.jobs()]
    assert len(run.taken()) == run.clicks
    run.check()


# -- the paid call --------------------------------------------------------------------------------------------------

GOES_ON: list[tuple[str, dict[str, Any], JobState]] = [
    ("425", {"status": 425}, _S.WAITING),
    ("429", {"status": 429}, _S.WAITING),
    ("429 with Retry-After", {"status": 429, "headers": {"Retry-After": "20"}}, _S.WAITING),
    ("500", {"status": 500}, _S.DOUBTFUL),
    ("502", {"status": 502, "body": "<html>Bad gateway</html>"}, _S.DOUBTFUL),
    ("503", {"status": 503, "headers": {"Retry-After": "10"}}, _S.DOUBTFUL),
    ("504", {"status": 504}, _S.DOUBTFUL),
    ("captive portal", PORTAL, _S.DOUBTFUL),
    ("wrong JSON", WRONG, _S.DOUBTFUL),
    ("answer lost after it arrived", {"drop": "after"}, _S.DOUBTFUL),
    ("cut before the request was read", {"drop": "before"}, _S.DOUBTFUL),
    ("cut in the middle of the upload", {"drop": {"request": 700}}, _S.DOUBTFUL),
    ("answer cut in the middle", {"drop": {"answer": 10}}, _S.RUNNING),
    ("silence", {"answer_delay_s": 3.0}, _S.DOUBTFUL),
]


@pytest.mark.parametrize(("name", "do", "state"), GOES_ON, ids=[name for name, _, _ in GOES_ON])
def test_a_submit_goes_on_by_itself(run: WholeRun, name: str, do: dict[str, Any], state: JobState) -> None:
    async def work() -> None:
        run.sandbox.scenario(rule(POST, do, until=1))
        await run.open()
        await run.click(2)
        await run.engine.idle()
        assert state in states(run)
        assert state is _S.RUNNING or sentences(run)
        all_done(run)

    run.run(work)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 422])
def test_a_refused_picture_fails_alone_and_costs_nothing(run: WholeRun, status: int) -> None:
    async def work() -> None:
        run.sandbox.scenario(rule(POST, {"status": status}, until=1))
        await run.open()
        await run.click(2)
        await run.engine.idle()
        failed = [j for j in run.jobs() if j.state is _S.FAILED]
        assert len(failed) == 1
        assert failed[0].trouble is not None
        assert failed[0].trouble.hint
        assert len(run.taken()) == 1
        run.check()

    run.run(work)


@pytest.mark.parametrize("status", [401, 403, 412])
@pytest.mark.parametrize("match", [POST, STATUS, LINK], ids=["submit", "status", "link"])
def test_the_account_stops_the_queue_and_a_mended_one_goes_on(
    run: WholeRun, match: dict[str, Any], status: int
) -> None:
    async def work() -> None:
        run.sandbox.scenario({"match": match, "do": {"status": status}})
        await run.open()
        await run.click(2)
        await run.engine.idle()
        assert run.engine.is_paused
        assert not any(j.state.is_final for j in run.jobs())
        run.sandbox.scenario()
        await run.engine.resume()
        await run.engine.idle()
        all_done(run)

    run.run(work)


def test_too_few_credits_pause_the_queue_and_a_refilled_account_goes_on(run: WholeRun) -> None:
    async def work() -> None:
        empty = {"status": 200, "body": {"available_credits": 0, "reserved_credits": 0, "total_credits": 0}}
        run.sandbox.scenario({"match": POST, "do": {"status": 402}}, {"match": {"path": "balance$"}, "do": empty})
        await run.open()
        await run.click(3)
        await run.engine.idle()
        assert run.engine.is_paused
        assert {j.state for j in run.jobs()} == {_S.QUEUED}
        run.sandbox.scenario()
        await run.until(lambda: not run.engine.is_paused)
        await run.engine.idle()
        all_done(run)

    run.run(work)


# -- following and fetching -------------------------------------------------------------------------------------------

FREE: list[tuple[str, dict[str, Any]]] = [
    *((str(status), {"status": status}) for status in (400, 404, 409, 422, 425, 429, 500, 502, 503, 504)),
    ("429 with Retry-After", {"status": 429, "headers": {"Retry-After": "5"}}),
    ("captive portal", PORTAL),
    ("wrong JSON", WRONG),
    ("connection cut", {"drop": "before"}),
    ("answer cut", {"drop": {"answer": 20}}),
    ("truncated", {"truncate": 60}),
    ("silence", {"answer_delay_s": 1.0}),
]


@pytest.mark.parametrize(("name", "do"), FREE, ids=[name for name, _ in FREE])
def test_what_costs_nothing_is_asked_again(run: WholeRun, name: str, do: dict[str, Any]) -> None:
    """Status, link and download one after the other: a paid job is never given up for them."""

    async def work() -> None:
        run.sandbox.scenario(rule(STATUS, do), rule(LINK, do), rule(STORE, do))
        await run.open()
        await run.click(2)
        await run.engine.idle()
        assert sentences(run)
        assert _S.FAILED not in states(run)
        all_done(run)

    run.run(work)


@pytest.mark.parametrize(
    "do",
    [{"truncate": 200}, {"corrupt": 100}, {"status": 403}, {"drop": {"answer": 500}}],
    ids=["truncated", "corrupt", "link expired", "cut"],
)
def test_a_download_that_is_not_the_result(run: WholeRun, do: dict[str, Any]) -> None:
    async def work() -> None:
        run.sandbox.scenario(rule(STORE, do, until=3))
        await run.open()
        await run.click(1, width=300, height=200)
        await run.engine.idle()
        assert sentences(run)
        all_done(run)

    run.run(work)


def test_metadata_that_the_service_has_damaged_is_no_reason_to_lose_the_result(run: WholeRun) -> None:
    """Two downloads that agree to the byte: delivered, and said. One alone may have been damaged on the way."""

    async def work() -> None:
        run.sandbox.scenario({"match": LINK, "do": {"status": 503}})
        await run.open()
        (job,) = await run.click()
        await run.until(lambda: run.job(job).completed_at is not None)
        stored = run.sandbox.state / "results" / run.job(job).remote_id
        data = stored.read_bytes()
        stored.write_bytes(data.replace(b"not made by", b"not made bY"))
        run.sandbox.scenario()
        await run.engine.idle()
        assert run.job(job).damaged == 1
        trouble = run.job(job).trouble
        assert trouble is not None
        assert "The picture itself is sound" in trouble.hint
        all_done(run)

    run.run(work)


def test_a_link_that_lives_for_no_time_is_asked_for_again(run: WholeRun) -> None:
    async def work() -> None:
        run.sandbox.scenario(rule(LINK, {"link_s": 0}, until=2))
        await run.open()
        await run.click()
        await run.engine.idle()
        assert sentences(run)
        all_done(run)

    run.run(work)


def test_a_job_that_fails_at_the_service_costs_nothing(run: WholeRun) -> None:
    async def work() -> None:
        run.sandbox.scenario(rule(POST, {"fail_job": 40}, until=1))
        await run.open()
        await run.click()
        await run.engine.idle()
        job = run.jobs()[0]
        assert (job.state, job.charged, job.refunded) == (_S.FAILED, 0, 1)
        assert job.trouble is not None
        assert "is refunded" in job.trouble.hint
        run.check()

    run.run(work)


def test_a_job_that_is_gone_after_its_days_is_said_to_be(run: WholeRun) -> None:
    """8 days asleep: the service does not know it any more."""

    async def work() -> None:
        run.sandbox.scenario(rule(STATUS, {"status": 503}, until=1))
        await run.open()
        (job,) = await run.click()
        await run.until_state(job, _S.RUNNING)
        run.sandbox.scenario({"match": STATUS, "do": {"gone": True}})
        run.clock.jump(8 * DAY_S)
        gone = await run.until_state(job, _S.EXPIRED)
        assert gone.trouble is not None
        assert "7 days" in gone.trouble.hint
        run.check_secrets()

    run.run(work)


# -- the network --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(refuse=True),
        Fault(cut_up=0),
        Fault(cut_up=300),
        Fault(cut_down=0),
        Fault(cut_down=40),
        Fault(stall_down=0),
        Fault(drop_answer=True),
        Fault(delay_s=0.2),
    ],
    ids=str,
)
def test_a_network_that_is_bad_for_a_while(run: WholeRun, fault: Fault) -> None:
    """Every connection goes wrong the same way, then all is well again."""

    async def work() -> None:
        await run.open()
        await run.click()  # shows later that the service's list keeps our names
        await run.engine.idle()
        run.proxy.plan(*[fault] * 5)
        await run.click(2)
        await run.engine.idle()
        assert run.proxy.left < 5
        all_done(run)

    run.run(work)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://topazdesk.invalid", "tls"])
def test_no_address_no_name_no_tls(run: WholeRun, url: str) -> None:
    """Refused, a name that nobody knows, TLS where none is spoken: waits, says so, sends nothing, goes on."""

    async def work() -> None:
        right = run.account.url
        run.account.url = right.replace("http:", "https:") if url == "tls" else url
        await run.open()
        (job,) = await run.click()
        waiting = await run.until_state(job, _S.WAITING)
        assert waiting.trouble is not None
        assert "automatically" in waiting.trouble.hint
        assert waiting.submitted_at is None
        run.account.url = right
        await run.engine.idle()
        all_done(run)

    run.run(work)


@pytest.mark.parametrize("seconds", [-7200.0, 3600.0])
@pytest.mark.parametrize("state", [_S.SUBMITTING, _S.RUNNING, _S.DOWNLOADING])
def test_clocks_that_jump_and_laptops_that_sleep(run: WholeRun, state: JobState, seconds: float) -> None:
    """The clock moves in the middle of a step, and every connection is dead when the lid is opened."""

    async def work() -> None:
        await run.open()
        hit = []

        def jump(event: object) -> None:
            if isinstance(event, JobChanged) and event.job.state is state and not hit:
                hit.append(event)
                run.clock.jump(seconds)
                run.proxy.hang_up()

        run.hub.subscribe(jump)
        await run.click(2)
        await run.engine.idle()
        assert hit
        all_done(run)

    run.run(work)


# -- this computer ------------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_while_downloading(run: WholeRun) -> None:
    """A real, small volume: the result waits at the service until there is room."""
    run.out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(run.out)]
    if not mounted(mount):
        pytest.skip("no small volume can be made here; tests/engine/test_computer.py limits the size of files instead")

    async def work() -> None:
        await run.open()
        (job,) = await run.click(1, width=300, height=200)
        # It may have waited for a service that was silent for a moment before.
        await run.until(lambda: stopped_by(run, "computer.disk_full") == {job.id})
        assert any("Free some space" in text for text in sentences(run))
        mounted(["mount", "-o", "remount,size=8m", str(run.out)])
        await run.engine.idle()
        all_done(run)

    try:
        run.run(work)
    finally:
        subprocess.run(["umount", "-l", str(run.out)], check=True)


def test_results_that_share_a_disk_which_is_nearly_full_are_finished_one_after_another(run: WholeRun) -> None:
    """All at once, their part files filled what was left: with room for one of four, none was ever finished."""
    run.out.mkdir()
    if not mounted(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(run.out)]):
        pytest.skip("no small volume can be made here; tests/engine/test_full_disks.py has the rule")

    def resize(size: str) -> None:
        assert mounted(["mount", "-o", f"remount,size={size}", str(run.out)])

    async def work() -> None:
        await run.open()
        jobs = await run.click(4, width=1000, height=1000)
        # Each at some time: they try again and again, so that all are hardly ever seen to wait at once.
        await run.until(lambda: stopped_by(run, "computer.disk_full") == {job.id for job in jobs})
        assert f"Free some space for {run.out}; it resumes automatically." in sentences(run)[0]
        row = run.taken()[0]
        each = len(run.sandbox.result_bytes(str(row["id"])))
        resize(str(int(1.02 * each)))
        await run.until(lambda: sum(run.job(job).state is _S.DONE for job in jobs) == 1)
        resize(str(20 * each))
        await run.engine.idle()
        assert [run.job(job).state for job in jobs] == [_S.DONE] * 4
        assert (len(run.taken()), sum(run.job(job).charged or 0 for job in jobs)) == (4, 4)
        for job in map(run.job, jobs):
            assert job.result is not None
            assert is_delivered(job.result, run.sandbox.result_bytes(job.remote_id))
        assert not list(run.out.glob(".*"))

    try:
        run.run(work)
    finally:
        subprocess.run(["umount", "-l", str(run.out)], check=True)


@pytest.mark.parametrize("is_removed", [True, False], ids=["removed", "a file in its place"])
def test_a_folder_that_goes_away_in_mid_job(run: WholeRun, is_removed: bool) -> None:
    async def work() -> None:
        await run.open()
        run.sandbox.scenario({"match": LINK, "do": {"status": 503}})
        (job,) = await run.click()
        await run.until(lambda: run.job(job).completed_at is not None)
        shutil.rmtree(run.out)
        if not is_removed:
            run.out.touch()
        run.sandbox.scenario()
        await run.until(lambda: "Restore" in str(run.job(job).trouble))
        assert run.job(job).state is _S.WAITING
        run.out.unlink(missing_ok=True)
        run.out.mkdir()
        await run.engine.idle()
        all_done(run)

    run.run(work)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights work otherwise here")
def test_a_folder_that_becomes_read_only_in_mid_job(run: WholeRun) -> None:
    """For root rights mean nothing: there a read-only volume stands in the way."""
    run.out.mkdir()
    is_root = os.geteuid() == 0
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(run.out)]
    if is_root and not mounted(mount):
        pytest.skip("root, and no volume can be made")

    def lock(is_locked: bool) -> None:
        if is_root:
            subprocess.run(["mount", "-o", f"remount,{'ro' if is_locked else 'rw'}", str(run.out)], check=True)
        else:
            run.out.chmod(0o500 if is_locked else 0o700)

    async def work() -> None:
        await run.open()
        run.sandbox.scenario({"match": LINK, "do": {"status": 503}})
        (job,) = await run.click()
        await run.until(lambda: run.job(job).completed_at is not None)
        lock(True)
        run.sandbox.scenario()
        await run.until(lambda: ("is read-only" if is_root else "permissions") in str(run.job(job).trouble))
        assert run.job(job).state is _S.WAITING
        lock(False)
        await run.engine.idle()
        all_done(run)

    try:
        run.run(work)
    finally:
        if is_root:
            subprocess.run(["umount", "-l", str(run.out)], check=True)


def test_a_database_that_is_locked_in_mid_job(run: WholeRun) -> None:
    async def work() -> None:
        await run.open()
        run.sandbox.scenario(rule(STATUS, {"status": 503}, until=3))
        jobs = await run.click(2)
        await run.until_state(jobs[0], _S.RUNNING)
        other = sqlite3.connect(run.profile / "jobs.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await run.until(lambda: any("in use by another" in text for text in sentences(run)))
        other.execute("ROLLBACK")
        other.close()
        await run.engine.idle()
        all_done(run)

    run.run(work)


@contextlib.contextmanager
def small_profile(run: WholeRun, kilobytes: int) -> Iterator[None]:
    """The profile on a real volume of this size."""
    run.profile.mkdir()
    if not mounted(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(run.profile)]):
        pytest.skip("no small volume can be made here; tests/engine/test_store.py limits the database instead")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(run.profile)], check=True)


def test_a_profile_on_a_full_disk(run: WholeRun) -> None:
    """The database cannot grow while a paid job runs: nothing is forgotten, and it goes on when there is space."""

    async def work() -> None:
        await run.open()
        run.sandbox.scenario({"match": STATUS, "do": {"status": 503}})
        jobs = await run.click(2)
        await run.until(lambda: all(run.job(j).state is _S.RUNNING for j in jobs))
        ballast = run.profile / "ballast"
        fill_with_no_log(run.profile / "jobs.sqlite3", ballast)
        run.sandbox.scenario()
        await run.until(lambda: any("disk with your profile is full" in text for text in sentences(run)))
        ballast.unlink()
        await run.engine.idle()
        all_done(run)

    with small_profile(run, 1024):
        run.run(work)


def test_a_volume_that_has_room_for_the_list_but_not_for_its_log(run: WholeRun) -> None:
    """The write-ahead log would grow to 4 MB before it is folded in; jobs then waited for room that nobody could make."""

    async def work() -> None:
        await run.open()
        await run.click(24)
        await run.idle()
        all_done(run)
        assert not any("full" in text for text in sentences(run))

    with small_profile(run, 600):
        run.run(work)
