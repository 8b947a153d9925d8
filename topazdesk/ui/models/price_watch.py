"""Asks the service what it would charge, a moment after the last change; an answer to an older question is dropped."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.draft import estimate_request
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.services import ServiceName
from topazdesk.errors import RejectedError, TopazdeskError
from topazdesk.ui.models.prices import Prices
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn

DEBOUNCE_MS = 400
#: Prices that only the service knows are asked for again so much later, where it could not be asked.
AGAIN_MS = 15_000
#: More different picture sizes than this are not asked for: the sum stays "about".
MOST_SIZES = 1000

Asked = tuple[Prices, list[ImageInfo]]
AskMany = Callable[[ServiceName, Sequence[EstimateRequest]], Awaitable[Sequence[Estimate | TopazdeskError]]]

_log = logging.getLogger(__name__)


class PriceWatch(QObject):
    """`watch` after every change of recipe or pictures; `confirmed` when prices of what is watched are certain, or it is
    certain that there are none."""

    confirmed = Signal()

    def __init__(self, ask: AskMany, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask, self._spawn = ask, spawn
        self._prices: tuple[Prices, ...] = ()
        self._open: list[Asked] = []
        self._question = 0
        self._timer = Debounce(DEBOUNCE_MS, self._begin, self)
        self._again = Debounce(AGAIN_MS, self._ask_again, self)

    def watch(self, prices: Prices, infos: list[ImageInfo], others: Sequence[Asked] = ()) -> None:
        """Have these prices confirmed, one picture a size, after a pause. Earlier questions no longer count.

        `others`: prices of recipes that single pictures have, with those pictures.
        """
        everyone = [(prices, infos), *others]
        watched = tuple(each for each, _ in everyone)
        if len(watched) != len(self._prices) or any(a is not b for a, b in zip(watched, self._prices, strict=True)):
            self._question += 1
        self._prices = watched
        self._open = []
        for each, pictures in everyone:
            unsure = [info for info in pictures if _is_open(each, info)] if each.fault is None else []
            if unsure:
                self._open.append((each, unsure))
        count = sum(len(pictures) for _, pictures in self._open)
        if not 0 < count <= MOST_SIZES:
            self._timer.stop()
            return
        self._timer.start()

    def stop(self) -> None:
        """Ask nothing more and drop what is on its way."""
        self._question += 1
        self._timer.stop()
        self._again.stop()
        self._prices = ()

    @property
    def is_waiting(self) -> bool:
        """Whether the pause after the last change is not over."""
        return self._timer.isActive()

    def _begin(self) -> None:
        for prices, infos in self._open:
            self._spawn("estimates", self._confirm(self._question, prices, infos))

    async def _confirm(self, question: int, prices: Prices, infos: list[ImageInfo]) -> None:
        asked = [(info, request) for info in infos if (request := _request(prices, info)) is not None]
        try:
            answers = await self._ask(prices.recipe.service, [request for _, request in asked])
        except TopazdeskError as error:
            # The local price stands, marked as such. Real trouble shows when the user acts.
            _log.info("no estimates from the service: %s (%s)", error.title, error.code)
            if question == self._question and not prices.model.price.is_known:
                for info in infos:
                    prices.no_answer(info.size, error, lasts=False)
                self._again.start()
                self.confirmed.emit()
            return
        if question != self._question:
            return
        sure = False
        for (info, _), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Estimate):
                prices.confirm(info.size, answer)
                sure = True
            else:
                _log.info("no estimate from the service: %s (%s)", answer.title, answer.code)
                prices.no_answer(info.size, answer, lasts=isinstance(answer, RejectedError))
                sure = sure or not prices.model.price.is_known
        if sure:
            self.confirmed.emit()

    def _ask_again(self) -> None:
        opened = [prices.ask_again() for prices in self._prices if not prices.model.price.is_known]
        if any(opened):
            self.confirmed.emit()


def _request(prices: Prices, info: ImageInfo) -> EstimateRequest | None:
    if prices.of(info).target is None:
        return None
    return estimate_request(info, prices.model, prices.recipe)


def _is_open(prices: Prices, info: ImageInfo) -> bool:
    return prices.is_asked(prices.of(info))
