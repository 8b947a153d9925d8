"""The state folder: lock, API key, signing secret, files of sources and results, and the announcement of our address.

Files in it are deleted. So it carries the program's marker, and only files with names of our own pattern are deleted.
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
from topazdesk.language import say
from topazdesk.sandbox.holder import FolderLock

SERVER_FILE = "server.json"
KEY_FILE = "api-key"
#: A launcher asks a sandbox to end by writing its run's name here. No process is signalled, so never the wrong one.
LEAVE_FILE = "leave"
DATABASE_FILE = "sandbox.sqlite3"
_SIGNING_FILE = "signing-key"
_CERTIFICATES_FILE = "certificates.pem"
_FOLDERS = ("incoming", "making", "sources", "results")
_STATE_NAMES = re.compile(
    rf"lock|holder|{KEY_FILE}|{_SIGNING_FILE}|{re.escape(_CERTIFICATES_FILE)}|{LEAVE_FILE}"
    rf"|{re.escape(SERVER_FILE)}(\.part)?|{re.escape(DATABASE_FILE)}(-\w+)?"
)
_UUID = r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}"
_FILE_NAMES = re.compile(rf"{_UUID}(\.part)?")


@dataclass(frozen=True, slots=True)
class StateFolder:
    """An open, locked state folder.

    `api_key` authorises clients, `signing_key` signs download links, and `run` is a random name of this run.
    """

    path: Path
    api_key: str
    signing_key: bytes
    _lock: FolderLock
    run: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def open(cls, path: Path) -> StateFolder:
        """Make or open the folder and lock it.

        Raises UseError for a folder with other files, ComputerError when another sandbox uses it or it cannot be
        written.
        """
        try:
            if not OwnFolder(path, "sandbox", _STATE_NAMES).claim(is_ours=_is_of_an_earlier_version(path)):
                raise UseError(
                    "This folder contains other files",
                    "Choose an empty or a new folder with --state. Nothing in this one was touched.",
                    details=str(path),
                    code=Code.USE_SANDBOX_FOLDER,
                )
            for name in _FOLDERS:
                _own(path / name)
            lock = FolderLock.take(path)
            if lock is None:
                raise ComputerError(
                    "Another sandbox is using this folder",
                    "Stop it first, or choose another folder with --state",
                    details=str(path),
                    code=Code.COMPUTER_SANDBOX_RUNNING,
                )
            # Leftovers of a crash: the announcement of the last run and a request to end it, uploads without a job, and
            # unfinished results, which are made again.
            for stale in (SERVER_FILE, LEAVE_FILE):
                (path / stale).unlink(missing_ok=True)
            for leftovers in ("incoming", "making"):
                _files(path / leftovers).clear()
            key = _secret(path / KEY_FILE, "sandbox-" + secrets.token_urlsafe(24))
            signing = bytes.fromhex(_secret(path / _SIGNING_FILE, secrets.token_hex(32)))
        except OSError as error:
            raise ComputerError(
                "The sandbox's folder cannot be used",
                say("{remedy:text}, or choose another one with --state", remedy=remedy(cause_of(error), str(path))),
                details=f"{path}: {error.strerror or error}",
                code=Code.COMPUTER_SANDBOX_FOLDER,
            ) from error
        return cls(path, key, signing, lock)

    @property
    def certificates(self) -> Path:
        """The key and the certificates with which results are signed, where that is asked for."""
        return self.path / _CERTIFICATES_FILE

    @property
    def incoming(self) -> Path:
        """The folder of uploads in progress."""
        return self.path / "incoming"

    @property
    def making(self) -> Path:
        """The folder of results that are being written."""
        return self.path / "making"

    def source(self, source_id: str) -> Path:
        """Return the path of an uploaded picture."""
        return self.path / "sources" / source_id

    def result(self, process_id: str) -> Path:
        """Return the path of a result."""
        return self.path / "results" / process_id

    def stored(self) -> list[Path]:
        """Return the paths of all sources and results."""
        return [path for name in ("sources", "results") for path in _files(self.path / name).files()]

    def remove(self, path: Path) -> None:
        """Delete the file of a source or a result; keep anything else."""
        _files(path.parent).remove(path)

    @property
    def database(self) -> Path:
        """The database file with jobs and ledger."""
        return self.path / DATABASE_FILE

    def announce(self, url: str, runflow_url: str | None) -> None:
        """Write `server.json`: the server's URLs, process id and run, and the path of its key (not the key itself)."""
        announcement = {
            "topaz_url": url,
            "runflow_url": runflow_url,
            "pid": os.getpid(),
            "run": self.run,
            "key_file": str(self.path / KEY_FILE),
        }
        write(self.path / SERVER_FILE, json.dumps(announcement))

    def withdraw(self) -> None:
        """Delete `server.json`; call it before the port is closed, so that no client is sent to its next owner."""
        (self.path / SERVER_FILE).unlink(missing_ok=True)

    def is_asked_to_leave(self) -> bool:
        """Return whether a launcher asks this run to end."""
        try:
            with (self.path / LEAVE_FILE).open(encoding="ascii", errors="replace") as file:
                return file.read(100) == self.run
        except OSError:
            return False

    def close(self) -> None:
        """Delete `server.json` and release the lock."""
        self.withdraw()
        self._lock.release()


def _files(folder: Path) -> OwnFolder:
    return OwnFolder(folder, "sandbox-files", _FILE_NAMES)


def _own(folder: Path) -> None:
    """Make and mark a folder inside the state folder. Raises OSError, also when a link is in its place."""
    if folder.is_symlink():
        raise NotADirectoryError(20, "A link is in the place of a folder", str(folder))
    _files(folder).claim(is_ours=True)


def _is_of_an_earlier_version(path: Path) -> bool:
    """Return whether an earlier version of the sandbox made this folder, which then has no marker.

    That is the case if it has the secrets and the database that only a sandbox makes, or if it has only empty folders
    of ours and an empty lock, which a sandbox leaves that was ended while it made its folder.
    """
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
    """Return the text of a private file; write `make` if there is none. An empty file, left by a crash, is replaced."""
    if path.is_file() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    write(path, make)
    return make
