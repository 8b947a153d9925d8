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
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.catalogue import Model
from topazdesk.domain.copies import best_bought, written_here
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.renditions import MOST_RENDITIONS, doubles, renditions
from topazdesk.engine.copy_places import planned_copies
from topazdesk.engine.jobs_before import Before
from topazdesk.errors import TopazdeskError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.models.scope import Scope, ScopeKind
from topazdesk.ui.models.send_watch import Sifted, left_out_reason
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.models.spending_limits import Held
from topazdesk.ui.models.unpriced import unpriced_draft
from topazdesk.ui.texts import format_text, size_text, tr, translated

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
    """A result that is wanted, or a copy of it: its name, its size, and its price or why it is not made."""

    name: str
    size: str
    note: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found about the wanted results, by their numbers."""

    there: dict[int, Before]
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
        self._copy_names: dict[tuple[int, FileFormat], str] = {}  # the same of what is made of them
        self._lacking: list[Draft] = []  # what is to be made of results that are there
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

    def choose(
        self,
        sizes: Sequence[OutputSize],
        formats: Sequence[FileFormat | None],
        encoding: Encoding | None = None,
    ) -> None:
        """Want every picture in these sizes and formats from now on, encoded as each has it or all in this way."""
        count = len(sizes) * len(formats)
        self.too_many = count > MOST_RENDITIONS or count * len(self.pictures) > MOST_RESULTS
        self._question += 1
        self._found = None
        self._lacking = []
        self._wanted = []
        if count and not self.too_many:
            self._wanted = [
                self._standing(picture, recipe)
                for picture in self.pictures
                if picture.info is not None
                for recipe in self._recipes(picture, picture.info, sizes, formats, encoding)
            ]
        self._pricing.watch_also(self._wanted)
        self._work_out()
        if self._wanted:
            self._session.spawn(_LOOK, self._look(self._question, list(self._wanted)))

    def written_here(self, formats: Sequence[FileFormat | None]) -> frozenset[FileFormat]:
        """Return the formats of the files that this program would write of the pictures in these formats."""
        found = set[FileFormat]()
        each_own = [(self._pricing.own.of(each), each.info.format) for each in self.pictures if each.info is not None]
        for own, source in {(id(own), source): (own, source) for own, source in each_own}.values():
            wanted = replace(own, output=replace(own.output, format=formats[0], copies=tuple(formats[1:])))
            found |= written_here(wanted, source, self._pricing.own.model_of(own).formats)
        return frozenset(found)

    def _recipes(
        self,
        picture: Picture,
        info: ImageInfo,
        sizes: Sequence[OutputSize],
        formats: Sequence[FileFormat | None],
        encoding: Encoding | None,
    ) -> list[Recipe]:
        """Return a recipe for each size, which buys the best of the formats."""
        own = self._pricing.own.of(picture)
        own = own if encoding is None else replace(own, output=replace(own.output, encoding=encoding))
        allowed = self._pricing.own.model_of(own).formats
        return [best_bought(each, info.format, allowed) for each in renditions(own, sizes, formats)]

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

    @property
    def copies(self) -> int:
        """How many copies in other formats are made here, for free."""
        made = (self._by_id[each].recipe for each in self.held.plan.ids)
        return self.lacking + sum(len(recipe.output.copies) for recipe in made if recipe is not None)

    @property
    def lacking(self) -> int:
        """How many of these are made of results that are there already."""
        return sum(len(each.lacks) for each in self._found.there.values()) if self._found is not None else 0

    def make_copies(self) -> None:
        """Have the copies made of the results that are there."""
        if self._lacking:
            self._session.make_copies(self._lacking)

    def lines(self) -> list[ResultLine]:
        """Return the results of the first pictures, each with its copies."""
        shown = {picture.key for picture in self.pictures[:SHOWN_PICTURES]}
        found = self._found or _Found({}, frozenset(), {})
        first = enumerate(self._wanted[: MOST_RENDITIONS * SHOWN_PICTURES])
        open_ = [(at, each) for at, each in first if each.key in shown and at not in found.doubles]
        return [line for at, each in open_ for line in self._lines(at, each, found)]

    def _lines(self, at: int, each: Picture, found: _Found) -> list[ResultLine]:
        recipe, info = each.recipe, each.info
        if recipe is None or info is None:  # never: each has both
            return []
        price = self._pricing.own.price(recipe, info, each.size)
        name = self._names.get(each.id, each.name)
        size = size_text(price.target) if price.target is not None else ""
        had = found.there.get(at)
        if had is not None:
            job = had.job
            name = one_line(job.result.name) if job.result is not None else name
            note = tr("done already · free") if job.state is JobState.DONE else tr("in the queue already · free")
            line = ResultLine(name, size, note, is_made=False)
            return [line, *(self._copy(each, name, copy.format, job.format) for copy in had.lacks)]
        why = found.kept.get(at) or (price.refusal if price.estimate is None else None)
        if why is not None:
            return [ResultLine(name, size, translated(why.title), is_made=False)]
        line = ResultLine(name, size, price.text, is_made=True)
        of = recipe.output.format_for(info.format, self._pricing.own.model_of(recipe).formats)
        copies = (copy for copy in recipe.output.copies if copy is not None)
        return [line, *(self._copy(each, name, copy, of) for copy in copies)]

    def _copy(self, each: Picture, name: str, format_: FileFormat, of: FileFormat) -> ResultLine:
        own = self._copy_names.get((each.id, format_), PurePath(name).with_suffix(format_.suffix).name)
        note = tr("from the {format} · free").format(format=format_text(of))
        return ResultLine(own, "", note, is_made=True)

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
        there: dict[int, Before] = {}
        kept: dict[int, TopazdeskError] = {}
        names: dict[int, str] = {}
        copy_names: dict[tuple[int, FileFormat], str] = {}
        same: frozenset[int] = frozenset()
        try:
            for start in range(0, len(drafts), _PART):
                before = await self._engine.had(drafts[start : start + _PART])
                there |= {start + at: each for at, each in before.items()}
                if question != self._question:
                    return
            lacking = [(at, each) for at, each in there.items() if each.lacks][: MOST_RENDITIONS * SHOWN_PICTURES]
            for at, had in lacking:
                rule = drafts[at].recipe.output.on_conflict
                paths = await asyncio.to_thread(planned_copies, had.job, had.lacks, rule)
                copy_names |= {(at, kind): one_line(path.name) for kind, path in paths}
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
                    copy_names |= {(at, kind): one_line(path.name) for kind, path in each.copies}
        except TopazdeskError as error:  # a start meets the same error, and reports it
            _log.info("what is there of several sizes is not known: %s (%s)", error.title, error.code)
        if question == self._question:
            self._names |= {wanted[numbers[at]].id: name for at, name in names.items()}
            self._copy_names |= {(wanted[numbers[at]].id, kind): name for (at, kind), name in copy_names.items()}
            self._lacking = [drafts[at] for at, each in there.items() if each.lacks]
            self._found = _Found(
                {numbers[at]: each for at, each in there.items()},
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
