"""Asks the service for the prices of candidates that are not published, a moment after the last change."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from topazdesk.app.trials import Trials
from topazdesk.domain.candidates import Candidate
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import Patch
from topazdesk.errors import TopazdeskError, UseError
from topazdesk.ui.models.prices import PRICE_ASKED
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr, translated

#: While the frame or a slider is dragged nothing is asked, only once it has come to rest.
_REST_MS = 400

Key = tuple[ImageInfo, Patch | None, str]


class TrialPrices(QObject):
    """Call `begin`, then `of` for each candidate shown. `settled` is emitted when the service has answered."""

    settled = Signal()

    def __init__(self, trials: Trials, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._trials = trials
        self._spawn = spawn
        self._known: dict[Key, Candidate] = {}
        self._wanted: dict[Key, tuple[ImageInfo, Patch | None, Recipe]] = {}
        self._asked: set[Key] = set()
        self._tries = 0  # how often refusals were forgotten
        self._timer = Debounce(_REST_MS, self._ask, self)

    def begin(self) -> None:
        """Stop asking for what was shown before."""
        self._wanted.clear()

    def forget_refusals(self) -> None:
        """Ask again what the service refused or could not be asked before, also if its answer is still to come."""
        self._tries += 1
        self._known = {key: each for key, each in self._known.items() if each.problem is None}

    def of(self, info: ImageInfo, place: Patch | None, priced: Candidate) -> Candidate:
        """Return the candidate with its price, or with the reason why there is none yet."""
        if priced.model is None or priced.model.price.is_known:
            return priced
        key = (info, place, priced.recipe.digest)
        known = self._known.get(key)
        if known is not None:
            return known
        self._wanted[key] = (info, place, priced.recipe)
        if key not in self._asked:
            self._timer.start()
        asking = UseError(
            tr("Asking {service} for the price…").format(service=translated(priced.recipe.service.label)),
            tr("Free of charge."),
            code=PRICE_ASKED,
        )
        return replace(priced, draft=None, problem=asking)

    def stop(self) -> None:
        """Ask nothing more."""
        self._timer.stop()

    def _ask(self) -> None:
        for key, what in self._wanted.items():
            if key not in self._asked:
                self._asked.add(key)
                self._spawn("price of a trial", self._answer(self._tries, key, *what))

    async def _answer(self, tries: int, key: Key, info: ImageInfo, place: Patch | None, recipe: Recipe) -> None:
        try:
            (self._known[key],) = await self._trials.priced(info, place, [recipe])
        except TopazdeskError as error:
            if tries == self._tries:
                (plain,) = self._trials.drafts(info, place, [recipe])
                self._known[key] = replace(plain, draft=None, problem=error)
        finally:
            self._asked.discard(key)
        self.settled.emit()
