"""Decides which unverified models may be offered: those that the service's own estimate call has accepted.

An estimate needs only sizes, is never charged, and is refused for unknown model names. So it answers what the
documentation leaves open. The answers are stored with their day. If the service cannot be asked (no key, no
connection), nothing is decided and it is asked again later.
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
from topazdesk.language import day_text, say

Ask = Callable[[ServiceName, EstimateRequest], Awaitable[Estimate]]

#: How long an acceptance is valid. A refusal is checked again whenever the model is asked for.
GOOD_FOR = timedelta(days=30)

#: An everyday picture size that every model accepts.
_ASKED_WITH = Size(1500, 1000)
_VERSION = 1
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """The service's answer about a model on `day` (ISO date). `details` is the technical reason of a refusal."""

    accepted: bool
    day: str
    details: str = ""


class Offers:
    """The verdicts of one profile. Call `load` first; `check` asks the service if no recent verdict is known."""

    def __init__(self, path: Path, ask: Ask, clock: Clock) -> None:
        self._path = path
        self._ask = ask
        self._clock = clock
        self._verdicts: dict[str, OfferAnswer] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def load(self) -> None:
        """Read the stored verdicts; blocking. A damaged file counts as empty: everything is asked again."""
        try:
            data: Any = read_json(self._path, _MOST_BYTES)
            if data["version"] == _VERSION:
                self._verdicts = {
                    str(key): OfferAnswer(bool(v["accepted"]), str(date.fromisoformat(v["day"])), str(v["details"]))
                    for key, v in data["verdicts"].items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._verdicts = {}

    def verdict(self, service: ServiceName, model: Model) -> OfferAnswer | None:
        """Return the known verdict; None if the service was not asked yet, or too long ago."""
        known = self._verdicts.get(_key(service, model))
        if known is None or (known.accepted and self._today() - date.fromisoformat(known.day) > GOOD_FOR):
            return None
        return known

    def problem(self, service: ServiceName, model: Model) -> UseError | None:
        """Return why `model` cannot be used at `service` now, or None if it can."""
        if not model.needs_check:
            return None
        known = self.verdict(service, model)
        if known is None:
            return UseError(
                say("{model} is not verified", model=model.name), model.check_sentence, code=Code.USE_NOT_VERIFIED
            )
        return None if known.accepted else refusal(service, model, known)

    async def check(self, service: ServiceName, model: Model) -> OfferAnswer:
        """Ask the service, unless it accepted the model recently; concurrent calls share one question.

        Raises what the service raises if it cannot answer (no key, no connection, busy); nothing is decided then.
        """
        known = self.verdict(service, model)
        if not model.needs_check or (known is not None and known.accepted):
            return known or OfferAnswer(True, self._today().isoformat())
        key = _key(service, model)
        lock = self._locks.setdefault(key, asyncio.Lock())
        if lock.locked():  # another call is asking just now
            async with lock:
                return self._verdicts.get(key) or await self._settle(key, service, model)
        async with lock:
            return await self._settle(key, service, model)

    async def require(self, service: ServiceName, model: Model) -> None:
        """Return if `model` may be used, after asking where needed. Raises UseError if the service refused it."""
        verdict = await self.check(service, model)
        if not verdict.accepted:
            raise refusal(service, model, verdict)

    async def _settle(self, key: str, service: ServiceName, model: Model) -> OfferAnswer:
        day = self._today().isoformat()
        try:
            await self._ask(service, _question(service, model))
        except RejectedError as error:
            verdict = OfferAnswer(False, day, _technical(error))
        else:
            verdict = OfferAnswer(True, day)
        self._verdicts[key] = verdict
        await asyncio.to_thread(self._save)
        return verdict

    def _save(self) -> None:
        data = {"version": _VERSION, "verdicts": {key: asdict(v) for key, v in self._verdicts.items()}}
        try:
            private_file.write(self._path, json.dumps(data, indent=1))
        except OSError as error:
            raise ComputerError(
                "The profile folder cannot be written",
                say(
                    "{remedy:text}. Nothing was sent or charged.",
                    remedy=remedy(cause_of(error), shown_path(self._path.parent)),
                ),
                details=str(error),
                code=Code.DISK_PROFILE,
            ) from error

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.now(), UTC).date()


def refusal(service: ServiceName, model: Model, verdict: OfferAnswer) -> UseError:
    """Return the error for a refused model."""
    return UseError(
        say("{service} does not take {model}", service=service.label, model=model.name),
        say(
            "It gave no estimate for this model on {day}, so the model is not offered. Nothing was sent or charged. "
            "Choose another model.",
            day=day_text(date.fromisoformat(verdict.day)),
        ),
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
