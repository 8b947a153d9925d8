"""Keeps API keys in the system key ring, or in memory for this run; never in a profile file, a log or an argument list.

All methods block (the key ring is reached over D-Bus and may ask the user): call them from worker threads.
"""

from __future__ import annotations

import logging
import os
from enum import StrEnum

from topazdesk.domain.services import ServiceName

log = logging.getLogger(__name__)

RING_NAME = "topazdesk"


class KeySource(StrEnum):
    """Where a key comes from."""

    ENVIRONMENT = "environment"
    MEMORY = "memory"
    RING = "ring"
    NONE = "none"


class Keys:
    """Looks up, stores and deletes keys. The order of look-up is environment, memory of this run, key ring."""

    def __init__(self) -> None:
        self._memory: dict[ServiceName, str] = {}
        self._in_ring: set[ServiceName] = set()  # services whose key in memory is a copy of the one in the ring

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
            return self._memory[service], KeySource.RING if service in self._in_ring else KeySource.MEMORY
        kept = self._from_ring(service)
        if not kept:
            return None, KeySource.NONE
        self._memory[service] = kept  # so that the ring is asked once, not for every request
        self._in_ring.add(service)
        return kept, KeySource.RING

    def remember(self, service: ServiceName, key: str) -> None:
        """Keep a key until the program ends."""
        self._memory[service] = key.strip()
        self._in_ring.discard(service)

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
        self._in_ring.add(service)
        return True

    def forget(self, service: ServiceName) -> None:
        """Delete a key from memory and key ring."""
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError

        self._memory.pop(service, None)
        self._in_ring.discard(service)
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
