"""A job from the click to the file, without faults."""

from __future__ import annotations

import shutil

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.engine.events import BalanceChanged, EngineError, JobAdded, JobChanged, JobProgress


def test_a_job_becomes_a_file(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        done = harness.job(job)
        assert done.state is JobState.DONE
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(Size(80, 60), FileFormat.PNG)
        assert done.result.name == "a_standard-2_2x.png"
        assert done.result_size == Size(80, 60)
        assert (done.charged, done.estimate.credits) == (1, 1)
        assert len(done.source_digest) == 64
        assert done.echoed == '{"denoise": 0.5}'
        assert [p.name for p in done.result.parent.iterdir()] == [done.result.name]
        assert harness.service.taken == 1

    harness.run(test)


def test_every_move_is_told_in_order_and_kept_as_history(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        told: list[str] = []
        for event in harness.events:
            if isinstance(event, JobAdded | JobChanged) and event.job.state.value not in told:
                told.append(event.job.state.value)
        way = ["queued", "preparing", "submitting", "running", "ready", "downloading", "verifying", "done"]
        assert told == way
        history = await engine.history(job.id)
        assert [line.to_state for line in history] == way
        assert [line.from_state for line in history] == ["", *way[:-1]]
        assert any(isinstance(e, JobProgress) and e.bytes_total for e in harness.events)
        assert not [e for e in harness.events if isinstance(e, EngineError)]

    harness.run(test)


def test_the_upload_is_named_by_the_token_never_by_the_users_file(harness: EngineHarness) -> None:
    async def test() -> None:
        names: list[str] = []
        harness.service.on_submit = lambda request: names.append(request.file_name)
        engine = await harness.open()
        job = await harness.start_one("secret holiday.png")
        await engine.idle()
        assert names == [f"{job.token}.png"]

    harness.run(test)


def test_the_intent_is_on_disk_before_the_first_byte_leaves(harness: EngineHarness) -> None:
    async def test() -> None:
        import sqlite3

        seen: list[tuple[str, float, int]] = []

        def look(_: object) -> None:
            other = sqlite3.connect(harness.profile / "jobs.db")
            query = "SELECT state, intent_at, reserved FROM jobs JOIN ledger ON jobs.id = ledger.job_id"
            seen.append(other.execute(query).fetchone())
            other.close()

        harness.service.on_submit = look
        engine = await harness.open()
        await harness.start_one()
        await engine.idle()
        assert len(seen) == 1
        state, intent_at, reserved = seen[0]
        assert (state, reserved) == ("submitting", 1)
        assert intent_at > 0

    harness.run(test)


def test_many_jobs_overlap_and_are_followed_by_pages(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(40)])
        await engine.idle()
        assert {harness.job(j).state for j in jobs} == {JobState.DONE}
        assert len({harness.job(j).result for j in jobs}) == 40
        assert harness.service.taken == 40
        assert harness.service.most_in_submit <= harness.policy.uploads
        assert harness.service.calls["list_jobs"] > 0
        assert harness.service.calls["status"] < 40

    harness.run(test)


def test_jobs_are_sent_in_the_order_of_the_click(harness: EngineHarness) -> None:
    async def test() -> None:
        sent: list[str] = []
        harness.service.on_submit = lambda request: sent.append(request.file_name.removesuffix(".png"))
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(12)])
        await engine.idle()
        places = [sent.index(job.token) for job in jobs]
        # Uploads overlap, and one may take as long as it wants. But nothing is begun before what was clicked earlier:
        # whatever is sent has overtaken at most the others that are being uploaded.
        assert all(n - place < harness.policy.uploads for n, place in enumerate(places))

    harness.run(test)


def test_the_books_hold_estimate_and_charge_and_the_balance_is_told(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        await harness.until(
            lambda: any(isinstance(e, BalanceChanged) and e.balance.reserved == 0 for e in harness.events)
        )
        lines = await engine.ledger()
        assert [(e.job_id, e.estimated, e.reserved, e.charged, e.refunded) for e in lines] == [(job.id, 1, 0, 1, None)]

    harness.run(test)


def test_the_folder_of_upload_copies_is_made_again(harness: EngineHarness) -> None:
    """Somebody tidied up the profile while the program ran."""

    async def test() -> None:
        harness.pictures.copies = True
        engine = await harness.open()
        shutil.rmtree(harness.profile / "uploads")
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is JobState.DONE

    harness.run(test)


def test_a_cleared_job_is_counted_no_more(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        cleared, kept = await harness.start_one("a.png"), await harness.start_one("b.png")
        await engine.idle()
        table = engine._context.job_table
        assert table.count(JobState.DONE) == 2
        await engine.forget([cleared.id])
        assert list(table.ids(JobState.DONE)) == [kept.id]

    harness.run(test)


def test_news_of_the_remaining_time_alone_is_kept_and_told(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        table = engine._context.job_table
        harness.events.clear()
        for percent, eta in ((40.0, 100.0), (40.0, 100.0), (40.0, 90.0)):
            table.progress(job.id, percent, eta)
        assert table[job.id].remote_eta == 90.0
        assert [type(event) for event in harness.events] == [JobProgress] * 2

    harness.run(test)


def test_upload_copies_are_removed(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures.copies = True
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is JobState.DONE
        assert [path.name for path in (harness.profile / "uploads").iterdir()] == [".topazdesk-uploads"]

    harness.run(test)
