"""Leave out results of this profile that came with a folder, so that they are not enhanced, and paid for, once more.

A result that was named by itself is taken: whoever names that very file wants it. Files are known by their content.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
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
    """Looks at pictures from folders as soon as their headers have been read."""

    def __init__(self, library: Library, results_among: ResultsAmong, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._results_among = results_among
        self._spawn = spawn
        self._waiting: list[Picture] = []
        self._is_looking = False
        library.headers_read.connect(self._look)
        self._look([picture.id for picture in library.pictures.pictures()])

    def _look(self, ids: list[int]) -> None:
        self._waiting += [picture for picture in self._library.of(ids) if self._may_be_one(picture)]
        if self._waiting and not self._is_looking:
            self._is_looking = True
            self._spawn("own results", self._find())

    def _may_be_one(self, picture: Picture) -> bool:
        is_named = picture.path in self._library.intake.named
        return picture.info is not None and picture.job is None and not is_named

    async def _find(self) -> None:
        try:
            while self._waiting:
                pictures, self._waiting = self._waiting, []
                own = await self._results_among([each.info for each in pictures if each.info is not None])
                gone = [each for each in pictures if each.path in own and self._may_be_one(each)]
                if gone:
                    self._library.leave_out({each.id: _refusal(each.path) for each in gone}, len(pictures))
        except TopazdeskError as error:  # they stay in the list; nothing is started by that
            _log.info("own results are not known: %s (%s)", error.title, error.code)
        finally:
            self._is_looking = False


def _refusal(path: Path) -> Refusal:
    return Refusal(
        path,
        tr("It is a result of topazdesk"),
        tr("Results in a folder are left out. Choose the file itself to enhance it again."),
        Code.INPUT_OWN_RESULT,
    )
