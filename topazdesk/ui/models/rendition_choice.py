"""Which sizes and formats of which pictures are wanted in one run: what is made of it, for how much, and what is there.

Each result that is wanted stands as a picture with a recipe of its own, so that prices, limits and the start are those
of every other run.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Model
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.renditions import MOST_RENDITIONS, doubles, renditions
from topazdesk.errors import TopazdeskError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.models.scope import Scope, ScopeKind
from topazdesk.ui.models.send_watch import Sifted, left_out_reason
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.models.spending_limits import Held
from topazdesk.ui.models.unpriced import unpriced_draft
from topazdesk.ui.texts import size_text, tr, translated

#: So many results can be wanted at once: more are several runs.
MOST_RESULTS = 10_000
#: How many pictures are shown result by result.
SHOWN_PICTURES = 3
#: So many results are looked up at a time, while the window goes on.
_PART = 200
_LOOK = "results of several sizes"

_log = logging.getLogger(__name__)
_ids = itertools.count(-1, -1)  # never those of pictures in the list


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result that is wanted: its name, its size, and its price or why it is not made."""

    name: str
    size: str
    note: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found about the wanted results, by their numbers."""

    there: dict[int, Job]
    doubles: frozenset[int]
    kept: dict[int, TopazdeskError]


class RenditionChoice(QObject):
    """Several results of `pictures`: call `choose`. `changed` is emitted when `held` or the lines are different.

    `held` is the plan for what is to be made; `there` and `refused` count what is not. `is_looking`: it is not known
    yet what is there already, and nothing can be started.
    """

    changed = Signal()

    def __init__(self, session: WindowSession, pictures: Sequence[Picture], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = session.context.engine
        self._pricing: Pricing = session.pricing
        self.pictures = [picture for picture in pictures if picture.info is not None]
        self._made: dict[tuple[int, Recipe], Picture] = {}
        self._by_id: dict[int, Picture] = {}
        self._wanted: list[Picture] = []
        self._names: dict[int, str] = {}  # of results, as far as they were foretold
        self._found: _Found | None = None
        self._question = 0
        self.too_many = False
        self.held = Held(self._pricing.plan)
        self._pricing.plan_changed.connect(self._work_out)

    def close(self) -> None:
        """Ask nothing more."""
        self._question += 1
        self._pricing.plan_changed.disconnect(self._work_out)
        self._pricing.watch_also(())
        self.deleteLater()

    # what can be chosen

    def problem_of(self, size: OutputSize, format_: FileFormat | None) -> tuple[int, TopazdeskError | None]:
        """Return how many of the pictures cannot be made in this size and format, and why the first cannot."""
        refused, reason = 0, None
        for picture in self.pictures:
            recipe = self._pricing.own.of(picture)
            wanted = replace(recipe, output=replace(recipe.output, size=size, format=format_))
            why = self._price_refusal(picture, wanted)
            if why is not None:
                refused, reason = refused + 1, reason or why
        return refused, reason

    def _price_refusal(self, picture: Picture, recipe: Recipe) -> TopazdeskError | None:
        if picture.info is None:
            return None
        price = self._pricing.own.price(recipe, picture.info, picture.size)
        return None if price.target is not None or price.estimate is not None else price.refusal

    # what is chosen

    def choose(self, sizes: Sequence[OutputSize], formats: Sequence[FileFormat | None]) -> None:
        """Want every picture in these sizes and formats from now on."""
        count = len(sizes) * len(formats)
        self.too_many = count > MOST_RENDITIONS or count * len(self.pictures) > MOST_RESULTS
        self._question += 1
        self._found = None
        self._wanted = []
        if count and not self.too_many:
            self._wanted = [
                self._standing(picture, recipe)
                for picture in self.pictures
                for recipe in renditions(self._pricing.own.of(picture), sizes, formats)
            ]
        self._pricing.watch_also(self._wanted)
        self._work_out()
        if self._wanted:
            self._session.spawn(_LOOK, self._look(self._question, list(self._wanted)))

    def _standing(self, picture: Picture, recipe: Recipe) -> Picture:
        known = self._made.get((picture.id, recipe))
        if known is None:
            known = Picture(next(_ids), picture.path, picture.info, picture.size, picture.thumbnail, page=picture.page)
            known.recipe = recipe
            self._made[picture.id, recipe] = self._by_id[known.id] = known
        return known

    def of(self, ids: Iterable[int]) -> list[Picture]:
        """Return the wanted results of a plan, each as a picture with its recipe."""
        return [self._by_id[each] for each in ids]

    @property
    def is_looking(self) -> bool:
        """Whether it is still being looked for what is there already."""
        return self._found is None and bool(self._wanted)

    @property
    def there(self) -> int:
        """How many of the wanted results are there or on their way: nothing is paid for them."""
        return len(self._found.there) if self._found is not None else 0

    @property
    def count(self) -> int:
        """How many results are to be made."""
        return len(self.held.plan.ids)

    def lines(self) -> list[ResultLine]:
        """Return the results of the first pictures."""
        shown = {picture.key for picture in self.pictures[:SHOWN_PICTURES]}
        found = self._found or _Found({}, frozenset(), {})
        first = enumerate(self._wanted[: MOST_RENDITIONS * SHOWN_PICTURES])
        return [self._line(at, each, found) for at, each in first if each.key in shown and at not in found.doubles]

    def _line(self, at: int, each: Picture, found: _Found) -> ResultLine:
        recipe, info = each.recipe, each.info
        if recipe is None or info is None:  # never: each has both
            return ResultLine(each.name, "", "", is_made=False)
        price = self._pricing.own.price(recipe, info, each.size)
        name = self._names.get(each.id, each.name)
        size = size_text(price.target) if price.target is not None else ""
        job = found.there.get(at)
        if job is not None:
            name = one_line(job.result.name) if job.result is not None else name
            note = tr("done already · free") if job.state is JobState.DONE else tr("in the queue already · free")
            return ResultLine(name, size, note, is_made=False)
        why = found.kept.get(at) or (price.refusal if price.estimate is None else None)
        if why is not None:
            return ResultLine(name, size, translated(why.title), is_made=False)
        return ResultLine(name, size, price.text, is_made=True)

    # working it out

    def _work_out(self) -> None:
        found = self._found
        sent = self._wanted
        left_out: tuple[TopazdeskError, ...] = ()
        looking = len(sent) if found is None else 0
        if found is not None:
            gone = found.there.keys() | found.doubles | found.kept.keys()
            sent = [each for at, each in enumerate(sent) if at not in gone]
            left_out = tuple(why for at, why in found.kept.items() if at not in found.doubles)
        scope = Scope(ScopeKind.RESULTS, sent, len(sent), len(sent))
        self.held = self._pricing.held_for(Sifted(sent, left_out, looking), scope, self._price_of)
        self.changed.emit()

    def _price_of(self, result_id: int) -> int:
        each = self._by_id[result_id]
        if each.recipe is None or each.info is None:
            return 0
        return self._pricing.own.price(each.recipe, each.info, each.size).credits

    async def _look(self, question: int, wanted: list[Picture]) -> None:
        """Find out what is there, what would be made twice, and how the first results will be called."""
        asked = [
            (each.info, self._pricing.own.model_of(each.recipe), self._pricing.placed(each.path, each.recipe))
            for each in wanted
            if each.info is not None and each.recipe is not None
        ]
        made = await asyncio.to_thread(_drafts, asked)
        numbers, drafts = list(made), list(made.values())
        there: dict[int, Job] = {}
        kept: dict[int, TopazdeskError] = {}
        names: dict[int, str] = {}
        same: frozenset[int] = frozenset()
        try:
            for start in range(0, len(drafts), _PART):
                before = await self._engine.before(drafts[start : start + _PART])
                there |= {start + at: job for at, job in before.items()}
                if question != self._question:
                    return
            same = frozenset(await asyncio.to_thread(doubles, drafts, there.keys()))
            open_ = [at for at in range(len(drafts)) if at not in there and at not in same]
            kept = await self._kept(drafts, open_)
            shown = [at for at in open_ if at < MOST_RENDITIONS * SHOWN_PICTURES]
            first = [drafts[at] for at in shown]
            for at, each in zip(shown, await self._engine.preview(first, names=True, of=len(open_)), strict=True):
                if each.refusal is not None:
                    kept.setdefault(at, each.refusal)
                if each.target is not None:
                    names[at] = one_line(each.target.name)
        except TopazdeskError as error:  # a start meets the same error, and reports it
            _log.info("what is there of several sizes is not known: %s (%s)", error.title, error.code)
        if question == self._question:
            self._names |= {wanted[numbers[at]].id: name for at, name in names.items()}
            self._found = _Found(
                {numbers[at]: job for at, job in there.items()},
                frozenset(numbers[at] for at in same),
                {numbers[at]: why for at, why in kept.items()},
            )
            self._work_out()

    async def _kept(self, drafts: Sequence[Draft], open_: Sequence[int]) -> dict[int, TopazdeskError]:
        """Return why results are not made: they exist and are kept, or their folder cannot be written."""
        found: dict[int, TopazdeskError] = {}
        for start in range(0, len(open_), _PART):
            some = open_[start : start + _PART]
            for at, each in zip(some, await self._engine.preview([drafts[at] for at in some]), strict=True):
                why = left_out_reason(each)
                if why is not None:
                    found[at] = why
        return found


def _drafts(asked: Sequence[tuple[ImageInfo, Model, Recipe]]) -> dict[int, Draft]:
    """Make the drafts that can be made, by number. Blocking."""
    made = ((at, unpriced_draft(*each)) for at, each in enumerate(asked))
    return {at: each for at, each in made if each is not None}
