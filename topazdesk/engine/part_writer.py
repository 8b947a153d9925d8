"""Writes a part file on a worker thread while more bytes are arriving.

Chunks are collected and handed over a few megabytes at a time: a call to the thread for each would cost more than the
writing itself, and waiting for each write would leave the connection idle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from topazdesk.engine.files import PartFile, digest_of, size_of
from topazdesk.errors import TopazdeskError

#: Bytes handed over at a time. Twice as much is held at most: the block being written and the one arriving.
BLOCK = 4 * 1024 * 1024


class PartWriter:
    """Appends to a file from byte `offset` on: `async with PartWriter(path, offset) as writer`. Raises ComputerError.

    `written` is the length in bytes that the file certainly has. Leaving the block waits for the write in progress,
    even when the task is cancelled, and closes the file; chunks added since the last `settle` may be dropped. The file
    is opened (and cut off behind `offset`) with the first write.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._file: PartFile | None = None
        self._chunks: list[bytes] = []
        self._held = 0
        self._writing: asyncio.Future[int] | None = None
        self._is_left = False
        self.written = offset

    async def __aenter__(self) -> PartWriter:
        return self

    async def add(self, chunk: bytes) -> None:
        """Take a chunk. Returns at once unless a block is full while the previous one is still being written."""
        self._chunks.append(chunk)
        self._held += len(chunk)
        if self._held >= BLOCK:
            await self._wait()
            self._start(self._write)

    async def settle(self) -> None:
        """Write everything that was added."""
        await self._wait()
        if self._chunks:
            self._start(self._write)
            await self._wait()

    async def finish(self) -> tuple[int, str]:
        """Write everything, force it onto the disk, and return the size and digest of the whole file."""
        await self._wait()
        found: list[tuple[int, str]] = []

        def work(chunks: list[bytes]) -> int:  # one call for all: for small files the calls cost more than the work
            done = self._write(chunks)
            self._opened().flush()
            found.append((size_of(self._path), digest_of(self._path)))
            return done

        self._start(work)
        await self._wait()
        return found[0]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        writing, self._writing = self._writing, None
        try:
            if writing is not None:
                # The thread cannot be stopped; the file must stay open under it.
                await asyncio.wait([writing])
        finally:
            # Not on the thread: a cancelled task would leave the file open.
            self._is_left = True
            if self._file is not None:
                self._file.close()
        if writing is not None and writing.exception() is None:
            self.written += writing.result()
        elif writing is not None and error is None:
            writing.result()

    # -- in the thread --------------------------------------------------------------------------------------------

    def _write(self, chunks: list[bytes]) -> int:
        file = self._opened()
        for chunk in chunks:
            file.write(chunk)
        return sum(map(len, chunks))

    def _opened(self) -> PartFile:
        if self._file is None:
            self._file = PartFile(self._path, self.written)
            if self._is_left:  # the block was left before this thread began
                self._file.close()
        return self._file

    # -- on the loop ----------------------------------------------------------------------------------------------

    def _start(self, work: Callable[[list[bytes]], int]) -> None:
        chunks = self._chunks
        self._chunks = []
        self._held = 0
        self._writing = asyncio.get_running_loop().run_in_executor(None, work, chunks)

    async def _wait(self) -> None:
        if self._writing is None:
            return
        # Shielded: when the waiting task is cancelled, the write continues, and __aexit__ waits for it.
        try:
            self.written += await asyncio.shield(self._writing)
        except TopazdeskError:
            self._writing = None
            raise
        self._writing = None
