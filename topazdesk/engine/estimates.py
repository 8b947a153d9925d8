"""Price estimates from the service: each question is asked once, and many questions share one call."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from weakref import WeakValueDictionary

from topazdesk.domain.account import Account
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import EstimateRequest, Service, ServiceSource
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.services import ServiceName
from topazdesk.engine.sane_reports import amount
from topazdesk.errors import Code, RejectedError, ServiceError, TopazdeskError

#: Answers kept; the least recently used one goes first.
_KEPT = 4096
#: Questions in one bulk call. The documentation states no limit.
_AT_ONCE = 100
#: Endpoints that the bulk call accepts (published OpenAPI, `estimate-bulk`). Others are asked one by one.
_BULK = frozenset({"enhance", "sharpen", "denoise", "restore", "lighting"})
_Key = tuple[object, ...]
_Many = Callable[[Sequence[EstimateRequest]], Awaitable[Sequence[Estimate | TopazdeskError]]]


class Estimator:
    """Caches answers for as long as it lives. Equal questions asked at the same time become one call.

    `account` returns the account of a service that asks: a price is the same for all of them.
    """

    def __init__(self, services: ServiceSource, account: Callable[[ServiceName], Account] = Account) -> None:
        self._services = services
        self._account = account
        self._known: OrderedDict[_Key, Estimate] = OrderedDict()
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    async def estimate(self, service: ServiceName, request: EstimateRequest) -> Estimate:
        """Return the service's estimate.

        Raises what the service raises; RejectedError when it does not know the model.
        """
        key = _key(service, request)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            known = self._recall(key)
            if known is None:
                client = await self._services.get(self._account(service))
                known = self._keep(key, await client.estimate(request))
            return known

    async def estimate_many(
        self, service: ServiceName, requests: Sequence[EstimateRequest]
    ) -> list[Estimate | TopazdeskError]:
        """Return the estimates for `requests`, in that order, with as few calls as possible.

        A question that the service refused is answered by its error, so that the caller can fall back to the local
        price. Raises what the service raises when it could not be asked at all.
        """
        answers: dict[_Key, Estimate | TopazdeskError] = {}
        bulk: dict[_Key, EstimateRequest] = {}
        single: dict[_Key, EstimateRequest] = {}
        for request in requests:
            key = _key(service, request)
            known = self._recall(key)
            if known is not None:
                answers[key] = known
            else:
                (bulk if request.model.endpoint.removesuffix("-gen") in _BULK else single)[key] = request
        client = await self._services.get(self._account(service)) if bulk or single else None
        many: _Many | None = getattr(client, "estimate_many", None) if len(bulk) > 1 else None
        if many is None:
            single |= bulk
        else:
            keys = list(bulk)
            for first in range(0, len(keys), _AT_ONCE):
                part = keys[first : first + _AT_ONCE]
                for key, answer in zip(part, await _ask_many(many, [bulk[k] for k in part]), strict=True):
                    answers[key] = self._kept_or_error(key, answer) if isinstance(answer, Estimate) else answer
        for key, request in single.items():
            answers[key] = await self._ask_one(client, key, request)
        return [answers[_key(service, request)] for request in requests]

    async def _ask_one(self, client: Service | None, key: _Key, request: EstimateRequest) -> Estimate | TopazdeskError:
        assert client is not None  # noqa: S101 a client was fetched if there was anything to ask
        try:
            answer = await client.estimate(request)
        except RejectedError as error:
            return error
        return self._kept_or_error(key, answer)

    def _kept_or_error(self, key: _Key, answer: Estimate) -> Estimate | TopazdeskError:
        try:
            return self._keep(key, answer)
        except ServiceError as error:
            return error

    def _recall(self, key: _Key) -> Estimate | None:
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
        return known

    def _keep(self, key: _Key, estimate: Estimate) -> Estimate:
        if amount(estimate.credits) is None:
            raise ServiceError(
                "The service named a price that cannot be true",
                "Nothing was sent. Ask again later.",
                details=f"{estimate.credits}"[:80],
                code=Code.SERVICE_ODD_PRICE,
            )
        if estimate.unit is Unit.NONE:
            return estimate  # it costs nothing to ask again, and how long it takes is measured anew with each picture
        self._known[key] = estimate
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return estimate


async def _ask_many(many: _Many, requests: Sequence[EstimateRequest]) -> Sequence[Estimate | TopazdeskError]:
    """Make one bulk call. When the service refuses it as a whole, return its error for every question."""
    try:
        return await many(requests)
    except RejectedError as error:
        return [error] * len(requests)


def _key(service: ServiceName, request: EstimateRequest) -> _Key:
    settings = tuple(sorted((name, type(value).__name__, value) for name, value in request.settings.items()))
    return (service, request.model.slug, request.source, request.target, request.format, settings)
