"""Puts a team's store and engine together from the settings of this machine. Imported only where a team is used."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.app.joined_engine import EngineParts
from topazdesk.app.settings import Settings
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.policy import Policy
from topazdesk.errors import Code, ComputerError

if TYPE_CHECKING:
    from topazdesk.team.roots import Roots
    from topazdesk.team.team_clock import TeamClock
    from topazdesk.team.team_engine import TeamEngine
    from topazdesk.team.team_store import TeamStore

_PARTS = ("psycopg", "procrastinate")


def check_parts() -> None:
    """Raise ComputerError where the libraries of a team are not installed."""
    missing = [name for name in _PARTS if importlib.util.find_spec(name) is None]
    if missing:
        raise ComputerError(
            "The parts for teams are not installed",
            "pip install 'topazdesk[team]' installs them.",
            details=", ".join(missing),
            code=Code.COMPUTER_TEAM_PARTS,
        )


def machine_name() -> str:
    """Return the name of this machine, as the team sees it."""
    return socket.gethostname()[:63] or "?"


def roots_of(folders: Mapping[str, str]) -> Roots:
    """Return the roots that the settings name. Raises UseError."""
    from topazdesk.team.roots import Roots

    return Roots({name: Path(folder) for name, folder in folders.items()})


async def open_team(settings: Settings, *, machine: str = "") -> TeamStore:
    """Open the team's database of the settings. Raises ComputerError, UseError."""
    check_parts()
    from topazdesk.team.connections import Connections
    from topazdesk.team.team_store import TeamStore

    name = machine or machine_name()
    roots = roots_of(settings.team_roots)
    return await TeamStore.open(await asyncio.to_thread(Connections, settings.team_url, name, roots), name)


async def whereabouts(store: JobStore, job_id: str) -> tuple[str, str]:
    """Return on which machines a job was started and is worked on."""
    from topazdesk.team.team_store import TeamStore

    return await store.whereabouts(job_id) if isinstance(store, TeamStore) else ("", "")


def team_engine(parts: EngineParts, *, follows: bool, policy: Policy | None = None) -> tuple[TeamEngine, TeamClock]:
    """Return the engine of a machine in a team, and its clock."""
    from topazdesk.team.team_clock import TeamClock
    from topazdesk.team.team_engine import TeamEngine, TeamParts
    from topazdesk.team.team_store import TeamStore

    store, clock = parts["store"], TeamClock()
    assert isinstance(store, TeamStore)  # noqa: S101 else there is no team
    made = TeamParts(
        store=store,
        services=parts["services"],
        pictures=parts["pictures"],
        catalogue=parts["catalogue"],
        folder=parts["folder"],
        clock=clock,
        events=parts["events"],
        read_policy=parts["read_policy"],
        wants_labels=parts["wants_labels"],
        policy=policy,
    )
    return TeamEngine(made, follows=follows), clock
