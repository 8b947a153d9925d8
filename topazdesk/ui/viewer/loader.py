"""Loading of files as images in worker threads, without ever blocking the window.

A picture is answered in two steps: a coarse image as soon as there is one, then its pyramid, from which tiles can be
requested. Only a few tiles are decoded at a time and the list of requested tiles is always replaced as a whole, so
tiles that have scrolled out of sight are not decoded. Every answer carries a number, by which late ones are dropped.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from weakref import WeakSet

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.tiling import Tile
from topazdesk.errors import BugError, TopazdeskError
from topazdesk.media import heap, preview_build
from topazdesk.media.decoded_pyramid import DecodedPyramid, at_once, decoded, fits_never
from topazdesk.media.opening import refusal
from topazdesk.media.pixel_memory import memory
from topazdesk.media.probe import probe
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.raster import PixelFormat
from topazdesk.media.thumbnail import coarse
from topazdesk.media.thumbnail_store import ThumbnailSize, ThumbnailStore
from topazdesk.media.tilecache import TileCache, identity
from topazdesk.media.workers import CancelledError, shared
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.workers import Workers
from topazdesk.ui.viewer.building import Building
from topazdesk.ui.viewer.first_pixels import FirstPixels
from topazdesk.ui.viewer.first_pixels_gate import FirstPixelsGate
from topazdesk.ui.viewer.images import image_of, painted_image, quickest
from topazdesk.ui.viewer.screen_colours import ScreenColours, screen_colours
from topazdesk.ui.viewer.side import PAIR, Side

_log = logging.getLogger(__name__)

#: Threads for tiles. One core is left to the window; every frame it paints would otherwise wait for them.
_TILERS = max(1, min(4, (os.cpu_count() or 2) - 1))
#: Tiles being decoded at once: enough to keep the threads busy, few enough that a new request is served next.
_TILES_AT_ONCE = _TILERS + 2
_NICENESS = 10
#: Whether a core is left to build a pyramid while another decodes the first pixels of the same file.
_BUILDS_EARLY = (os.cpu_count() or 1) > 1
#: Time the window needs to paint first pixels, before work starts that nobody is waiting for yet.
_PAINTING_S = 0.03
#: How long a picture that was seen before stays before its decoding begins.
_PASSING_S = 0.15
#: How long a picture is looked at before tiles are made that nobody sees yet.
_LOOKING_MS = 250
#: How long after the last look at something else memory is kept for the next one.
_MEMORY_MS = 10_000


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Opens a page of the file at `path` as `side` of pair `number`.

    The coarse image is to be about as large as `box` (physical pixels). Contents whose identities are in `known`
    need not be opened again.
    """

    number: int
    side: Side
    path: Path
    box: Size
    known: frozenset[str] = frozenset()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file still has the content `identity`, which is one of the known ones."""

    request: OpenRequest
    identity: str


@dataclass(frozen=True, slots=True)
class CoarseReady:
    """The first pixels. `identity` tells contents apart (by path, size and time of the file)."""

    request: OpenRequest
    identity: str
    grid: PixelGrid
    image: QImage


@dataclass(frozen=True, slots=True)
class PyramidReady:
    """The file is open and tiles can be requested. `image` is a coarse image if none was sent before.

    Comes twice for a pyramid that is still being built: when it was begun, and when it is whole. `full` has all pixels
    of the finest level, if they are in memory in the colours of the screen.
    """

    request: OpenRequest
    identity: str
    pyramid: Pyramid
    image: QImage | None
    full: QImage | None = None


@dataclass(frozen=True, slots=True)
class TileReady:
    """A decoded tile of the picture with the number `serial`."""

    serial: int
    tile: Tile
    image: QImage


@dataclass(frozen=True, slots=True)
class Failed:
    """The file of a request cannot be shown, or not sharply."""

    request: OpenRequest
    error: TopazdeskError


@dataclass(frozen=True, slots=True)
class TileFailed:
    """The tiles of a picture can no longer be read."""

    serial: int
    error: TopazdeskError


@dataclass(frozen=True, slots=True)
class TileRequest:
    """A request for a tile that is in view, or (`is_ahead`) will be if somebody pans or zooms a little."""

    serial: int
    pyramid: Pyramid
    tile: Tile
    is_ahead: bool = False


class Loader(QObject):
    """The worker threads of one viewer. All signals are emitted in the window's thread."""

    unchanged = Signal(object)
    coarse_ready = Signal(object)
    pyramid_ready = Signal(object)
    tile_ready = Signal(object)
    failed = Signal(object)  # Failed or TileFailed

    def __init__(self, cache: TileCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._colours = screen_colours()
        self._inbox = Inbox(self)
        # A thread for each file: one that has its first pixels waits for the others, which need threads to get theirs.
        self._openers = Workers(len(Side), "viewer-open")
        self._decoders = Workers(len(PAIR), "viewer-whole", initializer=_step_back)
        self._tilers = Workers(_TILERS, "viewer-tile", initializer=_step_back)
        self._remembered = FirstPixels()
        self._resting = Debounce(_MEMORY_MS, lambda: memory.keep(0), self)
        self._cancels: dict[int, threading.Event] = {}
        self._firsts: dict[int, FirstPixelsGate] = {}
        self._wishes: list[TileRequest] = []
        self._unmade: list[TileRequest] = []  # those of pyramids that are still being built
        self._later: list[TileRequest] = []  # those that nobody sees yet, of a picture that has just come
        self._looking = Debounce(_LOOKING_MS, self._look_ahead, self)
        self._asked: set[Pyramid] = set()  # those of which tiles are to be made first
        self._watched: WeakSet[Pyramid] = WeakSet()
        self._under_way: set[tuple[int, Tile]] = set()
        self._stopped = False

    def open(self, request: OpenRequest) -> None:
        """Open a picture. The answer is `unchanged`, or `coarse_ready` and `pyramid_ready`, or `failed`."""
        cancel = self._cancels.setdefault(request.number, threading.Event())
        firsts = self._firsts.setdefault(request.number, FirstPixelsGate())
        firsts.expect()
        self._resting.start()
        self._looking.start()
        future = self._openers.submit(self._open, request, cancel, firsts)

        def report(error: TopazdeskError) -> None:
            if not cancel.is_set():  # a decoder that was stopped reports the picture as damaged
                self.failed.emit(Failed(request, error))

        self._watch(future, report)

    def cancel(self, number: int) -> None:
        """Give up the pair `number`: stop building its pyramids."""
        event = self._cancels.pop(number, None)
        self._firsts.pop(number, None)
        if event is not None:
            event.set()

    def ask(self, wishes: Sequence[TileRequest]) -> None:
        """Replace all requests for tiles, given in order of priority."""
        self._resting.start()
        growing = {wish.pyramid for wish in wishes if not wish.pyramid.is_whole}
        for pyramid in growing - set(self._watched):
            self._watched.add(pyramid)
            pyramid.watch(lambda: self._inbox.post(self._grown))
        waiting = [wish for wish in reversed(wishes) if (wish.serial, wish.tile) not in self._under_way]
        is_passing = self._looking.isActive()
        self._wishes = [wish for wish in waiting if not (is_passing and wish.is_ahead)]
        self._later = [wish for wish in waiting if is_passing and wish.is_ahead]
        self._unmade = []
        self._dispatch()
        for pyramid in growing | self._asked:
            pyramid.want([wish.tile for wish in wishes if wish.pyramid is pyramid and not wish.is_ahead])
        self._asked = growing

    @property
    def is_idle(self) -> bool:
        """Whether no tile is requested or being decoded."""
        return not self._wishes and not self._under_way and not self._unmade and not self._later

    def stop(self) -> None:
        """Cancel everything and drop later answers. Idempotent; does not wait."""
        self._stopped = True
        self._inbox.close()
        for event in self._cancels.values():
            event.set()
        self._wishes = self._later = []
        self._looking.stop()
        self._resting.stop()
        self._openers.stop()
        self._decoders.stop()
        self._tilers.stop()

    def _dispatch(self) -> None:
        while self._wishes and len(self._under_way) < _TILES_AT_ONCE and not self._stopped:
            wish = self._wishes.pop()
            if not wish.pyramid.has(wish.tile):
                self._unmade.append(wish)
                continue
            self._under_way.add((wish.serial, wish.tile))
            future = self._tilers.submit(_decode, wish, self._colours)
            future.add_done_callback(partial(self._tile_decoded, wish))

    def _look_ahead(self) -> None:
        """Take up the requests for tiles that nobody sees yet, behind all others."""
        self._wishes, self._later = [*self._later, *self._wishes], []
        self._dispatch()

    def _grown(self) -> None:
        """Take up the requests for tiles that have been made meanwhile."""
        unmade, self._unmade = self._unmade, []
        self._wishes += reversed(unmade)  # they came before those that are left
        self._dispatch()

    def _tile_decoded(self, wish: TileRequest, done: Future[QImage]) -> None:
        """Pass the tile on to the window's thread. Runs in a worker thread."""
        if not done.cancelled():
            self._inbox.post(lambda: self._tile_done(wish, done))

    def _tile_done(self, wish: TileRequest, done: Future[QImage]) -> None:
        self._under_way.discard((wish.serial, wish.tile))
        self._dispatch()
        error = done.exception()
        if error is None:
            self.tile_ready.emit(TileReady(wish.serial, wish.tile, done.result()))
        elif wish.pyramid.has(wish.tile):  # else the build was given up while its tile was being read
            self.failed.emit(TileFailed(wish.serial, _shown(error)))

    def _watch(self, future: Future[None], report: Callable[[TopazdeskError], None]) -> None:
        def done(finished: Future[None]) -> None:
            if finished.cancelled():
                return
            error = finished.exception()
            if error is not None and not isinstance(error, CancelledError):
                self._inbox.post(lambda: report(_shown(error)))

        future.add_done_callback(done)

    def _open(self, request: OpenRequest, cancel: threading.Event, firsts: FirstPixelsGate) -> None:
        """Open the file and post the answers. Runs in a worker thread."""
        building: Building | None = None
        try:
            known = _identity(request.path, request.page)
            if cancel.is_set() or known in request.known:
                if not cancel.is_set():
                    self._inbox.post(lambda: self.unchanged.emit(Unchanged(request, known)))
                return
            pyramid = Pyramid.ready(request.path, self._cache, request.page)
            remembered = None if pyramid is not None else self._remembered.find(known, request.box)
            image: QImage | None = None
            if remembered is not None:
                image = remembered.image
                self._post_first(request, known, remembered.grid, image)
            elif pyramid is None:
                pyramid = at_once(request.path, request.box, request.page)
            if pyramid is None and remembered is None:
                if _BUILDS_EARLY and fits_never(request.path, request.page):
                    building = self._begin(request, known, cancel, firsts)
                image = self._show_first(request, known, cancel.is_set)
                if image is None and not request.page:  # thumbnails are of the first page
                    self._show_thumbnail(request, known)
        except BaseException:
            if building is not None:
                building.give_up()
            raise
        finally:
            firsts.done()
        if building is not None:
            heap.give_back()  # what decoding the first pixels has left; the helper needs some, too
        elif pyramid is None:
            firsts.wait(cancel.is_set)  # the other file needs both cores, and so does the window that paints
            # Somebody who goes back and forth through pictures only passes by.
            if cancel.wait(_PAINTING_S if remembered is None else _PASSING_S):
                return
            pyramid = self._whole(request, cancel)
        if pyramid is None:
            pyramid = self._built(
                building or self._begin(request, known, cancel), request, known, cancel, has_image=image is not None
            )
        self._post_pyramid(request, known, pyramid, image)

    def _post_first(self, request: OpenRequest, known: str, grid: PixelGrid, image: QImage) -> None:
        answer = CoarseReady(request, known, grid, image)
        self._inbox.post(lambda: self.coarse_ready.emit(answer))

    def _post_pyramid(self, request: OpenRequest, known: str, pyramid: Pyramid, image: QImage | None) -> None:
        whole = full = None
        if image is None:
            whole = image = self._colours.on_screen(quickest(pyramid.first(request.box)))
        if isinstance(pyramid, DecodedPyramid) and self._colours.space is None and pyramid.full is not None:
            full = painted_image(pyramid.full)
        opened = PyramidReady(request, known, pyramid, whole, full)

        def tell() -> None:
            self._looking.start()
            self.pyramid_ready.emit(opened)

        self._inbox.post(tell)
        if isinstance(pyramid, DecodedPyramid):
            self._remembered.keep(known, request.box, pyramid.grid, image)

    def _whole(self, request: OpenRequest, cancel: threading.Event) -> Pyramid | None:
        """Decode the file whole beside the window, if memory has room for it."""
        made = self._decoders.submit(decoded, request.path, request.page, cancelled=cancel.is_set)
        return None if made.cancelled() else made.result()

    def _begin(
        self, request: OpenRequest, known: str, cancel: threading.Event, firsts: FirstPixelsGate | None = None
    ) -> Building:
        """Have a worker process build the pyramid in the cache, after the first pixels of all other files."""

        def build(is_given_up: Callable[[], bool], begun: Callable[[Pyramid], None]) -> Pyramid:
            def cancelled() -> bool:
                return cancel.is_set() or is_given_up()

            shared.warm()
            if firsts is not None:
                firsts.wait(cancelled, but=1)
            return Pyramid.open(request.path, self._cache, cancelled, request.page, begun)

        return Building(build, lambda pyramid: self._post_growing(request, known, pyramid))

    def _post_growing(self, request: OpenRequest, known: str, pyramid: Pyramid) -> None:
        """Have tiles requested of a pyramid that is still being built."""
        answer = PyramidReady(request, known, pyramid, None)
        self._inbox.post(lambda: self.pyramid_ready.emit(answer))

    def _built(
        self, building: Building, request: OpenRequest, known: str, cancel: threading.Event, *, has_image: bool
    ) -> Pyramid:
        """Wait for a pyramid."""
        over = threading.Event()
        if has_image:
            building.show()
        elif not request.page:  # previews are of the first page
            work = (request, known, lambda: cancel.is_set() or over.is_set(), building)
            threading.Thread(target=self._foretaste, args=work, name="viewer-preview", daemon=True).start()
        try:
            return building.result()
        finally:
            over.set()

    def _show_first(self, request: OpenRequest, known: str, cancelled: Callable[[], bool]) -> QImage | None:
        """Post the first pixels of a file if it has any quickly, and return them. Raises InputError."""
        first = coarse(request.path, request.box, cancelled, self._cache, request.page)
        if first is None:
            return None
        image = self._colours.on_screen(quickest(first.raster))
        self._post_first(request, known, first.grid, image)
        return image

    def _foretaste(self, request: OpenRequest, known: str, cancelled: Callable[[], bool], building: Building) -> None:
        """Show a preview of a file that has no first pixels quickly, some seconds later, while its pyramid is built.

        Runs in a thread of its own.
        """
        if preview_build.ask(request.path, self._cache, cancelled) and not cancelled():
            with suppress(TopazdeskError):  # the file is gone or has changed; opening the pyramid will report it
                self._show_first(request, known, cancelled)
                building.show()

    def _show_thumbnail(self, request: OpenRequest, known: str) -> None:
        small = ThumbnailStore.choose(self._cache.folder.with_name("thumbnails")).kept(
            request.path, ThumbnailSize.LARGE
        )
        if small is None or small.format is not PixelFormat.RGB:
            return
        try:
            grid = probe(request.path).grid
        except TopazdeskError:  # opening the pyramid will report it
            return
        self._post_first(request, known, grid, self._colours.on_screen(quickest(small)))


def _identity(path: Path, page: int) -> str:
    try:
        return identity(path, page)
    except OSError as error:
        raise refusal(error) from error


def _step_back() -> None:
    """Lower this thread's priority where the system allows it: tiles can wait, frames cannot."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _decode(wish: TileRequest, colours: ScreenColours) -> QImage:
    if sys.byteorder == "little":  # on big-endian machines the painter's byte order differs
        return colours.on_screen(painted_image(wish.pyramid.painted(wish.tile)))
    return colours.on_screen(image_of(wish.pyramid.tile(wish.tile)))


def _shown(error: BaseException) -> TopazdeskError:
    """Return an error fit for display; one that is not ours is a bug, and is logged as such."""
    if isinstance(error, TopazdeskError):
        return error
    _log.error("viewer worker failed", exc_info=error)
    details = "".join(traceback.format_exception(error))
    return BugError("This picture cannot be shown", "The fault is noted in the log", details=details)
