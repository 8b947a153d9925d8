"""Part files written beside the download: everything arrives in order, a fault of the disk is told, nothing is left open."""

from __future__ import annotations

import asyncio
import errno
import functools
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from topazdesk.engine.part_writer import BLOCK, PartWriter
from topazdesk.errors import ComputerError


def on_a_loop(test: Callable[[Path], Awaitable[None]]) -> Callable[[Path], None]:
    """Run an asynchronous test from start to end on a loop of its own."""

    @functools.wraps(test)
    def run(tmp_path: Path) -> None:
        async def whole() -> None:
            await test(tmp_path)

        asyncio.run(whole())

    return run


def _open_files() -> int:
    """How many files this process has open; 0 where the system does not tell."""
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 0


@on_a_loop
async def test_chunks_of_any_size_arrive_in_order(tmp_path: Path) -> None:
    data = os.urandom(3 * BLOCK + 12_345)
    async with PartWriter(tmp_path / "part", 0) as writer:
        for start in range(0, len(data), 300_001):
            await writer.add(data[start : start + 300_001])
        assert await writer.finish() == (len(data), hashlib.sha256(data).hexdigest())
        assert writer.written == len(data)
    assert (tmp_path / "part").read_bytes() == data


@on_a_loop
async def test_it_goes_on_behind_what_is_there_and_cuts_the_rest(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"kept and cut")
    async with PartWriter(tmp_path / "part", 4) as writer:
        await writer.add(b", more")
        await writer.settle()
        assert writer.written == 10
    assert (tmp_path / "part").read_bytes() == b"kept, more"


@on_a_loop
async def test_a_cancelled_download_leaves_a_whole_block_and_a_closed_file(tmp_path: Path) -> None:
    before = _open_files()
    reached = asyncio.Event()

    async def download() -> None:
        async with PartWriter(tmp_path / "part", 0) as writer:
            await writer.add(bytes(BLOCK))
            await writer.add(b"not asked to be kept")
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(download())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "part").read_bytes() == bytes(BLOCK)
    assert _open_files() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@on_a_loop
async def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    # A link is not followed on opening, so the full device is put in the place of the open file.
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        async with PartWriter(tmp_path / "part", 0) as writer:
            await writer.finish()
            assert writer._file is not None
            os.dup2(full, writer._file._file.fileno())
            await writer.add(b"no room for this")
            with pytest.raises(ComputerError) as told:
                await writer.settle()
    finally:
        os.close(full)
    assert os.strerror(errno.ENOSPC) in told.value.details
    assert told.value.hint


@on_a_loop
async def test_an_error_in_the_block_is_not_hidden(tmp_path: Path) -> None:
    async def download() -> None:
        async with PartWriter(tmp_path / "part", 0) as writer:
            await writer.add(bytes(BLOCK))
            raise KeyError("the connection broke")

    with pytest.raises(KeyError):
        await download()
    assert (tmp_path / "part").stat().st_size == BLOCK
