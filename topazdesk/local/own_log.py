"""The log of this process: what it and the libraries in it print, kept to a bounded size.

The program that starts it gives it a file as its output, so a driver's last words and an end without a word are there.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 1_000_000


def start_log() -> None:
    """Log to the standard error output, also where a crash happens."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with suppress(OSError, ValueError, AttributeError):  # there may be no such output
        faulthandler.enable()


def keep_small(log: Path | None) -> None:
    """Move the log aside when it has become large, so that there are never more than two such files.

    It is emptied, not renamed: it stays open, and other systems do not rename what is open.
    """
    if log is None:
        return
    with suppress(OSError):
        state = os.fstat(2)
        if stat.S_ISREG(state.st_mode) and state.st_size > _MOST_BYTES:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"), follow_symlinks=False)
            os.ftruncate(2, 0)
