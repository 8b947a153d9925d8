"""How long the results of a plan take: asked of the service, which needs sizes and settings for that, no picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from topazdesk.domain.draft import estimate_request
from topazdesk.domain.ports import Draft, EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.errors import TopazdeskError

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext

#: A plan can do without.
_ASK_S = 5.0
#: What is measured on this computer takes longer the first time, and is kept.
_MEASURE_S = 30.0
#: Different sizes that are asked about; the times of others are taken to be like theirs.
_MOST = 200


async def times_of(context: AppContext, drafts: Sequence[Draft]) -> list[float | None]:
    """Return the seconds that the service names for each result, None where it names none.

    Without a key, a connection or an answer in time all are None, and no sandbox is started for it.
    """
    found = [each.estimate.duration_s for each in drafts]
    services = {each.recipe.service for each in drafts}
    for service in services:
        if not service.traits.has_estimates:
            continue
        if service.traits.is_practice and await context.sandbox.running() is None:
            continue
        asked: dict[tuple[object, ...], EstimateRequest] = {}
        keys: list[tuple[object, ...] | None] = []
        for each, known in zip(drafts, found, strict=True):
            is_open = known is None and each.recipe.service is service
            key = (each.model.slug, each.info.size, each.recipe.values, each.target, each.recipe.output.format)
            keys.append(key if is_open else None)
            if is_open and key not in asked and len(asked) < _MOST:
                asked[key] = estimate_request(each.info, each.model, each.recipe)
        try:
            async with asyncio.timeout(_MEASURE_S if service.traits.runs_networks else _ASK_S):
                told = await context.estimator.estimate_many(service, list(asked.values()))
        except (TimeoutError, TopazdeskError):
            continue
        answers = dict(zip(asked, told, strict=True))
        for place, wanted in enumerate(keys):
            answer = None if wanted is None else answers.get(wanted)
            if isinstance(answer, Estimate):
                found[place] = answer.duration_s
    return found
