"""The service's own estimates, asked once for each question."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.ports import EstimateRequest, ServiceSource
from topazdesk.domain.pricing import Estimate

_KEPT = 1024
_Key = tuple[object, ...]


class Estimator:
    """Keeps answers for as long as it lives; equal questions that are asked at the same time are one."""

    def __init__(self, services: ServiceSource) -> None:
        self._services = services
        self._known: OrderedDict[_Key, Estimate] = OrderedDict()
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    async def estimate(self, service: ServiceName, request: EstimateRequest) -> Estimate:
        """The service's estimate. Raises what the service raises; RejectedError when it does not know the model."""
        key = _key(service, request)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            known = self._known.get(key)
            if known is None:
                client = await self._services.get(service)
                known = await client.estimate(request)
                self._known[key] = known
                if len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            else:
                self._known.move_to_end(key)
            return known


def _key(service: ServiceName, request: EstimateRequest) -> _Key:
    settings = tuple(sorted((name, type(value).__name__, value) for name, value in request.settings.items()))
    return (service, request.model.slug, request.source, request.target, request.format, settings)
