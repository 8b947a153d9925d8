"""Puts a team's store and engine together from the settings of this machine. Imported only where a team is used."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.app.joined_engine import EngineParts
from topazdesk.app.keys import Keys
from topazdesk.app.settings import Settings
from topazdesk.app.team_leaving import LeftBehind
from topazdesk.app.team_standing import GONE_S
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.policy import Policy
from topazdesk.errors import Code, ComputerError, UseError

if TYPE_CHECKING:
    from topazdesk.team.roots import Roots
    from topazdesk.team.team_clock import TeamClock
    from topazdesk.team.team_engine import TeamEngine
    from topazdesk.team.team_store import TeamStore

_PARTS = ("psycopg", "procrastinate")
#: Of a machine's name; PostgreSQL cuts longer names of programs off.
_MOST_LETTERS = 50


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
    return socket.gethostname()[:_MOST_LETTERS] or "?"


def read_machine_name(text: str) -> str:
    """Return what a user calls this machine in the team, "" for the machine's own name. Raises UseError."""
    name = text.strip()
    if len(name) > _MOST_LETTERS or not name.isprintable():
        raise UseError(
            "This is no name for a machine",
            "It has at most 50 letters, digits or signs, in one line.",
            code=Code.USE_TEAM_NAME,
        )
    return name


def roots_of(folders: Mapping[str, str]) -> Roots:
    """Return the roots that the settings name. Raises UseError."""
    from topazdesk.team.roots import Roots

    return Roots({name: Path(folder) for name, folder in folders.items()})


async def open_team(
    settings: Settings,
    profile: Path,
    *,
    machine: str = "",
    keys: Keys | None = None,
    url: str = "",
    anew: bool = False,
) -> TeamStore:
    """Open the team's database of the settings, or that at `url`. `keys` has its password.

    Where the profile remembers another database under the same address, or more in it than is there, that counts;
    `anew`: whatever is there is meant. Raises ComputerError, UseError.
    """
    check_parts()
    from topazdesk.team.connections import Connections, host_of, with_password
    from topazdesk.team.memory import TeamMemory
    from topazdesk.team.team_store import TeamStore

    name = machine or settings.team_name[:_MOST_LETTERS] or machine_name()
    roots = roots_of(settings.team_roots)
    url = url or settings.team_url
    if settings.team_password and url == settings.team:
        keys = keys or Keys()
        password = await keys.ask(keys.secret, ring_name(url))
        if password is not None:  # else PostgreSQL's own file may have it
            url = with_password(url, password)
    place = hashlib.sha256(host_of(url).encode()).hexdigest()[:16]
    path = profile / f"team-{place}.mark"

    def made() -> tuple[Connections, TeamMemory]:
        if anew:
            path.unlink(missing_ok=True)
        return Connections(url, name, roots, is_first=anew), TeamMemory(path)

    connections, memory = await asyncio.to_thread(made)
    return await TeamStore.open(connections, name, memory=memory)


async def settle_roots(
    settings: Settings,
    profile: Path,
    roots: Mapping[str, Path],
    keys: Keys | None = None,
    *,
    is_asked: bool,
    is_moved: bool = False,
) -> None:
    """Have these folders known by the team of the settings; see `settle_root`. Raises UseError, ComputerError."""
    from topazdesk.team.settle_root import settle_root

    if not roots:
        return
    store = await open_team(settings, profile, keys=keys)
    try:
        for name, folder in roots.items():
            await settle_root(store, name, folder, is_asked=is_asked, is_moved=is_moved)
    finally:
        await store.close()


def ring_name(url: str) -> str:
    """Return the name under which the key ring keeps the password of a team's database."""
    return f"team {url}"


async def joined(settings: Settings, profile: Path, url: str, keys: Keys) -> Settings:
    """Return settings of a machine that is in the team at `url`, once that was reached. Its password goes to the ring.

    Raises ComputerError, UseError; nothing is kept then.
    """
    check_parts()
    from topazdesk.team.connections import without_password

    plain, password = without_password(url)
    trying = settings.with_(team=url, team_password=False)
    await (await open_team(trying, profile, url=url, anew=True)).close()  # what is wrong with it is said now
    if not password:
        return trying
    if not await keys.ask(keys.keep_secret, ring_name(plain), password):
        raise ComputerError(
            "There is no keyring to keep the password of the team's database in",
            "Leave it out of the address and put it into PostgreSQL's own file of passwords, ~/.pgpass.",
            code=Code.COMPUTER_TEAM_RING,
        )
    return settings.with_(team=plain, team_password=True)


async def without_plain_password(settings: Settings, keys: Keys) -> Settings:
    """Return settings whose team's password is in the key ring; as they are where none is in them, or no ring works."""
    from topazdesk.team.connections import without_password

    plain, password = without_password(settings.team)
    if not password or not await keys.ask(keys.keep_secret, ring_name(plain), password):
        return settings
    return settings.with_(team=plain, team_password=True)


async def left(settings: Settings, keys: Keys) -> Settings:
    """Return settings of a machine that is in the team no more. Its folders are kept for another time."""
    if settings.team_password:
        await keys.ask(keys.forget_secret, ring_name(settings.team))
    return settings.with_(team="", team_password=False, team_work=False)


async def left_behind(store: TeamStore) -> LeftBehind:
    """Return what stays in the team when this machine leaves it. Raises ComputerError."""
    from topazdesk.team.team_status import machines

    unsent, sent = await store.left_behind()
    working = {str(row[0]) for row in await machines(store) if (row[3] or row[4]) and row[8] <= GONE_S}
    return LeftBehind(unsent, sent, len(working - {store.machine}), store.machine in working)


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
