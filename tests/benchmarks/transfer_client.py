"""Both sides of `transfer`, each in a process of its own: `… ours|bare upload|download URL FILE BYTES` prints its figures as JSON.

`ours` writes a download as the engine writes it. `bare` is httpx over httpx-aiohttp alone, as short as it can be written. Memory is
the peak of the resident set during the transfer, less what was resident right before it, when everything is imported and a first
small call has been made.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from httpx_aiohttp import HttpxAiohttpClient

from tests.benchmarks.memory import peak_bytes, resident_bytes
from topazdesk.app.resources import load_catalogue
from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import DownloadLink, SubmitRequest
from topazdesk.domain.services import ServiceName
from topazdesk.engine.part_writer import PartWriter
from topazdesk.services.topaz import TopazService


async def upload(service: TopazService, model: Model, path: Path) -> None:
    """A whole submit."""
    request = SubmitRequest(model, "bench.jpg", path, "", {}, None, FileFormat.JPEG)
    submitted = await service.submit(request, lambda _done, _total: None)
    if submitted.remote_id != "bench-1":
        raise RuntimeError(f"unexpected answer: {submitted}")


async def download(service: TopazService, url: str, path: Path) -> int:
    """The bytes written to `path`."""
    async with service.download(DownloadLink(url)) as stream, PartWriter(path, 0) as writer:
        async for chunk in stream:
            await writer.add(chunk)
        await writer.settle()
    return writer.written


async def bare_upload(client: HttpxAiohttpClient, path: Path) -> None:
    """The file as the body of one call, read in threads in pieces of the size that ours has."""

    async def pieces() -> AsyncIterator[bytes]:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, 4 * 1024 * 1024):
                yield piece

    size = (await asyncio.to_thread(path.stat)).st_size
    headers = {"Content-Length": str(size), "Content-Type": "image/jpeg"}
    (await client.post("/image/v1/enhance/async", content=pieces(), headers=headers)).raise_for_status()


async def bare_download(client: HttpxAiohttpClient, url: str, path: Path) -> int:
    """The bytes written to `path`, in threads."""
    written = 0
    with path.open("wb") as file:
        async with client.stream("GET", url) as response:
            async for chunk in response.aiter_raw(1024 * 1024):
                written += await asyncio.to_thread(file.write, chunk)
    return written


async def ours(what: str, root: str, path: Path, size: int) -> dict[str, float]:
    """Seconds and memory of one transfer."""
    service = TopazService(root, "bench-key", ServiceName.SANDBOX)
    # Read before the clock starts: the program has its catalogue long before it sends anything.
    model = load_catalogue()[0].find(ServiceName.SANDBOX, "Standard 2")
    try:
        small = path.with_name("small")
        await download(service, f"{root}/file?bytes=65536", small)
        await upload(service, model, small)
        before = resident_bytes()
        begun = time.perf_counter()
        if what == "upload":
            await upload(service, model, path)
        elif (done := await download(service, f"{root}/file?bytes={size}", path)) != size:
            raise RuntimeError(f"{done} of {size} bytes came")
        return {"seconds": time.perf_counter() - begun, "memory": max(0, peak_bytes() - before)}
    finally:
        await service.close()


async def bare(what: str, root: str, path: Path, size: int) -> dict[str, float]:
    """Seconds of the same."""
    async with HttpxAiohttpClient(base_url=root, timeout=60) as client:
        small = path.with_name("small")
        await bare_download(client, "/file?bytes=65536", small)
        await bare_upload(client, small)
        begun = time.perf_counter()
        if what == "upload":
            await bare_upload(client, path)
        elif (done := await bare_download(client, f"/file?bytes={size}", path)) != size:
            raise RuntimeError(f"{done} of {size} bytes came")
        return {"seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    side = ours if sys.argv[1] == "ours" else bare
    print(json.dumps(asyncio.run(side(sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5])))))
