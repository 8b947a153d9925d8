"""Reads the organisation's policy from the system's folder for configuration, which only an administrator can write."""

from __future__ import annotations

import os
import sys
import threading
import tomllib
from pathlib import Path

from topazdesk.disk.reading import read_text
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.errors import Code, UseError
from topazdesk.language import say

NAME = "policy.toml"
_MOST_BYTES = 1_000_000


def system_file() -> Path:
    """Return where the policy file of this computer belongs: `/etc/topazdesk` on Linux, else the shared data folder."""
    if sys.platform.startswith(("win", "darwin")):
        from platformdirs import site_data_path

        return site_data_path("topazdesk", appauthor=False) / NAME
    return Path("/etc/topazdesk") / NAME


def policy_file() -> Path:
    """Return the policy file that holds: the system's, or where there is none the one that TOPAZDESK_POLICY names.

    So that a variable, which any user may set, never takes a system's policy away.
    """
    system, named = system_file(), os.environ.get("TOPAZDESK_POLICY")
    return Path(named) if named and not os.path.lexists(system) else system


class PolicyFile:
    """The policy as it stands in the file now. It is read again whenever the file has changed; from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int, int], UsagePolicy] | None = None

    def read(self) -> UsagePolicy:
        """Return the policy; one that forbids all sending if the file cannot be read. Blocking."""
        with self._lock:
            try:
                state = self.path.stat()
                version = state.st_ino, state.st_size, state.st_mtime_ns
                if self._known is None or self._known[0] != version:
                    found = UsagePolicy.parse(tomllib.loads(read_text(self.path, _MOST_BYTES)))
                    self._known = version, found
                return self._known[1]
            except (FileNotFoundError, NotADirectoryError):
                return UsagePolicy()
            except (OSError, ValueError, RecursionError) as error:
                return UsagePolicy(fault=self._unreadable(error))

    def _unreadable(self, error: Exception) -> UseError:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return UseError(
            "The rules of your organisation cannot be read",
            say("Nothing is sent until {path} is correct. Ask whoever looks after this computer.", path=self.path),
            details=why or type(error).__name__,
            code=Code.USE_POLICY_FILE,
        )
