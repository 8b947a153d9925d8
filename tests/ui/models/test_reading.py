"""The reader: what is seen first, what was scrolled away not at all, and no work that is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.support.pictures import encode
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.ui.models.reading import Header, Reader
from topazdesk.ui.runtime.inbox import Inbox

_JPEG = encode(FileFormat.JPEG, 300, 200)


class Desk:
    """A reader with one worker, and what came of it, in order."""

    def __init__(self, cache: Path) -> None:
        self.order: list[str] = []
        self.batches: list[int] = []
        self.images: dict[int, QImage] = {}
        self.inbox = Inbox()
        self.reader = Reader(self.inbox, self._headers, self._thumbnail, self._failed, workers=1, cache=cache)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The worker begins with nothing before all is asked for: who asks may lose the processor in between."""
        go_on = threading.Event()
        self.reader._pool.submit(go_on.wait, 400)
        try:
            yield
        finally:
            go_on.set()

    def _headers(self, found: list[Header]) -> None:
        self.batches.append(len(found))
        self.order += [f"header {i}" if isinstance(what, ImageInfo) else f"refused {i}" for i, what in found]

    def _thumbnail(self, picture_id: int, image: QImage) -> None:
        self.images[picture_id] = image
        self.order.append(f"thumbnail {picture_id}")

    def _failed(self, error: BaseException) -> None:
        raise error


@pytest.fixture
def context(qapp: object, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "cache")
    yield made
    made.reader.close()
    made.inbox.close()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[int], list[tuple[int, Path]]]:
    def make(count: int) -> list[tuple[int, Path]]:
        paths = [tmp_path / f"{number}.jpg" for number in range(count)]
        for path in paths:
            path.write_bytes(_JPEG)
        return list(enumerate(paths))

    return make


def keyed(files: list[tuple[int, Path]]) -> list[tuple[int, tuple[Path, int]]]:
    """The first pages of files."""
    return [(number, (path, 0)) for number, path in files]


def test_a_hundred_headers_come_in_few_batches(context: Desk, qtbot: QtBot, files: Callable[..., list]) -> None:
    context.reader.read_headers(files(100))
    qtbot.waitUntil(lambda: len(context.order) == 100)
    assert len(context.batches) <= 10
    qtbot.waitUntil(lambda: context.reader.is_idle)  # the thread that read the last one may still be on its way out


def test_only_the_newest_wishes_count(context: Desk, qtbot: QtBot, files: Callable[..., list]) -> None:
    """Scrolling through a long list read every thumbnail on the way before the one in view."""
    every = files(60)
    with context.held():
        context.reader.wish(keyed(every[:50]))
        context.reader.wish(keyed(every[50:]))
    qtbot.waitUntil(lambda: context.reader.is_idle and 59 in context.images)
    assert list(context.images) == list(range(50, 60))
    assert max(context.images[59].width(), context.images[59].height()) == 128


def test_a_wish_comes_before_headers_and_those_before_what_is_for_later(
    context: Desk, qtbot: QtBot, files: Callable[..., list]
) -> None:
    every = files(300)
    with context.held():
        context.reader.read_headers(every)
        context.reader.want_thumbnail(*keyed(every)[3])
        context.reader.wish(keyed(every)[7:8])
        context.reader.hurry([299])
    qtbot.waitUntil(lambda: len(context.order) == 302)
    assert context.order.index("thumbnail 7") < context.order.index("header 298")
    assert context.order.index("header 299") < context.order.index("header 298")
    assert context.order.index("thumbnail 3") > context.order.index("header 298")


def test_a_thumbnail_wanted_while_its_header_is_handed_over_is_read(
    context: Desk, qtbot: QtBot, files: Callable[..., list]
) -> None:
    """The worker had not let go of the picture yet, and the wish was taken for one that is being served."""
    every = files(100)
    wanted = context.reader.want_thumbnail
    context._headers = lambda found: [wanted(*keyed(every)[i]) for i, _ in found]  # type: ignore[method-assign,assignment]
    context.reader._headers_read = context._headers
    context.reader.read_headers(every)
    qtbot.waitUntil(lambda: len(context.images) == 100)


def test_what_is_no_picture_gives_a_reason_and_an_empty_thumbnail(context: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("no picture")
    context.reader.read_headers([(1, path)])
    context.reader.wish([(1, (path, 0))])
    qtbot.waitUntil(lambda: len(context.order) == 2)
    assert "refused 1" in context.order
    assert context.images[1].isNull()


def test_work_that_comes_when_a_worker_ends_is_not_forgotten(
    context: Desk, qtbot: QtBot, files: Callable[..., list]
) -> None:
    """A worker that found nothing was still counted for a moment; whoever asked in that moment waited for ever."""
    for number, path in files(200):
        context.reader.read_headers([(number, path)])
        context.inbox.thread().yieldCurrentThread()
    qtbot.waitUntil(lambda: len(context.order) == 200)


def test_a_file_that_is_changed_while_its_thumbnail_is_drawn_is_drawn_again(context: Desk, qtbot: QtBot) -> None:
    """The wish was passed over, as one was being drawn: the row showed the older picture."""
    begun, go_on = threading.Event(), threading.Event()
    drawn: list[int] = []

    def draw(_path: Path, _page: int) -> QImage:
        drawn.append(len(drawn) + 1)
        begun.set()
        assert go_on.wait(400)
        return QImage(drawn[-1], 1, QImage.Format.Format_RGB32)

    context.reader._small = draw  # type: ignore[method-assign]
    context.reader.want_thumbnail(1, (Path("/nowhere/1.jpg"), 0))
    assert begun.wait(400)
    context.reader.want_thumbnail(1, (Path("/nowhere/1.jpg"), 0), is_changed=True)
    go_on.set()
    qtbot.waitUntil(lambda: context.order == ["thumbnail 1", "thumbnail 1"], timeout=400_000)
    assert context.images[1].width() == 2
