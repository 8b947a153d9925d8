"""Events, tasks, estimates, and the order of the queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.catalogue import packaged_model
from tests.support.engine_harness import EngineHarness, OneService, OwnClock
from tests.support.fake_service import FakeService, Fault
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.services import ServiceName
from topazdesk.engine.estimates import Estimator
from topazdesk.engine.events import EngineError, EventHub, QueuePaused
from topazdesk.engine.policy import Policy
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import BugError, NetworkError


def test_a_failing_listener_is_reported_and_stops_nobody() -> None:
    async def test() -> None:
        hub, heard, reports = EventHub(), [], []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

        def bad(_: object) -> None:
            raise ValueError("mine")

        hub.subscribe(bad)
        remove = hub.subscribe(heard.append)
        hub.emit(QueuePaused(True))
        remove()
        hub.emit(QueuePaused(False))
        assert heard == [QueuePaused(True)]
        assert [str(r["exception"]) for r in reports] == ["mine", "mine"]

    asyncio.run(test())


def test_a_listener_with_a_bug_costs_nothing_twice(harness: EngineHarness) -> None:
    async def test() -> None:
        reports: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

        def bad(_: object) -> None:
            raise ValueError("mine")

        harness.hub.subscribe(bad)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is JobState.DONE
        assert harness.service.taken == 1
        assert reports

    harness.run(test)


def test_a_tasks_failure_is_told_and_touches_no_other() -> None:
    async def test() -> None:
        hub, heard = EventHub(), []
        hub.subscribe(heard.append)
        supervisor = Supervisor(hub)
        done: list[int] = []

        async def fails() -> None:
            raise ValueError("a bug")

        async def works() -> None:
            await asyncio.sleep(0)
            done.append(1)

        async def stays() -> None:
            await asyncio.Event().wait()

        await supervisor.all("pair", [fails(), works()])
        supervisor.spawn("stays", stays())
        assert supervisor.names == ["stays"]
        assert done == [1]
        assert [type(e.error) for e in heard if isinstance(e, EngineError)] == [BugError]
        assert "a bug" in heard[0].error.details
        await supervisor.close()
        assert supervisor.names == []
        assert supervisor.spawn("late", works()) is None

    asyncio.run(test())


def test_equal_questions_are_asked_once() -> None:
    async def test() -> None:
        service = FakeService(OwnClock())
        estimator = Estimator(OneService(service))
        model = packaged_model("Standard 2")

        def request(denoise: float) -> EstimateRequest:
            return EstimateRequest(model, Size(100, 100), Size(6000, 5000), FileFormat.PNG, {"denoise": denoise})

        asked = [estimator.estimate(ServiceName.SANDBOX, request(d)) for d in (0.1, 0.1, 0.2)]
        answers = await asyncio.gather(*asked)
        assert [a.credits for a in answers] == [2, 2, 2]
        assert answers[0].is_confirmed
        assert service.calls["estimate"] == 2
        service.plan("estimate", Fault.OFFLINE)
        with pytest.raises(NetworkError):
            await estimator.estimate(ServiceName.SANDBOX, request(0.3))
        await estimator.estimate(ServiceName.SANDBOX, request(0.3))  # a failure is not an answer

    asyncio.run(test())


def test_queued_jobs_can_be_put_in_front(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(uploads=1)  # of several that are uploaded at once any may be first
        sent: list[str] = []
        harness.service.on_submit = lambda request: sent.append(request.file_name.removesuffix(".png"))
        engine = await harness.open()
        await engine.pause()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(30)])
        await engine.reorder([jobs[29].id, jobs[28].id])
        await engine.resume()
        await engine.idle()
        assert sent == [jobs[n].token for n in (29, 28, *range(28))]

    harness.run(test)
