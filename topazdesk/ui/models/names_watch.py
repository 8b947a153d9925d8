"""Foretell the names of the first results of the next run, by the code that decides them when the run is made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import TopazdeskError
from topazdesk.ui.models.unpriced import SOON_MS, unpriced_draft
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn

if TYPE_CHECKING:
    from topazdesk.engine.preview import Preview

NAMES = "names of results"
#: How many names are foretold.
MOST = 3

_log = logging.getLogger(__name__)


class AskNames(Protocol):
    """The engine's `preview`."""

    def __call__(self, drafts: Sequence[Draft], *, names: bool, of: int) -> Awaitable[Sequence[Preview]]:
        """Return what would be done with the first drafts of a run of `of`."""
        ...


#: A picture, with the model and the recipe that it would be started with, folder included.
Wanted = tuple[ImageInfo, Model, Recipe]


@dataclass(frozen=True, slots=True)
class ResultName:
    """Where a result goes. `is_skipped`: it is there already, and the picture is left out."""

    source: Path
    path: Path
    is_skipped: bool = False


class NamesWatch(QObject):
    """Knows the names of the first results. `changed` is emitted when they change."""

    changed = Signal()

    def __init__(self, preview: AskNames, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preview = preview
        self._spawn = spawn
        self._wanted: tuple[tuple[Wanted, ...], int] | None = (), 0  # None: the names are settled
        self._asked: object = None
        self._is_asking = False
        self._soon = Debounce(SOON_MS, self._ask, self)
        self.names: tuple[ResultName, ...] = ()

    def stop(self) -> None:
        """Ask nothing more."""
        self._soon.stop()

    def watch(self, first: Sequence[Wanted], count: int) -> None:
        """Foretell from now on the names of these pictures, the first of a run of `count`."""
        wanted = tuple(first[:MOST]), count
        if wanted != self._wanted:
            self._wanted = wanted
            self._soon.start()

    def settle(self, names: Sequence[ResultName]) -> None:
        """Tell the names of results that are being made: they are fixed, and nothing is foretold."""
        self._wanted = self._asked = None
        self._soon.stop()
        self._tell(tuple(names[:MOST]))

    def look_again(self) -> None:
        """Ask again: files may have come or gone."""
        self._asked = None
        self._soon.start()

    def _ask(self) -> None:
        if self._is_asking:
            self._soon.start()
        elif self._wanted is not None and self._wanted != self._asked:
            self._is_asking = True
            self._asked = self._wanted
            self._spawn(NAMES, self._answer(*self._wanted))

    async def _answer(self, first: Sequence[Wanted], count: int) -> None:
        names: tuple[ResultName, ...] = ()
        try:
            drafts = await asyncio.to_thread(_drafts, first)
            found = await self._preview(drafts, names=True, of=count) if drafts else ()
            names = tuple(
                ResultName(Path(each.draft.info.path), each.target, each.is_skipped)
                for each in found
                if each.target is not None
            )
        except TopazdeskError as error:  # a click meets the same error, and reports it
            _log.info("the names of results are not known: %s (%s)", error.title, error.code)
        finally:
            self._is_asking = False
        if self._wanted == (first, count):  # else something else is meant by now
            self._tell(names)

    def _tell(self, names: tuple[ResultName, ...]) -> None:
        if names != self.names:
            self.names = names
            self.changed.emit()


def _drafts(wanted: Sequence[Wanted]) -> list[Draft]:
    """Make the drafts that can be made. Blocking."""
    return [made for each in wanted if (made := unpriced_draft(*each)) is not None]
