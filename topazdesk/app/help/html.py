"""A page of help as HTML: what both a browser and Qt's rich text understand. All text is escaped, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from topazdesk.app.help.library import Library, Span
from topazdesk.app.help.source import Block, Kind, Page
from topazdesk.domain.displayed_text import one_line

#: Returns the address that a target has where the page is shown, "" for none: then its words are bold.
Address = Callable[[str], str]


def page_html(library: Library, page: Page, address: Address) -> str:
    """Return the contents of a page, without head and body."""
    return "".join([f"<h1>{_safe(page.title)}</h1>", *_blocks(library, page, address)])


def _blocks(library: Library, page: Page, address: Address) -> Iterator[str]:
    in_list = False
    for block in page.blocks:
        if in_list is not (block.kind is Kind.ITEM):
            in_list = not in_list
            yield "<ul>" if in_list else "</ul>"
        yield _block(library, block, address)
    if in_list:
        yield "</ul>"


def _block(library: Library, block: Block, address: Address) -> str:
    match block.kind:
        case Kind.HEADING:
            return f'<h2 id="{block.anchor}"><a name="{block.anchor}"></a>{_safe(block.text)}</h2>'
        case Kind.CODE:
            return f"<pre>{escape(block.text)}</pre>"
        case Kind.TABLE:
            head, *rows = block.rows
            cells = "".join(f"<th>{_safe(cell)}</th>" for cell in head)
            lines = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
            return f"<table><tr>{cells}</tr>{lines}</table>"
        case Kind.ITEM:
            return f"<li>{_line(library, block, address)}</li>"
        case _:
            return f"<p>{_line(library, block, address)}</p>"


def _line(library: Library, block: Block, address: Address) -> str:
    return "".join(_span(span, address) for span in library.spans(block))


def _span(span: Span, address: Address) -> str:
    words = _safe(span.text)
    if span.is_code:
        return f"<code>{words}</code>"
    keys = f" <code>{_safe(span.keys)}</code>" if span.keys else ""
    if span.target:
        place = address(span.target)
        linked = f'<a href="{escape(place)}">{words}</a>' if place else f"<b>{words}</b>"
        return f"{linked}{keys}"
    return f"<b>{words}</b>" if span.is_bold else words


def _safe(text: str) -> str:
    return escape(one_line(text, 4_000))
