"""Finds parts of the help by words that somebody types: in every language, also those that write no spaces."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from topazdesk.app.help.library import Library
from topazdesk.app.help.source import Kind

_EXCERPT = 140


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page that can be found: a heading and what stands below it."""

    reference: str
    title: str
    page: str
    text: str


class Search:
    """The index of a library; made when it is first asked."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._parts: list[tuple[Part, str, str]] = []

    def parts(self) -> list[Part]:
        """Return all parts, in the order of the pages."""
        return [part for part, _title, _text in self._index()]

    def found(self, typed: str, most: int = 40) -> list[Part]:
        """Return the parts that have all words that were typed, those with them in their title first."""
        words = folded(typed).split()
        if not words:
            return []
        ranked = []
        for place, (part, title, text) in enumerate(self._index()):
            if not all(word in title or word in text for word in words):
                continue
            in_title = sum(word in title for word in words)
            is_begun = title.startswith(words[0])
            ranked.append(((-in_title, not is_begun, place), part))
        ranked.sort(key=lambda one: one[0])
        return [part for _rank, part in ranked[:most]]

    def _index(self) -> list[tuple[Part, str, str]]:
        if not self._parts:
            for name in self._library.names:
                self._add(name)
        return self._parts

    def _add(self, name: str) -> None:
        page = self._library.page(name)
        reference, title, lines = name, page.title, list[str]()

        def end() -> None:
            part = Part(reference, title, page.title, "\n".join(lines))
            self._parts.append((part, folded(title), folded(f"{page.title}\n{part.text}")))

        for block in page.blocks:
            if block.kind is Kind.HEADING and "/" in name:  # a model is one part: all of them have the same headings
                lines.append(block.text)
            elif block.kind is Kind.HEADING:
                end()
                reference, title, lines = f"{name}#{block.anchor}", block.text, []
            elif block.kind is Kind.TABLE:
                lines += [" ".join(row) for row in block.rows]
            else:
                lines.append(block.text if block.kind is Kind.CODE else self._library.plain(block))
        end()


def excerpt(part: Part, typed: str) -> str:
    """Return the line of a part in which the words stand, or else its first."""
    words = folded(typed).split()
    lines = [line for line in part.text.split("\n") if line] or [part.title]
    best = max(lines, key=lambda line: sum(word in folded(line) for word in words))
    return best if len(best) <= _EXCERPT else best[: _EXCERPT - 1].rstrip() + "…"


def folded(text: str) -> str:
    """Return text as it is compared: without case and accents, full and half width alike."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if unicodedata.category(char) != "Mn"))
