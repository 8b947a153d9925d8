"""Make the PNG that stands for a picture on the clipboard: upright, 8 bits in sRGB, as other programs expect it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.errors import TopazdeskError
from topazdesk.media.workers import CancelledError, shared

#: Larger pictures are copied as files only: the clipboard would hold hundreds of megabytes.
_MOST_PIXELS = 60_000_000
_MOST_BYTES = 100_000_000
#: Written once and read once: time is worth more than bytes.
_COMPRESSION = 1


def picture_for_clipboard(path: Path, cancelled: Callable[[], bool]) -> bytes:
    """Return a picture as PNG, decoded in a worker process; nothing if it is too large or cannot be read. Blocking.

    The process is killed once `cancelled` returns True, and not started if it does already.
    """
    if cancelled():
        return b""
    try:
        with tempfile.TemporaryDirectory(prefix="topazdesk-") as folder:
            part = Path(folder) / "picture.png"
            job = {"job": "clipboard", "source": str(path), "part": str(part), "large": True}
            made = shared.run(job, cancelled)["made"]
            return part.read_bytes() if made and part.stat().st_size <= _MOST_BYTES else b""
    except (OSError, TopazdeskError, CancelledError):  # the files are on the clipboard all the same
        return b""


def write(source: Path, part: Path) -> bool:
    """Write the picture in `source` to `part`, unless it is too large. Runs in the worker process."""
    from topazdesk.media.decoding import upright
    from topazdesk.media.limits import vips
    from topazdesk.media.opening import damaged, opened, refusal
    from topazdesk.media.probe import read_header
    from topazdesk.media.raster import to_display

    module: Any = vips()
    with opened(source) as descriptor:
        try:
            info = read_header(descriptor, source)
            if info.size.pixels > _MOST_PIXELS:
                return False
            to_display(upright(descriptor, info)).pngsave(str(part), compression=_COMPRESSION, keep="none")
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error
    return True
