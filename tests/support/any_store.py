"""The two kinds of store, opened alike: what a test says of one holds for the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.support.postgres import Cluster
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.store import Store

#: Where the pictures and results of tests of the store are: nothing of them is ever opened.
ROOTS = {"pictures": Path("/pictures"), "out": Path(os.fsdecode(b"/out\xff"))}


class AnyStore:
    """A job list that can be opened again and again."""

    def __init__(self, folder: Path, cluster: Callable[[], Cluster] | None) -> None:
        self._path = folder / "jobs.db"
        self._url = ""
        if cluster is not None:
            self._url = cluster().new_team()

    async def open(self) -> JobStore:
        if not self._url:
            return await Store.open(self._path)
        from tests.support.unkept_store import UnkeptStore
        from topazdesk.team.connections import Connections
        from topazdesk.team.roots import Roots

        return await UnkeptStore.open(Connections(self._url, "tests", Roots(ROOTS)), "tests")
