"""What becomes of the pictures that a machine has started when it leaves its team, in words."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.language import nsay, say


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What stays in the team: pictures that this machine started and that are not over, those not sent yet apart.

    `others`: machines that work for the team now beside this one. `works`: a worker of this machine runs.
    """

    unsent: int
    sent: int
    others: int
    works: bool

    @property
    def words(self) -> list[str]:
        """Say it in sentences."""
        if not self.unsent and not self.sent:
            return [say("Nothing that was started here is unfinished.")]
        said = []
        if self.unsent:
            said.append(
                nsay(
                    "1 picture that was started here is not sent yet: it stays in the team's queue.",
                    "{n} pictures that were started here are not sent yet: they stay in the team's queue.",
                    self.unsent,
                )
            )
        if self.sent:
            said.append(
                nsay(
                    "1 picture that was started here is at the service: the team fetches its result.",
                    "{n} pictures that were started here are at the service: the team fetches their results.",
                    self.sent,
                )
            )
        if not self.others:
            said.append(say("No other machine works for the team now: nothing of it goes on until one does."))
        return said
