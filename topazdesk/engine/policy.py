"""How long to wait, how many at once, when to give up: all numbers of the engine in one place. Times are in seconds."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from topazdesk.domain.run_duration import AT_ONCE
from topazdesk.domain.services import ServiceName

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """The engine's patience.

    The deadlines suit the service: a standard job may take 90 minutes, a generative one 20, three tries some 3 hours,
    and results are kept for 7 days (facts 2.4, 2.10). So no job fails for being slow; only after 7 days it expires.
    """

    uploads: int = 4
    downloads: int = 6
    cancels: int = 3
    in_flight_first: float = float(AT_ONCE)
    in_flight_most: float = 100.0

    retry_first_s: float = 2.0
    retry_max_s: float = 120.0
    retry_after_max_s: float = 3600.0  # the longest wait that the service may ask for
    top_up_wait_s: float = 45.0  # after a 425: an automatic top-up is in progress
    disk_retry_s: float = 30.0
    #: Pauses before each new download of a result that arrived damaged; after the last one the user decides.
    damaged_retry_pauses_s: tuple[float, ...] = (0.0, 1.0, 5.0, 60.0, 300.0, 1800.0)

    poll_first_s: float = 0.25
    poll_max_s: float = 60.0
    poll_share_of_age: float = 0.1

    result_retention_s: float = 7 * DAY_S
    #: How long an upload is reused instead of being sent again; the service keeps it for 7 days (facts 2.4).
    upload_reuse_s: float = 6 * DAY_S
    #: How long to keep asking for a job that the service accepted but now does not know, before the job fails. Trying
    #: it again is free.
    unknown_job_timeout_s: float = 1800.0

    #: "It never arrived" takes two complete lists at least this far apart, both without the job, and both with another
    #: job of ours (see `absence`). This is the time for a body that was cut short: nothing on the way can still deliver
    #: that as a request, so only the list itself may lag.
    cut_upload_wait_s: float = 120.0
    #: The same for a body that has left this computer whole. A time-out is no proof: a proxy may hold an upload and
    #: deliver it after the connection is gone (150 s were seen), a list may lag (200 s were seen), and an answer alone
    #: may take 300 s. Six times that does not matter in a run overnight, where all other jobs go on meanwhile, and a
    #: second payment is never refunded. A user in a hurry can decide at any time.
    #: Known and accepted: a list that hides just one job of ours for longer than this, and shows newer ones, leads to a
    #: second payment. No service was seen to do so, and nothing cheap tells it: the account's balance moves with every
    #: other job, and an answer that was lost left no id to ask for. To ask the user instead would make a question of
    #: each submit that the network lost.
    sent_upload_wait_s: float = 1800.0
    #: How long lists that prove nothing are read again before the user is asked: as long as an answer may take, which
    #: covers the delays above.
    ask_after_s: float = 300.0
    #: Replaces all three for a service on this computer (the sandbox): nothing is in between, and it accepts a request
    #: completely or not at all.
    sent_upload_wait_local_s: float | None = 3.0
    reconcile_first_s: float = 2.0
    reconcile_max_s: float = 60.0
    #: How often doubts that wait for the user are looked for again: even an upload that was held up for an hour is
    #: found. And how soon after the service has accepted another job, as that may be the proof that was missing.
    undecided_recheck_s: float = 600.0
    news_recheck_s: float = 5.0
    #: How long a doubtful job counts as in flight at its service, and jobs that would share its upload wait for it.
    #: With more, an outage of minutes would block the queue for the whole patience; without it, every job in the queue
    #: would become a doubt.
    doubt_holds_slot_s: float = 300.0
    #: How long a program that is told to end waits for answers to what it is sending. Most services answer within a
    #: second or two; without the answer the outcome is a doubt at the next start, which may take `sent_upload_wait_s`.
    answer_wait_s: float = 5.0
    may_resend: bool = True  # send again without asking when the service certainly does not have it
    resends_max: int = 20  # each at least a patience after the last: any outage of the service is over by then

    #: When, after the start, the rows of final jobs begin to be checked, and the pause after each page of them.
    past_check_after_s: float = 5.0
    past_check_pause_s: float = 0.05
    balance_interval_s: float = 2.0
    empty_account_check_s: float = 60.0  # how often an empty account is checked
    progress_interval_s: float = 0.1  # at most 10 progress events a second for each job

    def absence_after(self, service: ServiceName, *, handed_over: bool) -> float:
        """Return how far apart two lists must be to prove a job absent. `handed_over`: the whole body may have left."""
        if service.traits.is_local and self.sent_upload_wait_local_s is not None:
            return self.sent_upload_wait_local_s
        return self.sent_upload_wait_s if handed_over else self.cut_upload_wait_s

    def question_after(self, service: ServiceName, *, handed_over: bool) -> float:
        """Return how long lists that prove nothing are read before the user is asked."""
        if service.traits.is_local and self.sent_upload_wait_local_s is not None:
            return self.sent_upload_wait_local_s
        return self.ask_after_s if handed_over else min(self.cut_upload_wait_s, self.ask_after_s)

    def place_of_doubt(self, age: float) -> float:
        """Return for how long a doubt of this age still counts as in flight, 0 for no longer.

        A clock that was set back does not prolong it.
        """
        return self.doubt_holds_slot_s - age if -1.0 <= age < self.doubt_holds_slot_s else 0.0

    def backoff(self, tries: int, wish: float | None = None) -> float:
        """Return the wait before try `tries` + 1: doubled each time, with jitter, no less than the service asks for."""
        wait = min(self.retry_max_s, self.retry_first_s * 2.0 ** min(tries, 16)) * jitter()
        return max(wait, self.wish(wish))

    def wish(self, wish: float | None) -> float:
        """Return the wait that the service asks for, up to `retry_after_max_s`: more must be a mistake."""
        return min(max(wish or 0.0, 0.0), self.retry_after_max_s) if wish is not None and math.isfinite(wish) else 0.0

    def poll_delay(self, age: float, polls: int, eta_in: float | None) -> float:
        """Return the wait before a job is polled again: short at first and near its end, longer with its age."""
        least = min(2.0, self.poll_first_s * 2.0 ** min(polls, 8))
        wait = max(least, age * self.poll_share_of_age)
        if eta_in is not None and eta_in > least:
            wait = min(max(wait, min(eta_in, 10.0)), max(eta_in, 2.0))
        return min(wait, self.poll_max_s) * jitter()


def jitter() -> float:
    """Return a random factor around 1, so that many clients do not call at the same moment."""
    return random.uniform(0.8, 1.2)


class InFlightLimit:
    """How many jobs may be at a service at once: halved by a 429, and one more for each round of accepted submits.

    Before the first 429 it grows faster, by half a job for each accepted submit, as the service's limit is unknown.
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
        """Raise the limit, because a submit was accepted."""
        more = 1.0 / self._limit if self._was_refused else 0.5
        self._limit = min(self._most, self._limit + more)

    def refused(self, now: float, quiet: float) -> None:
        """Lower the limit because of a 429; several within `quiet` seconds count as one."""
        self._was_refused = True
        if now >= self._deaf_until:
            self._limit = max(1.0, self._limit / 2.0)
            self._deaf_until = now + quiet
