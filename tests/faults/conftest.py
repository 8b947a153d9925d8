"""One sandbox process for all fault tests; each test has a profile and a proxy of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.lied_run import LiedRun, SideBySide
from tests.support.lying_proxy import LyingProxy
from tests.support.proxy import FaultProxy
from tests.support.sandbox import RunningSandbox, started
from tests.support.whole_run import WholeRun


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox that works at once and never runs out of credits."""
    state = tmp_path_factory.mktemp("service") / "state"
    with started(state) as running:
        running.scenario({"match": {"nth": 1}, "do": {"top_up": 1_000_000}})
        # At once: the first test may have rules of its own, before it asks for anything.
        httpx.get(f"{running.url}/account/v1/credits/balance", headers={"X-API-Key": running.key}).raise_for_status()
        running.scenario()
        yield running


@pytest.fixture
def run(tmp_path: Path, service: RunningSandbox) -> Iterator[WholeRun]:
    """A profile, and a proxy before the service."""
    with FaultProxy(service.url) as proxy:
        yield WholeRun(tmp_path, service, proxy)
        service.scenario()


@pytest.fixture
def lied(tmp_path: Path, service: RunningSandbox) -> Iterator[LiedRun]:
    """A profile, a proxy, and a liar before the service."""
    with LyingProxy(service.url) as liar, FaultProxy(liar.url) as proxy:
        yield LiedRun(tmp_path, service, proxy, liar)
        service.scenario()


@pytest.fixture
def side_by_side(tmp_path: Path, service: RunningSandbox) -> Iterator[SideBySide]:
    """Several profiles at once, each with a proxy and a liar of its own before the one service."""
    yield SideBySide(tmp_path, service)
    service.scenario()
