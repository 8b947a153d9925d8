"""Reading with arbitrary JSON: nothing but the wire error ever leaves, and what is read is bounded, finite and can be kept."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.services.test_calls import STATUS
from tests.services.test_runflow import OUTPUT, run_object
from topazdesk.services import runflow_wire, topaz_wire, wire
from topazdesk.services.answers import error_word, service_message
from topazdesk.services.wire import WireError, decoded

RUN = run_object(output=OUTPUT, cost="0.08", input={"model": "m"}, metadata={}, error={"message": "m", "code": "c"})
PAGE = {"data": [STATUS, STATUS], "pagination": {"has_next_page": True, "next_cursor": "c"}}
LINK = {"download_url": "https://storage.example/x", "expiry": 1_800_000_000, "process_id": "p"}


def nested(depth: int) -> Any:
    found: Any = 1
    for number in range(depth):
        found = [found] if number % 2 else {"message": found, "output": found, "data": found}
    return found


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 40).map(lambda power: -(10 ** (power * 100))),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["\ud800", "\x00", "x" * 30_000, "9" * 5_000, "1e999999999", "nan", "9999-99-99", "0001-01-01T00:00+23:59"]
    ),
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*STATUS, *RUN, "url", "width"]), inner, max_size=6)
    ),
    max_leaves=12,
)


def altered(known: dict[str, Any]) -> st.SearchStrategy[Any]:
    """A believable answer with some fields replaced by anything, some left out, or anything at all."""
    replaced = st.dictionaries(st.sampled_from(sorted(known)), anything, max_size=4)
    missing = st.sets(st.sampled_from(sorted(known)), max_size=2)
    return anything | st.builds(
        lambda new, gone: {k: v for k, v in (known | new).items() if k not in gone}, replaced, missing
    )


READERS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "submitted": (lambda data: topaz_wire.read_submitted(data, "", "s", "9" * 400), STATUS),
    "job": (topaz_wire.read_job, STATUS),
    "page": (lambda data: topaz_wire.read_page(data, ""), PAGE),
    "link": (lambda data: topaz_wire.read_link(data, "p"), LINK),
    "estimate": (topaz_wire.read_estimate, {"credits": 1, "duration": 5}),
    "balance": (topaz_wire.read_balance, {"available_credits": 1, "total_credits": 2, "reserved_credits": 1}),
    "runflow upload": (runflow_wire.read_upload, {"asset_id": "a", "upload_url": "https://x.example"}),
    "runflow created": (runflow_wire.read_created, RUN),
    "runflow run": (runflow_wire.read_run, RUN),
    "runflow list": (runflow_wire.read_our_runs, {"items": [RUN]}),
    "runflow link": (runflow_wire.result_url, RUN),
    "runflow balance": (runflow_wire.read_balance, {"balance": "12.5", "balance_cents": 1250, "currency": "usd"}),
}


def check(value: Any) -> None:
    """Can be kept in a database, added up and drawn."""
    if isinstance(value, dict):
        for one in value.values():
            check(one)
    elif isinstance(value, list | tuple):
        for one in value:
            check(one)
    elif isinstance(value, str):
        value.encode("utf-8")
        assert len(value) <= wire.SETTINGS
    elif isinstance(value, int | float):
        assert math.isfinite(value)
        assert 0 <= value <= 10**12


@pytest.mark.parametrize("name", READERS)
def test_whatever_comes_is_read_or_is_the_wire_error(name: str) -> None:
    read, known = READERS[name]

    @settings(max_examples=80, deadline=None)
    @given(altered(known))
    @example(known)
    def once(data: Any) -> None:
        read_or_refused(read, data)

    once()
    # Hypothesis cannot print these.
    for odd in (10**5_000, nested(900)):
        read_or_refused(read, odd)
        read_or_refused(read, dict.fromkeys(known, odd))
        for field in known:
            read_or_refused(read, known | {field: odd})


def read_or_refused(read: Callable[[Any], Any], data: Any) -> None:
    try:
        found = read(data)
    except WireError as error:
        assert len(str(error)) < 80  # noqa: PT017 the text names the field, never its content
    else:
        check(asdict(found) if hasattr(found, "__dataclass_fields__") else found)


@pytest.mark.parametrize("name", READERS)
def test_what_is_as_it_should_be_is_read(name: str) -> None:
    read, known = READERS[name]
    read(known)


@given(st.binary(max_size=60) | anything.map(lambda data: json.dumps(data).encode()))
@example(b"[" * 200_000)
@example(b'{"a":' * 100_000)
@example(b"9" * 5_000)
@example(b'{"message": ' + b"9" * 5_000 + b"}")
@example(b'{"detail": ' + b"[" * 400 + b'"x"' + b"]" * 400 + b"}")
@example(b'"\\ud800"')
@settings(deadline=None)
def test_bytes_are_json_or_no_value(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        decoded(body)
    service_message(body).encode("utf-8")
    error_word(body).encode("utf-8")


def test_entries_are_taken_singly_whatever_they_are() -> None:
    for odd in (None, 10**5_000, nested(900), [STATUS], {"process_id": "\ud800", "status": "x"}):
        page = topaz_wire.read_page([STATUS, odd, STATUS], "")
        assert (len(page.jobs), page.unreadable) == (2, 1)


@pytest.mark.parametrize(
    ("said", "most", "kept"),
    [
        ("  two\n lines\x1b[31m\u202e ", 50, "two lines [31m"),
        ("see https://u:p@h.example/x?sig=s3cret#f now", 50, "see https://h.example/x?… now"),
        ("x" * 500, 50, "x" * 50),
        ("half \ud83d", 50, "half"),
        (None, 50, ""),
        (["x"], 50, ""),
    ],
)
def test_what_a_service_says_is_one_short_line_without_secrets(said: object, most: int, kept: str) -> None:
    assert wire.text(said, most) == kept


@pytest.mark.parametrize(
    "text", ["Infinity", "-Infinity", "NaN", "1e400", "1" + "0" * 400, "true", '"1"', "null", "[1]"]
)
def test_only_a_finite_number_is_a_number(text: str) -> None:
    assert wire.number(json.loads(text)) is None
    assert wire.number(json.loads("-2.5")) == -2.5
