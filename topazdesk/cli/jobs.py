"""`topazdesk jobs`: lists and shows jobs and what came of them; `run` continues what is unfinished until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from topazdesk.app.app_context import AppContext
from topazdesk.cli.account_names import has_key
from topazdesk.cli.after_run import AfterRunStep
from topazdesk.cli.copies import copies_fields, encoding_fields
from topazdesk.cli.doubts import doubt_text
from topazdesk.cli.moments import dated_text
from topazdesk.cli.money import money_fields
from topazdesk.cli.options import (
    AfterOption,
    CountdownOption,
    JobArgument,
    JsonOption,
    NoWaitOption,
    ProfileOption,
    QuietOption,
    SpeedOption,
    at_speed,
)
from topazdesk.cli.output import EventPrinter, padded, page_fields, shown, shown_page, state_word, table
from topazdesk.cli.params import Option
from topazdesk.cli.paying import tell_unsent
from topazdesk.cli.run import RunReport, echo_text
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.cli.waiting import hours_fields, last_answers, next_try_text, until_idle
from topazdesk.cli.wording import in_commands
from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun
from topazdesk.domain.charges import charge_text
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.engine.engine import broken_rows
from topazdesk.engine.originals import OriginalState, original_state
from topazdesk.errors import ExitCode, told
from topazdesk.language import nsay, say, translated

_TRIAL = f" · {say('trial')}"
#: How many jobs are listed for a person who names no number.
_LAST = 200
_PAGE = 1000
_ORIGINALS = {
    OriginalState.UNCHANGED: say("unchanged since it was sent"),
    OriginalState.CHANGED: say("changed since it was sent: the result is of the older picture"),
    OriginalState.MISSING: say("cannot be read any more"),
}


def run(
    wait: Annotated[
        float | None,
        Option("--wait", min=0, help="Stop waiting after so many seconds. Jobs go on at the service."),
    ] = None,
    no_wait: NoWaitOption = False,
    after: AfterOption = AfterRun.NOTHING,
    countdown: CountdownOption = COUNTDOWN_S,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    sandbox_speed: SpeedOption = None,
) -> ExitCode:
    """Continue everything unfinished until it is done; a queue that was paused goes on."""
    output = EventPrinter(as_json, is_quiet=quiet)
    step = AfterRunStep(output, after, countdown)

    async def whole() -> ExitCode:
        await step.check()
        return await step.carry_out(await _run(profile, output, sandbox_speed, wait, not no_wait, step))

    return run_stoppable(whole())


async def _run(
    profile: Path | None,
    output: EventPrinter,
    sandbox_speed: float | None,
    wait: float | None,
    for_hours: bool,
    after: AfterRunStep,
) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False, change=at_speed(sandbox_speed))
    try:
        await tell_unsent(context, output)
        report = RunReport(output, None, echo_of=context.settings_report_of, model_name=context.model_name)
        context.events.subscribe(report)
        await context.begin(everything=True)
        await context.engine.resume()
        report.follow(context.engine.unfinished())
        try:
            await until_idle(context, output, wait, view=report, for_hours=for_hours)
            await report.see_originals()
        except asyncio.CancelledError:
            await last_answers(context, output)
            return report.stopped(goes_on=context.is_joined)
        return await after.close_run(context, lambda: report.jobs, report.finish)
    finally:
        await context.close()


def list_(
    last: Annotated[
        int | None,
        Option(
            "--last",
            min=0,
            help="Only the newest so many jobs, and what is unfinished; 0 for all. Default: 200, with --json all.",
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """List the jobs of this profile, newest first."""
    most = last if last is not None else 0 if as_json else _LAST
    return run_stoppable(_list(profile, EventPrinter(as_json), most or None))


async def _list(profile: Path | None, output: EventPrinter, most: int | None) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        listed: set[str] = set()
        broken: list[str] = []
        async for page in context.saved_pages(min(most or _PAGE, _PAGE)):
            jobs = page.jobs if most is None else page.jobs[: most - len(listed)]
            _tell(context, jobs, listed, output, await asyncio.to_thread(_originals, jobs))
            broken += page.broken
            if most is not None and len(listed) >= most:
                break
        total = len(listed)
        if most is not None and len(listed) >= most:
            _tell(context, [job for job in await context.unfinished_jobs() if job.id not in listed], listed, output, {})
            total = await context.count_jobs() - len(broken)
        if broken:
            output.error(broken_rows(broken))
        left = total - len(listed)
        older = nsay(
            "1 older job is not listed: --last 0 lists all", "{n} older jobs are not listed: --last 0 lists all", left
        )
        unfinished = await context.unfinished_jobs()
        doubts = sum(job.state is JobState.DOUBTFUL for job in unfinished)
        unknown = nsay(
            "1 doubtful: sent, but it is unknown whether it arrived: topazdesk jobs show JOB",
            "{n} doubtful: sent, but it is unknown whether they arrived: topazdesk jobs show JOB",
            doubts,
        )
        idle = nsay(
            "1 job is not finished, and no topazdesk works on it: topazdesk jobs run",
            "{n} jobs are not finished, and no topazdesk works on them: topazdesk jobs run",
            len(unfinished),
        )
        is_idle = bool(unfinished) and not await context.is_worked_on()
        notes = [older] * bool(left) + [unknown] * bool(doubts) + [idle] * is_idle
        notes += [say("No jobs yet")] * (not listed)
        output.event("summary", "\n".join(notes), jobs=len(listed), not_listed=left)
        return ExitCode.DONE
    finally:
        await context.close()


def _tell(
    context: AppContext,
    jobs: Iterable[Job],
    listed: set[str],
    output: EventPrinter,
    originals: Mapping[str, OriginalState | None],
) -> None:
    for job in jobs:
        listed.add(job.id)
        original = originals.get(job.id)
        more = (
            _TRIAL if job.trial else f" · {say('original changed since')}" if original is OriginalState.CHANGED else ""
        )
        name = shown_page(job.picture, job.recipe.page)
        output.event(
            "job",
            f"{job.id}  {padded(state_word(job.state), 14)} {context.model_name(job):<18} {name}{more}",
            **_fields(job),
            original=original,
        )


def _originals(jobs: Iterable[Job]) -> dict[str, OriginalState | None]:
    """Return what became of the originals. Only those with another length or time are read. Blocking."""
    return {job.id: original_state(job, by_content=False) for job in jobs}


def show(job_id: JobArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Show all that is known of a job: what happened to it and when, what it cost and why."""
    return run_stoppable(_show(job_id, profile, EventPrinter(as_json)))


async def _show(job_id: str, profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        job = await context.saved_job(job_id)
        model = context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        money = charge_text(job, model.price if model is not None else None)
        name = model.name if model is not None else job.recipe.model
        head = f"{shown_page(job.picture, job.recipe.page)} · {name} {translated(job.recipe.service.traits.where)}"
        facts = [(say("state"), state_word(job.state)), (say("money"), money)]
        if name := context.account_name(job.account):
            facts.append((say("account"), name))
        started_on, worked_on = await context.whereabouts(job)
        if started_on:
            facts.append((say("started on"), started_on))
        if worked_on:
            facts.append((say("worked on by"), worked_on))
        if not job.state.is_final and not await has_key(context, job.account):
            waits = say("It waits until its account has its key again; nothing is sent with another key")
            facts.append((say("key"), waits))
        if job.hours is not None:
            facts.append((say("sent"), say("{hours:text} only", hours=job.hours.text)))
        if job.trouble is not None:
            facts.append((say("why"), told(job.trouble.title, job.trouble.hint)))
        if job.remark is not None and job.remark != job.trouble:
            facts.append((say("note"), told(job.remark.title, job.remark.hint)))
        if job.state is JobState.DOUBTFUL:
            facts.append((say("next"), doubt_text(job)))
        elif job.state is JobState.SUBMITTING and not await context.is_worked_on():
            where = job.recipe.service.traits.where
            ended = say(
                "topazdesk ended while it was sent: topazdesk jobs run looks {where:text} whether it arrived",
                where=where,
            )
            facts.append((say("next"), ended))
        elif next_try := next_try_text(job):
            facts.append((say("next"), next_try))
        if job.result is not None:
            size = job.result_size or job.target_size
            facts.append((say("result"), f"{shown(job.result)} · {size.width} × {size.height}"))
            if (own := job.recipe.encoding_of(job.format)) and (how := own.words_for(job.format)):
                facts.append((say("written as"), how))
        for copy, path in job.copy_paths:
            how = copy.encoding.words_for(copy.format)
            facts.append((say("copy made here, free"), " · ".join(filter(None, (shown(path), how)))))
        original = await asyncio.to_thread(original_state, job)
        if original is not None:
            facts.append((say("original"), _ORIGINALS[original]))
        if job.remote_id:
            facts.append((say("process"), job.remote_id))
        lines = [head, *table(facts)]
        echo = context.settings_report_of(job)
        output.event(
            "job",
            "\n".join(lines) + echo_text(echo),
            **_fields(job),
            money=money,
            process=job.remote_id,
            started_on=started_on or None,
            worked_on=worked_on or None,
            original=original,
            recipe=job.recipe.to_json(),
            hours=None if job.hours is None else hours_fields(job.hours),
            sent=None if job.sent is None else job.sent.to_json(),
            source_sha256=job.source_digest,
            source_bytes=job.source_bytes,
            result_sha256=job.result_digest,
            delivered_sha256=job.delivered_digest,
            created_at=job.created_at,
            submitted_at=job.submitted_at,
            completed_at=job.completed_at,
            settings_used=job.echoed,
            settings_differ=[difference.to_json() for difference in echo.differences],
        )
        for line in await context.engine.history(job.id):
            output.event(
                "history",
                f"  {padded(dated_text(line.at, seconds=True), 21)}  {_step(line.to_state)}"
                + (f" ({line.note})" if line.note else ""),
                job=job.id,
                at=line.at,
                stage=line.to_state,
                came_from=line.from_state,
                note=line.note,
            )
        output.event("summary", jobs=1)
        return ExitCode.DONE
    finally:
        await context.close()


def _step(state: str) -> str:
    """Return a state of the history in words; as it is written there if a later version wrote it."""
    return state_word(JobState(state)) if state in set(JobState) else state


def _fields(job: Job) -> dict[str, Any]:
    unit = job.recipe.service.unit
    return {
        "job": job.id,
        "run": job.run_id,
        "path": job.picture,
        **page_fields(job.recipe.page),
        "trial": job.trial is not None,
        "stage": job.state.value,
        "model": job.recipe.model,
        "service": job.recipe.service.value,
        "account": job.account_id,
        **money_fields(job.charged, unit),
        "estimate": job.estimate.credits if unit is not Unit.USD else None,
        "result": job.result,
        **encoding_fields(job.recipe.encoding_of(job.format), job.format),
        "copies": copies_fields(job),
        "title": job.trouble.title if job.trouble else "",
        "hint": in_commands(job.trouble.hint) if job.trouble else "",
        "details": job.trouble.details if job.trouble else "",
    }
