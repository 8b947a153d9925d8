"""Notifications of the desktop, for somebody who is not looking at the window.

On Linux they go over D-Bus, since Qt reaches them only where there is a tray, which GNOME lacks; elsewhere through
Qt's tray icon. Source of the D-Bus call: the Desktop Notifications Specification of freedesktop.org, version 1.2.
"""

from __future__ import annotations

import asyncio
import html
import logging
import sys

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

_WAIT_S = 5.0  # a desktop that is busy; nobody waits for it
_STAYS_MS = 20_000
_MOST_CHARACTERS = 300

_log = logging.getLogger(__name__)


class Notifications(QObject):
    """Shows notifications; where the desktop has none, does nothing."""

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tray: QSystemTrayIcon | None = None

    async def show(self, title: str, text: str) -> None:
        """Show one. `title` and `text` are plain, whoever wrote the names in them."""
        title, text = (words.replace("\n", " ")[:_MOST_CHARACTERS] for words in (title, text))
        if sys.platform.startswith("linux"):
            await asyncio.to_thread(_over_bus, title, text)
        elif QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self._from_tray(title, text)

    def _from_tray(self, title: str, text: str) -> None:
        """Show it from a tray icon that is there only as long."""
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._icon, self)
        self._tray.show()
        self._tray.showMessage(title, text, self._icon, _STAYS_MS)
        QTimer.singleShot(_STAYS_MS, self._tray, self._tray.hide)


def _over_bus(title: str, text: str) -> None:
    """Ask the desktop's notification service. Blocking."""
    from jeepney import DBusAddress, DBusErrorResponse, new_method_call  # it has no types of its own
    from jeepney.io.blocking import open_dbus_connection

    service = DBusAddress(
        "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
    )
    try:
        with open_dbus_connection(bus="SESSION") as line:
            able = line.send_and_get_reply(new_method_call(service, "GetCapabilities"), timeout=_WAIT_S).body
            if able and "body-markup" in able[0]:
                text = html.escape(text, quote=False)
            hints = {"desktop-entry": ("s", "topazdesk"), "category": ("s", "transfer.complete")}
            body: tuple[object, ...] = ("topazdesk", 0, "topazdesk", title, text, [], hints, -1)
            answer = line.send_and_get_reply(new_method_call(service, "Notify", "susssasa{sv}i", body), timeout=_WAIT_S)
            _log.debug("notification shown: %s", answer.body)
    except (OSError, KeyError, ValueError, TimeoutError, DBusErrorResponse) as error:
        _log.info("no notification: %s", type(error).__name__)  # no bus or no service: nothing is lost by it
