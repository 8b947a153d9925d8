"""Writes a BagIt 1.0 bag (RFC 8493): a folder of files with checksums, as archives hand them over. Blocking.

The package `bagit` is not used for it, only in the tests: it changes the current folder of the whole process, moves
the files it is given, and reads each of them once more. Here a file is copied and digested in one pass.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from topazdesk.disk.free_name import rename_folder_free
from topazdesk.disk.private_file import part_beside

_CHUNK = 4_194_304
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class BagFolder:
    """A bag that is being written into a hidden folder beside `target`; `finish` gives it its name.

    Whole or not at all: left without `finish`, everything written is removed. Names have no percent sign and no line
    break: programs disagree on how manifests write those. Every method may raise OSError.
    """

    def __init__(self, target: Path, algorithms: Sequence[str] = ("sha256",)) -> None:
        self.target = target
        self._algorithms = tuple(algorithms)
        self._part = part_beside(target)
        self._payload: dict[str, tuple[str, ...]] = {}
        self._tags: dict[str, tuple[str, ...]] = {}
        self.payload_bytes = 0
        self._names: set[str] = set()
        self._is_finished = False

    def __enter__(self) -> Self:
        self._part.mkdir()
        (self._part / "data").mkdir()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._is_finished:
            shutil.rmtree(self._part, ignore_errors=True)

    def has(self, name: str) -> bool:
        """Tell whether the payload has a file of this name, whatever its case: some systems see no difference."""
        return name.casefold() in self._names

    def add(self, name: str, source: Path) -> str:
        """Copy a file into the payload as `name`, with its time; return its SHA-256 in hex."""
        path = self._new_path("data", name)
        digests = [hashlib.new(algorithm) for algorithm in self._algorithms]
        with source.open("rb") as file, os.fdopen(os.open(path, _FLAGS, 0o666), "wb") as copy:
            while chunk := file.read(_CHUNK):
                for digest in digests:
                    digest.update(chunk)
                copy.write(chunk)
                self.payload_bytes += len(chunk)
            state = os.fstat(file.fileno())
            copy.flush()
            os.fsync(copy.fileno())
        with suppress(OSError):  # some network drives refuse it; the content is what counts
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        self._payload[name] = tuple(digest.hexdigest() for digest in digests)
        return self._payload[name][self._algorithms.index("sha256")]

    def add_text(self, name: str, text: str) -> None:
        """Add a small file with this text, in UTF-8, to the payload."""
        self._payload[name] = self._write("data", name, text)
        self.payload_bytes += len(text.encode("utf-8"))

    def own_file(self, name: str) -> Path:
        """Return a path in the bag for a payload file that the caller writes; `own_written` takes it up."""
        return self._new_path("data", name)

    def own_written(self, name: str) -> None:
        """Take up a payload file written at `own_file`."""
        path = self._part / "data" / name
        found = []
        for algorithm in self._algorithms:
            with path.open("rb") as file:
                found.append(hashlib.file_digest(file, algorithm).hexdigest())
        self._payload[name] = tuple(found)
        self.payload_bytes += path.stat().st_size

    def finish(self, info: Mapping[str, str]) -> None:
        """Write what describes the bag, and give it its name. Raises FileExistsError if that is taken."""
        self._tag("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        facts = {**info, "Payload-Oxum": f"{self.payload_bytes}.{len(self._payload)}"}
        self._tag("bag-info.txt", "".join(f"{label}: {' '.join(value.split())}\n" for label, value in facts.items()))
        for place, algorithm in enumerate(self._algorithms):
            lines = {f"data/{name}": digests[place] for name, digests in self._payload.items()}
            self._tag(f"manifest-{algorithm}.txt", _manifest(lines))
        described = dict(self._tags)
        for place, algorithm in enumerate(self._algorithms):
            lines = {name: digests[place] for name, digests in described.items()}
            self._write("", f"tagmanifest-{algorithm}.txt", _manifest(lines))
        rename_folder_free(self._part, self.target)
        self._is_finished = True

    def _tag(self, name: str, text: str) -> None:
        self._tags[name] = self._write("", name, text)

    def _write(self, folder: str, name: str, text: str) -> tuple[str, ...]:
        data = text.encode("utf-8")
        with os.fdopen(os.open(self._new_path(folder, name), _FLAGS, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return tuple(hashlib.new(algorithm, data).hexdigest() for algorithm in self._algorithms)

    def _new_path(self, folder: str, name: str) -> Path:
        path = self._part / folder / name
        if folder:
            self._names.add(name.casefold())
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _manifest(digests: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
