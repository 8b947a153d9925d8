"""A team's store without a keeper who would look its queue up at the service: what is added may be sent at once."""

from __future__ import annotations

from topazdesk.domain.job import Job
from topazdesk.engine.sql import SqlConnection
from topazdesk.team.lineage import PLACE
from topazdesk.team.team_store import TeamStore


class UnkeptStore(TeamStore):
    """For tests of the store alone, or with the engine of one program, which looks its queue up itself."""

    def _insert(self, connection: SqlConnection, job: Job, note: str) -> None:
        super()._insert(connection, job, note)
        connection.execute(f"UPDATE accounts SET verified = {PLACE} WHERE account = ?", (str(job.account),))
