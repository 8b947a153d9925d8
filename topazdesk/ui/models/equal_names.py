"""Tells pictures of the same name apart by their folders, by as little of them as is enough."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from topazdesk.ui.models.picture import Picture


class EqualNames:
    """Knows which pictures look alike in a list, and gives those the folders of all others of that name.

    A picture costs the same however many have its name: ten thousand scans may all be called `front.tif`.
    """

    def __init__(self) -> None:
        self._first: dict[str, Picture] = {}  # names that only one picture has so far
        self._alike: dict[str, Namesakes] = {}

    def add(self, pictures: Iterable[Picture]) -> None:
        """Take pictures in."""
        for picture in pictures:
            look = _look(picture.name)
            alike = self._alike.get(look)
            if alike is None and (first := self._first.pop(look, None)) is not None:
                alike = self._alike[look] = Namesakes()
                alike.add(first.path.parent)
                first.namesakes = alike
            if alike is None:
                self._first[look] = picture
            else:
                alike.add(picture.path.parent)
                picture.namesakes = alike

    def remove(self, pictures: Iterable[Picture]) -> None:
        """Take pictures out."""
        for picture in pictures:
            look = _look(picture.name)
            if (alike := self._alike.get(look)) is None:
                self._first.pop(look, None)
            else:
                alike.remove(picture.path.parent)
                if alike.is_empty:
                    del self._alike[look]


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


def _look(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)
