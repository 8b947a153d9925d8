"""`python -m tests.support.first_start`: opens each database that it is told of, and says each time when it is ready for the next."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from topazdesk.engine.store import Store


async def main() -> None:
    print("ready", flush=True)
    while line := sys.stdin.readline():
        store = await Store.open(Path(line.rstrip("\n")))
        await store.load()
        await store.close()
        print("ready", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
