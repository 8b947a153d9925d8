"""The state of the difference mode: the change map of a pair, measured on first use, and how it is displayed."""

from __future__ import annotations

import logging
import threading
import traceback
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from topazdesk.domain.changes import Area, ChangeMap
from topazdesk.errors import BugError, TopazdeskError
from topazdesk.media.changes_kept import measured
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import CancelledError
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.workers import Workers
from topazdesk.ui.viewer.heat import heat_image

_log = logging.getLogger(__name__)

#: Amplification of small differences. Powers of two, because painting doubles the image repeatedly.
GAINS = (1, 2, 4, 8, 16)


class Style(StrEnum):
    """What the difference mode paints."""

    MAP = "map"  # the change map over the grey after picture
    PIXELS = "pixels"  # the absolute difference of the pixels


class Differences(QObject):
    """The differences of one viewer's pair.

    `show_pair` sets the pair on screen; `want` measures it as soon as somebody looks at its differences.
    """

    changed = Signal()  # anything that is painted or listed has changed
    went = Signal(object)  # the chosen Area
    measured = Signal(object, object, object)  # Path, Path, ChangeMap: to be stored with the result

    def __init__(self, cache: TileCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._inbox = Inbox(self)
        self._pool = Workers(1, "viewer-changes")
        self._pair: tuple[Path, Path] | None = None
        self._page = 0
        self._gone = threading.Event()
        self._asked = False
        self.style = Style.MAP
        self.opacity = 0.7
        self.gain = 4
        self.changes: ChangeMap | None = None
        self.areas: tuple[Area, ...] = ()
        self.current: Area | None = None
        self.error: TopazdeskError | None = None
        self.heat = QImage()

    def show_pair(self, pair: tuple[Path, Path] | None, page: int = 0) -> None:
        """Switch to another pair, to none, or to new content of the same files, and drop all measurements.

        `page` is the page of the first file.
        """
        self._gone.set()
        self._gone = threading.Event()
        self._pair, self._page = pair, page
        self._asked = False
        self.changes = None
        self.areas = ()
        self.current = None
        self.error = None
        self.heat = QImage()
        self.changed.emit()

    def want(self) -> None:
        """Start to measure the pair, unless that is done or in progress."""
        if self._pair is None or self._asked:
            return
        self._asked = True
        self._pool.submit(self._measure, *self._pair, self._page, self._gone)
        self.changed.emit()

    @property
    def is_measuring(self) -> bool:
        """Whether the measurement is still running."""
        return self._asked and self.changes is None and self.error is None

    def set_style(self, style: Style) -> None:
        """Choose between the map and the pixel difference."""
        self.style = style
        self.changed.emit()

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of the map, from 0 to 1."""
        self.opacity = opacity
        self.changed.emit()

    def set_gain(self, gain: int) -> None:
        """Set the amplification, one of `GAINS`."""
        self.gain = gain
        self.changed.emit()

    def choose(self, area: Area | None) -> None:
        """Choose an area and go to it, or choose none."""
        self.current = area
        if area is not None:
            self.went.emit(area)
        self.changed.emit()

    def step(self, by: int) -> None:
        """Move on by that many areas, wrapping around at the end; negative goes back."""
        if self.areas:
            at = self.areas.index(self.current) + by if self.current in self.areas else (0 if by > 0 else -1)
            self.choose(self.areas[at % len(self.areas)])

    def stop(self) -> None:
        """Stop measuring, and ignore results that still arrive. Idempotent; does not wait."""
        self._gone.set()
        self._inbox.close()
        self._pool.stop()

    def _measure(self, before: Path, after: Path, page: int, gone: threading.Event) -> None:
        """Measure the pair. Runs in a worker thread."""
        if gone.is_set():
            return
        try:
            changes = measured(before, after, self._cache, gone.is_set, page)
            areas, heat = changes.areas(), heat_image(changes)
        except CancelledError:
            return
        except TopazdeskError as error:
            self._post_error(gone, error)
            return
        except Exception as error:  # noqa: BLE001 - reported below; otherwise it would vanish with the thread
            _log.error("the change map failed", exc_info=error)
            details = "".join(traceback.format_exception(error))
            hint = "The fault is noted in the log. Both pictures are unharmed"
            self._post_error(gone, BugError("The pictures cannot be compared", hint, details=details))
            return
        self._inbox.post(lambda: self._take(gone, before, after, changes, areas, heat))

    def _post_error(self, gone: threading.Event, error: TopazdeskError) -> None:
        self._inbox.post(lambda: self._fail(gone, error))

    def _fail(self, gone: threading.Event, error: TopazdeskError) -> None:
        if gone is self._gone:
            self.error = error
            self.changed.emit()

    def _take(
        self,
        gone: threading.Event,
        before: Path,
        after: Path,
        changes: ChangeMap,
        areas: tuple[Area, ...],
        heat: QImage,
    ) -> None:
        if gone is not self._gone:
            return
        self.changes = changes
        self.areas = areas
        self.heat = heat
        self.current = areas[0] if areas else None
        self.measured.emit(before, after, changes)
        self.changed.emit()
