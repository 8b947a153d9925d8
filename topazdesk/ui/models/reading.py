"""Read headers and thumbnails in worker threads: what is visible first, and nothing that is no longer looked at.

Thumbnails are made in threads, not in processes, because libvips works outside Python's lock. Measured with 40 JPEGs of
24 MP on two cores, two threads take as long as two processes of `vipsthumbnail` (1.3 s), and a third or fourth thread
gains nothing. Reading many headers is mostly work for Python, so each thread has a process of its own for that.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.errors import InputError
from topazdesk.ui.runtime.inbox import Inbox

if TYPE_CHECKING:
    from topazdesk.media.headers import HeaderProcess
    from topazdesk.media.raster import Raster
    from topazdesk.media.thumbnail_store import ThumbnailStore

#: How many headers a worker reads and delivers at a time.
_HEADERS_AT_ONCE = 16
#: With this many headers waiting, reading them in a process pays off.
_MANY_HEADERS = 200
#: How many headers that process is given at a time.
_HEADERS_APART = 48

Header = tuple[int, ImageInfo | InputError]
HeadersRead = Callable[[list[Header]], None]
ThumbnailRead = Callable[[int, QImage], None]
Report = Callable[[BaseException], None]


class Reader:
    """Reads files by picture id.

    The order is: thumbnails in view (`wish`), headers, thumbnails for later (`want_thumbnail`). `headers_read` and
    `thumbnail_read` are called in the window's thread, as is `report` with an error that stopped a worker. A picture
    that cannot be decoded gets a null image as its thumbnail; what is wrong with it is said when it is opened or sent.
    `cache` is the folder for thumbnails if the desktop has none of its own; without it nothing is kept on disk.
    """

    def __init__(
        self,
        inbox: Inbox,
        headers_read: HeadersRead,
        thumbnail_read: ThumbnailRead,
        report: Report,
        *,
        thumbnail_px: int = 128,
        workers: int | None = None,
        cache: Path | None = None,
    ) -> None:
        self._inbox = inbox
        self._headers_read = headers_read
        self._thumbnail_read = thumbnail_read
        self._report = report
        self._px = thumbnail_px
        self._cache = cache
        self._store: ThumbnailStore | None = None
        self._lock = threading.Lock()
        self._headers: OrderedDict[int, Path] = OrderedDict()
        self._wishes: OrderedDict[int, PictureKey] = OrderedDict()
        self._later: OrderedDict[int, PictureKey] = OrderedDict()
        self._busy: set[int] = set()
        self._drawing: set[int] = set()  # those of the busy ones whose thumbnail is being read
        self._anew: dict[int, PictureKey] = {}  # those of these whose file is another one by now
        self._working = 0
        self._closed = False
        self._own = threading.local()
        self._processes: list[HeaderProcess] = []
        self._workers = workers or worker_count()
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="read")

    def read_headers(self, files: Iterable[tuple[int, Path]]) -> None:
        """Ask for the headers of files, given by picture id and path."""
        with self._lock:
            self._headers.update(files)
        self._wake()

    def wish(self, files: Iterable[tuple[int, PictureKey]]) -> None:
        """Ask for the thumbnails in view, most wanted first. This replaces earlier wishes, which were scrolled away."""
        with self._lock:
            self._wishes = OrderedDict((i, key) for i, key in files if i not in self._drawing)
        self._wake()

    def hurry(self, ids: Iterable[int]) -> None:
        """Read the headers of these pictures before all others, if they are still waiting."""
        with self._lock:
            for picture_id in ids:
                if picture_id in self._headers:
                    self._headers.move_to_end(picture_id, last=False)

    def want_thumbnail(self, picture_id: int, key: PictureKey, *, soon: bool = False, is_changed: bool = False) -> None:
        """Ask for a thumbnail, to be read when no header is waiting. `soon`: before others of this kind.

        `is_changed`: the file was changed, so that one which is being read just now does not count.
        """
        with self._lock:
            if picture_id in self._drawing:
                if is_changed:
                    self._anew[picture_id] = key
            else:
                self._later[picture_id] = key
                self._later.move_to_end(picture_id, last=not soon)
        self._wake()

    def forget(self, picture_id: int) -> None:
        """Drop what waits for a picture that is gone."""
        with self._lock:
            for waiting in (self._headers, self._wishes, self._later, self._anew):
                waiting.pop(picture_id, None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waiting or being read."""
        with self._lock:
            return not (self._headers or self._wishes or self._later or self._busy)

    def close(self) -> None:
        """Drop what waits, and return when the threads have ended."""
        with self._lock:
            self._closed = True
            for waiting in (self._headers, self._wishes, self._later):
                waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for process in self._processes:
            process.close()

    def _wake(self) -> None:
        """Start as many workers as there is work for; each goes on until nothing is waiting."""
        with self._lock:
            waiting = -(-len(self._headers) // _HEADERS_AT_ONCE) + len(self._wishes) + len(self._later)
            more = 0 if self._closed else min(self._workers - self._working, waiting)
            self._working += max(0, more)
        for _ in range(more):
            self._pool.submit(self._work).add_done_callback(self._finished)

    def _finished(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._inbox.post(lambda: self._report(error))
            self._wake()

    def _work(self) -> None:
        while work := self._next():
            ids, action = work
            try:
                action()
            except BaseException:
                with self._lock:
                    self._working -= 1
                raise
            finally:
                with self._lock:
                    self._busy.difference_update(ids)
                    self._drawing.difference_update(ids)
                    if not self._closed:
                        self._later.update((i, self._anew.pop(i)) for i in ids if i in self._anew)

    def _next(self) -> tuple[list[int], Callable[[], None]] | None:
        """Return the ids that are busy from now on, and what to do with them; or None if nothing is waiting.

        In that case the calling worker is no longer counted. Both happen under one lock, so that work that is asked for
        later starts a new worker.
        """
        with self._lock:
            if self._wishes or (self._later and not self._headers):
                waiting = self._wishes or self._later
                picture_id, key = waiting.popitem(last=False)
                self._later.pop(picture_id, None)
                self._busy.add(picture_id)
                self._drawing.add(picture_id)
                return [picture_id], lambda: self._thumbnail(picture_id, *key)
            is_many = len(self._headers) >= _MANY_HEADERS
            most = _HEADERS_APART if is_many else _HEADERS_AT_ONCE
            count = min(most, -(-len(self._headers) // self._workers))
            batch = [self._headers.popitem(last=False) for _ in range(count)]
            if not batch:
                self._working -= 1
                return None
            self._busy.update(picture_id for picture_id, _ in batch)
            return [picture_id for picture_id, _ in batch], lambda: self._read(batch, is_many)

    def _read(self, batch: list[tuple[int, Path]], is_many: bool) -> None:
        from topazdesk.media.headers import read

        ids, paths = [picture_id for picture_id, _ in batch], [path for _, path in batch]
        process = self._process() if is_many else None
        # While the process starts, the first headers are read here: they are the ones in view.
        apart = process is not None and process.start()
        found = list(zip(ids, process.read(paths) if process is not None and apart else read(paths), strict=True))
        self._inbox.post(lambda: self._headers_read(found))

    def _process(self) -> HeaderProcess:
        """Return the process of this thread, created at the first call."""
        from topazdesk.media.headers import HeaderProcess

        if not hasattr(self._own, "process"):
            self._own.process = HeaderProcess()
            with self._lock:
                self._processes.append(self._own.process)
        made: HeaderProcess = self._own.process
        return made

    def _thumbnail(self, picture_id: int, path: Path, page: int) -> None:
        image = self._small(path, page)
        self._inbox.post(lambda: self._thumbnail_read(picture_id, image))

    def _small(self, path: Path, page: int) -> QImage:
        from topazdesk.media.thumbnail import thumbnail
        from topazdesk.media.thumbnail_store import ThumbnailSize, ThumbnailStore

        kind = ThumbnailSize.NORMAL if self._px <= ThumbnailSize.NORMAL.value else ThumbnailSize.LARGE
        try:
            if self._cache is None:
                return image_of(thumbnail(path, Size(self._px, self._px), page))
            with self._lock:
                store = self._store = self._store or ThumbnailStore.choose(self._cache)
            return image_of(store.thumbnail(path, kind, page))
        except InputError:
            return QImage()


def worker_count() -> int:
    """Return the number of threads: one per core, from 2 to 8, as more would only wait for each other."""
    return max(2, min(8, os.cpu_count() or 2))


def image_of(raster: Raster) -> QImage:
    """Return a copy with its own memory, in the format that Qt paints without conversion. For any thread."""
    from topazdesk.media.raster import PixelFormat

    plain = raster.format is PixelFormat.RGB
    kind = QImage.Format.Format_RGB888 if plain else QImage.Format.Format_RGBA8888
    image = QImage(raster.data, raster.width, raster.height, raster.stride, kind)
    return image.convertToFormat(QImage.Format.Format_RGB32 if plain else QImage.Format.Format_ARGB32_Premultiplied)
