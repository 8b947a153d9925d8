"""Jobs as database rows and back, without loss: paths as bytes, records as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState, Trouble
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import TrialOf

#: One column a field, in the order of the record.
COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Job))

_PATHS = frozenset({"source", "result", "target"})
_SIZES = frozenset({"source_size", "target_size", "result_size"})


class BrokenRowError(Exception):
    """A row that is not a job (a damaged database, or a record from another version)."""


def to_row(job: Job) -> tuple[object, ...]:
    """The values of `COLUMNS` for SQLite."""
    return tuple(_encode(name, getattr(job, name)) for name in COLUMNS)


def from_row(row: Mapping[str, Any]) -> Job:
    """The job of a row. Raises BrokenRowError."""
    try:
        return Job(**{name: _decode(name, row[name]) for name in COLUMNS})
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BrokenRowError(str(error)) from error


def text(value: str) -> str:
    """A text that SQLite can hold: what a service answers may contain half a surrogate pair."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _encode(name: str, value: Any) -> object:
    if value is None:
        return None
    if name in _PATHS:
        return os.fsencode(value)  # names need not be UTF-8
    if name in _SIZES:
        return f"{value.width}x{value.height}"
    match value:
        case Recipe():
            return _recipe_text(value)
        case Estimate():
            return json.dumps([value.credits, value.source.value, value.duration_s, value.unit.value])
        case Trouble():
            return json.dumps([value.code, value.title, value.hint, value.details])
        case TrialOf():
            return json.dumps(value.to_json())  # ASCII: see `_recipe_text`
        case JobState() | FileFormat():
            return value.value
        case bool():
            return int(value)
        case str():
            return text(value)
        case _:
            return value


_texts: dict[int, tuple[Recipe, str]] = {}  # by identity: equal recipes may differ in JSON (1 and true are equal)


def _recipe_text(recipe: Recipe) -> str:
    """All jobs of a run share one recipe, and each is written many times."""
    known = _texts.get(id(recipe))
    if known is not None and known[0] is recipe:
        return known[1]
    if len(_texts) >= 64:
        _texts.clear()
    text_ = json.dumps(recipe.to_json())  # ASCII: a folder's name may hold surrogates
    _texts[id(recipe)] = (recipe, text_)
    return text_


def _decode(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _PATHS:
        return Path(os.fsdecode(value))
    if name in _SIZES:
        width, height = str(value).split("x")
        return Size(int(width), int(height))
    match name:
        case "recipe":
            return Recipe.from_json(json.loads(value))
        case "estimate":
            credits_, source, duration, *unit = json.loads(value)
            return Estimate(int(credits_), EstimateSource(source), duration, Unit(unit[0]) if unit else Unit.CREDIT)
        case "trouble":
            return Trouble(*json.loads(value))
        case "state" | "resume_to":
            return JobState(value)
        case "format":
            return FileFormat(value)
        case "trial":
            return TrialOf.from_json(json.loads(value))
        case "cancel_wanted" | "is_hidden" | "by_source":
            return bool(value)
        case _:
            return value
