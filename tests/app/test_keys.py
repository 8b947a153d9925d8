"""Keys: a real Secret Service (gnome-keyring on a private bus), and none at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from topazdesk.app.keys import Keys, KeySource
from topazdesk.disk.reading import read_json
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ComputerError

TOPAZ, RUNFLOW = Account(ServiceName.TOPAZ), Account(ServiceName.RUNFLOW)

_IN_A_RING = """
from topazdesk.app.keys import Keys, KeySource
from topazdesk.domain.account import Account
from topazdesk.domain.services import ServiceName
TOPAZ = Account(ServiceName.TOPAZ)
first = Keys()
assert first.has_ring(), "no ring"
assert first.source(TOPAZ) is KeySource.NONE
assert first.keep(TOPAZ, " canary-key ")
assert first.source(TOPAZ) is KeySource.RING
later = Keys()
assert later.get(TOPAZ) == "canary-key" and later.source(TOPAZ) is KeySource.RING
later.forget(TOPAZ)
assert Keys().get(TOPAZ) is None
later.forget(TOPAZ)
print("ring ok")
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus-run-session (dev.py test installs them where it may)",
)
def test_a_real_key_ring(tmp_path):
    script = tmp_path / "ring.py"
    script.write_text(_IN_A_RING)
    shell = (
        f"printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null && {sys.executable} {script}"
        f" && echo canary-key | {sys.executable} -m topazdesk account login --profile {tmp_path / 'profile'} --json"
    )
    env = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and k != "PYTHON_KEYRING_BACKEND"}
    env |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_RUNTIME_DIR": str(tmp_path)}
    env["TOPAZDESK_TOPAZ_URL"] = "http://127.0.0.1:9"  # nobody is there: the key is kept, and not said to work
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", shell], env=env, capture_output=True, text=True, timeout=240
    )
    ring, *lines = done.stdout.strip().splitlines()
    assert ring == "ring ok", done.stderr[-2000:]
    login, summary = map(json.loads, lines)
    assert (login["event"], login["checked"], summary["event"]) == ("login", False, "summary")


@pytest.fixture
def no_ring(monkeypatch):
    """A computer without a key ring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("TOPAZ_API_KEY", raising=False)
    monkeypatch.delenv("RUNFLOW_API_KEY", raising=False)
    import keyring
    import keyring.core

    before = keyring.get_keyring()
    keyring.core.init_backend()
    yield
    keyring.set_keyring(before)


def test_without_a_ring_the_key_lives_in_memory_only(no_ring):
    keys = Keys()
    assert not keys.has_ring()
    assert not keys.keep(TOPAZ, "abc")
    assert (keys.get(TOPAZ), keys.source(TOPAZ)) == ("abc", KeySource.MEMORY)
    assert Keys().get(TOPAZ) is None
    keys.forget(TOPAZ)
    assert keys.get(TOPAZ) is None


def test_the_environment_comes_first(monkeypatch):
    monkeypatch.setenv("TOPAZ_API_KEY", " from-env ")
    keys = Keys()
    keys.remember(TOPAZ, "other")
    assert (keys.get(TOPAZ), keys.source(TOPAZ)) == ("from-env", KeySource.ENVIRONMENT)


def test_a_key_in_a_file_is_for_this_user_alone_and_gone_with_the_last_one(no_ring, tmp_path):
    file = tmp_path / "keys.json"
    keys = Keys(file)
    keys.keep_in_file(TOPAZ, " abc ")
    keys.keep_in_file(RUNFLOW, "def")
    assert file.stat().st_mode & 0o777 == 0o600
    later = Keys(file)
    assert (later.get(TOPAZ), later.source(TOPAZ)) == ("abc", KeySource.FILE)
    later.forget(TOPAZ)
    assert Keys(file).source(TOPAZ) is KeySource.NONE
    assert Keys(file).get(RUNFLOW) == "def"
    later.forget(RUNFLOW)
    assert not file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_of_keys_that_others_can_reach_is_not_used(no_ring, tmp_path, mode):
    file = tmp_path / "keys.json"
    Keys(file).keep_in_file(TOPAZ, "abc")
    file.chmod(mode)
    assert Keys(file).source(TOPAZ) is KeySource.NONE


@pytest.mark.parametrize("content", ["[]", "{", '{"topaz": 5}', '{"topaz": ""}', '{"topaz": "%s"}' % ("x" * 2000)])
def test_a_file_of_keys_that_is_none_gives_none(no_ring, tmp_path, content):
    file = tmp_path / "keys.json"
    file.write_text(content)
    file.chmod(0o600)
    assert Keys(file).source(TOPAZ) is KeySource.NONE


def test_a_file_that_cannot_be_written_is_said_and_the_key_works_until_the_end(no_ring, tmp_path):
    keys = Keys(tmp_path / "gone" / "keys.json")
    with pytest.raises(ComputerError):
        keys.keep_in_file(TOPAZ, "abc")
    assert (keys.get(TOPAZ), keys.source(TOPAZ)) == ("abc", KeySource.MEMORY)


class AskingRing:
    """A ring that asks for its password before it answers; `meanwhile` happens while it does."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def get_password(self, _service: str, _account: str) -> str | None:
        key, meanwhile = self.key, self.meanwhile
        self.asked += 1
        self.meanwhile = lambda: None
        meanwhile()
        return key


@pytest.fixture
def ring(no_ring: None, monkeypatch: pytest.MonkeyPatch) -> AskingRing:
    made = AskingRing("old-key")
    # No backend of its own: keyring would offer that to the whole process from then on.
    monkeypatch.setattr("topazdesk.app.keys._ring", lambda: KeySource.RING)
    monkeypatch.setattr("keyring.get_password", made.get_password)
    return made


def test_a_key_that_is_entered_while_the_ring_asks_for_its_password_is_the_one_that_pays(ring: AskingRing) -> None:
    """The look-up that had begun before put the ring's key in its place once the ring was unlocked."""
    keys = Keys()
    ring.meanwhile = lambda: keys.remember(TOPAZ, "typed-key")
    assert keys.get(TOPAZ) == "typed-key"
    assert (keys.get(TOPAZ), keys.source(TOPAZ)) == ("typed-key", KeySource.MEMORY)
    assert ring.asked == 1


def test_a_key_that_another_program_changes_during_a_look_up_is_looked_up_again(ring: AskingRing) -> None:
    keys = Keys()

    def change() -> None:
        ring.key = "new-key"
        keys.look_again(TOPAZ)

    ring.meanwhile = change
    assert keys.get(TOPAZ) == "new-key"
    assert keys.at_hand(TOPAZ) == "new-key"


def test_a_key_that_is_removed_while_the_file_is_read_is_gone(
    no_ring: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read in another thread than that of the keys: what that had read before was kept until the end."""
    file = tmp_path / "keys.json"
    Keys(file).keep_in_file(TOPAZ, "abc")
    keys, first = Keys(file), [True]

    def read(path: Path, most: int) -> object:
        found = read_json(path, most)
        if first.pop() if first else False:
            remover = threading.Thread(target=keys.forget, args=(TOPAZ,))
            remover.start()
            remover.join()
        return found

    monkeypatch.setattr("topazdesk.app.keys.read_json", read)
    assert keys.outside_ring(TOPAZ) is None
    assert keys.get(TOPAZ) is None
