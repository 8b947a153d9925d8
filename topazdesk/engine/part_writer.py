"""A part file that grows on a worker thread while the next bytes are still on their way.

Chunks are gathered and handed over a few megabytes at a time: a visit of the thread for each would cost more than the writing
does, and waiting for each write would leave the connection idle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from topazdesk.engine.files import PartFile
from topazdesk.errors import TopazdeskError

#: Bytes of one visit of the thread. Twice as much is held at most: what is being written, and what has come meanwhile.
BLOCK = 4 * 1024 * 1024


class PartWriter:
    """`async with PartWriter(path, offset) as writer`: appends from byte `offset` on. Raises ComputerError.

    `written` is where the file ends for certain, in bytes from its start. Leaving the block waits for the write under way, also
    when the task is cancelled, and closes the file; what `settle` has not been asked for is then dropped.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._file: PartFile | None = None
        self._chunks: list[bytes] = []
        self._held = 0
        self._writing: asyncio.Future[int] | None = None
        self.written = offset

    async def __aenter__(self) -> PartWriter:
        opening = asyncio.get_running_loop().run_in_executor(None, PartFile, self._path, self.written)
        try:
            self._file = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait([opening])
            if opening.exception() is None:
                opening.result().close()
            raise
        return self

    async def add(self, chunk: bytes) -> None:
        """Take a chunk. Returns at once unless a block is full while the one before it is still being written."""
        self._chunks.append(chunk)
        self._held += len(chunk)
        if self._held >= BLOCK:
            await self._start_next()

    async def settle(self) -> None:
        """Everything that was added is written."""
        await self._start_next()
        await self._wait()

    async def flush(self) -> None:
        """`settle`, and onto the disk for good."""
        await self._start_next(_write_for_good, even_nothing=True)
        await self._wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        writing, self._writing = self._writing, None
        try:
            if writing is not None:
                # The thread cannot be stopped; the file must stay open under it.
                await asyncio.wait([writing])
        finally:
            # Not through a thread: a cancelled task would leave the file open.
            if self._file is not None:
                self._file.close()
        if writing is not None and writing.exception() is None:
            self.written += writing.result()
        elif writing is not None and error is None:
            writing.result()

    async def _start_next(
        self, work: Callable[[PartFile, list[bytes]], int] | None = None, *, even_nothing: bool = False
    ) -> None:
        await self._wait()
        if not self._chunks and not even_nothing:
            return
        assert self._file is not None  # noqa: S101 open inside the block
        chunks, self._chunks, self._held = self._chunks, [], 0
        self._writing = asyncio.get_running_loop().run_in_executor(None, work or _write, self._file, chunks)

    async def _wait(self) -> None:
        if self._writing is None:
            return
        # Shielded: when the waiting task is cancelled, the write goes on, and __aexit__ waits for it.
        try:
            self.written += await asyncio.shield(self._writing)
        except TopazdeskError:
            self._writing = None
            raise
        self._writing = None


def _write(file: PartFile, chunks: list[bytes]) -> int:
    for chunk in chunks:
        file.write(chunk)
    return sum(map(len, chunks))


def _write_for_good(file: PartFile, chunks: list[bytes]) -> int:
    """The last bytes and the flush in one visit of the thread."""
    done = _write(file, chunks)
    file.flush()
    return done
