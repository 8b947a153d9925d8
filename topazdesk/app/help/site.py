"""The help as web pages in a folder: they need no server, no network and no program, also to search in them."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from topazdesk.app.help.html import page_html
from topazdesk.app.help.library import Library
from topazdesk.app.help.search import Search, folded
from topazdesk.app.help.source import NAMES
from topazdesk.disk import private_file
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import language, say, tr

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --link: #0a58b5; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab8ff; } }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; display: flex; flex-wrap: wrap; }
nav { width: 15rem; padding: 1.5rem; box-sizing: border-box; border-right: 1px solid var(--line); }
nav ul { list-style: none; padding: 0; } nav li { margin: .35rem 0; }
main { flex: 1; min-width: 18rem; max-width: 46rem; padding: 1.5rem 2rem 4rem; }
a { color: var(--link); } h1 { line-height: 1.2; } h2 { margin-top: 2rem; }
pre, code { font: .9em ui-monospace, monospace; } pre { border: 1px solid var(--line); padding: .6rem; overflow: auto; }
table { border-collapse: collapse; } th, td { text-align: start; padding: .25rem 1rem .25rem 0; vertical-align: top; }
input { font: inherit; width: 100%; box-sizing: border-box; }
"""
_SCRIPT = """
const field = document.getElementById("find"), list = document.getElementById("found");
const plain = text => text.toLowerCase().normalize("NFKD").replace(/\\p{Mn}/gu, "").normalize("NFC");
field.addEventListener("input", () => {
  const words = plain(field.value).split(/\\s+/).filter(Boolean);
  list.replaceChildren(...(words.length ? PARTS : []).map(part => {
    const hits = words.filter(word => part[1].includes(word)).length;
    return words.every(word => part[1].includes(word) || part[2].includes(word)) ? [hits, part] : null;
  }).filter(Boolean).sort((a, b) => b[0] - a[0]).slice(0, 20).map(([_, part]) => {
    const line = document.createElement("li"), link = document.createElement("a");
    link.href = part[0]; link.textContent = part[3]; line.append(link); return line;
  }));
});
"""


def write_site(library: Library, target: Path) -> int:
    """Write all pages into a new or empty folder; return how many. Blocking. Raises UseError, ComputerError."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise UseError(
                say("There are files in {folder} already", folder=target.name),
                "Nothing was written. Name a new or an empty folder.",
                code=Code.USE_PROFILE_FOLDER,
            )
        for name in library.names:
            private_file.create(target / _file(name), _page(library, name).encode("utf-8"), 0o644)
        private_file.create(target / "find.js", _index(library).encode("utf-8"), 0o644)
    except OSError as error:
        raise ComputerError(
            say("The help cannot be written to {folder}", folder=target.name),
            "Choose another folder.",
            details=str(error.strerror),
            code=Code.COMPUTER_FOLDER_UNWRITABLE,
        ) from error
    return len(library.names)


def _file(name: str) -> str:
    return "index.html" if name == NAMES[0] else f"{name.replace('/', '-')}.html"


def _address(target: str) -> str:
    kind, _, reference = target.partition(":")
    if kind != "page":
        return ""  # a command of the window, which a web page cannot give
    name, _, anchor = reference.partition("#")
    return f"{_file(name)}#{anchor}" if anchor else _file(name)


def _page(library: Library, name: str) -> str:
    page = library.page(name)
    entries = "".join(f'<li><a href="{_file(each)}">{escape(library.title(each))}</a></li>' for each in NAMES)
    find = escape(tr("Search the help"))
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(page.title)} – topazdesk</title>'
        f"<style>{_STYLE}</style></head><body><nav>"
        f'<input id="find" type="search" placeholder="{find}" aria-label="{find}">'
        f'<ul id="found" aria-live="polite"></ul>'
        f"<ul>{entries}</ul></nav><main>{page_html(library, page, _address)}</main>"
        f'<script src="find.js"></script></body></html>'
    )


def _index(library: Library) -> str:
    parts = [
        [
            _address(f"page:{part.reference}"),
            folded(part.title),
            folded(f"{part.page}\n{part.text}"),
            part.title if part.title == part.page else f"{part.page}: {part.title}",
        ]
        for part in Search(library).parts()
    ]
    return f"const PARTS = {json.dumps(parts, ensure_ascii=False)};{_SCRIPT}"
