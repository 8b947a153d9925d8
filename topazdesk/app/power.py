"""Puts this computer to sleep or shuts it down, by what each system has for it. Everything here is blocking.

On Linux systemd-logind is asked over D-Bus: first whether it would do it without a password and with nobody else in
the way, since at the end of a run there may be nobody to ask. On Windows and macOS the system's own commands are used;
there they have been checked by reading, not by running. Source: the manual of org.freedesktop.login1.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

from topazdesk.domain.after_run import AfterRun
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say

_WAIT_S = 10.0
#: The methods of logind: to ask, and to do.
_METHODS = {AfterRun.SLEEP: ("CanSuspend", "Suspend"), AfterRun.SHUT_DOWN: ("CanPowerOff", "PowerOff")}
_SUSPEND = "Add-Type -AssemblyName System.Windows.Forms; [void][Windows.Forms.Application]::SetSuspendState(0, 0, 0)"
#: Neither forces a program to close that has something unsaved.
_WINDOWS = {
    AfterRun.SLEEP: ["powershell", "-NoProfile", "-NonInteractive", "-Command", _SUSPEND],
    AfterRun.SHUT_DOWN: ["shutdown", "/s", "/t", "0"],
}
_MAC = {
    AfterRun.SLEEP: ["pmset", "sleepnow"],
    AfterRun.SHUT_DOWN: ["osascript", "-e", 'tell application "System Events" to shut down'],
}

_log = logging.getLogger(__name__)


def offered() -> tuple[AfterRun, ...]:
    """Return what can be chosen on this computer, in the order of a list."""
    return (AfterRun.NOTHING, AfterRun.SOUND, *(action for action in _METHODS if _is_allowed(action)))


def end_work(action: AfterRun) -> None:
    """Put the computer to sleep or shut it down. Raises ComputerError if the system does not do it."""
    if not action.ends_work:
        raise ValueError(action)
    _log.info("the run is over: %s", action)
    if not _is_allowed(action):
        raise _refused(action, "it says that it may not")
    if sys.platform.startswith("linux"):
        try:
            _ask(_METHODS[action][1], "b", (False,))  # without asking for a password: there is nobody to give it
        except _faults() as error:
            raise _refused(action, f"{type(error).__name__}: {error}") from error
    else:
        _run(action, (_WINDOWS if sys.platform == "win32" else _MAC)[action])


def _run(action: AfterRun, command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WAIT_S, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:  # the computer slept meanwhile
        return
    except OSError as error:
        raise _refused(action, str(error)) from error
    if done.returncode != 0:
        raise _refused(action, done.stderr or done.stdout)


def _refused(action: AfterRun, details: str) -> ComputerError:
    return ComputerError(
        say("This computer could not be put to sleep")
        if action is AfterRun.SLEEP
        else say("This computer could not be shut down"),
        "The system refused it: somebody else may be using the computer, or a program may keep it on. "
        "All results are saved.",
        details=details,
        code=Code.COMPUTER_POWER,
    )


def _is_allowed(action: AfterRun) -> bool:
    if sys.platform.startswith("linux"):
        try:
            said = _ask(_METHODS[action][0])
        except _faults() as error:  # no bus, no logind: a container, another init
            _log.debug("%s cannot be asked for: %s", action, error)
            said = None
        is_allowed = bool(said == ("yes",))  # "challenge": only with a password; anything else: not now, or never
    elif sys.platform == "win32":
        import ctypes

        library = ctypes.WinDLL("powrprof")
        asked = library.IsPwrSuspendAllowed if action is AfterRun.SLEEP else library.IsPwrShutdownAllowed
        is_allowed = bool(asked())
    else:
        is_allowed = sys.platform == "darwin"
    return is_allowed


def _ask(method: str, signature: str | None = None, body: tuple[object, ...] = ()) -> Any:
    """Call a method of logind's manager; return what it answers."""
    from jeepney import DBusAddress, DBusErrorResponse, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    manager = DBusAddress("/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.login1.Manager")
    with open_dbus_connection(bus="SYSTEM") as line:
        answer = line.send_and_get_reply(new_method_call(manager, method, signature, body), timeout=_WAIT_S)
    if answer.header.message_type is MessageType.error:
        raise DBusErrorResponse(answer)
    return answer.body


def _faults() -> tuple[type[Exception], ...]:
    from jeepney import AuthenticationError, DBusErrorResponse

    return (OSError, KeyError, ValueError, TimeoutError, DBusErrorResponse, AuthenticationError)
