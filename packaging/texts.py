"""Gather the texts that people read, merge them into the catalogues of translations, and compile these.

`dev.py texts` runs it with the environment's Python after a change of texts or of a translation; a test fails until
that is done. It writes `resources/languages/topazdesk.pot` (all texts), keeps what each `<language>.po` has of it, and
writes `<language>.mo`, which the program reads. The compiled files are in the repository: a checkout, a wheel and an
installer speak every language without a step of their own.

What counts as a text (see `topazdesk/language.py`):

- what stands in `tr`, `ntr`, `say` and `nsay`, which must be literals;
- title and hint of an error, where they are literals;
- what a command, its options and arguments say of themselves, and the actions of the window (`_ARGUMENTS`);
- the words of the catalogue of models (`_KEYS`);
- the pages of help, block by block (`resources/help`).
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "languages"
TEMPLATE = FOLDER / "topazdesk.pot"
LANGUAGES = ("de", "fr", "es", "ja")
#: Plural rules as gettext writes them.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "ja": "nplurals=1; plural=0;",
}

_ONE, _MANY = ("tr", "say"), ("ntr", "nsay")
#: Errors of Python and of the wire, which nobody is shown.
_NOT_SHOWN = frozenset(("ApiError", "RunflowError", "WireError", "EngineError", "BrokenRowError", "BrokenParamError"))
#: Calls whose arguments are texts, by place or name.
_ARGUMENTS: dict[str, tuple[int | str, ...]] = {"Spec": (1,), "Option": ("help",), "Argument": ("help",)}
#: Keys of the catalogue's JSON whose values people read.
_KEYS = frozenset(
    (
        *("purpose", "caution", "hint", "note", "description", "label", "group", "advice", "category"),
        *("placeholder", "disabled_reason"),
    )
)
_PLACEHOLDER = re.compile(r"\{\w+(?::[^{}]*)?\}")


@dataclass
class Text:
    """One text: its second form if it has plurals, and the files that it stands in."""

    one: str
    many: str = ""
    context: str = ""
    places: list[str] = field(default_factory=list)


class Found:
    """All texts, and what is wrong with how they are written."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], Text] = {}
        self.faults: list[str] = []

    def add(self, place: str, one: str, many: str = "", context: str = "") -> None:
        """Add a text: where a currency's sign stands differs, too, and so do quotes."""
        if not any(letter.isalpha() or letter in "$“" for letter in _PLACEHOLDER.sub("", f"{one}{many}")):
            return
        text = self.texts.setdefault((context, one), Text(one, many, context))
        if bool(many) is not bool(text.many) and text.places and _PLACEHOLDER.search(one):
            self.faults.append(f"{place}: “{one}” is counted in one place and not in another ({text.places[0]})")
        if many and text.many and text.many != many:
            self.faults.append(f"{place}: “{one}” has two plurals: “{text.many}” and “{many}”")
        text.many = text.many or many
        if place not in text.places:
            text.places.append(place)


def gather() -> Found:
    """Read all sources."""
    found = Found()
    for path in sorted((ROOT / "topazdesk").rglob("*.py")):
        if path == ROOT / "topazdesk" / "retelling.py":
            continue  # it says again what is a text elsewhere
        if path == ROOT / "topazdesk" / "language.py":
            found.add("topazdesk/language.py", "{some:text} and {last:text}")
            found.add("topazdesk/language.py", "{some:text} or {last:text}")
            found.add("topazdesk/language.py", "“{words}”")
            continue
        place = path.relative_to(ROOT).as_posix()
        _Reader(found, place).visit(ast.parse(path.read_text("utf-8")))
    _add_commands(found)
    _add_help(found)
    for path in sorted((ROOT / "resources" / "catalogue").rglob("*.json")):
        _add_json(found, path.relative_to(ROOT).as_posix(), json.loads(path.read_text("utf-8")))
    return found


class _Reader(ast.NodeVisitor):
    """Takes the texts of one module."""

    def __init__(self, found: Found, place: str) -> None:
        self._found, self._place = found, place

    def visit_Call(self, node: ast.Call) -> None:
        """Take the texts of a call."""
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        is_plain = isinstance(node.func, ast.Name)
        if is_plain and name in _ONE and node.args:
            context = next((text for text in map(_literal, node.args[1:2]) if text), "") if name == "tr" else ""
            # A sentence out of a table, to be filled: the table marks it.
            if not (name == "say" and node.keywords and isinstance(node.args[0], ast.Name | ast.Subscript)):
                self._take(node.args[0], context)
        elif is_plain and name in _MANY and len(node.args) > 1:
            one, many = _literal(node.args[0]), _literal(node.args[1])
            if one is None or many is None:
                self._fault(node, name)
            else:
                self._found.add(self._place, one, many)
        elif name == "JobError":  # a stored one: its code comes first
            for each in node.args[1:3]:
                for literal in _literals(each):
                    self._found.add(self._place, literal)
                if _joined(each):
                    self._fault(each, name)
        elif name.endswith("Error") and name not in _NOT_SHOWN and not _is_builtin(name):
            given = [*node.args[:2], *(each.value for each in node.keywords if each.arg in ("title", "hint"))]
            for each in given:
                for literal in _literals(each):
                    self._found.add(self._place, literal)
                if _joined(each):
                    self._fault(each, name)
        for place in _ARGUMENTS.get(name, ()):
            values = [each.value for each in node.keywords if each.arg == place]
            values += node.args[place : place + 1] if isinstance(place, int) else []
            for value in values:
                for literal in _literals(value):
                    self._found.add(self._place, literal)
        self.generic_visit(node)

    def _take(self, node: ast.expr, context: str) -> None:
        texts = list(_literals(node))
        if not texts and not (isinstance(node, ast.Constant) and node.value == ""):
            self._fault(node, "tr or say")
            return
        for text in texts:
            self._found.add(self._place, text, context=context)

    def _fault(self, node: ast.expr, name: str) -> None:
        words = " ".join(ast.unparse(node).split())[:100]
        self._found.faults.append(f"{self._place}:{node.lineno}: {name} takes a text as it is written: {words}")


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _literals(node: ast.expr) -> Iterator[str]:
    """Yield the texts of an expression that is a literal, or a choice of some."""
    if isinstance(node, ast.IfExp):
        yield from (*_literals(node.body), *_literals(node.orelse))
    elif (text := _literal(node)) is not None and text:
        yield text


def _joined(node: ast.expr) -> bool:
    """Return whether a text is put together of parts, which no translation can follow."""
    if isinstance(node, ast.IfExp):
        return _joined(node.body) or _joined(node.orelse)
    if isinstance(node, ast.JoinedStr):
        words = "".join(part.value for part in node.values if isinstance(part, ast.Constant))  # type: ignore[misc]
        return any(letter.isalpha() for letter in words)
    return False


def _is_builtin(name: str) -> bool:
    import builtins

    return hasattr(builtins, name)


def _add_commands(found: Found) -> None:
    """Add what the commands say of themselves: the table, and the docstrings of their functions."""
    from topazdesk.cli.commands import COMMANDS
    from topazdesk.cli.program import paragraphs

    for command in COMMANDS:
        found.add("topazdesk/cli/commands.py", command.about)
        if not command.place:
            continue
        module, _, name = command.place.partition(":")
        path = ROOT / f"{module.replace('.', '/')}.py"
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                for text in paragraphs(ast.get_docstring(node) or ""):
                    found.add(path.relative_to(ROOT).as_posix(), text)


def _add_help(found: Found) -> None:
    """Add the blocks of the pages of help."""
    from topazdesk.app.help.source import NAMES, parse, texts

    for name in NAMES:
        path = ROOT / "resources" / "help" / f"{name}.md"
        for text in texts(parse(name, path.read_text("utf-8"))):
            found.add(path.relative_to(ROOT).as_posix(), text)


def _add_json(found: Found, place: str, data: object) -> None:
    if isinstance(data, list):
        for each in data:
            _add_json(found, place, each)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key in _KEYS and isinstance(value, str) and value:
            found.add(place, value)
        elif key == "choice_labels" and isinstance(value, dict):
            for text in value.values():
                found.add(place, str(text))
        else:
            _add_json(found, place, value)


# catalogues


def template(texts: Iterable[Text]) -> Catalog:
    """Return the catalogue of all texts, without translations."""
    made = Catalog(project="topazdesk", version="", fuzzy=False, charset="utf-8")
    for text in sorted(texts, key=lambda each: (each.places[0], each.one)):
        key = (text.one, text.many) if text.many else text.one
        places = [(place, 0) for place in text.places[:3]]
        made.add(key, locations=places, flags=(), context=text.context or None)
    return made


def _french(text: str) -> str:
    """Return a text with the apostrophes and the spaces in quotes of French print, however they were typed."""
    text = re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "’", text)
    return re.sub(r"«\s*", "«\N{NO-BREAK SPACE}", re.sub(r"\s*»", "\N{NO-BREAK SPACE}»", text))


def merged(new: Catalog, language: str) -> Catalog:
    """Return the catalogue of a language with all texts and the translations that it has of them."""
    path = FOLDER / f"{language}.po"
    old = _read(path) if path.is_file() else _empty(language)
    made = _empty(language)
    for message in new:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        text = known.string if known is not None and not known.fuzzy else ""
        if language == "fr":
            text = tuple(map(_french, text)) if isinstance(text, tuple) else _french(text)
        comments = known.user_comments if known is not None else ()
        if message.pluralizable and not isinstance(text, tuple):
            text = ()
        elif not message.pluralizable and isinstance(text, tuple):
            text = ""
        made.add(message.id, text, locations=message.locations, user_comments=comments, context=message.context)
    return made


def _empty(language: str) -> Catalog:
    """Return a catalogue with the plurals of the file's header; Babel's own count a form for millions, too."""
    made = Catalog(fuzzy=False, charset="utf-8")
    made.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", PLURALS[language])]
    return made


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def po_bytes(catalogue: Catalog, language: str = "") -> bytes:
    """Return a catalogue as a .po or .pot file: the same bytes for the same texts."""
    out = BytesIO()
    write_po(out, catalogue, width=110, omit_header=True, sort_output=False, include_lineno=False)
    head = ['msgid ""', 'msgstr ""', '"Content-Type: text/plain; charset=utf-8\\n"']
    if language:
        head += [f'"Language: {language}\\n"', f'"Plural-Forms: {PLURALS[language]}\\n"']
    return "\n".join([*head, "", out.getvalue().decode("utf-8").strip(), ""]).encode("utf-8")


def mo_bytes(catalogue: Catalog, language: str) -> bytes:
    """Return what is translated as a .mo file. Babel's own writer names its version and the time."""
    texts = {"": f"Content-Type: text/plain; charset=utf-8\nPlural-Forms: {PLURALS[language]}\n"}
    for message in catalogue:
        if message.id and _is_done(message):
            key = "\0".join(message.id) if isinstance(message.id, tuple) else message.id
            key = f"{message.context}\x04{key}" if message.context else key
            texts[key] = "\0".join(message.string) if isinstance(message.string, tuple) else message.string
    pairs = sorted((key.encode("utf-8"), text.encode("utf-8")) for key, text in texts.items())
    at = 28 + 16 * len(pairs)
    head = [struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 28 + 16 * len(pairs))]
    body = b""
    for part in (0, 1):
        for pair in pairs:
            head.append(struct.pack("<2I", len(pair[part]), at + len(body)))
            body += pair[part] + b"\0"
    return b"".join([*head, body])


def compiled(language: str) -> bytes:
    """Return what the .mo of a language must be."""
    return mo_bytes(_read(FOLDER / f"{language}.po"), language)


def main(arguments: list[str] | None = None) -> int:
    """Gather, merge and compile; with `--check` only say what is stale."""
    parser = argparse.ArgumentParser(prog="texts.py")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    check = parser.parse_args(arguments).check
    found = gather()
    for fault in found.faults:
        print(fault)
    if found.faults:
        return 1
    new = template(found.texts.values())
    files = {TEMPLATE: po_bytes(new)}
    for language in LANGUAGES:
        catalogue = merged(new, language)
        files[FOLDER / f"{language}.po"] = po_bytes(catalogue, language)
        files[FOLDER / f"{language}.mo"] = mo_bytes(catalogue, language)
        count, done = len(catalogue), sum(_is_done(message) for message in catalogue if message.id)
        print(f"{language}: {done} of {count} texts are translated")
    stale = [path for path, data in files.items() if not path.is_file() or path.read_bytes() != data]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is stale' if check else 'is written'}")
        if not check:
            path.write_bytes(files[path])
    return 1 if check and stale else 0


def _is_done(message: object) -> bool:
    text = message.string  # type: ignore[attr-defined]
    return bool(text) and (all(text) if isinstance(text, tuple) else True)


if __name__ == "__main__":
    sys.exit(main())
