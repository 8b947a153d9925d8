"""Says what was said in one language again in another: what stands in a window when its language is changed.

Stored texts are English and follow by themselves (`language.translated`). What a face has said with `tr` and `ntr` is
known in its own language only, so the sentence that it was made from is looked for there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from topazdesk.language import catalogue, ntr, sentences, tr

_PLACE = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=。)")
#: A sentence with fewer letters of its own is no proof that a text is one.
_FEWEST_LETTERS = 4
_DEEPEST = 3


class _Form(NamedTuple):
    """A text as the language before had it: what stands between its values, and the English that it is known by."""

    text: str
    key: str
    many: str

    @property
    def literals(self) -> list[str]:
        """What stands between the values, in order."""
        return [part for part in _PLACE.split(self.text)[::2] if part]


def reteller() -> Callable[[str], str]:
    """Return a function that says texts of the language in use in the one that is used when it is called."""
    before = catalogue()
    forms: list[_Form] = []

    def retell(text: str) -> str:
        if not forms:
            forms.extend(_forms(before if before[0] else catalogue(), is_english=not before[0]))
            forms.sort(key=lambda form: -sum(map(len, form.literals)))
        # Of those that read the same, one that begins a sentence counts.
        exact = {form.text: form for form in sorted(forms, key=lambda form: form.key[:1].isupper())}
        return _again(text, forms, exact, 0)

    return retell


def _forms(
    texts: tuple[dict[str, str], dict[str, tuple[str, tuple[str, ...]]]], *, is_english: bool
) -> Iterator[_Form]:
    single, plural = texts
    for key, said in single.items():
        yield _Form(key if is_english else said, key, "")
    for one, (many, said_forms) in plural.items():
        for text in (one, many) if is_english else said_forms:
            yield _Form(text, one, many)


def _again(text: str, forms: list[_Form], exact: dict[str, _Form], depth: int) -> str:
    if not text or depth > _DEEPEST or not any(letter.isalpha() for letter in text):
        return text
    if text in exact:
        return _said(exact[text], {})
    parts = [part for part in _SENTENCE_END.split(text) if part]
    if len(parts) > 1 and all(part in exact for part in parts):
        return sentences(*(_said(exact[part], {}) for part in parts))
    for form in forms:
        literals = form.literals
        if _weight(literals) < _FEWEST_LETTERS or literals == [form.text]:
            continue
        place = 0
        for literal in literals:
            place = text.find(literal, place)
            if place < 0:
                break
            place += len(literal)
        else:
            if found := re.fullmatch(_expression(form.text), text, re.DOTALL):
                values = {name: _again(value, forms, exact, depth + 1) for name, value in found.groupdict().items()}
                return _said(form, values)
    if len(parts) > 1:
        return sentences(*(_again(part, forms, exact, depth + 1) for part in parts))
    return " · ".join(_again(part, forms, exact, depth + 1) for part in text.split(" · ")) if " · " in text else text


def _weight(literals: list[str]) -> int:
    """Return how many letters a sentence has of its own; a letter of Japanese says as much as two."""
    return sum(1 + (letter >= "\u2e80") for part in literals for letter in part if letter.isalpha())


def _expression(form: str) -> str:
    parts, seen = [], set()
    for place, part in enumerate(_PLACE.split(form)):
        if place % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return "".join(parts)


def _said(form: _Form, values: dict[str, str]) -> str:
    key = form.key.partition("\x04")[2] or form.key
    context = form.key.partition("\x04")[0] if "\x04" in form.key else ""
    if form.many:
        digits = re.sub(r"\D", "", values.get("n", ""))
        said = ntr(form.key, form.many, int(digits) if digits else 1)
        values = {"n": "1", **values}
    else:
        said = tr(key, context)
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), said)
