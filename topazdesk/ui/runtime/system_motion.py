"""Asks the system whether the user wants less motion, which Qt does not know.

Sources: `reduced-motion` of org.freedesktop.appearance in the settings portal; `enable-animations` of GNOME and
`AnimationDurationFactor` of KDE, which the same portal passes on; SPI_GETCLIENTAREAANIMATION of Windows;
ReduceMotionEnabled of macOS.
"""

from __future__ import annotations

import subprocess
import sys

_WAIT_S = 3.0  # a desktop that is busy; nobody waits for it
#: Name space and key in the portal, and the value that asks for less motion.
_IN_PORTAL = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
    ("org.kde.kdeglobals.KDE", "AnimationDurationFactor", "0"),
)
_SPI_GETCLIENTAREAANIMATION = 0x1042


def system_reduces_motion() -> bool:
    """Return whether the system asks for less motion; False if it does not say. Blocking."""
    if sys.platform == "win32":
        return _on_windows()
    if sys.platform == "darwin":
        return _on_mac()
    return _in_portal()


def _on_mac() -> bool:
    command = ["/usr/bin/defaults", "read", "com.apple.Accessibility", "ReduceMotionEnabled"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WAIT_S)  # noqa: S603 fixed
    except (OSError, subprocess.SubprocessError):
        return False
    return said.stdout.strip() == "1"


def _on_windows() -> bool:
    import ctypes

    animates = ctypes.c_int(1)
    user = ctypes.windll.user32  # type: ignore[attr-defined, unused-ignore]  # exists on Windows only
    known = user.SystemParametersInfoW(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(animates), 0)
    return bool(known) and not animates.value


def _in_portal() -> bool:
    from jeepney import DBusAddress, DBusErrorResponse, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    portal = DBusAddress(
        "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Settings"
    )
    try:
        with open_dbus_connection(bus="SESSION") as line:
            for space, key, reduced in _IN_PORTAL:
                answer = line.send_and_get_reply(new_method_call(portal, "Read", "ss", (space, key)), timeout=_WAIT_S)
                if answer.header.message_type is MessageType.method_return and _plain(answer.body[0]) == reduced:
                    return True
    except (OSError, KeyError, ValueError, TimeoutError, IndexError, DBusErrorResponse):
        return False  # there is no desktop that could say it
    return False


def _plain(value: object) -> object:
    """Return what is in a variant; `Read` puts it into two."""
    while isinstance(value, tuple) and len(value) == 2:
        value = value[1]
    return value
