"""The line itself: slow is not silent, dripping is not answering, what came unasked is no answer, and each byte as it was given."""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import trustme

from tests.services.support import PATIENT, PROCESS, ignore, request, run
from tests.support.listening import Listening
from tests.support.servers import Reply, ScriptedServer
from topazdesk.domain.ports import DownloadLink
from topazdesk.errors import AccountError, NetworkError, TopazdeskError, UnknownOutcomeError
from topazdesk.services.http import Timeouts
from topazdesk.services.topaz import TopazService
from topazdesk.services.upload import PIECE

HINTS = b"HTTP/1.1 103 Early Hints\r\n\r\n"
BALANCE = b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"available_credits":7}'


class Line(Listening):
    """One connection after another, each closed at the end of `talk`."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.talk(reader, writer)
        finally:
            await asyncio.sleep(0)
            writer.close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class Slow(Line):
    """Sends `greeting` at once, takes `step` bytes of the body in each `pause_s`, then answers; `most` ends the taking for good."""

    def __init__(self, step: int, pause_s: float, most: int = 1 << 40, greeting: bytes = b"") -> None:
        super().__init__("slow-server")
        self._step, self._pause_s, self._most, self._greeting = step, pause_s, most, greeting

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(self._greeting)
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while length and self._most > 0:
            await asyncio.sleep(self._pause_s)
            taken = len(await reader.read(min(self._step, length)))
            length -= taken
            self._most -= taken
        if length:
            await asyncio.Event().wait()
        body = b'{"process_id": "%s"}' % PROCESS.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()


class Dripping(Line):
    """Sends `first`, then `drop` again and again."""

    def __init__(self, first: bytes, drop: bytes, pause_s: float = 0.02) -> None:
        super().__init__("dripping-server")
        self._first, self._drop, self._pause_s = first, drop, pause_s

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._first)
        while True:
            writer.write(self._drop)
            await writer.drain()
            await asyncio.sleep(self._pause_s)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.tif"
    path.write_bytes(bytes(12_000_000))
    return path


@pytest.mark.parametrize("greeting", [b"", HINTS], ids=["plain", "after an interim answer"])
def test_a_slow_line_is_not_a_silent_one(picture: Path, greeting: bytes) -> None:
    """The whole takes longer than any patience, each piece does not. An interim answer once started a limit on silence."""
    picture.write_bytes(bytes(45_000_000))  # much more than systems keep on the way
    patience = replace(PATIENT, write_s=2, read_after_upload_s=2)
    with Slow(1 << 20, 0.06, greeting=greeting) as server:
        begun = time.monotonic()
        assert run(server.url, lambda s: s.submit(request(picture), ignore), timeouts=patience).remote_id == PROCESS
    assert time.monotonic() - begun > 2.1


def test_a_line_is_given_little_at_a_time(picture: Path) -> None:
    """A whole MiB in the 90 s of a piece would need 93 kbit/s: slower lines passed for silent, each upload for doubtful."""
    seen: list[int] = []
    with ScriptedServer(Reply.of_json({"process_id": PROCESS})) as server:
        run(server, lambda s: s.submit(request(picture), lambda done, total: seen.append(done)))
    steps = [later - earlier for earlier, later in pairwise(seen)]
    assert max(steps) <= PIECE <= Timeouts().write_s * 24_000 / 8


def test_a_side_that_takes_no_more_ends_the_upload_and_leaves_it_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    path.write_bytes(bytes(40_000_000))  # more than systems keep
    with Slow(300_000, 0.0, most=1_000_000) as server, pytest.raises(UnknownOutcomeError) as caught:
        run(server.url, lambda s: s.submit(request(path), ignore), timeouts=replace(PATIENT, write_s=0.3))
    assert caught.value.handed_over is False


@pytest.mark.parametrize(
    ("reply", "handed_over"),
    [
        (Reply(reset_after_request=1_000_000), False),
        (Reply.of_json({"message": "boom"}, 502), True),
        (replace(Reply.of_json({"message": "boom"}, 502), early=True), False),
        (Reply(drop=True), True),
        (Reply(silent=True), True),
        (Reply.page(200), True),
    ],
)
def test_whether_the_whole_body_left_is_known(tmp_path: Path, reply: Reply, *, handed_over: bool) -> None:
    """Something between can deliver a whole request long after the connection broke; one cut short is no request."""
    path = tmp_path / "large.tif"
    path.write_bytes(bytes(40_000_000))
    with ScriptedServer(reply) as server, pytest.raises(UnknownOutcomeError) as caught:
        run(server, lambda s: s.submit(request(path), ignore))
    assert caught.value.handed_over is handed_over


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", HINTS),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["interim answers", "headers", "body", "chunks"],
)
def test_an_answer_that_drips_ends(first: bytes, drop: bytes) -> None:
    """Only silence ended a call: one byte a second held every job for ever."""
    with Dripping(first, drop) as server, pytest.raises(NetworkError) as caught:
        run(server.url, lambda s: s.balance(), timeouts=replace(PATIENT, whole_s=0.6))
    assert caught.value.code in ("network.silent", "network.broken")


def test_the_answer_to_an_upload_has_a_longer_patience_and_an_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    timeouts = replace(PATIENT, whole_s=0.1, read_after_upload_s=0.5)
    with Dripping(b"", HINTS) as server, pytest.raises(UnknownOutcomeError) as caught:
        run(server.url, lambda s: s.submit(request(path), ignore), timeouts=timeouts)
    assert caught.value.handed_over is True


def test_a_download_may_take_its_time() -> None:
    """Longer than a small answer may; only silence ends it."""

    async def use(service: TopazService) -> int:
        async with service.download(DownloadLink(f"{server.url}/r")) as download:
            return sum([len(chunk) async for chunk in download])

    first = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 60\r\n\r\n"
    with Dripping(first, b"x", 0.04) as server:
        assert run(server.url, use, timeouts=replace(PATIENT, whole_s=2.0)) == 60


def test_what_comes_unasked_on_a_waiting_connection_is_not_the_next_answer() -> None:
    """A forged answer sent behind a true one was taken for the answer to whatever was asked next."""

    class Forging(Line):
        connections = 0

        async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            forge = self.connections == 1
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(BALANCE)
                await writer.drain()
                if forge:
                    await asyncio.to_thread(answered.wait, 400)  # of threads: the server has a loop of its own
                    writer.write(BALANCE.replace(b":7}", b":9}"))
                    await writer.drain()
                    while _is_on_its_way(writer):  # noqa: ASYNC110 the system tells nobody
                        await asyncio.sleep(0.001)
                    forged.set()

    async def twice(service: TopazService) -> list[int]:
        first = (await service.balance()).available
        answered.set()
        await asyncio.to_thread(forged.wait, 400)
        await asyncio.sleep(0)  # it is in the socket: in its next turn the loop takes it in
        await asyncio.sleep(0)
        return [first, (await service.balance()).available]

    with Forging("forging-server") as server:
        answered, forged = threading.Event(), threading.Event()
        assert run(server.url, twice) == [7, 7]
        assert server.connections == 2


def _is_on_its_way(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side's system has not got all yet that was written. Where that cannot be told it has."""
    if sys.platform != "linux":
        return False
    import fcntl
    import termios

    left = fcntl.ioctl(writer.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    return left != bytes(4)


def test_a_signed_link_arrives_as_it_was_given() -> None:
    """Some storages sign the very bytes of an address; "%7E" and "%2F" that became "~" and "/" were refused."""
    target = "/a%7Eb%2Fc/r%28x%29.png?response-content-type=image%2Fpng&Signature=q%2BPP2g%3D~%7E%41;%3B"

    class Keeping(Line):
        seen = b""

        async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.seen = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            await writer.drain()

    async def use(service: TopazService) -> None:
        async with service.download(DownloadLink(server.url + target)) as download:
            assert [chunk async for chunk in download] == [b"x"]

    with Keeping("keeping-server") as server:
        run(server.url, use)
        assert server.seen.decode() == target


@pytest.mark.parametrize("method", ["cancel", "submit"])
def test_nothing_but_a_free_question_is_sent_twice(tmp_path: Path, method: str) -> None:
    """aiohttp sends what it takes for repeatable once more by itself; the second answer to a cancel is about the first."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x" * 10_000)

    async def use(service: TopazService) -> None:
        await service.balance()
        await (service.cancel(PROCESS) if method == "cancel" else service.submit(request(path), ignore))

    with ScriptedServer(Reply.of_json({"available_credits": 7}), Reply(drop=True)) as server:
        with pytest.raises(TopazdeskError):
            run(server, use)
        assert len(server.requests) == 2


def test_a_refusal_in_the_middle_of_an_upload_over_tls_is_heard(picture: Path) -> None:
    """One time in four it was lost: asyncio reads no more once a sending has failed."""
    authority = trustme.CA()
    tls, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(tls)
    authority.configure_trust(trust)
    reply = replace(Reply.of_json({"message": "Unauthorized"}, 401), early=True)
    for _ in range(12):
        with ScriptedServer(reply, tls=tls) as server, pytest.raises(AccountError):
            run(server, lambda s: s.submit(request(picture), ignore), trust=trust)
