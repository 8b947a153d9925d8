"""Finds actions by words that somebody types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"\w+")
_FIRST_KANA = "\N{HIRAGANA LETTER SMALL A}"  # kana and ideographs begin here


@dataclass(frozen=True, slots=True)
class Findable:
    """An action as it can be found: `name` is its name in `Actions`, `text` and `group` are what the user reads."""

    name: str
    text: str
    group: str
    is_usable: bool = True


def found(typed: str, among: Sequence[Findable], recent: Sequence[str] = ()) -> list[Findable]:
    """Return the actions in which each typed word begins a word, best first; all of them while nothing is typed.

    Actions that can be used now come first; then those with the words in their own text, nearest to its beginning;
    then those used last (`recent`, by name, the newest first); then the order of `among`. Case and accents are
    ignored.
    """
    wanted = _words(typed)
    ranked: list[tuple[tuple[bool, int, int, int], Findable]] = []
    for place, each in enumerate(among):
        at = _match(wanted, _words(each.text), _words(each.group))
        if at is not None:
            used = recent.index(each.name) if each.name in recent else len(recent)
            ranked.append(((not each.is_usable, at, used, place), each))
    ranked.sort(key=lambda one: one[0])
    return [each for _rank, each in ranked]


def _match(wanted: Sequence[str], text: Sequence[str], group: Sequence[str]) -> int | None:
    """Return the place of the first word that matches, or None if a typed word begins no word."""
    words = (*text, *group)
    places = [next((at for at, word in enumerate(words) if _fits(part, word)), None) for part in wanted]
    if None in places:
        return None
    return min((at for at in places if at is not None), default=0)


def _fits(part: str, word: str) -> bool:
    """Return whether a typed part begins a word; within one where words are written without spaces, as in Japanese."""
    return word.startswith(part) or (part[0] >= _FIRST_KANA and part in word)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORDS.findall("".join(char for char in plain if not unicodedata.combining(char)))
