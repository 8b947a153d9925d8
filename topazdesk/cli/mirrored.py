"""Where in the output folder a result belongs: sub-folders of the originals are mirrored there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class Mirror:
    """Finds the sub-folder for the result of each picture, from the paths that a command named.

    Blocks: it looks which of them are folders.
    """

    def __init__(self, named: Sequence[Path]) -> None:
        paths = (Path(os.path.abspath(path)) for path in named)  # noqa: PTH100 - a link keeps the name that is known
        self._folders = sorted({path for path in paths if path.is_dir()}, key=lambda path: len(path.parts))
        self._known: dict[Path, str] = {}  # folder of a picture → sub-folder of the output folder

    def folder_of(self, picture: Path) -> str:
        """Return the sub-folder for the result of a picture, "" for none.

        Where several folders were named, each has a folder of its own name, so that equal ones inside do not mix.
        """
        known = self._known.get(picture.parent)
        if known is None:
            known = self._known[picture.parent] = self._look(picture)
        return known

    def _look(self, picture: Path) -> str:
        top = next((folder for folder in self._folders if folder in picture.parents), None)
        if top is None:
            return ""
        inside = picture.parent.relative_to(top)
        found = inside if len(self._folders) == 1 else Path(top.name) / inside
        return "" if found == Path() else str(found)
