"""The other end of `jobs`: the Topaz contract with work that takes no time, as fast as Python can answer.

Bare asyncio on purpose: the sandbox keeps books and renders pictures, and would be the slowest part. `python -m
tests.benchmarks.instant_service RESULT` prints its port; `GET /counts` tells how often each call was made.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

_NAME = b'filename="'


class Books:
    """What has been submitted, oldest first, and what has been asked."""

    def __init__(self, result: bytes, size: tuple[int, int]) -> None:
        self.result, self.size = result, size
        self.jobs: list[dict[str, object]] = []
        self.places: dict[str, int] = {}
        self.counts: Counter[str] = Counter()

    def submit(self, file_name: str) -> dict[str, object]:
        """A job that is finished as soon as it is known."""
        number = len(self.jobs)
        now = int(time.time())
        self.places[f"p-{number}"] = number
        self.jobs.append(
            {
                "process_id": f"p-{number}",
                "source_id": f"s-{number}",
                "filename": file_name,
                "status": "Completed",
                "progress": 100,
                "credits": 1,
                "creation_time": now,
                "modification_time": now,
                "eta": now,
                "model": "Standard V2",
                "output_width": self.size[0],
                "output_height": self.size[1],
                "output_format": "jpeg",
                "options_json": "{}",
            }
        )
        return {"process_id": f"p-{number}", "source_id": f"s-{number}", "eta": now}

    def page(self, cursor: str, limit: int) -> dict[str, object]:
        """Newest first."""
        end = int(cursor) if cursor else len(self.jobs)
        start = max(0, end - limit)
        paging: dict[str, object] = {"has_next_page": start > 0}
        if start:
            paging["next_cursor"] = str(start)
        return {"data": self.jobs[start:end][::-1], "pagination": paging}


class Exchange(asyncio.Protocol):
    """One connection; requests one after another."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._data += data
        while True:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if len(rest) < length:
                return
            self._data = rest[length:]
            method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            self._answer(method, target, rest[:length])

    def _answer(self, method: str, target: str, body: bytes) -> None:
        books, parts = self._books, urlsplit(target)
        path, kind = parts.path, "application/json"
        answer: object
        if method == "POST":
            word = "submit"
            name = body.partition(_NAME)[2].partition(b'"')[0]
            answer = books.submit(name.decode("latin-1"))
        elif path == "/image/v1/status":
            word = "list"
            query = parse_qs(parts.query)
            answer = books.page(query.get("cursor", [""])[0], int(query.get("limit", ["50"])[0]))
        elif path.startswith("/image/v1/status/"):
            word = "status"
            answer = books.jobs[books.places[path.rpartition("/")[2]]]
        elif path.startswith("/image/v1/download/"):
            word = "link"
            host = self._transport.get_extra_info("sockname")
            url = f"http://{host[0]}:{host[1]}/storage/{path.rpartition('/')[2]}?signature=x"
            answer = {"download_url": url, "head_url": url, "expiry": int(time.time()) + 3600}
        elif path.startswith("/storage/"):
            word, kind, answer = "result", "image/jpeg", books.result
        elif path == "/counts":
            word, answer = "counts", dict(books.counts)
        else:
            word, answer = "balance", {"available_credits": 10**6, "reserved_credits": 0, "total_credits": 10**6}
        books.counts[word] += 1
        out = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self._transport.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(out)}\r\n\r\n".encode() + out
        )


async def serve(books: Books) -> None:
    """Listen on a free port of the loopback, say which, and go on until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Exchange(books), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    width, height = map(int, sys.argv[2].split("x"))
    asyncio.run(serve(Books(Path(sys.argv[1]).read_bytes(), (width, height))))
