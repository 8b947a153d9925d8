"""Converts jobs to database rows and back without loss: paths as bytes, records as JSON.

A row of a damaged or older database may hold values that no job can have. Where such a value is only shown (a
percentage, a time), it is read as unknown; where it decides about money, the row is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.disk.names import path_bytes
from topazdesk.domain.account import is_account_id
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobError, JobState, Verdict
from topazdesk.domain.kept import KeptReport
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.sent_file import SentFile
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf
from topazdesk.engine import sane_reports

if TYPE_CHECKING:
    import sqlite3

#: One column per field, in the order of the record.
COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Job))

_PATHS = frozenset({"source", "result", "target", "label"})
_SIZES = frozenset({"source_size", "target_size", "result_size"})
_TIME_MOST = sane_reports.LATEST  # Unix seconds, before or after 1970
_COUNT_MOST = 1_000_000_000_000
_BYTES_MOST = 1 << 50


class BrokenRowError(Exception):
    """A row that is no valid job: the database is damaged, or it is a record of another version."""


def to_row(job: Job) -> tuple[object, ...]:
    """Return the values of `COLUMNS` for SQLite."""
    return tuple(_encode(name, getattr(job, name)) for name in COLUMNS)


def from_row(row: Mapping[str, Any] | sqlite3.Row) -> Job:
    """Return the job of a row. Raises BrokenRowError."""
    try:
        return from_values([row[name] for name in COLUMNS])
    except (KeyError, IndexError) as error:
        raise BrokenRowError(str(error)) from error


def from_values(values: list[Any]) -> Job:
    """Return the job of the values of `COLUMNS`, given in their order. Raises BrokenRowError."""
    try:
        for place, decode in _DECODERS:
            if values[place] is not None:
                values[place] = decode(values[place])
        job = Job(*values)
        return job if _is_valid(job) else _repaired(job)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BrokenRowError(str(error)) from error


def _is_valid(job: Job) -> bool:
    """Tell whether every value is one that a job can have. Fast, as there may be many thousand rows."""
    least, most = -_TIME_MOST, _TIME_MOST
    try:
        return (
            0.0 <= job.percent <= 100.0
            and least <= job.created_at <= most
            and least <= job.changed_at <= most
            and least <= job.not_before <= most
            and least <= job.intent_at <= most
            and (job.remote_eta is None or least <= job.remote_eta <= most)
            and (job.submitted_at is None or least <= job.submitted_at <= most)
            and (job.completed_at is None or least <= job.completed_at <= most)
            and 0 <= job.estimate.credits <= sane_reports.MOST_AMOUNT
            and (job.charged is None or 0 <= job.charged <= sane_reports.MOST_AMOUNT)
            and (job.refunded is None or 0 <= job.refunded <= sane_reports.MOST_AMOUNT)
            and -_COUNT_MOST <= job.position <= _COUNT_MOST
            and 0 <= job.attempts <= _COUNT_MOST
            and 0 <= job.damaged <= _COUNT_MOST
            and 0 <= job.resends <= _COUNT_MOST
            and 0 <= job.result_bytes <= _BYTES_MOST
            and 0 <= job.delivered_bytes <= _BYTES_MOST
            and type(job.id) is type(job.token) is type(job.remote_id) is type(job.source_id) is str
            and is_account_id(job.account_id)
            and type(job.key_mark) is str
            and type(job.echoed) is type(job.result_digest) is type(job.delivered_digest) is str
            and type(job.position) is type(job.attempts) is type(job.damaged) is type(job.resends) is int
        )
    except TypeError:  # text where a number belongs
        return False


def _repaired(job: Job) -> Job:
    """Return the job without values that cannot be true. Raises BrokenRowError where they decide about money."""
    for name in ("id", "token", "remote_id", "source_id"):
        if type(getattr(job, name)) is not str:
            raise BrokenRowError(f"{name} is not text")
    if not is_account_id(job.account_id):
        raise BrokenRowError("the account is not known")
    for name in ("intent_at", "resends"):
        if not _is_within(getattr(job, name), _TIME_MOST):
            raise BrokenRowError(f"{name} is not a valid number")
    estimated = sane_reports.amount(job.estimate.credits)
    if estimated is None:
        raise BrokenRowError("the estimate is not an amount")
    return replace(
        job,
        percent=sane_reports.percent(job.percent),
        remote_eta=_time(job.remote_eta),
        created_at=_time(job.created_at) or 0.0,
        changed_at=_time(job.changed_at) or 0.0,
        not_before=_time(job.not_before) or 0.0,
        submitted_at=_time(job.submitted_at),
        completed_at=_time(job.completed_at),
        # As in the ledger: an impossible charge counts as one that the service did not report.
        charged=estimated if job.charged is not None and sane_reports.amount(job.charged) is None else job.charged,
        refunded=sane_reports.amount(job.refunded),
        echoed=job.echoed if isinstance(job.echoed, str) else "",
        result_digest=job.result_digest if isinstance(job.result_digest, str) else "",
        position=_count(job.position),
        attempts=max(0, _count(job.attempts)),
        damaged=max(0, _count(job.damaged)),
        resends=max(0, _count(job.resends)),
        # Without a length the part file is downloaded again, and a file already in place is recognised by its digest.
        delivered_bytes=job.delivered_bytes
        if _is_within(job.delivered_bytes, _BYTES_MOST) and job.delivered_bytes >= 0
        else 0,
        delivered_digest=job.delivered_digest if isinstance(job.delivered_digest, str) else "",
        key_mark=job.key_mark if isinstance(job.key_mark, str) else "",  # sent with a key that is unknown
        result_bytes=job.result_bytes if _is_within(job.result_bytes, _BYTES_MOST) and job.result_bytes >= 0 else 0,
    )


def _is_within(value: object, most: float) -> bool:
    return type(value) in (int, float) and -most <= value <= most  # type: ignore[operator]


def _time(value: Any) -> float | None:
    return float(value) if _is_within(value, _TIME_MOST) else None


def _count(value: Any) -> int:
    return value if type(value) is int and _is_within(value, _COUNT_MOST) else 0


def service_of(recipe: str) -> ServiceName | None:
    """Return the service of a recipe as stored in a row; None if it is not a valid recipe."""
    try:
        return _recipe(recipe).service
    except (TypeError, ValueError, RecursionError):
        return None


def text(value: str) -> str:
    """Return text that SQLite can store: a service's answer may contain half a surrogate pair."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _encode(name: str, value: Any) -> object:
    if value is None:
        return None
    if name in _PATHS:
        return path_bytes(value)  # names need not be UTF-8
    if name in _SIZES:
        return f"{value.width}x{value.height}"
    match value:
        case Recipe():
            return recipe_text(value)
        case Estimate():
            return json.dumps([value.credits, value.source.value, value.duration_s, value.unit.value])
        case JobError():
            return json.dumps([value.code, value.title, value.hint, value.details])
        case KeptReport() | SentFile():
            return json.dumps(value.to_json())
        case TrialOf():
            return json.dumps(value.to_json())  # ASCII: see `recipe_text`
        case tuple():
            return json.dumps([copy.to_json() for copy in value])  # ASCII, too
        case SendingHours():
            return value.stored
        case JobState() | FileFormat() | Verdict():
            return value.value
        case bool():
            return int(value)
        case str():
            return text(value)
        case _:
            return value


_texts: dict[int, tuple[Recipe, str]] = {}  # by identity: equal recipes may differ in JSON, as 1 == True


def recipe_text(recipe: Recipe) -> str:
    """Return the JSON of a recipe, cached: all jobs of a run share one recipe, and each is written many times."""
    known = _texts.get(id(recipe))
    if known is not None and known[0] is recipe:
        return known[1]
    if len(_texts) >= 64:
        _texts.clear()
    text_ = json.dumps(recipe.to_json())  # ASCII: a folder's name may hold surrogates
    _texts[id(recipe)] = (recipe, text_)
    return text_


# Thousands of rows share recipes, prices, sizes and states, so each of these is decoded once.


@lru_cache(maxsize=512)
def _recipe(value: Any) -> Recipe:
    return Recipe.from_json(json.loads(value))


@lru_cache(maxsize=512)
def _estimate(value: Any) -> Estimate:
    credits_, source, duration, *unit = json.loads(value)
    return Estimate(int(credits_), EstimateSource(source), duration, Unit(unit[0]) if unit else Unit.CREDIT)


@lru_cache(maxsize=512)
def _size(value: Any) -> Size:
    width, height = str(value).split("x")
    return Size(int(width), int(height))


def _size_shown(value: Any) -> Size | None:
    """Decode a size that is only compared and shown: None if it is invalid."""
    try:
        return _size(value)
    except ValueError:
        return None


@lru_cache(maxsize=8)  # a result and its target are the same path
def _path(value: Any) -> Path:
    return Path(os.fsdecode(value))


@lru_cache(maxsize=64)
def _copies(value: Any) -> tuple[ResultCopy, ...]:
    """Decode the copies of a result: none if they are invalid; they can be made again for free."""
    try:
        return tuple(ResultCopy.from_json(each) for each in json.loads(value))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return ()


def _trial(value: Any) -> TrialOf:
    return TrialOf.from_json(json.loads(value))


def _kept(value: Any) -> KeptReport | None:
    """Decode how the file was made: None if it is invalid, as it is only shown."""
    try:
        return KeptReport.from_json(json.loads(value))
    except (TypeError, ValueError, KeyError, RecursionError):
        return None


def _sent(value: Any) -> SentFile | None:
    """Decode what was sent: None if it is invalid, as it is only shown."""
    try:
        return SentFile.from_json(json.loads(value))
    except (TypeError, ValueError, KeyError, RecursionError):
        return None


def _verdict(value: Any) -> Verdict:
    """Decode a mark: none if it is invalid, as it is only shown."""
    try:
        return Verdict(value)
    except ValueError:
        return Verdict.NONE


def _trouble(value: Any) -> JobError | None:
    """Decode a trouble: None if it is invalid, as it is only shown. A doubtful job without one is looked up again."""
    try:
        words = json.loads(value)
        return JobError(*words) if all(isinstance(word, str) for word in words) else None
    except (TypeError, ValueError, RecursionError):
        return None


_DECODE: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_PATHS, _path),
    **dict.fromkeys(_SIZES, _size),
    "result_size": _size_shown,
    "recipe": _recipe,
    "estimate": _estimate,
    "trouble": _trouble,
    "remark": _trouble,
    "state": lru_cache(maxsize=32)(JobState),
    "resume_to": JobState,
    "format": lru_cache(maxsize=32)(FileFormat),
    "trial": _trial,
    "copies": _copies,
    "kept": _kept,
    "sent": _sent,
    "verdict": _verdict,
    "hours": lru_cache(maxsize=32)(SendingHours.restored),  # what cannot be read is refused: it decides about money
    "cancel_wanted": bool,
    "is_hidden": bool,
    "by_source": bool,
    "handed_over": bool,
}
#: Index of a column, and the function that decodes its value; other columns are taken as they are.
_DECODERS = tuple((place, _DECODE[name]) for place, name in enumerate(COLUMNS) if name in _DECODE)
