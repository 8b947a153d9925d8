"""Names of results: a template with fields, made safe for every file system."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat

FIELDS = ("name", "model", "scale", "width", "height", "long_edge", "megapixels", "service")

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_MAX_BYTES = 240  # most file systems stop at 255 bytes a name; room is left for a counter and `.part`


def template_problem(template: str) -> str | None:
    """A sentence when the template cannot be used, or None."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return "A brace is missing its partner. Write fields like {name}."
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        return f"There is no field {{{unknown[0]}}}. Fields: {', '.join('{' + f + '}' for f in FIELDS)}"
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
    stem = template.format(
        name=source.stem,
        model=model_slug,
        scale=f"{factor:.2f}".rstrip("0").rstrip(".") + "x",
        width=target.width,
        height=target.height,
        long_edge=target.long_edge,
        megapixels=f"{target.megapixels:.1f}",
        service=service,
    )
    return safe_name(stem) + format_.suffix


def safe_name(stem: str) -> str:
    """A stem without characters that a file system refuses, of at most 240 bytes, never empty."""
    stem = stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    stem = _FORBIDDEN.sub("_", stem).strip(" .") or "result"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    while len(stem.encode("utf-8")) > _MAX_BYTES:
        stem = stem[:-1]
    return stem


def unique_path(wanted: Path, is_taken: Callable[[Path], bool]) -> Path:
    """`wanted`, or the first free of `name-2`, `name-3` … ; `is_taken` asks the disk and the running jobs."""
    if not is_taken(wanted):
        return wanted
    number = 2
    while is_taken(candidate := wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")):
        number += 1
    return candidate
