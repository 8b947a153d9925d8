"""Estimates at scale: as few calls as it takes, the service's categories, and the local price where it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.catalogue import packaged_catalogue, packaged_model
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401 - a fixture
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.engine.estimates import Estimator
from topazdesk.errors import RejectedError, TopazdeskError
from topazdesk.services.topaz import TopazService

TOPAZ = ServiceName.TOPAZ


@dataclass
class Service:
    """Prices a picture at its width; refuses what `unknown` names."""

    unknown: frozenset[str] = frozenset()
    refuses_bulk: bool = False
    calls: list[int] = field(default_factory=list)

    async def estimate(self, request: EstimateRequest) -> Estimate:
        self.calls.append(1)
        return self._answer(request)

    async def estimate_many(self, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
        self.calls.append(len(requests))
        if self.refuses_bulk:
            raise RejectedError("no such call")
        answers: list[Estimate | TopazdeskError] = []
        for request in requests:
            try:
                answers.append(self._answer(request))
            except RejectedError as error:
                answers.append(error)
        return answers

    def _answer(self, request: EstimateRequest) -> Estimate:
        if request.model.slug in self.unknown:
            raise RejectedError("unknown model")
        return Estimate(request.source.width, EstimateSource.SERVICE)

    async def get(self, account: Account) -> Service:
        return self


def _request(model: Model, width: int = 1000) -> EstimateRequest:
    source = Size(width, 800)
    format_ = FileFormat.JPEG if FileFormat.JPEG in model.formats and not model.makes_alpha else FileFormat.PNG
    return EstimateRequest(model, source, source.scaled(2) if model.takes_size else None, format_, {})


def _many(service: Service, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
    return asyncio.run(Estimator(service).estimate_many(TOPAZ, requests))  # type: ignore[arg-type]


def test_two_hundred_and_fifty_sizes_are_three_calls_in_order() -> None:
    model, service = packaged_model("Standard 2"), Service()
    answers = _many(service, [_request(model, width) for width in range(1000, 1250)])
    assert [a.credits for a in answers if isinstance(a, Estimate)] == list(range(1000, 1250))
    assert service.calls == [100, 100, 50]


def test_what_is_known_is_not_asked_again_and_equal_questions_are_one() -> None:
    model, service = packaged_model("Standard 2"), Service()
    estimator = Estimator(service)  # type: ignore[arg-type]

    async def story() -> None:
        await estimator.estimate(TOPAZ, _request(model, 1000))
        again = [_request(model, 1000), _request(model, 1001), _request(model, 1001), _request(model, 1002)]
        assert len(await estimator.estimate_many(TOPAZ, again)) == 4
        await estimator.estimate_many(TOPAZ, again)

    asyncio.run(story())
    assert service.calls == [1, 2]


def test_a_single_question_and_other_categories_go_one_by_one() -> None:
    service = Service()
    matting = next(m for m in packaged_catalogue() if m.endpoint.removesuffix("-gen") in ("matting", "tool"))
    answers = _many(service, [_request(matting, 1000), _request(matting, 1001), _request(packaged_model("Standard 2"))])
    assert len(answers) == 3
    assert service.calls == [1, 1, 1]


def test_a_refused_model_has_its_error_in_its_place() -> None:
    service = Service(unknown=frozenset({"recover-3"}))
    requests = [
        _request(packaged_model("Standard 2")),
        _request(packaged_model("Recover 3")),
        _request(packaged_model("Redefine")),
    ]
    kinds = [type(answer) for answer in _many(service, requests)]
    assert kinds == [Estimate, RejectedError, Estimate]


def test_a_service_without_the_call_leaves_the_local_prices() -> None:
    model, service = packaged_model("Standard 2"), Service(refuses_bulk=True)
    answers = _many(service, [_request(model, 1000), _request(model, 1001)])
    assert all(isinstance(answer, RejectedError) for answer in answers)


def test_every_model_that_can_be_asked_in_bulk_gets_its_own_price(sandbox: RunningSandbox) -> None:  # noqa: F811
    """The real client and a real server: form, wire name, category and answer belong together."""
    models = [model for model in packaged_catalogue() if model.price.is_known]

    async def story() -> list[Estimate | TopazdeskError]:
        client = TopazService(sandbox.url, sandbox.key)

        class Source:
            async def get(self, account: Account) -> TopazService:
                return client

        try:
            return await Estimator(Source()).estimate_many(TOPAZ, [_request(model) for model in models])
        finally:
            await client.close()

    answers = asyncio.run(story())
    for model, answer in zip(models, answers, strict=True):
        request = _request(model)
        assert isinstance(answer, Estimate), f"{model.name}: {answer}"
        assert answer.credits == model.price.credits_for(request.target or request.source), model.name
