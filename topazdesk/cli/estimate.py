"""`topazdesk estimate`: what it would cost, without sending a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from topazdesk.app.inputs import named_paths
from topazdesk.app.profile_view import ProfileView
from topazdesk.app.recipe_words import find_preset, read_renditions
from topazdesk.cli.exit import code_of_run
from topazdesk.cli.money import bill_fields, estimate_fields
from topazdesk.cli.options import (
    JsonOption,
    ModelOption,
    PresetOption,
    ProfileOption,
    ServiceOption,
    SetOption,
    SizeOptions,
)
from topazdesk.cli.output import EventPrinter, results_text, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.draft import draft, estimate_request
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Bill, Estimate, EstimateSource
from topazdesk.domain.renditions import doubles
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ExitCode, InputError, TopazdeskError, UseError
from topazdesk.language import say

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext

_SIZE = re.compile(r"^\s*(\d+)\s*[x×*]\s*(\d+)\s*$", re.IGNORECASE)


def estimate(
    *,
    model: ModelOption = None,
    preset: PresetOption = None,
    paths: Annotated[
        list[Path] | None, Argument(metavar="[PATH]...", help="Pictures and folders.", parser=path_of_word)
    ] = None,
    size: Annotated[
        str | None, Option("--size", metavar="WxH", help="Instead of pictures: a size such as 6000x4000.")
    ] = None,
    service: ServiceOption = None,
    settings: SetOption = [],  # noqa: B006 - the default is read once and never changes it
    sizes: SizeOptions,
    confirm: Annotated[bool, Option("--confirm", help="Ask the service itself; sends sizes only.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Say what a model would cost for pictures or for a size. Nothing is sent but, with --confirm, the size."""
    if bool(paths) == (size is not None):
        raise UseError("Either pictures or --size is needed.", "For example: --size 6000x4000", code=Code.USE_ARGUMENTS)
    output = EventPrinter(as_json)
    view = ProfileView.of(profile)
    chosen = service or view.settings.service_name
    found, recipes = read_renditions(
        view.catalogue, chosen, model, settings, sizes.each(), preset=find_preset(view.paths.presets, preset)
    )
    pictures, codes = ([_of_size(size)], list[str]()) if size is not None else _read(named_paths(paths or []), output)
    drafts: list[Draft] = []
    for info in pictures:
        for recipe in recipes:
            try:
                drafts.append(draft(info, found, recipe))
            except InputError as error:
                output.error(error, info.path)
                codes.append(error.code)
    twice = doubles(drafts)
    drafts = [each for number, each in enumerate(drafts) if number not in twice]
    answers = (
        _confirmed(profile, chosen, drafts)
        if confirm or chosen.traits.runs_networks
        else [each.estimate for each in drafts]
    )
    for priced_draft, answer in zip(drafts, answers, strict=True):
        path = None if size is not None else priced_draft.info.path
        target = priced_draft.target
        output.event(
            "estimate",
            f"{shown(priced_draft.info.path)}: {target.width} × {target.height} · {target.megapixels:.1f} MP · "
            f"{_price_text(answer, chosen)}",
            path=path,
            model=found.name,
            service=chosen.value,
            width=target.width,
            height=target.height,
            output_mp=round(target.megapixels, 6),
            **estimate_fields(answer),
            source=answer.source.value,
            duration_s=answer.duration_s,
        )
    bill = Bill.of(answers, chosen.unit)
    count, results = len({each.info.key for each in drafts}), len(answers)
    text = say("{bill:text} for {answers:text}", bill=bill.text, answers=results_text(count, results))
    output.event("summary", text, pictures=count, results=results, refused=len(codes), **bill_fields(bill))
    return code_of_run(len(answers), codes)


def _read(paths: Sequence[Path], output: EventPrinter) -> tuple[list[ImageInfo], list[str]]:
    # Imported here, because the price of a size needs none of it and is there in half the time.
    from topazdesk.cli.read_pictures import take_in

    return run_stoppable(take_in(paths, output))


def _confirmed(profile: Path | None, service: ServiceName, drafts: list[Draft]) -> list[Estimate]:
    # Imported here for the same reason.
    from topazdesk.app.app_context import AppContext

    async def ask() -> list[Estimate]:
        context = await AppContext.open(profile, exclusive=False)
        try:
            return await _ask(context, service, drafts)
        finally:
            await context.close()

    return run_stoppable(ask())


def _price_text(answer: Estimate, service: ServiceName) -> str:
    if answer.unit is Unit.NONE:
        from topazdesk.cli.live import duration_text  # as above

        return (
            answer.text
            if answer.duration_s is None
            else say(
                "{answer:text} · about {time:text}",
                answer=answer.text,
                time=duration_text(answer.duration_s),
            )
        )
    match answer.source:
        case EstimateSource.UNKNOWN:
            return answer.text
        case EstimateSource.SERVICE:
            how = say("confirmed by {service}", service=service.label)
        case EstimateSource.TABLE:
            how = say("published price")
        case EstimateSource.PROJECTION:
            how = say("about, not published for this size")
    return f"{answer.text} ({how})"


async def _ask(context: AppContext, service: ServiceName, drafts: list[Draft]) -> list[Estimate]:
    """Ask the service for its own estimates, in as few calls as possible.

    Where it gives none, the local one is returned; the output says that it was not confirmed.
    """
    try:
        answers = await context.estimator.estimate_many(
            service, [estimate_request(each.info, each.model, each.recipe) for each in drafts]
        )
    except TopazdeskError:
        return [each.estimate for each in drafts]
    both = zip(drafts, answers, strict=True)
    return [answer if isinstance(answer, Estimate) else each.estimate for each, answer in both]


def _of_size(text: str) -> ImageInfo:
    match = _SIZE.match(text)
    if match is None or not all(0 < int(side) <= 1_000_000 for side in match.groups()):
        raise UseError(
            say("--size {text} is not a size.", text=text),
            "Write width x height, for example 6000x4000.",
            code=Code.USE_SIZE,
        )
    stored = Size(int(match[1]), int(match[2]))
    return ImageInfo(Path(text), FileFormat.JPEG, stored, 1, 8, 3, False, False, 1, 0, 0)
