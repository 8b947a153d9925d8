"""The options that several commands share, and how they become a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import click

from topazdesk.app.presets import Preset
from topazdesk.app.recipe_words import SavingWords, SizesWords, SizeWords, read_hours, read_renditions
from topazdesk.app.settings import Settings
from topazdesk.cli.params import Argument, Option
from topazdesk.domain.after_run import AfterRun
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.encoding import JPEG_QUALITY, LEAST_QUALITY, MOST_QUALITY, TiffCompression
from topazdesk.domain.geometry import DEFAULT_DPI
from topazdesk.domain.money import Unit
from topazdesk.domain.naming import FIELDS
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, FileTime, OnConflict, Recipe
from topazdesk.domain.renditions import told_by_model
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import Code, UseError
from topazdesk.language import say


def _service(word: str) -> ServiceName:
    try:
        return ServiceName(word)
    except ValueError:
        known = ", ".join(f"'{name}'" for name in SERVICES)
        raise click.BadParameter(say("'{word}' is not one of {known}.", word=word, known=known)) from None


def _pages(text: str) -> PageChoice:
    try:
        return PageChoice.parse(text)
    except ValueError as error:
        raise click.BadParameter(say("{why:text}. Write all, or numbers such as 1,3-5.", why=error)) from None


AfterOption = Annotated[
    AfterRun,
    Option(
        "--after",
        help=say("What the computer does once all is saved, after a minute in which Ctrl-C keeps it on."),
    ),
]
CountdownOption = Annotated[
    float, Option("--countdown", min=0, hidden=True, help=say("Seconds that --after counts down."))
]

_SERVICES = f"[{'|'.join(SERVICES)}]"
DOLLAR_SERVICES = ", ".join(name.label for name in SERVICES if name.unit is Unit.USD)

ModelOption = Annotated[
    str | None,
    Option(
        "--model", "-m", metavar="NAME", complete="models", help=say("Display name, API name or alias, in any case.")
    ),
]
ModelsOption = Annotated[
    list[str],
    Option(
        "--model",
        "-m",
        metavar="NAME",
        complete="models",
        help=say(
            "Display name, API name or alias, in any case. Can be repeated: each picture is sent once and made with "
            "every model."
        ),
    ),
]
PresetOption = Annotated[
    str | None,
    Option(
        "--preset",
        metavar="NAME",
        complete="presets",
        help=say("Settings that were saved under a name, or a preset's file. What else is given here wins."),
    ),
]
ServiceOption = Annotated[
    ServiceName | None,
    Option(
        "--service",
        "-s",
        parser=_service,
        metavar=_SERVICES,
        help=say("Where it runs. Default: the service in the settings."),
    ),
]
AccountOption = Annotated[
    str | None,
    Option(
        "--account",
        metavar="NAME",
        complete="accounts",
        help=say("The account at the service that pays, by its name. Default: the one in use (account use)."),
    ),
]
WhoseOption = Annotated[
    ServiceName, Option("--service", "-s", parser=_service, metavar=_SERVICES, help=say("Whose models."))
]
SetOption = Annotated[
    list[str],
    Option(
        "--set",
        metavar="NAME=VALUE",
        complete="settings",
        help=say("A setting of the model; can be repeated. What is not set, the service decides."),
    ),
]
ScaleOption = Annotated[
    float | None,
    Option(
        "--scale",
        metavar="X",
        help=say("Both sides times this. Default 2 for models that take a size; models that keep the size take none."),
    ),
]
ScalesOption = Annotated[
    list[float],
    Option(
        "--scale",
        metavar="X",
        help=say(
            "Both sides times this. Can be repeated, as all sizes: a result for each. Default 2 for models that take a "
            "size; models that keep the size take none."
        ),
    ),
]
WidthsOption = Annotated[list[int], Option("--width", metavar="PIXELS", help=say("Width of the result in pixels."))]
HeightsOption = Annotated[list[int], Option("--height", metavar="PIXELS", help=say("Height of the result in pixels."))]
LongEdgesOption = Annotated[
    list[int], Option("--long-edge", metavar="PIXELS", help=say("Longer side of the result in pixels."))
]
MegapixelsOption = Annotated[
    list[float], Option("--megapixels", metavar="MP", help=say("At most this many megapixels."))
]
PrintsOption = Annotated[
    list[str],
    Option(
        "--print-size",
        metavar="WxHcm|WxHin",
        help=say("As large as fits on this paper, either way round and uncropped: 30x20cm, 12x8in."),
    ),
]
DpiOption = Annotated[
    float,
    Option("--dpi", metavar="DPI", help=say("Resolution of --print-size, which the result states. Default 300.")),
]
FormatsOption = Annotated[
    list[str],
    Option(
        "--format",
        metavar="FORMAT",
        help=say(
            "jpeg, png, tiff, or same (as the original). Can be repeated: the best of them is paid for, and the others "
            "are made from it here, free."
        ),
    ),
]
QualityOption = Annotated[
    int | None,
    Option(
        "--jpeg-quality",
        metavar="1-100",
        min=LEAST_QUALITY,
        max=MOST_QUALITY,
        help=say(
            "Quality of JPEGs that are written on this computer: results of {local}, and copies. Less is smaller and "
            "coarser. Default {usual}.",
            local="--service local",
            usual=JPEG_QUALITY,
        ),
    ),
]
CompressionOption = Annotated[
    TiffCompression | None,
    Option(
        "--tiff-compression",
        help=say(
            "Of TIFFs that are written on this computer; all are lossless. Some programs cannot open {usual}. Default "
            "{usual}.",
            usual=TiffCompression.DEFLATE.value,
        ),
    ),
]
OutOption = Annotated[
    Path | None,
    Option(
        "--out",
        metavar="DIR",
        help=say(
            "Folder for results; sub-folders of the originals are mirrored in it. Default: that of the settings, else "
            "next to the originals."
        ),
    ),
]
FlatOption = Annotated[
    bool, Option("--flat", help=say("Put all results into one folder, without the sub-folders of the originals."))
]
PagesOption = Annotated[
    PageChoice | None,
    Option(
        "--pages",
        metavar="all|1,3-5",
        parser=_pages,
        help=say(
            "Pages, frames or pictures of files that have several: each gets a result of its own, named with "
            "its number. Default: the first one."
        ),
    ),
]
LabelOption = Annotated[
    bool,
    Option(
        "--label",
        help=say("Save a copy of each result with “AI-enhanced” in a strip below the picture, too (…_labelled)."),
    ),
]
FileTimeOption = Annotated[
    FileTime, Option("--file-time", help=say("Time of the result's file: now, the source's, or when it was taken."))
]
NameOption = Annotated[
    str,
    Option(
        "--name",
        metavar="TEMPLATE",
        help=say("Name of results. Fields: {fields}.", fields=", ".join("{" + field + "}" for field in FIELDS)),
    ),
]
ConflictOption = Annotated[
    OnConflict,
    Option(
        "--on-conflict",
        metavar="RULE",
        help=say(
            "unique, skip or overwrite, where this picture's result is there already. Originals "
            "and results of other pictures are never overwritten."
        ),
    ),
]
CropOption = Annotated[
    bool, Option("--crop-to-fill", help=say("With --width and --height of another shape: crop instead of bars."))
]
ProfileOption = Annotated[
    Path | None, Option("--profile", metavar="DIR", help=say("Folder with settings and job database."))
]
JobArgument = Annotated[
    str, Argument(metavar="JOB", complete="jobs", help=say("Id of the job, or its first characters."))
]
YesOption = Annotated[bool, Option("--yes", "-y", help=say("Do not ask before spending."))]
BudgetOption = Annotated[
    str | None,
    Option(
        "--budget",
        metavar="AMOUNT",
        help=say("Most credits ({dollar_services}: dollars) to spend.", dollar_services=DOLLAR_SERVICES),
    ),
]
AgainOption = Annotated[
    bool, Option("--again", help=say("Make and pay results anew that this profile has already, or is at."))
]
BagOption = Annotated[
    Path | None,
    Option(
        "--bag",
        metavar="DIR",
        help=say(
            "Save the results as an archive bag (BagIt), too: a new folder with results, how each was made, a contact "
            "sheet and checksums."
        ),
    ),
]
OriginalsOption = Annotated[bool, Option("--with-originals", help=say("Put the originals into the bag, too."))]
Sha512Option = Annotated[bool, Option("--sha512", help=say("SHA-512 checksums in the bag beside those in SHA-256."))]
WaitOption = Annotated[
    float, Option("--wait", metavar="SECONDS", min=0, help=say("Wait at most so many seconds for the service."))
]
JsonOption = Annotated[bool, Option("--json", help=say("One JSON object a line, the summary last."))]
FromOption = Annotated[
    list[str],
    Option(
        "--files-from",
        metavar="FILE",
        help=say("Take the pictures that a file lists, one a line or ended by NUL; - is standard input."),
    ),
]
IncludeOption = Annotated[
    list[str],
    Option("--include", metavar="PATTERN", help=say("Only files with such names: '*_raw.tif'. Can be repeated.")),
]
ExcludeOption = Annotated[
    list[str],
    Option("--exclude", metavar="PATTERN", help=say("No files with such names; with a slash, paths. Can be repeated.")),
]
MirrorOption = Annotated[
    list[Path],
    Option(
        "--mirror",
        metavar="DIR",
        help=say("Mirror its sub-folders in --out for files that are named singly."),
    ),
]
NewerOption = Annotated[
    str | None,
    Option(
        "--newer-than",
        metavar="WHEN",
        help=say("Only files changed since a date, for an age (12h, 2d), or after a file."),
    ),
]
PlanOption = Annotated[
    str | None,
    Option(
        "--plan",
        metavar="HASH",
        help=say(
            "Run only what was planned, or the rest where some of it is made already: refuse, naming the difference, "
            "when a picture, price, model or target changed since. It agrees to no price."
        ),
    ),
]
ReportOption = Annotated[
    Path | None,
    Option(
        "--report",
        metavar="FILE",
        help=say("Write a report of the run: .html with before and after, .csv or .json. It replaces no file."),
    ),
]
BetweenOption = Annotated[
    str | None,
    Option(
        "--between",
        metavar="HH:MM-HH:MM",
        help=say(
            "Send only at these hours, by this computer's clock: 22:00-06:00. What is on its way at their end is "
            "finished; the rest waits for the next ones."
        ),
    ),
]
DaysOption = Annotated[
    str | None,
    Option(
        "--days", metavar="DAYS", help=say("Days on which --between begins: mon-fri, or sat,sun. Default: every day.")
    ),
]
NoWaitOption = Annotated[
    bool,
    Option(
        "--no-wait",
        help=say("Come back when all that is left waits for its hours; topazdesk jobs run goes on with it then."),
    ),
]
QuietOption = Annotated[bool, Option("--quiet", "-q", help=say("Say only what failed, the price and the end."))]
SpeedOption = Annotated[
    float | None,
    Option(
        "--sandbox-speed",
        help=say("For a sandbox that is started now: 1 as fast as a service, 0 at once."),
        hidden=True,
    ),
]


def at_speed(speed: float | None) -> Callable[[Settings], Settings] | None:
    """Return the change that `--sandbox-speed` makes to the settings of this run, or None."""
    return None if speed is None else lambda settings: settings.with_(sandbox_speed=speed)


@dataclass(frozen=True, slots=True)
class SizeOptions(SizesWords):
    """The options that set sizes; only one may be used, except that width and height may stand together."""

    scale: ScalesOption = field(default_factory=list)
    width: WidthsOption = field(default_factory=list)
    height: HeightsOption = field(default_factory=list)
    long_edge: LongEdgesOption = field(default_factory=list)
    megapixels: MegapixelsOption = field(default_factory=list)
    print_size: PrintsOption = field(default_factory=list)
    dpi: DpiOption = DEFAULT_DPI


@dataclass(frozen=True, slots=True)
class SavingOptions:
    """The options that say in which forms, where and under which names results are saved."""

    format_: FormatsOption = field(default_factory=list)
    out: OutOption = None
    flat: FlatOption = False
    label: LabelOption = False
    name: NameOption = DEFAULT_TEMPLATE
    on_conflict: ConflictOption = OnConflict.UNIQUE
    jpeg_quality: QualityOption = None
    tiff_compression: CompressionOption = None

    def words(self) -> SavingWords:
        """Return what holds for all formats."""
        return SavingWords(
            None,
            *(self.out, self.flat, self.label, self.name, self.on_conflict),
            *(self.jpeg_quality, self.tiff_compression),
        )


@dataclass(frozen=True, slots=True)
class HoursOptions:
    """The options that say at which hours a run may send."""

    between: BetweenOption = None
    days: DaysOption = None

    def hours(self) -> SendingHours | None:
        """Return the hours, None for any time. Raises UseError."""
        return read_hours(self.between, self.days)


def read_recipes(
    catalogue: Catalogue,
    service: ServiceName,
    names: list[str],
    pairs: list[str],
    sizes: SizeOptions,
    *,
    preset: Preset | None = None,
    saving: SavingOptions | None = None,
    **output: Any,
) -> list[tuple[Model, Recipe]]:
    """Return models and recipes: for each of `names`, but at least one, every size in every format.

    With several models, each takes the settings and sizes that it has. Raises UseError, also for a model named twice.
    """
    sizes_given, saving = sizes.each(), saving or SavingOptions()

    def read(name: str | None, pairs: list[str], sizes: list[SizeWords]) -> list[tuple[Model, Recipe]]:
        words, formats = saving.words(), saving.format_
        model, recipes = read_renditions(
            catalogue, service, name, pairs, sizes, formats, preset=preset, saving=words, **output
        )
        return [(model, recipe) for recipe in recipes]

    if len(names) < 2:
        return read(names[0] if names else None, pairs, sizes_given)
    models = [catalogue.find(service, name) for name in names]
    if len({model.slug for model in models}) < len(models):
        raise UseError("A model is named twice.", "Name each model once.", code=Code.USE_OPTIONS)
    known = {parameter.name for model in models for parameter in model.parameters}
    own: list[list[str]] = []
    for model in models:
        mine = [pair for pair in pairs if model.parameters.get(pair.partition("=")[0].strip()) is not None]
        # A setting that no model has is an error, which the first model reports.
        own.append(mine if own else mine + [p for p in pairs if p.partition("=")[0].strip() not in known])
    sized = [sizes_given if model.takes_size else [] for model in models]
    if not any(model.takes_size for model in models):
        sized[0] = sizes_given  # so that the first model reports this error, too
    found = [read(model.name, pairs, sizes) for model, pairs, sizes in zip(models, own, sized, strict=True)]
    return [(model, told_by_model(recipe)) for recipes in found for model, recipe in recipes]
