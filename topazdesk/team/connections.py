"""Connections to a team's database, used from threads, with the words of its faults.

A connection that broke is replaced, and what was asked of it is asked again: every operation of the store may be done
twice (see `team_store`). Only after some seconds without a database is the caller told.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from topazdesk.domain.recipe import Recipe
from topazdesk.engine.database_check import NAME
from topazdesk.engine.rows import recipe_text
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import Code, ComputerError, Retry, UseError
from topazdesk.language import say
from topazdesk.team.refusals import is_lasting, refusal
from topazdesk.team.roots import Roots
from topazdesk.team.schema import SCHEMA

T = TypeVar("T")
_CONNECT_S = 10
#: A server that is gone without a word is noticed after so many seconds.
_DEAD_S = 20
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0


def options_of(url: str, machine: str) -> str:
    """Return the connection string of a team's URL. Raises UseError for one that is none."""
    given = _read(url)
    wanted: dict[str, Any] = {
        "connect_timeout": _CONNECT_S,
        "application_name": f"topazdesk {machine}"[:63],
        "keepalives_idle": _DEAD_S // 4,
        "keepalives_interval": _DEAD_S // 4,
        "keepalives_count": 3,
        "tcp_user_timeout": _DEAD_S * 1000,
        # The server, too, notices a machine that is gone or stands still without a word: it holds locks for it.
        "options": f"-c search_path={SCHEMA},public -c topazdesk.machine={_quoted(machine)} "
        f"-c idle_in_transaction_session_timeout={_DEAD_S}s "
        f"-c tcp_keepalives_idle={_DEAD_S // 4} -c tcp_keepalives_interval={_DEAD_S // 4} -c tcp_keepalives_count=3",
    }
    return make_conninfo(**{**wanted, **given, "options": f"{wanted['options']} {given.get('options') or ''}".strip()})


def without_password(url: str) -> tuple[str, str]:
    """Return a team's address without the password that it names, and that. Raises UseError for one that is none."""
    given = _read(url)
    password = str(given.pop("password", None) or "")
    if not password:
        return url, ""
    host = str(given.pop("host", None) or "")
    user, database = (quote(str(given.pop(name, None) or ""), safe="") for name in ("user", "dbname"))
    port = f":{given.pop('port')}" if given.get("port") else ""
    if "/" in host or "," in host:  # a socket's folder, or several
        given["host"], host = host, ""
    more = f"?{urlencode({name: str(value) for name, value in given.items()})}" if given else ""
    return f"postgresql://{f'{user}@' if user else ''}{host}{port}/{database}{more}", password


def with_password(url: str, password: str) -> str:
    """Return a team's address with its password, for a connection; it is never shown or written down."""
    return make_conninfo(url, password=password)


def _read(url: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.Error as error:
        raise UseError(
            "This is no address of a team's database",
            "It looks like postgresql://user@host/database.",
            details=type(error).__name__ if ":" in url and "@" in url else str(error),
            code=Code.USE_TEAM_URL,
        ) from error


def host_of(url: str) -> str:
    """Return where a team's database is, without user and password: what may be shown and written down."""
    with suppress(psycopg.Error):
        given = conninfo_to_dict(url)
        return f"{given.get('host') or 'localhost'}/{given.get('dbname') or ''}"
    return "?"


def database_of(url: str) -> str:
    """Return the name of a team's database, which is the team's for people."""
    with suppress(psycopg.Error):
        return str(conninfo_to_dict(url).get("dbname") or "?")
    return "?"


def _quoted(text: str) -> str:
    return "".join(f"\\{letter}" if letter in " \\" else letter for letter in text)


class _Row(tuple[Any, ...]):
    """A row that can be read by name, too."""

    __slots__ = ()
    names: ClassVar[dict[str, int]] = {}

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.names[key] if isinstance(key, str) else key)


@lru_cache(maxsize=256)
def _row_class(names: tuple[str, ...]) -> type[_Row]:
    return type("Row", (_Row,), {"__slots__": (), "names": {name: place for place, name in enumerate(names)}})


class _Rows:
    """A cursor with paths and recipes as this machine has them."""

    def __init__(self, cursor: psycopg.Cursor[Any], roots: Roots) -> None:
        self._rows: Iterator[Any] = iter(())
        if cursor.description is None:
            return
        names = [column.name for column in cursor.description]
        made = _row_class(tuple(names))
        recipes = [place for place, name in enumerate(names) if name == "recipe"]
        self._rows = (made(_localised(row, roots, recipes)) for row in cursor.fetchall())

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


def _localised(row: Sequence[Any], roots: Roots, recipes: Sequence[int]) -> list[Any]:
    found = [roots.local(value) if isinstance(value, bytes) else value for value in row]
    for place in recipes:
        if isinstance(found[place], str):
            found[place] = local_recipe_text(found[place], roots)
    return found


@lru_cache(maxsize=512)
def local_recipe_text(text: str, roots: Roots) -> str:
    """Return a stored recipe with its folder as this machine has it; one that cannot be read as it is."""
    try:
        recipe = Recipe.from_json(json.loads(text))
    except (TypeError, ValueError, RecursionError):
        return text
    return recipe_text(roots.local_recipe(recipe))


class TeamConnection:
    """A connection as the shared queries use one: `?` for a value, paths of this machine in and out."""

    def __init__(self, raw: Connection[Any], roots: Roots) -> None:
        self.raw = raw
        self._roots = roots

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> _Rows:
        """Run one statement."""
        values = [_stored(value, self._roots) for value in parameters]
        return _Rows(self.raw.execute(_statement(sql), values), self._roots)


def _stored(value: Any, roots: Roots) -> Any:
    if isinstance(value, bytes):
        return roots.portable(value)
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", "\ufffd")  # PostgreSQL's text holds all characters but this one
    return value


@lru_cache(maxsize=1024)
def _statement(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


class Connections:
    """As many connections as threads need at once. `patience_s`: how long an outage is waited out.

    `expected`: the name of the only database that is worked with; another one may have come under the address.
    `is_first`: the address has never worked; see `database_error`.
    """

    def __init__(
        self, url: str, machine: str, roots: Roots, *, patience_s: float = 10.0, is_first: bool = False
    ) -> None:
        self.url = options_of(url, machine)
        self.host = host_of(url)
        self.roots = roots
        self.expected = ""
        self._patience_s = 0.0 if is_first else patience_s
        self._is_first = is_first
        self._free: list[Connection[Any]] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def connect(self) -> Connection[Any]:
        """Return a new connection. Raises psycopg.Error, and ComputerError where another database is there by now."""
        raw = psycopg.connect(self.url, autocommit=True)
        try:
            raw.prepare_threshold = 3
            if self.expected:
                row = raw.execute("SELECT value FROM meta WHERE key = %s", (NAME,)).fetchone()
                found = "" if row is None else str(row[0])
                if found != self.expected:
                    raise another_database(f"{self.host}: {found[:8]} and not {self.expected[:8]}")
        except BaseException:
            raw.close()
            raise
        return raw

    def run(self, op: Callable[[SqlConnection], T], *, writes: bool) -> T:
        """Run an operation, in its own transaction where it writes. Blocks. Raises ComputerError, or as it does."""
        until = time.monotonic() + self._patience_s
        pause = _FIRST_PAUSE_S
        while True:
            try:
                with self._connection() as raw:
                    connection = TeamConnection(raw, self.roots)
                    if not writes:
                        return op(connection)
                    with raw.transaction():
                        return op(connection)
            except psycopg.Error as error:
                if not passes(error) or time.monotonic() + pause > until or self._closed.is_set():
                    raise database_error(error, self.host, is_first=self._is_first) from error
            self._closed.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        with self._lock:
            raw = self._free.pop() if self._free else None
        if raw is None:
            raw = self.connect()
        try:
            yield raw
        except psycopg.Error as error:
            if passes(error):
                with self._lock:  # the others are as old, and most likely broken, too
                    stale, self._free = self._free, []
                for each in (raw, *stale):
                    each.close()
            raise
        finally:
            if raw.closed or self._closed.is_set():
                raw.close()
            else:
                with self._lock:
                    self._free.append(raw)

    def close(self) -> None:
        """Close all connections; one that is in use when it is given back."""
        self._closed.set()
        with self._lock:
            free, self._free = self._free, []
        for raw in free:
            raw.close()


#: What a server says while it ends or begins.
_SHUT_DOWN = ("57P01", "57P02", "57P03")


def passes(error: psycopg.Error) -> bool:
    """Tell whether the same may succeed on a new connection in a moment."""
    state = error.sqlstate or ""
    if state in _SHUT_DOWN or state[:2] == "08" or state in ("40001", "40P01", "53300"):
        return True
    # No answer at all has no code; what the server refused has one.
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not state and not is_lasting(error)


def no_rights(details: str) -> ComputerError:
    """Return the error of a user who may not do what is asked."""
    return ComputerError(
        say("The team's database does not let this user in, or not do this"),
        say("Ask who keeps it for a role with the rights that “topazdesk team init” gives."),
        details=details,
        code=Code.COMPUTER_TEAM_RIGHTS,
        retry=Retry.NEVER,
    )


def another_database(details: str) -> ComputerError:
    """Return the error of a database that is not the one this machine has worked with."""
    return ComputerError(
        say("This is another team's database than the one that was here"),
        say(
            "This machine does nothing with it, so that no picture is sent for others, or twice. If it is meant, say "
            "so: topazdesk team join URL"
        ),
        details=details,
        code=Code.COMPUTER_TEAM_OTHER,
        retry=Retry.NEVER,
    )


def no_team_there(details: str) -> ComputerError:
    """Return the error of a database in which no team is."""
    return ComputerError(
        say("This database is not a team's yet"),
        say("topazdesk team init URL makes it one."),
        details=details,
        code=Code.COMPUTER_TEAM_NONE,
        retry=Retry.NEVER,
    )


def database_error(error: psycopg.Error, host: str, *, is_first: bool = False) -> ComputerError:
    """Return the error in words. `host` is where the database is, without a password.

    `is_first`: the address was just entered, and has never worked.
    """
    state, text = error.sqlstate or "", str(error)
    details = f"{host}: {state} {text}".strip()
    if not state and (refused := refusal(error, is_first=is_first)) is not None:
        return refused
    if passes(error):
        return ComputerError(
            say("The team's database cannot be reached"),
            say("It is tried again automatically. Nothing is sent meanwhile; what runs at the service goes on."),
            details=details,
            code=Code.COMPUTER_TEAM_UNREACHABLE,
            retry=Retry.LATER,
        )
    if state == "42501":
        return no_rights(details)
    if state in ("42P01", "3F000", "42883"):
        return no_team_there(details)
    if state[:2] in ("53", "58"):
        return ComputerError(
            say("The team's database has no room or no resources left"),
            say("Ask who keeps it. What is running goes on; it resumes automatically."),
            details=details,
            code=Code.COMPUTER_TEAM_FULL,
            retry=Retry.LATER,
        )
    return ComputerError(
        say("The team's database refused a write or a query"),
        say("Nothing is lost. The details help us to fix it."),
        details=details,
        code=Code.COMPUTER_TEAM_FAULT,
        retry=Retry.NEVER,
    )
