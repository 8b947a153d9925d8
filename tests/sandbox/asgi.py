"""The sandbox's application without a socket: a request as ASGI sees it, its answer, and every exception that came through.

A real process answers 500 to what breaks it; here the exception itself comes out, and thousands of requests take seconds.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect

from tests.support.sandbox import CATALOGUE_DIR
from topazdesk.sandbox import app, ledger
from topazdesk.sandbox.context import Sandbox
from topazdesk.sandbox.database import Database
from topazdesk.sandbox.links import Signer
from topazdesk.sandbox.models import load_models
from topazdesk.sandbox.runflow_input import load_runflow
from topazdesk.sandbox.scenario import Scenario
from topazdesk.sandbox.state import StateFolder
from topazdesk.sandbox.timing import Pace
from topazdesk.sandbox.work import Workshop

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Request:
    """One request; `path` is decoded, as ASGI has it. The body comes in `pieces`; with `is_cut` the client then leaves."""

    method: str
    path: str
    query: bytes = b""
    headers: Headers = ()
    pieces: Sequence[bytes] = (b"",)
    is_cut: bool = False


@dataclass(frozen=True)
class Answer:
    """Status 0: the client had left and nothing was answered."""

    status: int
    headers: Headers
    body: bytes


class SandboxApp:
    """The application over a state folder of its own. Jobs are booked and never begin: no pixels are made here."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.state = StateFolder.open(folder)
        self.database = Database(self.state.database)
        self.sandbox = Sandbox(
            state=self.state,
            database=self.database,
            models=load_models([CATALOGUE_DIR]),
            runflow=load_runflow([CATALOGUE_DIR]),
            pace=Pace(1e-6),
            scenario=Scenario(None),
            signer=Signer(self.state.signing_key),
            workshop=Workshop(self.state, self.database),
        )
        self.run(self.database.run(ledger.open_account, 10**12, time.time()))
        self.app = app.build(self.sandbox)

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.sandbox.workshop.close())
        self.database.close()
        self.state.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def key(self) -> list[tuple[bytes, bytes]]:
        key = self.state.api_key.encode()
        return [(b"x-api-key", key), (b"authorization", b"Bearer " + key)]

    def ask(self, request: Request) -> Answer:
        """The answer. Whatever the application raises comes out, but for the client's own leaving."""
        return self.run(self._ask(request))

    async def _ask(self, request: Request) -> Answer:
        left = list(request.pieces)
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if left:
                body = left.pop(0)
                return {"type": "http.request", "body": body, "more_body": bool(left) or request.is_cut}
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "raw_path": b"",
            "root_path": "",
            "query_string": request.query,
            "headers": [(b"host", b"127.0.0.1:1"), *request.headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 1),
        }
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            return Answer(0, (), b"")
        starts = [message for message in sent if message["type"] == "http.response.start"]
        body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        return Answer(starts[0]["status"], tuple(starts[0]["headers"]), body) if starts else Answer(0, (), b"")

    def submitted(self, picture: bytes) -> tuple[str, str]:
        """Process id and source id of a booked job, completed at once with `picture` as its result."""
        boundary = b"x"
        body = (
            b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
            + picture
            + b"\r\n--x--\r\n"
        )
        headers = [*self.key(), (b"content-type", b"multipart/form-data; boundary=" + boundary)]
        answer = self.ask(Request("POST", "/image/v1/enhance/async", headers=headers, pieces=[body]))
        assert answer.status == 200, answer.body
        made = json.loads(answer.body)
        return made["process_id"], made["source_id"]
