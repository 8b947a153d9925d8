"""Both sides of `jobs`, each in a process of its own: `… ours|bare URL FOLDER COUNT LISTS` prints its figures as JSON.

`ours` is the engine as the program has it: real files, real database, every result decoded in full. `bare` is httpx over
httpx-aiohttp alone: the same submits, status pages (LISTS of them), links and downloads, with as many at once, and nothing
written down.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from httpx_aiohttp import HttpxAiohttpClient

from tests.benchmarks.memory import peak_bytes, resident_bytes
from topazdesk.app.resources import load_catalogue
from topazdesk.domain.account import Account
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import MetadataChoice, MetadataMode
from topazdesk.domain.ports import Draft, Service
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import EventHub
from topazdesk.engine.store import Store
from topazdesk.media.picture_files import PictureFiles
from topazdesk.services.topaz import TopazService

_BEAT_S = 0.002
#: As many workers as the engine has uploads and downloads at once.
_WORKERS = 10


class OneService:
    """The service under measurement."""

    def __init__(self, url: str) -> None:
        self.client = TopazService(url, "bench-key", ServiceName.TOPAZ)

    async def get(self, account: Account) -> Service:
        """The same for every name."""
        return self.client


class Heart:
    """Beats on the event loop and notes how late each beat was, in seconds."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(_BEAT_S)
            self.late.append(time.perf_counter() - begun - _BEAT_S)


def drafts_of(folder: Path, count: int) -> list[Draft]:
    """Priced drafts of the pictures in `folder`."""
    catalogue, _ = load_catalogue()
    model = catalogue.find(ServiceName.TOPAZ, "Standard 2")
    output = OutputOptions(OutputSize.scale(2.0), FileFormat.JPEG, folder=str(folder / "out"))
    recipe = Recipe.of(ServiceName.TOPAZ, model.slug, {}, output)
    pictures = PictureFiles()
    return [draft(pictures.probe(folder / "in" / f"{n}.jpg"), model, recipe) for n in range(count)]


async def ours(url: str, folder: Path, count: int) -> dict[str, float]:
    """Enqueue all, wait until all are done."""
    drafts = drafts_of(folder, count)
    source = OneService(url)
    store = await Store.open(folder / "profile" / "jobs.sqlite3")
    catalogue, _ = load_catalogue()
    engine = Engine(
        store=store,
        services=source,
        # What it is compared with keeps the bytes as they come, too.
        pictures=PictureFiles(metadata=lambda: MetadataChoice(MetadataMode.OFF)),
        catalogue=catalogue,
        folder=folder / "profile",
        clock=SystemClock(),
        events=EventHub(),
    )
    await engine.start()
    (warm,) = await engine.enqueue(drafts[:1])  # what is loaded and connected once is not what is measured
    await engine.idle()
    gc.collect()
    gc.freeze()  # as the window does when it has started: what was imported is not looked at again
    before = resident_bytes()
    heart = Heart()
    beating = asyncio.create_task(heart.beat(), name="heart")
    begun, worked = time.perf_counter(), time.process_time()
    await engine.enqueue(drafts)
    await engine.idle()
    seconds, processor = time.perf_counter() - begun, time.process_time() - worked
    beating.cancel()
    peak = peak_bytes()
    done = sum(1 for job in engine.jobs() if job.state.value == "done" and job.id != warm.id)
    await engine.close()
    await source.client.close()
    await store.close()
    late = sorted(heart.late)
    return {
        "seconds": seconds,
        "processor": processor,
        "done": done,
        "memory": max(0, peak - before),
        "p99": late[int(len(late) * 0.99)],
        "worst": late[-1],
    }


async def bare(url: str, folder: Path, count: int, lists: int) -> dict[str, float]:
    """The same calls, as short as they can be written."""
    out = folder / "bare"
    await asyncio.to_thread(out.mkdir)
    numbers = iter(range(count))
    every = max(1, count // max(1, lists))
    async with HttpxAiohttpClient(base_url=url, headers={"X-API-Key": "bench-key"}, timeout=60) as client:

        async def work() -> None:
            for number in numbers:
                data = await asyncio.to_thread((folder / "in" / f"{number}.jpg").read_bytes)
                fields = {"model": "Standard V2", "output_format": "jpeg", "output_width": "128", "output_height": "96"}
                taken = await client.post(
                    "/image/v1/enhance/async", data=fields, files={"image": (f"bare-{number}.jpg", data)}
                )
                process = taken.json()["process_id"]
                if number % every == 0:
                    (await client.get("/image/v1/status", params={"paginated": "true", "limit": "100"})).json()
                link = (await client.get(f"/image/v1/download/{process}")).json()["download_url"]
                result = await client.get(link)
                await asyncio.to_thread((out / f"{number}.jpg").write_bytes, result.content)

        begun, worked = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(_WORKERS)))
        return {"seconds": time.perf_counter() - begun, "processor": time.process_time() - worked}


if __name__ == "__main__":
    what, address, place, amount, pages = sys.argv[1:6]
    if what == "ours":
        told = asyncio.run(ours(address, Path(place), int(amount)))
    else:
        told = asyncio.run(bare(address, Path(place), int(amount), int(pages)))
    print(json.dumps(told))
