"""`topazdesk enhance` and `topazdesk plan`: price, check, run, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from topazdesk.app.desk import Desk
from topazdesk.app.handover import hand_over
from topazdesk.app.offers import Ask
from topazdesk.app.paths import Paths
from topazdesk.app.presets import Preset
from topazdesk.cli.exit import code_of_run
from topazdesk.cli.intake import take_in
from topazdesk.cli.money import bill_fields, estimate_fields, money_fields, read_budget
from topazdesk.cli.options import (
    ConflictOption,
    CropOption,
    FormatOption,
    HeightOption,
    JsonOption,
    LongEdgeOption,
    MegapixelsOption,
    ModelsOption,
    NameOption,
    OutOption,
    PresetOption,
    ProfileOption,
    ScaleOption,
    ServiceOption,
    SetOption,
    SizeOptions,
    SpeedOption,
    WidthOption,
    at_speed,
    find_preset,
    read_recipes,
)
from topazdesk.cli.output import Output, results_text, shown
from topazdesk.cli.paying import check_money
from topazdesk.cli.run import RunReport
from topazdesk.domain.catalogue import Catalogue, Model, ServiceName
from topazdesk.domain.draft import draft, estimate_request, recipe_problems
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Bill
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OnConflict, Recipe
from topazdesk.errors import ComputerError, InputError, UseError

ReadRecipes = Callable[[Catalogue, ServiceName, Preset | None], list[tuple[Model, Recipe]]]


def enhance(
    paths: Annotated[list[Path], typer.Argument(help="Pictures and folders.", readable=False)],
    model: ModelsOption = [],  # noqa: B006 - as below
    preset: PresetOption = None,
    service: ServiceOption = None,
    settings: SetOption = [],  # noqa: B006 - typer reads the default once and never changes it
    scale: ScaleOption = None,
    width: WidthOption = None,
    height: HeightOption = None,
    long_edge: LongEdgeOption = None,
    megapixels: MegapixelsOption = None,
    crop_to_fill: CropOption = False,
    format_: FormatOption = "same",
    out: OutOption = None,
    name: NameOption = DEFAULT_TEMPLATE,
    on_conflict: ConflictOption = OnConflict.UNIQUE,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Most credits (Runflow: dollars) this run may spend.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make and pay results anew that this profile has already, or is at.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before spending.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    sandbox_speed: SpeedOption = None,
) -> int:
    """Enhance pictures: the price is said first, results are saved in --out, in the folder of the settings, or beside the originals."""
    sizes = SizeOptions(scale, width, height, long_edge, megapixels)

    def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> list[tuple[Model, Recipe]]:
        return read_recipes(
            catalogue, chosen, model, settings, sizes,
            format_=format_, out=out, name=name, on_conflict=on_conflict, crop_to_fill=crop_to_fill, preset=found,
        )  # fmt: skip

    run = _Run(Output(as_json), paths, service, read, preset, budget, yes)
    return asyncio.run(run.enhance(profile, sandbox_speed, again=again))


def plan(
    paths: Annotated[list[Path], typer.Argument(help="Pictures and folders.", readable=False)],
    model: ModelsOption = [],  # noqa: B006 - as below
    preset: PresetOption = None,
    service: ServiceOption = None,
    settings: SetOption = [],  # noqa: B006 - typer reads the default once and never changes it
    scale: ScaleOption = None,
    width: WidthOption = None,
    height: HeightOption = None,
    long_edge: LongEdgeOption = None,
    megapixels: MegapixelsOption = None,
    format_: FormatOption = "same",
    out: OutOption = None,
    name: NameOption = DEFAULT_TEMPLATE,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say what enhance would do: files, names, sizes, credits, refusals. Nothing is sent."""
    sizes = SizeOptions(scale, width, height, long_edge, megapixels)

    def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> list[tuple[Model, Recipe]]:
        return read_recipes(
            catalogue, chosen, model, settings, sizes, format_=format_, out=out, name=name, preset=found
        )  # fmt: skip

    return asyncio.run(_Run(Output(as_json), paths, service, read, preset, None, True).plan(profile))


class _Run:
    """One run of one of the two commands."""

    def __init__(
        self,
        output: Output,
        paths: list[Path],
        service: ServiceName | None,
        read: ReadRecipes,
        preset: str | None,
        budget: str | None,
        yes: bool,
    ) -> None:
        self._output = output
        self._paths = paths
        self._service = service
        self._read = read
        self._preset = preset
        self._budget_text = budget
        self._budget: int | None = None
        self._yes = yes
        self._codes: list[str] = []

    async def plan(self, profile: Path | None) -> int:
        from topazdesk.domain.naming import result_name

        desk = await Desk.open(profile, exclusive=False)
        try:
            drafts = await self._drafts(desk)
            before = await desk.engine.before(drafts)
            for number, job in before.items():
                self._known(Path(drafts[number].info.path), job)
            drafts = [each for number, each in enumerate(drafts) if number not in before]
            for item in drafts:
                recipe, info = item.recipe, item.info
                format_ = recipe.output.format_for(info.format, item.model.formats)
                file_name = result_name(
                    recipe.output.template, info.path, item.model.slug, recipe.service, info.size, item.target, format_
                )
                folder = Path(recipe.output.folder) if recipe.output.folder else info.path.parent
                self._output.event(
                    "plan",
                    f"{shown(info.path)} → {shown(folder / file_name)}  {item.target.width} × {item.target.height} · "
                    f"{item.estimate.text}",
                    path=info.path,
                    result=folder / file_name,
                    width=item.target.width,
                    height=item.target.height,
                    **estimate_fields(item.estimate),
                    source=item.estimate.source.value,
                )
            bill = _bill(desk, drafts, self._service)
            counts = {"pictures": len({d.info.path for d in drafts}), "results": len(drafts)}
            known = f", {len(before)} started or done before" if before else ""
            text = f"{bill.text} for {results_text(**counts)}{known}, {len(self._codes)} refused. Nothing was sent."
            fields = {
                **counts,
                **({"before": len(before)} if before else {}),
                "refused": len(self._codes),
                **bill_fields(bill),
            }
            self._output.event("summary", text, **fields)
            return code_of_run(len(drafts) + len(before), self._codes)
        finally:
            await desk.close()

    def _known(self, path: Path, job: Job) -> None:
        """A picture whose result this profile has, or is at: it costs nothing."""
        is_done = job.state is JobState.DONE and job.result is not None
        text = f"→ {shown(job.result)}  done before" if is_done and job.result else "started before, it is followed"
        self._output.event(
            "plan",
            f"{shown(path)} {text}, nothing is paid",
            path=path,
            result=job.result,
            width=job.target_size.width,
            height=job.target_size.height,
            before=True,
            **money_fields(0, job.recipe.service.unit),
        )

    async def enhance(self, profile: Path | None, sandbox_speed: float | None, *, again: bool) -> int:
        try:
            desk = await Desk.open(profile, change=at_speed(sandbox_speed))
        except ComputerError as error:
            if error.code == "computer.profile_in_use" and not self._output.as_json:
                await self._hand_over(profile, error)
            raise
        try:
            drafts = await self._drafts(desk, to_spend=True)
            unit = (self._service or desk.settings.service_name).unit
            report = RunReport(self._output, set(), unit, desk.echo_of)
            before = {} if again else await desk.engine.before(drafts)
            for number, job in before.items():
                report.before(Path(drafts[number].info.path), job)
            on_the_way = {job.id: None for job in before.values() if job.state is not JobState.DONE}
            drafts = [each for number, each in enumerate(drafts) if number not in before]
            if drafts:
                bill, service = _bill(desk, drafts, self._service), drafts[0].recipe.service
                counts = {"pictures": len({d.info.path for d in drafts}), "results": len(drafts)}
                await check_money(
                    desk,
                    self._output,
                    service,
                    bill,
                    results_text(**counts),
                    budget=self._budget,
                    yes=self._yes,
                    **counts,
                )
            if drafts or on_the_way:
                desk.events.subscribe(report)
                try:
                    await desk.engine.start()
                    report.watch(await desk.engine.take_up(on_the_way))
                    report.watch(await desk.engine.enqueue(drafts, run_budget=self._budget))
                    await desk.engine.idle()
                except asyncio.CancelledError:
                    return report.stopped(self._codes)
            return report.finish(self._codes)
        finally:
            await desk.close()

    async def _hand_over(self, profile: Path | None, error: ComputerError) -> None:
        """A window has the profile: it gets the pictures, and the user is told that nothing was sent. Programs get the error alone."""
        if await asyncio.to_thread(hand_over, Paths.choose(profile).profile, self._paths):
            error.hint = "Its window has the pictures now; choose what they need there. Nothing was sent."

    async def _drafts(self, desk: Desk, *, to_spend: bool = False) -> list[Draft]:
        """Priced drafts of all pictures that can be taken; wrong options raise before any file is read.

        `to_spend`: an unverified model is asked for at the service first, and refused here when the service refuses it.
        """
        service = self._service or desk.settings.service_name
        self._budget = read_budget(self._budget_text, service.unit)
        preset = await asyncio.to_thread(find_preset, desk.paths.presets, self._preset)
        wanted = self._read(desk.catalogue, service, preset)
        for number, (model, recipe) in enumerate(wanted):
            if not recipe.output.folder:  # as in the window: the folder of the settings, else beside the originals
                recipe = replace(recipe, output=replace(recipe.output, folder=desk.settings.output_folder))
                wanted[number] = model, recipe
            problems = recipe_problems(model, recipe)
            if problems:
                raise problems[0]
            if to_spend:
                await desk.offers.require(service, model)
        pictures, codes = await take_in(self._paths, self._output)
        self._codes += codes
        if not pictures and not codes:
            raise UseError("There is no picture in what was named.", "JPEG, PNG, TIFF, WebP and more are taken.", code="use.no_pictures")  # fmt: skip
        ask = desk.estimator.estimate if to_spend else None
        found = [await self._draft(info, model, recipe, ask) for info in pictures for model, recipe in wanted]
        return [each for each in found if each is not None]

    async def _draft(self, info: ImageInfo, model: Model, recipe: Recipe, ask: Ask | None) -> Draft | None:
        """`ask`: for a price that only the service knows."""
        try:
            asked = (
                await ask(recipe.service, estimate_request(info, model, recipe))
                if ask and not model.price.is_known
                else None
            )
            return draft(info, model, recipe, confirmed=asked)
        except InputError as error:
            self._output.error(error, info.path)
            self._codes.append(error.code)
            return None


def _bill(desk: Desk, drafts: list[Draft], service: ServiceName | None) -> Bill:
    return Bill.of((d.estimate for d in drafts), (service or desk.settings.service_name).unit)
