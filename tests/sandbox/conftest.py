"""Fixtures of the sandbox's tests: real processes, a plain httpx client, and the few steps that all tests take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.pictures import encode
from tests.support.sandbox import RunningSandbox, sandbox, started

__all__ = ["sandbox"]

SMALL = encode(width=96, height=64)


class Client:
    """A client of one sandbox: `http` sends the key, the methods do what most tests begin with."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        self.http = httpx.Client(base_url=running.url, headers=running.headers, timeout=400)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def submit(
        self, endpoint: str = "enhance", *, image: bytes | None = SMALL, name: str = "tok.jpg", **fields: str
    ) -> httpx.Response:
        files = {"image": (name, image)} if image is not None else {"none": (None, "")}
        if endpoint == "enhance":
            fields.setdefault("model", "Standard V2")
        return self.http.post(f"/image/v1/{endpoint}/async", files=files, data=fields)

    def job(self, endpoint: str = "enhance", **fields: Any) -> str:
        """Process id of a submit that must succeed."""
        answer = self.submit(endpoint, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["process_id"])

    def status(self, process_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/image/v1/status/{process_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, process_id: str, *states: str) -> dict[str, Any]:
        """The status once it is one of `states` (default: finished). Each look is a request; there is nothing else to wait on."""
        wanted = states or ("Completed", "Failed", "Cancelled")
        end = time.monotonic() + 400
        while time.monotonic() < end:
            status = self.status(process_id)
            if status["status"] in wanted:
                return status
        raise AssertionError(f"still {status}")

    def done(self, endpoint: str = "enhance", **fields: Any) -> dict[str, Any]:
        """The status of a job that must complete."""
        status = self.wait(self.job(endpoint, **fields))
        assert status["status"] == "Completed", status
        return status

    def link(self, process_id: str, kind: str = "") -> dict[str, Any]:
        answer = self.http.get(f"/image/v1/download/{kind}{process_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def result(self, process_id: str) -> bytes:
        return httpx.get(self.link(process_id)["download_url"]).content

    def balance(self) -> dict[str, int]:
        found: dict[str, int] = self.http.get("/account/v1/credits/balance").json()
        return found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One sandbox for all tests that neither restart it nor look at the whole account or list."""
    with started(tmp_path_factory.mktemp("shared") / "sandbox") as running, Client(running) as client:
        yield client


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[Client]:
    """A client of a fresh sandbox of the test's own."""
    with Client(sandbox) as made:
        yield made


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of an error in the published shape."""
    body = answer.json()
    assert set(body) <= {"code", "message"}
    assert body.get("code", answer.status_code) == answer.status_code
    assert body["message"]
    return answer.status_code, body["message"]
