"""Presets: named recipes, one JSON file each in the profile's `presets` folder; people share the same kind of file.

A preset has no output folder, because that is a matter of each computer. Its service is only a hint, so that a preset
made in the sandbox works at Topaz.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.catalogue import Catalogue, Model, slugify
from topazdesk.domain.draft import output_with_default, recipe_problems
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ComputerError, UseError, told
from topazdesk.language import say

PRESET_VERSION = 1
SUFFIX = ".topazpreset"
LONGEST_NAME = 80
#: Most bytes of a preset file. A preset has about 600 bytes, the longest prompt 4 KB.
_MOST_BYTES = 256_000
_KIND = "topazdesk preset"


@dataclass(frozen=True, slots=True)
class Preset:
    """A recipe with a name; its output folder is always empty."""

    name: str
    recipe: Recipe

    def to_text(self) -> str:
        """Return the text of the preset's file."""
        data = {"kind": _KIND, "version": PRESET_VERSION, "name": self.name, "recipe": _bare(self.recipe).to_json()}
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"

    def recipe_for(self, catalogue: Catalogue, service: ServiceName, folder: str = "") -> tuple[Model, Recipe]:
        """Return model and recipe for `service`, with results in `folder`.

        Raises UseError if the service does not have the model, or a value cannot be used there.
        """
        model = catalogue.by_slug(service, self.recipe.model)
        if model is None:
            raise UseError(
                say("“{name}” is for a model that {service} does not have", name=self.name, service=service.label),
                say(
                    "It was made for {service}, with the model “{model}”.",
                    service=self.recipe.service.label,
                    model=self.recipe.model,
                ),
                code=Code.USE_PRESET_MODEL,
            )
        known = {name: value for name, value in self.recipe.values if model.parameters.get(name) is not None}
        # What else was made of a result is no setting of it.
        output = output_with_default(replace(self.recipe.output, folder=folder, copies=()), service, model)
        if output.format is not None and output.format not in model.formats:
            output = replace(output, format=None)
        recipe = Recipe.of(service, model.slug, known, output)
        problems = recipe_problems(model, recipe)
        if problems:
            raise UseError(
                say("“{name}” holds a setting that cannot be used", name=self.name),
                told(problems[0].title, problems[0].hint),
                code=Code.USE_PRESET_VALUE,
            )
        return model, recipe


def read_preset(path: Path) -> Preset:
    """Return the preset in a file. Blocking. Raises UseError if it is not a preset."""
    try:
        data = read_json(path, _MOST_BYTES)
        if data["kind"] != _KIND:
            raise ValueError("not marked as a preset")
        if data["version"] > PRESET_VERSION:
            raise UseError(
                "This preset is from a newer topazdesk",
                say("Install a newer version to use it: {path}", path=path.name),
                code=Code.USE_PRESET_VERSION,
            )
        name = checked_name(data["name"])
        return Preset(name, _bare(Recipe.from_json(data["recipe"])))
    except OSError as error:
        raise UseError(
            "The preset cannot be read",
            say("Check that the file still exists: {path}", path=path.name),
            details=str(error),
            code=Code.USE_PRESET_FILE,
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UseError(
            say("{path} is not a preset", path=path.name),
            "The file is damaged, or something else. It was left as it is.",
            details=str(error),
            code=Code.USE_PRESET_FILE,
        ) from error


def checked_name(name: object) -> str:
    """Return `name` without extra spaces. Raises UseError if it cannot be a name."""
    text = " ".join(name.split()) if isinstance(name, str) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise UseError(
            "A preset needs a name",
            say("Up to {longest_name} letters, without line breaks.", longest_name=LONGEST_NAME),
            code=Code.USE_PRESET_NAME,
        )
    return text


class Presets:
    """The presets of a profile. All methods are blocking: call them from a worker thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[list[Preset], list[UseError]]:
        """Return the presets sorted by name, and what is wrong with files that cannot be read."""
        found: list[Preset] = []
        faults: list[UseError] = []
        for path in self._files():
            try:
                found.append(read_preset(path))
            except UseError as error:
                faults.append(error)
        return sorted(found, key=lambda each: each.name.casefold()), faults

    def find(self, name: str) -> Preset:
        """Return the preset called `name`, in any case. Raises UseError with the existing names."""
        presets, _ = self.all()
        for preset in presets:
            if preset.name.casefold() == name.strip().casefold():
                return preset
        names = ", ".join(say("“{words}”", words=each.name) for each in presets)
        raise UseError(
            say("There is no preset called “{name}”", name=name),
            say("There are: {names:text}", names=names)
            if names
            else say("None are saved yet. Save one in the window, or import a file."),
            code=Code.USE_NO_PRESET,
        )

    def save(self, preset: Preset) -> Preset:
        """Save a preset, replacing one of the same name. Raises UseError for a bad name, ComputerError."""
        preset = Preset(checked_name(preset.name), _bare(preset.recipe))
        path = self._path_of(preset.name) or self._free_path(preset.name)
        _write(path, preset.to_text())
        return preset

    def rename(self, old: str, new: str) -> Preset:
        """Give a preset another name. Raises UseError if the name is taken or cannot be a name."""
        name = checked_name(new)
        preset = self.find(old)
        taken = self._path_of(name)
        if taken is not None and name.casefold() != old.strip().casefold():
            raise UseError(
                say("There is a preset called “{name}” already", name=name),
                "Choose another name.",
                code=Code.USE_PRESET_TAKEN,
            )
        before = self._path_of(old)
        kept = self.save(Preset(name, preset.recipe))
        after = self._path_of(name)
        if before is not None and before != after:
            _remove(before)
        return kept

    def delete(self, name: str) -> None:
        """Delete a preset, if there is one."""
        path = self._path_of(name)
        if path is not None:
            _remove(path)

    def export(self, name: str, path: Path) -> Path:
        """Write a preset to a file of the user and return its path, with the usual suffix if it had none."""
        preset = self.find(name)
        target = path if path.suffix else path.with_suffix(SUFFIX)
        _write(target, preset.to_text(), 0o666)
        return target

    def import_file(self, path: Path) -> Preset:
        """Add a shared preset file; if another recipe has its name, a number is added. Raises UseError."""
        preset = read_preset(path)
        known = {each.name.casefold(): each for each in self.all()[0]}
        name, number = preset.name, 2
        while name.casefold() in known and known[name.casefold()].recipe != preset.recipe:
            name, number = f"{preset.name[: LONGEST_NAME - 5]} {number}", number + 1
        return self.save(Preset(name, preset.recipe))

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == SUFFIX)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ComputerError(
                "The presets cannot be read",
                "Check the permissions of the profile folder.",
                details=str(error),
                code=Code.DISK_PRESETS,
            ) from error

    def _path_of(self, name: str) -> Path | None:
        wanted = name.strip().casefold()
        for path in self._files():
            try:
                if read_preset(path).name.casefold() == wanted:
                    return path
            except UseError:
                continue
        return None

    def _free_path(self, name: str) -> Path:
        stem = slugify(name)[:60] or "preset"
        path = self._folder / f"{stem}{SUFFIX}"
        return path if not path.exists() else self._folder / f"{stem}-{uuid4().hex[:8]}{SUFFIX}"


def _bare(recipe: Recipe) -> Recipe:
    return replace(recipe, output=replace(recipe.output, folder=""))


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        private_file.write(path, text, mode)
    except OSError as error:
        raise ComputerError(
            "The preset could not be saved",
            "Check the free space and the permissions of the folder.",
            details=str(error),
            code=Code.DISK_PRESET,
        ) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ComputerError(
            "The preset could not be deleted",
            "Check the permissions of the profile folder.",
            details=str(error),
            code=Code.DISK_PRESET,
        ) from error
