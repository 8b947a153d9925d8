"""The folders of pictures that have one name: how much of a folder tells one from the others."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path


class Namesakes:
    """The folders of all pictures of one name."""

    def __init__(self) -> None:
        self._pictures: Counter[Path] = Counter()
        self._folders: Counter[tuple[str, ...]] = Counter()  # how many of them end with these parts

    @property
    def is_empty(self) -> bool:
        """Whether no picture has the name any more."""
        return not self._pictures

    def add(self, folder: Path) -> None:
        """Take in the folder of a picture."""
        self._pictures[folder] += 1
        if self._pictures[folder] == 1:
            self._folders.update(_ends(folder))

    def remove(self, folder: Path) -> None:
        """Take out the folder of a picture."""
        self._pictures[folder] -= 1
        if not self._pictures[folder]:
            del self._pictures[folder]
            self._folders.subtract(_ends(folder))

    def told_apart(self, folder: Path) -> str:
        """Return as many of a folder's last parts as tell it from the others; "" if there are no others."""
        if len(self._pictures) < 2:
            return ""
        end = next((end for end in _ends(folder) if self._folders[end] == 1), folder.parts)
        return os.path.join("", *end)  # noqa: PTH118 - a text


def _ends(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the last part of a folder, the last two, and so on."""
    parts = folder.parts
    return (parts[-count:] for count in range(1, len(parts) + 1))
