"""Write the resolution of a TIFF: exiv2 takes these three tags for a part of the pixels and leaves them alone.

A new first directory with them is appended, and the header points to it; nothing else moves (TIFF 6.0, section 2).
"""

from __future__ import annotations

import struct
from pathlib import Path

from topazdesk.media.metadata.credentials import TIFF_TAG
from topazdesk.media.metadata.density import Density, as_rational

_X, _Y, _UNIT = 282, 283, 296
_SHORT, _RATIONAL = 3, 5
_NO_UNIT, _INCH = 1, 2


def put(path: Path, density: Density | None, *, without_credentials: bool = False) -> None:
    """Set the resolution in a classic TIFF; without one it says "no unit". Drop content credentials if asked to.

    Raises OSError, ValueError.
    """
    with path.open("rb+") as file:
        head = file.read(8)
        order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        if not order or struct.unpack_from(order + "H", head, 2)[0] != 42:
            raise ValueError("no classic TIFF")
        file.seek(struct.unpack_from(order + "I", head, 4)[0])
        count = struct.unpack(order + "H", file.read(2))[0]
        table = file.read(12 * count)
        following = file.read(4)
        entries = {
            struct.unpack_from(order + "H", table, place)[0]: table[place : place + 12]
            for place in range(0, len(table) - 11, 12)
        }
        if without_credentials:
            entries.pop(TIFF_TAG, None)
        end = file.seek(0, 2)
        start = end + end % 2
        stated = density or Density(1, 1, has_unit=False)
        values = b"".join(struct.pack(order + "II", *as_rational(value)) for value in (stated.across, stated.down))
        entries[_X] = struct.pack(order + "HHII", _X, _RATIONAL, 1, start)
        entries[_Y] = struct.pack(order + "HHII", _Y, _RATIONAL, 1, start + 8)
        unit = _INCH if stated.has_unit else _NO_UNIT
        entries[_UNIT] = struct.pack(order + "HHIHH", _UNIT, _SHORT, 1, unit, 0)
        directory = struct.pack(order + "H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
        file.write(b"\0" * (start - end) + values + directory + following)
        file.seek(4)
        file.write(struct.pack(order + "I", start + len(values)))
