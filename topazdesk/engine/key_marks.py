"""Marks the key that a job is sent with, so that later lists can be told from those of another account.

A key of an account may be replaced by one of somebody else's, whose list proves nothing about what went out before. The
mark is a short digest, keyed by the random name of the job list: it tells whether two keys are the same one, in this
list alone, and nothing about the key.
"""

from __future__ import annotations

from collections.abc import Collection

from topazdesk.domain.ports import Service
from topazdesk.engine.database_check import NAME
from topazdesk.engine.job_queries import Sent
from topazdesk.engine.job_store import JobStore


class KeyMarks:
    """Makes the marks of keys. `of` asks the job list for its name once."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._name = ""

    async def of(self, service: Service) -> str:
        """Return the mark of the key that this client uses; "" where there is none."""
        if not self._name:
            self._name = await self._store.get_meta(NAME)
        return service.key_mark(self._name) if self._name else ""


def witnesses(sent: Collection[Sent], key_mark: str, list_mark: str) -> list[Sent]:
    """Return those jobs whose place in a list says something about one that was sent with the key of `key_mark`.

    One sent with the same key does: if it is listed, the list is that of their account. Of one whose key is unknown
    that can be said only if the list was read with that key (`list_mark`), too.
    """
    marks = {key_mark, ""} if key_mark == list_mark else {key_mark}
    return [each for each in sent if each.key_mark in marks]
