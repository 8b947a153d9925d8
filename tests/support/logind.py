"""A system bus of its own with a stand-in for systemd-logind that writes down what it is asked, and does none of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from tests.support.session_bus import private_bus

_SERVICE = """
import json, sys
from jeepney import MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection

line = open_dbus_connection(bus="SYSTEM")
ANSWERS = json.loads(sys.argv[1])
line.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
print(json.dumps("ready"), flush=True)
while True:
    message = line.receive()
    if message.header.message_type is not MessageType.method_call:
        continue
    asked = message.header.fields.get(3)
    print(json.dumps([asked, *message.body]), flush=True)
    if asked in ANSWERS:
        line.send(new_method_return(message, "s", (ANSWERS[asked],)))
    elif asked in ("Suspend", "PowerOff") and "refused" not in ANSWERS:
        line.send(new_method_return(message))
    else:
        line.send(new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "s", ("Access denied",)))
"""


@contextmanager
def logind(folder: Path, *, refused: bool = False, **answers: str) -> Iterator[Queue[list[object]]]:
    """Yield all calls with their arguments; the environment names the bus meanwhile.

    `answers` are those to CanSuspend and CanPowerOff. `refused`: what it said it can do it refuses all the same.
    """
    assert "DBUS_SYSTEM_BUS_ADDRESS" in os.environ, "no test reaches the machine's own bus"
    said = {**answers, **({"refused": ""} if refused else {})}
    with private_bus(folder / "system", "DBUS_SYSTEM_BUS_ADDRESS", _SERVICE, said) as asked:
        yield asked


def done(asked: Queue[list[object]]) -> list[list[object]]:
    """What it was asked to do so far, without the questions whether it can."""
    found = [asked.get() for _ in range(asked.qsize())]
    return [call for call in found if not str(call[0]).startswith("Can")]
