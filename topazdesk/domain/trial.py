"""Trials: a patch of a picture, or all of it, with up to four recipes, before the whole is paid. Rectangle arithmetic only.

Patches are in upright source pixels. Their sides are even, so that a factor of 1.5 makes whole pixels of them too, except
where the picture itself is too small or odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.recipe import Recipe

#: Keys 1 to 4 show them.
MOST_CANDIDATES = 4

#: A smaller patch shows nothing of what a model does; a larger one can as well be the whole picture.
MIN_SIDE_PX = 128
MAX_SIDE_PX = 2048
DEFAULT_SIDE_PX = 768


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of a picture in upright pixels, inside it."""

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
        """Middle in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    @classmethod
    def parse(cls, text: str) -> Patch:
        """ "X,Y,W,H". Raises ValueError when it is not that."""
        x, y, width, height = (int(part) for part in text.split(","))
        if x < 0 or y < 0 or width < 1 or height < 1:
            raise ValueError(f"not a patch: {text}")
        return cls(x, y, width, height)


def default_patch(picture: Size, centre: tuple[float, float] | None = None) -> Patch:
    """A patch of everyday size around `centre` (default: the picture's middle), inside the picture."""
    x, y = centre or (picture.width / 2, picture.height / 2)
    side = DEFAULT_SIDE_PX
    return fitted(Patch(round(x - side / 2), round(y - side / 2), side, side), picture)


def fitted(patch: Patch, picture: Size) -> Patch:
    """The patch with sides between the least and the most, even where the picture allows, moved inside the picture."""
    width, height = _side(patch.width, picture.width), _side(patch.height, picture.height)
    x = max(0, min(patch.x, picture.width - width))
    y = max(0, min(patch.y, picture.height - height))
    return Patch(x, y, width, height)


def is_whole(patch: Patch | None, picture: Size) -> bool:
    """Whether nothing would be cut away."""
    return patch is None or (patch.width >= picture.width and patch.height >= picture.height)


def _side(wanted: int, available: int) -> int:
    side = max(min(MIN_SIDE_PX, available), min(wanted, available, MAX_SIDE_PX))
    return side - side % 2 if side > MIN_SIDE_PX or side < available else side


def on_patch(recipe: Recipe, picture: Size) -> Recipe:
    """The recipe for a patch of `picture`: the same enlargement that the whole would get.

    A fixed width and height of another shape enlarge by the smaller factor where bars would be added, else by the larger.
    Raises ValueError as `OutputSize.resolve`.
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
    """What a trial job tries: the user's picture, the patch of it (None: all of it), and the recipe as the user wished it.

    The job's own recipe differs: its output goes into the profile, and its size is that of the patch.
    """

    picture: Path
    patch: Patch | None
    recipe: Recipe

    def to_json(self) -> dict[str, Any]:
        """A JSON object; a name that is no valid text keeps its bytes as surrogates."""
        patch = self.patch
        return {
            "picture": str(self.picture),
            "patch": None if patch is None else [patch.x, patch.y, patch.width, patch.height],
            "recipe": self.recipe.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrialOf:
        """The reverse. Raises ValueError when it is not one."""
        try:
            patch = data["patch"]
            return cls(
                Path(data["picture"]),
                None if patch is None else Patch(*(int(part) for part in patch)),
                Recipe.from_json(data["recipe"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a trial: {error}") from error
