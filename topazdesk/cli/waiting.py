"""Waits for jobs, and tells the user meanwhile what is waited for.

A pause that nobody can shorten is told once, with the time of its end, and again when that time changes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress

from topazdesk.app.app_context import AppContext
from topazdesk.cli.live import View, drawn
from topazdesk.cli.moments import clock_text, moment_text
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.wording import in_commands
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.engine.pauses import Pause
from topazdesk.language import nsay, say

_LOOK_S = 1.0
#: A shorter wait is over before anybody wonders.
_SHORT_S, _DAY_S = 60.0, 86_400.0
_WEEK_S = 8 * _DAY_S


async def until_idle(
    context: AppContext,
    output: EventPrinter,
    seconds: float | None = None,
    *,
    jobs: Collection[str] | None = None,
    view: View | None = None,
    for_hours: bool = True,
) -> None:
    """Wait until every job is over or nothing goes on by itself, `seconds` at most, and tell what is waited for.

    The program that works on the profile waits for all, others for `jobs`, if they are named. The hours at which jobs
    may be sent are waited for with `jobs` only: a run by day does not wait for the night of another one. Without
    `for_hours` they are not waited for at all. On a terminal the run is drawn meanwhile as `view` has it.
    """
    idle = context.engine.idle(jobs if context.is_joined else None, for_hours=for_hours, own=jobs)
    await told_meanwhile(context, output, idle, seconds, view=view)


async def last_answers(context: AppContext, output: EventPrinter) -> None:
    """Give what is being sent a moment for its answer, before a run that was told to end sums itself up.

    Told again, which cancels this, it sums itself up at once.
    """
    with suppress(asyncio.CancelledError):
        if sending := context.engine.sending:
            text = nsay(
                "Stopping once the answer to 1 picture that is being sent is there, or in a few seconds. Ctrl-C again "
                "does not wait for it.",
                "Stopping once the answers to {n} pictures that are being sent are there, or in a few seconds. Ctrl-C "
                "again does not wait for them.",
                sending,
            )
            output.event("stopping", text, to_stderr=True, sending=sending)
        await context.wind_down()


async def told_meanwhile(
    context: AppContext,
    output: EventPrinter,
    work: Awaitable[None],
    seconds: float | None = None,
    *,
    view: View | None = None,
) -> None:
    """Wait for `work`, `seconds` at most (None: as long as it takes), and tell meanwhile what is waited for.

    Being late is no failure: the jobs go on.
    """
    teller = asyncio.create_task(_tell(context, output), name="what is waited for")
    try:
        with suppress(TimeoutError):
            async with drawn(output, view), asyncio.timeout(seconds):
                await work
    finally:
        teller.cancel()
        await asyncio.wait({teller})
    if not teller.cancelled():
        teller.result()  # only a bug ends it: raise that


async def _tell(context: AppContext, output: EventPrinter) -> None:
    said: dict[tuple[str, bool, str, SendingHours | None], float] = {}
    while True:
        now = time.time()
        for pause in context.engine.pauses():
            key = (str(pause.account), pause.is_doubt, pause.why.code if pause.why else "", pause.hours)
            most = _DAY_S if pause.hours is None else _WEEK_S
            if _SHORT_S < pause.until - now < most and abs(pause.until - said.get(key, 0.0)) > _SHORT_S:
                said[key] = pause.until
                why = pause.why
                output.event(
                    "waiting",
                    pause_text(pause),
                    jobs=len(pause.jobs),
                    service=pause.account.service.value,
                    account=pause.account.id,
                    until=pause.until,
                    title=why.title if why else "",
                    hint=in_commands(why.hint) if why else "",
                    code=why.code if why else "",
                    hours=None if pause.hours is None else hours_fields(pause.hours),
                )
        await asyncio.sleep(_LOOK_S)


def pause_text(pause: Pause) -> str:
    """Return a sentence such as "2 pictures wait until 14:32: Topaz is busy"."""
    count, when = len(pause.jobs), clock_text(pause.until)
    service = pause.account.service.label
    if pause.hours is not None:
        return nsay(
            "1 picture waits until {time:text}: sent {hours:text} only",
            "{n} pictures wait until {time:text}: sent {hours:text} only",
            count,
            time=moment_text(pause.until, time.time()),
            hours=pause.hours.text,
        )
    if pause.is_doubt:
        looked_up = nsay(
            "Whether 1 picture arrived is looked up at {service} until {time}",
            "Whether {n} pictures arrived is looked up at {service} until {time}",
            count,
            service=service,
            time=when,
        )
        return f"{looked_up}\n  {_decide_text(pause.jobs)}"
    if pause.jobs[0].state is JobState.RUNNING:
        return nsay(
            "1 picture goes on at {service}, which wants to be asked for it again at {time}",
            "{n} pictures go on at {service}, which wants to be asked for them again at {time}",
            count,
            service=service,
            time=when,
        )
    if pause.why:
        return nsay(
            "1 picture waits until {time}: {why:text}",
            "{n} pictures wait until {time}: {why:text}",
            count,
            time=when,
            why=pause.why.title,
        )
    return nsay(
        "1 picture waits until {time} for {service}",
        "{n} pictures wait until {time} for {service}",
        count,
        time=when,
        service=service,
    )


def _decide_text(jobs: Sequence[Job]) -> str:
    """Return how a person decides about jobs in doubt who does not want to wait."""
    doubtful = [job.id[:8] for job in jobs if job.state is JobState.DOUBTFUL]
    return say(
        "Not to wait for that, in another terminal: topazdesk jobs retry {id} --resend (it may then cost twice), or "
        "--give-up (it may have cost once)",
        id=doubtful[0] if len(doubtful) == 1 else "JOB",
    )


def next_try_text(job: Job) -> str:
    """Return when a waiting job is tried again, or "" unless that is between a minute and a day away."""
    left = job.not_before - time.time()
    if job.state is not JobState.WAITING or not _SHORT_S < left < _DAY_S:
        return ""
    return say("The next try is at {time}.", time=clock_text(job.not_before))


def hours_fields(hours: SendingHours) -> dict[str, str]:
    """Return hours for programs, in the words of a run's file."""
    return {"between": hours.between_text, **({"days": hours.days_text} if hours.days_text else {})}
