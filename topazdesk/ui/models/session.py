"""The window at work with an opened profile: it starts jobs, and follows what the engine reports."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.draft import draft
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.prices import Prices
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.runtime.work import Spawn

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext
    from topazdesk.engine.events import Event


class WindowSession(QObject):
    """Starts jobs, and passes the engine's events on to the models.

    `trouble` has a TopazdeskError for the notice bar. `starting_changed` is emitted when `starting` changes; while that
    is True, the button must not be pressed again. `edited` means that the saved session is out of date.
    """

    trouble = Signal(object)
    starting_changed = Signal()
    edited = Signal()

    def __init__(
        self, context: AppContext, library: Library, pricing: Pricing, spawn: Spawn, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.library = library
        self.pricing = pricing
        self.spawn = spawn
        self.starting = False
        library.edited.connect(self.edited)
        pricing.edited.connect(self.edited)
        self._unsubscribe = context.events.subscribe(self._on_event)

    def close(self) -> None:
        """Stop listening to the engine."""
        self._unsubscribe()

    def enhance(self, most: int | None = None) -> None:
        """Start what the button says, or the first `most` of it. Do nothing if the button could not be pressed."""
        pricing = self.pricing
        ids = pricing.plan.startable[:most]
        if self.starting or pricing.form_problem or not ids or pricing.plan.fault is not None:
            return
        self._set_starting(True)
        # Collected now, so that what is started is what the button said, whatever changes a moment later.
        pictures = self.library.of(ids)
        priced = [(p.info, pricing.prices_for(p)) for p in pictures if p.info is not None]
        self.spawn("enqueue", self._enqueue(priced))

    async def _enqueue(self, priced: list[tuple[ImageInfo, Prices]]) -> None:
        try:
            drafts = await asyncio.to_thread(_drafts, priced)
            await self.context.engine.enqueue(drafts)
        finally:
            self.starting = False
            self.pricing.refresh()
            self.starting_changed.emit()

    def _set_starting(self, starting: bool) -> None:
        self.starting = starting
        self.starting_changed.emit()

    def pause(self, wanted: bool) -> None:
        """Pause or resume sending."""
        engine = self.context.engine
        self.spawn("pause", engine.pause() if wanted else engine.resume())

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import BalanceChanged, EngineError, JobAdded, JobChanged, JobProgress, QueuePaused

        queue = self.library.queue
        if isinstance(event, JobProgress):
            queue.progress(event.job_id, event.percent)
        elif isinstance(event, JobAdded | JobChanged):
            queue.job_news(event.job)
            self.edited.emit()
        elif isinstance(event, BalanceChanged):
            self.pricing.set_balance(event.service, event.balance.available)
        elif isinstance(event, QueuePaused):
            queue.set_paused(event.paused)
            if event.reason is not None:
                self.trouble.emit(event.reason)
        elif isinstance(event, EngineError):
            self.trouble.emit(event.error)


def _drafts(priced: list[tuple[ImageInfo, Prices]]) -> list[Draft]:
    """Return drafts with the estimates that the button showed, which are the service's own if it had answered."""
    made = []
    for info, prices in priced:
        estimate = prices.of(info).estimate
        made.append(draft(info, prices.model, prices.recipe, confirmed=estimate))
    return made
