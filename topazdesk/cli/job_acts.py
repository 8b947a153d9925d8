"""`topazdesk jobs retry` and `jobs cancel`: what can be done with one job. The price is said before it is done."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.cli.asking import agree_to_pay, confirms, has_person
from topazdesk.cli.exit import code_of
from topazdesk.cli.live import View
from topazdesk.cli.money import money_fields
from topazdesk.cli.options import JsonOption, ProfileOption, ServiceOption, WaitOption, YesOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.paying import tell_unsent
from topazdesk.cli.run import RunReport, sum_fields
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.cli.waiting import last_answers, told_meanwhile
from topazdesk.domain.charges import sums
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import amount_text
from topazdesk.errors import Code, ExitCode, TopazdeskError, UseError
from topazdesk.language import say

_S = JobState
SomeJobArgument = Annotated[str | None, Argument(metavar="[JOB]", help=say("Id of the job, or its first characters."))]
RunOption = Annotated[str | None, Option("--run", metavar="RUN", help=say("Those of this run; last is the newest."))]


def _named(job_id: str | None, run: str | None, option: str) -> str:
    """Return the job that is named. Raises UseError where none is, or a run beside it."""
    if job_id is None or run is not None:
        title = say("A job is needed.") if job_id is None else say("--run goes without a job.")
        raise UseError(
            title, say("Name one (topazdesk jobs list), or use {option}.", option=option), code=Code.USE_OPTIONS
        )
    return job_id


def retry(
    job_id: SomeJobArgument = None,
    failed: Annotated[bool, Option("--failed", help="All that failed, with the price of all together.")] = False,
    run: RunOption = None,
    service: ServiceOption = None,
    resend: Annotated[
        bool, Option("--resend", help="For a job in doubt: send it once more. It may then cost twice.")
    ] = False,
    look: Annotated[
        bool, Option("--look", "--wait", help="For a job in doubt: look at the service again and wait.")
    ] = False,
    give_up: Annotated[bool, Option("--give-up", help="For a job in doubt: drop it. It may have cost once.")] = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Try a job again: free where the service still has the result, else as a new paid one, whose price is said first."""  # noqa: E501 - a help text: a line break would show in the list of commands
    if resend + look + give_up > 1:
        raise UseError("Only one of --resend, --wait and --give-up can be used.", "They exclude each other.")
    if failed:
        if job_id is not None or resend or look or give_up:
            raise UseError(
                "--failed stands alone.",
                "Those of one run: topazdesk jobs retry --failed --run RUN",
                code=Code.USE_OPTIONS,
            )
        from topazdesk.cli.many_jobs import retry_failed

        return run_stoppable(retry_failed(run, service, yes, profile, EventPrinter(as_json)))
    job_id = _named(job_id, run, "--failed")
    choice = "resend" if resend else "look" if look else "give_up" if give_up else ""
    return run_stoppable(_retry(job_id, choice, yes, profile, EventPrinter(as_json)))


async def _retry(job_id: str, choice: str, yes: bool, profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        job = await context.saved_job(job_id)
        if choice and job.state not in (_S.DOUBTFUL, _S.SUBMITTING):
            raise UseError(
                "This job is not in doubt.",
                say("Its state: {state:text}. Leave the option out.", state=job.state.traits.word),
                code=Code.USE_NOT_DOUBTFUL,
            )
        if not choice and job.state in (_S.DOUBTFUL, _S.SUBMITTING):
            raise _which(job)
        if job.state is _S.DONE:
            raise _is_done(job)
        context.use_account(job.account)
        attempt = None
        if not choice and job.state.is_final and not job.is_asked_again_free:
            with suppress(TopazdeskError):  # what is wrong with its picture is said where that is needed
                attempt = await context.engine.tried_since(job)
            if attempt is not None and attempt.state is _S.DONE:
                raise _is_done(attempt)
        _say_price(attempt or job, choice, output, yes)
        report = RunReport(output, {job.id}, echo_of=context.settings_report_of, model_name=context.model_name)
        context.events.subscribe(report)
        # Looking and giving up cost nothing, and must not start other jobs that are queued.
        submits = choice not in ("look", "give_up")
        if submits:
            await tell_unsent(context, output)
        await context.begin(submits=submits)
        if choice in ("resend", "give_up"):
            await context.engine.resolve(job.id, choice == "resend")
        else:
            new = await context.engine.retry(job.id)
            job = new if new.id != job.id else job
        report.watch([await context.engine.recall(job.id)])
        try:
            await wait_for_job(context, output, job.id, None, report)
        except asyncio.CancelledError:
            await last_answers(context, output)
            return report.stopped(goes_on=context.is_joined)
        code = report.finish()
        return ExitCode.DONE if choice == "give_up" else code
    finally:
        await context.close()


def _is_done(job: Job) -> UseError:
    hint = say("This job is done: topazdesk jobs show {id}. With --again, enhance makes it anew.", id=job.id[:8])
    return UseError("There is nothing to try again.", hint, code=Code.USE_NOT_FAILED)


def _which(job: Job) -> UseError:
    price = job.estimate.text
    return UseError(
        "Nobody knows yet whether this job arrived at the service.",
        say(
            "Choose: --wait looks at the service again (free) · --resend sends it once more (it may cost "
            "{price:text} twice) · --give-up drops it (it may have cost {price:text} once).",
            price=price,
        ),
        code=Code.USE_DOUBTFUL,
    )


def _say_price(job: Job, choice: str, output: EventPrinter, yes: bool) -> None:
    """Say what the chosen act costs, and ask for agreement on a terminal where it is paid for."""
    is_free = choice in ("look", "give_up") or not job.state.is_final or job.is_asked_again_free
    is_free = is_free and choice != "resend"
    if is_free:
        text = say("It is only asked for and downloaded again: that costs nothing.")
        if choice == "give_up":
            text = say("If it did arrive, it cost up to {price:text}.", price=job.estimate.text)
        output.event("price", text, job=job.id, **money_fields(0, job.recipe.service.unit))
        return
    said = job.estimate.text
    if choice == "resend":
        said = say("{price:text}, and that much once more if the first one did arrive", price=said)
    output.event(
        "price",
        f"{shown(job.picture)}: {said}",
        job=job.id,
        **money_fields(job.estimate.credits, job.recipe.service.unit),
    )
    is_play = job.recipe.service.traits.is_free
    agree_to_pay(job.estimate.text, say("Spend {price:text}?", price=job.estimate.text), output, yes=yes or is_play)


def cancel(
    job_id: SomeJobArgument = None,
    all_: Annotated[bool, Option("--all", help="Everything unfinished.")] = False,
    run: RunOption = None,
    yes: YesOption = False,
    wait: WaitOption = 60.0,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Take a job back. What that costs is said first: the share done × 1.1, nothing at 0 %."""
    if all_ or (run is not None and job_id is None):
        if job_id is not None:
            raise UseError(
                "--all stands alone.", "Those of one run: topazdesk jobs cancel --all --run RUN", code=Code.USE_OPTIONS
            )
        from topazdesk.cli.many_jobs import cancel_all

        return run_stoppable(cancel_all(run, yes, wait, profile, EventPrinter(as_json)))
    job_id = _named(job_id, run, "--all")
    return run_stoppable(_cancel(job_id, yes, wait, profile, EventPrinter(as_json)))


async def _cancel(job_id: str, yes: bool, wait: float, profile: Path | None, output: EventPrinter) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False)
    try:
        job = await context.saved_job(job_id)
        if job.state.is_final:
            raise UseError(
                "This job is over.",
                say("Its state: {state:text}. There is nothing to cancel.", state=job.state.traits.word),
                code=Code.USE_JOB_OVER,
            )
        report = RunReport(output, {job.id}, echo_of=context.settings_report_of, model_name=context.model_name)
        context.events.subscribe(report)
        await context.begin(submits=False)
        job = await context.engine.recall(job.id)
        percent, cost = await context.engine.cancel_price(job.id)
        unit = job.recipe.service.unit
        text = _cancel_text(job, percent, cost)
        output.event("price", text, job=job.id, percent=percent, **money_fields(cost, unit))
        # Where nobody can be asked, it is done: it never costs more than what was agreed to when the job was started.
        if cost and not yes and has_person(output) and not confirms(say("Cancel it?")):
            raise UseError(
                "It was not cancelled.",
                say("It goes on: topazdesk jobs show {id}", id=job.id[:8]),
                code=Code.USE_DECLINED,
            )
        report.watch([job])
        await context.engine.cancel(job.id)
        try:
            await wait_for_job(context, output, job.id, wait, report)
        except asyncio.CancelledError:
            await last_answers(context, output)
            return report.stopped(goes_on=context.is_joined)
        return _cancelled(context.engine.job(job.id), report, output)
    finally:
        await context.close()


def _cancel_text(job: Job, percent: float, cost: int) -> str:
    unit = job.recipe.service.unit
    if job.state is _S.DOUBTFUL:
        return say("If it did arrive, cancelling may cost up to {cost:text}.", cost=amount_text(cost, unit))
    if not job.recipe.service.traits.can_cancel and job.remote_id:
        return say(
            "{service} cannot cancel: it goes on and charges {price:text}.",
            service=job.recipe.service.label,
            price=job.estimate.text,
        )
    if percent >= 100.0:
        return say(
            "The service has finished it, for {cost:text}: the result is fetched, nothing is cancelled.",
            cost=amount_text(cost, unit),
        )
    if not cost:
        return say("Nothing is done yet: cancelling is free.")
    return say(
        "{percent:.0f} % is done: cancelling costs about {cost:text} of {price:text}.",
        percent=percent,
        cost=amount_text(cost, unit),
        price=job.estimate.text,
    )


def _cancelled(job: Job, report: RunReport, output: EventPrinter) -> ExitCode:
    if job.state is _S.CANCELLED:
        money = sums([job], job.recipe.service.unit)
        text = " · ".join(["Cancelled", *(each.text for each in money)])
        output.event("summary", text, cancelled=1, **sum_fields(money))
        return ExitCode.DONE
    if job.state.is_final or job.completed_at is not None:
        return report.finish()
    output.event(
        "summary",
        say("The service has not answered yet. The wish is kept: topazdesk jobs run carries it out."),
        cancelled=0,
        unfinished=1,
    )
    return code_of(Code.SERVICE_UNFINISHED)


async def wait_for_job(
    context: AppContext, output: EventPrinter, job_id: str, seconds: float | None, view: View | None = None
) -> None:
    """Wait until the job is final or nothing goes on by itself, `seconds` at most. Never fails for being late."""
    from topazdesk.engine.events import Event, JobChanged

    done = asyncio.Event()

    def heard(event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.id == job_id and event.job.state.is_final:
            done.set()

    async def over() -> None:
        idle = asyncio.ensure_future(context.engine.idle([job_id] if context.is_joined else None))
        final = asyncio.ensure_future(done.wait())
        try:
            await asyncio.wait({idle, final}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            final.cancel()

    forget = context.events.subscribe(heard)
    try:
        if not context.engine.job(job_id).state.is_final:
            await told_meanwhile(context, output, over(), seconds, view=view)
    finally:
        forget()
