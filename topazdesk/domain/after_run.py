"""What the computer does when a run is over, and what keeps it on."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from topazdesk.domain.job import Job
from topazdesk.errors import Code
from topazdesk.language import nsay, say

#: Seconds in which it can be stopped: enough to come back from the next room.
COUNTDOWN_S = 60


class AfterRun(StrEnum):
    """What happens after a run; the values are the words of command line and settings."""

    NOTHING = "nothing"
    SOUND = "sound"
    SLEEP = "sleep"
    SHUT_DOWN = "shutdown"

    @property
    def ends_work(self) -> bool:
        """Whether nothing runs on this computer afterwards, so that there is a countdown."""
        return self in (AfterRun.SLEEP, AfterRun.SHUT_DOWN)

    @property
    def word(self) -> str:
        """What is chosen."""
        match self:
            case AfterRun.NOTHING:
                return say("Do nothing")
            case AfterRun.SOUND:
                return say("Play a sound")
            case AfterRun.SLEEP:
                return say("Sleep")
            case AfterRun.SHUT_DOWN:
                return say("Shut down")
        assert_never(self)

    def countdown(self, left_s: int) -> str:
        """Return what is about to happen."""
        if self is AfterRun.SLEEP:
            return nsay(
                "This computer goes to sleep in {n} second", "This computer goes to sleep in {n} seconds", left_s
            )
        return nsay("This computer shuts down in {n} second", "This computer shuts down in {n} seconds", left_s)


def keeps_on(unfinished: Iterable[Job], ended: Iterable[Job]) -> str:
    """Return why the computer has to stay on although a run is over; "" where it need not.

    What cannot be mended by being there (a picture that the service refused) keeps nobody up: it is told the next day.
    """
    left = list(unfinished)
    asked = sum(job.trouble is not None and job.trouble.code == Code.SERVICE_UNDECIDED for job in left)
    if asked:
        return nsay(
            "The computer stays on: 1 picture waits for your decision",
            "The computer stays on: {n} pictures wait for your decision",
            asked,
        )
    if left:
        return nsay(
            "The computer stays on: 1 picture is not finished",
            "The computer stays on: {n} pictures are not finished",
            len(left),
        )
    unsaved = sum(job.is_paid_and_lacking for job in ended)
    if unsaved:
        return nsay(
            "The computer stays on: 1 result could not be saved and is still at the service",
            "The computer stays on: {n} results could not be saved and are still at the service",
            unsaved,
        )
    return ""
