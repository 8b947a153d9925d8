"""Names of results: a template with fields, made safe for every file system."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat

FIELDS = ("name", "model", "scale", "width", "height", "long_edge", "megapixels", "service")

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_MAX_BYTES = 240  # most file systems stop at 255 bytes a name; room is left for a counter and `.part`
_MOST_STEM = 4 * _MAX_BYTES  # characters that are looked at; a template may repeat a name
_MOST_TEMPLATE = 500
_MOST_SHOWN = 40


@lru_cache(maxsize=64)  # thousands of pictures have one
def template_problem(template: str) -> str | None:
    """A sentence when the template cannot be used, or None.

    A field stands for itself alone: Python's conversions and formats behind it (`{scale:.1f}`, `{name!r}`, `{name:>9999999}`)
    could fail, or fill the memory, only once a result is there and paid.
    """
    if len(template) > _MOST_TEMPLATE:
        return f"It is too long. Up to {_MOST_TEMPLATE} characters can be used."
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return "A brace is missing its partner. Write fields like {name}."
    for _, name, format_, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            shown = name if len(name) <= _MOST_SHOWN else f"{name[:_MOST_SHOWN]}…"
            return f"There is no field {{{shown}}}. Fields: {', '.join('{' + f + '}' for f in FIELDS)}"
        if format_ or conversion:
            return f"A field stands alone: write {{{name}}}, with nothing behind the word."
    if not template.strip():
        return "A name is needed."
    return None


def result_name(
    template: str, source: Path, model_slug: str, service: str, source_size: Size, target: Size, format_: FileFormat
) -> str:
    """File name of a result, with the format's ending. Raises ValueError for a template that cannot be used."""
    problem = template_problem(template)
    if problem:
        raise ValueError(problem)
    factor = target.long_edge / source_size.long_edge
    values = {
        "name": source.stem,
        "model": model_slug,
        "scale": f"{factor:.2f}".rstrip("0").rstrip(".") + "x",
        "width": str(target.width),
        "height": str(target.height),
        "long_edge": str(target.long_edge),
        "megapixels": f"{target.megapixels:.1f}",
        "service": service,
    }
    parts = string.Formatter().parse(template)
    stem = "".join(text + (values[name] if name is not None else "") for text, name, _, _ in parts)
    return safe_name(stem) + format_.suffix


def plain_name(token: str, format_: FileFormat) -> str:
    """A name that every disk takes, for a result whose own name it refused: short, and of letters and digits only."""
    kept = "".join(letter for letter in token if letter.isascii() and letter.isalnum())
    return f"result-{kept[:12] or 'x'}{format_.suffix}"


def safe_name(stem: str) -> str:
    """A stem without characters that a file system refuses, of at most 240 bytes, never empty."""
    stem = _readable(stem[:_MOST_STEM])
    stem = _FORBIDDEN.sub("_", stem).strip(" .") or "result"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    while len(stem.encode("utf-8")) > _MAX_BYTES:
        stem = stem[:-1]
    return stem


def _readable(text: str) -> str:
    """Text without what is none: bytes of a file name that were no UTF-8, halves of characters from a JSON file."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def unique_path(wanted: Path, is_taken: Callable[[Path], bool]) -> Path:
    """`wanted`, or the first free of `name-2`, `name-3` … ; `is_taken` asks the disk and the running jobs."""
    if not is_taken(wanted):
        return wanted
    number = 2
    while is_taken(candidate := wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")):
        number += 1
    return candidate
