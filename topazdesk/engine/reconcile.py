"""Answers the one dangerous question: did the service get a submit whose answer was lost?

The job is looked up by its token, which is in the name of the upload, or, if it used another job's upload, by that
upload (see `match_shared_upload`). If it is found, it is adopted. That it is certainly not there, only `absence`
concludes, from lists that are far enough apart. Anything less leaves the job DOUBTFUL, and the user decides; until
then, what later lists show still counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob, Service
from topazdesk.domain.token import tokens_in
from topazdesk.engine import attention
from topazdesk.engine.absence import CLOCK_SLACK_S, LISTED_SLACK_S, AbsenceVerdict, Judgement, judge
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_queries import Sent
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.key_marks import witnesses
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.listing import Listing, furthest, look_up
from topazdesk.engine.match_shared_upload import Claimant, Unclear, agrees, fits, may_own, whose
from topazdesk.engine.mixed_up import is_held_by_stranger
from topazdesk.engine.policy import DAY_S
from topazdesk.engine.recovery import FETCHABLE
from topazdesk.engine.remote_update import apply_remote, take_back
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import AccountError, BusyError, ComputerError, KnownIdError, NetworkError, TopazdeskError
from topazdesk.language import say

#: How long a user who has decided waits for the last look, at most.
_LAST_LOOK_S = 10.0
#: A wait that other programs may go on with is noted so many times.
_BITS = 30
_ABSENCE = "absence"


@dataclass(slots=True)
class _Watch:
    """What is known so far about one doubt of one job."""

    intent_at: float
    is_overdue: bool  # lists that prove nothing have had enough time
    was_missed: bool = False  # a complete list without the job was read
    has_matured: bool = False  # and the time required for a proof has passed since
    was_looked_at: bool = False
    decided_by: float = 0.0  # Unix seconds; only to tell people how long it may take
    waits_for_user: bool = False
    wants_proof: bool = False  # a single job of ours in the list would settle it


class Reconciler:
    """Settles the doubtful jobs of one account, reading its list once for all of them."""

    def __init__(self, context: EngineContext, account: Account) -> None:
        self._context = context
        self._account = account
        self._name = account.service
        self._watches: dict[str, _Watch] = {}
        self._is_due = False  # those that wait for the user are to be looked for again
        self._news_to_come = self._again_to_come = False
        self.wake = WakeEvent(f"reconcile:{account}", context.clock, context.supervisor)
        self.looked: Callable[[], None] = lambda: None  # called after each look

    def waits_for_user(self, job: Job) -> bool:
        """Tell whether only the user can settle this doubt, as far as is known."""
        watch = self._watch_of(job)
        return watch is not None and watch.waits_for_user and not (self._news_to_come or self._is_due)

    def decided_by(self, job: Job) -> float | None:
        """Return when a doubt is settled or the user asked, if lists stay as they are; None before the first look."""
        watch = self._watch_of(job)
        return watch.decided_by if watch is not None and watch.was_looked_at else None

    def reconsider(self, job_id: str) -> None:
        """Look for a job again now. What has been waited for its proof counts."""
        if (watch := self._watches.get(job_id)) is not None:
            watch.waits_for_user = False
        self.wake.ring()

    def taken(self) -> None:
        """Look again soon, because the service accepted a job of ours, which may be the proof that was missing."""
        if not self._news_to_come and any(w.waits_for_user and w.wants_proof for w in self._watches.values()):
            self._news_to_come = True
            self._context.supervisor.spawn(f"news:{self._account}", self._news())

    async def _news(self) -> None:
        await self._context.clock.sleep(self._context.policy.news_recheck_s)
        self._news_to_come = False
        self._is_due = True
        self.wake.ring()

    async def _again(self) -> None:
        await self._context.clock.sleep(self._context.policy.undecided_recheck_s)
        self._again_to_come = False
        self._is_due = True
        self.wake.ring()

    def _watch_of(self, job: Job) -> _Watch | None:
        watch = self._watches.get(job.id)
        return watch if watch is not None and watch.intent_at == job.intent_at else None

    def _doubtful(self) -> list[Job]:
        jobs = [self._context.job_table[i] for i in self._context.job_table.ids(JobState.DOUBTFUL)]
        return [j for j in jobs if j.account == self._account]

    def _open(self, doubtful: list[Job]) -> bool:
        """Tell whether any of them does not wait for the user."""
        watches = [self._watch_of(job) for job in doubtful]
        return any(watch is None or not watch.waits_for_user for watch in watches)

    async def run(self) -> None:
        """Settle doubts until cancelled; a failed look is repeated."""
        tries = 0
        while True:
            doubtful = self._doubtful()
            for gone in self._watches.keys() - {job.id for job in doubtful}:
                del self._watches[gone]
            if not (self._open(doubtful) or (doubtful and self._is_due)) or self._context.gate.is_blocked(
                self._account
            ):
                tries = 0
                self._is_due = False
                if doubtful and not self._again_to_come:
                    self._again_to_come = True
                    self._context.supervisor.spawn(f"again:{self._account}", self._again())
                await self.wake.wait()
                continue
            wait = min(
                self._context.policy.reconcile_max_s, self._context.policy.reconcile_first_s * 2.0 ** min(tries, 10)
            )
            turn = self._context.gate.turn(self._account)
            try:
                await self._look(doubtful)
            except AccountError as error:
                self._context.gate.stop(error, self._account, turn)
            except TopazdeskError as error:
                wait = max(wait, self._context.policy.wish(error.retry_after_s))
                if not isinstance(error, NetworkError | BusyError):
                    await self._ask_overdue(doubtful, error)
            except Exception as error:  # noqa: BLE001 a bug must not end this loop: reported, then it continues
                self._context.events.emit(EngineError(as_shown(error)))
            for watch in filter(None, map(self._watch_of, doubtful)):
                watch.was_looked_at = True
            tries += 1
            self._is_due = False
            self.looked()
            if self._open(self._doubtful()):
                await self.wake.wait(wait)

    async def look_once(self, job: Job) -> None:
        """Look once more before the user's decision is carried out; if that is impossible, the decision counts."""
        try:
            async with asyncio.timeout(_LAST_LOOK_S):
                await self._look([job])
        except (TimeoutError, TopazdeskError):
            return

    async def _look(self, doubtful: list[Job]) -> None:
        for job in doubtful:
            if self._watch_of(job) is None:
                new = _Watch(job.intent_at, is_overdue=attention.is_undecided(job))
                self._watches[job.id] = new
                self._context.supervisor.spawn(f"question:{job.id}", self._grow_overdue(job, new))
        service = await self._context.services.get(self._account)
        # What was fetched because nobody knew it may be one of these.
        sent = [each for each in await self._context.store.ours(self._account) if not each.is_found]
        mark = await self._context.key_marks.of(service)
        # Nearly always one: what a list proves depends on the key that a job was sent with.
        for key_mark in dict.fromkeys(job.key_mark for job in doubtful):
            group = [job for job in doubtful if job.key_mark == key_mark]
            await self._look_for(service, group, sent, witnesses(sent, key_mark, mark))

    async def _look_for(
        self, service: Service, doubtful: list[Job], sent: Collection[Sent], vouching: Collection[Sent]
    ) -> None:
        """Look for jobs that were sent with one key; `vouching` are those of `sent` that say something about them."""
        first = min(job.intent_at for job in doubtful)
        listing = await look_up(
            service,
            doubtful,
            {each.remote_id: each for each in sent},
            self._control(vouching, first),
            mates=self._mates_of(doubtful),
            witnesses=vouching,
            since=first - CLOCK_SLACK_S,
        )
        await self._correct(listing)
        # Including cleared jobs, and those whose id the service returned while its list was being read.
        is_shared = bool(listing.on_uploads) or any(job.upload_group for job in doubtful)
        taken = (await self._context.store.at_service()).owned if is_shared else frozenset[str]()
        # Jobs that uploaded a picture come first: what they own is then no longer a stray on their upload.
        for as_it_was in sorted(doubtful, key=lambda job: job.by_source):
            job = self._context.job_table[as_it_was.id]
            watch = self._watch_of(job)
            if job.state is JobState.DOUBTFUL and watch is not None:  # else the user decided meanwhile
                await self._settle(job, watch, listing, taken, self._before(vouching, job))

    async def _correct(self, listing: Listing) -> None:
        """Take numbers from jobs that were told them by mistake, as the list shows: each may be a doubt's own."""
        on_uploads = {remote.remote_id: remote for remote in listing.on_uploads}
        running = (JobState.RUNNING, JobState.CANCELLING)
        holders = [i for state in running for i in self._context.job_table.ids(state)]
        for job_id in holders:
            remote = on_uploads.get(self._context.job_table[job_id].remote_id)
            if remote is not None:
                await take_back(self._context, job_id, remote)

    async def _settle(self, job: Job, watch: _Watch, listing: Listing, taken: Collection[str], before: str) -> None:
        """Draw the conclusions from the list for one job."""
        remote = listing.found.get(job.token)
        if remote is not None and job.upload_group and len(listing.named.get(job.token, ())) > 1:
            remote = self._of_several(job, listing.named[job.token], taken)
            if remote is None:
                await self._ask(job, watch, Judgement(AbsenceVerdict.UNDECIDABLE))
                return
        if remote is None and job.by_source and listing.is_complete and not listing.is_search:
            match self._whose(job, listing, taken):
                case Unclear.NOT_YET:
                    return
                case Unclear.UNDECIDABLE:
                    await self._ask(job, watch, Judgement(AbsenceVerdict.UNDECIDABLE))
                    return
                case there:
                    remote = there
        if remote is not None:
            await self._adopt(job, watch, remote)
            return
        if listing.is_complete and self._name.traits.repeats_safely:
            await self._absent(job, watch)
            return
        model = self._context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        namesakes = self._namesakes(job, listing, taken)
        spares = self._spares(job, namesakes)
        judged = judge(
            job,
            model,
            listing,
            [each for each in namesakes if each not in spares],
            before,
            is_overdue=watch.is_overdue,
            has_matured=watch.has_matured,
            now=self._context.clock.now(),
            policy=self._context.policy,
        )
        match judged.verdict:
            case AbsenceVerdict.LOOK_AGAIN:
                if listing.is_complete and not watch.was_missed:
                    watch.was_missed = True
                    self._context.supervisor.spawn(f"absence:{job.id}", self._mature(job, watch))
                # It takes only time now, no decision; the question may be one of the last run.
                if not judged.details and (watch.waits_for_user or attention.is_undecided(job)):
                    watch.waits_for_user = False
                    met = job.trouble.details.split("\n")[0] if job.trouble else ""
                    await self._context.job_table.update(job.id, trouble=attention.looking(met))
            case AbsenceVerdict.ABSENT:
                spare = next((each for each in spares if model is not None and fits(job, model, each)), None)
                if spare is None or job.cancel_wanted:
                    await self._absent(job, watch)
                else:
                    await self._take_spare(job, watch, spare)
            case AbsenceVerdict.UNDECIDABLE:
                await self._ask(job, watch, judged)

    def _whose(self, job: Job, listing: Listing, taken: Collection[str]) -> RemoteJob | Unclear | None:
        """Return what the list says about a job on another job's upload, with the jobs as they are at this moment."""
        mates = [
            j for j in self._context.job_table.all() if j.source_id == job.source_id and j.account == self._account
        ]
        # What was fetched may be this job: it is not another's because of that.
        owned = {j.remote_id for j in mates if not j.was_found} | set(taken)
        on_it = [r for r in listing.on_uploads if r.source_id == job.source_id]
        strays = [r for r in on_it if r.remote_id not in owned or is_held_by_stranger(self._context, job, r)]
        models = [(j, self._context.catalogue.by_slug(j.recipe.service, j.recipe.model)) for j in mates if may_own(j)]
        claimants = [Claimant(j, model) for j, model in models if model is not None]
        if all(c.job.id != job.id for c in claimants):  # its model is no longer in the catalogue
            return Unclear.UNDECIDABLE if strays else None
        return whose(job, claimants, strays)

    def _mates_of(self, doubtful: Sequence[Job]) -> frozenset[str]:
        """Return the tokens of jobs that share an upload with a doubtful one, which may be listed under their names."""
        groups = {job.upload_group for job in doubtful if job.upload_group}
        if not groups:
            return frozenset()
        return frozenset(job.token for job in self._context.job_table.all() if job.upload_group in groups)

    def _namesakes(self, job: Job, listing: Listing, taken: Collection[str]) -> list[RemoteJob]:
        """Return unknown remote jobs under the names of jobs that share its upload.

        One of them may be this job, sent on their upload after a backup of this database was made.
        """
        if not (job.upload_group and listing.namesakes):
            return []
        mates = {
            j.token for j in self._context.job_table.all() if j.upload_group == job.upload_group and j.id != job.id
        }
        owned = {j.remote_id for j in self._context.job_table.all() if j.upload_group == job.upload_group} | set(taken)
        owned |= {listing.found[token].remote_id for token in mates & listing.found.keys()}
        return [
            remote
            for remote in listing.namesakes
            # Those on the upload that the job is known to have used have been sorted out before.
            if remote.remote_id not in owned
            and not (job.by_source and remote.source_id == job.source_id)
            and not mates.isdisjoint(tokens_in(remote.file_name))
        ]

    def _spares(self, job: Job, namesakes: Sequence[RemoteJob]) -> list[RemoteJob]:
        """Return those of the namesakes that a job sent again accounts for: it arrived more often than it has results.

        Not where another job is in doubt that was sent on an upload of these names, which may own one of them.
        """
        mates = [j for j in self._context.job_table.all() if j.upload_group == job.upload_group and j.id != job.id]
        if any(mate.by_source and not mate.remote_id and may_own(mate) for mate in mates):
            return []
        found = list[RemoteJob]()
        for mate in mates:
            model = self._context.catalogue.by_slug(mate.recipe.service, mate.recipe.model)
            own = [each for each in namesakes if mate.token in tokens_in(each.file_name)]
            found += [each for each in own if model is not None and agrees(mate, model, each)][: mate.resends]
        return [each for each in found if each.state in FETCHABLE]

    async def _take_spare(self, job: Job, watch: _Watch, spare: RemoteJob) -> None:
        """Give a job that is nowhere to be found the spare result of an equal one instead of sending it again.

        If that was fetched as a result that nobody knew, the user is asked.
        """
        if await self._context.store.unknown({spare.remote_id: ()}) != {spare.remote_id}:
            if watch.is_overdue:
                details = f"process {spare.remote_id} may be it"
                await self._ask(job, watch, Judgement(AbsenceVerdict.UNDECIDABLE, details=details))
            return
        table = self._context.job_table
        await table.update(job.id, by_source=True, source_id=spare.source_id)
        await self._adopt(table[job.id], watch, spare)

    def _of_several(self, job: Job, named: Sequence[RemoteJob], taken: Collection[str]) -> RemoteJob | None:
        """Return the job's own among several remote jobs with its token, as others used its upload; None if unclear."""
        model = self._context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        owned = {j.remote_id for j in self._context.job_table.all() if j.upload_group == job.upload_group} | set(taken)
        free = [remote for remote in named if remote.remote_id not in owned]
        fitting = [remote for remote in free if model is not None and fits(job, model, remote)]
        return furthest(fitting) if fitting else None

    def _control(self, sent: Collection[Sent], first: float) -> Sent | None:
        """Return the job that a look-up by name must find: one sent under its name and accepted, the last of those.

        One from before the doubts (`first`) goes before: what was accepted since may be another key's.
        """
        oldest = self._context.clock.now() - 3 * DAY_S
        recent = [each for each in sent if each.token and (each.submitted_at or 0.0) > oldest]
        before = [each for each in recent if (each.submitted_at or 0.0) < first]
        return max(before or recent, key=lambda each: each.submitted_at or 0.0, default=None)

    def _before(self, sent: Collection[Sent], job: Job) -> str:
        """Return the remote id of the last job accepted before this one that is certainly still listed, or ""."""
        oldest = self._context.clock.now() - self._name.traits.lists_days * DAY_S + LISTED_SLACK_S
        earlier = [each for each in sent if oldest < (each.submitted_at or 0.0) < job.intent_at]
        return max(earlier, key=lambda each: each.submitted_at or 0.0).remote_id if earlier else ""

    # These sleep instead of comparing two readings of the wall clock, which may jump.

    async def _grow_overdue(self, job: Job, watch: _Watch) -> None:
        wait = self._context.policy.question_after(self._name, handed_over=job.handed_over)
        await self._until(job, watch, "question", wait)
        watch.is_overdue = True
        self.wake.ring()

    async def _mature(self, job: Job, watch: _Watch) -> None:
        wait = self._context.policy.absence_after(self._name, handed_over=job.handed_over)
        await self._until(job, watch, _ABSENCE, wait)
        watch.has_matured = True
        self.wake.ring()

    async def _until(self, job: Job, watch: _Watch, what: str, wait: float) -> None:
        """Wait; where the store keeps waits, only for what is left of the wait, and noting it bit by bit."""
        store, waited = self._context.store, 0.0
        with suppress(ComputerError):
            waited = await store.waited(job, what)
        watch.decided_by = max(watch.decided_by, self._context.clock.now() + wait - waited)
        if what == _ABSENCE and self._watch_of(self._context.job_table[job.id]) is watch:  # for people alone
            await self._context.job_table.update(job.id, not_before=watch.decided_by)
        while waited < wait:
            rest = wait - waited
            nap = min(rest, wait / _BITS) if store.keeps_waits else rest
            await self._context.clock.sleep(nap)
            before, waited = waited, waited + nap if nap < rest else wait
            with suppress(ComputerError):
                waited = await store.note_wait(job, what, before, waited)

    async def _adopt(self, job: Job, watch: _Watch, remote: RemoteJob) -> None:
        try:
            adopted = await apply_remote(self._context, job.id, remote)
        except StepLostError:  # it was settled, and cleared from the list
            return
        except KnownIdError as error:
            if watch.is_overdue:
                await self._ask(job, watch, Judgement(AbsenceVerdict.UNDECIDABLE, details=error.details))
            return
        if adopted.cancel_wanted and adopted.state is JobState.RUNNING:
            await self._context.job_table.move(job.id, JobState.CANCELLING, only_from={JobState.RUNNING})

    async def _absent(self, job: Job, watch: _Watch) -> None:
        policy = self._context.policy
        release = MoneyMove(MoneyKind.RELEASE, self._context.clock.now())
        note = "certainly not at the service"
        if job.cancel_wanted:
            target, changes = JobState.CANCELLED, dict[str, Any]()
        elif policy.may_resend and job.resends < policy.resends_max:
            target, changes = JobState.QUEUED, {"resends": job.resends + 1, "trouble": None}
        else:
            lead = say("The service does not have it, as far as can be seen.")
            await self._ask(job, watch, Judgement(AbsenceVerdict.UNDECIDABLE, lead))
            return
        await self._context.job_table.move(
            job.id,
            target,
            note=note,
            money=release,
            only_from={JobState.DOUBTFUL},
            only_if=lambda now: now.intent_at == watch.intent_at,  # it may have been sent again elsewhere
            **changes,
        )

    async def _ask_overdue(self, doubtful: list[Job], error: TopazdeskError) -> None:
        """Ask the user about jobs that have waited long enough, because the service answers, but not with a list."""
        judged = Judgement(AbsenceVerdict.UNDECIDABLE, details=f"{error.title} {error.details}".strip())
        for before in doubtful:
            job = self._context.job_table[before.id]
            watch = self._watch_of(job)
            if job.state is JobState.DOUBTFUL and watch is not None and watch.is_overdue:
                await self._ask(job, watch, judged)

    async def _ask(self, job: Job, watch: _Watch, judged: Judgement) -> None:
        if job.cancel_wanted:
            await give_up(self._context, job.id)
            return
        trouble = attention.undecided(job, judged.lead, judged.details)
        if trouble != job.trouble:
            await self._context.job_table.update(job.id, trouble=trouble)
        # Not before: who waits for nothing but the user ends the program, and the question was never heard.
        watch.waits_for_user = True
        watch.wants_proof = judged.wants_proof


async def give_up(context: EngineContext, job_id: str) -> Job:
    """Cancel a doubtful job that the user gave up. Its reservation stays in the ledger as spent, to be safe."""
    trouble = attention.given_up(context.job_table[job_id])
    return await context.job_table.move(
        job_id, JobState.CANCELLED, note="given up", only_from={JobState.DOUBTFUL}, trouble=trouble
    )
