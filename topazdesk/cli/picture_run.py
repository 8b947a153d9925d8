"""A run of pictures from a command line: price, check, run, report."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from topazdesk.app.app_context import AppContext
from topazdesk.app.archive_bag import BagWish, check_target, has_result
from topazdesk.app.inputs import Choice
from topazdesk.app.plan_time import times_of
from topazdesk.app.plans import Plan, Plans, check_plan
from topazdesk.app.presets import Preset
from topazdesk.app.recipe_words import find_preset, read_budget
from topazdesk.app.run_file import keep_run_file
from topazdesk.app.run_report import check_report
from topazdesk.cli.after_run import AfterRunStep
from topazdesk.cli.bag import make_bag
from topazdesk.cli.before_sending import sending_of, stays_here, tell_leaving, tell_reservations, tell_sending
from topazdesk.cli.copies import (
    copies_fields,
    count_text,
    encoding_fields,
    planned_fields,
    planned_text,
    result_in,
)
from topazdesk.cli.exit import code_of_run
from topazdesk.cli.money import bill_fields, estimate_fields, money_fields
from topazdesk.cli.options import (
    at_speed,
)
from topazdesk.cli.output import EventPrinter, page_fields, results_text, shown, shown_page, tier_word
from topazdesk.cli.paying import (
    Note,
    check_limits,
    check_money,
    earlier_note,
    foretell_credits,
    hours_note,
    tell_unsent,
    time_note,
)
from topazdesk.cli.read_pictures import take_in
from topazdesk.cli.report import write_report
from topazdesk.cli.run import RunReport, changes_text, started_text, tell_handed_over
from topazdesk.cli.waiting import last_answers, until_idle
from topazdesk.domain.account import DEFAULT_ACCOUNT
from topazdesk.domain.alterations import Alteration
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.draft import draft, estimate_request, recipe_problems
from topazdesk.domain.file_metadata import Written
from topazdesk.domain.geometry import PixelGrid
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.mirrored import Mirror
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Bill
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.renditions import doubles
from topazdesk.domain.run_duration import run_duration
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.domain.uploads import alterations_for
from topazdesk.engine.copy_places import planned_copies
from topazdesk.engine.jobs_before import form_of, formats_of
from topazdesk.engine.preview import Preview
from topazdesk.errors import Code, ExitCode, InputError, TopazdeskError, UseError
from topazdesk.language import nsay, say


class Had(NamedTuple):
    """A draft that costs nothing: the job that does or did it, and the copies that are made of its result for it."""

    draft: Draft
    job: Job
    lacks: tuple[CopyForm, ...]


ReadRecipes = Callable[[Catalogue, ServiceName, Preset | None], list[tuple[Model, Recipe]]]


class PictureRun:
    """One run of `enhance`, `plan` or `jobs add`, which find out in the same way what is refused, skipped and paid.

    `retry --failed` and `watch` are such runs, too, with pictures that they find by themselves.
    """

    #: What is said where there was nothing to do.
    _nothing = say("Nothing is unfinished")

    def __init__(
        self,
        output: EventPrinter,
        paths: list[Path],
        service: ServiceName | None,
        read: ReadRecipes,
        preset: str | None,
        budget: str | None,
        yes: bool,
        *,
        again: bool = False,
        pages: PageChoice | None = None,
        bag: Path | None = None,
        wish: BagWish | None = None,
        report: Path | None = None,
        plan: str | None = None,
        choice: Choice | None = None,
        file_text: str = "",
        hours: SendingHours | None = None,
        for_hours: bool = True,
        mirror: Sequence[Path] = (),
        after: AfterRunStep | None = None,
        account: str | None = None,
    ) -> None:
        self._output = output
        self._paths = paths
        self._service = service
        self._account = account
        self._read = read
        self._preset = preset
        self._budget_text = budget
        self._budget: int | None = None
        self._yes = yes
        self._again = again
        self._pages = pages
        self._bag = None if bag is None else bag.expanduser().absolute()
        self._wish = wish or BagWish()
        self._plan = plan
        self._choice = choice
        self._file_text = file_text
        self._hours = hours
        self._for_hours = for_hours
        self._after = after or AfterRunStep(output)
        self._report_path = None if report is None else report.expanduser().absolute()
        self._named = {os.path.abspath(path) for path in paths}  # noqa: PTH100 - a link keeps the name that is known
        self._mirror = Mirror((*mirror, *(path for path in map(Path, self._named) if path.is_dir())))
        self._left_out = 0
        self._codes: list[str] = []
        self._refusals: set[tuple[PictureKey, str, str]] = set()
        self._skipped = 0
        self._waits = True
        self._limits: tuple[SpendingLimit, ...] = ()

    async def add(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        """Put the pictures into the queue, and do not wait for them."""
        if self._bag is not None or self._report_path is not None:
            hint = say("They are made once the results are there: topazdesk bag, topazdesk jobs report.")
            raise UseError("jobs add takes neither --bag nor --report", hint, code=Code.USE_OPTIONS)
        if self._after.is_wanted:
            hint = say("It comes back at once. topazdesk jobs run takes --after.")
            raise UseError("jobs add does not take --after", hint, code=Code.USE_OPTIONS)
        self._waits = False
        return await self.enhance(profile, sandbox_speed)

    async def plan(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        """Say what would be made and paid, without sending a picture; return the exit code."""
        await self._check_targets()
        context = await AppContext.open(
            profile, exclusive=False, change=at_speed(sandbox_speed), account=(self._service, self._account)
        )
        try:
            drafts, before = await self._wanted(context)
            for had in before:
                self._tell_before(had)
            found = await self._ready(context, drafts, names=True, or_raise=not before)
            await self._check_plan(context, found, before)
            drafts = [each.draft for each in found]
            here = await stays_here(drafts)
            times = await times_of(context, drafts)
            for each, seconds in zip(found, times, strict=True):
                self._tell(each, context, here.get(str(each.draft.info.path), ()), seconds)
            tell_reservations(self._output, drafts)
            tell_sending(self._output, drafts, context.settings, here)
            bill = _bill(context, drafts, self._service)
            service = self._service or context.settings.service_name
            note = await check_limits(context, bill, self._budget, service)
            note += await earlier_note(context, service)
            note += hours_note(self._hours, context.clock.now())
            note += time_note(run_duration(((seconds, 1) for seconds in times), service.traits.at_once), service)
            if drafts:
                await foretell_credits(context, bill, service)
            plan_hash = await self._keep_plan(context, found)
            counts = {"pictures": len({d.info.key for d in drafts}), "results": len(drafts)}
            text = say("{bill:text} for {results:text}", bill=bill.text, results=results_text(**counts))
            copies = sum(len(each.copies) for each in found) + sum(len(each.lacks) for each in before)
            parts = [text]
            parts += [count_text(copies)] if copies else []
            parts += [nsay("{n} started or done before", "{n} started or done before", len(before))] if before else []
            parts += [nsay("{n} skipped", "{n} skipped", self._skipped)] if self._skipped else []
            parts += [nsay("{n} refused", "{n} refused", len(self._codes))]
            text = say("{counts:text}. Nothing was sent.", counts=", ".join(parts))
            fields = {
                **counts,
                **({"copies": copies} if copies else {}),
                **({"before": len(before)} if before else {}),
                "refused": len(self._codes),
                **bill_fields(bill),
            }
            fields |= {"skipped": self._skipped} if self._skipped else {}
            fields |= {"left_out": self._left_out} if self._left_out else {}
            if plan_hash:
                fields["plan"] = plan_hash
                note += Note(
                    "\n  "
                    + say(
                        "To run exactly this: the same words with enhance, and --plan {plan_hash}",
                        plan_hash=plan_hash,
                    )
                )
            self._output.event("summary", text + note.text, **fields, **note.fields)
            return code_of_run(len(drafts) + len(before) + self._skipped, self._codes)
        finally:
            await context.close()

    def _tell(self, each: Preview, context: AppContext, left_out: Sequence[Written], seconds: float | None) -> None:
        info, target, estimate = each.draft.info, each.draft.target, each.draft.estimate
        changes = _changes(each.draft, context)
        where = shown(each.target) if each.target is not None else ""
        seen = PixelGrid(target, info.grid.aspect)
        replaces = each.target is not None and os.path.lexists(each.target)
        text = f"{_shown(info)} → {where}  {target.width} × {target.height} · {estimate.text}"
        text += f" · {tier_word(each.draft.model)}" + (f" · {say('replaces its older result')}" if replaces else "")
        kind, encoding = formats_of(each.draft)[0], each.draft.recipe.output.encoding
        own = each.draft.recipe.encoding_of(kind)
        how = "" if own is None else own.words_for(kind)
        self._output.event(
            "plan",
            text
            + (f" · {how}" if how else "")
            + planned_text(each.copies, kind, encoding)
            + (f"\n  {seen.size_remark}" if seen.size_remark else "")
            + changes_text(changes),
            path=info.path,
            model=each.draft.model.name,
            tier=each.draft.model.tier.value,
            replaces=replaces,
            duration_s=seconds,
            **page_fields(_page(info)),
            result=each.target,
            **encoding_fields(own, kind),
            copies=planned_fields(each.copies, encoding),
            width=target.width,
            height=target.height,
            **_shape_fields(seen),
            **estimate_fields(estimate),
            source=estimate.source.value,
            changes=[change.to_json() for change in changes],
            sends={
                **sending_of(each.draft, context.settings).to_json(),
                "left_out": [kind.value for kind in left_out],
            },
        )

    def _tell_before(self, had: Had) -> None:
        """Report a picture whose result this profile has or is working on.

        It costs nothing more, except where its job was not sent yet: then it costs what was agreed to.
        """
        info, job = had.draft.info, had.job
        name, is_done = _shown(info), job.state is JobState.DONE and job.result is not None
        result = result_in(job, form_of(had.draft))
        copies = planned_copies(job, had.lacks, had.draft.recipe.output.on_conflict)
        text = f"{name}: {started_text(job)}"
        if is_done and result:
            text = f"{name} → {shown(result)}  {say('done before, nothing is paid')}"
        encoding = had.draft.recipe.output.encoding
        text += planned_text(copies, job.format, encoding)
        self._output.event(
            "plan",
            text,
            path=info.path,
            **page_fields(_page(info)),
            result=result,
            copies=[*copies_fields(job), *planned_fields(copies, encoding)],
            width=job.target_size.width,
            height=job.target_size.height,
            before=True,
            **money_fields(job.estimate.credits if job.is_unsent else 0, job.recipe.service.unit),
        )

    async def enhance(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        """Have the price agreed to, start what is new, follow it and sum it up; return the exit code."""
        await self._check_targets()
        await self._after.check()
        return await self._after.carry_out(await self._enhance(profile, sandbox_speed))

    async def _enhance(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        # Claimed only once the price is agreed to: two terminals may stand at that question at a time.
        context = await AppContext.open(
            profile, exclusive=False, change=at_speed(sandbox_speed), account=(self._service, self._account)
        )
        try:
            unit = (self._service or context.settings.service_name).unit
            report = RunReport(self._output, set(), unit, context.settings_report_of, model_name=context.model_name)
            drafts, before = await self._wanted(context)
            free = [each for each in before if each.lacks]
            there = [each for each in before if not each.lacks]
            for each in there:
                report.before(each.draft.info, each.job, form_of(each.draft))
            on_the_way = {job.id: None for _, job, _ in there if job.state is not JobState.DONE}
            found = await self._ready(context, drafts, names=self._plan is not None, or_raise=not before)
            await self._check_plan(context, found, before)
            drafts = [each.draft for each in found]
            report.changes = {each.info.key: _changes(each, context) for each in drafts}
            if drafts:
                tell_reservations(self._output, drafts)
                tell_leaving(self._output, drafts, context.settings)
                bill, service = _bill(context, drafts, self._service), drafts[0].recipe.service
                counts = {"pictures": len({d.info.key for d in drafts}), "results": len(drafts)}
                await check_money(
                    context,
                    self._output,
                    service,
                    bill,
                    results_text(**counts),
                    hours_note(self._hours, context.clock.now()),
                    budget=self._budget,
                    yes=self._yes,
                    **counts,
                )
            elif on_the_way:
                await tell_unsent(context, self._output)
            if drafts or on_the_way or free:
                context.events.subscribe(report)
                run_id = uuid.uuid4().hex
                try:
                    await context.begin(submits=self._waits)
                    report.watch(await context.engine.take_up(on_the_way))
                    await self._start(context, report, drafts, run_id, free)
                    if not self._waits:
                        added = await context.jobs_of_run(run_id)
                        return self._added(context, added) if added or not free else self._finish(report)
                    await until_idle(context, self._output, jobs=report.watched, view=report, for_hours=self._for_hours)
                    await report.see_originals()
                except asyncio.CancelledError:
                    await last_answers(context, self._output)
                    report.watch(await context.jobs_of_run(run_id))
                    await self._save_report(context, report)
                    return report.stopped(self._codes, self._skipped, goes_on=context.is_joined)
            bag_code = await self._save_bag(context, report.jobs)
            report_code = await self._save_report(context, report)

            def finish() -> ExitCode:
                return self._finish(report) or bag_code or report_code

            if bag_code or report_code:  # somebody has to see to it
                return finish()
            return await self._after.close_run(context, lambda: report.jobs, finish)
        finally:
            await context.close()

    def _finish(self, report: RunReport) -> ExitCode:
        return report.finish(self._codes, self._skipped, nothing=self._nothing)

    def _added(self, context: AppContext, jobs: list[Job]) -> ExitCode:
        """Say what was put into the queue; return the exit code."""
        what = results_text(len({job.key for job in jobs}), len(jobs))
        if context.is_joined:
            text = say("{what:text} added to the queue. The topazdesk that is running works on it.", what=what)
        elif context.is_team:
            text = say("{what:text} added to the queue. The team's workers do the rest.", what=what)
        else:
            text = say("{what:text} added to the queue. topazdesk jobs run works on it.", what=what)
        fields: dict[str, Any] = {"added": len(jobs), "refused": len(self._codes), "skipped": self._skipped}
        self._output.event("summary", text, **fields, running=context.is_joined)
        return code_of_run(1, self._codes)

    async def _keep_plan(self, context: AppContext, found: list[Preview]) -> str:
        """Keep what would be made as a plan; return its hash, "" where nothing would be made."""
        if not found:
            return ""
        made = Plan.of(found, await context.engine.digests(each.draft.info for each in found))
        return await asyncio.to_thread(Plans(context.paths.plans).keep, made)

    async def _check_plan(self, context: AppContext, found: list[Preview], before: list[Had]) -> None:
        """Raise UseError if a plan was named and this is not it, or not the rest of it.

        What a plan agrees to is the work, never the price.
        """
        if self._plan is not None:
            wanted = await asyncio.to_thread(Plans(context.paths.plans).find, self._plan)
            made = [each.draft for each in before]
            digests = await context.engine.digests(each.info for each in (*(one.draft for one in found), *made))
            rest, changed = wanted.without(made, digests)
            check_plan(rest, Plan((*Plan.of(found, digests).results, *changed)))
            if done := len(wanted.results) - len(rest.results):
                text = say(
                    "{done:,} of {all:,} of the plan are there or on the way; the rest is made."
                    if rest.results
                    else "{done:,} of {all:,} of the plan are there or on the way; nothing of it is left to be made.",
                    done=done,
                    all=len(wanted.results),
                )
                self._output.event("plan_rest", text, planned=len(wanted.results), before=done)

    async def _check_targets(self) -> None:
        """Raise UseError or ComputerError if bag or report could not be written, before anything is asked or sent."""
        if self._bag is not None:
            await asyncio.to_thread(check_target, self._bag)
        if self._report_path is not None:
            await asyncio.to_thread(check_report, self._report_path)

    async def _save_report(self, context: AppContext, report: RunReport) -> ExitCode:
        """Write the report if that is wished; return the exit code. Trouble is said, and changes nothing else."""
        if self._report_path is None:
            return ExitCode.DONE
        facts = await context.facts_of(report.jobs, self._output.refused)
        return await write_report(self._output, self._report_path, facts)

    async def _save_bag(self, context: AppContext, jobs: list[Job]) -> ExitCode:
        """Save the results, which are there in any case, as a bag if that is wished; return the exit code."""
        results = [job for job in jobs if has_result(job)]
        if self._bag is not None and results:
            try:
                await make_bag(context, self._output, self._bag, results, self._wish)
            except TopazdeskError as error:
                self._output.error(error)
                return error.exit_code
        return ExitCode.DONE

    async def _start(
        self, context: AppContext, report: RunReport, paid: Sequence[Draft], run_id: str, free: Sequence[Had] = ()
    ) -> None:
        """Start the drafts, here or in the topazdesk that has the profile, and report those that are not.

        What is `free` is made from results that are there.
        """
        drafts = [*paid, *(each.draft for each in free)]
        lacked = {len(paid) + place: each.lacks for place, each in enumerate(free)}
        account = context.account(drafts[0].recipe.service) if drafts else None
        found = await context.engine.admit(
            drafts,
            again=self._again,
            run_budget=self._budget,
            run_id=run_id,
            limits=self._limits,
            hours=self._hours,
            account_id=DEFAULT_ACCOUNT if account is None else account.id,
        )
        report.watch(found.jobs)
        if found.jobs:
            await asyncio.to_thread(keep_run_file, context.paths.runs, found.jobs[0].run_id, self._file_text)
        # What another command has started since the price was shown, and what is made of a result that was there.
        for number, job in found.before.items():
            report.before(drafts[number].info, job, form_of(drafts[number]), lacked.get(number, ()))
        unfinished = [job.id for job in found.before.values() if job.state is not JobState.DONE]
        report.watch(await context.engine.take_up(unfinished))
        for number, error in found.refused.items():
            self._output.error(error, drafts[number].info.path)
            self._codes.append(error.code)
        if context.is_joined:
            tell_handed_over(self._output, found.jobs)

    async def _wanted(self, context: AppContext) -> tuple[list[Draft], list[Had]]:
        """Return the drafts that are to be paid, and those that this profile has started or done already."""
        drafts = await self._once_each(context, await self._drafts(context))
        before = {} if self._again else await context.engine.had(drafts)
        known = [Had(drafts[number], each.job, each.lacks) for number, each in before.items()]
        twice = doubles(drafts, before)
        return [each for number, each in enumerate(drafts) if number not in before and number not in twice], known

    async def _once_each(self, context: AppContext, drafts: list[Draft]) -> list[Draft]:
        """Return the drafts without those on a copy of a picture that is made anyway, and report these."""
        same = await context.engine.twins(drafts)
        for number, first in same.items():
            info, made = drafts[number].info, drafts[first].info
            text = say("{name}: skipped, it is the same picture as {made}", name=_shown(info), made=_shown(made))
            self._output.event("skipped", text, path=info.path, **page_fields(_page(info)), same_as=made.path)
            self._skipped += 1
        return [draft for number, draft in enumerate(drafts) if number not in same]

    async def _without_results(self, context: AppContext, pictures: list[ImageInfo]) -> list[ImageInfo]:
        """Return the pictures without those that a folder had and that are results of this profile; report these.

        One that was named singly is taken: whoever names a result wants it.
        """
        found = [info for info in pictures if str(info.path) not in self._named]
        own = await context.engine.results_among(found) if found else set()
        self._left_out = len({info.path for info in found} & own)
        if self._left_out:
            text = nsay(
                "1 earlier result is left out. To enhance one again, name its file.",
                "{n} earlier results are left out. To enhance one again, name its file.",
                self._left_out,
            )
            self._output.event("left_out", text, count=self._left_out, paths=[str(path) for path in sorted(own)])
        return [info for info in pictures if str(info.path) in self._named or info.path not in own]

    async def _ready(
        self, context: AppContext, drafts: list[Draft], *, names: bool = False, or_raise: bool = True
    ) -> list[Preview]:
        """Return what would be sent of the drafts, and report what would not.

        Raises ComputerError when nothing can be written at all, unless `or_raise` is false.
        """
        found = await context.engine.preview(drafts, names=names)
        refused = [each.refusal for each in found if each.refusal is not None]
        if or_raise and refused and len(refused) == len(found):
            raise refused[0]
        for each in found:
            path = each.draft.info.path
            if each.refusal is not None:
                self._output.error(each.refusal, path)
                self._codes.append(each.refusal.code)
            elif each.is_skipped:
                kept = each.target or path
                text = say("{name}: skipped, {kept} is there", name=_shown(each.draft.info), kept=shown(kept))
                fields = page_fields(_page(each.draft.info))
                self._output.event("skipped", text, path=path, **fields, result=kept)
                self._skipped += 1
        return [each for each in found if each.is_sent]

    async def _drafts(self, context: AppContext) -> list[Draft]:
        """Return priced drafts of all pictures that can be taken; wrong options raise before any file is read.

        The service is asked first whether it takes an unverified model; one that it refuses is refused here.
        """
        service = self._service or context.settings.service_name
        self._budget = read_budget(self._budget_text, service.unit)
        preset = await asyncio.to_thread(find_preset, context.paths.presets, self._preset)
        wanted = self._read(context.catalogue, service, preset)
        for number, (model, recipe) in enumerate(wanted):
            if not recipe.output.folder:  # as in the window: the folder in the settings, else beside the originals
                recipe = replace(recipe, output=replace(recipe.output, folder=context.settings.output_folder))
                wanted[number] = model, recipe
            problems = recipe_problems(model, recipe)
            if problems:
                raise problems[0]
            await context.offers.require(service, model)
        pictures, codes = await take_in(self._paths, self._output, self._pages, self._choice)
        self._codes += codes
        pictures = await self._without_results(context, pictures)
        if not pictures and not codes and not self._left_out:
            raise UseError(
                "There is no picture in what was named.",
                "JPEG, PNG, TIFF, WebP and more are taken.",
                code=Code.USE_NO_PICTURES,
            )
        found = [
            await self._draft(context, info, model, self._mirror.recipe_for(Path(info.path), recipe))
            for info in pictures
            for model, recipe in wanted
        ]
        return [each for each in found if each is not None]

    async def _draft(self, context: AppContext, info: ImageInfo, model: Model, recipe: Recipe) -> Draft | None:
        try:
            asked = None
            if not model.price.is_known:  # only the service knows the price
                asked = await context.estimator.estimate(recipe.service, estimate_request(info, model, recipe))
            return draft(info, model, recipe, confirmed=asked)
        except InputError as error:
            refusal = (info.key, error.title, error.hint)
            if refusal not in self._refusals:  # once for all formats of a size
                self._refusals.add(refusal)
                self._output.error(error, info.path)
                self._codes.append(error.code)
            return None


def _shape_fields(result: PixelGrid) -> dict[str, Any]:
    return {} if result.is_square else {"shown": [result.shown.width, result.shown.height]}


def _page(info: ImageInfo) -> int | None:
    return info.page if info.is_page_chosen else None


def _shown(info: ImageInfo) -> str:
    """Return the picture's name for a terminal, with its page if one was chosen."""
    return shown_page(info.path, _page(info))


def _changes(draft: Draft, context: AppContext) -> tuple[Alteration, ...]:
    return alterations_for(draft.info, draft.model, context.catalogue.of(draft.recipe.service))


def _bill(context: AppContext, drafts: list[Draft], service: ServiceName | None) -> Bill:
    return Bill.of((d.estimate for d in drafts), (service or context.settings.service_name).unit)
