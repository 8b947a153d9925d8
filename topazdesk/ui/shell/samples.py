"""The sample picture offered in the empty window."""

from __future__ import annotations

import asyncio
from pathlib import Path

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
        if not self._session.context.is_team:  # the profile, where it would be, is in no folder that a team shares
            empty.offer(empty.sample)

    async def _add(self) -> None:
        samples = await asyncio.to_thread(own_samples, self._session.context.paths.samples)
        # A computer without a graphics card takes minutes for a large one.
        is_slow = self._session.pricing.recipe.recipe.service.traits.runs_networks
        self._session.library.add([min(samples, key=_bytes)] if is_slow else samples[:1])


def _bytes(path: Path) -> int:
    return path.stat().st_size
