"""The pictures of the window: rows, headers, thumbnails, results, and which of them is being looked at."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job
from topazdesk.domain.questions import Questions
from topazdesk.ui.models.adding import PictureAdder
from topazdesk.ui.models.job_tracker import QueueWatch
from topazdesk.ui.models.picture import THUMB_WIDTH, Picture, Section, shared_size
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.reading import Header, Reader
from topazdesk.ui.models.scope import Scope, everything, selected
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.theme import px

#: Bytes of thumbnails kept in memory, about 1,000 of them. The others are on disk.
_THUMBNAIL_BYTES = 48_000_000
#: Lists up to this long get all their thumbnails at once, longer ones only those that are looked at.
_ALL_THUMBNAILS = 200


class Library(QObject):
    """The window's pictures. It exists from the start: they can be added, sorted and viewed before a profile is open.

    `current_changed` is emitted when the viewer should show another picture or result, and `selected` before it, with
    whether the picture is a different one. `view_taken` follows when the viewer begins or ends to show other files than
    the current picture's. `headers_read` has the ids of pictures. `edited` means that the saved
    session is out of date.
    """

    current_changed = Signal()
    selected = Signal(bool)
    view_taken = Signal()
    headers_read = Signal(list)
    edited = Signal()

    def __init__(self, spawn: Spawn, parent: QObject | None = None, *, cache: Path | None = None) -> None:
        """Start empty. `cache` is the folder for thumbnails if the desktop has none of its own."""
        super().__init__(parent)
        self._spawn = spawn
        self.chosen: list[int] = []
        self.current = 0
        self._is_in_view = True
        self.inbox = Inbox(self)
        self.pictures = PictureModel(self)
        self.queue = QueueWatch(self.pictures, self._add_source, self)
        self.queue.result_there.connect(self._result_there)
        self.reader = Reader(
            self.inbox,
            self._headers_read,
            self._thumbnail_read,
            self._worker_failed,
            thumbnail_px=_thumbnail_px(),
            cache=cache,
        )
        self.intake = PictureAdder(self.pictures, self.reader.read_headers, self)
        self._reads: Questions[int] = Questions()  # of changed files, by the pictures' ids
        self._thumbnails: OrderedDict[int, int] = OrderedDict()
        self._thumbnail_bytes = 0

    def close(self) -> None:
        """Stop reading, and return when the worker threads have ended."""
        self.intake.stop()
        self.inbox.close()
        self.reader.close()

    # pictures

    def add(self, paths: Iterable[Path], *, anyway: bool = False) -> None:
        """Add files and folders; the rows appear at once. `anyway`: even results of ours, which are else left out."""
        self._spawn("intake", self.intake.add(tuple(paths), anyway=anyway))

    def remove(self, ids: Iterable[int]) -> int:
        """Remove pictures from the list, except those that are being enhanced. Return how many stayed."""
        wanted = self.of(ids)
        free = [p.id for p in wanted if p.section is not Section.PROGRESS]
        for picture_id in free:
            self.reader.forget(picture_id)
            self._thumbnail_bytes -= self._thumbnails.pop(picture_id, 0)
        self.pictures.remove(free)
        self.intake.forget(free)
        self.edited.emit()
        return len(wanted) - len(free)

    def leave_out(self, reasons: dict[int, Refusal]) -> None:
        """Remove pictures that should not have been added."""
        self.remove(reasons)
        self.intake.leave_out(list(reasons.values()))

    def again(self, ids: Iterable[int]) -> None:
        """Put finished pictures back under "To enhance"; their results stay in the viewer."""
        for picture in self.of(ids):
            if picture.section is Section.FINISHED:
                picture.again = True
        self.pictures.arrange()
        self.edited.emit()

    def not_again(self, ids: Iterable[int]) -> None:
        """Take `again` back: the pictures are finished, as they were."""
        for picture in self.of(ids):
            picture.again = False
        self.pictures.arrange()
        self.edited.emit()

    # pages

    def add_pages(self, path: Path, pages: Iterable[int]) -> None:
        """Add rows for pages of a file, from 0, each a picture of its own; those that are there stay."""
        self._spawn("pages", self.take_pages([(path, page) for page in pages]))

    async def take_pages(self, wanted: Sequence[PictureKey]) -> list[Picture]:
        """Read the headers of pages and add rows for them. Return the pictures that are new.

        Where a page cannot be read, it is told like a file that was not added.
        """
        from topazdesk.media.headers import read_pages

        new: list[Picture] = []
        for path, page in wanted:
            first = self.pictures.at(path) if page == 0 else None
            if first is not None:
                self.pictures.choose_page(first)
                continue
            [found] = await asyncio.to_thread(read_pages, path, [page])
            if not isinstance(found, ImageInfo):
                self.intake.refuse([Refusal.of(path, found)])
                continue
            for picture in self.pictures.add_pages([(path, page)]):
                picture.info, picture.size = found, shared_size(found.size)
                self.pictures.touched(picture)
                new.append(picture)
        if new:
            self.intake.added.emit(new)
            for picture in new if len(self.pictures) <= _ALL_THUMBNAILS else ():
                self.reader.want_thumbnail(picture.id, picture.key)
            self.headers_read.emit([picture.id for picture in new])
        self.edited.emit()
        return new

    def of(self, ids: Iterable[int]) -> list[Picture]:
        """Return the pictures with these ids; those that are gone are left out."""
        return [picture for picture in map(self.pictures.picture, ids) if picture is not None]

    # selection

    def choose(self, ids: list[int], current: int) -> None:
        """Take in a new selection. `current` is the id of the picture to view, or 0 for the first of `ids`."""
        before, self.current = self.current, current or (ids[0] if ids else 0)
        self.chosen = ids
        is_another = self.current != before
        self.selected.emit(is_another)
        if is_another:
            self.current_changed.emit()
        self.edited.emit()

    def take_view(self, *, taken: bool) -> None:
        """Note whether the viewer shows other files instead of the current picture: "this picture" is not seen then."""
        if self._is_in_view is taken:
            self._is_in_view = not taken
            self.view_taken.emit()

    @property
    def picture(self) -> Picture | None:
        """The picture in the viewer."""
        return self.pictures.picture(self.current)

    def selection(self) -> Scope:
        """Return what is selected and waits to be enhanced; everything, if nothing is selected."""
        return selected(self.pictures, self.chosen, self.current if self._is_in_view else 0)

    def everything(self) -> Scope:
        """Return everything that waits to be enhanced and that the filter shows."""
        return everything(self.pictures)

    # thumbnails

    def wish_thumbnails(self, ids: list[int]) -> None:
        """Read the thumbnails that the list lacks, the most wanted first. This replaces the wishes of earlier calls."""
        pictures = self.of(ids)
        self.reader.hurry([p.id for p in reversed(pictures) if p.info is None])
        self.reader.wish([(p.id, p.key) for p in pictures if p.info is not None])

    def want_thumbnails(self, ids: list[int]) -> None:
        """Read thumbnails for places other than the list."""
        for picture in self.of(ids):
            if picture.info is not None:
                self.reader.want_thumbnail(picture.id, picture.key, soon=True)

    def _thumbnail_read(self, picture_id: int, image: QImage) -> None:
        picture = self.pictures.picture(picture_id)
        if picture is None:
            return
        picture.thumbnail = image
        self._thumbnail_bytes += image.sizeInBytes() - self._thumbnails.pop(picture_id, 0)
        self._thumbnails[picture_id] = image.sizeInBytes()
        while self._thumbnail_bytes > _THUMBNAIL_BYTES and len(self._thumbnails) > 1:
            oldest, size = self._thumbnails.popitem(last=False)
            self._thumbnail_bytes -= size
            old = self.pictures.picture(oldest)
            if old is not None:
                old.thumbnail = None
        self.pictures.touched(picture)

    # news

    def _add_source(self, job: Job) -> Picture | None:
        """Add a row for an unfinished job that has none, as what is being paid for must be visible."""
        if job.page:
            new = self.pictures.add_pages([(job.source, job.page)])
            self._spawn("page of a job", self._read_page(new[0]))
            return new[0]
        new = self.pictures.add([job.source])
        self.reader.read_headers([(picture.id, picture.path) for picture in new])
        return new[0] if new else None

    async def _read_page(self, picture: Picture) -> None:
        """Read the header of a page whose row is there already; it stays even if that fails, as its job does."""
        from topazdesk.media.headers import read_pages

        path, page = picture.key
        [found] = await asyncio.to_thread(read_pages, path, [page])
        self._headers_read([(picture.id, found)])

    def read_again(self, pictures: Sequence[Picture]) -> None:
        """Read files that are not what they were when they were added; what cannot be read stays as it is."""
        self._spawn("changed pictures", self._read_again([(each, self._reads.ask(each.id)) for each in pictures]))

    async def _read_again(self, asked: Sequence[tuple[Picture, int]]) -> None:
        from topazdesk.media.headers import read, read_pages

        def work() -> list[Header]:
            return [
                (each.id, (read([each.path]) if each.page is None else read_pages(each.path, [each.page]))[0])
                for each, _ in asked
            ]

        headers = zip(await asyncio.to_thread(work), asked, strict=True)
        # A picture that was read once more since is what that reading says.
        found = [
            header
            for header, (each, question) in headers
            if isinstance(header[1], ImageInfo) and self._reads.is_latest(each.id, question)
        ]
        self._headers_read(found)
        for picture in self.of([picture_id for picture_id, _ in found]):
            self.reader.want_thumbnail(picture.id, picture.key, soon=True, is_changed=True)

    def _headers_read(self, found: list[Header]) -> None:
        self.intake.headers_read(found)
        for picture_id, what in found:
            picture = self.pictures.picture(picture_id)
            if picture is None or not isinstance(what, ImageInfo):
                continue
            if len(self.pictures) <= _ALL_THUMBNAILS:
                self.reader.want_thumbnail(picture_id, picture.key)
            if picture_id == self.current:
                self.current_changed.emit()
        self.headers_read.emit([picture_id for picture_id, _ in found])

    def _worker_failed(self, error: BaseException) -> None:
        raise error  # this is the window's thread, where the loop's hook reports it

    def results_found(self, pictures: list[Picture]) -> None:
        """Take in that these pictures, enhanced before, have got their results."""
        if any(picture.id == self.current for picture in pictures):
            self.current_changed.emit()
        self.edited.emit()

    def _result_there(self, picture_id: int) -> None:
        if picture_id == self.current:
            self.current_changed.emit()


def _thumbnail_px() -> int:
    """Return the pixels that a thumbnail in the list needs on the sharpest screen."""
    app = QGuiApplication.instance()
    sharpest = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return round(px(THUMB_WIDTH) * sharpest)
