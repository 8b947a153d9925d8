"""`topazdesk enhance`, `topazdesk plan` and `topazdesk jobs add`: three commands with the same options."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from topazdesk.app.inputs import Choice, named_paths, read_moment
from topazdesk.app.presets import Preset
from topazdesk.cli.options import (
    AccountOption,
    AfterOption,
    AgainOption,
    BagOption,
    BudgetOption,
    CountdownOption,
    CropOption,
    ExcludeOption,
    FileTimeOption,
    FromOption,
    HoursOptions,
    IncludeOption,
    JsonOption,
    MirrorOption,
    ModelsOption,
    NewerOption,
    NoWaitOption,
    OriginalsOption,
    PagesOption,
    PlanOption,
    PresetOption,
    ProfileOption,
    QuietOption,
    ReportOption,
    SavingOptions,
    ServiceOption,
    SetOption,
    Sha512Option,
    SizeOptions,
    SpeedOption,
    YesOption,
    read_recipes,
)
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.params import Argument, Option
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.recipe import FileTime, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ExitCode
from topazdesk.language import say


def _command(
    name: Literal["enhance", "plan", "add"],
    about: str,
    yes_option: object,
    after_option: object,
) -> Callable[..., ExitCode]:
    """Make one of the three commands: they take the same options. A page of help does not load what runs them."""

    def command(
        paths: Annotated[
            list[Path],
            Argument(
                metavar="[PATH]...",
                help="Pictures, folders and patterns; - for a list on standard input.",
                parser=path_of_word,
            ),
        ] = [],  # noqa: B006 - as below
        *,
        model: ModelsOption = [],  # noqa: B006 - as below
        preset: PresetOption = None,
        service: ServiceOption = None,
        account: AccountOption = None,
        settings: SetOption = [],  # noqa: B006 - the default is read once and never changes it
        sizes: SizeOptions,
        crop_to_fill: CropOption = False,
        saving: SavingOptions,
        pages: PagesOption = None,
        file_time: FileTimeOption = FileTime.NOW,
        budget: BudgetOption = None,
        when: HoursOptions,
        no_wait: NoWaitOption = False,
        again: AgainOption = False,
        bag: BagOption = None,
        with_originals: OriginalsOption = False,
        sha512: Sha512Option = False,
        report: ReportOption = None,
        plan: PlanOption = None,
        files_from: FromOption = [],  # noqa: B006 - as above
        include: IncludeOption = [],  # noqa: B006 - as above
        exclude: ExcludeOption = [],  # noqa: B006 - as above
        newer_than: NewerOption = None,
        mirror: MirrorOption = [],  # noqa: B006 - as above
        after: AfterOption = AfterRun.NOTHING,
        countdown: CountdownOption = COUNTDOWN_S,
        yes: YesOption = False,
        profile: ProfileOption = None,
        as_json: JsonOption = False,
        quiet: QuietOption = False,
        sandbox_speed: SpeedOption = None,
    ) -> ExitCode:
        from topazdesk.app.archive_bag import BagWish
        from topazdesk.cli.after_run import AfterRunStep
        from topazdesk.cli.picture_run import PictureRun
        from topazdesk.cli.run_file import given_options
        from topazdesk.cli.stoppable import run_stoppable

        def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> list[tuple[Model, Recipe]]:
            return read_recipes(
                catalogue,
                chosen,
                model,
                settings,
                sizes,
                preset=found,
                saving=saving,
                crop_to_fill=crop_to_fill,
                file_time=file_time,
            )

        wish = BagWish(with_originals, sha512)
        named = named_paths(paths, files_from)
        printer = EventPrinter(as_json, is_quiet=quiet)
        run = PictureRun(
            printer,
            named,
            service,
            read,
            preset,
            budget,
            yes,
            again=again,
            pages=pages,
            bag=bag,
            wish=wish,
            report=report,
            plan=plan,
            choice=Choice(tuple(include), tuple(exclude), read_moment(newer_than)),
            file_text=given_options(named),
            hours=when.hours(),
            for_hours=not no_wait,
            account=account,
            mirror=[Path(os.path.abspath(each)) for each in mirror],  # noqa: PTH100 - a link keeps its name
            after=AfterRunStep(printer, after, countdown),
        )
        act = {"enhance": run.enhance, "plan": run.plan, "add": run.add}[name]
        return run_stoppable(act(profile, sandbox_speed))

    command.__name__ = name
    command.__doc__ = about
    command.__annotations__["yes"] = yes_option
    command.__annotations__["after"] = after_option
    return command


enhance = _command(
    "enhance",
    say(
        "Enhance pictures: the price is said first, results are saved in --out, in the folder of the settings, "
        "or beside the originals."
    ),
    YesOption,
    AfterOption,
)

plan = _command(
    "plan",
    "\n\n".join(
        (
            say(
                "Say what enhance would do: files, names, sizes, credits, refusals. No picture is sent, nothing is "
                "made."
            ),
            say(
                "Takes the options of enhance. The service is asked how long it takes and, where only it knows, for a "
                "price and whether it takes a model."
            ),
        )
    ),
    Annotated[bool, Option("--yes", "-y", hidden=True, help=say("As for enhance: nothing is spent here."))],
    Annotated[AfterRun, Option("--after", hidden=True)],
)

add = _command(
    "add",
    say(
        "Put pictures into the queue and come back at once; takes the options of enhance. A topazdesk that is running "
        "works on them, else topazdesk jobs run does."
    ),
    YesOption,
    Annotated[AfterRun, Option("--after", hidden=True)],
)
