"""Refusals carry an error's words, unchanged, both ways."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.collected_files import Refusal
from topazdesk.errors import InputError


def test_there_and_back() -> None:
    error = InputError("The file is empty", "It holds 0 bytes.", details="x", code="input.empty")
    refused = Refusal.of(Path("a.jpg"), error)
    back = refused.error
    assert (back.title, back.hint, back.details, back.code) == (error.title, error.hint, error.details, error.code)
    assert refused.path == Path("a.jpg")
