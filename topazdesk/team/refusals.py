"""Why a connection to a team's database was not made: understood from what PostgreSQL's library says without a code.

Servers say it in their own language. What is not understood is passed on as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg

from topazdesk.domain.displayed_text import one_line
from topazdesk.errors import Code, ComputerError, Retry
from topazdesk.language import say

_MOST_SAID = 200
#: What a connection is refused for that will not be there in a moment either.
_LASTING = (
    "does not exist",
    "authentication failed",
    "no pg_hba.conf entry",
    "no password supplied",
    "SSL was required",
    "does not support SSL",
    "certificate",
    "invalid port number",
    "invalid sslmode",
)


def is_lasting(error: psycopg.Error) -> bool:
    """Tell whether a connection was refused for what was asked, and not for how things are now."""
    text = str(error)
    return any(word in text for word in _LASTING) and "No such file" not in text


def refusal(error: psycopg.Error, *, is_first: bool = False) -> ComputerError | None:
    """Return why a connection was refused; None for what is not known, or may pass.

    `is_first`: the address was just entered, so what may pass for one that has worked may be wrong in it.
    """
    text = str(error)
    for word, make in (*_WORDS, *(_FIRST if is_first else ())):
        if re.search(word, text):
            return make(text)
    if is_first and "FATAL" in text:
        said = one_line(text.rpartition("FATAL:")[2].strip(), _MOST_SAID)
        return _fault(text, say("The server refuses the connection"), say("It says: {text}", text=said))
    return None


def _fault(text: str, title: str, hint: str, code: Code = Code.COMPUTER_TEAM_ADDRESS) -> ComputerError:
    return ComputerError(title, hint, details=one_line(text, 500), code=code, retry=Retry.NEVER)


def _of(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return one_line(found[1], 80) if found else "?"


def _host(text: str) -> str:
    return _of(r'(?:host name|host|server at|on socket) ["\'](.+?)["\']', text)


def _port(text: str) -> str:
    return _of(r"port (\d+)", text)


def _user(text: str) -> str:
    return _of(r'(?:user|role) "(.+?)"', text)


def _database(text: str) -> str:
    return _of(r'database "(.+?)"', text)


def _no_address(text: str) -> ComputerError:
    return _fault(
        text,
        say("This is no address of a team's database"),
        say("It looks like postgresql://user@host/database."),
    )


def _wrong_password(text: str) -> ComputerError:
    return _fault(
        text,
        say("The database does not accept the password of {user}", user=_user(text)),
        say("Check user and password in the address. They are those of the database, not of this computer."),
        Code.COMPUTER_TEAM_SIGN_IN,
    )


def _no_password(text: str) -> ComputerError:
    return _fault(
        text,
        say("The database wants a password"),
        say(
            "Put it into the address once, postgresql://user:password@host/database: it is kept in this computer's "
            "keyring. PostgreSQL's own file ~/.pgpass may have it, too."
        ),
        Code.COMPUTER_TEAM_SIGN_IN,
    )


def _not_let_in(text: str) -> ComputerError:
    return _fault(
        text,
        say("The server does not let {user} into {database} from here", user=_user(text), database=_database(text)),
        say("Check both names in the address. Else who keeps the server allows it in its file pg_hba.conf."),
        Code.COMPUTER_TEAM_RIGHTS,
    )


def _no_encryption(text: str) -> ComputerError:
    return _fault(
        text,
        say("The connection to the server cannot be encrypted as the address asks"),
        say("Who keeps the server sets up TLS there, or sslmode in the address is to be another."),
    )


def _no_database(text: str) -> ComputerError:
    name = _database(text)
    return _fault(
        text,
        say("There is no database {name} on this server", name=name),
        say("Check its name in the address, or have it made there: createdb {name}", name=name),
        Code.COMPUTER_TEAM_NO_DATABASE,
    )


def _no_user(text: str) -> ComputerError:
    name = _user(text)
    return _fault(
        text,
        say("The database has no user {name}", name=name),
        say("Check the name in the address, or have it made: topazdesk team init URL --member {name}", name=name),
        Code.COMPUTER_TEAM_NO_DATABASE,
    )


def _no_host(text: str) -> ComputerError:
    return _fault(
        text,
        say("No computer named {host} is found", host=_host(text)),
        say("Check the name in the address, and whether this computer is in the right network."),
    )


def _nobody_listens(text: str) -> ComputerError:
    return _fault(
        text,
        say("No database answers at {host}, port {port}", host=_host(text), port=_port(text)),
        say(
            "Check both in the address. On that computer PostgreSQL must run, and listen to others: listen_addresses "
            "in its file postgresql.conf."
        ),
    )


def _silence(text: str) -> ComputerError:
    return _fault(
        text,
        say("There is no answer from {host}", host=_host(text)),
        say(
            "Check the address, whether that computer is on, and whether a firewall lets port {port} through.",
            port=_port(text),
        ),
    )


def _no_socket(text: str) -> ComputerError:
    return _fault(
        text,
        say("No PostgreSQL runs on this computer at {place}", place=_host(text)),
        say("Start it, or name the computer it runs on: postgresql://user@host/database"),
    )


_Make = Callable[[str], ComputerError]
_WORDS: tuple[tuple[str, _Make], ...] = (
    ("invalid port number|invalid sslmode", _no_address),
    ("no password supplied", _no_password),
    ("authentication failed", _wrong_password),
    (r"no pg_hba\.conf entry", _not_let_in),
    ("SSL was required|does not support SSL|certificate", _no_encryption),
    ('database ".+" does not exist', _no_database),
    ('role ".+" does not exist', _no_user),
)
_FIRST: tuple[tuple[str, _Make], ...] = (
    ("failed to resolve host|could not translate host name", _no_host),
    ("Connection refused", _nobody_listens),
    ("timeout|timed out|No route to host|unreachable", _silence),
    ("No such file or directory", _no_socket),
)
