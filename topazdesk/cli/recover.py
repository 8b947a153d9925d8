"""`topazdesk jobs recover`: finds what the service has done in the last 7 days that this profile does not know."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.cli.moments import dated_text
from topazdesk.cli.money import money_fields
from topazdesk.cli.options import AccountOption, JsonOption, ProfileOption, ServiceOption
from topazdesk.cli.output import EventPrinter, count_text
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.run import RunReport, tell_handed_over
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.cli.waiting import last_answers, until_idle
from topazdesk.domain.money import amount_text
from topazdesk.domain.ports import RemoteJob, RemoteState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EngineError
from topazdesk.errors import Code, ExitCode, TopazdeskError, UseError
from topazdesk.language import say


def recover(
    ids: Annotated[
        list[str] | None, Argument(metavar="[PROCESS]…", help="Only these process ids; all when none is given.")
    ] = None,
    out: Annotated[
        Path | None,
        Option("--out", metavar="DIR", help="Fetch the results into this folder. Without it they are only listed."),
    ] = None,
    service: ServiceOption = None,
    account: AccountOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """List the jobs of the last 7 days that this profile does not know (another computer, a lost disk) and fetch them. Free."""  # noqa: E501 - a help text: a line break would show in the list of commands
    folder = out.expanduser().absolute() if out is not None else None
    return run_stoppable(_recover(ids or [], folder, (service, account), profile, EventPrinter(as_json)))


async def _recover(
    ids: list[str],
    out: Path | None,
    place: tuple[ServiceName | None, str | None],
    profile: Path | None,
    output: EventPrinter,
) -> ExitCode:
    context = await AppContext.open(profile, exclusive=False, account=place)
    try:
        name = place[0] or context.settings.service_name
        odd: list[TopazdeskError] = []
        listening = context.events.subscribe(lambda e: odd.append(e.error) if isinstance(e, EngineError) else None)
        found = await context.engine.recover(context.account(name))
        listening()
        for error in odd:
            output.error(error)
        missing = [i for i in ids if i not in {r.remote_id for r in found}]
        if missing:
            raise UseError(
                say("There is no such job to recover: {missing}", missing=missing[0]),
                "It may be in the list of this profile already, have failed, or be older than 7 days.",
                code=Code.USE_NO_JOB,
            )
        wanted = [r for r in found if not ids or r.remote_id in ids]
        for remote in wanted:
            _tell(remote, name, output)
        if out is None or not wanted:
            text = say("Nothing to recover from the last 7 days at {service}", service=name.label)
            if odd or not name.traits.lists_all:
                text = say(
                    "{service} has nothing in its list that this profile does not know; the list may not be complete",
                    service=name.label,
                )
            if wanted:
                text = say(
                    "{wanted:text} at {service} that this profile does not know. Fetch them, for nothing: topazdesk "
                    "jobs recover --out FOLDER",
                    wanted=count_text(len(wanted)),
                    service=name.label,
                )
            output.event("summary", text, found=len(wanted), done=0)
            return ExitCode.DONE
        report = RunReport(output, set(), name.unit, context.settings_report_of, model_name=context.model_name)
        context.events.subscribe(report)
        await context.begin(submits=False)
        jobs = await context.engine.fetch(context.account(name), wanted, out)
        report.watch(jobs)
        if context.is_joined:
            tell_handed_over(output, jobs)
        try:
            await until_idle(context, output, jobs=report.watched, view=report)
        except asyncio.CancelledError:
            await last_answers(context, output)
            return report.stopped(goes_on=context.is_joined)
        return report.finish()
    finally:
        await context.close()


def _tell(remote: RemoteJob, service: ServiceName, output: EventPrinter) -> None:
    size = remote.output_size
    parts = [
        remote.remote_id,
        dated_text(remote.created_at) if remote.created_at else "",
        remote.model,
        f"{size.width} × {size.height}" if size else "",
        "" if remote.state is RemoteState.COMPLETED else say("still running, {percent:.0f} %", percent=remote.percent),
        amount_text(remote.credits, service.unit) if remote.credits is not None else "",
    ]
    output.event(
        "found",
        "  ".join(part for part in parts if part),
        process=remote.remote_id,
        model=remote.model,
        stage=remote.state.value,
        percent=remote.percent,
        width=size.width if size else None,
        height=size.height if size else None,
        created=remote.created_at,
        **money_fields(remote.credits, service.unit),
    )
