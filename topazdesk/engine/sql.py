"""What the queries of the job list need of a database connection: SQLite's own has it, and so has a team's.

Statements are written in the SQL that SQLite and PostgreSQL share, with `?` for a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class SqlRows(Protocol):
    """The rows that a statement returned; each can be read by place and by name."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class SqlConnection(Protocol):
    """A connection inside a transaction, or one that only reads."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> SqlRows:
        """Run one statement."""
        ...
