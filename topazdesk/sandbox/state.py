"""The state folder: lock, API key, signing secret, files of sources and results, and the note that tells where we listen."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from topazdesk.errors import ComputerError

SERVER_FILE = "server.json"
KEY_FILE = "api-key"
DATABASE_FILE = "sandbox.sqlite3"


def _try_lock(file: IO[str]) -> bool:
    """Takes the lock if it is free; it ends with the process, however that ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _secret(path: Path, make: str) -> str:
    """The text of a private file, made at the first call with rights for the owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make)
    return path.read_text(encoding="ascii").strip()


@dataclass(frozen=True, slots=True)
class StateFolder:
    """An open, locked state folder. `api_key` authorises clients, `signing_key` signs download links."""

    path: Path
    api_key: str
    signing_key: bytes
    _lock: IO[str]

    @classmethod
    def open(cls, path: Path) -> StateFolder:
        """Make or open the folder and lock it.

        Raises ComputerError when another sandbox has it, or when it cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            for name in ("incoming", "making", "sources", "results"):
                (path / name).mkdir(exist_ok=True)
            lock = (path / "lock").open("a", encoding="ascii")
            if not _try_lock(lock):
                lock.close()
                raise ComputerError(
                    "Another sandbox is running on this folder.",
                    "Stop it first, or choose another folder with --state.",
                    details=str(path),
                    code="computer.sandbox_running",
                )
            # What a crash cut off: uploads that nothing was ever reserved for, results that are made again.
            for leftover in [*(path / "incoming").iterdir(), *(path / "making").iterdir()]:
                leftover.unlink()
            key = _secret(path / KEY_FILE, "sandbox-" + secrets.token_urlsafe(24))
            signing = _secret(path / "signing-key", secrets.token_hex(32))
        except OSError as error:
            raise ComputerError(
                "The sandbox's folder cannot be used.",
                "Check that it is writable, or choose another one with --state.",
                details=f"{path}: {error.strerror}",
                code="computer.sandbox_folder",
            ) from error
        return cls(path, key, bytes.fromhex(signing), lock)

    @property
    def incoming(self) -> Path:
        """Uploads under way."""
        return self.path / "incoming"

    @property
    def making(self) -> Path:
        """Results being written."""
        return self.path / "making"

    def source(self, source_id: str) -> Path:
        """File of an uploaded picture."""
        return self.path / "sources" / source_id

    def result(self, process_id: str) -> Path:
        """File of a result."""
        return self.path / "results" / process_id

    @property
    def database(self) -> Path:
        """Jobs and ledger."""
        return self.path / DATABASE_FILE

    def announce(self, url: str, runflow_url: str | None) -> None:
        """Write `server.json`: where the server listens, its process id and where its key is (not the key itself)."""
        note = {"topaz_url": url, "runflow_url": runflow_url, "pid": os.getpid(), "key_file": str(self.path / KEY_FILE)}
        part = self.path / (SERVER_FILE + ".part")
        part.write_text(json.dumps(note), encoding="utf-8")
        part.replace(self.path / SERVER_FILE)

    def close(self) -> None:
        """Remove the note and give the lock back."""
        (self.path / SERVER_FILE).unlink(missing_ok=True)
        self._lock.close()
