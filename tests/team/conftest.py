"""The engine of `tests/engine`, on a team's database instead of a profile's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import own_time
from tests.support.engine_harness import EngineHarness
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import Team, team
from tests.support.unkept_store import UnkeptStore
from topazdesk.engine.policy import Policy
from topazdesk.team import team_store
from topazdesk.team.connections import Connections
from topazdesk.team.roots import Roots

own_time.lend_to(team_store)


@pytest.fixture
def team_url(postgres: Cluster) -> str:
    """A new team's database."""
    return postgres.new_team()


@pytest.fixture
def shared(tmp_path: Path, team_url: str, sandbox: RunningSandbox) -> Iterator[Team]:  # noqa: F811
    """A team whose desk knows the root `scans`."""
    with team(tmp_path, team_url, sandbox) as made:
        assert made.run("team", "root", "scans", str(made.scans)).returncode == 0
        yield made


@pytest.fixture
def harness(tmp_path: Path, team_url: str) -> EngineHarness:
    """One program that does all the work of a team by itself, as that of a profile does."""

    async def opens() -> UnkeptStore:
        # This one program has places of its own; that a team's hold is another matter.
        places = Policy(in_flight_first=100.0)
        return await UnkeptStore.open(Connections(team_url, "one", Roots({"all": tmp_path})), "one", places)

    return EngineHarness(tmp_path, opens=opens)
