"""The pair of files on screen (up to four in the 2 × 2), and the next pair while it is loading.

The pair on screen stays until something of the next one can replace it. If the before is the same (a new result of the
same picture), it stays until the new after has loaded. If they are about another picture, it stays only for a
moment, so that the name chosen in the list and the picture in the viewer never disagree for long.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.viewport import beside
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.loader import (
    CoarseReady,
    Failed,
    Loader,
    OpenRequest,
    PyramidReady,
    TileFailed,
    TileReady,
    TileRequest,
    Unchanged,
)
from topazdesk.ui.viewer.picture import LoadedPicture
from topazdesk.ui.viewer.shown_files import ShownFile
from topazdesk.ui.viewer.side import CELLS, Side

#: How long to wait for the other file of a new pair before showing the first one alone.
_GRACE_MS = 150
#: How long the previous picture may stay after another was chosen; then the view says that the new one is being read.
_PATIENCE_MS = 700


@dataclass(slots=True)
class Pair:
    """A pair of files and what has been loaded of them so far. `number` identifies the requests made for it.

    `words` name sides that are something else than the picture before and after. `numbers` are what their
    cells are called where it is not by their place. `subject` is the picture that the
    files are about, by which another choice of its results is told from another picture. `is_grid`: each file has a
    cell of its own in the 2 × 2.
    """

    number: int
    paths: dict[Side, Path] = field(default_factory=dict)
    sizes: dict[Side, Size] = field(default_factory=dict)
    pictures: dict[Side, LoadedPicture] = field(default_factory=dict)
    errors: dict[Side, TopazdeskError] = field(default_factory=dict)
    blurred: set[Side] = field(default_factory=set)  # shown, but sharp tiles are not available
    pages: dict[Side, int] = field(default_factory=dict)
    words: dict[Side, str] = field(default_factory=dict)
    numbers: dict[Side, int] = field(default_factory=dict)
    subject: tuple[Path, int] | None = None  # the file and its page
    is_grid: bool = False

    def page_of(self, side: Side) -> int:
        """Return the page of a side's file that is shown, from 0."""
        return self.pages.get(side, 0)

    @property
    def origin(self) -> Side:
        """The side that others are compared with: the picture itself where it is shown, or else the first one."""
        found = (side for side, path in self.paths.items() if (path, self.page_of(side)) == self.subject)
        return next(found, Side.BEFORE)

    def word(self, side: Side) -> str:
        """Return what a side is called on screen."""
        alone = len(self.paths) < 2
        usual = {
            Side.BEFORE: tr("Original") if alone else tr("Before"),
            Side.AFTER: tr("Result") if alone else tr("After"),
        }
        return self.words.get(side) or usual.get(side, "")

    def cell_number(self, side: Side) -> int:
        """Return what the cell of a side is called in the 2 × 2."""
        return self.numbers.get(side, CELLS.index(side) + 1 if side in CELLS else 0)

    @property
    def is_settled(self) -> bool:
        """Whether every file has a picture or an error."""
        return all(side in self.pictures or side in self.errors for side in self.paths)

    @property
    def is_open(self) -> bool:
        """Whether every file has given its final answer: all sharp tiles are available, or an error was reported."""
        return all(
            side in self.errors or side in self.blurred or (side in self.pictures and self.pictures[side].is_open)
            for side in self.paths
        )

    @property
    def frame(self) -> Size | None:
        """The size that zoom refers to, in square pixels: that of `framed`."""
        side = self.framed
        return self.grid(side).shown if side is not None else None

    @property
    def framed(self) -> Side | None:
        """The side that zoom refers to: the after or the only picture, in the 2 × 2 the largest; None while unknown."""
        if self.is_grid:
            known = [side for side in self.paths if side in self.sizes and side not in self.errors]
            return max(known, key=lambda side: self.grid(side).shown.pixels, default=None)
        for side in (Side.AFTER, Side.BEFORE):
            if side in self.paths and side not in self.errors and side in self.sizes:
                return side
        return None

    def grid(self, side: Side) -> PixelGrid:
        """Return the pixels of a side whose size is known, as they are shown beside the original."""
        return self.as_shown(self._own_grid(side))

    def as_shown(self, grid: PixelGrid) -> PixelGrid:
        """Return the pixels of a picture of this pair as they are shown beside the original."""
        return beside(self._own_grid(self.origin), grid) if self.origin in self.sizes else grid

    def _own_grid(self, side: Side) -> PixelGrid:
        picture = self.pictures.get(side)
        return picture.grid if picture is not None else PixelGrid(self.sizes[side])


class Pairs(QObject):
    """Owns the loader and everything it delivers. Lives in the window's thread."""

    swapped = Signal(bool)  # another pair is on screen; True if it is about the same picture
    pixels_changed = Signal()
    problem = Signal(object, object)  # Side, TopazdeskError

    def __init__(self, cache: TileCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cache = cache
        self.shown = Pair(0)
        self._coming: Pair | None = None
        self._kept: dict[Path, LoadedPicture] = {}  # not on screen, and about to be returned to
        self._kept_paths: frozenset[Path] = frozenset()
        self._numbers = itertools.count(1)
        self._loader = Loader(cache, self)
        self._loader.unchanged.connect(self._unchanged)
        self._loader.coarse_ready.connect(self._coarse_ready)
        self._loader.pyramid_ready.connect(self._pyramid_ready)
        self._loader.tile_ready.connect(self._tile_ready)
        self._loader.failed.connect(self._failed)
        self._grace = Debounce(_GRACE_MS, self._grace_over, self)
        self._patience = Debounce(_PATIENCE_MS, self._patience_over, self)

    @property
    def is_loading(self) -> bool:
        """Whether a file has not answered yet."""
        return self._coming is not None or not self.shown.is_settled

    @property
    def is_sharp(self) -> bool:
        """Whether every file has given its final answer and no tile is requested."""
        return not self.is_loading and self.shown.is_open and self._loader.is_idle

    def set_pair(
        self,
        files: dict[Side, ShownFile],
        box: Size,
        subject: tuple[Path, int] | None = None,
        kept: Collection[Path] = (),
        *,
        is_grid: bool = False,
    ) -> None:
        """Show these files next. `box` is the view in physical pixels.

        `subject` is the picture that they are about, if not the file before. What is on screen of the files in `kept`
        stays in memory, because the user is about to return to them.

        A pair that is loading already goes on loading; a pair on screen is checked for new content.
        """
        paths = {side: file.path for side, file in files.items()}
        pages = {side: file.page for side, file in files.items() if file.page}
        words = {side: file.word for side, file in files.items() if file.word}
        numbers = {side: file.number for side, file in files.items() if file.number is not None}
        self._kept_paths = frozenset(kept)
        under_way = self._coming or (None if self.shown.is_open else self.shown)
        if (
            under_way is not None
            and paths
            and (under_way.paths, under_way.pages, under_way.is_grid) == (paths, pages, is_grid)
        ):
            under_way.words, under_way.numbers = words, numbers
            return
        self._grace.stop()
        self._patience.stop()
        if self._coming is not None:
            self._loader.cancel(self._coming.number)
            self._coming = None
        before = files.get(Side.BEFORE)
        pair = Pair(
            next(self._numbers),
            paths,
            {side: file.size for side, file in files.items() if file.size is not None},
            pages=pages,
            words=words,
            numbers=numbers,
            subject=subject or ((before.path, before.page) if before is not None else None),
            is_grid=is_grid,
        )
        if not paths:
            self._show(pair)
            return
        self._coming = pair
        for side, path in paths.items():
            self._loader.open(OpenRequest(pair.number, side, path, box, self._identities(), pair.page_of(side)))
        if not self._same_subject(pair):
            self._patience.start()

    def wish(self, wishes: list[TileRequest]) -> None:
        """Replace all requests for tiles, given in order of priority."""
        self._loader.ask(wishes)

    def stop(self) -> None:
        """End the worker threads and drop later answers."""
        self._grace.stop()
        self._patience.stop()
        self._loader.stop()

    def _pair(self, number: int) -> Pair | None:
        for pair in (self._coming, self.shown):
            if pair is not None and pair.number == number:
                return pair
        return None

    def _identities(self) -> frozenset[str]:
        # A pyramid that is still being built ends with the request for it.
        return frozenset(p.identity for p in self._at_hand() if p.is_open)

    def _at_hand(self) -> tuple[LoadedPicture, ...]:
        return (*self.shown.pictures.values(), *self._kept.values())

    def _unchanged(self, answer: Unchanged) -> None:
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        picture = self._known(answer.identity)
        if picture is not None:
            self._arrived(pair, answer.request.side, picture)
        else:  # the known picture has left the screen in the meantime
            self._loader.open(replace(answer.request, known=frozenset()))

    def _coarse_ready(self, answer: CoarseReady) -> None:
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        there = pair.pictures.get(answer.request.side)
        if there is not None and there.pyramid is not None:
            return  # it took longer than the pyramid
        known = self._known(answer.identity)
        picture = known or LoadedPicture(answer.identity, answer.grid, answer.image)
        self._arrived(pair, answer.request.side, picture)

    def _pyramid_ready(self, answer: PyramidReady) -> None:
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        side = answer.request.side
        picture = pair.pictures.get(side) or self._known(answer.identity)
        if picture is None:
            if answer.image is None:
                return
            picture = LoadedPicture(answer.identity, answer.pyramid.grid, answer.image)
        elif picture.pyramid is None and answer.image is not None and answer.image.width() > picture.coarse.width():
            picture = LoadedPicture(answer.identity, answer.pyramid.grid, answer.image)
        if not picture.is_open:
            picture.open(answer.pyramid, answer.full)
        self._arrived(pair, side, picture)

    def _known(self, identity: str) -> LoadedPicture | None:
        """Return the picture on screen or kept with the same content, whose sharp tiles can be reused, or None."""
        return next((p for p in self._at_hand() if p.identity == identity), None)

    def _arrived(self, pair: Pair, side: Side, picture: LoadedPicture) -> None:
        pair.pictures[side] = picture
        pair.sizes[side] = picture.grid.pixels
        self._advance(pair)

    def _failed(self, answer: Failed | TileFailed) -> None:
        if isinstance(answer, TileFailed):
            for side, picture in self.shown.pictures.items():
                if picture.serial == answer.serial and picture.pyramid is not None:
                    picture.pyramid = None  # the tiles already there stay, no more are requested
                    self.shown.blurred.add(side)
                    self.problem.emit(side, answer.error)
            return
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        side = answer.request.side
        if side in pair.pictures:
            pair.blurred.add(side)
            if not pair.pictures[side].is_open:
                pair.pictures[side].pyramid = None  # it was being built
        else:
            pair.errors[side] = answer.error
        self.problem.emit(side, answer.error)
        self._advance(pair)

    def _advance(self, pair: Pair) -> None:
        if pair is self.shown:
            self.swapped.emit(True)
        elif pair.is_settled:
            self._show(pair)
        elif not self._same_subject(pair) and pair.pictures and not self._grace.isActive():
            self._grace.start()

    def _grace_over(self) -> None:
        if self._coming is not None and self._coming.pictures:
            self._show(self._coming)

    def _patience_over(self) -> None:
        if self._coming is not None and not self._same_subject(self._coming):
            self._show(self._coming)

    def _same_subject(self, pair: Pair) -> bool:
        return pair.subject is not None and pair.subject == self.shown.subject

    def _show(self, pair: Pair) -> None:
        self._grace.stop()
        self._patience.stop()
        same = self._same_subject(pair)
        if same and not pair.pictures and self.shown.pictures:
            # Nothing of the new pair can be shown, and the old pair says more than an empty view.
            self._coming = None
            return
        self._loader.cancel(self.shown.number)
        self._keep(pair)
        self.shown = pair
        self._coming = None
        self.swapped.emit(same)

    def _keep(self, pair: Pair) -> None:
        """Keep what leaves the screen and will be returned to, and divide the memory among all that is kept."""
        leaving = {
            path: self.shown.pictures[side] for side, path in self.shown.paths.items() if side in self.shown.pictures
        }
        here = set(pair.paths.values())
        self._kept = {p: each for p, each in (self._kept | leaving).items() if p in self._kept_paths and p not in here}
        at_hand = (*pair.pictures.values(), *self._kept.values())
        for picture in at_hand:
            picture.share_memory(len(at_hand))

    def _tile_ready(self, answer: TileReady) -> None:
        for picture in self.shown.pictures.values():
            if picture.serial == answer.serial:
                picture.take(answer.tile, answer.image)
                self.pixels_changed.emit()
                return
