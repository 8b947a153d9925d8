"""The words in which people say a recipe, on a command line or in a run's file, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from topazdesk.app.presets import SUFFIX, Preset, Presets, read_preset
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.copies import BEST_FIRST, can_be_made, may_be_written_here
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.draft import output_with_default
from topazdesk.domain.encoding import LEAST_QUALITY, MOST_QUALITY, Encoding, TiffCompression
from topazdesk.domain.geometry import DEFAULT_DPI, OutputSize, Paper, PaperUnit, SizeMode, print_problem
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.money import Unit, micro_usd
from topazdesk.domain.params import Value, carry_over
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, FileTime, OnConflict, OutputOptions, Recipe
from topazdesk.domain.renditions import renditions
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, UseError
from topazdesk.language import capital, say

#: "30x20cm", "11,7 × 8.3 in".
_PAPER = re.compile(r'\s*(\d+(?:[.,]\d+)?)\s*[x×*]\s*(\d+(?:[.,]\d+)?)\s*(cm|inch|in|")\s*$', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SizeWords:
    """The words that set a size; only one may be used, except that width and height may stand together."""

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    long_edge: int | None = None
    megapixels: float | None = None
    print_size: str | None = None
    dpi: float = DEFAULT_DPI

    def output_size(self) -> OutputSize | None:
        """Return the chosen size, or None. Raises UseError for two ways at once or a value out of range."""
        box = self.width is not None and self.height is not None
        given = {
            "--scale": self.scale,
            "--width": self.width,
            "--height": None if box else self.height,
            "--long-edge": self.long_edge,
            "--megapixels": self.megapixels,
            "--print-size": self.print_size,
        }
        used = {name: value for name, value in given.items() if value is not None}
        if len(used) > 1:
            raise UseError(
                "Only one way to say the size can be used.",
                say("Given: {used}. Width and height may stand together.", used=", ".join(used)),
                code=Code.USE_SIZE,
            )
        if self.dpi != DEFAULT_DPI and self.print_size is None:
            raise UseError("--dpi goes with --print-size.", "For example: --print-size 30x20cm", code=Code.USE_SIZE)
        for name, value in [*used.items(), ("--height", self.height if box else None)]:
            if isinstance(value, int | float) and not 0 < value <= 32_000:
                shown = f"{value:g}" if isinstance(value, float) else one_line(str(value), 20)
                raise UseError(
                    say("{name} {shown} cannot be used.", name=name, shown=shown),
                    "It must be above 0 and at most 32,000.",
                    code=Code.USE_SIZE,
                )
        if not used:
            return None
        if self.print_size is not None:
            return read_print_size(self.print_size, self.dpi)
        if box and self.width is not None and self.height is not None:
            return OutputSize(SizeMode.BOX, self.width, self.height)
        name, number = next(iter(used.items()))
        return OutputSize(SizeMode(name.removeprefix("--").replace("-", "_")), float(number))


@dataclass(frozen=True, slots=True)
class SizesWords:
    """The words that set several sizes: one way to say them, with as many values as there are sizes.

    Width and height may stand together, as one size.
    """

    scale: list[float] = field(default_factory=list)
    width: list[int] = field(default_factory=list)
    height: list[int] = field(default_factory=list)
    long_edge: list[int] = field(default_factory=list)
    megapixels: list[float] = field(default_factory=list)
    print_size: list[str] = field(default_factory=list)
    dpi: float = DEFAULT_DPI

    def each(self) -> list[SizeWords]:
        """Return the words of each size; one without any where none is given. Raises UseError."""
        ways: dict[str, Sequence[float | str]] = {
            "scale": self.scale,
            "width": self.width,
            "height": self.height,
            "long_edge": self.long_edge,
            "megapixels": self.megapixels,
            "print_size": self.print_size,
        }
        given = {way: values for way, values in ways.items() if values}
        first: dict[str, Any] = {way: values[0] for way, values in given.items()}
        words = SizeWords(**first, dpi=self.dpi)
        if len(given) != 1:
            words.output_size()  # refuses more ways than one
            if any(len(values) > 1 for values in given.values()):
                raise UseError(
                    "--width and --height together are one size.",
                    "Give each once, or several of one of them.",
                    code=Code.USE_SIZE,
                )
            return [words]
        way, values = next(iter(given.items()))
        one: list[dict[str, Any]] = [{way: value} for value in values]
        return [replace(words, **each) for each in one]


@dataclass(frozen=True, slots=True)
class SavingWords:
    """The words that say in which form, where and under which names results are saved.

    `format_`, `jpeg_quality`, `tiff_compression` None: nothing was said of it.
    """

    format_: str | None = None
    out: Path | None = None
    flat: bool = False
    label: bool = False
    name: str = DEFAULT_TEMPLATE
    on_conflict: OnConflict = OnConflict.UNIQUE
    jpeg_quality: int | None = None
    tiff_compression: TiffCompression | None = None

    def encoding(self, before: Encoding) -> Encoding:
        """Return how files are encoded, as it was `before` where nothing is said. Raises UseError."""
        try:
            return Encoding(
                before.jpeg_quality if self.jpeg_quality is None else self.jpeg_quality,
                before.tiff_compression if self.tiff_compression is None else self.tiff_compression,
            )
        except ValueError as error:
            raise UseError(
                say("--jpeg-quality {quality} cannot be used.", quality=one_line(str(self.jpeg_quality), 40)),
                say("It is a whole number from {least} to {most}.", least=LEAST_QUALITY, most=MOST_QUALITY),
                code=Code.USE_FORMAT,
            ) from error


def read_hours(between: str | None, days: str | None = None) -> SendingHours | None:
    """Return the hours, None for any time. Raises UseError."""
    if between is None:
        if days is not None:
            raise UseError("--days goes with --between.", "For example: --between 22:00-06:00", code=Code.USE_HOURS)
        return None
    try:
        return SendingHours.read(between, days or "")
    except ValueError as error:
        given = one_line(f"{between} {days or ''}".strip(), 100)
        raise UseError(
            say("The hours {given} cannot be used.", given=given),
            say("{why:text}. For example: --between 22:00-06:00 --days mon-fri", why=capital(str(error))),
            code=Code.USE_HOURS,
        ) from error


def read_print_size(text: str, dpi: float) -> OutputSize:
    """Return the size of `--print-size` and `--dpi`. Raises UseError."""
    found = _PAPER.match(text)
    if found is None:
        raise UseError(
            say("--print-size {text} cannot be used.", text=text),
            "Write it like 30x20cm or 12x8in.",
            code=Code.USE_SIZE,
        )
    width, height = (float(found[side].replace(",", ".")) for side in (1, 2))
    unit = PaperUnit.INCH if found[3].lower() in ("in", "inch", '"') else PaperUnit.CM
    paper = Paper(width, height, unit)
    problem = print_problem(paper, dpi)
    if problem:
        raise UseError(
            say("--print-size {text} at {dpi:g} dpi cannot be used.", text=text, dpi=dpi), problem, code=Code.USE_SIZE
        )
    return OutputSize.print(paper, dpi)


def read_values(model: Model, pairs: list[str]) -> dict[str, Value]:
    """Return the values of `--set name=value`. Raises UseError, which says what is allowed."""
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        parameter = model.parameters.get(name.strip())
        if not equals:
            raise UseError(
                say("--set {pair} has no value.", pair=pair), "Write --set name=value.", code=Code.USE_PARAMETER
            )
        if parameter is None:
            known = ", ".join(model.parameters.names)
            raise UseError(
                say("{model} has no setting “{name}”.", model=model.name, name=name),
                say("It has: {known}.", known=known) if known else say("It has no settings."),
                code=Code.USE_PARAMETER,
            )
        try:
            values[parameter.name] = parameter.parse(text)
        except ValueError as error:
            raise UseError(
                say("{parameter} cannot be {text}.", parameter=parameter.name, text=repr(text)),
                say("Allowed: {parameter:text}.", parameter=parameter.range_text()),
                code=Code.USE_PARAMETER,
            ) from error
    return values


def read_format(text: str) -> FileFormat | None:
    """Return the format of `--format`; None is "same". Raises UseError."""
    word = {"jpg": "jpeg", "tif": "tiff"}.get(text.lower(), text.lower())
    if word == "same":
        return None
    if word not in ("jpeg", "png", "tiff"):
        raise UseError(
            say("--format {text} is not known.", text=text), "Use jpeg, png, tiff or same.", code=Code.USE_FORMAT
        )
    return FileFormat(word)


def read_recipe(
    catalogue: Catalogue,
    service: ServiceName,
    model_name: str | None,
    pairs: list[str],
    size: SizeWords,
    *,
    preset: Preset | None = None,
    saving: SavingWords | None = None,
    crop_to_fill: bool = False,
    file_time: FileTime = FileTime.NOW,
) -> tuple[Model, Recipe]:
    """Return the model and recipe that the options ask for, on top of those of `preset`. Raises UseError."""
    saving = saving or SavingWords()
    model, base = _start(catalogue, service, model_name, preset)
    values = base.settings | read_values(model, pairs)
    chosen = size.output_size()
    if chosen is not None and not model.takes_size and chosen != OutputSize.scale(1):
        raise UseError(
            say("{model} keeps the size of the picture.", model=model.name),
            "Leave the size options out, or choose a model that enlarges.",
            code=Code.USE_SIZE,
        )
    folder = str(saving.out.expanduser().absolute()) if saving.out is not None else ""
    kind = None if saving.format_ is None else read_format(saving.format_)
    if kind is not None and kind not in model.formats:
        raise UseError(
            say(
                "{model} at {service} does not write {kind}.", model=model.name, service=service.label, kind=kind.value
            ),
            say("It writes {formats}.", formats=" or ".join(f.value for f in model.formats)),
            code=Code.USE_FORMAT,
        )
    before = base.output  # of the preset, or the defaults
    output = OutputOptions(
        chosen or before.size,
        before.format if saving.format_ is None else kind,
        crop_to_fill or before.crop_to_fill,
        folder,
        saving.name if saving.name != DEFAULT_TEMPLATE else before.template,
        saving.on_conflict if saving.on_conflict is not OnConflict.UNIQUE else before.on_conflict,
        file_time if file_time is not FileTime.NOW else before.file_time,
        saving.flat or before.flat,
        saving.label or before.label,
        encoding=saving.encoding(before.encoding),
    )
    return model, Recipe.of(service, model.slug, values, output_with_default(output, service, model))


def read_renditions(
    catalogue: Catalogue,
    service: ServiceName,
    model_name: str | None,
    pairs: list[str],
    sizes: Sequence[SizeWords],
    formats: Sequence[str] = (),
    *,
    preset: Preset | None = None,
    saving: SavingWords | None = None,
    crop_to_fill: bool = False,
    file_time: FileTime = FileTime.NOW,
) -> tuple[Model, tuple[Recipe, ...]]:
    """Return the model and a recipe for every size in every format; see `read_recipe` for the rest. Raises UseError."""

    def read(size: SizeWords, format_: str | None) -> tuple[Model, Recipe]:
        words = replace(saving or SavingWords(), format_=format_)
        return read_recipe(
            catalogue,
            service,
            model_name,
            pairs,
            size,
            preset=preset,
            saving=words,
            crop_to_fill=crop_to_fill,
            file_time=file_time,
        )

    all_sizes = list(sizes) or [SizeWords()]
    all_formats: list[str | None] = [*formats] or [None]
    model, first = read(all_sizes[0], all_formats[0])
    outputs = [first.output, *(read(each, all_formats[0])[1].output for each in all_sizes[1:])]
    kinds = [first.output.format, *(read(all_sizes[0], each)[1].output.format for each in all_formats[1:])]
    recipes = renditions(first, [output.size for output in outputs], kinds)
    if saving is not None:
        check_encoding(saving, model, recipes[0])
    return model, recipes


def check_encoding(saving: SavingWords, model: Model, recipe: Recipe) -> None:
    """Raise UseError for words about files that this program does not write, before a file is paid for as it comes."""
    written = may_be_written_here(recipe, model.formats)
    options = (
        (FileFormat.JPEG, "--jpeg-quality", saving.jpeg_quality),
        (FileFormat.TIFF, "--tiff-compression", saving.tiff_compression),
    )
    for kind, option, value in options:
        if value is None or kind in written:
            continue
        service, shown = recipe.service, kind.upper()
        made = {each for source in SERVICE_FORMATS for each in recipe.output.formats_for(source, model.formats)}
        if kind not in made:
            title = say("{option} has no effect: no {kind} is written.", option=option, kind=shown)
            hint = say("Leave it out, or add --format {word}.", word=kind.value)
        else:
            title = say(
                "{option} has no effect: {service} writes the {kind} itself.",
                option=option,
                service=service.label,
                kind=shown,
            )
            better = next((each for each in BEST_FIRST if each in model.formats and can_be_made(kind, each)), None)
            hint = (
                say("Leave it out.")
                if better is None
                else say(
                    "Leave it out, or take --format {better} --format {word}: the {better_name} is paid for, and "
                    "the {kind} made from it here, free.",
                    better=better.value,
                    word=kind.value,
                    better_name=better.upper(),
                    kind=shown,
                )
            )
        raise UseError(title, hint, code=Code.USE_FORMAT)


def _start(
    catalogue: Catalogue, service: ServiceName, model_name: str | None, preset: Preset | None
) -> tuple[Model, Recipe]:
    """Return the model and recipe before the other options are read: the preset's, or those of a bare model."""
    if preset is None:
        if model_name is None:
            raise UseError("--model or --preset is needed.", "All models: topazdesk models", code=Code.USE_OPTIONS)
        model = catalogue.find(service, model_name)
        return model, Recipe.of(service, model.slug, {}, OutputOptions())
    model, recipe = preset.recipe_for(catalogue, service)
    if model_name is None:
        return model, recipe
    wanted = catalogue.find(service, model_name)
    values = carry_over(recipe.settings, model.parameters, wanted.parameters)
    return wanted, Recipe.of(service, wanted.slug, values, output_with_default(recipe.output, service, wanted))


def find_preset(folder: Path, named: str | None) -> Preset | None:
    """Return the preset that `--preset` names, one of the profile's or a file, or None when none is named.

    Blocking. Raises UseError.
    """
    if named is None:
        return None
    path = Path(named)
    return read_preset(path) if path.suffix == SUFFIX and path.is_file() else Presets(folder).find(named)


def read_budget(text: str | None, unit: Unit, option: str = "--budget") -> int | None:
    """Return the budget in credits or millionths of a dollar, or None when none was given.

    `text` is a number of credits, or of dollars such as 1.50. Raises UseError for anything else, and for more than any
    account can hold.
    """
    if text is None:
        return None
    try:
        amount = micro_usd(text.strip().removeprefix("$")) if unit is Unit.USD else int(text)
    except ValueError:
        amount = -1
    if not 0 <= amount < most_amount(unit):
        kind = say("dollars, for example 1.50") if unit is Unit.USD else say("credits, for example 20")
        raise UseError(
            say("{option} {text} cannot be used.", option=option, text=text[:40] or "“”"),
            say("It is an amount of {kind:text}.", kind=kind),
            code=Code.USE_BUDGET,
        )
    return amount


def most_amount(unit: Unit) -> int:
    """Return an amount that no account holds: a limit from here on is a typing error."""
    return 10**15 if unit is Unit.USD else 10**9
