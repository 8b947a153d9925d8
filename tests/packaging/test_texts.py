"""The texts that people read: gathered, whole in every language, and compiled."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from tests.support.pseudo import texts_tool

ROOT = Path(__file__).parents[2]
_PLACEHOLDER = re.compile(r"\{\w+(?::[^{}]*)?\}")
#: Languages whose translation is not whole yet. The window offers the others.
UNFINISHED: set[str] = set()


@cache
def _found() -> Any:
    return texts_tool().gather()


def _catalogue(language: str) -> Catalog:
    return texts_tool()._read(texts_tool().FOLDER / f"{language}.po")


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


def test_no_text_is_put_together_of_parts() -> None:
    """A sentence out of pieces, or out of an f-string, is one that no translation can follow."""
    assert _found().faults == []
    assert len(_found().texts) > 2_500


def test_all_texts_are_in_the_catalogues() -> None:
    """Stale? `python3 packaging/dev.py texts` writes them."""
    texts = texts_tool()
    new = texts.template(_found().texts.values())
    assert texts.TEMPLATE.read_bytes() == texts.po_bytes(new)
    for language in texts.LANGUAGES:
        path = texts.FOLDER / f"{language}.po"
        assert path.read_bytes() == texts.po_bytes(texts.merged(new, language), language), path.name
        assert path.with_suffix(".mo").read_bytes() == texts.compiled(language), path.name


@pytest.mark.parametrize("language", ["de", "fr", "es", "ja"])
def test_a_language_is_whole(language: str) -> None:
    left = [message.id for message in _catalogue(language) if message.id and not texts_tool()._is_done(message)]
    if language in UNFINISHED:
        assert left, f"{language} is whole: take it out of UNFINISHED"
    else:
        assert left == []


@pytest.mark.parametrize("language", ["de", "fr", "es", "ja"])
def test_a_translation_has_the_values_of_the_text(language: str) -> None:
    wrong = [
        message.id for message in _catalogue(language) if texts_tool()._is_done(message) and not _is_sound(message)
    ]
    assert wrong == []


def _is_sound(message: Message) -> bool:
    """A plural may leave the number out ("one picture"); no form may have a value that is not there."""
    if not message.id:
        return True
    wanted = [set(_PLACEHOLDER.findall(form)) for form in _forms(message.id)]
    given = [set(_PLACEHOLDER.findall(form)) for form in _forms(message.string)]
    if not isinstance(message.id, tuple):
        return given == wanted
    every = set().union(*wanted)
    may_lack = {"{n}"} | (every - set.intersection(*wanted))
    return all(each <= every and every - each <= may_lack for each in given) and given[-1] >= wanted[-1] - {"{name}"}


def test_a_text_out_of_pieces_is_found(tmp_path: Any) -> None:
    import ast

    texts = texts_tool()
    found = texts.Found()
    reader = texts._Reader(found, "x.py")
    reader.visit(
        ast.parse(
            'tr(f"{a} files")\nUseError(f"No {a}", "Hint.")\nntr(one, "{n} x", 2)\ntr("Fine " + b)\n'
            'say("No {a}", a=1)\nUseError("Title", "A " if b else f"B {c}")\n'
        )
    )
    assert len(found.faults) == 5
    assert set(found.texts) == {("", "No {a}"), ("", "Hint."), ("", "Title"), ("", "A ")}
