"""Credits by output megapixels: exact at the steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogue import packaged_catalogue, packaged_model
from topazdesk.domain.geometry import Size
from topazdesk.domain.pricing import EstimateSource
from topazdesk.errors import UseError

PRICED = [model for model in packaged_catalogue() if model.price.is_known]


def test_a_price_that_nobody_states_is_not_made_up():
    model = packaged_model("Bloom Precision")
    assert not model.price.is_known
    assert model not in PRICED
    with pytest.raises(UseError) as caught:
        model.price.credits_for(Size(10, 10))
    assert caught.value.code == "use.price_unknown"


def test_the_step_is_exact():
    price = packaged_model("Low Resolution 2").price
    assert price.credits_for(Size(6000, 4000)) == 1
    assert price.credits_for(Size(24_000_001, 1)) == 2


def test_beyond_the_published_table_it_is_a_projection():
    price = packaged_model("Recover 3").price
    assert price.estimate(Size(10_000, 10_000)).source is EstimateSource.TABLE
    assert price.estimate(Size(10_001, 10_000)).source is EstimateSource.PROJECTION


@given(st.integers(1, 32_000), st.integers(1, 32_000))
def test_at_least_one_credit_and_never_falling(width, height):
    for model in PRICED:
        credits = model.price.credits_for(Size(width, height))
        assert credits >= 1
        assert model.price.credits_for(Size(width + 1, height)) >= credits
        assert Size(width, height).megapixels <= model.price.step_above(Size(width, height))
