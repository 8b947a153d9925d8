"""Which files the viewer is to show. Imported where the viewer itself is not needed yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from topazdesk.domain.geometry import Size


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file to show: its size in pixels where it is known, what it is called if not as usual, and its page, from 0.

    `number` is what its cell is called in the 2 × 2, if not by its place.
    """

    path: Path
    size: Size | None = None
    word: str = ""
    page: int = 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ShownFiles:
    """The files that the viewer compares: one or two, in the 2 × 2 up to four.

    `candidates` is how many there are to choose from, `no_grid` why there is no 2 × 2 where the reason is another one
    than their number ("" if there is), and `kept` are those that the user is about to return to. `subject` is the file
    that all of them are about, if not the picture chosen in the list, and `origin` the same file where the 2 × 2 has no
    cell for it. `named_after` is the file that a saved comparison is named after, if not the first one.
    """

    files: tuple[ShownFile, ...]
    candidates: int = 2
    is_grid: bool = False
    kept: tuple[Path, ...] = ()
    subject: Path | None = None
    origin: ShownFile | None = None
    no_grid: str | None = None
    named_after: Path | None = None
