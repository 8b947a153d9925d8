"""The file of a pyramid in the cache: strips of packed tiles, then the small levels, then an index of all of it.

A file can be read while it is still being written: the writer tells where each strip lies as soon as it is there.
"""

from __future__ import annotations

import json
import os
import struct
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, tile_rect
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.tile_layout import STRIP_LEVELS, TileLayout
from topazdesk.media.tile_packing import Packing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARK = b"topaztil"
_END = struct.Struct("<Q8s")
_MOST_INDEX_BYTES = 64_000_000

#: Where a strip lies: the offset of its first part, and how many bytes each part has.
Strip = tuple[int, tuple[int, ...]]


class TileWriter:
    """Writes the file. Thread-safe."""

    def __init__(self, file: IO[bytes], layout: TileLayout, packing: Packing, bands: int) -> None:
        self._file = file
        self.layout = layout
        self.packing = packing
        self._bands = bands
        self._strips: dict[int, Strip] = {}
        self._lock = threading.Lock()

    def add(self, number: int, parts: Sequence[bytes]) -> Strip:
        """Append the parts of a strip, and return where they lie. Raises OSError."""
        with self._lock:
            strip = (self._file.tell(), tuple(len(part) for part in parts))
            self._file.writelines(parts)
            self._file.flush()
            self._strips[number] = strip
        return strip

    def finish(self, small: Sequence[NDArray[Any]]) -> None:
        """Append the levels that are in no strip, and the index. Raises OSError."""
        with self._lock:
            begin = self._file.tell()
            for level in small:
                self._file.write(level.tobytes())
            index = {
                "size": [self.layout.size.width, self.layout.size.height],
                "bands": self._bands,
                "packing": self.packing.value,
                "strips": [self._strips[number] for number in range(self.layout.strips)],
                "small": begin,
            }
            told = json.dumps(index, separators=(",", ":")).encode()
            self._file.write(told + _END.pack(len(told), _MARK))
            self._file.flush()


class PyramidTiles:
    """The tiles of a pyramid in the file at `path`, all of them or those that are there already. Thread-safe."""

    def __init__(self, path: Path, layout: TileLayout, packing: Packing, bands: int) -> None:
        self.layout = layout
        self.bands = bands
        self._packing = packing
        self._path = path
        self._strips: dict[int, Strip] = {}
        self._small: int | None = None
        self._gone = False
        self._lock = threading.Lock()
        self._kept: int | None = None
        self._wanted: tuple[int, ...] = ()
        self._ask: Callable[[tuple[int, ...]], None] = lambda _strips: None
        self._watchers: list[Callable[[], None]] = []

    @classmethod
    def of_file(cls, path: Path) -> PyramidTiles:
        """Return those of a file that is complete. Raises OSError and ValueError."""
        made = cls(path, *_header(index := _index(path)))
        strips = [(int(at), tuple(int(count) for count in counts)) for at, counts in index["strips"]]
        made.complete(path, dict(enumerate(strips)), int(index["small"]))
        return made

    # --- growing ---

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called, in any thread, whenever more tiles are there, and when it is known that none come."""
        self._watchers.append(watcher)

    def begin(self, ask: Callable[[tuple[int, ...]], None]) -> None:
        """Note that the file is being written, from its beginning; `ask` passes on which strips are wanted."""
        self._strips, self._wanted, self._ask = {}, (), ask

    def want(self, tiles: Sequence[Tile]) -> None:
        """Ask for the strips of these tiles to come first, in place of those asked for before."""
        strips = {
            strip: None
            for tile in tiles
            if tile.level < STRIP_LEVELS
            for strip in self.layout.strips_of(tile)
            if strip not in self._strips
        }
        wanted = tuple(strips)
        if wanted != self._wanted and not self.is_whole:
            self._wanted = wanted
            self._ask(wanted)

    def add(self, number: int, strip: Strip) -> None:
        """Note that a strip is there."""
        self._strips[number] = strip
        self._tell()

    def move(self, to: Path) -> None:
        """Rename the file, which is complete now. Raises OSError."""
        with self._lock:
            self._path.replace(to)
            self._path = to
        index = _index(to)
        self.complete(to, self._strips, int(index["small"]))
        self._tell()

    def complete(self, path: Path, strips: dict[int, Strip], small: int) -> None:
        """Note where everything lies, and keep the file open. Raises OSError and ValueError."""
        layout = self.layout
        if any(len(strips[n][1]) != sum(1 for _ in layout.parts(n)) for n in range(layout.strips)):
            raise ValueError("parts are missing")
        # Kept open, so that its tiles can be read when it was removed from the cache meanwhile.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, descriptor)
        with self._lock:
            self._kept, self._path = descriptor, path
        self._strips, self._small = strips, small

    def give_up(self) -> None:
        """Note that the file is gone before it was complete."""
        self._gone = True
        self._tell()

    def _tell(self) -> None:
        for watcher in list(self._watchers):
            watcher()

    @property
    def is_whole(self) -> bool:
        """Whether all tiles are there."""
        return self._small is not None

    def has(self, tile: Tile) -> bool:
        """Return whether a tile can be read now."""
        if self._gone or self.is_whole:
            return not self._gone
        return tile.level < STRIP_LEVELS and all(strip in self._strips for strip in self.layout.strips_of(tile))

    # --- reading ---

    def pixels(self, tile: Tile) -> NDArray[Any]:
        """Return the pixels of a tile, height × width × channels. Raises OSError and ValueError."""
        import numpy as np

        left, top, width, height = tile_rect(tile, self.layout.levels[tile.level])
        if tile.level >= STRIP_LEVELS:
            return self._of_small(tile.level, left, top, width, height)
        made = np.empty((height, width, self.bands), np.uint8)
        for data, begin, end in self._parts(tile):
            self._packing.unpack(data, made[begin:end])
        return made

    def painted(self, tile: Tile) -> NDArray[Any]:
        """Return the pixels of a tile in the byte order of Qt's painter. Raises OSError and ValueError."""
        import numpy as np

        left, top, width, height = tile_rect(tile, self.layout.levels[tile.level])
        made = np.empty((height, width, 4), np.uint8)
        if tile.level >= STRIP_LEVELS:
            plain = self._of_small(tile.level, left, top, width, height)
            Packing.PLAIN.paint(plain.tobytes(), made, self.bands)
            return made
        for data, begin, end in self._parts(tile):
            self._packing.paint(data, made[begin:end], self.bands)
        return made

    def level(self, level: int) -> NDArray[Any]:
        """Return all pixels of a level. Raises OSError and ValueError."""
        import numpy as np

        size = self.layout.levels[level]
        if level >= STRIP_LEVELS:
            return self._of_small(level, 0, 0, size.width, size.height)
        made = np.empty((size.height, size.width, self.bands), np.uint8)
        for row in range(-(-size.height // TILE_PX)):
            for column in range(-(-size.width // TILE_PX)):
                left, top, width, height = tile_rect(Tile(level, column, row), size)
                made[top : top + height, left : left + width] = self.pixels(Tile(level, column, row))
        return made

    def _parts(self, tile: Tile) -> list[tuple[bytes, int, int]]:
        """Return the packed parts of a tile, each with its first row and the one behind its last."""
        made, begin = [], 0
        for strip in self.layout.strips_of(tile):
            rows = self.layout.rows(strip, tile.level)
            if rows:
                at, counts = self._strips[strip]
                place = self.layout.place(strip, tile.level, tile.column)
                made.append((self._read(at + sum(counts[:place]), counts[place]), begin, begin + rows))
                begin += rows
        return made

    def _of_small(self, level: int, left: int, top: int, width: int, height: int) -> NDArray[Any]:
        import numpy as np

        if self._small is None:
            raise ValueError("not there yet")
        before = sum(size.pixels for size in self.layout.levels[STRIP_LEVELS:level])
        across = self.layout.levels[level].width
        data = self._read(self._small + (before + top * across) * self.bands, across * height * self.bands)
        rows = np.frombuffer(data, np.uint8).reshape(height, across, self.bands)
        return rows[:, left : left + width]

    def _read(self, offset: int, count: int) -> bytes:
        with self._lock:  # a file that is open cannot be renamed everywhere
            if self._kept is not None:
                return read_at(self._kept, offset, count)
            with self._path.open("rb") as file:
                return read_at(file.fileno(), offset, count)


def _header(index: dict[str, Any]) -> tuple[TileLayout, Packing, int]:
    width, height = index["size"]
    return TileLayout(Size(int(width), int(height))), Packing(index["packing"]), 4 if index["bands"] == 4 else 3


def _index(path: Path) -> dict[str, Any]:
    """Return the index of a complete file. Raises OSError and ValueError."""
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        end = read_at(file.fileno(), max(0, length - _END.size), _END.size)
        if len(end) < _END.size:
            raise ValueError("too short")
        count, mark = _END.unpack(end)
        if mark != _MARK or count > min(length, _MOST_INDEX_BYTES):
            raise ValueError("no index")
        told = json.loads(read_at(file.fileno(), length - _END.size - count, count))
    try:
        _header(told)
        _ = [[int(at), *map(int, counts)] for at, counts in told["strips"]], int(told["small"])
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(told, dict):
        raise ValueError("no index")
    return told
