"""The places of the files on screen. Imported where the viewer itself is not needed yet."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """The place of one file among those on screen: the two of a pair, and in the 2 × 2 a third and a fourth.

    `ORIGIN` is the picture that the 2 × 2 is about where it has no cell: it is shown for as long as a key is held.
    """

    BEFORE = "before"
    AFTER = "after"
    THIRD = "third"
    FOURTH = "fourth"
    ORIGIN = "origin"


#: The two sides of a pair.
PAIR = (Side.BEFORE, Side.AFTER)
#: Those that have a cell in the 2 × 2.
CELLS = (Side.BEFORE, Side.AFTER, Side.THIRD, Side.FOURTH)
