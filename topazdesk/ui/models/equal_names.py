"""Tells pictures of the same name apart by their folders, by as little of them as is enough."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from topazdesk.ui.models.namesakes import Namesakes
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


def _look(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)
