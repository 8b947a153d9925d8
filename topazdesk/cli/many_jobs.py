"""`jobs cancel --all` and `jobs retry --failed`: the same as for one job, for all of them or those of a run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from topazdesk.app.app_context import AppContext
from topazdesk.app.presets import Preset
from topazdesk.app.recipe_words import read_budget
from topazdesk.cli.asking import confirms, has_person
from topazdesk.cli.exit import code_of
from topazdesk.cli.money import money_fields
from topazdesk.cli.output import EventPrinter, count_text
from topazdesk.cli.picture_run import PictureRun
from topazdesk.cli.run import RunReport
from topazdesk.cli.waiting import last_answers, until_idle
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ExitCode, TopazdeskError, UseError
from topazdesk.language import all_of, say

_PAGE = 500


async def cancel_all(run: str | None, yes: bool, wait: float, profile: Path | None, output: EventPrinter) -> ExitCode:
    """Cancel everything unfinished, of one run if it is named; what that costs is said first."""
    context = await AppContext.open(profile, exclusive=False)
    try:
        jobs = [job for job in await _of(context, run) if not job.state.is_final]
        if not jobs:
            output.event("summary", say("Nothing is unfinished"), cancelled=0, unfinished=0)
            return ExitCode.DONE
        report = RunReport(
            output, {job.id for job in jobs}, echo_of=context.settings_report_of, model_name=context.model_name
        )
        context.events.subscribe(report)
        await context.begin(submits=False)
        jobs = [await context.engine.recall(job.id) for job in jobs]
        costs = await _costs(context, jobs)
        price = all_of([amount_text(cost, unit) for unit, cost in costs.items() if cost])
        text = (
            say("Cancelling {jobs:text} costs about {price:text}.", jobs=count_text(len(jobs)), price=price)
            if price
            else say("Cancelling is free.")
        )
        fields = {name: value for unit, cost in costs.items() for name, value in money_fields(cost, unit).items()}
        output.event("price", text, jobs=len(jobs), **fields)
        if (
            price
            and not yes
            and has_person(output)
            and not confirms(say("Cancel {jobs:text}?", jobs=count_text(len(jobs))))
        ):
            raise UseError("Nothing was cancelled", "They go on: topazdesk jobs list", code=Code.USE_DECLINED)
        report.watch(jobs)
        for job in jobs:
            await context.engine.cancel(job.id)
        try:
            await until_idle(context, output, wait, jobs=report.watched, view=report)
        except asyncio.CancelledError:
            await last_answers(context, output)
            return report.stopped(goes_on=context.is_joined)
        code = report.finish()
        return code_of(Code.SERVICE_UNFINISHED) if report.unfinished else code
    finally:
        await context.close()


async def _costs(context: AppContext, jobs: list[Job]) -> dict[Unit, int]:
    """Return what cancelling costs, by unit; where the service does not say, the most it can be."""
    found: dict[Unit, int] = {}
    for job in jobs:
        try:
            _, cost = await context.engine.cancel_price(job.id)
        except TopazdeskError:
            cost = job.estimate.credits
        unit = job.recipe.service.unit
        found[unit] = found.get(unit, 0) + cost
    return found


async def _of(context: AppContext, run: str | None) -> list[Job]:
    return await context.unfinished_jobs() if run is None else await context.saved_run(run)


class _FailedAgain(PictureRun):
    """The pictures of failed jobs, as a run of `enhance`: what was done or is on the way since is not paid again."""

    _nothing = say("Nothing failed")

    def __init__(self, output: EventPrinter, run: str | None, service: ServiceName | None, yes: bool) -> None:
        super().__init__(output, [], service, _no_recipes, None, None, yes)
        self._of_run = run

    async def _drafts(self, context: AppContext) -> list[Draft]:
        failed = await self._failed(context)
        services = {job.recipe.service for job in failed}
        if len(services) > 1 and self._service is None:
            names = ", ".join(sorted(services))
            raise UseError(
                "Jobs of several services failed",
                say("Name one with --service: {names}", names=names),
                code=Code.USE_OPTIONS,
            )
        self._service = self._service or next(iter(services), None)
        self._budget = read_budget(self._budget_text, (self._service or context.settings.service_name).unit)
        hours = {job.hours for job in failed if job.recipe.service is self._service}
        if len(hours) > 1:
            raise UseError(
                "Jobs with different hours for sending failed", "Name one run: --run RUN", code=Code.USE_OPTIONS
            )
        self._hours = next(iter(hours), None)
        accounts = {job.account for job in failed if job.recipe.service is self._service}
        if len(accounts) > 1:
            raise UseError("Jobs of different accounts failed", "Name one run: --run RUN", code=Code.USE_OPTIONS)
        for account in accounts:  # they are paid by the account that they belong to
            context.use_account(account)
        drafts: list[Draft] = []
        for job in failed:
            if job.recipe.service is self._service:
                try:
                    drafts.append(await context.engine.draft_again(job))
                except TopazdeskError as error:
                    self._output.error(error, job.picture)
                    self._codes.append(error.code)
        return drafts

    async def _failed(self, context: AppContext) -> list[Job]:
        """Return the last failed job of each picture and recipe, oldest first."""
        jobs: list[Job] = []
        if self._of_run is not None:
            jobs = await context.saved_run(self._of_run)
        else:
            async for page in context.saved_pages(_PAGE):
                jobs += page.jobs
        last: dict[object, Job] = {}
        for job in sorted(jobs, key=lambda job: (job.created_at, job.position)):
            if job.trial is None and not job.was_found:
                last[job.picture, job.recipe.digest] = job
        return [job for job in last.values() if job.state.has_failed]


def _no_recipes(_catalogue: Catalogue, _service: ServiceName, _preset: Preset | None) -> list[tuple[Model, Recipe]]:
    return []


async def retry_failed(
    run: str | None, service: ServiceName | None, yes: bool, profile: Path | None, output: EventPrinter
) -> ExitCode:
    """Try all failed jobs again, of one run if it is named; the price is said first."""
    return await _FailedAgain(output, run, service, yes).enhance(profile, None)
