"""Copies of a result in other formats: made here, for free, of the one that was paid for.

Of several formats of a picture the best is bought: lossless before lossy, and what holds more before what holds less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.domain.recipe import Recipe

#: The formats that can be made of a result, the best first: of each, all that stand behind it can be made.
BEST_FIRST = (FileFormat.TIFF, FileFormat.PNG, FileFormat.JPEG)


@dataclass(frozen=True, slots=True)
class ResultCopy:
    """A file made of a result, beside it under `name`. `digest` is its SHA-256 in hex.

    `is_labelled`: it has a caption that says how the picture was made.
    """

    format: FileFormat
    name: str
    size_bytes: int
    digest: str
    is_labelled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "format": self.format.value,
            "name": self.name,
            "bytes": self.size_bytes,
            "digest": self.digest,
            **({"labelled": True} if self.is_labelled else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ResultCopy:
        """Return the copy that `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        name = data["name"]
        if not isinstance(name, str) or not name or "/" in name or "\0" in name or name in (".", ".."):
            raise ValueError(f"no name of a file: {name!r}")
        size, digest = int(data["bytes"]), str(data["digest"])
        return cls(FileFormat(data["format"]), name, size, digest, bool(data.get("labelled", False)))


def can_be_made(wanted: FileFormat, of: FileFormat) -> bool:
    """Tell whether a file of format `wanted` can be made of one of format `of` as good as if it were bought."""
    if wanted not in BEST_FIRST or of not in BEST_FIRST:
        return False
    return BEST_FIRST.index(of) < BEST_FIRST.index(wanted)


def best_bought(recipe: Recipe, source: FileFormat, allowed: tuple[FileFormat, ...]) -> Recipe:
    """Return the recipe that buys the best of its formats, with the others as copies, each once.

    `source` is the format of the picture, which "same" means; `allowed` are the model's output formats.
    """
    output = recipe.output
    if not output.copies:
        return recipe
    told = reversed(output.told_formats)
    made = {output.format_of(each, source, allowed): each for each in told}  # the first word for each
    best = min(made, key=_rank)
    copies = tuple(each for each in output.formats_for(source, allowed) if can_be_made(each, best))
    bought = replace(output, format=made[best], copies=copies)
    return replace(recipe, output=bought)


def _rank(format_: FileFormat) -> int:
    return BEST_FIRST.index(format_) if format_ in BEST_FIRST else len(BEST_FIRST)
