"""Price steps as sizes: exact at, under and over each step, for every model of both catalogues."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.catalogue import catalogue_texts, packaged_model
from topazdesk.domain.advisor import advise, largest_size, step, step_number, step_pixels, steps
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.services import ServiceName


def _every_model() -> list[Model]:
    texts = {**catalogue_texts("topaz"), **catalogue_texts("runflow")}
    assert len(texts) > 50
    both = [parse_catalogue(catalogue_texts(service))[0] for service in ("topaz", "runflow")]
    return [model for models in both for model in models if model.price.is_known]


MODELS = _every_model()
SIZED = [model for model in MODELS if model.takes_size]
sides = st.integers(min_value=1, max_value=12_000)


@settings(max_examples=600, deadline=None)
@given(model=st.sampled_from(SIZED), width=sides, height=sides, number=st.integers(min_value=1, max_value=12))
def test_the_largest_size_of_a_step_keeps_the_shape_and_stays_in_its_step(
    model: Model, width: int, height: int, number: int
) -> None:
    source = Size(width, height)
    found = step(model, source, number)
    if found is None:
        return
    size = found.up_to
    # At the step: never over it, at its price, and taken by one setting.
    assert size.pixels <= found.up_to_px == step_pixels(model, number)
    assert step_number(model, size) == number
    assert model.price.estimate(size) == found.estimate
    assert found.setting.resolve(source) == size
    # The shape: the shorter side is within a pixel of what the longer one asks for.
    short, long = min(size.width, size.height), size.long_edge
    assert abs(short - long * min(width, height) / max(width, height)) <= 1
    # The model takes it.
    assert model.limit_problem(source, size) is None
    assert model.shape_problem(source, size) is None
    # Under it: the same price down to the step before.
    lower = step_pixels(model, number - 1) or 0
    assert size.pixels > lower
    # Over it: one pixel more on the longer side costs more, or the model does not make it.
    wider = OutputSize(SizeMode.LONG_EDGE, float(size.long_edge + 1)).resolve(source)
    spare = 1 if model.size_by_factor else 0
    dearer = (wider.width + spare) * (wider.height + spare) > found.up_to_px
    assert dearer or model.limit_problem(source, wider) is not None


@settings(max_examples=400, deadline=None)
@given(model=st.sampled_from(SIZED), width=sides, height=sides, factor=st.floats(min_value=0.2, max_value=8))
def test_advice_is_cheaper_smaller_and_true(model: Model, width: int, height: int, factor: float) -> None:
    source = Size(width, height)
    target = source.scaled(round(factor, 2))
    found = advise(model, source, target)
    assert found is not None
    assert found.estimate == model.price.estimate(target)
    if found.cheaper is None:
        assert found.percent == 0
        return
    size = found.cheaper.setting.resolve(source)
    assert size.pixels < target.pixels
    assert found.percent >= 96 or not found.estimate.is_known
    assert found.percent <= 99
    if found.estimate.is_known:
        assert model.price.credits_for(size) < model.price.credits_for(target)
    assert model.price.estimate(size).is_known


@pytest.mark.parametrize("model", SIZED, ids=lambda m: f"{m.service}-{m.slug}")
def test_every_model_has_its_first_step(model: Model) -> None:
    found = step(model, Size(300, 200), 1)
    assert found is not None
    assert found.up_to.width <= 300 * (model.max_scale or 110) + 1


@pytest.mark.parametrize("model", [m for m in MODELS if not m.takes_size], ids=lambda m: f"{m.service}-{m.slug}")
def test_a_model_that_keeps_the_size_has_nothing_to_advise(model: Model) -> None:
    assert step(model, Size(300, 200), 1) is None
    assert advise(model, Size(300, 200), Size(300, 200)) is None


def test_a_little_over_a_step_the_size_just_below_is_named() -> None:
    standard = packaged_model("Standard 2")
    found = advise(standard, Size(3000, 2000), OutputSize.scale(2.01).resolve(Size(3000, 2000)))
    assert found is not None
    assert found.cheaper is not None
    assert (found.estimate.credits, found.cheaper.estimate.credits) == (2, 1)
    assert found.cheaper.up_to == Size(6000, 4000)
    assert found.percent == 99
    assert found.step is not None
    assert found.step.up_to_px == 48_000_000


def test_a_size_that_is_smaller_on_one_side_only_is_not_called_as_large() -> None:
    bloom = packaged_model("Bloom 1 Creative")
    source = Size(775, 6177)
    found = advise(bloom, source, source.scaled(3.42))
    assert found is not None
    assert found.cheaper is not None
    assert found.cheaper.up_to.long_edge == found.target.long_edge
    assert found.percent == 99


def test_well_inside_a_step_only_its_end_is_named() -> None:
    standard = packaged_model("Standard 2")
    found = advise(standard, Size(3000, 2000), Size(7000, 4667))
    assert found is not None
    assert found.cheaper is None
    assert found.step is not None
    assert found.step.up_to == Size(8485, 5657)
    assert found.step.up_to.pixels <= 48_000_000


def test_exactly_at_a_step_nothing_cheaper_is_offered() -> None:
    found = advise(packaged_model("Standard 2"), Size(3000, 2000), Size(6000, 4000))
    assert found is not None
    assert found.cheaper is None
    assert found.step is not None
    assert found.step.up_to == Size(6000, 4000)
    assert not found.step.limited


def test_the_limit_of_a_model_ends_its_last_step() -> None:
    """A generative model up to 256 MP has no size above that, whatever the step would hold."""
    redefine = packaged_model("Redefine")
    assert redefine.limits.output_mp is not None
    last = steps(redefine, Size(4000, 3000), 1, 1000)[-1]
    assert last.up_to.pixels <= redefine.limits.output_mp * 1_000_000
    assert step(redefine, Size(4000, 3000), last.number + 1) is None


def test_a_picture_over_the_input_limit_has_no_steps() -> None:
    recover = packaged_model("Recover 3")
    assert recover.limits.input_mp is not None
    assert steps(recover, Size(8000, 6000), 1, 20) == ()
    assert largest_size(recover, Size(8000, 6000), 4_000_000) is None


def test_above_runflows_only_price_the_size_below_is_offered() -> None:
    models, _ = parse_catalogue(catalogue_texts("runflow"))
    model = next(m for m in Catalogue(models).of(ServiceName.RUNFLOW) if m.takes_size)
    source = Size(3000, 2000)
    far = advise(model, source, source.scaled(6))
    assert far is not None
    assert far.cheaper is not None
    assert (far.percent, far.cheaper.estimate.text) == (33, "$0.08")
    found = advise(model, source, source.scaled(2.01))
    assert found is not None
    assert not found.estimate.is_known
    assert found.step is None
    assert found.cheaper is not None
    assert found.cheaper.estimate.is_known
    assert found.cheaper.up_to.pixels <= 24_000_000
