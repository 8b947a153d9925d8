"""The pictures of the window: rows, headers, thumbnails, what became of them, and which of them is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job
from topazdesk.ui.models.adding import PictureAdder
from topazdesk.ui.models.job_tracker import QueueWatch
from topazdesk.ui.models.picture import THUMB_WIDTH, Picture, Section
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.reading import Header, Reader
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.theme import px

#: Bytes of thumbnails kept in memory, some 1,000 of them. The others are on the disk.
_THUMBNAIL_BYTES = 48_000_000
#: Lists of up to so many pictures get all their thumbnails at once; longer ones those that are looked at.
_ALL_THUMBNAILS = 200


class Library(QObject):
    """There from the first moment: pictures can be added, sorted and looked at before any profile is open.

    `current_changed` when the viewer should show another pair; `selected` before it, with whether the picture in the viewer
    is another one; `headers_read` has ids; `edited` when what is stored of it is behind.
    """

    current_changed = Signal()
    selected = Signal(bool)
    headers_read = Signal(list)
    edited = Signal()

    def __init__(self, spawn: Spawn, parent: QObject | None = None, *, cache: Path | None = None) -> None:
        """`cache`: the folder for thumbnails where the desktop has none of its own."""
        super().__init__(parent)
        self._spawn = spawn
        self.chosen: list[int] = []
        self.current = 0
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
        self._thumbnails: OrderedDict[int, int] = OrderedDict()
        self._thumbnail_bytes = 0

    def close(self) -> None:
        """Nothing more is read; returns when the worker threads have ended."""
        self.intake.stop()
        self.inbox.close()
        self.reader.close()

    # pictures

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and folders; the rows appear at once."""
        self._spawn("intake", self.intake.add(tuple(paths)))

    def remove(self, ids: Iterable[int]) -> int:
        """Take pictures off the list; those that are being enhanced stay. Returns how many stayed."""
        wanted = self.of(ids)
        free = [p.id for p in wanted if p.section is not Section.PROGRESS]
        for picture_id in free:
            self.reader.forget(picture_id)
            self._thumbnail_bytes -= self._thumbnails.pop(picture_id, 0)
        self.pictures.remove(free)
        self.edited.emit()
        return len(wanted) - len(free)

    def again(self, ids: Iterable[int]) -> None:
        """Put finished pictures back under "To enhance"; their results stay in the viewer."""
        for picture in self.of(ids):
            if picture.section is Section.FINISHED:
                picture.again = picture.again_by_hand = True
        self.pictures.arrange()

    def of(self, ids: Iterable[int]) -> list[Picture]:
        """The pictures with these ids; those that are gone are left out."""
        return [picture for picture in map(self.pictures.picture, ids) if picture is not None]

    # what is looked at

    def choose(self, ids: list[int], current: int) -> None:
        """The selection in the list is another one."""
        before, self.current = self.current, current or (ids[0] if ids else 0)
        self.chosen = ids
        is_another = self.current != before
        self.selected.emit(is_another)
        if is_another:
            self.current_changed.emit()
        self.edited.emit()

    @property
    def picture(self) -> Picture | None:
        """The picture in the viewer."""
        return self.pictures.picture(self.current)

    def targets(self) -> tuple[list[Picture], bool]:
        """The pictures that the button means: all that wait, or the selected ones when two or more of them are selected."""
        chosen = [picture for picture in self.of(self.chosen) if picture.section is Section.TODO]
        if len(chosen) >= 2:
            return chosen, True
        return self.pictures.in_section(Section.TODO), False

    # thumbnails

    def wish_thumbnails(self, ids: list[int]) -> None:
        """What the list shows without a thumbnail, most wanted first; what was wished before is no longer."""
        pictures = self.of(ids)
        self.reader.hurry([p.id for p in reversed(pictures) if p.info is None])
        self.reader.wish([(p.id, p.path) for p in pictures if p.info is not None])

    def want_thumbnails(self, ids: list[int]) -> None:
        """Thumbnails for other places than the list."""
        for picture in self.of(ids):
            if picture.info is not None:
                self.reader.want_thumbnail(picture.id, picture.path, soon=True)

    def _thumbnail_read(self, picture_id: int, image: QImage) -> None:
        picture = self.pictures.picture(picture_id)
        if picture is None:
            return
        picture.thumbnail = image
        self._thumbnails[picture_id] = image.sizeInBytes()
        self._thumbnail_bytes += image.sizeInBytes()
        while self._thumbnail_bytes > _THUMBNAIL_BYTES and len(self._thumbnails) > 1:
            oldest, size = self._thumbnails.popitem(last=False)
            self._thumbnail_bytes -= size
            old = self.pictures.picture(oldest)
            if old is not None:
                old.thumbnail = None
        self.pictures.touched(picture)

    # news

    def _add_source(self, job: Job) -> Picture | None:
        """An unfinished job without a row gets one: what is being paid for must be seen."""
        new = self.pictures.add([job.source])
        self.reader.read_headers([(picture.id, picture.path) for picture in new])
        return new[0] if new else None

    def _headers_read(self, found: list[Header]) -> None:
        self.intake.headers_read(found)
        for picture_id, what in found:
            picture = self.pictures.picture(picture_id)
            if picture is None or not isinstance(what, ImageInfo):
                continue
            if len(self.pictures) <= _ALL_THUMBNAILS:
                self.reader.want_thumbnail(picture_id, picture.path)
            if picture_id == self.current:
                self.current_changed.emit()
        self.headers_read.emit([picture_id for picture_id, _ in found])

    def _worker_failed(self, error: BaseException) -> None:
        raise error  # in the window's thread now: the loop's hook reports it

    def results_found(self, pictures: list[Picture]) -> None:
        """These pictures were enhanced before, and have their results now."""
        if any(picture.id == self.current for picture in pictures):
            self.current_changed.emit()
        self.edited.emit()

    def _result_there(self, picture_id: int) -> None:
        if picture_id == self.current:
            self.current_changed.emit()


def _thumbnail_px() -> int:
    """What a row's picture needs on the sharpest screen there is."""
    app = QGuiApplication.instance()
    sharpest = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return round(px(THUMB_WIDTH) * sharpest)
