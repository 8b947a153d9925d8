"""Leave out results of this profile among added files, so that they are not enhanced, and paid for, once more.

They come with a folder, or among everything that was selected in a file manager. Files are known by their content. One
file that was chosen by itself is taken, and so is whatever the user wants added anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.image import ImageInfo
from topazdesk.errors import Code, TopazdeskError
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr

#: Returns those of these files that are results of this profile.
ResultsAmong = Callable[[Iterable[ImageInfo]], Awaitable[set[Path]]]

_log = logging.getLogger(__name__)


class OwnResults(QObject):
    """Looks at added pictures as soon as their headers have been read, and once more before they are paid for."""

    def __init__(self, library: Library, results_among: ResultsAmong, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._results_among = results_among
        self._spawn = spawn
        self._waiting: list[Picture] = []
        self._is_looking = False

    def begin(self) -> None:
        """Look at the pictures that are there, and from now on at all that are added."""
        self._library.headers_read.connect(self._look)
        self._look([picture.id for picture in self._library.pictures.pictures()])

    async def leave_out(self, pictures: Sequence[Picture]) -> set[int]:
        """Take those of `pictures` that are results out of the list, and return their ids. Raises ComputerError."""
        asked = [(each, each.info) for each in pictures if each.info is not None and self._may_be_one(each)]
        own = await self._results_among([info for _, info in asked]) if asked else set()
        gone = [each for each, _ in asked if each.path in own and self._may_be_one(each)]
        if gone:
            self._library.leave_out({each.id: _refusal(each.path) for each in gone})
        return {each.id for each in gone}

    def _look(self, ids: list[int]) -> None:
        self._waiting += [picture for picture in self._library.of(ids) if self._may_be_one(picture)]
        if self._waiting and not self._is_looking:
            self._is_looking = True
            self._spawn("own results", self._find())

    def _may_be_one(self, picture: Picture) -> bool:
        return picture.info is not None and picture.job is None and picture.id not in self._library.intake.asked

    async def _find(self) -> None:
        try:
            while self._waiting:
                pictures, self._waiting = self._waiting, []
                await self.leave_out(pictures)
        except TopazdeskError as error:  # they stay in the list; before money they are looked at again
            _log.info("own results are not known: %s (%s)", error.title, error.code)
        finally:
            self._is_looking = False


def _refusal(path: Path) -> Refusal:
    return Refusal(
        path,
        tr("It is a result of topazdesk"),
        tr("Results are left out when they come with other files. Choose the file by itself to enhance it again."),
        Code.INPUT_OWN_RESULT,
    )
