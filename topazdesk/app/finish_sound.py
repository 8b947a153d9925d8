"""A sound that says that a run is over, played by what the system has for it. Blocking.

On Linux the theme's own sound "complete" is played by whichever of the usual programs is there. On Windows and macOS
it is the system's; there it has been checked by reading, not by running.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_LONGEST_S = 10.0
_NAME = "complete"
_MAC_SOUND = "/System/Library/Sounds/Glass.aiff"


def play() -> bool:
    """Play the sound to its end. Return False where nothing on this computer plays it: then ring the bell."""
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound("SystemAsterisk", winsound.SND_ALIAS)
            is_played = True
        except RuntimeError:
            is_played = False
    else:
        is_played = any(map(_runs, _commands()))
    return is_played


def _runs(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(command, stdout=quiet, stderr=quiet, timeout=_LONGEST_S, check=False)  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _commands() -> Iterator[list[str]]:
    if sys.platform == "darwin":
        yield ["afplay", _MAC_SOUND]
        return
    yield ["canberra-gtk-play", "--id", _NAME]
    for folder in _data_folders():
        sound = folder / "sounds" / "freedesktop" / "stereo" / f"{_NAME}.oga"
        if sound.is_file():
            for player in ("pw-play", "paplay"):
                yield [player, str(sound)]


def _data_folders() -> Iterator[Path]:
    """Yield the folders for data of the XDG Base Directory Specification."""
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111 - stays a text
    for folder in (home, *(os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")):
        if os.path.isabs(folder):  # noqa: PTH117
            yield Path(folder)
