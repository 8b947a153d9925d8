"""`python -m tests.support.first_start DATABASE`: says that it is ready, and opens the database once it is told to."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from topazdesk.engine.store import Store


async def main(path: Path) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    store = await Store.open(path)
    await store.load()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
