"""`python -m tests.support.team_worker PROFILE URL NAME ROOT=FOLDER[,…] UPLOADS DOWNLOADS`: a worker with less patience than one at work.

As `topazdesk worker`, but what was perhaps sent is looked for during seconds and not half an hour, as the service is on this very
computer.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from topazdesk.app.app_context import AppContext
from topazdesk.app.team_worker import work
from topazdesk.engine.policy import Policy
from topazdesk.errors import TopazdeskError
from topazdesk.team import own_name

POLICY = Policy(
    cut_upload_wait_s=15.0,
    sent_upload_wait_s=15.0,
    ask_after_s=float(os.environ.get("TEST_ASK_AFTER", "60")),
    doubt_holds_slot_s=10.0,
    disk_retry_s=1.0,
    retry_max_s=3.0,
    reconcile_first_s=0.5,
    reconcile_max_s=2.0,
    in_flight_first=float(os.environ.get("TEST_PLACES", "6")),
    in_flight_most=float(os.environ.get("TEST_PLACES_MOST", "100")),
)
own_name.PATIENCE_S = float(os.environ.get("TEST_PATIENCE", str(own_name.PATIENCE_S)))
HEARTBEAT_S, DEAD_S = (
    float(os.environ.get(name, usual)) for name, usual in (("TEST_HEARTBEAT", "0.5"), ("TEST_DEAD", "6"))
)


class Lines:
    """What a worker says, one line each."""

    def event(self, kind: str, text: str = "", *, to_stderr: bool = False, **fields: Any) -> None:
        print(f"{kind} {text}", flush=True)

    def error(self, error: TopazdeskError) -> None:
        print(f"error {error.title} {error.details}", flush=True)


def tell_tasks() -> None:
    """Prints what every task waits for: for whoever looks at one that hangs (`kill -USR1`)."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stdout)


async def main(profile: Path, url: str, name: str, root: str, uploads: int, downloads: int) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell_tasks)
    context = await AppContext.open(
        profile,
        exclusive=False,
        machine=name,
        change=lambda settings: settings.with_(
            team=url, team_roots=dict(each.split("=", 1) for each in root.split(","))
        ),
    )
    try:
        await work(
            context,
            Lines(),
            uploads=uploads,
            downloads=downloads,
            heartbeat_s=HEARTBEAT_S,
            dead_s=DEAD_S,
            policy=POLICY,
        )
    finally:
        await context.close()


if __name__ == "__main__":
    _, own_profile, team, machine, folder, ups, downs = sys.argv
    asyncio.run(main(Path(own_profile), team, machine, folder, int(ups), int(downs)))
