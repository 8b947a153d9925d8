"""Copies of a result in other formats: made here, for free, of the one that was paid for.

Of several formats of a picture the best is bought: lossless before lossy, and what holds more before what holds less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.recipe import Recipe

#: The formats that can be made of a result, the best first: of each, all that stand behind it can be made.
BEST_FIRST = (FileFormat.TIFF, FileFormat.PNG, FileFormat.JPEG)


class CopyForm(NamedTuple):
    """The format of a copy, and how it is encoded: copies of two qualities are two files."""

    format: FileFormat
    encoding: Encoding = USUAL


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
    encoding: Encoding = USUAL

    @property
    def form(self) -> CopyForm:
        """Its format, and how it is encoded."""
        return CopyForm(self.format, self.encoding)

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "format": self.format.value,
            "name": self.name,
            "bytes": self.size_bytes,
            "digest": self.digest,
            **({"labelled": True} if self.is_labelled else {}),
            **self.encoding.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ResultCopy:
        """Return the copy that `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        name = data["name"]
        if not isinstance(name, str) or not name or "/" in name or "\0" in name or name in (".", ".."):
            raise ValueError(f"no name of a file: {name!r}")
        size, digest = int(data["bytes"]), str(data["digest"])
        is_labelled = bool(data.get("labelled", False))
        return cls(FileFormat(data["format"]), name, size, digest, is_labelled, Encoding.from_json(data))


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


def written_here(recipe: Recipe, source: FileFormat, allowed: tuple[FileFormat, ...]) -> frozenset[FileFormat]:
    """Return the formats of the files that this program writes: for these the recipe's encoding counts.

    These are the copies, and the result where no service writes it. Every file has a copy with a caption if that is
    wished. `source` and `allowed` are as for `best_bought`.
    """
    bought, *copies = best_bought(recipe, source, allowed).output.formats_for(source, allowed)
    is_all = recipe.service.traits.writes_here or recipe.output.label
    return frozenset((bought, *copies) if is_all else copies)


def may_be_written_here(recipe: Recipe, allowed: tuple[FileFormat, ...]) -> frozenset[FileFormat]:
    """Return the same for pictures that are not known yet, in whatever format."""
    return frozenset(each for source in SERVICE_FORMATS for each in written_here(recipe, source, allowed))


def with_own_encoding(recipe: Recipe, source: FileFormat, allowed: tuple[FileFormat, ...]) -> Recipe:
    """Return the recipe without what it says of files that this program does not write: it would not be true."""
    encoding = recipe.output.encoding
    if encoding == USUAL:
        return recipe
    own = encoding.only_for(written_here(recipe, source, allowed))
    return replace(recipe, output=replace(recipe.output, encoding=own))
