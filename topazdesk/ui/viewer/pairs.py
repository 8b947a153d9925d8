"""The pair of files that is shown, and the one that is on its way.

What is shown stays until something of the next pair can take its place. With the same before (a new result of the same
picture) it stays until the new after is there; with another before (another picture) for a moment at most, so that a name
chosen in the list and the picture in the viewer never disagree for long.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.geometry import Size
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.viewer.loader import (
    CoarseReady,
    Failed,
    Loader,
    OpenRequest,
    PyramidReady,
    Side,
    TileFailed,
    TileReady,
    TileRequest,
    Unchanged,
)
from topazdesk.ui.viewer.picture import LoadedPicture

#: How long the other file of a new pair is waited for before the first is shown alone.
_GRACE_MS = 150
#: How long another picture than the one chosen in the list may be seen; then the view says that it is being read.
_PATIENCE_MS = 700


@dataclass(slots=True)
class Pair:
    """Files, and what has come of them so far. `number` marks the requests made for it."""

    number: int
    paths: dict[Side, Path] = field(default_factory=dict)
    sizes: dict[Side, Size] = field(default_factory=dict)
    pictures: dict[Side, LoadedPicture] = field(default_factory=dict)
    errors: dict[Side, TopazdeskError] = field(default_factory=dict)
    blurred: set[Side] = field(default_factory=set)  # shown, but sharp tiles cannot be had

    @property
    def is_settled(self) -> bool:
        """Whether every file has a picture or an error."""
        return all(side in self.pictures or side in self.errors for side in self.paths)

    @property
    def is_open(self) -> bool:
        """Whether every file has answered for good: sharp tiles can be had of it, or an error has come."""
        return all(
            side in self.errors
            or side in self.blurred
            or (side in self.pictures and self.pictures[side].pyramid is not None)
            for side in self.paths
        )

    @property
    def frame(self) -> Size | None:
        """Size that zoom counts in: the after's, or the only picture's."""
        for side in (Side.AFTER, Side.BEFORE):
            if side in self.paths and side not in self.errors and side in self.sizes:
                return self.sizes[side]
        return None


class Pairs(QObject):
    """Owner of the worker threads and of everything that comes from them; lives in the window's thread."""

    swapped = Signal(bool)  # another pair is shown; True when its before is the same picture
    pixels_changed = Signal()
    problem = Signal(object, object)  # Side, TopazdeskError

    def __init__(self, cache: TileCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cache = cache
        self.shown = Pair(0)
        self._coming: Pair | None = None
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
        """Whether every file has answered for good and no tile is wished for."""
        return not self.is_loading and self.shown.is_open and self._loader.is_idle

    def set_pair(self, paths: dict[Side, Path], sizes: dict[Side, Size], box: Size) -> None:
        """Show these files next; `sizes` are known sizes, `box` the view in physical pixels.

        Files that are on their way already go on; files that are shown are looked at for another content.
        """
        under_way = self._coming or (None if self.shown.is_open else self.shown)
        if under_way is not None and paths and under_way.paths == paths:
            return
        self._grace.stop()
        self._patience.stop()
        if self._coming is not None:
            self._loader.cancel(self._coming.number)
            self._coming = None
        pair = Pair(next(self._numbers), dict(paths), dict(sizes))
        if not paths:
            self._show(pair)
            return
        self._coming = pair
        for side, path in paths.items():
            self._loader.open(OpenRequest(pair.number, side, path, box, self._identities()))
        if not self._same_before(pair):
            self._patience.start()

    def wish(self, wishes: list[TileRequest]) -> None:
        """Replace all wishes for tiles; most wanted first."""
        self._loader.ask(wishes)

    def stop(self) -> None:
        """End the worker threads; nothing answers any more."""
        self._grace.stop()
        self._patience.stop()
        self._loader.stop()

    def _pair(self, number: int) -> Pair | None:
        for pair in (self._coming, self.shown):
            if pair is not None and pair.number == number:
                return pair
        return None

    def _identities(self) -> frozenset[str]:
        return frozenset(p.identity for p in self.shown.pictures.values() if p.pyramid is not None)

    def _unchanged(self, answer: Unchanged) -> None:
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        picture = self._known(answer.identity)
        if picture is not None:
            self._arrived(pair, answer.request.side, picture)
        else:  # what was known has left the screen meanwhile
            self._loader.open(replace(answer.request, known=frozenset()))

    def _coarse_ready(self, answer: CoarseReady) -> None:
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        there = pair.pictures.get(answer.request.side)
        if there is not None and there.pyramid is not None:
            return  # it took longer than the pyramid
        known = self._known(answer.identity)
        picture = known or LoadedPicture(answer.identity, answer.size, answer.image)
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
            picture = LoadedPicture(answer.identity, answer.pyramid.size, answer.image)
        elif picture.pyramid is None and answer.image is not None and answer.image.width() > picture.coarse.width():
            picture = LoadedPicture(answer.identity, answer.pyramid.size, answer.image)
        if picture.pyramid is None:
            picture.pyramid = answer.pyramid
        self._arrived(pair, side, picture)

    def _known(self, identity: str) -> LoadedPicture | None:
        """A picture on the screen with the same content: its sharp tiles go on being used."""
        return next((p for p in self.shown.pictures.values() if p.identity == identity), None)

    def _arrived(self, pair: Pair, side: Side, picture: LoadedPicture) -> None:
        pair.pictures[side] = picture
        pair.sizes[side] = picture.size
        self._advance(pair)

    def _failed(self, answer: Failed | TileFailed) -> None:
        if isinstance(answer, TileFailed):
            for side, picture in self.shown.pictures.items():
                if picture.serial == answer.serial and picture.pyramid is not None:
                    picture.pyramid = None  # what is there stays, and asks no more
                    self.shown.blurred.add(side)
                    self.problem.emit(side, answer.error)
            return
        pair = self._pair(answer.request.number)
        if pair is None:
            return
        side = answer.request.side
        if side in pair.pictures:
            pair.blurred.add(side)
        else:
            pair.errors[side] = answer.error
        self.problem.emit(side, answer.error)
        self._advance(pair)

    def _advance(self, pair: Pair) -> None:
        if pair is self.shown:
            self.swapped.emit(True)
        elif pair.is_settled:
            self._show(pair)
        elif not self._same_before(pair) and pair.pictures and not self._grace.isActive():
            self._grace.start()

    def _grace_over(self) -> None:
        if self._coming is not None and self._coming.pictures:
            self._show(self._coming)

    def _patience_over(self) -> None:
        if self._coming is not None and not self._same_before(self._coming):
            self._show(self._coming)

    def _same_before(self, pair: Pair) -> bool:
        mine, other = pair.paths.get(Side.BEFORE), self.shown.paths.get(Side.BEFORE)
        return mine is not None and mine == other

    def _show(self, pair: Pair) -> None:
        self._grace.stop()
        self._patience.stop()
        same = self._same_before(pair)
        if same and not pair.pictures and self.shown.pictures:
            # Nothing of it can be shown: the old pair says more than an empty view.
            self._coming = None
            return
        self._loader.cancel(self.shown.number)
        self.shown, self._coming = pair, None
        self.swapped.emit(same)

    def _tile_ready(self, answer: TileReady) -> None:
        for picture in self.shown.pictures.values():
            if picture.serial == answer.serial:
                picture.take(answer.tile, answer.image)
                self.pixels_changed.emit()
                return
