"""Ask the service what it would charge, a moment after the last change; answers to outdated questions are dropped."""

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
#: How long to wait before asking again for prices that only the service knows, when it could not be reached.
AGAIN_MS = 15_000
#: With more picture sizes than this the service is not asked, and the sum stays an "about".
MOST_SIZES = 1000

Asked = tuple[Prices, list[ImageInfo]]
AskMany = Callable[[ServiceName, Sequence[EstimateRequest]], Awaitable[Sequence[Estimate | TopazdeskError]]]

_log = logging.getLogger(__name__)


class PriceWatch(QObject):
    """Has the service confirm prices. Call `watch` after every change of the recipe or the pictures.

    `confirmed` is emitted when the watched prices have changed: the service has named some; or, where none is
    published, it has named none, could not be asked, or is about to be asked again.
    """

    confirmed = Signal()

    def __init__(self, ask: AskMany, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._spawn = spawn
        self._prices: tuple[Prices, ...] = ()
        self._open: list[Asked] = []
        self._question = 0
        self._timer = Debounce(DEBOUNCE_MS, self._begin, self)
        self._again = Debounce(AGAIN_MS, self._ask_again, self)

    def watch(self, prices: Prices, infos: list[ImageInfo], others: Sequence[Asked] = ()) -> None:
        """Have these prices confirmed after a pause; `infos` has one picture per size. Earlier questions are dropped.

        `others`: the prices of the recipes that single pictures have of their own, with those pictures.
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
        """Ask nothing more, and ignore answers that are still on their way."""
        self._question += 1
        self._timer.stop()
        self._again.stop()
        self._prices = ()

    @property
    def is_waiting(self) -> bool:
        """Whether the pause after the last change is still running."""
        return self._timer.isActive()

    def _begin(self) -> None:
        for prices, infos in self._open:
            self._spawn("estimates", self._confirm(self._question, prices, infos))

    async def _confirm(self, question: int, prices: Prices, infos: list[ImageInfo]) -> None:
        asked = [(info, request) for info in infos if (request := _request(prices, info)) is not None]
        try:
            answers = await self._ask(prices.recipe.service, [request for _, request in asked])
        except TopazdeskError as error:
            # The local price stays, marked as an estimate. If something is really wrong, it shows when the user acts.
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
