"""The readout under the pointer: the place, and the pixel values that the files of both sides have there."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from topazdesk.domain.viewport import placement
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import identity
from topazdesk.media.values import Value, Values
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.workers import Workers
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.side import CELLS, Side

#: The pointer must rest this long before files are opened for it.
_REST_MS = 120
#: Number of files kept open: all that can be on screen.
_OPEN = len(CELLS)


class Readout(QObject):
    """The readout of one `CompareView`; `text()` is empty while the pointer is not over the picture."""

    changed = Signal()

    def __init__(self, view: CompareView) -> None:
        super().__init__(view)
        self._view = view
        self._inbox = Inbox(self)
        self._pool = Workers(1, "viewer-values")
        self._open: OrderedDict[str, Values] = OrderedDict()  # used in the worker thread only
        self._number = 0
        self._shown: frozenset[Path] = frozenset()  # files that are still worth decoding
        self._part: tuple[float, float] | None = None
        self._values: dict[Side, Value | None] = {}
        self._rest = Debounce(_REST_MS, self._ask, self)
        view.pointed.connect(self._moved)
        view.pair_shown.connect(self._pointed)
        view.stage.offset_changed.connect(self._pointed)
        view.stopped.connect(self.stop)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    def text(self) -> str:
        """Return the readout, such as "x 1200, y 733 · Before RGB 1 2 3 · After RGB 1 2 3", or ""."""
        place = self._place()
        if place is None:
            return ""
        parts = [f"x {place[0]}, y {place[1]}"]
        stage = self._view.stage
        for side, value in self._values.items():
            # In a narrow line the parts after a dot are left out: half a name is none.
            word = stage.pairs.shown.word(side).replace(" · ", ", ") if stage.can_compare else ""
            if value is None:
                parts.append(f"{word} …".strip())
                continue
            deep = tr("{bits} bits").format(bits=value.bits) if value.bits != 8 else ""
            parts.append(" ".join(part for part in (word, value.names, value.text(), deep) if part))
        return "  ·  ".join(parts)

    @property
    def values(self) -> dict[Side, Value | None]:
        """The values under the pointer, for each side; None while a value is being read."""
        return dict(self._values)

    def stop(self) -> None:
        """Stop reading, and ignore values that still arrive. Idempotent; does not wait."""
        self._rest.stop()
        self._shown = frozenset()
        self._inbox.close()
        self._pool.stop()

    def _place(self) -> tuple[int, int] | None:
        shown = self._view.stage.pairs.shown
        if self._part is None or shown.framed is None:
            return None
        pixels = shown.sizes[shown.framed]
        return int(self._part[0] * pixels.width), int(self._part[1] * pixels.height)

    def _moved(self) -> None:
        before, self._part = self._place(), self._view.pointer_part
        if self._place() != before:  # within one pixel of the picture nothing is new
            self._pointed()

    def _pointed(self) -> None:
        self._number += 1
        self._part = self._view.pointer_part
        shown = self._view.stage.pairs.shown
        self._shown = frozenset(shown.paths.values())
        sides = shown.pictures if self._part is not None else {}
        self._values = {side: None for side in CELLS if side in sides}
        if self._values:
            self._rest.start()
        else:
            self._rest.stop()
        self.changed.emit()

    def _ask(self) -> None:
        shown, part = self._view.stage.pairs.shown, self._part
        frame = shown.frame
        if part is None or frame is None:
            return
        if not shown.is_open:
            return  # decoding for a number would keep the picture waiting; this is asked again when it is there
        wanted: list[tuple[Side, Path, int, int, int]] = []
        for side in CELLS:
            picture = shown.pictures.get(side)
            if picture is None:
                continue
            where = placement(shown.as_shown(picture.grid).shown, frame)
            moved = side is Side.BEFORE and self._view.stage.can_compare
            offsets = self._view.stage.offsets
            x = (part[0] - (offsets.x if moved else 0) - where.x) / where.width
            y = (part[1] - (offsets.y if moved else 0) - where.y) / where.height
            if 0 <= x < 1 and 0 <= y < 1:
                pixels = picture.grid.pixels
                at = int(x * pixels.width), int(y * pixels.height)
                wanted.append((side, shown.paths[side], shown.page_of(side), *at))
        self._values = {side: None for side, *_ in wanted}
        number = self._number
        for each in wanted:
            self._pool.submit(self._read, number, *each)

    def _read(self, number: int, side: Side, path: Path, page: int, x: int, y: int) -> None:
        """Read one value and post it. Runs in the worker thread."""
        if number != self._number:  # the pointer has moved on
            return
        try:
            key = identity(path, page)
            values = self._open.get(key)
            if values is None:
                while len(self._open) >= _OPEN:
                    self._open.popitem(last=False)
                values = self._open[key] = Values(path, lambda: path not in self._shown, page)
            self._open.move_to_end(key)
            value = values.at(x, y)
        except (TopazdeskError, OSError):
            self._open.clear()  # a cancelled reader never answers again
            return  # the viewer itself reports what is wrong with the file
        self._inbox.post(lambda: self._take(number, side, value))

    def _take(self, number: int, side: Side, value: Value) -> None:
        if number == self._number:
            self._values[side] = value
            self.changed.emit()
