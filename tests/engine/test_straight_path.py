"""A job from the click to the file, without faults."""

from __future__ import annotations

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.engine.events import BalanceChanged, JobAdded, JobChanged, JobProgress, Trouble


def test_a_job_becomes_a_file(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        done = desk.job(job)
        assert done.state is JobState.DONE
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(Size(80, 60), FileFormat.PNG)
        assert done.result.name == "a_standard-2_2x.png"
        assert done.result_size == Size(80, 60)
        assert (done.charged, done.estimate.credits) == (1, 1)
        assert len(done.source_digest) == 64
        assert done.echoed == '{"denoise": 0.5}'
        assert [p.name for p in done.result.parent.iterdir()] == [done.result.name]
        assert desk.service.taken == 1

    desk.run(test)


def test_every_move_is_told_in_order_and_kept_as_history(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        told: list[str] = []
        for event in desk.events:
            if isinstance(event, JobAdded | JobChanged) and event.job.state.value not in told:
                told.append(event.job.state.value)
        way = ["queued", "preparing", "submitting", "running", "ready", "downloading", "verifying", "done"]
        assert told == way
        history = await engine.history(job.id)
        assert [line.to_state for line in history] == way
        assert [line.from_state for line in history] == ["", *way[:-1]]
        assert any(isinstance(e, JobProgress) and e.bytes_total for e in desk.events)
        assert not [e for e in desk.events if isinstance(e, Trouble)]

    desk.run(test)


def test_the_upload_is_named_by_the_token_never_by_the_users_file(desk: EngineDesk) -> None:
    async def test() -> None:
        names: list[str] = []
        desk.service.on_submit = lambda request: names.append(request.file_name)
        engine = await desk.open()
        job = await desk.start_one("secret holiday.png")
        await engine.idle()
        assert names == [f"{job.token}.png"]

    desk.run(test)


def test_the_intent_is_on_disk_before_the_first_byte_leaves(desk: EngineDesk) -> None:
    async def test() -> None:
        import sqlite3

        seen: list[tuple[str, float, int]] = []

        def look(_: object) -> None:
            other = sqlite3.connect(desk.profile / "jobs.db")
            query = "SELECT state, intent_at, reserved FROM jobs JOIN ledger ON jobs.id = ledger.job_id"
            seen.append(other.execute(query).fetchone())
            other.close()

        desk.service.on_submit = look
        engine = await desk.open()
        await desk.start_one()
        await engine.idle()
        assert len(seen) == 1
        state, intent_at, reserved = seen[0]
        assert (state, reserved) == ("submitting", 1)
        assert intent_at > 0

    desk.run(test)


def test_many_jobs_overlap_and_are_followed_by_pages(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(40)])
        await engine.idle()
        assert {desk.job(j).state for j in jobs} == {JobState.DONE}
        assert len({desk.job(j).result for j in jobs}) == 40
        assert desk.service.taken == 40
        assert desk.service.most_in_submit <= desk.policy.uploads
        assert desk.service.calls["list_jobs"] > 0
        assert desk.service.calls["status"] < 40

    desk.run(test)


def test_jobs_are_sent_in_the_order_of_the_click(desk: EngineDesk) -> None:
    async def test() -> None:
        sent: list[str] = []
        desk.service.on_submit = lambda request: sent.append(request.file_name.removesuffix(".png"))
        engine = await desk.open()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(12)])
        await engine.idle()
        places = [sent.index(job.token) for job in jobs]
        # Uploads overlap, so neighbours may swap; nobody is overtaken by more than a lane's worth.
        assert all(abs(place - n) <= desk.policy.uploads for n, place in enumerate(places))

    desk.run(test)


def test_the_books_hold_estimate_and_charge_and_the_balance_is_told(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        await desk.until(lambda: any(isinstance(e, BalanceChanged) and e.balance.reserved == 0 for e in desk.events))
        lines = await engine.ledger()
        assert [(e.job_id, e.estimated, e.reserved, e.charged, e.refunded) for e in lines] == [(job.id, 1, 0, 1, None)]

    desk.run(test)


def test_upload_copies_are_removed(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.pictures.copies = True
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        assert desk.job(job).state is JobState.DONE
        assert [path.name for path in (desk.profile / "uploads").iterdir()] == [".topazdesk-uploads"]

    desk.run(test)
