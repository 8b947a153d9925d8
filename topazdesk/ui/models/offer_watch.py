"""Ask the service about unverified models.

It is asked as soon as the user looks at one, which becomes usable only once the service has accepted it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QObject, Signal

from topazdesk.app.offers import Offers
from topazdesk.domain.catalogue import Model
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, TopazdeskError, UseError
from topazdesk.language import day_text, titled
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr, translated

_log = logging.getLogger(__name__)


class OfferWatch(QObject):
    """Checks unverified models on demand (`want`). `settled` follows each check, whether or not it got an answer."""

    settled = Signal()

    def __init__(self, offers: Offers, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._offers = offers
        self._spawn = spawn
        self._asking: set[tuple[ServiceName, str]] = set()
        self._once_more: set[tuple[ServiceName, str]] = set()  # asked for again while an answer was waited for
        self._failed: dict[tuple[ServiceName, str], TopazdeskError] = {}

    def want(self, service: ServiceName, models: Iterable[Model]) -> None:
        """Ask `service` about the unverified ones of `models`, except those that it has accepted already."""
        for model in models:
            key = (service, model.slug)
            if self._offers.problem(service, model) is None:
                continue
            if key in self._asking:
                self._once_more.add(key)
            else:
                self._asking.add(key)
                self._failed.pop(key, None)
                self._spawn(f"offer of {model.slug}", self._ask(service, model))

    def problem(self, service: ServiceName, model: Model) -> UseError | None:
        """Return why the model cannot be used now, worded for the footer, or None if it can."""
        known = self._offers.problem(service, model)
        key = (service, model.slug)
        if known is None or known.code == Code.USE_MODEL_REFUSED:
            return known
        names = {"service": translated(service.label), "model": model.name}
        if key in self._asking:
            return UseError(
                tr("Asking {service} about {model}…").format(**names),
                tr("An estimate settles whether it takes this model. It costs nothing."),
                code=Code.USE_NOT_VERIFIED,
            )
        failed = self._failed.get(key)
        if failed is not None:
            return UseError(
                tr("{service} could not be asked about {model}").format(**names),
                titled(failed.title, failed.hint),
                details=failed.details,
                code=Code.USE_NOT_VERIFIED,
            )
        return known

    def note(self, service: ServiceName, model: Model) -> tuple[str, str]:
        """Return a short note for the model's card and its colour, or ("", "") for a model that needs no check."""
        if not model.needs_check:
            return "", ""
        verdict = self._offers.verdict(service, model)
        if verdict is not None and verdict.accepted:
            return tr("{service} accepted it on {day}").format(
                service=translated(service.label), day=day_text(date.fromisoformat(verdict.day))
            ), "text2"
        if verdict is not None:
            return tr("{service} does not take it").format(service=translated(service.label)), "warn"
        if (service, model.slug) in self._asking:
            return tr("Asking {service} whether it takes it…").format(service=translated(service.label)), "text2"
        return tr("Not verified: {service} could not be asked yet").format(service=translated(service.label)), "warn"

    async def _ask(self, service: ServiceName, model: Model) -> None:
        key = (service, model.slug)
        try:
            await self._offers.check(service, model)
        except TopazdeskError as error:
            _log.info("no word on %s: %s (%s)", model.slug, error.title, error.code)
            self._failed[key] = error
        finally:
            self._asking.discard(key)
            if key in self._once_more:
                self._once_more.discard(key)
                if key in self._failed:  # perhaps with a key, or at an address, that is another one by now
                    self.want(service, [model])
            self.settled.emit()
