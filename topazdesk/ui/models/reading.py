"""Reads headers and thumbnails in worker threads: what is visible first, and never more than the window can keep."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtGui import QImage

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.errors import InputError
from topazdesk.ui.inbox import Inbox

HeaderRead = Callable[[int, ImageInfo | InputError], None]
ThumbnailRead = Callable[[int, QImage], None]
Report = Callable[[BaseException], None]


class Reader:
    """Two kinds of work by picture id. Headers come before thumbnails; a thumbnail asked for last is read first.

    `header_read` and `thumbnail_read` are called in the window's thread. A picture that cannot be decoded gets a null
    image as its thumbnail: what is wrong with it is told when it is opened or sent.
    """

    def __init__(
        self,
        inbox: Inbox,
        header_read: HeaderRead,
        thumbnail_read: ThumbnailRead,
        report: Report,
        *,
        thumbnail_px: int = 132,
        workers: int | None = None,
    ) -> None:
        self._inbox = inbox
        self._header_read, self._thumbnail_read, self._report = header_read, thumbnail_read, report
        self._box = Size(thumbnail_px, thumbnail_px)
        self._lock = threading.Lock()
        self._headers: OrderedDict[int, Path] = OrderedDict()
        self._thumbnails: OrderedDict[int, Path] = OrderedDict()
        self._busy: set[int] = set()
        self._closed = False
        count = workers or max(2, min(4, os.cpu_count() or 2))
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="read")

    def read_header(self, picture_id: int, path: Path) -> None:
        """Ask for the facts of a file."""
        with self._lock:
            self._headers[picture_id] = path
        self._submit()

    def want_thumbnail(self, picture_id: int, path: Path, *, urgent: bool = True) -> None:
        """Ask for a thumbnail; asking again only makes it more urgent."""
        with self._lock:
            if picture_id in self._busy:
                return
            new = picture_id not in self._thumbnails
            self._thumbnails[picture_id] = path
            self._thumbnails.move_to_end(picture_id, last=urgent)
        if new:
            self._submit()

    def forget(self, picture_id: int) -> None:
        """The picture is gone: nothing of it needs to be read."""
        with self._lock:
            self._headers.pop(picture_id, None)
            self._thumbnails.pop(picture_id, None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waiting or being read."""
        with self._lock:
            return not (self._headers or self._thumbnails or self._busy)

    def close(self) -> None:
        """Drop what waits; returns when the threads have ended."""
        with self._lock:
            self._closed = True
            self._headers.clear()
            self._thumbnails.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self) -> None:
        if not self._closed:
            self._pool.submit(self._work).add_done_callback(self._finished)

    def _finished(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._inbox.post(lambda: self._report(error))

    def _work(self) -> None:
        with self._lock:
            if self._headers:
                picture_id, path = self._headers.popitem(last=False)
                is_header = True
            elif self._thumbnails:
                picture_id, path = self._thumbnails.popitem(last=True)
                is_header = False
            else:
                return
            self._busy.add(picture_id)
        try:
            self._header(picture_id, path) if is_header else self._thumbnail(picture_id, path)
        finally:
            with self._lock:
                self._busy.discard(picture_id)

    def _header(self, picture_id: int, path: Path) -> None:
        from topazdesk.media.probe import probe

        found: ImageInfo | InputError
        try:
            found = probe(path)
        except InputError as error:
            found = error
        self._inbox.post(lambda: self._header_read(picture_id, found))

    def _thumbnail(self, picture_id: int, path: Path) -> None:
        image = thumbnail_image(path, self._box)
        self._inbox.post(lambda: self._thumbnail_read(picture_id, image))


def thumbnail_image(path: Path, box: Size) -> QImage:
    """The picture within `box`, or a null image where it cannot be decoded. Blocking; runs in any thread."""
    from topazdesk.media.raster import PixelFormat
    from topazdesk.media.thumbnail import thumbnail

    try:
        raster = thumbnail(path, box)
    except InputError:
        return QImage()
    plain = raster.format is PixelFormat.RGB
    kind = QImage.Format.Format_RGB888 if plain else QImage.Format.Format_RGBA8888
    image = QImage(raster.data, raster.width, raster.height, raster.stride, kind)
    # A copy of its own memory, in the form that is painted without conversion.
    return image.convertToFormat(QImage.Format.Format_RGB32 if plain else QImage.Format.Format_ARGB32_Premultiplied)
