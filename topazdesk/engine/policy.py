"""How long to wait, how many at once, when to give up: all numbers of the engine in one place. Seconds unless named."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from topazdesk.domain.services import ServiceName

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """The engine's patience.

    Deadlines fit the service: a standard job may take 90 minutes, a generative one 20, three tries some 3 hours, and results
    are kept 7 days (facts 2.4, 2.10). So nothing fails for being slow; a job ends by its time only when the 7 days are over.
    """

    uploads: int = 4
    downloads: int = 6
    cancels: int = 3
    in_flight_first: float = 6.0
    in_flight_most: float = 100.0

    retry_first: float = 2.0
    retry_most: float = 120.0
    wish_most: float = 3600.0  # what the service asks to be left alone for
    top_up: float = 45.0  # 425: an automatic top-up is on its way
    disk_retry: float = 30.0
    #: Pauses between further downloads of a result that arrived damaged; after the last the user decides.
    damaged_retries: tuple[float, ...] = (0.0, 1.0, 5.0, 60.0, 300.0, 1800.0)

    poll_first: float = 0.25
    poll_most: float = 60.0
    poll_share_of_age: float = 0.1

    retention: float = 7 * DAY_S
    #: How long an upload is named again instead of being sent once more; the service keeps it 7 days (facts 2.4).
    source_kept: float = 6 * DAY_S
    #: A service that denies knowing a job it took is asked on for this long before the job is set aside (free to ask again).
    unknown_job_patience: float = 1800.0

    #: Two complete lists this far apart, both without the job, are needed before "it never arrived" is certain; and then only
    #: with a job of ours in them (see `absence`). A body that was cut short is no request that anything on the way could still
    #: deliver: there the list alone may be late.
    grace: float = 120.0
    #: The same where the whole body left this computer. A time-out is no proof: something between may keep an upload and
    #: deliver it after the connection is gone (150 s were seen), and a list may lag (200 s were seen); an answer alone may take
    #: 300 s. Six times that is nothing to a run overnight, where all other jobs go on meanwhile, and a second payment is never
    #: given back; a user who is in a hurry may decide at any time.
    patience: float = 1800.0
    #: How long a list that can prove nothing is read again before the user is asked: as long as an answer may take, which
    #: covers the delays above.
    ask_after: float = 300.0
    #: All three of a service that nothing is between: the sandbox is a process on this computer, and takes a request in as a
    #: whole or not at all.
    patience_local: float | None = 3.0
    reconcile_first: float = 2.0
    reconcile_most: float = 60.0
    #: Doubts that wait for the user are looked at again this often: what lay somewhere for an hour is still found. And this
    #: soon after the service took another job, which then may be the proof that was missing.
    undecided_again: float = 600.0
    news_after: float = 5.0
    #: So long a doubtful job keeps one of the places at its service, and others that would share its upload wait for it.
    #: Longer would let one outage of minutes hold the queue up for the whole patience; not at all would make a doubt of
    #: every job in the queue.
    doubt_keeps_place: float = 300.0
    may_resend: bool = True  # by itself, when the service certainly does not have it
    resends_most: int = 20  # each at least a patience after the last: an outage of the service ends by then

    past_after: float = (
        5.0  # a look through the jobs that are over begins so long after the start, and rests in between
    )
    past_apart: float = 0.05
    balance_apart: float = 2.0
    credit_check: float = 60.0  # how often an empty account is looked at again
    progress_apart: float = 0.1  # at most 10 progress events a second and job

    def absence_after(self, service: ServiceName, *, handed_over: bool) -> float:
        """How far apart the two lists must be that prove a job absent. `handed_over`: its whole body left, or may have."""
        if service.traits.is_local and self.patience_local is not None:
            return self.patience_local
        return self.patience if handed_over else self.grace

    def question_after(self, service: ServiceName, *, handed_over: bool) -> float:
        """How long lists that prove nothing are read before the user is asked."""
        if service.traits.is_local and self.patience_local is not None:
            return self.patience_local
        return self.ask_after if handed_over else min(self.grace, self.ask_after)

    def place_of_doubt(self, age: float) -> float:
        """Seconds that a doubt of this age still keeps its place; 0 for none. A clock that was set back does not hold for ever."""
        return self.doubt_keeps_place - age if -1.0 <= age < self.doubt_keeps_place else 0.0

    def backoff(self, tries: int, wish: float | None = None) -> float:
        """Wait before try `tries` + 1, doubled each time, with jitter; never less than the service's own wish."""
        wait = min(self.retry_most, self.retry_first * 2.0 ** min(tries, 16)) * jitter()
        return max(wait, self.wish(wish))

    def wish(self, wish: float | None) -> float:
        """The service's own wish to be left alone, as far as it is taken: a longer one is a mistake, and would be a standstill."""
        return min(max(wish or 0.0, 0.0), self.wish_most) if wish is not None and math.isfinite(wish) else 0.0

    def poll_delay(self, age: float, polls: int, eta_in: float | None) -> float:
        """Wait before the next look at a running job: short at first and near its end, longer with its age."""
        least = min(2.0, self.poll_first * 2.0 ** min(polls, 8))
        wait = max(least, age * self.poll_share_of_age)
        if eta_in is not None and eta_in > least:
            wait = min(max(wait, min(eta_in, 10.0)), max(eta_in, 2.0))
        return min(wait, self.poll_most) * jitter()


def jitter() -> float:
    """A factor around 1, so that many clients do not knock together."""
    return random.uniform(0.8, 1.2)


class InFlightLimit:
    """How many jobs may be at a service at once: half after a 429, else one more each round that went well.

    Before the first 429 it grows faster, by half a job for each that was taken: nothing is known of the limit yet.
    """

    def __init__(self, policy: Policy) -> None:
        self._most = policy.in_flight_most
        self._limit = policy.in_flight_first
        self._deaf_until = 0.0
        self._was_refused = False

    @property
    def value(self) -> int:
        """Jobs allowed in flight, at least 1."""
        return max(1, int(self._limit))

    def went_well(self) -> None:
        """A submit was accepted."""
        more = 1.0 / self._limit if self._was_refused else 0.5
        self._limit = min(self._most, self._limit + more)

    def refused(self, now: float, quiet: float) -> None:
        """A 429; several within `quiet` seconds are one."""
        self._was_refused = True
        if now >= self._deaf_until:
            self._limit = max(1.0, self._limit / 2.0)
            self._deaf_until = now + quiet
