"""The texts that people read: gathered, whole in every language, and compiled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from tests.support.pseudo import texts_tool

ROOT = Path(__file__).parents[2]
_PLACEHOLDER = re.compile(r"\{\w+(?::[^{}]*)?\}")
#: Where facts about a parameter are from: for whoever keeps the catalogue.
_WHERE_FROM = {"source", "advised_source", "advice_source", "always_send_reason"}
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


#: A number and a word behind it, which changes with the number in most languages.
_COUNTED = re.compile(
    r"\{(?:n|count|rest|more)(?::,|:d)?\} (?!of\b|or more\b|(?:MB|kB|GB|MP|cr|s|min|h|px|a|an)\b)[a-z]"
)
#: Where the number names something ("Page {n}") or is never one.
_NOT_COUNTED = re.compile(r"\b(?:cell|Cell|Area|Page|Frame|Picture|trial|page) \{n\}|\b(?:all|up to|the|at) \{n")
#: Never said of a single one, or no word that a language inflects.
_NEVER_ONE = {
    "Estimated: {time} at the service, {n} at a time. Sending and fetching come on top.",
    "{n} failed jobs were not refunded after a day",
    "{n} left",
    "{n} left after this and the queue",
    "{n} left afterwards",
    "{n} models at most: unmark one first",
    "{n} pictures are the same as others that have been started. Their results appear here, too.",
    "{n} versions",
    "{n:,} results of {pictures:text}",
    "{n:d} to be mended",
    "{count} without an ending",
    "Enhance {n} pictures again…",
    "It is unclear whether {n} pictures arrived",
    "Preview {n} on my picture",
    "Preview {n} on my picture · already paid",
    "Preview {n} on my picture · {price}",
    "To {n} pictures, free of charge. The trials are kept for 7 days.",
    "{path}: has {n:d} pages, not {highest}",
    "{path}: has {n:d} frames, not {highest}",
    "{path}: has {n:d} pictures, not {highest}",
}


def test_what_is_counted_has_a_form_for_one() -> None:
    """ "1 rechazadas", "1 autres": a text with a number in it is told by `nsay` or `ntr`, also where English has one form."""
    single = [text.one for text in _found().texts.values() if not text.many]
    counted = {text for text in single if _COUNTED.search(text) and not _NOT_COUNTED.search(text)}
    assert sorted(counted - _NEVER_ONE) == []
    assert sorted(_NEVER_ONE - counted) == [], "no exception without a text"


def test_all_texts_are_in_the_catalogues() -> None:
    """Stale? `python3 packaging/dev.py texts` writes them."""
    texts = texts_tool()
    new = texts.template(_found().texts.values())
    assert texts.TEMPLATE.read_bytes() == texts.po_bytes(new)
    for language in texts.LANGUAGES:
        path = texts.FOLDER / f"{language}.po"
        assert path.read_bytes() == texts.po_bytes(texts.merged(new, language), language), path.name
        assert path.with_suffix(".mo").read_bytes() == texts.compiled(language), path.name


def test_every_sentence_of_a_parameter_is_given_to_translators() -> None:
    """The words in an empty prompt, and why a field cannot be used, were English everywhere: their keys were unknown."""

    def sentences(data: object, *, is_shown: bool) -> Iterator[str]:
        if isinstance(data, list):
            data = dict(enumerate(data))
        for key, value in data.items() if isinstance(data, dict) else ():
            if is_shown and isinstance(value, str) and " " in value and key not in _WHERE_FROM:
                yield value
            yield from sentences(value, is_shown=is_shown or key == "x-ui")

    files = sorted((ROOT / "resources" / "catalogue").rglob("*.json"))
    said = {one for file in files for one in sentences(json.loads(file.read_text("utf-8")), is_shown=False)}
    assert len(said) > 20
    assert said - {text.one for text in _found().texts.values()} == set()


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


#: Where quotes are no words to people: what a pattern looks for, what a log has, rules of a file that only English has.
_QUOTES_ELSEWHERE = {
    "topazdesk/app/recipe_words.py",  # what was typed is nothing
    "topazdesk/app/redaction.py",
    "topazdesk/cli/wording.py",
    "topazdesk/cli/wrapping.py",
    "topazdesk/domain/usage_policy.py",  # details for who writes the file
    "topazdesk/engine/absence.py",
    "topazdesk/engine/remote_update.py",
    "topazdesk/language.py",
    "topazdesk/services/topaz.py",  # what a service says is looked for
    "topazdesk/ui/recipe/settings_clipboard.py",
}
_QUOTES = "“”„«»「」"


def test_quotes_stand_in_texts_alone() -> None:
    """Names in the help of the terminal, and in lists within sentences, had English quotes in every language: their
    quotes were put around them by hand, or in a text of marks alone, which no translator was given."""
    import ast

    known = {form for text in _found().texts.values() for form in (text.one, text.many)}
    assert "“{words}”" in known, "a text of marks alone"
    found = set()
    for path in sorted((ROOT / "topazdesk").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        documents = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                has_quotes = any(mark in node.value for mark in _QUOTES)
                if has_quotes and node.value not in known:
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == _QUOTES_ELSEWHERE


#: The marks of each language, as printed books have them.
_OWN_QUOTES = {"de": "„“", "fr": "«»", "es": "«»", "ja": "「」"}


@pytest.mark.parametrize("language", sorted(_OWN_QUOTES))
def test_a_translation_has_the_quotes_and_keys_of_its_language(language: str) -> None:
    own = _OWN_QUOTES[language]
    key = {each.id: each.string for each in _catalogue(language) if each.id in ("Ctrl", "Shift")}
    wrong = []
    for message in _catalogue(language):
        for form in _forms(message.string) if message.id else ():
            quotes = {mark for mark in form if mark in _QUOTES} - set(own)
            spaced = language != "fr" or not re.search("«[^\N{NO-BREAK SPACE}]|[^\N{NO-BREAK SPACE}]»", form)
            straight = re.search(r"'\{\w+\}'", form) or (language == "fr" and re.search(r"[^\W\d_]'[^\W\d_]", form))
            keys = any(word in form and word != key[word] for word in key)
            in_prompt = language == "ja" and "“a clear lake" in form  # words to type, in English
            if (quotes and not in_prompt) or not spaced or straight or keys:
                wrong.append(form)
    assert wrong == []
