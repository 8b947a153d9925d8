"""The sample picture offered in the empty window."""

from __future__ import annotations

import asyncio

from topazdesk.app.resources import own_samples
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.host import Host
from topazdesk.ui.viewer.empty import EmptyPanel


class Samples(Feature):
    """Adds a copy of the first sample to the list: a copy, because results are saved next to it."""

    def __init__(self, host: Host, empty: EmptyPanel) -> None:
        super().__init__(host.widget)
        self._session = host.session
        empty.sample_wanted.connect(lambda: self._session.spawn("sample", self._add()))
        empty.offer(empty.sample)

    async def _add(self) -> None:
        samples = await asyncio.to_thread(own_samples, self._session.context.paths.samples)
        self._session.library.add(samples[:1])
