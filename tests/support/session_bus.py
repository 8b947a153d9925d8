"""A D-Bus session of its own: a notification service that writes down what it shows, and a settings portal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

_SERVICE = """
import json, sys
from jeepney import MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection

line = open_dbus_connection()
SETTINGS = json.loads(sys.argv[1])
for name in ("org.freedesktop.Notifications", "org.freedesktop.portal.Desktop"):
    line.send_and_get_reply(message_bus.RequestName(name))
print(json.dumps("ready"), flush=True)
while True:
    message = line.receive()
    if message.header.message_type is not MessageType.method_call:
        continue
    match message.header.fields.get(3):
        case "GetCapabilities":
            line.send(new_method_return(message, "as", (["body", "body-markup"],)))
        case "Notify":
            print(json.dumps(message.body[3:5]), flush=True)
            line.send(new_method_return(message, "u", (1,)))
        case "Read" if (setting := SETTINGS.get(".".join(message.body))) is not None:
            line.send(new_method_return(message, "v", (("v", tuple(setting)),)))
        case _:
            line.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
"""


@contextmanager
def private_bus(address: Path, variable: str, service: str, said: object) -> Iterator[Queue[list[Any]]]:
    """Run a D-Bus of the test's own with one service on it, and yield the lines that this prints, read as JSON.

    `service` is its Python code, which gets `said` as JSON and prints "ready" first. The environment's `variable`
    names the bus meanwhile.
    """
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={address}"]
    told: Queue[list[Any]] = Queue()
    before = os.environ.get(variable)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        os.environ[variable] = bus.stdout.readline().strip()
        process = subprocess.Popen(
            [sys.executable, "-c", service, json.dumps(said)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            lines = process.stdout
            assert lines is not None
            assert json.loads(lines.readline()) == "ready"
            reader = Thread(target=lambda: [told.put(json.loads(line)) for line in lines], daemon=True)
            reader.start()
            yield told
        finally:
            process.kill()
            process.wait()
            reader.join()
            lines.close()
            bus.kill()
            if before is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = before


@contextmanager
def session_bus(folder: Path, **settings: tuple[str, object]) -> Iterator[Queue[list[str]]]:
    """Yield what is shown, as title and text; the environment names the bus meanwhile.

    `settings`: what the portal knows, by name space and key with a point between; a value is its D-Bus type and itself.
    """
    with private_bus(folder / "bus", "DBUS_SESSION_BUS_ADDRESS", _SERVICE, settings) as shown:
        yield shown


@contextmanager
def launcher_entries() -> Iterator[list[tuple[str, dict[str, tuple[str, object]]]]]:
    """What a dock of this session would be told: the program, and what it shows on its icon. Whole once it is left."""
    from jeepney import MatchRule, message_bus
    from jeepney.io.blocking import open_dbus_connection

    told: list[tuple[str, dict[str, tuple[str, object]]]] = []
    line = open_dbus_connection()
    rule = MatchRule(type="signal", interface="com.canonical.Unity.LauncherEntry", member="Update")
    line.send_and_get_reply(message_bus.AddMatch(rule))
    with line.filter(rule, bufsize=10_000) as found:
        yield told
        # The bus keeps the order: what was sent before this is there with its answer.
        line.send_and_get_reply(message_bus.GetId())
        told += [message.body for message in found]
    line.close()
