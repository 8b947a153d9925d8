"""Any mixture of faults over whole runs: what the service took and charged is on disk once, byte for byte.

The proxy breaks connections, the service answers wrongly, the program is ended in the middle, the clock jumps. Then all is
well again, and the service's own books are compared with what the user has.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.proxy import Fault, FaultProxy
from tests.support.sandbox import RunningSandbox
from tests.support.whole_run import WholeRun

RUNS = int(os.environ.get("TOPAZDESK_WHOLE_RUNS", "12"))
_BYTES = st.integers(0, 6000)
FAULTS = st.one_of(
    st.builds(Fault, cut_up=_BYTES),
    st.builds(Fault, cut_down=_BYTES),
    st.builds(Fault, corrupt_down=_BYTES),
    st.builds(Fault, stall_down=st.integers(0, 400)),
    st.builds(Fault, delay_s=st.sampled_from([0.01, 0.05])),
    st.just(Fault(drop_answer=True)),
    st.just(Fault(refuse=True)),
    st.just(Fault()),
)
_PATHS = ["/async$", "^/image/v1/status", "^/image/v1/download/", "^/storage/results", "balance$"]
_CODES = [400, 401, 402, 403, 404, 409, 412, 413, 415, 422, 425, 429, 500, 502, 503, 504]
_DO: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda code: {"status": code}, st.sampled_from(_CODES)),
    st.builds(
        lambda code, s: {"status": code, "headers": {"Retry-After": str(s)}},
        st.sampled_from([429, 503]),
        st.integers(0, 20),
    ),
    st.just({"status": 200, "body": "<html>Sign in</html>", "headers": {"content-type": "text/html"}}),
    st.just({"status": 200, "body": "{wrong"}),
    st.just({"drop": "after"}),
    st.just({"drop": "before"}),
    st.builds(lambda n: {"truncate": n}, st.integers(0, 3000)),
    st.builds(lambda n: {"corrupt": n}, st.integers(0, 3000)),
)
RULES = st.lists(
    st.builds(
        lambda path, nth, do: {"match": {"path": path, "nth": nth}, "do": do},
        st.sampled_from(_PATHS),
        st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True),
        _DO,
    ),
    max_size=3,
)
FAILS = st.sampled_from([None, None, {"fail_job": 30}, {"fail_job": True}])
#: What happens, each after so many events.
STEPS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["crash", "hour", "back", "hang up", "new click"])), max_size=3
)


MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2")


@pytest.mark.timeout(300 + 10 * RUNS)
@settings(
    max_examples=RUNS,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(
    faults=st.lists(FAULTS, max_size=8),
    rules=RULES,
    fails=FAILS,
    steps=STEPS,
    count=st.integers(1, 3),
    models=st.integers(1, 3),
)
def test_nothing_is_lost_and_nothing_paid_twice(
    service: RunningSandbox,
    faults: list[Fault],
    rules: list[dict[str, Any]],
    fails: dict[str, Any] | None,
    steps: list[tuple[int, str]],
    count: int,
    models: int,
) -> None:
    with tempfile.TemporaryDirectory(prefix="topazdesk-run-") as folder, FaultProxy(service.url) as proxy:
        run = WholeRun(Path(folder), service, proxy)

        async def work() -> None:
            failing = [{"match": {"path": "/async$", "nth": 2}, "do": fails}] if fails else []
            service.scenario(*rules, *failing)
            proxy.plan(*faults)
            await run.open()
            await run.click(count, models=MODELS[:1])
            await run.click(models=MODELS[:models])
            for events, step in steps:
                await run.after(events)
                await take(run, step)
            # With faults that last a while the account may stop the queue: then nothing goes on by itself, and that is all.
            await run.idle()
            await run.come_to_rest()
            assert all(job.state.is_final for job in run.jobs()), [j.trouble for j in run.jobs()]
            run.check()

        run.run(work)


async def take(run: WholeRun, step: str) -> None:
    match step:
        case "crash":
            await run.crash()
        case "hour":
            run.clock.jump(3600.0)
            run.proxy.hang_up()
        case "back":
            run.clock.jump(-5400.0)
        case "hang up":
            run.proxy.hang_up()
        case _:
            await run.click()
