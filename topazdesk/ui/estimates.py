"""Asks the service what it would charge, a moment after the last change; an answer to an older question is dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.errors import TopazdeskError
from topazdesk.ui.models.prices import Prices

DEBOUNCE_MS = 400
#: More different picture sizes than this are not asked for one by one: the sum stays "about".
MOST_SIZES = 24
_AT_ONCE = 4

Ask = Callable[[ServiceName, EstimateRequest], Awaitable[Estimate]]
Spawn = Callable[[str, Coroutine[Any, Any, Any]], object]

_log = logging.getLogger(__name__)


class PriceWatch(QObject):
    """`watch` after every change of recipe or pictures; `confirmed` when a price of the watched recipe is certain."""

    confirmed = Signal()

    def __init__(self, ask: Ask, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask, self._spawn = ask, spawn
        self._prices: Prices | None = None
        self._infos: list[ImageInfo] = []
        self._question = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._begin)

    def watch(self, prices: Prices, infos: list[ImageInfo]) -> None:
        """Have these prices confirmed, one picture a size, after a pause. Earlier questions no longer count."""
        if prices is not self._prices:
            self._question += 1
        self._prices = prices
        self._infos = [info for info in infos if self._is_open(prices, info)]
        if not self._infos or len(self._infos) > MOST_SIZES or prices.fault is not None:
            self._timer.stop()
            return
        self._timer.start()

    def stop(self) -> None:
        """Ask nothing more and drop what is on its way."""
        self._question += 1
        self._timer.stop()
        self._prices = None

    @property
    def is_waiting(self) -> bool:
        """Whether the pause after the last change is not over."""
        return self._timer.isActive()

    def _begin(self) -> None:
        if self._prices is not None:
            self._spawn("estimates", self._confirm(self._question, self._prices, list(self._infos)))

    async def _confirm(self, question: int, prices: Prices, infos: list[ImageInfo]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._one(question, prices, info, gate) for info in infos))

    async def _one(self, question: int, prices: Prices, info: ImageInfo, gate: asyncio.Semaphore) -> None:
        price = prices.of(info)
        if price.target is None:
            return
        recipe, model = prices.recipe, prices.model
        request = EstimateRequest(
            model=model,
            source=info.size,
            target=price.target if model.takes_size else None,
            format=recipe.output.format_for(info.format, model.formats),
            settings=model.parameters.to_send(recipe.settings),
        )
        async with gate:
            if question != self._question:
                return
            try:
                estimate = await self._ask(recipe.service, request)
            except TopazdeskError as error:
                # The local price stands, marked as such. Real trouble shows when the user acts.
                _log.info("no estimate from the service: %s (%s)", error.title, error.code)
                return
        if question == self._question:
            prices.confirm(info.size, estimate)
            self.confirmed.emit()

    @staticmethod
    def _is_open(prices: Prices, info: ImageInfo) -> bool:
        estimate = prices.of(info).estimate
        return estimate is not None and not estimate.is_confirmed
