"""`topazdesk jobs`: what is on the way and what came of it; `run` continues everything unfinished until it is done."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from topazdesk.app.desk import Desk
from topazdesk.cli.money import money_fields
from topazdesk.cli.options import JsonOption, ProfileOption, SpeedOption
from topazdesk.cli.output import Output, shown
from topazdesk.cli.run import RunReport
from topazdesk.domain.money import Unit

jobs_app = typer.Typer(help="Jobs of this profile.", no_args_is_help=True, pretty_exceptions_enable=False)


@jobs_app.command("run")
def run(profile: ProfileOption = None, as_json: JsonOption = False, sandbox_speed: SpeedOption = None) -> int:
    """Continue everything unfinished until it is done."""
    return asyncio.run(_run(profile, Output(as_json), sandbox_speed))


async def _run(profile: Path | None, output: Output, sandbox_speed: float | None) -> int:
    desk = await Desk.open(
        profile, change=lambda s: s.with_(sandbox_speed=sandbox_speed) if sandbox_speed is not None else s
    )
    try:
        report = RunReport(output, None)
        desk.events.subscribe(report)
        await desk.engine.start()
        report.watch(job for job in desk.engine.jobs() if not job.state.is_final)
        await desk.engine.idle()
        return report.finish()
    finally:
        await desk.close()


@jobs_app.command("list")
def list_(profile: ProfileOption = None, as_json: JsonOption = False) -> int:
    """List the jobs of this profile, newest first."""
    return asyncio.run(_list(profile, Output(as_json)))


async def _list(profile: Path | None, output: Output) -> int:
    desk = await Desk.open(profile, exclusive=False)
    try:
        found = await desk.saved_jobs()
        for job in found:
            output.event(
                "job",
                f"{job.id}  {job.state.value:<12} {job.recipe.model:<18} {shown(job.source)}",
                job=job.id,
                path=job.source,
                stage=job.state.value,
                model=job.recipe.model,
                service=job.recipe.service.value,
                **money_fields(job.charged, job.recipe.service.unit),
                estimate=job.estimate.credits if job.recipe.service.unit is Unit.CREDIT else None,
                result=job.result,
                title=job.trouble.title if job.trouble else "",
                hint=job.trouble.hint if job.trouble else "",
            )
        output.event("summary", "" if found else "No jobs yet", jobs=len(found))
        return 0
    finally:
        await desk.close()
