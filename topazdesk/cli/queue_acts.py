"""`topazdesk jobs pause`, `resume` and `move`: what can be done with the queue, here or in the program that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.cli.options import JobArgument, JsonOption, ProfileOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.domain.job import JobState
from topazdesk.errors import Code, ExitCode, UseError
from topazdesk.language import say


def pause(profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Send nothing more, also after a restart; what is at the service is still followed and fetched."""
    return run_stoppable(_pause(profile, EventPrinter(as_json)))


async def _pause(profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        await context.begin(submits=False)
        await context.engine.pause()
        output.event("summary", say("The queue is paused. It goes on with topazdesk jobs resume."), paused=True)
        return ExitCode.DONE
    finally:
        await context.close()


def resume(profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Let a paused queue go on: at once where a topazdesk is running, else with `topazdesk jobs run`."""
    return run_stoppable(_resume(profile, EventPrinter(as_json)))


async def _resume(profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        await context.begin(submits=False)
        await context.engine.resume_later()
        text = say("The queue is not paused any more: topazdesk jobs run works on it.")
        if context.is_joined or context.is_team:
            text = say("The queue goes on.")
        output.event("summary", text, paused=False, running=context.is_joined)
        return ExitCode.DONE
    finally:
        await context.close()


def move(
    job_id: JobArgument,
    up: Annotated[bool, Option("--up", help="One place forward.")] = False,
    down: Annotated[bool, Option("--down", help="One place back.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Put a queued job in front of all others, or with --up or --down one place on."""
    if up and down:
        raise UseError("Only one of --up and --down can be used", "They exclude each other.", code=Code.USE_OPTIONS)
    return run_stoppable(_move(job_id, None if not up and not down else up, profile, EventPrinter(as_json)))


async def _move(job_id: str, up: bool | None, profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        job = await context.saved_job(job_id)
        await context.begin(submits=False)
        job = await context.engine.recall(job.id)
        if job.state is not JobState.QUEUED:
            raise UseError(
                "This job is not queued",
                say("Its state: {state:text}. Only what waits can be moved.", state=job.state.traits.word),
                code=Code.USE_JOB_OVER,
            )
        if up is None:
            await context.engine.reorder([job.id])
        else:
            await context.engine.move(job.id, up=up)
        name = shown(job.picture)
        if up is None:
            text = say("{name} comes next", name=name)
        else:
            text = say("{name} was moved up", name=name) if up else say("{name} was moved down", name=name)
        output.event("summary", text, job=job.id)
        return ExitCode.DONE
    finally:
        await context.close()
