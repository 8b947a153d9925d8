"""The state folder: lock, API key, signing secret, files of sources and results, and the note that tells where we listen.

Files are deleted in it. So it is one of the program's own, marked as such, and in it only names of our own shape go.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.own_folder import OwnFolder
from topazdesk.disk.private_file import write
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.sandbox.holder import FolderLock

SERVER_FILE = "server.json"
KEY_FILE = "api-key"
#: A launcher asks the run that it names here to leave. Nobody has to be signalled, so nobody else can be.
LEAVE_FILE = "leave"
DATABASE_FILE = "sandbox.sqlite3"
_SIGNING_FILE = "signing-key"
_FOLDERS = ("incoming", "making", "sources", "results")
_STATE_NAMES = re.compile(
    rf"lock|holder|{KEY_FILE}|{_SIGNING_FILE}|{re.escape(SERVER_FILE)}(\.part)?|{re.escape(DATABASE_FILE)}(-\w+)?|{LEAVE_FILE}"
)
_UUID = r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}"
_FILE_NAMES = re.compile(rf"{_UUID}(\.part)?")


@dataclass(frozen=True, slots=True)
class StateFolder:
    """An open, locked state folder. `api_key` authorises clients, `signing_key` signs download links; `run` names this run."""

    path: Path
    api_key: str
    signing_key: bytes
    _lock: FolderLock
    run: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def open(cls, path: Path) -> StateFolder:
        """Make or open the folder and lock it.

        Raises UseError for a folder with somebody else's files, ComputerError when another sandbox has it, or when it cannot
        be written.
        """
        try:
            if not OwnFolder(path, "sandbox", _STATE_NAMES).claim(is_ours=_is_of_an_earlier_version(path)):
                raise UseError(
                    "This folder holds other files",
                    "Choose an empty or a new folder with --state. Nothing in this one was touched.",
                    details=str(path),
                    code=Code.USE_SANDBOX_FOLDER,
                )
            for name in _FOLDERS:
                _own(path / name)
            lock = FolderLock.take(path)
            if lock is None:
                raise ComputerError(
                    "Another sandbox is running on this folder.",
                    "Stop it first, or choose another folder with --state.",
                    details=str(path),
                    code=Code.COMPUTER_SANDBOX_RUNNING,
                )
            # What a crash left: a note and a wish of a run that is over, uploads that nothing was ever reserved for, and
            # results that are made again.
            for stale in (SERVER_FILE, LEAVE_FILE):
                (path / stale).unlink(missing_ok=True)
            for leftovers in ("incoming", "making"):
                _files(path / leftovers).clear()
            key = _secret(path / KEY_FILE, "sandbox-" + secrets.token_urlsafe(24))
            signing = bytes.fromhex(_secret(path / _SIGNING_FILE, secrets.token_hex(32)))
        except OSError as error:
            raise ComputerError(
                "The sandbox's folder cannot be used.",
                f"{remedy(cause_of(error), str(path))}, or choose another one with --state.",
                details=f"{path}: {error.strerror or error}",
                code=Code.COMPUTER_SANDBOX_FOLDER,
            ) from error
        return cls(path, key, signing, lock)

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

    def stored(self) -> list[Path]:
        """All files of sources and results."""
        return [path for name in ("sources", "results") for path in _files(self.path / name).files()]

    def remove(self, path: Path) -> None:
        """Delete a source or a result; anything else stays."""
        _files(path.parent).remove(path)

    @property
    def database(self) -> Path:
        """Jobs and ledger."""
        return self.path / DATABASE_FILE

    def announce(self, url: str, runflow_url: str | None) -> None:
        """Write `server.json`: where the server listens, its process id and run, and where its key is (not the key itself)."""
        note = {"topaz_url": url, "runflow_url": runflow_url, "pid": os.getpid(), "run": self.run}
        write(self.path / SERVER_FILE, json.dumps(note | {"key_file": str(self.path / KEY_FILE)}))

    def withdraw(self) -> None:
        """Remove the note; before the port is given back, so that nobody is sent to whoever gets it next."""
        (self.path / SERVER_FILE).unlink(missing_ok=True)

    def is_asked_to_leave(self) -> bool:
        """Whether a launcher wants this run to end."""
        try:
            with (self.path / LEAVE_FILE).open(encoding="ascii", errors="replace") as file:
                return file.read(100) == self.run
        except OSError:
            return False

    def close(self) -> None:
        """Remove the note and give the lock back."""
        self.withdraw()
        self._lock.release()


def _files(folder: Path) -> OwnFolder:
    return OwnFolder(folder, "sandbox-files", _FILE_NAMES)


def _own(folder: Path) -> None:
    """Make a folder for files inside the state folder. Raises OSError; a link in its place leads elsewhere and is none."""
    if folder.is_symlink():
        raise NotADirectoryError(20, "A link is in the place of a folder", str(folder))
    _files(folder).claim(is_ours=True)


def _is_of_an_earlier_version(path: Path) -> bool:
    """Whether a folder without a mark is a sandbox's all the same: it has the secrets and the books that only a sandbox makes,
    or it is what one left that was ended while it made its folder: empty folders of ours and an empty lock."""
    if not path.is_dir():
        return False
    has_secrets = _begins(path / _SIGNING_FILE, rb"[0-9a-f]{64}") and _begins(path / KEY_FILE, rb"sandbox-[\w-]{32}")
    if has_secrets and _begins(path / DATABASE_FILE, rb"SQLite format 3\0"):
        return True
    for entry in path.iterdir():
        is_lock = entry.name == "lock" and entry.is_file() and not entry.stat().st_size
        is_empty_folder = entry.name in _FOLDERS and entry.is_dir() and not any(entry.iterdir())
        if entry.is_symlink() or not (is_lock or is_empty_folder):
            return False
    return True


def _begins(path: Path, pattern: bytes) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return re.match(pattern, file.read(100)) is not None


def _secret(path: Path, make: str) -> str:
    """The text of a private file, made at the first call; an empty one is what a crash left of it, and opens no door."""
    if path.is_file() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    write(path, make)
    return make
