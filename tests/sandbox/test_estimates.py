"""The three estimate calls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Client, error_of
from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.sandbox.models import CATEGORIES
from topazdesk.sandbox.timing import Pace

MODELS = sorted(packaged_catalogue(), key=lambda m: m.name)


def _call(model: Model) -> str:
    return "/image/v1/estimate-gen" if model.endpoint.endswith("-gen") else "/image/v1/estimate"


def _cells(model: Model) -> dict[float, int]:
    """Prices of a model without a published table, by its rule; none where even that is unknown."""
    return {mp: model.price.credits_for(Size(1000, mp * 1000)) for mp in (1, 16, 24)} if model.price.is_known else {}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_every_published_price_is_reproduced(shared: Client, model: Model) -> None:
    cells = model.price.table or _cells(model)
    for megapixels, credits in cells.items():
        side = {"input_width": 1000, "input_height": round(megapixels * 1000)}
        if side["input_height"] > 32_000:
            side = {"input_width": 10_000, "input_height": round(megapixels * 100)}
        if model.limits.input_mp is not None and megapixels > model.limits.input_mp:
            side = {
                "input_width": 100,
                "input_height": 100,
                "output_width": 10_000,
                "output_height": round(megapixels * 100),
            }
        body = {**side, "model": model.api_model, "category": CATEGORIES[model.endpoint]}
        answer = shared.http.post(_call(model), json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["credits"] == credits, megapixels
        assert isinstance(answer.json()["duration"], int)


def test_multipart_and_json_give_the_same(shared: Client) -> None:
    fields = {"input_width": "3000", "input_height": "2000", "model": "Standard V2", "output_width": "9000"}
    by_json = shared.http.post("/image/v1/estimate", json={k: int(v) if v.isdigit() else v for k, v in fields.items()})
    by_form = shared.http.post("/image/v1/estimate", files={k: (None, v) for k, v in fields.items()})
    assert by_json.json() == by_form.json() == {"duration": 0, "credits": 3}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input_width": 100},
        {"input_width": 0, "input_height": 5},
        {"input_width": 40_000, "input_height": 5},
        {"input_width": 10, "input_height": 10, "model": "Redefine"},
        {"input_width": 10, "input_height": 10, "category": "Video"},
        {"input_width": 10, "input_height": 10, "category": "Restore"},
        {"input_width": 10, "input_height": 10, "output_width": "wide"},
        {"input_width": 10, "input_height": 10, "sharpen": 3},
        {"input_width": 30_000, "input_height": 30_000},
        {"input_width": [1], "input_height": 10},
        [],
        "text",
    ],
)
def test_wrong_estimates_are_400(shared: Client, body: Any) -> None:
    assert error_of(shared.http.post("/image/v1/estimate", json=body))[0] == 400


def test_broken_json_is_400(shared: Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert error_of(shared.http.post("/image/v1/estimate", content=b"{", headers=headers))[0] == 400
    assert error_of(shared.http.post("/image/v1/estimate-bulk", content=b"[]"))[0] == 400


def test_a_bulk_estimate_answers_in_order_with_errors_among_them(shared: Client) -> None:
    size = {"input_width": 1000, "input_height": 1000}
    answer = shared.http.post(
        "/image/v1/estimate-bulk",
        json=[
            {**size, "model": "Redefine", "output_width": 5000},
            {**size, "model": "No such model"},
            {**size, "model": "Lens Blur V2", "category": "Sharpen"},
            {**size, "model": "Redefine", "output_width": 17_000},
            {"input_width": 1000},
        ],
    )
    assert answer.status_code == 200
    found = answer.json()
    assert [item["status"] for item in found] == ["success", "error", "success", "error", "error"]
    assert [item.get("credits") for item in found] == [7, None, 1, None, None]
    assert [item.get("code") for item in found] == [None, 400, None, 413, 400]
    assert error_of(shared.http.post("/image/v1/estimate-bulk", json={"input_width": 3}))[0] == 400


def test_the_pace_is_believable() -> None:
    one, hundred = Size(1000, 1000), Size(10_000, 10_000)
    pace = Pace(1.0)
    assert 2 < pace.work_s(one, generative=False) < 5
    assert 20 < pace.work_s(hundred, generative=False) < 40
    assert pace.work_s(one, generative=True) > pace.work_s(one, generative=False)
    assert pace.work_s(Size(32_000, 32_000), generative=True) <= 90
    assert Pace(2.0).work_s(one, generative=True) == pace.work_s(one, generative=True) / 2
    assert Pace(0).work_s(hundred, generative=True) == Pace(0).queue_s() == 0
