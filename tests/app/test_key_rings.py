"""A real gnome-keyring in each of its states: what the user is told is true, and nothing but its own account waits for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus-run-session (dev.py test installs them where it may)",
)

#: A bus on which nothing starts by itself: a daemon that has ended stays away, and no prompter is there but the test's.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""

#: What all of them begin with. `ring` starts a daemon that stays this process's child, unlocked where it gets a password.
_BEGIN = """
import asyncio, os, subprocess, sys, time
from pathlib import Path
from topazdesk.app import services
from topazdesk.app.accounts import Accounts
from topazdesk.app.keys import Keys, KeySource
from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError

TOPAZ, STUDIO = Account(ServiceName.TOPAZ), Account(ServiceName.TOPAZ, "studio")
RUNFLOW = Account(ServiceName.RUNFLOW)

def ring(password=None):
    words = ["gnome-keyring-daemon", "--foreground", "--components=secrets"] + (["--unlock"] if password else [])
    made = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    made.stdin.write((password or "").encode())
    made.stdin.close()
    until("org.freedesktop.secrets")
    return made

def until(name):
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    with open_dbus_connection() as line:
        while not line.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (name,))).body[0]:
            time.sleep(0.02)

def end(daemon):
    daemon.kill()
    daemon.wait()

def made(keys):
    return services.Services(Settings, keys, None, Paths(Path(sys.argv[1])), Accounts())

async def refused(found, account):
    try:
        await found.get(account)
    except AccountError as error:
        return error
    raise AssertionError("there was a key")
"""

_LOCKED = """
daemon = ring("secret")
assert Keys().keep(TOPAZ, "canary-key")
end(daemon)
daemon = ring()  # as after the start of the computer, with nobody signed in
keys = Keys(Path(sys.argv[1]) / "keys.json")
keys.keep_in_file(RUNFLOW, "other-key")
keys = Keys(Path(sys.argv[1]) / "keys.json")

async def main():
    assert await keys.ask(keys.source, TOPAZ) is KeySource.LOCKED
    error = await refused(made(keys), TOPAZ)
    assert error.code == "account.ring_locked", error.code
    assert "locked" in error.title and "Unlock it" in error.hint, (error.title, error.hint)
    assert await keys.ask(keys.source, RUNFLOW) is KeySource.FILE  # what is in the file does not need the ring
    try:
        await keys.ask(keys.forget, TOPAZ)
    except Exception as gone:
        assert "may still be in the key ring" in gone.title
    else:
        raise AssertionError("a key that could not be removed was said to be gone")

asyncio.run(main())
end(daemon)
daemon = ring("secret")
assert Keys().get(TOPAZ) == "canary-key"
end(daemon)
print("locked ok")
"""

#: The system's prompter is there and never answers, like a person who is away.
_PROMPTS = """
PROMPTER = '''
from jeepney import message_bus
from jeepney.io.blocking import open_dbus_connection
line = open_dbus_connection()
line.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"))
while True:
    message = line.receive()
    if message.header.fields.get(3) == "BeginPrompting":
        print("asked", flush=True)
'''
daemon = ring("secret")
assert Keys().keep(TOPAZ, "canary-key")
end(daemon)
prompter = subprocess.Popen([sys.executable, "-c", PROMPTER], stdout=subprocess.PIPE, text=True)
until("org.gnome.keyring.SystemPrompter")
daemon = ring()
services.RING_PATIENCE_S = 0.5
keys = Keys(Path(sys.argv[1]) / "keys.json")
keys.keep_in_file(RUNFLOW, "kept-key")
keys = Keys(Path(sys.argv[1]) / "keys.json")
keys.remember(STUDIO, "other-key")

async def main():
    found = made(keys)
    came = []
    found.unlocked = came.append
    beats = 0

    async def beat():
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat())
    waiting = asyncio.create_task(refused(found, TOPAZ))
    assert await asyncio.to_thread(prompter.stdout.readline) == "asked\\n"
    before = beats
    # Other accounts, while the ring asks for the password of the first: one at hand, one whose key is in the file.
    assert (await found.get(STUDIO)) is not None
    assert (await found.get(RUNFLOW)) is not None
    error = await waiting
    assert error.code == "account.ring_locked", error.code
    assert beats > before and not came
    beating.cancel()
    await found.close()

asyncio.run(main())  # its end does not wait for the prompt either
end(daemon)
end(prompter)
print("prompts ok")
"""

_DIES = """
daemon = ring("secret")
keys = Keys()
assert keys.keep(TOPAZ, "canary-key") and keys.keep(STUDIO, "other-key")
keys = Keys()
assert keys.get(TOPAZ) == "canary-key"
end(daemon)

async def main():
    found = made(keys)
    assert (await found.get(TOPAZ)) is not None  # a run goes on with the key that it has
    assert await keys.ask(keys.source, TOPAZ) is KeySource.RING
    error = await refused(found, STUDIO)
    assert error.code == "account.ring_gone", error.code
    assert "does not answer" in error.title and "Start it again" in error.hint, (error.title, error.hint)
    assert not await keys.ask(keys.keep, STUDIO, "new-key")  # kept for this run only, and that is said
    assert await keys.ask(keys.source, STUDIO) is KeySource.MEMORY
    await found.close()

asyncio.run(main())
daemon = ring("secret")  # it is there again: so are the keys
later = Keys()
assert later.get(STUDIO) == "other-key", later.find(STUDIO)
later.forget(STUDIO)
assert Keys().source(STUDIO) is KeySource.NONE and Keys().get(TOPAZ) == "canary-key"
end(daemon)
print("dies ok")
"""

_ABSENT = """
keys = Keys()
assert not keys.has_ring()

async def main():
    error = await refused(made(keys), TOPAZ)
    assert error.code == "account.no_key", error.code
    assert "none works here now" in error.hint, error.hint

asyncio.run(main())
print("absent ok")
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [(_LOCKED, "locked ok"), (_PROMPTS, "prompts ok"), (_DIES, "dies ok"), (_ABSENT, "absent ok")],
    ids=["locked", "asks for its password", "dies in mid-run", "absent"],
)
def test_a_ring_in_each_state(tmp_path: Path, script: str, said: str) -> None:
    """A locked ring was told as "no key yet", and while it asked for its password no service at all could be used."""
    program, bus = tmp_path / "program.py", tmp_path / "bus.conf"
    program.write_text(_BEGIN + script)
    bus.write_text(_BUS)
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "profile").mkdir()
    env = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and k != "PYTHON_KEYRING_BACKEND"}
    env |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    done = subprocess.run(
        ["dbus-run-session", f"--config-file={bus}", "--", sys.executable, program, tmp_path / "profile"],
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout.strip().splitlines()[-1:] == [said], done.stdout[-1000:] + done.stderr[-3000:]
