"""`topazdesk enhance` and `topazdesk plan`: price, check, run, report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from topazdesk.app.desk import Desk
from topazdesk.app.presets import Preset
from topazdesk.cli.asking import agrees
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
    ModelOption,
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
    find_preset,
    read_recipe,
)
from topazdesk.cli.output import Output, count_text, shown
from topazdesk.cli.run import RunReport
from topazdesk.domain.catalogue import Catalogue, Model, ServiceName
from topazdesk.domain.draft import draft, recipe_problems
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Balance, Draft, EstimateRequest
from topazdesk.domain.pricing import Bill, Estimate
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OnConflict, Recipe
from topazdesk.errors import AccountError, BudgetError, CreditError, InputError, UseError

Ask = Callable[[ServiceName, EstimateRequest], Awaitable[Estimate]]
ReadRecipe = Callable[[Catalogue, ServiceName, Preset | None], tuple[Model, Recipe]]


def enhance(
    paths: Annotated[list[Path], typer.Argument(help="Pictures and folders.", readable=False)],
    model: ModelOption = None,
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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before spending.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    sandbox_speed: SpeedOption = None,
) -> int:
    """Enhance pictures: the price is said first, results are saved in --out, in the folder of the settings, or beside the originals."""
    sizes = SizeOptions(scale, width, height, long_edge, megapixels)

    def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> tuple[Model, Recipe]:
        return read_recipe(
            catalogue, chosen, model, settings, sizes,
            format_=format_, out=out, name=name, on_conflict=on_conflict, crop_to_fill=crop_to_fill, preset=found,
        )  # fmt: skip

    run = _Run(Output(as_json), paths, service, read, preset, budget, yes)
    return asyncio.run(run.enhance(profile, sandbox_speed))


def plan(
    paths: Annotated[list[Path], typer.Argument(help="Pictures and folders.", readable=False)],
    model: ModelOption = None,
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

    def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> tuple[Model, Recipe]:
        return read_recipe(
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
        read: ReadRecipe,
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
            text = f"{bill.text} for {count_text(len(drafts))}, {len(self._codes)} refused. Nothing was sent."
            self._output.event("summary", text, pictures=len(drafts), refused=len(self._codes), **bill_fields(bill))
            return code_of_run(len(drafts), self._codes)
        finally:
            await desk.close()

    async def enhance(self, profile: Path | None, sandbox_speed: float | None) -> int:
        desk = await Desk.open(
            profile,
            change=lambda s: s.with_(sandbox_speed=sandbox_speed) if sandbox_speed is not None else s,
        )
        try:
            drafts = await self._drafts(desk, to_spend=True)
            unit = (self._service or desk.settings.service_name).unit
            report = RunReport(self._output, set(), unit, desk.echo_of)
            if drafts:
                await self._check_money(desk, drafts)
                desk.events.subscribe(report)
                try:
                    await desk.engine.start()
                    report.watch(await desk.engine.enqueue(drafts, run_budget=self._budget))
                    await desk.engine.idle()
                except asyncio.CancelledError:
                    return report.stopped(self._codes)
            return report.finish(self._codes)
        finally:
            await desk.close()

    async def _drafts(self, desk: Desk, *, to_spend: bool = False) -> list[Draft]:
        """Priced drafts of all pictures that can be taken; wrong options raise before any file is read.

        `to_spend`: an unverified model is asked for at the service first, and refused here when the service refuses it.
        """
        service = self._service or desk.settings.service_name
        self._budget = read_budget(self._budget_text, service.unit)
        preset = await asyncio.to_thread(find_preset, desk.paths.presets, self._preset)
        model, recipe = self._read(desk.catalogue, service, preset)
        if not recipe.output.folder:  # as in the window: the folder of the settings, else beside the originals
            recipe = replace(recipe, output=replace(recipe.output, folder=desk.settings.output_folder))
        problems = recipe_problems(model, recipe)
        if problems:
            raise problems[0]
        if to_spend:
            await desk.offers.require(service, model)
        pictures, codes = await take_in(self._paths, self._output)
        self._codes += codes
        if not pictures and not codes:
            raise UseError("There is no picture in what was named.", "JPEG, PNG, TIFF, WebP and more are taken.", code="use.no_pictures")  # fmt: skip
        ask = desk.estimator.estimate if to_spend and not model.price.is_known else None
        found = [await self._draft(info, model, recipe, ask) for info in pictures]
        return [each for each in found if each is not None]

    async def _draft(self, info: ImageInfo, model: Model, recipe: Recipe, ask: Ask | None) -> Draft | None:
        """`ask`: for a price that only the service knows."""
        try:
            return draft(info, model, recipe, confirmed=await _price(info, model, recipe, ask) if ask else None)
        except InputError as error:
            self._output.error(error, info.path)
            self._codes.append(error.code)
            return None

    async def _check_money(self, desk: Desk, drafts: list[Draft]) -> None:
        """Says the price; raises before anything is sent when budget or credits do not cover it, or the user says no."""
        service = drafts[0].recipe.service
        bill = _bill(desk, drafts, service)
        self._check_budget(bill)
        balance = await _balance(desk, service)
        fields: dict[str, Any] = {"pictures": len(drafts), **bill_fields(bill)}
        text = f"{bill.text} for {count_text(len(drafts))}"
        if balance is not None:
            left = balance.available - bill.set_aside
            text += f" · {_left(balance.available, bill.unit)} left before"
            text += f", {_left(left, bill.unit)} after" if left >= 0 else ""
            fields["available"] = money_fields(balance.available, bill.unit).get("usd", balance.available)
        self._output.event("price", text, **fields)
        if balance is not None and balance.available < bill.set_aside:
            raise CreditError(
                f"This needs {bill.text}; the account has {amount_text(balance.available, bill.unit)}.",
                "Top up, or choose fewer pictures. Nothing was sent.",
                code="credit.too_little",
            )
        is_free = service is ServiceName.SANDBOX
        if not agrees(f"Spend {bill.text} at {service.label}?", self._yes or is_free, self._output):
            raise UseError("Nothing was sent.", "The price was not accepted.", code="use.declined")

    def _check_budget(self, bill: Bill) -> None:
        if self._budget is None:
            return
        if bill.unknown:
            raise BudgetError(
                "A budget cannot be kept where the price is not known.",
                f"This run costs {bill.text}. Choose a smaller size, or leave --budget out. Nothing was sent.",
                code="budget.run",
            )
        if bill.known > self._budget:
            raise BudgetError(
                f"This run costs {bill.text}, the budget is {amount_text(self._budget, bill.unit)}.",
                "Raise --budget, choose fewer pictures or a smaller size. Nothing was sent.",
                code="budget.run",
            )


async def _price(info: ImageInfo, model: Model, recipe: Recipe, ask: Ask) -> Estimate:
    """What the service would charge for a picture."""
    request = EstimateRequest(
        model=model,
        source=info.size,
        target=recipe.output.size.resolve(info.size) if model.takes_size else None,
        format=recipe.output.format_for(info.format, model.formats),
        settings=model.parameters.to_send(recipe.settings),
    )
    return await ask(recipe.service, request)


def _bill(desk: Desk, drafts: list[Draft], service: ServiceName | None) -> Bill:
    return Bill.of((d.estimate for d in drafts), (service or desk.settings.service_name).unit)


async def _balance(desk: Desk, service: ServiceName) -> Balance | None:
    """The balance; None where the key may do everything but ask for it."""
    client = await desk.services.get(service)
    try:
        return await client.balance()
    except AccountError as error:
        if error.code != "account.forbidden":
            raise
        return None


def _left(amount: int, unit: Unit) -> str:
    return f"{amount:,}" if unit is Unit.CREDIT else amount_text(amount, unit)
