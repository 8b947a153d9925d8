"""Reads the pages of help: `resources/help/*.md`, a small part of Markdown.

A page is a title (`# `), headings (`## Title {#anchor}`), paragraphs, lists (`- `) and commands (fenced). The unit that
is translated is a block of these, which no Markdown library tells apart, and inside of a block only `**bold**`,
`` `code` `` and names are marked: so it is read here. A test holds all pages to this.

Names are places: `{do:add}` stands for an action of the window, in its own words, `{page:money#limits}` for a page or a
part of it. So no page can name what is not there. A block that is one word in braces, such as `{models}`, is
made by the program (see `library`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path

from topazdesk.app.resources_folder import folder
from topazdesk.language import translated

#: In the order of the list of pages: what a newcomer asks first.
NAMES = ("start", "compare", "models", "money", "files", "trouble", "unattended", "team", "privacy", "keyboard")

_HEADING = re.compile(r"## (?P<text>.+?) \{#(?P<anchor>[a-z0-9-]+)\}")
_MADE = re.compile(r"\{(\w+)\}")
PLACE = re.compile(r"\{(do|page):([\w#/.-]+)\}")


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    CODE = "code"
    TABLE = "table"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page. `anchor` is that of a heading, `rows` are those of a table, the first with their heads.

    `is_literal`: the text is data (a model's name, a value), with no marks in it.
    """

    kind: Kind
    text: str = ""
    anchor: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its name (`money`, `topaz/recover-3`), its title and its blocks."""

    name: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def anchors(self) -> tuple[str, ...]:
        """The anchors of its headings."""
        return tuple(block.anchor for block in self.blocks if block.kind is Kind.HEADING)


def parse(name: str, text: str) -> Page:
    """Return a page in English. Raises ValueError for anything that a page does not have."""
    head, _, rest = text.partition("\n")
    if not head.startswith("# "):
        raise ValueError(f"{name}: a page begins with its title")
    return Page(name, head[2:].strip(), tuple(_blocks(name, rest.splitlines())))


def _blocks(name: str, given: list[str]) -> Iterator[Block]:
    code: list[str] | None = None
    words: list[str] = []
    for line in [*given, ""]:
        if code is not None:
            if line == "```":
                yield Block(Kind.CODE, "\n".join(code))
                code = None
            else:
                code.append(line)
            continue
        if line and not line.startswith(("#", "- ", "```")):
            words.append(line.strip())
            continue
        if words:
            yield _text(" ".join(words))
            words = []
        if line == "```":
            code = []
        elif line.startswith("- "):
            yield Block(Kind.ITEM, line[2:].strip())
        elif line:
            found = _HEADING.fullmatch(line)
            if found is None:
                raise ValueError(f"{name}: not understood: {line}")
            yield Block(Kind.HEADING, found["text"], found["anchor"])
    if code is not None:
        raise ValueError(f"{name}: a command without an end")


def _text(words: str) -> Block:
    made = _MADE.fullmatch(words)
    return Block(Kind.MADE, made[1]) if made else Block(Kind.TEXT, words)


def texts(page: Page) -> Iterator[str]:
    """Yield what of a page is translated."""
    yield page.title
    for block in page.blocks:
        if block.kind in (Kind.HEADING, Kind.TEXT, Kind.ITEM) and PLACE.sub("", block.text).strip(" ,"):
            yield block.text


@cache
def source(name: str, place: Path | None = None) -> Page:
    """Return a written page in English."""
    return parse(name, ((place or folder() / "help") / f"{name}.md").read_text("utf-8"))


def spoken(page: Page) -> Page:
    """Return a page in the user's language."""
    said = {text: translated(text) for text in texts(page)}
    blocks = tuple(replace(block, text=said.get(block.text, block.text)) for block in page.blocks)
    return Page(page.name, said[page.title], blocks)
