"""File names of results: a template with fields, filled in and made safe for every file system."""

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
_MAX_BYTES = 240  # most file systems allow 255 bytes per name; the rest is for a counter and `.part`
_MAX_STEM_CHARS = 4 * _MAX_BYTES  # cut before the costly steps; a template may repeat a long name
_MAX_TEMPLATE_CHARS = 500
_MAX_SHOWN_CHARS = 40


@lru_cache(maxsize=64)  # thousands of pictures share one template
def template_problem(template: str) -> str | None:
    """Return a sentence that says why the template cannot be used, or None.

    Fields take no conversion and no format. Python's own (`{scale:.1f}`, `{name!r}`, `{name:>9999999}`) could fail or
    fill the memory, and would do so only when the result is there and paid for.
    """
    if len(template) > _MAX_TEMPLATE_CHARS:
        return f"It is too long. Up to {_MAX_TEMPLATE_CHARS} characters can be used."
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return "A brace is missing its partner. Write fields like {name}."
    for _, name, format_, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            shown = name if len(name) <= _MAX_SHOWN_CHARS else f"{name[:_MAX_SHOWN_CHARS]}…"
            return f"There is no field {{{shown}}}. Fields: {', '.join('{' + f + '}' for f in FIELDS)}"
        if format_ or conversion:
            return f"A field stands alone: write {{{name}}}, with nothing behind the word."
    if not template.strip():
        return "A name is needed."
    return None


def result_name(
    template: str, source: Path, model_slug: str, service: str, source_size: Size, target: Size, format_: FileFormat
) -> str:
    """Return the file name of a result, with the format's suffix.

    Raises ValueError when the template cannot be used.
    """
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
    """Return a name that every disk accepts, short and plain, for a result whose own name was refused."""
    kept = "".join(letter for letter in token if letter.isascii() and letter.isalnum())
    return f"result-{kept[:12] or 'x'}{format_.suffix}"


def safe_name(stem: str) -> str:
    """Return the stem without characters that a file system refuses; at most 240 bytes, never empty."""
    stem = _readable(stem[:_MAX_STEM_CHARS])
    stem = _FORBIDDEN.sub("_", stem).strip(" .") or "result"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    while len(stem.encode("utf-8")) > _MAX_BYTES:
        stem = stem[:-1]
    return stem


def _readable(text: str) -> str:
    """Replace what is not text: file name bytes that are not UTF-8, and lone surrogates from a JSON file."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def unique_path(wanted: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Return `wanted`, or the first free one of `name-2`, `name-3` and so on.

    `is_taken` tells whether a path exists on disk or is promised to a running job.
    """
    if not is_taken(wanted):
        return wanted
    number = 2
    while is_taken(candidate := wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")):
        number += 1
    return candidate
