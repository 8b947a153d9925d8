"""One side moved against the other by hand, where a result does not lie exactly on its source; kept for every pair."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

#: A side may be moved by half a picture; further there is nothing left to compare.
_MOST = 0.5


class Offsets(QObject):
    """`x` and `y`: how far the before lies right of and below its place, in parts of the frame."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[tuple[Path, ...], tuple[float, float]] = {}
        self._pair: tuple[Path, ...] = ()
        self._step = (0.0, 0.0)

    def show_pair(self, pair: tuple[Path, ...]) -> None:
        """Another pair: its own offset."""
        if pair != self._pair:
            self._pair = pair
            self.changed.emit()

    def set_step(self, x: float, y: float) -> None:
        """What one pixel of the screen is, in parts of the frame."""
        self._step = (x, y)

    @property
    def x(self) -> float:
        """To the right."""
        return self._kept.get(self._pair, (0.0, 0.0))[0]

    @property
    def y(self) -> float:
        """Down."""
        return self._kept.get(self._pair, (0.0, 0.0))[1]

    @property
    def is_set(self) -> bool:
        """Whether the sides show different places."""
        return self._pair in self._kept

    def move(self, dx: float, dy: float) -> None:
        """The before by so much more, in parts of the frame."""
        if len(self._pair) == 2:
            x, y = (min(max(value, -_MOST), _MOST) for value in (self.x + dx, self.y + dy))
            self._kept[self._pair] = (x, y)
            self.changed.emit()

    def nudge(self, right: float, down: float) -> None:
        """The before by pixels of the screen."""
        self.move(right * self._step[0], down * self._step[1])

    def reset(self) -> None:
        """The same place on both sides."""
        if self._kept.pop(self._pair, None) is not None:
            self.changed.emit()

    def all(self) -> dict[tuple[Path, ...], tuple[float, float]]:
        """All that were set, for the session."""
        return dict(self._kept)

    def restore(self, kept: dict[tuple[Path, ...], tuple[float, float]]) -> None:
        """What `all` gave last time."""
        self._kept = dict(kept)
        self.changed.emit()
