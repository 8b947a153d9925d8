"""What becomes of the files and folders that a user adds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from topazdesk.errors import InputError


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or folder that was not taken, and why; the words are those of an `InputError`."""

    path: Path
    title: str
    hint: str
    code: str
    details: str = ""

    @classmethod
    def of(cls, path: Path, error: InputError) -> Refusal:
        """The refusal that `error` stands for."""
        return cls(path, error.title, error.hint, error.code, error.details)

    @property
    def error(self) -> InputError:
        """The same as an error, for places that show errors."""
        return InputError(self.title, self.hint, details=self.details, code=self.code)


@dataclass(frozen=True, slots=True)
class Found:
    """Files that may be pictures, in the order to show them, and what was refused."""

    files: tuple[Path, ...]
    refused: tuple[Refusal, ...]
