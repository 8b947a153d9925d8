"""Keeps API keys in the system key ring, in memory for this run, or in a file for the user alone if asked to.

They are never in another file of the profile, a log or an argument list.

All methods block (the key ring is reached over D-Bus and may ask the user): call them from worker threads.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
from enum import StrEnum
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ComputerError

log = logging.getLogger(__name__)

RING_NAME = "topazdesk"
_MOST_BYTES = 20_000
_LONGEST_KEY = 1_000


class KeySource(StrEnum):
    """Where a key comes from."""

    ENVIRONMENT = "environment"
    MEMORY = "memory"
    RING = "ring"
    FILE = "file"
    NONE = "none"


class Keys:
    """Looks up, stores and deletes keys. The order of look-up is environment, memory of this run, key ring, file.

    `file` is where a key is kept if the user wants that, unencrypted; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._memory: dict[ServiceName, str] = {}
        #: Where those keys in memory are from that are copies of a kept one.
        self._kept: dict[ServiceName, KeySource] = {}

    def get(self, service: ServiceName) -> str | None:
        """Return the key of a service, or None."""
        return self._find(service)[0]

    def source(self, service: ServiceName) -> KeySource:
        """Return where the key in use comes from."""
        return self._find(service)[1]

    def _find(self, service: ServiceName) -> tuple[str | None, KeySource]:
        named = os.environ.get(f"{service.upper()}_API_KEY", "").strip()
        if named:
            return named, KeySource.ENVIRONMENT
        if service in self._memory:
            return self._memory[service], self._kept.get(service, KeySource.MEMORY)
        for source, look in ((KeySource.RING, self._from_ring), (KeySource.FILE, self._from_file)):
            if kept := look(service):
                self._memory[service] = kept  # so that the ring is asked once, not for every request
                self._kept[service] = source
                return kept, source
        return None, KeySource.NONE

    def remember(self, service: ServiceName, key: str) -> None:
        """Keep a key until the program ends."""
        self._memory[service] = key.strip()
        self._kept.pop(service, None)

    def keep(self, service: ServiceName, key: str) -> bool:
        """Store a key in the key ring; return False if none works here. The key is then only kept in memory."""
        import keyring
        from keyring.errors import KeyringError

        self.remember(service, key)
        if not self.has_ring():
            return False
        try:
            keyring.set_password(RING_NAME, service.value, key.strip())
        except KeyringError:
            log.warning("the key ring refused a new key")
            return False
        self._kept[service] = KeySource.RING
        self._leave_out(service)
        return True

    def keep_in_file(self, service: ServiceName, key: str) -> None:
        """Store a key unencrypted in a file that only this user can read; only after the user has agreed to that.

        Raises ComputerError; the key is then only kept in memory.
        """
        self.remember(service, key)
        self._write({**self._in_file(), service.value: key.strip()})
        self._kept[service] = KeySource.FILE

    def forget(self, service: ServiceName) -> None:
        """Delete a key from memory, key ring and file. Raises ComputerError if the file cannot be changed."""
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError

        self._memory.pop(service, None)
        self._kept.pop(service, None)
        self._leave_out(service)
        if not self.has_ring():
            return
        try:
            keyring.delete_password(RING_NAME, service.value)
        except PasswordDeleteError:
            pass  # there was none
        except KeyringError:
            log.warning("the key ring did not remove a key")

    def has_ring(self) -> bool:
        """Return whether this computer has a key ring that encrypts (a plain text file does not count)."""
        import keyring
        from keyring.errors import KeyringError

        try:
            backend = keyring.get_keyring()
            return float(backend.priority) >= 1 and "plaintext" not in type(backend).__name__.lower()
        except (KeyringError, RuntimeError):
            return False

    def _from_ring(self, service: ServiceName) -> str | None:
        import keyring
        from keyring.errors import KeyringError

        if not self.has_ring():
            return None
        try:
            return keyring.get_password(RING_NAME, service.value) or None
        except KeyringError:
            log.warning("the key ring is locked or gone")
            return None

    def _from_file(self, service: ServiceName) -> str | None:
        return self._in_file().get(service.value)

    def _in_file(self) -> dict[str, str]:
        """Return the keys of the file by service; none of a file that others can read or write, or that is no list."""
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

    def _leave_out(self, service: ServiceName) -> None:
        """Take a key out of the file, if it is there."""
        if service.value in (kept := self._in_file()):
            self._write({name: each for name, each in kept.items() if name != service.value})

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
