"""`topazdesk help`: the pages of help in a terminal, and as web pages in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from topazdesk.app.help.causes import help_for
from topazdesk.app.help.library import Library
from topazdesk.app.help.search import Search, excerpt, folded
from topazdesk.app.help.site import write_site
from topazdesk.app.help.source import NAMES
from topazdesk.app.paths import Paths
from topazdesk.app.resources import load_catalogue
from topazdesk.cli.help_text import page_lines
from topazdesk.cli.options import ProfileOption
from topazdesk.cli.output import shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.program import page_of
from topazdesk.errors import Code, ExitCode, UseError
from topazdesk.language import ntr, number, say, tr

_WIDEST = 100
_MOST_FOUND = 12


def help_(
    words: Annotated[
        list[str] | None,
        Argument(metavar="[WORDS]…", help="A page, a model, a command, an error's code, or words to look for."),
    ] = None,
    html: Annotated[
        Path | None,
        Option("--html", metavar="DIR", help="Write all pages as web pages into a new folder, with a search."),
    ] = None,
    profile: ProfileOption = None,
) -> ExitCode:
    """Explain the program in plain words: first steps, models, prices, what to do when something fails."""
    catalogue, _faults = load_catalogue(Paths.choose(profile).own_models)
    library = Library(catalogue)
    typed = " ".join(words or ())
    if html is not None:
        count = write_site(library, html.expanduser())
        text = ntr("1 page written: open {file}", "{n} pages written: open {file}", count)
        print(text.format(n=number(count), file=shown(html / "index.html")))
        return ExitCode.DONE
    if not typed:
        print("\n".join([tr("Pages:"), *_listed([(name, library.title(name)) for name in NAMES])]))
        print(tr('A page: topazdesk help money. A model: topazdesk help "Recover 3". Anything: topazdesk help proxy'))
        return ExitCode.DONE
    if (page := page_of(typed)) is not None:
        print(page)
        return ExitCode.DONE
    reference = _named(library, typed)
    if not reference:
        found = Search(library).found(typed)
        if not found:
            raise UseError(
                say("The help has nothing about “{words}”", words=typed),
                "Try another word, or see all pages: topazdesk help",
                code=Code.USE_ARGUMENTS,
            )
        if len(found) > 1:
            rows = [(part.reference, f"{part.title}: {excerpt(part, typed)}") for part in found[:_MOST_FOUND]]
            print("\n".join(_listed(rows)))
            return ExitCode.DONE
        reference = found[0].reference
    name, _, anchor = reference.partition("#")
    print("\n".join(page_lines(library, library.page(name), _width(), anchor)))
    return ExitCode.DONE


def _named(library: Library, typed: str) -> str:
    """Return the page, or the part of one, that somebody names: by its name, its title, or an error's code."""
    name, _, anchor = typed.partition("#")
    if name in library.names and (not anchor or anchor in library.page(name).anchors):
        return typed
    if typed in set(Code):
        return help_for(typed)
    titled = [name for name in library.names if folded(library.title(name)) == folded(typed)]
    return titled[0] if titled else ""


def _listed(rows: list[tuple[str, str]]) -> list[str]:
    wide, width = max(len(name) for name, _ in rows), _width()
    return [
        f"  {name:<{wide}}  {text if len(text) < width - wide - 4 else text[: width - wide - 5] + '…'}"
        for name, text in rows
    ]


def _width() -> int:
    return min(_WIDEST, shutil.get_terminal_size((80, 24)).columns)
