"""The manual offset of one side against the other, for results not aligned with their source; saved for each pair."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from topazdesk.media.offsets_file import Kept, load, save
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.workers import Workers

_log = logging.getLogger(__name__)

#: A side can be moved by half a picture; beyond that there is nothing left to compare.
_MOST = 0.5
_SAVE_MS = 400


class Offsets(QObject):
    """How far the before lies right of (`x`) and below (`y`) its place, in fractions of the frame.

    The offsets are saved in `file`, which is read and written in a separate thread.
    """

    changed = Signal()

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._inbox = Inbox(self)
        self._pool = Workers(1, "viewer-offsets")
        self._later = Debounce(_SAVE_MS, self._save, self)
        self._loaded = False
        self._is_known = False  # what is in the file
        self._kept: Kept = {}
        self._pair: tuple[Path, ...] = ()
        self._step = (0.0, 0.0)

    def show_pair(self, pair: tuple[Path, ...]) -> None:
        """Switch to another pair and its offset."""
        if pair != self._pair:
            self._pair = pair
            self.changed.emit()
        if len(pair) == 2 and not self._loaded:
            self._loaded = True
            self._pool.submit(self._load)

    def set_step(self, x: float, y: float) -> None:
        """Set the size of one screen pixel, in fractions of the frame."""
        self._step = (x, y)

    @property
    def x(self) -> float:
        """The offset to the right."""
        return self._kept.get(self._pair, (0.0, 0.0))[0]

    @property
    def y(self) -> float:
        """The offset downwards."""
        return self._kept.get(self._pair, (0.0, 0.0))[1]

    @property
    def is_set(self) -> bool:
        """Whether the current pair has an offset."""
        return self._pair in self._kept

    def move(self, dx: float, dy: float) -> None:
        """Move the before by that much more, in fractions of the frame."""
        if len(self._pair) == 2:
            x, y = (min(max(value, -_MOST), _MOST) for value in (self.x + dx, self.y + dy))
            self._kept[self._pair] = (x, y)
            self._later.start()
            self.changed.emit()

    def nudge(self, right: float, down: float) -> None:
        """Move the before by that many screen pixels."""
        self.move(right * self._step[0], down * self._step[1])

    def reset(self) -> None:
        """Remove the offset, so that both sides show the same place."""
        if self._kept.pop(self._pair, None) is not None:
            self._later.start()
            self.changed.emit()

    def stop(self) -> None:
        """Start to save what is not saved yet, and end the thread. Idempotent; does not wait."""
        self._later.flush()
        self._inbox.close()
        self._pool.stop(drop=False)

    def _save(self) -> None:
        self._pool.submit(_write, self._file, dict(self._kept), adds=not self._is_known)

    def _load(self) -> None:
        """Load the saved offsets. Runs in a worker thread."""
        found = load(self._file)
        self._inbox.post(lambda: self._take(found))

    def _take(self, found: Kept) -> None:
        self._kept = found | self._kept  # what was set in the meantime is newer
        self._is_known = True
        if self.is_set:
            self.changed.emit()


def _write(file: Path, kept: Kept, *, adds: bool) -> None:
    """Write the offsets; `adds`: to those in the file, which were not known yet."""
    try:
        save(file, load(file) | kept if adds else kept)
    except OSError as error:
        _log.warning("the offsets cannot be kept: %s", error.strerror)
