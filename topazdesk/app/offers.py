"""Which unverified models may be offered: those whose name the service's own estimate call accepted, kept with the day.

An estimate needs sizes only, is never charged, and refuses names that the service does not know. So it settles what no
page states. What could not be asked (no key, no connection) settles nothing and is asked again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from topazdesk.disk import private_file
from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.names import shown_path
from topazdesk.disk.reading import read_json
from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import default_output_size
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import Clock, EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ComputerError, RejectedError, TopazdeskError, UseError

Ask = Callable[[ServiceName, EstimateRequest], Awaitable[Estimate]]

#: An accepted name is asked for again after so many days; a refused one whenever somebody wants it.
GOOD_FOR = timedelta(days=30)

#: A picture of everyday size that every model takes.
_ASKED_WITH = Size(1500, 1000)
_VERSION = 1
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the service answered on `day` (ISO). `details` is technical: why it refused."""

    accepted: bool
    day: str
    details: str = ""


class Offers:
    """The verdicts of one profile. `load` first; `check` asks where nothing fresh is known."""

    def __init__(self, path: Path, ask: Ask, clock: Clock) -> None:
        self._path, self._ask, self._clock = path, ask, clock
        self._verdicts: dict[str, Verdict] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def load(self) -> None:
        """Reads what is kept; blocking. A damaged file is as good as none: everything is asked once more."""
        try:
            data: Any = read_json(self._path, _MOST_BYTES)
            if data["version"] == _VERSION:
                self._verdicts = {
                    str(key): Verdict(bool(v["accepted"]), str(date.fromisoformat(v["day"])), str(v["details"]))
                    for key, v in data["verdicts"].items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._verdicts = {}

    def verdict(self, service: ServiceName, model: Model) -> Verdict | None:
        """What is known; None where the service was not asked yet, or too long ago."""
        known = self._verdicts.get(_key(service, model))
        if known is None or (known.accepted and self._today() - date.fromisoformat(known.day) > GOOD_FOR):
            return None
        return known

    def problem(self, service: ServiceName, model: Model) -> UseError | None:
        """Why `model` cannot be used at `service` now, or None: it can."""
        if not model.needs_check:
            return None
        known = self.verdict(service, model)
        if known is None:
            return UseError(f"{model.name} is not verified.", model.check_sentence, code=Code.USE_NOT_VERIFIED)
        return None if known.accepted else refusal(service, model, known)

    async def check(self, service: ServiceName, model: Model) -> Verdict:
        """Asks the service, unless it accepted the model lately; several askers at a time are one question.

        Raises what the service raises when it could not answer (no key, no connection, busy): nothing is settled then.
        """
        known = self.verdict(service, model)
        if not model.needs_check or (known is not None and known.accepted):
            return known or Verdict(True, self._today().isoformat())
        key = _key(service, model)
        lock = self._locks.setdefault(key, asyncio.Lock())
        if lock.locked():  # somebody is asking just now
            async with lock:
                return self._verdicts.get(key) or await self._settle(key, service, model)
        async with lock:
            return await self._settle(key, service, model)

    async def require(self, service: ServiceName, model: Model) -> None:
        """Returns when `model` may be used; asks where needed. Raises UseError when the service refused it."""
        verdict = await self.check(service, model)
        if not verdict.accepted:
            raise refusal(service, model, verdict)

    async def _settle(self, key: str, service: ServiceName, model: Model) -> Verdict:
        day = self._today().isoformat()
        try:
            await self._ask(service, _question(service, model))
        except RejectedError as error:
            verdict = Verdict(False, day, _technical(error))
        else:
            verdict = Verdict(True, day)
        self._verdicts[key] = verdict
        await asyncio.to_thread(self._save)
        return verdict

    def _save(self) -> None:
        data = {"version": _VERSION, "verdicts": {key: asdict(v) for key, v in self._verdicts.items()}}
        try:
            private_file.write(self._path, json.dumps(data, indent=1))
        except OSError as error:
            raise ComputerError(
                "The profile folder cannot be written.",
                f"{remedy(cause_of(error), shown_path(self._path.parent))}. Nothing was sent or charged.",
                details=str(error),
                code=Code.DISK_PROFILE,
            ) from error

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.now(), UTC).date()


def refusal(service: ServiceName, model: Model, verdict: Verdict) -> UseError:
    """The refusal in plain words."""
    return UseError(
        f"{service.label} does not take {model.name}.",
        f"It gave no estimate for this model on {verdict.day}, so the model is not offered. "
        "Nothing was sent or charged. Choose another model.",
        details=verdict.details,
        code=Code.USE_MODEL_REFUSED,
    )


def _key(service: ServiceName, model: Model) -> str:
    return f"{service.value}/{model.slug}/{model.api_model}/{model.endpoint}"


def _question(service: ServiceName, model: Model) -> EstimateRequest:
    target = default_output_size(service, model).resolve(_ASKED_WITH) if model.takes_size else None
    format_ = FileFormat.JPEG if FileFormat.JPEG in model.formats else model.formats[0]
    return EstimateRequest(model, _ASKED_WITH, target, format_, {})


def _technical(error: TopazdeskError) -> str:
    return " · ".join(part for part in (error.title, error.details) if part)
