"""Find out which of the waiting pictures would really be sent.

Left out are those whose result is there already and is to be kept, and those whose folder cannot be written. The engine
decides, as it does for the command line; it is asked in the background.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Model
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OnConflict, Recipe
from topazdesk.errors import TopazdeskError, UseError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.unpriced import SOON_MS, unpriced_draft
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.preview import Preview

SENDING = "what would be sent"

#: How often pictures are checked again: somebody may have moved a result, or made a folder writable.
_AGAIN_MS = 15_000

AskPreview = Callable[[Sequence[Draft]], Awaitable[Sequence["Preview"]]]
#: Returns the recipe of a picture with the folder for its result.
Place = Callable[[Path, Recipe], Recipe]
#: A picture id, with a number for its recipe; or only a folder.
_Key = tuple[int, int] | str
_Asked = tuple[_Key, ImageInfo, Model, Recipe]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sifted:
    """`pictures` would be sent, as far as is known; why others are left out; how many are still being checked."""

    pictures: list[Picture]
    left_out: tuple[TopazdeskError, ...] = ()
    looking: int = 0

    def told(self, plan: Plan) -> Plan:
        """Return the plan made for `pictures`, with the others added as refused or as still being read."""
        if not self.left_out and not self.looking:
            return plan
        reason = plan.reason or next(iter(self.left_out), None)
        return replace(
            plan, refused=plan.refused + len(self.left_out), reason=reason, reading=plan.reading + self.looking
        )


class SendWatch(QObject):
    """Knows which pictures would be sent. `changed` is emitted when these, or the reasons of the others, change."""

    changed = Signal()

    def __init__(
        self,
        preview: AskPreview,
        place: Place,
        spawn: Spawn,
        parent: QObject | None = None,
        *,
        by_source: bool = False,
    ) -> None:
        """Ask with `preview`. `by_source`: it depends on the folder of the picture, too, whether it is sent."""
        super().__init__(parent)
        self._by_source = by_source
        self._preview = preview
        self._place = place
        self._spawn = spawn
        self._known: dict[_Key, TopazdeskError | None] = {}
        self._watched: dict[_Key, _Asked] = {}
        self._folders: dict[int, str] = {}
        self._recipes: dict[Recipe, int] = {}
        self._last: tuple[Recipe | None, int] = None, 0
        self._is_asking = False
        self._is_stopped = False
        self._asks_all = False  # once more, what was asked about already
        self._soon = Debounce(SOON_MS, self._ask_new, self)
        self._again = Debounce(_AGAIN_MS, self._ask_again, self)

    def stop(self) -> None:
        """Ask nothing more."""
        self._is_stopped = True
        self._soon.stop()
        self._again.stop()

    def sift(
        self, pictures: Sequence[Picture], common: Recipe, model_of: Callable[[Recipe], Model], *, ask: bool = True
    ) -> Sifted:
        """Return which of `pictures` would be sent; those whose header has not been read yet count as sent.

        `common` is the recipe of all pictures without one of their own. With `ask`, these are from now on the pictures
        to know about, and what is not known yet is asked soon; without, they are a part of those.
        """
        watched: dict[_Key, _Asked] = {}
        known = self._known
        sent: list[Picture] = []
        left_out: list[TopazdeskError] = []
        looking = 0
        for picture in pictures:
            if picture.info is None:
                sent.append(picture)
                continue
            recipe = picture.recipe or common
            key = self._key(picture, recipe)
            if key not in watched:
                watched[key] = key, picture.info, model_of(recipe), self._place(picture.path, recipe)
            reason = known.get(key)
            if reason is not None:
                left_out.append(reason)
            elif key.__class__ is tuple and key not in known:
                looking += 1
            else:
                sent.append(picture)
        if not ask:
            return Sifted(sent if looking or left_out else list(pictures), tuple(left_out), looking)
        self._watched = watched
        self._known = {key: reason for key, reason in self._known.items() if key in watched}
        if watched.keys() - self._known.keys():
            self._soon.start()
        if not self._again.isActive() and any(isinstance(key, tuple) or self._known.get(key) for key in watched):
            self._again.start()
        return Sifted(sent if looking or left_out else list(pictures), tuple(left_out), looking)

    def reason(self, picture: Picture, common: Recipe) -> TopazdeskError | None:
        """Return why a waiting picture would not be sent, or None."""
        return self._known.get(self._key(picture, picture.recipe or common))

    def _key(self, picture: Picture, recipe: Recipe) -> _Key:
        output = recipe.output
        if output.on_conflict is OnConflict.SKIP:
            if recipe is not self._last[0]:  # thousands of pictures share one recipe
                self._last = recipe, self._recipes.setdefault(recipe, len(self._recipes))
            return picture.id, self._last[1]
        if output.folder and not self._by_source:
            return output.folder
        folder = self._folders.get(picture.id)  # cached, as this is called again and again for thousands
        if folder is None:
            folder = self._folders[picture.id] = str(picture.path.parent)
        return f"{folder}\0{output.folder}" if output.folder else folder

    def _ask_new(self) -> None:
        self._ask(key for key in self._watched if key not in self._known)

    def _ask_again(self) -> None:
        self._asks_all = True
        self._ask(self._watched)

    def _ask(self, keys: Iterable[_Key]) -> None:
        if self._is_asking:
            self._soon.start()
            return
        asked = [self._watched[key] for key in (self._watched if self._asks_all else keys)]
        self._asks_all = False
        if not asked:
            return
        self._is_asking = True
        self._spawn(SENDING, self._answer(asked))

    async def _answer(self, asked: list[_Asked]) -> None:
        found: dict[_Key, TopazdeskError | None] = {key: None for key, *_ in asked}
        try:
            drafts = await asyncio.to_thread(_drafts, asked)
            for key, each in zip(drafts, await self._preview(list(drafts.values())), strict=True):
                found[key] = left_out_reason(each)
        except TopazdeskError as error:  # a click meets the same error, and reports it
            _log.info("what would be sent is not known: %s (%s)", error.title, error.code)
        finally:
            self._is_asking = False
        # A folder that was not asked about before counted as writable.
        before = {key: self._known.get(key, None if isinstance(key, str) else key) for key in found}
        self._known |= found
        if any(self._known.get(key) for key in self._watched) and not self._is_stopped:
            self._again.soon()  # until it is mended, however long that takes
        if any(_says(before[key]) != _says(reason) for key, reason in found.items()):
            self.changed.emit()


def _drafts(asked: list[_Asked]) -> dict[_Key, Draft]:
    """Make the drafts that can be made. Blocking."""
    made = {key: unpriced_draft(info, model, recipe) for key, info, model, recipe in asked}
    return {key: each for key, each in made.items() if each is not None}


def left_out_reason(found: Preview) -> TopazdeskError | None:
    """Return why a draft would not be sent, or None."""
    from topazdesk.engine.result_paths import SKIPPED

    if not found.is_skipped:
        return found.refusal
    kept = one_line(found.target.name, 200) if found.target is not None else ""
    return UseError(tr("The result already exists"), tr("{name} is kept.").format(name=kept), code=SKIPPED)


def _says(reason: object) -> object:
    """Return what a reason says, so that finding the same trouble again does not count as a change."""
    return (
        (reason.code, translated(reason.title), translated(reason.hint))
        if isinstance(reason, TopazdeskError)
        else reason
    )
