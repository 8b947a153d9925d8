"""JSON of strangers: what parses is finite, bounded and shallow; everything else is a ValueError."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.strict_json import DEEPEST, parse_json


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2),
        "9" * 20,
        "-" + "9" * 6_000,
        "1e999",
        "-1e999",
        "NaN",
        "[Infinity]",
        "",
        "{",
        "\ufeff1",
    ],
)
def test_bombs_and_nonsense_are_value_errors(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 whatever it says
        parse_json(text)


def test_what_is_ordinary_is_read() -> None:
    assert parse_json('{"a": [1, -2.5, 9223372036854775807, "é", null, true, {}]}') == {
        "a": [1, -2.5, 2**63 - 1, "é", None, True, {}]
    }
    assert parse_json("[" * DEEPEST + "]" * DEEPEST)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_it_reads_what_json_writes(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value


@given(st.text() | st.binary())
def test_anything_else_is_a_value_error(text: str | bytes) -> None:
    try:
        found = parse_json(text)
    except ValueError:
        return
    assert not isinstance(found, float) or math.isfinite(found)
