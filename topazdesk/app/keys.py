"""Keeps API keys in the system key ring, in memory for this run, or in a file for the user alone if asked to.

They are never in another file of the profile, a log or an argument list. A key that was read once stays in memory, so
that a run goes on with the key it has, whatever becomes of the key ring.

Methods block (the key ring is reached over D-Bus and may ask the user for minutes), except `at_hand`, `remember` and
`look_again`: from the event loop call them through `ask`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import stat
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.account import Account
from topazdesk.errors import Code, ComputerError

T = TypeVar("T")
log = logging.getLogger(__name__)

RING_NAME = "topazdesk"
_MOST_BYTES = 20_000
_LONGEST_KEY = 1_000
#: Several rings may have a copy each, of which one is removed at a time.
_MOST_COPIES = 5


class KeySource(StrEnum):
    """Where a key comes from, or why there is none."""

    ENVIRONMENT = "environment"
    MEMORY = "memory"
    RING = "ring"
    FILE = "file"
    NONE = "none"
    LOCKED = "locked"  # the key ring may have it, but is locked and was not unlocked
    UNREACHABLE = "unreachable"  # the key ring may have it, but does not answer

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return self not in (KeySource.NONE, KeySource.LOCKED, KeySource.UNREACHABLE)


class Keys:
    """Looks up, stores and deletes keys. The order of look-up is environment, memory of this run, file, key ring.

    A ring may have to be unlocked, which nobody has to do for a key in the file.

    `file` is where a key is kept if the user wants that, unencrypted; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._memory: dict[Account, str] = {}
        #: Where those keys in memory are from that are copies of a kept one.
        self._kept: dict[Account, KeySource] = {}
        #: How often each account's key was changed here, or said to be changed elsewhere: a look-up that began before
        #: such news, and may last minutes, does not replace what came with it.
        self._changes: Counter[Account] = Counter()
        self._lock = threading.Lock()
        self._turns: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None

    async def ask(self, work: Callable[..., T], *args: Any) -> T:
        """Run a blocking method in the thread of the keys, one after the other, and return its result.

        It is a thread of its own, which the end of the program does not wait for: a key ring may ask for its password
        as long as it likes, and neither other work in threads nor the end is held up by that.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def tell(result: T | None, error: BaseException | None) -> None:
            if answer.cancelled():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type]

        def turn() -> None:
            if answer.cancelled():
                return
            result, error = None, None
            try:
                result = work(*args)
            except BaseException as caught:  # noqa: BLE001 - it is raised where it was asked for
                error = caught
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, result, error)

        self._turns.put(turn)
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="topazdesk-keys", daemon=True)
            self._worker.start()
        return await answer

    def _work(self) -> None:
        while True:
            self._turns.get()()

    def at_hand(self, account: Account) -> str | None:
        """Return the key of an account if no key ring and no file has to be asked for it. Does not block."""
        return in_environment(account) or self._memory.get(account)

    def get(self, account: Account) -> str | None:
        """Return the key of an account, or None."""
        return self.find(account)[0]

    def source(self, account: Account) -> KeySource:
        """Return where the key in use comes from."""
        return self.find(account)[1]

    def find(self, account: Account) -> tuple[str | None, KeySource]:
        """Return the key of an account and where it comes from; without one, why there is none."""
        while True:
            if named := in_environment(account):
                return named, KeySource.ENVIRONMENT
            changes = self._changes[account]
            if self.outside_ring(account):
                with self._lock:
                    if account in self._memory:  # else it was taken away in between
                        return self._memory[account], self._kept.get(account, KeySource.MEMORY)
                continue
            key, source = self._from_ring(account)
            # Taken over, so that the ring is asked once, not for every request.
            if self._take_over(account, key, source, changes):
                return key, source

    def outside_ring(self, account: Account) -> str | None:
        """Return the key of an account if it can be had without the key ring. Reads the file; asks nobody."""
        while True:
            changes = self._changes[account]
            if known := self.at_hand(account):
                return known
            kept = self._in_file().get(str(account))
            if self._take_over(account, kept, KeySource.FILE, changes):
                return kept

    def _take_over(self, account: Account, key: str | None, source: KeySource, changes: int) -> bool:
        """Keep what was read in memory; return False, and keep nothing, if the key was changed since."""
        with self._lock:
            if self._changes[account] != changes:
                return False
            if key is not None:
                self._memory[account], self._kept[account] = key, source
            return True

    def remember(self, account: Account, key: str) -> None:
        """Keep a key until the program ends. Does not block."""
        self._remember(account, key)

    def _remember(self, account: Account, key: str) -> int:
        with self._lock:
            self._changes[account] += 1
            self._memory[account] = key.strip()
            self._kept.pop(account, None)
            return self._changes[account]

    def look_again(self, account: Account) -> None:
        """Ask key ring and file again at the next look-up, because another program changed them. Does not block."""
        with self._lock:
            self._changes[account] += 1
            if self._kept.pop(account, None) is not None:
                del self._memory[account]

    def _is_kept(self, account: Account, source: KeySource, changes: int) -> None:
        """Note where the key in memory is kept, unless it is another one by now."""
        with self._lock:
            if self._changes[account] == changes:
                self._kept[account] = source

    def keep(self, account: Account, key: str) -> bool:
        """Store a key in the key ring; return False if none works here. The key is then only kept in memory."""
        changes = self._remember(account, key)
        if not self.has_ring():
            return False
        import keyring

        try:
            keyring.set_password(RING_NAME, str(account), key.strip())
        except Exception as error:  # noqa: BLE001 - the ring's own, D-Bus's, or a connection's that ended
            log.warning("the key ring refused a new key: %s", type(error).__name__)
            return False
        self._is_kept(account, KeySource.RING, changes)
        self._leave_out(account)
        return True

    def keep_in_file(self, account: Account, key: str) -> None:
        """Store a key unencrypted in a file that only this user can read; only after the user has agreed to that.

        Raises ComputerError; the key is then only kept in memory.
        """
        changes = self._remember(account, key)
        self._write({**self._in_file(), str(account): key.strip()})
        self._is_kept(account, KeySource.FILE, changes)

    def forget(self, account: Account) -> None:
        """Delete a key from memory, key ring and file. Raises ComputerError if it may still be in one of them."""
        self._drop(account)
        self._leave_out(account)
        self._drop(account)  # what was read of the file before it was left out there
        if not self.has_ring():
            return
        import keyring
        from keyring.errors import PasswordDeleteError

        try:
            for _ in range(_MOST_COPIES):
                if keyring.get_password(RING_NAME, str(account)) is None:
                    return
                keyring.delete_password(RING_NAME, str(account))
        except PasswordDeleteError:
            pass  # there was none
        except Exception as error:
            log.warning("the key ring did not remove a key: %s", type(error).__name__)
            raise ComputerError(
                "The key may still be in the key ring",
                "The key ring is locked or does not answer. Unlock it or start it again, then remove the key once "
                "more.",
                details=type(error).__name__,
                code=Code.ACCOUNT_RING_GONE,
            ) from error

    def _drop(self, account: Account) -> None:
        with self._lock:
            self._changes[account] += 1
            self._memory.pop(account, None)
            self._kept.pop(account, None)

    def has_ring(self) -> bool:
        """Return whether this computer has a key ring that encrypts (a plain text file does not count)."""
        return _ring() is KeySource.RING

    def secret(self, name: str) -> str | None:
        """Return another secret that the key ring keeps, such as the password of a team's database; None without it."""
        return self._from_ring(name)[0]

    def keep_secret(self, name: str, value: str) -> bool:
        """Keep another secret in the key ring; return False if none works here. It is kept nowhere else."""
        if not self.has_ring():
            return False
        import keyring

        try:
            keyring.set_password(RING_NAME, name, value)
        except Exception as error:  # noqa: BLE001 - the ring's own, D-Bus's, or a connection's that ended
            log.warning("the key ring refused a secret: %s", type(error).__name__)
            return False
        return True

    def forget_secret(self, name: str) -> None:
        """Delete another secret from the key ring, if it is there and can be reached."""
        if not self.has_ring():
            return
        import keyring

        try:
            keyring.delete_password(RING_NAME, name)
        except Exception as error:  # noqa: BLE001 - there was none, or the ring does not answer
            log.info("the key ring did not remove a secret: %s", type(error).__name__)

    def _from_ring(self, account: Account | str) -> tuple[str | None, KeySource]:
        import keyring
        from keyring.errors import KeyringLocked

        ring = _ring()
        if ring is not KeySource.RING:
            return None, ring
        try:
            key = keyring.get_password(RING_NAME, str(account)) or None
        except Exception as error:  # noqa: BLE001 - the ring's own, D-Bus's, or a connection's that ended
            is_locked = isinstance(error, KeyringLocked) or "ockedException" in type(error).__name__
            log.warning("the key ring is %s: %s", "locked" if is_locked else "gone", type(error).__name__)
            return None, KeySource.LOCKED if is_locked else KeySource.UNREACHABLE
        return key, KeySource.RING if key else KeySource.NONE

    def _in_file(self) -> dict[str, str]:
        """Return the keys of the file by account; none of a file that others can read or write, or that is no list."""
        if self._file is None:
            return {}
        try:
            seen = self._file.lstat()
            if sys.platform != "win32" and (seen.st_uid != os.getuid() or stat.S_IMODE(seen.st_mode) & 0o077):
                log.warning("the file of keys is not used: others can read or change it")
                return {}
            found = read_json(self._file, _MOST_BYTES)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            log.warning("the file of keys cannot be read")
            return {}
        if not isinstance(found, dict):
            return {}
        return {n: key for n, key in found.items() if isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY}

    def _leave_out(self, account: Account) -> None:
        """Take a key out of the file, if it is there."""
        if str(account) in (kept := self._in_file()):
            self._write({name: each for name, each in kept.items() if name != str(account)})

    def _write(self, keys: dict[str, str]) -> None:
        """Replace the file; with no keys left there is none. Raises ComputerError."""
        if self._file is None:
            return
        try:
            if keys:
                private_file.write(self._file, json.dumps(keys, indent=1))
            else:
                self._file.unlink(missing_ok=True)
        except OSError as error:
            raise ComputerError(
                "The file of keys cannot be written",
                "Check the free space and the permissions of the profile folder.",
                details=error.strerror or type(error).__name__,
                code=Code.DISK_KEYS,
            ) from error


def variable_of(account: Account) -> str:
    """Return the environment variable for the key of an account, such as TOPAZ_API_KEY or TOPAZ_API_KEY_STUDIO."""
    plain = f"{account.service.upper()}_API_KEY"
    return plain if account.is_default else f"{plain}_{account.id.upper().replace('-', '_')}"


def in_environment(account: Account) -> str:
    """Return the key that the environment has for an account, or ""."""
    return os.environ.get(variable_of(account), "").strip()


def _ring() -> KeySource:
    """Return RING for a key ring that encrypts, NONE without one, UNREACHABLE for one that has ended since."""
    import keyring

    backend = keyring.get_keyring()
    try:
        is_good = float(backend.priority) >= 1 and "plaintext" not in type(backend).__name__.lower()
    except Exception:  # noqa: BLE001 - a ring that has ended raises what its connection raises
        return KeySource.UNREACHABLE
    return KeySource.RING if is_good else KeySource.NONE
