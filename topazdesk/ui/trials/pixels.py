"""The pixels of trials: the source and the results of a patch, each opened once and sharp at any zoom."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect, Tile
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.viewer.loader import (
    CoarseReady,
    Failed,
    Loader,
    OpenRequest,
    PyramidReady,
    TileFailed,
    TileReady,
    TileRequest,
)
from topazdesk.ui.viewer.picture import LoadedPicture
from topazdesk.ui.viewer.side import Side

#: The largest coarse image: enough for a card at 200 %, and for the frame while its tiles are loading.
_BOX = Size(720, 720)
#: Milliseconds in which arriving tiles share one repaint.
_NEWS_MS = 15


class Pixels(QObject):
    """Keeps the files given to `show` open.

    `changed` is emitted when more of one can be painted; `problem` with a file and its error.
    """

    changed = Signal()
    problem = Signal(object, object)  # Path, TopazdeskError

    def __init__(self, cache: TileCache, parent: QObject) -> None:
        super().__init__(parent)
        self._loader = Loader(cache, self)
        self._loader.coarse_ready.connect(self._coarse_ready)
        self._loader.pyramid_ready.connect(self._pyramid_ready)
        self._loader.tile_ready.connect(self._tile_ready)
        self._loader.failed.connect(self._failed)
        self._numbers = itertools.count(1)
        self._asked: dict[Path, int] = {}
        self._pictures: dict[Path, LoadedPicture] = {}
        self._seen: dict[str, list[TileRequest]] = {}
        self._told = Debounce(_NEWS_MS, self.changed, self)
        self._asking = Debounce(0, self._ask, self)  # once for everything painted in one turn of the loop

    def show(self, paths: Iterable[Path]) -> None:
        """Keep these files open, and only these."""
        wanted = list(dict.fromkeys(paths))
        for path in [path for path in self._asked if path not in wanted]:
            self._loader.cancel(self._asked.pop(path))
            self._pictures.pop(path, None)
        for path in wanted:
            if path not in self._asked:
                number = self._asked[path] = next(self._numbers)
                self._loader.open(OpenRequest(number, Side.AFTER, path, _BOX))

    def picture(self, path: Path | None) -> LoadedPicture | None:
        """Return what can be painted of a file so far, or None."""
        return self._pictures.get(path) if path is not None else None

    def want(self, who: str, picture: LoadedPicture | None, place: Rect, view: Rect) -> None:
        """Load the tiles of `picture`, which is at `place`, that are visible in `view`; replaces `who`'s last wish."""
        wishes: list[TileRequest] = []
        if picture is not None and picture.pyramid is not None:
            pyramid, seen = picture.pyramid, picture.wanted(place, view).seen
            wishes = [TileRequest(picture.serial, pyramid, tile) for tile in seen]
        if wishes != self._seen.get(who, []):
            self._seen[who] = wishes
            self._asking.soon()

    def image(self, path: Path, part: Rect, size: QSize) -> QImage | None:
        """Return a part of a file, given in fractions, to fill `size` pixels undistorted; None while not loaded."""
        picture = self._pictures.get(path)
        if picture is None or size.isEmpty():
            return None
        shown = fitted(part, picture.size, size)
        across, down = size.width() / shown.width, size.height() / shown.height
        place = Rect(-shown.x * across, -shown.y * down, across, down)
        view = Rect(0, 0, size.width(), size.height())
        made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        made.fill(0)
        painter = QPainter(made)
        picture.paint(painter, QRect(0, 0, size.width(), size.height()), place, view, smooth=True)
        painter.end()
        self.want(f"card {path}", picture, place, view)
        return made

    def is_sharp(self, picture: LoadedPicture, place: Rect, view: Rect) -> bool:
        """Tell whether nothing sharper will come for this place."""
        return picture.pyramid is not None and not picture.wanted(place, view).seen

    def stop(self) -> None:
        """End the worker threads. Idempotent."""
        self._told.stop()
        self._asking.stop()
        self._loader.stop()

    def _ask(self) -> None:
        open_ = {picture.serial for picture in self._pictures.values()}
        known: dict[tuple[int, Tile], TileRequest] = {}
        for wishes in self._seen.values():
            known |= {(wish.serial, wish.tile): wish for wish in wishes if wish.serial in open_}
        self._loader.ask(list(known.values()))

    def _path_of(self, request: OpenRequest) -> Path | None:
        return request.path if self._asked.get(request.path) == request.number else None

    def _coarse_ready(self, answer: CoarseReady) -> None:
        path = self._path_of(answer.request)
        if path is not None:
            self._pictures[path] = LoadedPicture(answer.identity, answer.grid, answer.image)
            self._tell()

    def _pyramid_ready(self, answer: PyramidReady) -> None:
        path = self._path_of(answer.request)
        if path is None:
            return
        if path not in self._pictures and answer.image is not None:
            self._pictures[path] = LoadedPicture(answer.identity, answer.pyramid.grid, answer.image)
        if path in self._pictures:
            self._pictures[path].open(answer.pyramid, answer.full)
            self._tell()

    def _tile_ready(self, answer: TileReady) -> None:
        for picture in self._pictures.values():
            if picture.serial == answer.serial:
                picture.take(answer.tile, answer.image)
                self._tell()

    def _failed(self, answer: Failed | TileFailed) -> None:
        if isinstance(answer, TileFailed):
            for path, picture in self._pictures.items():
                if picture.serial == answer.serial:
                    picture.pyramid = None  # what has been loaded stays
                    self.problem.emit(path, answer.error)
        elif self._path_of(answer.request) is not None:
            there = self._pictures.get(answer.request.path)
            if there is not None and not there.is_open:
                there.pyramid = None  # it was being built
            self.problem.emit(answer.request.path, answer.error)

    def _tell(self) -> None:
        self._told.soon()


def fitted(part: Rect, picture: Size, size: QSize) -> Rect:
    """Return the largest piece around the middle of `part` (in fractions) that has the shape of `size`."""
    width, height = part.width * picture.width, part.height * picture.height
    scale = min(width / size.width(), height / size.height())
    wide, high = size.width() * scale / picture.width, size.height() * scale / picture.height
    return Rect(part.x + (part.width - wide) / 2, part.y + (part.height - high) / 2, wide, high)
