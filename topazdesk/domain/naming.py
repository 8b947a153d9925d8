"""File names of results: a template with fields, filled in and made safe for every file system."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import count
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.language import say

#: What a template may name. `date` is the day of the run, `taken` that on which the picture was taken.
FIELDS = (
    *("name", "folder", "counter", "model", "tier", "scale", "width", "height", "long_edge", "megapixels"),
    *("service", "date", "taken", "hash", "page"),
)

# C1 controls and marks that turn the reading direction make a name look like another one, or break a terminal. macOS
# takes no code points that are no characters.
_FORBIDDEN = re.compile(
    r'[\x00-\x1f<>:"/\\|?*\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]'
)
#: Names of devices on Windows, also with an ending behind them, and spaces before that.
_RESERVED = re.compile(r"^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³]) *(\.|$)", re.IGNORECASE)
_MAX_BYTES = (
    230  # file systems allow 255 bytes a name; the rest is for suffix, counter and `.topazdesk.json` or `.part`
)
_MAX_STEM_CHARS = 4 * _MAX_BYTES  # cut before the costly steps; a template may repeat a long name
_MAX_TEMPLATE_CHARS = 500
_MAX_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What the fields of a template stand for.

    `model` is a slug. `counter` is the place in the run, from 1, with leading zeros; `day` the day on which the run
    began; `taken` the day on which the picture was taken, by its own data, else that of its file; `hash` the first
    digits of the source's SHA-256. `page` is the chosen page, from 0; None where the file has one only, or none was
    chosen.
    """

    source: Path
    model: str
    tier: str
    service: str
    source_size: Size
    target: Size
    format: FileFormat
    day: date
    taken: date
    counter: str = "001"
    hash: str = ""
    page: int | None = None


@lru_cache(maxsize=64)  # thousands of pictures share one template
def template_problem(template: str) -> str | None:
    """Return a sentence that says why the template cannot be used, or None.

    Fields take no conversion and no format. Python's own (`{scale:.1f}`, `{name!r}`, `{name:>9999999}`) could fail or
    fill the memory, and would do so only when the result is there and paid for.
    """
    if len(template) > _MAX_TEMPLATE_CHARS:
        return say("It is too long. Up to {most:,} characters can be used.", most=_MAX_TEMPLATE_CHARS)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return say("A brace is missing its partner. Write fields like {example}.", example="{name}")
    for _, name, format_, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            shown = name if len(name) <= _MAX_SHOWN_CHARS else f"{name[:_MAX_SHOWN_CHARS]}…"
            return say(
                "There is no field {field}. Fields: {fields}",
                field="{" + shown + "}",
                fields=", ".join("{" + f + "}" for f in FIELDS),
            )
        if format_ or conversion:
            return say("A field stands alone: write {field}, with nothing behind the word.", field="{" + name + "}")
    if not template.strip():
        return say("A name is needed.")
    return None


def result_name(template: str, facts: NameFacts) -> str:
    """Return the file name of a result, with the format's suffix.

    A name that is too long for a file system loses the end of what `{name}` stands for, and nothing else if that is
    enough. Raises ValueError when the template cannot be used.
    """
    problem = template_problem(template)
    if problem:
        raise ValueError(problem)
    parts = _with_page([(text, name) for text, name, _, _ in string.Formatter().parse(template)], facts.page)
    # Composed before it is shortened: macOS writes a syllable of Korean as its two or three letters.
    name = unicodedata.normalize("NFC", _readable(facts.source.stem[:_MAX_STEM_CHARS]))
    values = _values(facts)

    def filled(name: str) -> str:
        known = values | {"name": name}
        return _safe(_readable("".join(text + (known[field] if field is not None else "") for text, field in parts)))

    stem = filled(name)
    while _bytes(stem) > _MAX_BYTES and name:
        name = _shortened(name, max(1, (_bytes(stem) - _MAX_BYTES) // 4))
        stem = filled(name)
    return safe_name(stem) + facts.format.suffix


def _with_page(parts: list[tuple[str, str | None]], page: int | None) -> list[tuple[str, str | None]]:
    """Return the parts with the page, behind the name, where one was chosen and the template does not say where."""
    fields = [field for _, field in parts]
    if page is None or "page" in fields:
        return parts
    place = fields.index("name") + 1 if "name" in fields else len(parts)
    return [*parts[:place], (f"_{_page_text(page)}", None), *parts[place:]]


def _page_text(page: int | None) -> str:
    return f"p{(page or 0) + 1:02}"


def _values(facts: NameFacts) -> dict[str, str]:
    factor = facts.target.long_edge / facts.source_size.long_edge
    return {
        "folder": facts.source.parent.name or "root",
        "counter": facts.counter,
        "model": facts.model,
        "tier": facts.tier,
        "scale": f"{factor:.2f}".rstrip("0").rstrip(".") + "x",
        "width": str(facts.target.width),
        "height": str(facts.target.height),
        "long_edge": str(facts.target.long_edge),
        "megapixels": f"{facts.target.megapixels:.1f}",
        "service": facts.service,
        "date": facts.day.isoformat(),
        "taken": facts.taken.isoformat(),
        "hash": facts.hash,
        "page": _page_text(facts.page),
    }


def uses(template: str, field: str) -> bool:
    """Return whether the template has this field. False for a wrong template."""
    return template_problem(template) is None and any(
        name == field for _, name, _, _ in string.Formatter().parse(template)
    )


def filled_in(template: str, **known: str) -> str:
    """Return the template with these fields filled in, as a run fixes them when it is made; a wrong one unchanged."""
    if not any(uses(template, field) for field in known):
        return template
    parts = string.Formatter().parse(template)
    filled = (
        text.replace("{", "{{").replace("}", "}}") + ("" if name is None else known.get(name, f"{{{name}}}"))
        for text, name, _, _ in parts
    )
    return "".join(filled)


def counter_text(number: int, count: int) -> str:
    """Return the place of a picture in a run of `count`, from 1, with zeros so that all of them sort by name."""
    return f"{number:0{max(3, len(str(count)))}}"


def plain_name(token: str, format_: FileFormat) -> str:
    """Return a name that every disk accepts, short and plain, for a result whose own name was refused."""
    kept = "".join(letter for letter in token if letter.isascii() and letter.isalnum())
    return f"result-{kept[:12] or 'x'}{format_.suffix}"


def safe_name(stem: str) -> str:
    """Return the stem without what a file system refuses, in Unicode's composed form; 1 to 230 bytes in UTF-8.

    It is valid on Windows and macOS, too: results travel. Composed, because two spellings of one letter are two files
    on one system and the same file on the next.
    """
    stem = _safe(_readable(stem[:_MAX_STEM_CHARS])) or "result"
    while _bytes(stem) > _MAX_BYTES:
        stem = _shortened(stem, 1)
    return stem.rstrip(" .") or "result"


def told_apart(wanted: Path, source: Path, other: Path) -> tuple[Path, ...]:
    """Return names for the result of `source` where that of `other` has the wanted one, best first.

    Two pictures of one name lie in two folders, or have two endings: that tells more than a number.
    """
    if source.parent != other.parent:
        words = [source.parent.name, f"{source.parent.parent.name}_{source.parent.name}"]
    else:
        words = [source.suffix.removeprefix(".").lower()] if source.suffix.lower() != other.suffix.lower() else []
    return tuple(
        wanted.with_name(safe_name(f"{wanted.stem}_{word}") + wanted.suffix) for word in words if word.strip("_")
    )


def _safe(stem: str) -> str:
    stem = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", stem)).strip(" .")
    return f"_{stem}" if _RESERVED.match(stem) else stem


def _shortened(text: str, count: int) -> str:
    """Return the text without its last `count` characters, nor half of one that consists of several."""
    end = max(0, len(text) - count)
    while end and _is_within(text, end):
        end -= 1
    return text[:end]


def _is_within(text: str, place: int) -> bool:
    """Return whether a character, as people see it, goes on at this place."""
    before, after = text[place - 1], text[place]
    if unicodedata.category(after).startswith("M") or after in _JOINED or before == _JOINER:
        return True
    flags = len(text[:place]) - len(text[:place].rstrip(_FLAG_LETTERS))  # a flag is a pair of them
    return after in _FLAG_LETTERS and flags % 2 == 1


_JOINER = "\u200d"
#: What belongs to the character before it: the joiner, shades of skin, and the letters in the flags of regions.
_JOINED = frozenset((_JOINER, *map(chr, range(0x1F3FB, 0x1F400)), *map(chr, range(0xE0020, 0xE0080))))
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))


def _readable(text: str) -> str:
    """Replace what is not text: file name bytes that are not UTF-8, and lone surrogates from a JSON file."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def numbered(wanted: Path) -> Iterator[Path]:
    """Yield `wanted`, then `name-2`, `name-3` and so on without an end."""
    yield wanted
    for number in count(2):
        yield wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")


def unique_path(wanted: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Return the first free one of the `numbered` names.

    `is_taken` tells whether a path exists on disk or is promised to a running job.
    """
    return next(path for path in numbered(wanted) if not is_taken(path))
