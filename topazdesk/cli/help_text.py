"""A page of help as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from topazdesk.app.help.library import Library, Span
from topazdesk.app.help.source import Kind, Page
from topazdesk.cli.output import table
from topazdesk.domain.displayed_text import one_line
from topazdesk.language import language, quoted


def page_lines(library: Library, page: Page, width: int, anchor: str = "") -> Iterator[str]:
    """Yield the lines of a page, or of a part of it."""
    blocks = list(page.blocks)
    if language() == "ja":
        width //= 2  # letters of two columns
    if anchor in page.anchors:
        begin = next(at for at, block in enumerate(blocks) if block.anchor == anchor and block.kind is Kind.HEADING)
        rest = blocks[begin + 1 :]
        end = next((at for at, block in enumerate(rest) if block.kind is Kind.HEADING), len(rest))
        yield blocks[begin].text
        blocks = rest[:end]
    else:
        yield page.title
    before = Kind.TEXT
    for block in blocks:
        if not (before is Kind.ITEM and block.kind is Kind.ITEM):
            yield ""
        before = block.kind
        match block.kind:
            case Kind.HEADING:
                yield block.text
            case Kind.CODE:
                yield from (f"    {line}" for line in block.text.splitlines())
            case Kind.TABLE:
                yield from table([(one_line(name), one_line(value)) for name, value in block.rows])
            case _:
                text = one_line("".join(_span(span) for span in library.spans(block)), 4_000)
                first, then = ("- ", "  ") if block.kind is Kind.ITEM else ("  ", "  ")
                yield from textwrap.wrap(
                    text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
                ) or [first]


def _span(span: Span) -> str:
    words = quoted(span.text) if span.target.startswith("do:") else span.text
    return f"{words} ({span.keys})" if span.keys else words
