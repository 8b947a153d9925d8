"""Where in the output folder a result belongs: sub-folders of the originals are mirrored there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from topazdesk.domain.naming import safe_name
from topazdesk.domain.recipe import Recipe


class Mirror:
    """Finds the sub-folder for the result of each picture, from the folders that somebody named or dropped."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(sorted(set(folders), key=lambda path: (len(path.parts), path)))
        self._known: dict[Path, str] = {}  # folder of a picture → sub-folder of the output folder
        self._last: Recipe | None = None
        self._made: dict[str, Recipe] = {}  # sub-folder → the last recipe there: thousands of pictures share one

    def folder_of(self, picture: Path) -> str:
        """Return the sub-folder for the result of a picture, "" for none.

        Where several folders were named, each has a folder of its own name, so that equal ones inside do not mix. Names
        are made valid on every system, as those of results are.
        """
        known = self._known.get(picture.parent)
        if known is None:
            known = self._known[picture.parent] = self._look(picture)
        return known

    def recipe_for(self, picture: Path, recipe: Recipe) -> Recipe:
        """Return the recipe with the folder in which the result of a picture belongs, by the rule of the recipe."""
        out = recipe.output
        inside = "" if out.flat or not out.folder else self.folder_of(picture)
        if not inside:
            return recipe
        if recipe is not self._last:
            self._last, self._made = recipe, {}
        if inside not in self._made:
            self._made[inside] = replace(recipe, output=replace(out, folder=str(Path(out.folder) / inside)))
        return self._made[inside]

    def _look(self, picture: Path) -> str:
        top = next((folder for folder in self.folders if folder in picture.parents), None)
        if top is None:
            return ""
        inside = picture.parent.relative_to(top)
        found = inside if len(self.folders) == 1 else Path(top.name) / inside
        return str(Path(*map(safe_name, found.parts))) if found.parts else ""
