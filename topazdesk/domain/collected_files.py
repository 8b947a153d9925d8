"""The outcome of adding files and folders: pictures found, and what was refused with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from topazdesk.errors import InputError, TopazdeskError
from topazdesk.language import nsay, say


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or folder that was not taken, and why; the texts are those of an error."""

    path: Path
    title: str
    hint: str
    code: str
    details: str = ""

    @classmethod
    def of(cls, path: Path, error: TopazdeskError) -> Refusal:
        """Return the refusal of `path` with the texts of `error`."""
        return cls(path, error.title, error.hint, error.code, error.details)

    @property
    def error(self) -> InputError:
        """The refusal as an error, for places that show errors."""
        return InputError(self.title, self.hint, details=self.details, code=self.code)


@dataclass(frozen=True, slots=True)
class CollectedFiles:
    """Files that may be pictures, in the order to show them, and the refused ones."""

    files: tuple[Path, ...]
    refused: tuple[Refusal, ...]


#: So many endings are named; the rest is one number.
_NAMED = 5


def endings_text(others: Counter[str]) -> str:
    """Return how many files have which ending, most first: "9 .mp4, 3 .txt"."""
    named = others.most_common(_NAMED)
    parts = [
        f"{count} {ending}" if ending else say("{count} without an ending", count=count) for ending, count in named
    ]
    rest = others.total() - sum(count for _, count in named)
    return ", ".join(parts + ([nsay("{n} more", "{n} more", rest)] if rest else []))
