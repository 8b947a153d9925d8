"""What the file of a run says of the pictures in the list, and what it cannot say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from topazdesk.ui.models.picture import Picture


@dataclass(frozen=True, slots=True)
class ListedRun:
    """The files, and `pages` of each in the words of the file, "" for the first.

    `own` is how many pictures have settings of their own, which the file lacks; `lacks_pages`: it also lacks which
    pages were chosen.
    """

    paths: tuple[Path, ...]
    pages: str = ""
    own: int = 0
    lacks_pages: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the file says all of it."""
        return not self.own and not self.lacks_pages


def listed_run(pictures: Sequence[Picture]) -> ListedRun:
    """Return what a run of these pictures with the common recipe has in its file."""
    pages: dict[Path, set[int | None]] = {}
    for picture in pictures:
        pages.setdefault(picture.path, set()).add(picture.page)
    chosen = {frozenset(each) for each in pages.values()}
    numbers = sorted((page or 0) + 1 for page in next(iter(chosen), frozenset[int | None]()))
    is_one = chosen <= {frozenset({None})}
    said = "" if is_one or len(chosen) > 1 else ",".join(map(str, numbers))
    own = sum(picture.recipe is not None for picture in pictures)
    return ListedRun(tuple(pages), said, own, lacks_pages=len(chosen) > 1)
