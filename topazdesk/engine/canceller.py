"""Cancels jobs at the service, which may have finished them first."""

from __future__ import annotations

from contextlib import suppress

from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.engine.answer_identity import status_of
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.remote_update import apply_remote
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import AccountError, Code, NotFoundError, RejectedError, TopazdeskError
from topazdesk.language import say

_AGAIN_S = 20.0
#: Code of a cancelled job that still runs at a service without a cancel.
STOPPED_WAITING = Code.USE_STOPPED_WAITING


class Canceller:
    """Asks the service to cancel; the poller sees how it ended."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    async def run(self, job_id: str) -> float | None:
        """Try once. Return the seconds until the next try, or None when the service has answered."""
        job_table = self._context.job_table
        job = job_table[job_id]
        if job.state is not JobState.CANCELLING:
            return None
        if not job.recipe.service.traits.can_cancel:
            with suppress(StepLostError):
                await self._stop_waiting(job)
            return None
        turn = self._context.gate.turn(job.account)
        try:
            service = await self._context.service_of(job)
            accepted = await service.cancel(job.remote_id)
            remote = await status_of(service, job)
        except NotFoundError:
            return _AGAIN_S  # the poller deals with jobs that the service does not know
        except RejectedError as error:
            trouble = JobError(error.code, "The service does not cancel this job.", say("It goes on."), error.details)
            await job_table.move(
                job_id, JobState.RUNNING, only_from={JobState.CANCELLING}, cancel_wanted=False, trouble=trouble
            )
            return None
        except AccountError as error:
            self._context.gate.stop(error, job.account, turn)
            return _AGAIN_S
        except TopazdeskError as error:
            return self._context.policy.backoff(3, error.retry_after_s)
        except Exception as error:  # noqa: BLE001 a bug: reported, then tried again
            self._context.events.emit(EngineError(as_shown(error)))
            return self._context.policy.retry_max_s
        try:
            after = await apply_remote(self._context, job_id, remote)
        except StepLostError:
            return None
        if after.state is JobState.CANCELLING and not accepted:  # still being worked on, and too late to stop
            trouble = JobError(Code.SERVICE_NOT_CANCELLABLE, "It cannot be cancelled any more.", say("It goes on."))
            await job_table.move(
                job_id, JobState.RUNNING, only_from={JobState.CANCELLING}, cancel_wanted=False, trouble=trouble
            )
            return None
        return _AGAIN_S if after.state is JobState.CANCELLING else None  # accepted, but not cancelled yet

    async def _stop_waiting(self, job: Job) -> None:
        """Cancel a job here that the service cannot cancel: it goes on there and is charged.

        A result that is already there is fetched. The reservation stays in the ledger as spent. A retry looks at the
        same process again, which costs nothing.
        """
        try:
            service = await self._context.service_of(job)
            await apply_remote(self._context, job.id, await status_of(service, job))
        except StepLostError:
            raise
        except TopazdeskError:
            pass  # the user's wish does not depend on the service
        except Exception as error:  # noqa: BLE001 a bug: reported
            self._context.events.emit(EngineError(as_shown(error)))
        service_name = job.recipe.service.label
        days = job.recipe.service.traits.keeps_results_days
        trouble = JobError(
            STOPPED_WAITING,
            "You stopped waiting for this picture",
            say(
                "{service} cannot cancel: it finishes the picture and charges it ({price:text}). For about "
                "{days} days, “Try again” fetches the result without paying again.",
                service=service_name,
                price=job.estimate.text,
                days=days,
            ),
            f"process {job.remote_id}",
        )
        await self._context.job_table.move(
            job.id, JobState.CANCELLED, note="stopped waiting", only_from={JobState.CANCELLING}, trouble=trouble
        )
