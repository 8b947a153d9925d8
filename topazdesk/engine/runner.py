"""Takes a job from the queue to the service: prepare, write the intent, submit once, store the answer.

The order is the point. The intent and the reservation are on disk before the first byte leaves, the answer is stored
before anything else happens, and an uncertain answer leads to DOUBTFUL, never to another submit.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from topazdesk.disk.names import shown_path
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Model
from topazdesk.domain.days import day_start
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Prepared, Service, SubmitRequest, Submitted
from topazdesk.domain.recipe import OnConflict
from topazdesk.domain.sent_file import SentFile
from topazdesk.engine import files
from topazdesk.engine.attention import looking
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_store import NotYetError
from topazdesk.engine.job_table import StepLostError, trouble_of
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.lost_results import LostResults
from topazdesk.engine.originals import is_as_added
from topazdesk.engine.progress import ProgressReport
from topazdesk.engine.result_paths import SKIPPED, ResultPaths, folder_of
from topazdesk.engine.retired_models import MODEL_GONE, RetiredModels
from topazdesk.engine.sane_reports import sane_answer
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.uploads import uploads_folder
from topazdesk.errors import (
    AccountError,
    BudgetError,
    BusyError,
    Code,
    ComputerError,
    CreditError,
    InputError,
    KnownIdError,
    NetworkError,
    RejectedError,
    Retry,
    TopazdeskError,
    UnknownOutcomeError,
    UseError,
)
from topazdesk.language import say

_S = JobState
#: The note of a job that was to be sent just when the program was told to end: nothing was paid.
_PROGRAM_ENDED = "the program ended before it was paid"


@dataclass(slots=True)
class Caps:
    """The limits by unit of money; no entry means no limit.

    `day` applies from the next submit on, `run` to the next run. `organisations` says whose the limit for a day is.
    `accounts` has the daily limits of single accounts, each in the unit of its service.
    """

    day: dict[Unit, int] = field(default_factory=dict)
    run: dict[Unit, int] = field(default_factory=dict)
    organisations: dict[Unit, bool] = field(default_factory=dict)
    accounts: dict[Account, int] = field(default_factory=dict)


class Runner:
    """Takes jobs from QUEUED to RUNNING. `spent` is called when credits have been spent at a service."""

    def __init__(
        self,
        context: EngineContext,
        caps: Caps,
        result_paths: ResultPaths,
        lost: LostResults,
        spent: Callable[[Job], None],
    ) -> None:
        self._context = context
        self._caps = caps
        self._result_paths = result_paths
        self._lost = lost
        self._spent = spent
        self._withdrawn = RetiredModels(context.job_table)
        self._turns: dict[str, int] = {}  # of the gate, by the job that is under way

    async def run(self, job_id: str) -> None:
        """Make one attempt at one job. Every outcome is written into the job; is cancelled.

        Raises StepLostError, and NotYetError where it may not even be prepared yet.
        """
        try:
            await self._run(job_id)
        except (StepLostError, NotYetError):
            raise
        except Exception as error:  # noqa: BLE001 a bug: reported, and the job moved to where no money can be lost
            shown = as_shown(error)
            self._context.events.emit(EngineError(shown))
            if self._context.job_table[job_id].state is _S.SUBMITTING:
                await self._doubt(job_id, shown)
            else:
                await self._context.job_table.move(
                    job_id, _S.FAILED, only_from={_S.QUEUED, _S.PREPARING}, trouble=trouble_of(shown)
                )
        finally:
            self._turns.pop(job_id, None)

    async def _run(self, job_id: str) -> None:
        job_table = self._context.job_table
        job = await job_table.move(job_id, _S.PREPARING, only_from={_S.QUEUED}, trouble=None, percent=0.0)
        if job.state is not _S.PREPARING or await self._withdrawn.fail(job_id, only_from=frozenset({_S.PREPARING})):
            return
        prepared: Prepared | None = None
        try:
            try:
                self._turns[job_id] = self._context.gate.turn(job.account)
                service = await self._context.service_of(job)
                model = self._model(job)
                await self._lost.refuse(job)
                # One call to a thread for all of it: with thousands of small pictures the calls cost more than the
                # work.
                known = self._context.sharing.sources(job)
                prepared, source = await asyncio.to_thread(self._make_ready, job, model, frozenset(known))
                if await self._stopped(job_id):
                    return
                source_id = self._context.sharing.source_of(job, source["source_digest"])
                if prepared is None:
                    source["sent"] = self._context.sharing.sent_as(job, source_id)
                if not (
                    source_id if prepared is None else self._context.sharing.take_turn(job, source["source_digest"])
                ):
                    await job_table.move(
                        job_id,
                        _S.QUEUED,
                        note="the upload that it shares is gone",
                        source_digest=source["source_digest"],  # so that it waits for one of this content
                    )
                    return
                # While this cannot be written, time passes in which all that was decided above may change: the user
                # pauses, a limit is lowered, the hours end. So it is not retried here, but begun anew. In a team the
                # database decides, each time; and only a retry can tell whether what could not be written is written.
                job = await job_table.move(
                    job_id,
                    _S.SUBMITTING,
                    insist=self._context.store.is_shared,
                    only_if=lambda now: not now.cancel_wanted,
                    money=self._reservation(job),
                    intent_at=self._now(),
                    source_id=source_id if prepared is None else "",
                    by_source=prepared is None,
                    handed_over=True,  # unless the submit turns out to have been cut short
                    key_mark=await self._context.key_marks.of(service),
                    **source,
                )
                if job.state is not _S.SUBMITTING:
                    await self._stopped(job_id)
                    return
            except NotYetError as error:
                await job_table.move(job_id, _S.QUEUED, note=str(error), only_from={_S.PREPARING})
                return
            except TopazdeskError as error:
                await self._not_begun(job_id, error)
                return
            if self._context.supervisor.is_closed:
                await self._back(job, _S.QUEUED, note=_PROGRAM_ENDED)
                return
            await self._submit(job, service, model, prepared)
        finally:
            if prepared is not None and prepared.is_copy:
                await asyncio.to_thread(files.remove, prepared.path)

    async def _stopped(self, job_id: str) -> bool:
        """Check for the last time before money is spent whether the job must not be sent, and move it accordingly.

        It was cancelled, its model is gone, the queue is paused, its hours are over, or its result exists already.
        """
        if self._context.job_table[job_id].cancel_wanted:
            await self._context.job_table.move(job_id, _S.CANCELLED, note="cancelled before it was sent")
            return True
        if await self._withdrawn.fail(job_id, only_from=frozenset({_S.PREPARING})):
            return True
        if self._context.gate.stops(self._context.job_table[job_id].account):
            await self._context.job_table.move(job_id, _S.QUEUED, note="the queue was paused")
            return True
        if self._is_closed(job_id):
            await self._context.job_table.move(job_id, _S.QUEUED, note="its hours were over")
            return True
        job = self._context.job_table[job_id]
        if job.recipe.output.on_conflict is not OnConflict.SKIP:
            return False
        await self._result_paths.load(job)
        there = await asyncio.to_thread(self._result_paths.there, job)
        if there is None:
            return False
        trouble = JobError(
            SKIPPED, "Skipped: the result is there already", say("{name} was kept.", name=shown_path(there))
        )
        await self._context.job_table.move(job_id, _S.CANCELLED, note="skipped", trouble=trouble)
        return True

    def _is_closed(self, job_id: str) -> bool:
        hours = self._context.job_table[job_id].hours
        return hours is not None and not hours.is_open(self._now())

    def _now(self) -> float:
        return self._context.clock.now()

    # -- before the intent ----------------------------------------------------------------------------------------

    def _model(self, job: Job) -> Model:
        model = self._context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        if model is None:
            raise UseError(
                "This model is no longer in the catalogue",
                "Choose another model for this picture. Nothing was sent.",
                details=job.recipe.model,
                code=Code.USE_MODEL_GONE,
            )
        return model

    def _make_ready(self, job: Job, model: Model, there: Collection[str]) -> tuple[Prepared | None, dict[str, Any]]:
        """Prepare the upload. Return it and the job's fields that identify the source. Blocks.

        `there`: digests of pictures that the service has already from other jobs of the group; the upload is None for
        one of those.

        Raises UseError for what the policy forbids; InputError, also when the source is no longer the picture that was
        priced; ComputerError.
        """
        # The folder is not created: if it existed at the click and is gone now, a drive may have been unplugged.
        folder = folder_of(job.source, job.recipe.output.folder)
        if self._context.others.are_there:  # a drive that is not there was noticed before this step
            files.make_folder(folder)
        self._context.drives.require(folder)
        files.check_writable(folder, make=False)
        pictures, uploads = self._context.pictures, uploads_folder(self._context.folder)
        info = pictures.probe(job.source, job.recipe.page)
        if info.size != job.source_size:
            raise InputError(
                "The picture has changed since it was added",
                say(
                    "It was {width} × {height}, now it is {width_now} × {height_now}. Nothing was sent. Start it again "
                    "to use the new one.",
                    width=job.source_size.width,
                    height=job.source_size.height,
                    width_now=info.size.width,
                    height_now=info.size.height,
                ),
                code=Code.USE_SOURCE_CHANGED,
            )
        try:
            uploads.claim()
        except OSError as error:
            raise files.disk_error(error, uploads.path) from error
        digest = pictures.digest(job.source)
        if not is_as_added(job, info, digest):
            raise InputError(
                "The picture has changed since it was added",
                "Its file was written anew. Nothing was sent. Look at it, and start it again to use the new one.",
                code=Code.USE_SOURCE_CHANGED,
            )
        forbidden = self._context.read_policy().problem(job.recipe.service, model.tier, job.format)
        if forbidden is not None:  # since the job was made, or it is of another program's list
            raise forbidden
        facts = {"source_digest": digest, "source_bytes": info.bytes_on_disk, "source_mtime_ns": info.mtime_ns}
        if digest in there:
            return None, facts
        try:
            prepared = pictures.prepare(info, model, uploads.path, job.token)
        except ComputerError as error:
            if error.code != Code.DISK_FULL:
                raise
            # The copy to send, not the result: another folder for results would be of no use.
            raise files.no_room(self._context.folder) from error
        try:
            sent = pictures.digest(prepared.path) if prepared.is_copy else digest
        except TopazdeskError:
            files.remove(prepared.path)
            raise
        facts["sent"] = SentFile(_sent_name(job, prepared), prepared.format, prepared.bytes_on_disk, sent)
        return prepared, facts

    def _reservation(self, job: Job) -> MoneyMove:
        now = self._now()
        unit = job.estimate.unit
        cap, is_organisations = self._caps.day.get(unit), self._caps.organisations.get(unit, False)
        own = self._caps.accounts.get(job.account)
        return MoneyMove(MoneyKind.RESERVE, now, job.estimate.credits, cap, day_start(now), is_organisations, own)

    # -- the submit -----------------------------------------------------------------------------------------------

    async def _submit(self, job: Job, service: Service, model: Model, prepared: Prepared | None) -> None:
        supervisor = self._context.supervisor
        request = SubmitRequest(
            model=model,
            file_name=_sent_name(job, prepared),
            upload=prepared.path if prepared else None,
            source_id=job.source_id,
            settings=model.parameters.to_send(job.recipe.settings),
            size=job.target_size if model.takes_size else None,
            source_size=job.source_size,
            format=job.format,
            crop_to_fill=job.recipe.output.crop_to_fill,
            is_wanted=lambda: not self._context.job_table[job.id].cancel_wanted and not supervisor.is_closed,
            is_trial=job.trial is not None,
            encoding=job.recipe.output.encoding,
        )
        report = ProgressReport(
            job.id, self._context.events, self._context.clock, self._context.policy.progress_interval_s
        )
        try:
            answer = await service.submit(request, report)
        except InputError as error:  # the picture went away before its first byte left
            await self._not_begun(job.id, error)
        except (RejectedError, AccountError, BusyError, UseError) as error:
            await self._not_taken(job.id, error)
        except NetworkError as error:
            if error.sent:
                await self._doubt(job.id, error)
            else:
                await self._not_taken(job.id, error)
        except Exception as error:  # noqa: BLE001 whatever it is, the service may have the picture
            shown = as_shown(error)
            if shown is not error:
                self._context.events.emit(EngineError(shown))
            await self._doubt(job.id, shown)
        else:
            await self._taken(job, answer)

    async def _taken(self, job: Job, answer: Submitted) -> None:
        job_table = self._context.job_table
        answer = sane_answer(answer, self._now())
        try:
            taken = await job_table.move(
                job.id,
                _S.RUNNING,
                remote_id=answer.remote_id,
                source_id=job.source_id or answer.source_id,  # an answer to something else names another upload
                remote_eta=answer.eta,
                submitted_at=self._now(),
                percent=0.0,
                attempts=0,
                trouble=None,
            )
        except KnownIdError as error:  # the answer was to something else, so the outcome of this submit is unknown
            await self._doubt(job.id, error)
            return
        self._context.gate.limit(job.account).went_well()
        self._spent(taken)
        if taken.cancel_wanted:
            await job_table.move(job.id, _S.CANCELLING, only_from={_S.RUNNING})

    async def _doubt(self, job_id: str, error: TopazdeskError) -> None:
        await self._context.job_table.move(
            job_id,
            _S.DOUBTFUL,
            note=error.code,
            handed_over=not isinstance(error, UnknownOutcomeError) or error.handed_over,
            trouble=looking(f"{error.title} {error.details}".strip()),
        )

    async def _not_begun(self, job_id: str, error: TopazdeskError) -> None:
        """Handle a job that could not be made ready: where its files are not here, it is left to who has them."""
        job = self._context.job_table[job_id]
        about_files = isinstance(error, InputError) or (isinstance(error, ComputerError) and job.state is _S.PREPARING)
        if (
            about_files
            and job.state in (_S.PREPARING, _S.SUBMITTING)
            and await self._context.others.have_files(job, error)
        ):
            await self._back(job, _S.QUEUED, trouble=trouble_of(error))
        else:
            await self._not_taken(job_id, error)

    async def _not_taken(self, job_id: str, error: TopazdeskError) -> None:
        """Handle a job that the service certainly did not accept, so that nothing is owed.

        Depending on the cause it waits, stops the queue, or fails.
        """
        job, policy, gate = self._context.job_table[job_id], self._context.policy, self._context.gate
        account = job.account
        wait: float | None = None
        match error:
            case RejectedError() if job.state is _S.SUBMITTING and self._context.sharing.may_send_again(job, error):
                await self._back(job, _S.QUEUED, source_gone=job.source_id, note="the service has lost the upload")
                return
            case UseError() if error.code == Code.USE_STOPPED and not job.cancel_wanted:  # the program ends
                await self._back(job, _S.QUEUED, note=_PROGRAM_ENDED)
                return
            case CreditError() if error.retry is Retry.LATER:
                wait = max(policy.top_up_wait_s, policy.wish(error.retry_after_s))
                gate.hold(account, wait)
            case BudgetError() if error.code == Code.ACCOUNT_RUN_BUDGET:
                pass
            case AccountError():
                gate.stop(error, account, self._turns.get(job_id))
                await self._back(job, _S.QUEUED, trouble=trouble_of(error))
                return
            case BusyError():
                wait = policy.backoff(job.attempts, error.retry_after_s)
                gate.limit(account).refused(self._now(), wait)
                gate.hold(account, wait)
            case NetworkError():
                wait = policy.backoff(job.attempts)
                gate.hold(account, wait)
            case ComputerError():
                wait = policy.disk_retry_s * math.sqrt(1 + job.attempts)
        if wait is None:
            await self._back(job, _S.FAILED, trouble=trouble_of(error))
            if error.code == MODEL_GONE:
                await self._withdrawn.told(job, trouble_of(error))
            return
        await self._back(
            job,
            _S.WAITING,
            trouble=trouble_of(error),
            resume_to=_S.QUEUED,
            not_before=self._now() + wait,
            attempts=job.attempts + 1,
        )

    async def _back(self, job: Job, state: JobState, **changes: Any) -> None:
        if job.cancel_wanted:
            state = _S.CANCELLED
        release = MoneyMove(MoneyKind.RELEASE, self._now()) if job.state is _S.SUBMITTING else None
        note = changes.pop("note", getattr(changes.get("trouble"), "code", ""))
        await self._context.job_table.move(job.id, state, note=note, money=release, **changes)


def _sent_name(job: Job, prepared: Prepared | None) -> str:
    """Return the file name that the service is told, which is never the user's."""
    return job.token + (prepared.format.suffix if prepared else job.format.suffix)
