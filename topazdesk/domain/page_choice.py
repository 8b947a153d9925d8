"""Which pages of files with several are meant: all, or some by their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from topazdesk.language import say

_PART = re.compile(r"(\d{1,6})(?:\s*(-)\s*(\d{0,6}))?")


@dataclass(frozen=True, slots=True)
class PageChoice:
    """Ranges of pages as people count them, from 1; a range whose end is None goes on to the last page."""

    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> PageChoice:
        """Return the choice that a text such as "all", "1,3-5" or "2-" describes. Raises ValueError for others."""
        if text.strip().lower() == "all":
            return cls(((1, None),))
        found = []
        for part in text.split(","):
            match = _PART.fullmatch(part.strip())
            if match is None:
                raise ValueError(say("“{part}” is no page and no range of pages", part=part.strip()[:40]))
            first, last = int(match[1]), int(match[3] or 0) if match[2] else int(match[1])
            if first < 1 or (last and last < first):
                raise ValueError(say("“{part}” is no range of pages", part=part.strip()[:40]))
            found.append((first, last or None))
        return cls(tuple(found))

    def of(self, count: int) -> tuple[int, ...]:
        """Return the chosen ones of `count` pages, counted from 0, in the order of the file."""
        return tuple(
            page
            for page in range(count)
            if any(first <= page + 1 and (last is None or page + 1 <= last) for first, last in self.ranges)
        )

    @property
    def first(self) -> int:
        """The lowest page that is named, counted from 0."""
        return min(first for first, _ in self.ranges) - 1

    @property
    def highest(self) -> int:
        """The highest page that is named, from 1."""
        return max(last or first for first, last in self.ranges)
