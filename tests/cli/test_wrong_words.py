"""What click says of a wrong command, in another language: its wording is its own, and changes with its versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from topazdesk.language import translated, use

LANGUAGES = Path(__file__).parents[2] / "resources" / "languages"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    use("fr", LANGUAGES)
    yield
    use("en")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (click.NoSuchOption("--siz"), "L’option --siz n’existe pas"),
        (
            click.NoSuchOption("--siz", possibilities=["--size"]),
            "L’option --siz n’existe pas. Vouliez-vous dire '--size'\N{NO-BREAK SPACE}?",
        ),
        (
            click.NoSuchOption("--siz", possibilities=["--size", "--sizes"]),
            (
                "L’option --siz n’existe pas. (Vouliez-vous dire l’une de celles-ci\N{NO-BREAK SPACE}: '--size', '--sizes'"
                "\N{NO-BREAK SPACE}?)"
            ),
        ),
    ],
)
def test_what_click_says_is_translated(error: click.ClickException, said: str) -> None:
    assert translated(error.format_message()).rstrip(".") == said
