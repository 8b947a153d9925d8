"""`topazdesk try`: up to four models on a patch of one picture, from one upload, before the whole is paid for."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.recipe_words import find_preset, read_budget
from topazdesk.cli.before_sending import tell_leaving, tell_reservations
from topazdesk.cli.money import estimate_fields
from topazdesk.cli.options import (
    AccountOption,
    BudgetOption,
    JsonOption,
    ModelsOption,
    PresetOption,
    ProfileOption,
    QuietOption,
    ScaleOption,
    ServiceOption,
    SetOption,
    SizeOptions,
    SpeedOption,
    YesOption,
    at_speed,
    read_recipes,
)
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.paying import check_money
from topazdesk.cli.read_pictures import take_in
from topazdesk.cli.run import RunReport, tell_handed_over
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.cli.waiting import last_answers, until_idle
from topazdesk.disk import private_file
from topazdesk.disk.file_uris import path_of_word
from topazdesk.disk.free_name import rename_first_free
from topazdesk.domain.candidates import Candidate, bill_of
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.naming import numbered, safe_name
from topazdesk.domain.trial import Patch, default_patch, fitted
from topazdesk.errors import Code, ComputerError, ExitCode, UseError
from topazdesk.language import nsay, say


def try_(
    picture: Annotated[Path, Argument(help="One picture.", parser=path_of_word)],
    patch: Annotated[
        str | None,
        Option(
            "--patch", metavar="X,Y,W,H", help="Left, top, width and height in pixels. Default: an area in the middle."
        ),
    ] = None,
    model: ModelsOption = [],  # noqa: B006 - the default is read once and never changes it
    preset: PresetOption = None,
    service: ServiceOption = None,
    account: AccountOption = None,
    settings: SetOption = [],  # noqa: B006 - as above
    scale: ScaleOption = None,
    out: Annotated[
        Path | None, Option("--out", metavar="DIR", help="Put copies of the results into this folder.")
    ] = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    sandbox_speed: SpeedOption = None,
) -> ExitCode:
    """Try up to four models on a patch of a picture, from one upload; the prices of patch and whole picture are said first.

    Results are kept in the profile for 7 days; --out puts copies of them into a folder.
    """  # noqa: E501 - a help text: a line break would show in the list of commands

    async def run() -> ExitCode:
        context = await AppContext.open(
            profile, exclusive=False, change=at_speed(sandbox_speed), account=(service, account)
        )
        try:
            chosen = service or context.settings.service_name
            most = read_budget(budget, chosen.unit)
            found = await asyncio.to_thread(find_preset, context.paths.presets, preset)
            sizes = SizeOptions([] if scale is None else [scale])
            wanted = read_recipes(context.catalogue, chosen, model, settings, sizes, preset=found)
            output = EventPrinter(as_json, is_quiet=quiet)
            info = await _one(picture, output)
            place = _patch(patch, info)
            candidates = await context.trials.priced(info, place, [recipe for _, recipe in wanted])
            _say(output, info, place, candidates)
            # What is allowed to be done with the picture holds for a part of it as well.
            tell_reservations(output, [replace(one.draft, info=info) for one in candidates if one.draft is not None])
            tell_leaving(output, [one.draft for one in candidates if one.draft is not None], context.settings)
            bill = bill_of(candidates, chosen.unit)
            ways = nsay("1 way", "{n} ways", len(candidates))
            what = say(
                "a patch of {width} × {height} at {x}, {y} in {ways:text}",
                width=place.width,
                height=place.height,
                x=place.x,
                y=place.y,
                ways=ways,
            )
            await check_money(
                context, output, chosen, bill, what, budget=most, yes=yes, pictures=1, results=len(candidates)
            )
            report = RunReport(output, set(), chosen.unit, context.settings_report_of, model_name=context.model_name)
            context.events.subscribe(report)
            run_id = uuid.uuid4().hex
            try:
                await context.begin()
                recipes = [one.recipe for one in candidates]
                jobs = await context.trials.start(info, place, recipes, run_budget=most, run_id=run_id)
                report.watch(jobs)
                if context.is_joined:
                    tell_handed_over(output, jobs)
                await until_idle(context, output, jobs=report.watched, view=report)
            except asyncio.CancelledError:
                await last_answers(context, output)
                report.watch(await context.jobs_of_run(run_id))
                return report.stopped(goes_on=context.is_joined)
            if out is not None:
                done = [context.engine.job(job.id) for job in jobs]
                await asyncio.to_thread(_copy, context, output, info, place, done, out.expanduser().absolute())
            return report.finish()
        finally:
            await context.close()

    return run_stoppable(run())


async def _one(path: Path, output: EventPrinter) -> ImageInfo:
    """Return the picture's facts. Raises UseError when `path` is not exactly one usable picture."""
    pictures, codes = await take_in([path], output)
    if len(pictures) != 1 or codes:
        title = say("Only one picture can be tried at a time.") if pictures else say("This picture cannot be used.")
        raise UseError(title, "topazdesk enhance takes many.", details=str(path), code=Code.USE_NO_PICTURES)
    return pictures[0]


def _patch(text: str | None, info: ImageInfo) -> Patch:
    if text is None:
        return default_patch(info.size)
    try:
        wanted = Patch.parse(text)
    except ValueError as error:
        raise UseError(
            say("--patch {text} cannot be used.", text=text),
            "Write --patch X,Y,W,H in pixels, for example 100,200,768,768.",
            code=Code.USE_PATCH,
        ) from error
    if wanted.x >= info.size.width or wanted.y >= info.size.height:
        raise UseError(
            say("--patch {text} is outside the picture.", text=text),
            say("It is {width} × {height} pixels.", width=info.size.width, height=info.size.height),
            code=Code.USE_PATCH,
        )
    return fitted(wanted, info.size)


def _say(output: EventPrinter, info: ImageInfo, patch: Patch, found: Iterable[Candidate]) -> None:
    """Print a line per candidate: what it costs here, and what it would cost on the whole picture.

    Raises the problem of the first candidate that has one.
    """
    for one in found:
        if one.problem is not None:
            raise one.problem
        assert one.draft is not None  # noqa: S101 one of the two is there
        whole = one.whole.text if one.whole is not None else one.whole_problem.title if one.whole_problem else ""
        output.event(
            "candidate",
            say(
                "{model}: {price:text}; the whole picture: {whole:text}",
                model=one.draft.model.name,
                price=one.draft.estimate.text,
                whole=whole,
            ),
            path=info.path,
            patch=list(astuple(patch)),
            model=one.recipe.model,
            **estimate_fields(one.draft.estimate),
            whole=estimate_fields(one.whole) if one.whole is not None else None,
            whole_problem=one.whole_problem.title if one.whole_problem is not None else "",
        )


def _copied(result: Path, wanted: Path) -> Path:
    """Copy to the wanted name or the next free one, and return it. Raises OSError; nothing is ever replaced."""
    part = private_file.part_beside(wanted)
    private_file.create(part, b"", 0o666)
    try:
        shutil.copyfile(result, part)
        return rename_first_free(part, numbered(wanted))
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _copy(
    context: AppContext, output: EventPrinter, info: ImageInfo, patch: Patch, jobs: Sequence[Job], folder: Path
) -> None:
    """Copy the finished results under names that tell picture, patch and model. Raises ComputerError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for job in jobs:
            if job.result is None:
                continue
            place = f"{patch.x}-{patch.y}-{patch.width}x{patch.height}"
            name = safe_name(f"{info.path.stem}_{place}_{job.recipe.model}") + job.result.suffix
            target = _copied(job.result, folder / name)
            output.event(
                "copied", f"{context.model_name(job)} → {shown(target)}", job=job.id, path=info.path, result=target
            )
    except OSError as error:
        raise ComputerError(
            "The results cannot be copied.",
            say("They are kept in the profile for 7 days. Check the folder {folder}.", folder=shown(folder)),
            details=str(error),
            code=Code.COMPUTER_FOLDER_UNWRITABLE,
        ) from error
