"""Our side of `transfer`, in a process of its own: `… upload|download URL FILE BYTES` prints seconds and memory as JSON.

The download is written as the engine writes it. Memory is the peak of the resident set during the transfer, less what was
resident right before it, when everything is imported and a first small call has been made.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from tests.benchmarks.memory import peak_bytes, resident_bytes
from topazdesk.app.resources import load_catalogue
from topazdesk.domain.catalogue import Model, ServiceName
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import DownloadLink, SubmitRequest
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


async def main(what: str, root: str, path: Path, size: int) -> None:
    """Do one transfer and print what it took."""
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
        seconds = time.perf_counter() - begun
    finally:
        await service.close()
    peak = peak_bytes()
    print(json.dumps({"seconds": seconds, "memory": max(0, peak - before)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
