"""Jobs, drafts and errors as JSON, for a second program that talks to the one that works on the profile.

What is read here was written by another process: each value is checked, and anything else is a `WireError`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.draft import draft
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobError
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.spending_limit import LimitSpan, SpendingLimit
from topazdesk.domain.trial import TrialOf
from topazdesk.engine import rows
from topazdesk.engine.pauses import Pause
from topazdesk.errors import Code, ComputerError, InputError, TopazdeskError, UseError
from topazdesk.language import say

#: More drafts in one request are nonsense.
MOST_DRAFTS = 200_000
_MOST_CREDITS = 1_000_000_000
_LONGEST_TEXT = 20_000


class WireError(Exception):
    """What came is no message of this program, or one of another version of it."""


# -- jobs ------------------------------------------------------------------------------------------------------------


def job_to_json(job: Job) -> dict[str, Any]:
    """Return a job as the database has it, by column; paths as text that keeps every byte of a name."""
    row = zip(rows.COLUMNS, rows.to_row(job), strict=True)
    return {name: os.fsdecode(value) if isinstance(value, bytes) else value for name, value in row}


def job_from_json(data: Any) -> Job:
    """Return the job that `job_to_json` wrote. Raises WireError."""
    if not isinstance(data, dict):
        raise WireError("a job is no object")
    try:
        return rows.from_row(data)
    except rows.BrokenRowError as error:
        raise WireError(f"no job: {error}") from error


# -- drafts ----------------------------------------------------------------------------------------------------------


def drafts_to_json(drafts: Sequence[Draft]) -> dict[str, Any]:
    """Return drafts as one object; equal recipes are written once."""
    recipes: dict[str, int] = {}  # by their JSON: equal recipes may differ in it, as 1 == True
    entries: list[dict[str, Any]] = []
    for one in drafts:
        place = recipes.setdefault(json.dumps(one.recipe.to_json()), len(recipes))
        info, price = one.info, one.estimate
        entries.append(
            {
                "path": os.path.abspath(info.path),  # noqa: PTH100 - a link keeps its name
                "page": info.page if info.is_page_chosen else None,
                "bytes": info.bytes_on_disk,
                "mtime_ns": info.mtime_ns,
                "recipe": place,
                "target": [one.target.width, one.target.height],
                "price": [price.credits, price.source.value, price.duration_s, price.unit.value],
                "trial": None if one.trial is None else one.trial.to_json(),
            }
        )
    return {"recipes": [json.loads(text) for text in recipes], "drafts": entries}


async def drafts_from_json(
    data: Mapping[str, Any], catalogue: Catalogue
) -> tuple[dict[int, Draft], dict[int, TopazdeskError]]:
    """Return the drafts by their place, and why others cannot be started. Raises WireError.

    Nothing is believed: each file is read again, and its price is worked out again. A draft is refused unless it is the
    same file at the same price that was agreed to. What is tried together is started together or not at all: why a
    trial cannot be started is raised.
    """
    recipes = [_recipe(each) for each in _list(data.get("recipes"))]
    entries = [_Entry(each, recipes) for each in _list(data.get("drafts"))]
    infos = await asyncio.to_thread(_read, entries)
    drafts: dict[int, Draft] = {}
    refused: dict[int, TopazdeskError] = {}
    for number, (entry, info) in enumerate(zip(entries, infos, strict=True)):
        try:
            drafts[number] = entry.draft(info, catalogue)
        except TopazdeskError as error:
            if entry.is_trial:
                raise
            refused[number] = error
        if number % 100 == 99:
            await asyncio.sleep(0)  # thousands at once must not block a window
    return drafts, refused


class _Entry:
    """One draft as it came: a file, a recipe, and the price that was agreed to."""

    def __init__(self, data: Any, recipes: Sequence[Recipe]) -> None:
        try:
            self.path = Path(_text(data["path"]))
            self.page = None if data["page"] is None else _number(data["page"], 1_000_000)
            self._bytes, self._mtime_ns = _number(data["bytes"], 1 << 60), int(data["mtime_ns"])
            self._recipe = recipes[_number(data["recipe"], len(recipes) - 1)]
            width, height = data["target"]
            self._target = _number(width, 1_000_000), _number(height, 1_000_000)
            credits_, source, duration, unit = data["price"]
            duration_s = None if duration is None else float(duration)
            self._price = Estimate(_number(credits_, _MOST_CREDITS), EstimateSource(source), duration_s, Unit(unit))
            self._trial = None if data["trial"] is None else TrialOf.from_json(data["trial"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise WireError(f"no draft: {error}") from error
        if not self.path.is_absolute() or "\0" in str(self.path):
            raise WireError("a path is not absolute")

    @property
    def is_trial(self) -> bool:
        return self._trial is not None

    def draft(self, info: ImageInfo | InputError, catalogue: Catalogue) -> Draft:
        """Return the draft, made anew. Raises TopazdeskError."""
        if isinstance(info, InputError):
            raise info
        if (info.bytes_on_disk, info.mtime_ns) != (self._bytes, self._mtime_ns):
            raise InputError(
                "The picture was changed since its price was shown",
                "It was not started. Start the command again.",
                code=Code.INPUT_CHANGED,
            )
        model = catalogue.by_slug(self._recipe.service, self._recipe.model)
        if model is None:
            raise UseError(
                "The topazdesk that is running does not know this model",
                "Its catalogue is another one. Close it, then start the command again.",
                code=Code.USE_UNKNOWN_MODEL,
            )
        made = draft(info, model, self._recipe, confirmed=self._price if self._price.is_confirmed else None)
        price, size = made.estimate, (made.target.width, made.target.height)
        if (price.credits, price.unit, price.source, size) != (
            self._price.credits,
            self._price.unit,
            self._price.source,
            self._target,
        ):
            raise UseError(
                "The price is not the one that was agreed to",
                say(
                    "It is {price:text} in the topazdesk that is running. Nothing was started; start the command "
                    "again.",
                    price=price.text,
                ),
                code=Code.USE_PRICE_AGREED,
            )
        return replace(made, trial=self._trial)


def _read(entries: Sequence[_Entry]) -> list[ImageInfo | InputError]:
    """Read the headers of all files. Blocking."""
    from topazdesk.media.headers import read_all, read_pages

    whole = list(dict.fromkeys(entry.path for entry in entries if entry.page is None))
    known = dict(zip(whole, read_all(whole), strict=True))
    return [known[entry.path] if entry.page is None else read_pages(entry.path, (entry.page,))[0] for entry in entries]


def _recipe(data: Any) -> Recipe:
    try:
        return Recipe.from_json(data)
    except ValueError as error:
        raise WireError(str(error)) from error


# -- limits -----------------------------------------------------------------------------------------------------------


def limits_to_json(limits: Sequence[SpendingLimit]) -> list[list[Any]]:
    """Return the limits under which drafts are to be started."""
    return [[limit.span.value, limit.amount] for limit in limits]


def limits_from_json(data: Any) -> tuple[SpendingLimit, ...]:
    """Return the limits that `limits_to_json` wrote. Raises WireError: one that is not understood is never left out."""
    try:
        return tuple(SpendingLimit(LimitSpan(span), _number(amount, 1 << 62)) for span, amount in _list(data))
    except (TypeError, ValueError) as error:
        raise WireError(f"no limits: {error}") from error


# -- errors and pauses ------------------------------------------------------------------------------------------------


def _kinds(kind: type[TopazdeskError] = TopazdeskError) -> dict[str, type[TopazdeskError]]:
    found = {kind.__name__: kind}
    for each in kind.__subclasses__():
        found |= _kinds(each)
    return found


def error_to_json(error: TopazdeskError) -> dict[str, str]:
    """Return what a user is told of an error, and its kind."""
    return {
        "kind": type(error).__name__,
        "title": error.title,
        "hint": error.hint,
        "details": error.details,
        "code": error.code,
    }


def error_from_json(data: Any) -> TopazdeskError:
    """Return the error that `error_to_json` wrote. Raises WireError."""
    try:
        kind = _kinds().get(_text(data["kind"]), ComputerError)
        title, hint, details, code = (_text(data[name]) for name in ("title", "hint", "details", "code"))
        return kind(title, hint, details=details, code=code)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"no error: {error}") from error


def pause_to_json(pause: Pause) -> dict[str, Any]:
    """Return a pause; its jobs by their ids."""
    why = pause.why
    return {
        "account": str(pause.account),
        "jobs": [job.id for job in pause.jobs],
        "until": pause.until,
        "hours": None if pause.hours is None else pause.hours.stored,
        "why": None if why is None else [why.code, why.title, why.hint, why.details],
    }


def pause_from_json(data: Any, known: Mapping[str, Job]) -> Pause | None:
    """Return the pause as far as it is about known jobs, or None. Raises WireError."""
    try:
        jobs = tuple(known[job_id] for job_id in data["jobs"] if job_id in known)
        why = data["why"]
        trouble = None if why is None else JobError(*(_text(word) for word in why))
        hours = hours_from_json(data["hours"])
        return (
            Pause(Account.parse(_text(data["account"])), jobs, float(data["until"]), trouble, hours) if jobs else None
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"no pause: {error}") from error


def hours_from_json(data: Any) -> SendingHours | None:
    """Return the hours at which a run may be sent; None if it has none. Raises WireError."""
    try:
        return None if data is None else SendingHours.restored(_text(data))
    except ValueError as error:
        raise WireError(f"no hours: {error}") from error


# -- single values ----------------------------------------------------------------------------------------------------


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_DRAFTS:
        raise WireError("no list, or too long a one")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError("no text, or too long a one")
    return value


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no number from 0 to {most}")
    return value
