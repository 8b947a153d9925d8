"""Unverified models: offered once the service's estimate accepted them, refused in plain words, undecided without an answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_catalogue, packaged_model
from topazdesk.app.offers import Offers
from topazdesk.domain.catalogue import Model
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import NetworkError, RejectedError, TopazdeskError, UseError

TOPAZ = ServiceName.TOPAZ
DAY = 86_400.0


@dataclass
class Service:
    """Answers every estimate in the same way and counts."""

    error: TopazdeskError | None = None
    asked: list[EstimateRequest] = field(default_factory=list)

    async def estimate(self, service: ServiceName, request: EstimateRequest) -> Estimate:
        self.asked.append(request)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Estimate(1, EstimateSource.SERVICE)


@dataclass
class Days:
    """A clock in days."""

    day: float = 100.0

    def now(self) -> float:
        return self.day * DAY

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


def _offers(tmp_path: Path, service: Service, clock: Days | None = None) -> Offers:
    offers = Offers(tmp_path / "offers.json", service.estimate, clock or Days())
    offers.load()
    return offers


@pytest.fixture
def wonder() -> Model:
    model = packaged_model("Wonder 4")
    assert model.needs_check
    return model


def test_before_it_was_asked_a_model_is_not_offered(tmp_path: Path, wonder: Model) -> None:
    problem = _offers(tmp_path, Service()).problem(TOPAZ, wonder)
    assert problem is not None
    assert problem.code == "use.not_verified"
    assert "costs nothing" in problem.hint


def test_an_accepted_name_is_kept_with_its_day(tmp_path: Path, wonder: Model) -> None:
    service, clock = Service(), Days()
    offers = _offers(tmp_path, service, clock)
    asyncio.run(offers.require(TOPAZ, wonder))
    assert offers.problem(TOPAZ, wonder) is None
    again = _offers(tmp_path, service, clock)
    verdict = again.verdict(TOPAZ, wonder)
    assert verdict is not None
    assert (verdict.accepted, verdict.day) == (True, "1970-04-11")
    asyncio.run(again.require(TOPAZ, wonder))
    assert len(service.asked) == 1
    assert again.problem(ServiceName.SANDBOX, wonder) is not None, "one service's word is not another's"


def test_an_old_acceptance_is_asked_for_again(tmp_path: Path, wonder: Model) -> None:
    service, clock = Service(), Days()
    offers = _offers(tmp_path, service, clock)
    asyncio.run(offers.require(TOPAZ, wonder))
    clock.day += 31
    assert offers.problem(TOPAZ, wonder) is not None
    asyncio.run(offers.require(TOPAZ, wonder))
    assert len(service.asked) == 2


def test_a_refusal_says_so_and_is_asked_again_when_wanted(tmp_path: Path, wonder: Model) -> None:
    service = Service(RejectedError("no estimate", details="invalid model"))
    offers = _offers(tmp_path, service)
    with pytest.raises(UseError) as caught:
        asyncio.run(offers.require(TOPAZ, wonder))
    assert caught.value.title == "Topaz does not take Wonder 4"
    assert "Nothing was sent or charged" in caught.value.hint
    assert "invalid model" in caught.value.details
    problem = _offers(tmp_path, service).problem(TOPAZ, wonder)
    assert problem is not None
    assert problem.code == "use.model_refused"
    service.error = None
    asyncio.run(offers.require(TOPAZ, wonder))
    assert offers.problem(TOPAZ, wonder) is None


def test_without_an_answer_nothing_is_settled(tmp_path: Path, wonder: Model) -> None:
    service = Service(NetworkError("no connection"))
    offers = _offers(tmp_path, service)
    with pytest.raises(NetworkError):
        asyncio.run(offers.require(TOPAZ, wonder))
    assert offers.verdict(TOPAZ, wonder) is None
    assert not (tmp_path / "offers.json").exists()


def test_two_who_ask_at_once_are_one_question(tmp_path: Path, wonder: Model) -> None:
    service = Service()
    offers = _offers(tmp_path, service)

    async def both() -> None:
        await asyncio.gather(offers.require(TOPAZ, wonder), offers.require(TOPAZ, wonder))

    asyncio.run(both())
    assert len(service.asked) == 1


def test_a_verified_model_is_never_asked_for(tmp_path: Path) -> None:
    service = Service()
    offers = _offers(tmp_path, service)
    for model in packaged_catalogue():
        if not model.needs_check:
            assert offers.problem(TOPAZ, model) is None
            asyncio.run(offers.require(TOPAZ, model))
    assert service.asked == []


@pytest.mark.parametrize("model", [m for m in packaged_catalogue() if m.needs_check], ids=lambda m: m.slug)
def test_the_question_fits_every_such_model(tmp_path: Path, model: Model) -> None:
    service = Service()
    asyncio.run(_offers(tmp_path, service).require(TOPAZ, model))
    (request,) = service.asked
    assert request.model is model
    assert (request.target is not None) is model.takes_size
    if request.target is not None:
        assert model.limit_problem(request.source, request.target) is None
        assert model.shape_problem(request.source, request.target) is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 1}', '{"version": 1, "verdicts": {"x": 3}}', "\x00", '{"version": 9}']
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, wonder: Model, text: str) -> None:
    (tmp_path / "offers.json").write_text(text)
    service = Service()
    offers = _offers(tmp_path, service)
    assert offers.verdict(TOPAZ, wonder) is None
    asyncio.run(offers.require(TOPAZ, wonder))
    assert json.loads((tmp_path / "offers.json").read_text())["verdicts"]
