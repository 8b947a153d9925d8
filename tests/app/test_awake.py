"""The computer stays awake while jobs are in progress: a real D-Bus session with a session manager that writes down who asks."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from topazdesk.app.awake import Awake
from topazdesk.engine.events import EventHub, JobProgress

_MANAGER = '''
"""A session manager of which only the part about sleep exists."""
import sys
from jeepney import DBusAddress, MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection

line = open_dbus_connection()
name = "org.gnome.SessionManager"
line.send_and_get_reply(message_bus.RequestName(name))
print("ready", flush=True)
while True:
    message = line.receive()
    member = message.header.fields.get(3)
    if message.header.message_type is not MessageType.method_call:
        continue
    if member == "Inhibit":
        print("inhibit", message.body[3], flush=True)
        line.send(new_method_return(message, "u", (7,)))
    elif member == "Uninhibit":
        print("uninhibit", message.body[0], flush=True)
        line.send(new_method_return(message))
    else:
        line.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
'''

_PROGRAM = """
import asyncio, subprocess, sys
from dataclasses import replace
from topazdesk.app.awake import Awake
from topazdesk.domain.job import JobState
from topazdesk.engine.events import EventHub, JobChanged, JobProgress
from tests.support.queue_jobs import job

manager = subprocess.Popen([sys.executable, sys.argv[1]], stdout=subprocess.PIPE, text=True)
said = lambda: manager.stdout.readline().strip()
assert said() == "ready"

async def main():
    events, wanted = EventHub(), [True]
    awake = Awake(events, lambda: wanted[0], after_s=0.0, lingers_s=0.0)
    one, two = job("one"), job("two")
    tell = lambda job, state: events.emit(JobChanged(replace(job, state=state)))
    tell(one, JobState.QUEUED)
    await asyncio.sleep(0)
    assert not awake.is_held, "what only waits keeps nobody awake"
    tell(one, JobState.PREPARING)
    tell(two, JobState.RUNNING)
    assert await asyncio.to_thread(said) == "inhibit 4", "suspending; the screen may go dark"
    tell(one, JobState.DONE)
    await asyncio.sleep(0)
    assert awake.is_held
    tell(two, JobState.FAILED)
    assert await asyncio.to_thread(said) == "uninhibit 7"
    wanted[0] = False
    tell(one, JobState.RUNNING)
    await asyncio.sleep(0)
    assert not awake.is_held, "the user does not want it"
    tell(one, JobState.DONE)
    wanted[0] = True
    events.emit(JobProgress("three", 5.0))
    assert (await asyncio.to_thread(said)).startswith("inhibit"), "a job from before this start"
    awake.close()
    assert await asyncio.to_thread(said) == "uninhibit 7"
    manager.terminate()

asyncio.run(main())
print("fine")
"""


@pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="needs dbus-run-session (dev.py test installs it)")
def test_a_computer_is_kept_awake_while_jobs_are_in_progress_and_no_longer(tmp_path: Path) -> None:
    manager, program = tmp_path / "manager.py", tmp_path / "program.py"
    manager.write_text(_MANAGER)
    program.write_text(_PROGRAM)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)}
    ran = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(program), str(manager)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "fine"), ran.stderr


def test_who_changes_the_setting_during_the_work_need_not_wait_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was asked once, at the beginning: a night run that had begun without it fell asleep all the same."""
    wanted = False

    async def story() -> None:
        nonlocal wanted
        events = EventHub()
        awake = Awake(events, lambda: wanted, after_s=0.0)

        def works_on() -> bool:
            events.emit(JobProgress("one", 5.0))
            return awake.is_held

        works_on()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not awake.is_held
        for wanted in (True, False, True):
            assert works_on() is wanted
        awake.let_sleep()
        assert not works_on(), "what is still under way does not keep it awake after that"
        awake.close()

    monkeypatch.setattr("topazdesk.app.awake._Hold", _Hold)
    asyncio.run(story())


class _Hold:
    """Asks no system."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def start(self) -> None:
        pass
