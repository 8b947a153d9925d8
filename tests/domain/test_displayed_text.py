"""Text of strangers that is shown: nothing in it commands a terminal, turns its direction or hides."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.displayed_text import MOST, lines, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07\x1b[2J", "�]0;owned��[2J"),
        ("photo\u202egpj.exe", "photo�gpj.exe"),
        ("a\u2066b\u2069", "a�b�"),
        ("a\nb\tc\r\nd\re", "a⏎b c⏎d�e"),
        ("a\u2028b\u200bc\u009bd", "a�b�c�d"),
        (os.fsdecode(b"caf\xe9"), "caf�"),
        ("naïve 日本 שלום 👩‍👩‍👧 می‌خواهم", "naïve 日本 שלום 👩‍👩‍👧 می‌خواهم"),
    ],
)
def test_what_is_shown_of_a_name(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_lines_stay_where_they_are_wanted() -> None:
    assert lines("a\n  b\tc\x1b") == "a\n  b\tc�"


@given(st.text())
def test_nothing_that_commands_is_left(text: str) -> None:
    shown = one_line(text)
    assert shown == one_line(shown)
    assert len(shown) <= MOST
    assert all(unicodedata.category(sign) not in ("Cc", "Zl", "Zp", "Cs") for sign in shown)
    assert all(
        unicodedata.bidirectional(sign) not in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
        for sign in shown
    )
    shown.encode("utf-8")


def test_a_novel_is_cut_in_the_middle() -> None:
    shown = one_line("a" * 5_000 + "z" * 5_000)
    assert len(shown) == MOST
    assert shown[0] == "a"
    assert shown[-1] == "z"
    assert "…" in shown
