"""How far a run is, on the icon of a dock that shows it: Unity's LauncherEntry, which Plasma and others read.

Qt sends the number of pictures there (`setBadgeNumber`), and knows no progress; on Windows and macOS there is none.
Source: the Unity Launcher API, as those docks read it.
"""

from __future__ import annotations

import logging
import sys
import threading
from queue import SimpleQueue

#: A share that differs by less is not sent.
_STEP = 0.01

_log = logging.getLogger(__name__)


class TaskBarProgress:
    """Shows a share from 0 to 1, or nothing. A dock forgets it with the connection, so that one is kept meanwhile."""

    def __init__(self, desktop_file: str) -> None:
        self._address = f"application://{desktop_file}.desktop"
        self._shown: float | None = None
        self._wanted: SimpleQueue[float | None] = SimpleQueue()
        self._sender: threading.Thread | None = None

    def show(self, share: float | None) -> None:
        """Show how far the run is; None takes it away. Nothing here blocks."""
        if share is None:
            if self._sender is not None:
                self._wanted.put(None)
            self._sender = self._shown = None
            return
        if self._shown is not None and abs(share - self._shown) < _STEP:
            return
        self._shown = share
        if not sys.platform.startswith("linux"):
            return
        if self._sender is None:
            self._wanted = SimpleQueue()
            self._sender = threading.Thread(
                target=_send, args=(self._address, self._wanted), name="task bar", daemon=True
            )
            self._sender.start()
        self._wanted.put(share)


def _send(address: str, wanted: SimpleQueue[float | None]) -> None:
    """Send each share until there is none any more."""
    from jeepney import DBusAddress, new_signal
    from jeepney.io.blocking import open_dbus_connection

    entry = DBusAddress("/com/canonical/unity/launcherentry/topazdesk", interface="com.canonical.Unity.LauncherEntry")
    try:
        with open_dbus_connection(bus="SESSION") as line:
            while True:
                share = wanted.get()
                shown = {"progress": ("d", share or 0.0), "progress-visible": ("b", share is not None)}
                line.send(new_signal(entry, "Update", "sa{sv}", (address, shown)))
                if share is None:
                    return
    except (OSError, KeyError, ValueError) as error:
        _log.debug("no progress on the task bar: %s", type(error).__name__)  # no bus: nothing is lost by it
