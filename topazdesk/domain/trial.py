"""Trials: up to four recipes tried on a patch of a picture, or on all of it, before the whole is paid for.

Patches are in upright source pixels. Their sides are even, so that a factor of 1.5 gives whole pixels too, unless the
picture itself is too small or odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.recipe import Recipe

#: As many as the keys 1 to 4 can show.
MOST_CANDIDATES = 4

#: A smaller patch does not show what a model does; instead of a larger one the whole picture can be used.
MIN_SIDE_PX = 128
MAX_SIDE_PX = 2048
DEFAULT_SIDE_PX = 768


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle inside a picture, in upright pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        """The centre in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    @classmethod
    def parse(cls, text: str) -> Patch:
        """Return the patch that a text like "X,Y,W,H" describes. Raises ValueError for anything else."""
        x, y, width, height = (int(part) for part in text.split(","))
        if x < 0 or y < 0 or width < 1 or height < 1:
            raise ValueError(f"not a patch: {text}")
        return cls(x, y, width, height)


def default_patch(picture: Size, centre: tuple[float, float] | None = None) -> Patch:
    """Return a patch of default size around `centre` (by default the picture's own), inside the picture."""
    x, y = centre or (picture.width / 2, picture.height / 2)
    side = DEFAULT_SIDE_PX
    return fitted(Patch(round(x - side / 2), round(y - side / 2), side, side), picture)


def fitted(patch: Patch, picture: Size) -> Patch:
    """Return the patch inside the picture, with sides within the limits and even if the picture allows."""
    width, height = _side(patch.width, picture.width), _side(patch.height, picture.height)
    x = max(0, min(patch.x, picture.width - width))
    y = max(0, min(patch.y, picture.height - height))
    return Patch(x, y, width, height)


def is_whole(patch: Patch | None, picture: Size) -> bool:
    """Return whether the patch covers the whole picture; None does."""
    return patch is None or (patch.width >= picture.width and patch.height >= picture.height)


def _side(wanted: int, available: int) -> int:
    side = max(min(MIN_SIDE_PX, available), min(wanted, available, MAX_SIDE_PX))
    return side - side % 2 if side > MIN_SIDE_PX or side < available else side


def on_patch(recipe: Recipe, picture: Size) -> Recipe:
    """Return the recipe for a patch of `picture`, with the enlargement that the whole picture would get.

    A fixed width and height of another shape enlarge by the smaller factor where bars would be added, else by the
    larger. Raises ValueError like `OutputSize.resolve`.
    """
    size = recipe.output.size
    if size.mode in (SizeMode.KEEP, SizeMode.SCALE):
        return recipe
    target = size.resolve(picture)
    factors = target.width / picture.width, target.height / picture.height
    if size.mode is SizeMode.BOX:
        factor = max(factors) if recipe.output.crop_to_fill else min(factors)
    else:
        factor = max(factors)
    return replace(recipe, output=replace(recipe.output, size=OutputSize.scale(round(factor, 4))))


@dataclass(frozen=True, slots=True)
class TrialOf:
    """What a trial job tries: the user's picture, a patch of it (None: all of it), and the recipe the user chose.

    The job's own recipe differs: its output goes into the profile, and its size is that of the patch. `number` is its
    place among those that were tried together, counted from 1; 0 if that is not known. It does not tell trials apart.
    """

    picture: Path
    patch: Patch | None
    recipe: Recipe
    number: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the trial as a JSON object; a file name that is not valid text keeps its bytes as surrogates."""
        patch = self.patch
        return {
            "picture": str(self.picture),
            "patch": None if patch is None else [patch.x, patch.y, patch.width, patch.height],
            "recipe": self.recipe.to_json(),
            "number": self.number,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrialOf:
        """Return the trial that `to_json` wrote. Raises ValueError for anything else."""
        try:
            patch = data["patch"]
            return cls(
                Path(data["picture"]),
                None if patch is None else Patch(*(int(part) for part in patch)),
                Recipe.from_json(data["recipe"]),
                int(data.get("number", 0)),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a trial: {error}") from error
