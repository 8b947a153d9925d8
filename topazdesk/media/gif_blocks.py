"""Find where a GIF places its frames, without decoding them (GIF89a specification, sections 18, 20, 23)."""

from __future__ import annotations

from collections.abc import Iterator

from topazdesk.domain.geometry import Size
from topazdesk.media.byte_ranges import Read
from topazdesk.media.frame_canvas import Disposal, Frame, is_bare

_EXTENSION, _IMAGE = b"\x21", b"\x2c"
_CONTROL = 0xF9
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.PREVIOUS}
#: More are not counted: of the first frame nothing before it is read.
_MOST_FRAMES = 100_000
#: One read serves many of the small blocks that the data of a frame is cut into.
_WINDOW = 65_536


def has_bare_canvas(read: Read, page: int = 0) -> bool:
    """Return whether part of the canvas is bare while a frame is shown."""
    found = frames(read, page)
    return bool(found) and is_bare(found, _canvas(read, found))


def frames(read: Read, page: int) -> list[Frame]:
    """Return the frames up to that of a page, as far as they are there."""
    found: list[Frame] = []
    for frame in _all_frames(_buffered(read)):
        found.append(frame)
        if len(found) > min(page, _MOST_FRAMES):
            break
    return found


def _canvas(read: Read, found: list[Frame]) -> Size:
    """Return the size of the canvas; a first frame that is larger makes it so, as everywhere."""
    head = read(6, 4)
    width, height = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    first = found[0]
    return Size(max(width, first.left + first.width), max(height, first.top + first.height))


def _all_frames(read: Read) -> Iterator[Frame]:
    flags = read(10, 1)
    if not flags:
        return
    place = 13 + _table(flags[0])
    disposal = Disposal.KEEP
    while True:
        mark = read(place, 1)
        if mark == _EXTENSION:
            control = read(place + 1, 3)
            if len(control) == 3 and control[0] == _CONTROL:
                disposal = _DISPOSALS.get(control[2] >> 2 & 7, Disposal.KEEP)
            place = _behind_blocks(read, place + 2)
        elif mark == _IMAGE:
            about = read(place + 1, 9)
            if len(about) < 9:
                return
            left, top, width, height = (int.from_bytes(about[at : at + 2], "little") for at in (0, 2, 4, 6))
            yield Frame(left, top, width, height, disposal)
            disposal = Disposal.KEEP
            place = _behind_blocks(read, place + 11 + _table(about[8]))
        else:
            return


def _table(flags: int) -> int:
    """Return the bytes of the table of colours that flags announce."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _behind_blocks(read: Read, place: int) -> int:
    while length := read(place, 1):
        place += 1 + length[0]
        if not length[0]:
            break
    return place


def _buffered(read: Read) -> Read:
    begin, window = 0, b""

    def from_window(offset: int, count: int) -> bytes:
        nonlocal begin, window
        if not begin <= offset <= begin + len(window) - count:
            begin, window = offset, read(offset, max(_WINDOW, count))
        return window[offset - begin : offset - begin + count]

    return from_window
