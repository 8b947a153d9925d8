"""The file of a run: read, written, and kept for each run. TOML, for the command line and the window alike.

Its keys are the options of `enhance` with underscores, in sections that make it easy to read. Paths are relative to the
file. A file agrees to no price: a person, --yes or a budget does, and `budget` in the file is such a budget.
"""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from typing import Any

from topazdesk.app.inputs import Choice, read_moment
from topazdesk.app.presets import Preset
from topazdesk.app.recipe_words import (
    SavingWords,
    SizesWords,
    SizeWords,
    check_encoding,
    find_preset,
    read_budget,
    read_format,
    read_hours,
    read_recipe,
)
from topazdesk.disk import private_file
from topazdesk.disk.names import shown_path
from topazdesk.disk.newest import beyond_newest
from topazdesk.disk.reading import read_text
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.copies import may_be_written_here
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.encoding import USUAL, Encoding, TiffCompression
from topazdesk.domain.geometry import DEFAULT_DPI, OutputSize, SizeMode
from topazdesk.domain.image import FileFormat, PictureKey
from topazdesk.domain.job import Job
from topazdesk.domain.mirrored import Mirror
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, FileTime, OnConflict, Recipe
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, UseError
from topazdesk.language import say

VERSION = 1
MOST_BYTES = 64_000_000
_MOST_KEPT = 1_000
#: The keys of each section, "" for the top of the file, in the order in which they are written.
SECTIONS: dict[str, tuple[str, ...]] = {
    "": (
        *("inputs", "files_from", "include", "exclude", "newer_than", "mirror", "pages"),
        *("service", "account", "model", "preset"),
    ),
    "settings": (),
    "output": (
        *("scale", "width", "height", "long_edge", "megapixels", "print_size", "dpi", "crop_to_fill", "format"),
        *("jpeg_quality", "tiff_compression"),
        *("out", "name", "flat", "on_conflict", "file_time", "label", "again"),
        *("bag", "with_originals", "sha512", "report"),
    ),
    "caps": ("budget",),
    "schedule": ("between", "days"),
}
#: Keys whose values are paths.
PATHS = frozenset({"inputs", "files_from", "mirror", "out", "bag", "report"})
#: Keys that are true or false, and keys that may have several values. All others have one.
SWITCHES = frozenset({"crop_to_fill", "flat", "label", "again", "with_originals", "sha512"})
LISTS = frozenset({"inputs", "files_from", "include", "exclude", "mirror", "model"})
#: Keys that may have several values, each of which is a result of its own.
RENDITIONS = ("scale", "width", "height", "long_edge", "megapixels", "print_size", "format")
#: Keys that say what the window does not do by itself.
_NOT_IN_WINDOW = ("again", "bag", "with_originals", "sha512", "report")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunTerms:
    """What holds for a run beside its pictures and recipe: the most that it may cost, in whole units, and its hours."""

    budget: int | None = None
    hours: SendingHours | None = None


@dataclass(frozen=True, slots=True)
class RunWishes:
    """What a file asks for. `left_out` has the keys that only the command line carries out.

    With `pages`, each of these pages of a file is a picture of its own. `account` is the name of the one that pays; "":
    the one in use.
    """

    inputs: tuple[Path, ...]
    files_from: tuple[str, ...]
    choice: Choice
    mirror: tuple[Path, ...]
    recipe: Recipe
    terms: RunTerms
    left_out: tuple[str, ...]
    pages: PageChoice | None = None
    account: str = ""


def read_run_file(path: Path) -> dict[str, Any]:
    """Return what a file says. Blocking. Raises UseError for a file that is no run or has a key that is not known."""
    try:
        data = tomllib.loads(read_text(path, MOST_BYTES))
    except FileNotFoundError as error:
        raise UseError(
            say("There is no file {path}", path=one_line(path.name, 400)),
            "Check its name and folder. The file of the last run: topazdesk jobs file last",
            details=shown_path(path),
            code=Code.USE_RUN_FILE,
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise wrong(path, why or type(error).__name__) from error
    if data.pop("version", None) != VERSION:
        raise wrong(path, say("it must begin with: version = {version}", version=VERSION))
    for section, keys in SECTIONS.items():
        found = data if not section else data.get(section, {})
        if not isinstance(found, Mapping):
            raise wrong(path, say("{section} is no section", section=section))
        allowed = (*keys, *filter(None, SECTIONS)) if not section else keys
        unknown = [key for key in found if key not in allowed] if section != "settings" else []
        if unknown:
            where = say("in [{section}]", section=section) if section else say("at the top")
            raise wrong(
                path,
                say("“{unknown}” is not known {place:text}", unknown=unknown[0], place=where),
                say("Known there: {allowed}.", allowed=", ".join(allowed)),
            )
        for key, value in found.items():
            if section or key not in SECTIONS:
                _check_value(path, key, value, is_setting=section == "settings")
    return data


def _check_value(path: Path, key: str, value: object, *, is_setting: bool) -> None:
    """Raise UseError unless a value is of its key's kind.

    As a word of a command line, again = "false" would pay again, budget = [] would be no budget, and an empty word the
    folder of the file with all that is in it.
    """
    if key in SWITCHES and not is_setting:
        if not isinstance(value, bool):
            raise wrong(path, say("“{key}” must be true or false, without quotation marks", key=key))
        return
    if isinstance(value, list) and (is_setting or key not in (*LISTS, *RENDITIONS)):
        raise wrong(path, say("“{key}” has one value, no list", key=key))
    if value == [] and key in RENDITIONS and not is_setting:  # no size is not the usual size
        raise wrong(path, say("“{key}” is empty or has a NUL character in it", key=key))
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool) and not is_setting:
            raise wrong(path, say("“{key}” cannot be true or false", key=key))
        if not isinstance(one, str | int | float | date | time):
            raise wrong(path, say("“{key}” cannot be a section", key=key))
        if isinstance(one, str) and ("\0" in one or not (one or is_setting)):
            raise wrong(path, say("“{key}” is empty or has a NUL character in it", key=key))


def absolute(value: object, base: Path) -> str:
    """Return a path of a file as it is from everywhere; `base` is the folder of the file."""
    text = str(value)
    return text if text.startswith("file:") else os.path.join(base, os.path.expanduser(text))  # noqa: PTH111, PTH118


def value_text(value: object) -> str:
    """Return a value as a word of a command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_HELP = say("What a file may say: topazdesk run --help. An example: topazdesk jobs file last")


def wrong(path: Path, why: str, hint: str = "") -> UseError:
    """Return the error about a file that is no run; `hint` is what helps with it before the usual help."""
    return UseError(
        say("{path} is not a run file: {why:text}", path=one_line(path.name, 400), why=one_line(why, 400)),
        " ".join(filter(None, (hint, _HELP))),
        details=shown_path(path),
        code=Code.USE_RUN_FILE,
    )


def read_wishes(path: Path, catalogue: Catalogue, service: ServiceName, presets: Path, folder: str) -> RunWishes:
    """Return what a file asks for. Blocking. Raises UseError for what cannot be read or is not offered.

    `service` is taken where the file names none, and so is `folder` for results, as on the command line.
    """
    data = read_run_file(path)
    base = path.absolute().parent
    out, caps, when = (data.get(section, {}) for section in ("output", "caps", "schedule"))
    try:
        named = ServiceName(data["service"]) if "service" in data else service
        values = {key: [_size_value(path, key, one) for one in _list(out[key])] for key in _SIZES if key in out}
        dpi = values.pop("dpi", [DEFAULT_DPI])[0]
        sizes, formats = SizesWords(**values, dpi=dpi).each(), [str(each) for each in _list(out.get("format", []))]
        saving = SavingWords(
            formats[0] if formats else None,
            Path(absolute(out["out"], base)) if "out" in out else None,
            bool(out.get("flat")),
            bool(out.get("label")),
            str(out.get("name", DEFAULT_TEMPLATE)),
            OnConflict(out.get("on_conflict", OnConflict.UNIQUE)),
            _whole(path, "jpeg_quality", out["jpeg_quality"]) if "jpeg_quality" in out else None,
            TiffCompression(out["tiff_compression"]) if "tiff_compression" in out else None,
        )
        file_time = FileTime(out.get("file_time", FileTime.NOW))
        pages = PageChoice.parse(str(data["pages"])) if "pages" in data else None
    except ValueError as error:
        raise wrong(path, str(error)) from error
    models = [str(each) for each in _list(data.get("model", []))]
    preset: Preset | None = find_preset(presets, str(data["preset"]) if "preset" in data else None)
    pairs = [f"{name}={value_text(value)}" for name, value in data.get("settings", {}).items()]
    model, recipe = read_recipe(
        catalogue,
        named,
        models[0] if models else None,
        pairs,
        sizes[0],
        preset=preset,
        saving=saving,
        crop_to_fill=bool(out.get("crop_to_fill")),
        file_time=file_time,
    )
    told = tuple(map(read_format, formats)) or (recipe.output.format,)
    whole = replace(recipe, output=replace(recipe.output, format=told[0], copies=told[1:]))
    check_encoding(saving, model, whole)
    if not recipe.output.folder:
        recipe = replace(recipe, output=replace(recipe.output, folder=folder))
    between, days = (when.get(key) for key in ("between", "days"))
    hours = read_hours(None if between is None else str(between), None if days is None else str(days))
    budget = read_budget(str(caps["budget"]) if "budget" in caps else None, named.unit)
    newer = data.get("newer_than")
    choice = Choice(
        tuple(map(str, _list(data.get("include", [])))),
        tuple(map(str, _list(data.get("exclude", [])))),
        read_moment(None if newer is None else str(newer)),
    )
    left_out = [key for key in _NOT_IN_WINDOW if data.get(key) or out.get(key)]
    return RunWishes(
        tuple(Path(absolute(each, base)) for each in _list(data.get("inputs", []))),
        tuple(absolute(each, base) for each in _list(data.get("files_from", []))),
        choice,
        tuple(Path(absolute(each, base)) for each in _list(data.get("mirror", []))),
        recipe,
        RunTerms(budget, hours),
        (*left_out, *models[1:], *map(_size_text, sizes[1:]), *formats[1:]),
        pages,
        str(data.get("account", "")),
    )


def _size_text(size: SizeWords) -> str:
    """Return a size in the words of a file, for people."""
    given = {key: getattr(size, key) for key in _SIZES if key != "dpi"}
    return ", ".join(f"{key} = {value}" for key, value in given.items() if value is not None)


_SIZES = ("scale", "width", "height", "long_edge", "megapixels", "print_size", "dpi")


def _size_value(path: Path, key: str, value: object) -> Any:
    """Return a value of a size: words for paper, a whole number for pixels, else any number, as on the command line."""
    if key == "print_size":
        return str(value)
    if key in ("width", "height", "long_edge"):
        return _whole(path, key, value)
    try:
        return float(str(value))
    except ValueError as error:
        raise wrong(path, say("“{key}” must be a number", key=key)) from error


def _whole(path: Path, key: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise wrong(path, say("“{key}” must be a whole number", key=key)) from error


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text_of(
    inputs: Sequence[Path],
    model: Model,
    recipe: Recipe,
    terms: RunTerms | None = None,
    *,
    mirror: Iterable[Path] = (),
    pages: str = "",
    account: str = "",
    sizes: Sequence[OutputSize] = (),
    formats: Sequence[FileFormat | None] = (),
) -> str:
    """Return the file of a run of `inputs` with a recipe: all that determines it, nothing left to the settings.

    `account` is the account's name, "" to leave that to whoever runs the file. `sizes`, all of one kind, and `formats`
    stand for those of the recipe where each picture was made in several.
    """
    import tomlkit

    terms, output = terms or RunTerms(), recipe.output
    top: dict[str, Any] = {"pages": pages} if pages else {}
    folders = [str(each) for each in mirror]
    top |= {"mirror": folders} if folders and output.folder and not output.flat else {}
    top |= {"service": recipe.service.value} | ({"account": account} if account else {}) | {"model": model.name}
    out = _sizes_keys(sizes or [output.size]) if model.takes_size else {}
    out |= {"crop_to_fill": True} if output.crop_to_fill else {}
    words = [each.value if each is not None else "same" for each in formats or output.told_formats]
    out["format"] = words if len(words) > 1 else words[0]
    several = replace(output, format=formats[0], copies=tuple(formats[1:])) if formats else output
    written = may_be_written_here(replace(recipe, output=several), model.formats)
    out |= output.encoding.only_for(written).to_json()
    out |= {"out": output.folder} if output.folder else {}
    out |= {"name": output.template, "on_conflict": output.on_conflict.value, "file_time": output.file_time.value}
    out |= {key: True for key, wanted in (("flat", output.flat), ("label", output.label)) if wanted}
    caps: dict[str, Any] = {}
    if terms.budget is not None:
        caps["budget"] = terms.budget if recipe.service.unit is not Unit.USD else terms.budget / MICRO_USD
    when: dict[str, Any] = {}
    if terms.hours is not None:
        when = {"between": terms.hours.between_text}
        when |= {"days": terms.hours.days_text} if terms.hours.days_text else {}
    document = tomlkit.document()
    document.update(top)
    for name, found in (("settings", recipe.settings), ("output", out), ("caps", caps), ("schedule", when)):
        if found:
            table = tomlkit.table()
            table.update(found)
            document[name] = table
    return f"version = {VERSION}\n{inputs_text(inputs)}{tomlkit.dumps(document)}"


def inputs_text(paths: Sequence[Path]) -> str:
    """Return the line that names the pictures of a run.

    A list of tomlkit takes a time that grows with the square of its length: minutes for 100,000 pictures.
    """
    import tomlkit

    named = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - a link stays what it is
    return f"inputs = [{', '.join(tomlkit.item(name).as_string() for name in named)}]\n"


def _sizes_keys(sizes: Sequence[OutputSize]) -> dict[str, Any]:
    each = [_size_keys(size) for size in sizes]
    if len(each) < 2:
        return each[0]
    return {key: value if key == "dpi" else [keys[key] for keys in each] for key, value in each[0].items()}


def _size_keys(size: OutputSize) -> dict[str, Any]:
    number = int(size.value) if size.value == int(size.value) else size.value
    match size.mode:
        case SizeMode.KEEP:
            return {}
        case SizeMode.BOX:
            return {"width": int(size.value), "height": size.height_px}
        case SizeMode.PRINT if size.paper is not None:
            paper = size.paper
            return {"print_size": f"{paper.width:g}x{paper.height:g}{paper.unit.value}", "dpi": number}
        case _:
            return {size.mode.value: number}


def text_of_run(jobs: Sequence[Job], catalogue: Catalogue) -> str:
    """Return a file of a past run that kept none, made from its jobs. Raises UseError where one file cannot say it."""
    ordinary = [job for job in jobs if job.trial is None and not job.was_found]
    if not ordinary:
        raise _no_file(say("It tried models on a patch, or fetched what was lost"))
    sizes, formats = _sizes_and_formats(ordinary)
    ordinary = _with_common_encoding(ordinary)
    ordinary = [_in_form(job, sizes[0], formats[0]) for job in ordinary] if sizes else ordinary
    recipe, mirror = _common_recipe(ordinary)
    pages = {job.recipe.page for job in ordinary}
    model = None if recipe is None else catalogue.by_slug(recipe.service, recipe.model)
    if recipe is None or model is None or len(pages) > 1:
        raise _no_file(say("It was no run of one recipe for all its pictures"))
    page = "".join(str(each + 1) for each in pages if each is not None)
    paths = list(dict.fromkeys(job.picture for job in ordinary))
    account = "" if ordinary[0].account.is_default else ordinary[0].account_id
    terms = RunTerms(None, ordinary[0].hours)
    return text_of(
        paths, model, recipe, terms, mirror=mirror, pages=page, account=account, sizes=sizes, formats=formats
    )


def _sizes_and_formats(jobs: Sequence[Job]) -> tuple[list[OutputSize], list[FileFormat | None]]:
    """Return the sizes and formats in which the jobs make every picture; none where one file cannot say them."""
    made: dict[PictureKey, set[tuple[OutputSize, FileFormat | None]]] = {}
    same: dict[PictureKey, FileFormat] = {}  # what the picture's own format comes to
    for job in jobs:
        output = job.recipe.output
        told = job.recipe.output.told_formats
        if None in told:
            same[job.key] = job.format
        made.setdefault(job.key, set()).update((output.size, each or same[job.key]) for each in told)
    sizes = list(dict.fromkeys(job.recipe.output.size for job in jobs))
    formats = list(dict.fromkeys(each for job in jobs for each in job.recipe.output.told_formats))
    modes, dpis = {size.mode for size in sizes}, {size.dpi for size in sizes}
    is_sayable = len(sizes) == 1 or (len(modes) == len(dpis) == 1 and not modes & {SizeMode.BOX, SizeMode.KEEP})
    is_whole = all(
        found == {(size, each or same.get(key)) for size in sizes for each in formats} for key, found in made.items()
    )
    return (sizes, formats) if is_sayable and is_whole else ([], [])


def _in_form(job: Job, size: OutputSize, format_: FileFormat | None) -> Job:
    output = replace(job.recipe.output, size=size, format=format_, copies=())
    return replace(job, recipe=replace(job.recipe, output=output))


def _with_common_encoding(jobs: list[Job]) -> list[Job]:
    """Return the jobs with what each says of the files that it writes, if together they say one thing."""
    said: dict[FileFormat, set[Encoding]] = {}
    for job in jobs:
        output, is_all = job.recipe.output, job.recipe.service.traits.writes_here or job.recipe.output.label
        for kind in {*filter(None, output.copies), *([job.format] if is_all else [])}:
            said.setdefault(kind, set()).add(output.encoding.only_for((kind,)))
    if any(len(found) > 1 for found in said.values()):
        return jobs
    (jpeg,), (tiff,) = (said.get(kind, {USUAL}) for kind in (FileFormat.JPEG, FileFormat.TIFF))
    encoding = Encoding(jpeg.jpeg_quality, tiff.tiff_compression)

    def with_it(recipe: Recipe) -> Recipe:
        return replace(recipe, output=replace(recipe.output, encoding=encoding))

    return [replace(job, recipe=with_it(job.recipe)) for job in jobs]


def _no_file(why: str) -> UseError:
    hint = say("{why:text}: topazdesk jobs report shows what it made.", why=why)
    return UseError("This run has no file", hint, code=Code.USE_RUN_FILE)


def _common_recipe(jobs: Sequence[Job]) -> tuple[Recipe | None, tuple[Path, ...]]:
    """Return the recipe that all jobs come from, None if there are several, and the folder that it mirrored."""
    recipes = {replace(job.recipe, page=None) for job in jobs}
    if len(recipes) < 2:
        return next(iter(recipes), None), ()
    folders = {each.output.folder for each in recipes}
    if not all(folders) or len({replace(each, output=replace(each.output, folder="")) for each in recipes}) > 1:
        return None, ()
    try:
        out, top = os.path.commonpath(folders), Path(os.path.commonpath({job.picture.parent for job in jobs}))
    except ValueError:  # on several drives
        return None, ()
    first = next(iter(recipes))
    recipe, mirror = replace(first, output=replace(first.output, folder=out)), Mirror([top])
    is_mirrored = all(mirror.recipe_for(job.picture, recipe) == replace(job.recipe, page=None) for job in jobs)
    return (recipe, (top,)) if is_mirrored else (None, ())


def kept_text(folder: Path, run_id: str) -> str | None:
    """Return the file that a run kept, None if it kept none. Blocking."""
    try:
        return read_text(folder / f"{run_id}.toml", MOST_BYTES)
    except (OSError, ValueError):
        return None


def keep_run_file(folder: Path, run_id: str, text: str) -> None:
    """Keep a run's file; the oldest are dropped. Blocking. Trouble changes nothing about the run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_file.write(folder / f"{run_id}.toml", text)
        for old in beyond_newest(folder.glob("*.toml"), _MOST_KEPT):
            old.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        _log.warning("the run's file was not kept: %s", type(error).__name__)
