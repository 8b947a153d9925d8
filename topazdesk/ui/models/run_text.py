"""The list of pictures as the file of a run, and what such a file cannot say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from topazdesk.app.run_file import RunTerms, text_of
from topazdesk.domain.catalogue import Model
from topazdesk.domain.recipe import Recipe
from topazdesk.ui.models.picture import Picture


@dataclass(frozen=True, slots=True)
class RunText:
    """The file, how many pictures have settings of their own, which it lacks, and whether it lacks chosen pages."""

    text: str
    own: int = 0
    lacks_pages: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it says all of it."""
        return not self.own and not self.lacks_pages


def run_text(
    pictures: Sequence[Picture], model: Model, recipe: Recipe, terms: RunTerms, mirror: Iterable[Path]
) -> RunText:
    """Return the file of a run of these pictures with the common recipe."""
    pages: dict[Path, set[int | None]] = {}
    for picture in pictures:
        pages.setdefault(picture.path, set()).add(picture.page)
    chosen = {frozenset(each) for each in pages.values()}
    numbers = sorted((page or 0) + 1 for page in next(iter(chosen), frozenset[int | None]()))
    is_one = chosen <= {frozenset({None})}
    said = "" if is_one or len(chosen) > 1 else ",".join(map(str, numbers))
    text = text_of(list(pages), model, recipe, terms, mirror=mirror, pages=said)
    own = sum(picture.recipe is not None for picture in pictures)
    return RunText(text, own, lacks_pages=len(chosen) > 1)
