"""Results behind signed links: bytes, places, breaks, and that no key goes there."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import Any

import pytest

from tests.services.support import CANARY, run
from tests.support.servers import Reply, ScriptedServer
from topazdesk.domain.ports import DownloadLink
from topazdesk.errors import BusyError, NetworkError, NotFoundError, ResultError, Retry, ServiceError, TopazdeskError
from topazdesk.services.topaz import TopazService

CONTENT = hashlib.sha256(b"result").digest() * 60_000  # 1.9 MB
SIGNED = "/bucket/result.png?X-Signature=s3cret-canary&X-Expires=3600"


def fetch(server: ScriptedServer, offset: int = 0) -> tuple[int, int | None, list[bytes]]:
    async def use(service: TopazService) -> tuple[int, int | None, list[bytes]]:
        async with service.download(DownloadLink(server.url + SIGNED), offset) as download:
            return download.offset, download.total, [chunk async for chunk in download]

    return run(server, use)


def error_of(reply: Reply, offset: int = 0) -> TopazdeskError:
    with ScriptedServer(reply) as server, pytest.raises(TopazdeskError) as caught:
        fetch(server, offset)
    assert "s3cret-canary" not in f"{caught.value.title}{caught.value.hint}{caught.value.details}{caught.value!r}"
    return caught.value


def test_every_byte_and_no_key() -> None:
    with ScriptedServer(Reply(200, CONTENT, {"Content-Type": "image/png"})) as server:
        offset, total, chunks = fetch(server)
    assert (offset, total) == (0, len(CONTENT))
    assert b"".join(chunks) == CONTENT
    assert all(len(chunk) >= 256 * 1024 for chunk in chunks[:-1])
    (seen,) = server.requests
    assert "x-api-key" not in seen.headers
    assert CANARY not in str(seen.headers)
    assert seen.headers["accept-encoding"] == "identity"
    assert "range" not in seen.headers


def test_pieces_of_announced_length() -> None:
    """Chunked transfer: the length is not known beforehand, and a missing end is a break."""
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (CONTENT[:700_001], CONTENT[700_001:]))
    headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    with ScriptedServer(Reply(200, chunked + b"0\r\n\r\n", headers)) as server:
        offset, total, chunks = fetch(server)
    assert (offset, total, b"".join(chunks)) == (0, None, CONTENT)
    assert isinstance(error_of(Reply(200, chunked, headers, close=True)), NetworkError)


def test_it_goes_on_in_the_middle() -> None:
    headers = {"Content-Range": f"bytes 1000000-{len(CONTENT) - 1}/{len(CONTENT)}"}
    with ScriptedServer(Reply(206, CONTENT[1_000_000:], headers)) as server:
        offset, total, chunks = fetch(server, 1_000_000)
    assert (offset, total) == (1_000_000, len(CONTENT))
    assert b"".join(chunks) == CONTENT[1_000_000:]
    assert server.requests[0].headers["range"] == "bytes=1000000-"


def test_storage_that_cannot_begin_in_the_middle_is_reported() -> None:
    with ScriptedServer(Reply(200, CONTENT)) as server:
        offset, total, chunks = fetch(server, 1_000_000)
    assert (offset, total, b"".join(chunks)) == (0, len(CONTENT), CONTENT)


@pytest.mark.parametrize("place", ["bytes 5-9/10", "nonsense", ""])
def test_another_place_than_asked_is_refused(place: str) -> None:
    error = error_of(Reply(206, b"12345", {"Content-Range": place}), offset=1000)
    assert isinstance(error, ResultError)
    assert error.retry is Retry.LATER


def test_a_part_that_is_too_long_is_fetched_anew() -> None:
    with ScriptedServer(Reply(416), Reply(200, CONTENT)) as server:
        offset, total, chunks = fetch(server, len(CONTENT) + 5)
    assert (offset, total, b"".join(chunks)) == (0, len(CONTENT), CONTENT)
    assert "range" not in server.requests[1].headers


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_link_that_has_run_out(status: int) -> None:
    error = error_of(Reply(status, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"}))
    assert isinstance(error, NotFoundError)
    assert error.code == "service.link_expired"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_storage(status: int) -> None:
    error = error_of(Reply(status, headers={"Retry-After": "9"}))
    assert isinstance(error, BusyError)
    assert (error.retry, error.retry_after_s) == (Retry.LATER, 9)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, CONTENT, reset_after=0),
        Reply(200, CONTENT, reset_after=700_000),
        Reply(200, CONTENT, close_after=len(CONTENT) - 1),
        Reply(200, CONTENT, pause_after=600_000),
        Reply(silent=True),
        Reply(drop=True),
    ],
)
def test_a_broken_download_is_never_a_whole_one(reply: Reply) -> None:
    error = error_of(reply)
    assert isinstance(error, NetworkError)
    assert error.retry is Retry.LATER


def test_what_came_before_the_break_is_kept() -> None:
    got: list[bytes] = []

    async def use(service: TopazService) -> None:
        async with service.download(DownloadLink(server.url + SIGNED)) as download:
            async for chunk in download:
                got.append(chunk)  # noqa: PERF401 (the chunks before the break must stay)

    with ScriptedServer(Reply(200, CONTENT, close_after=1_500_000)) as server, pytest.raises(NetworkError):
        run(server, use)
    assert b"".join(got) == CONTENT[:1_500_000]


def test_downloads_of_this_computer_share_a_connection_and_replace_one_that_died() -> None:
    async def often(service: TopazService) -> list[bytes]:
        got = []
        for _ in range(4):
            async with service.download(DownloadLink(server.url + SIGNED)) as download:
                got.append(b"".join([chunk async for chunk in download]))
        return got

    good, last = Reply(200, CONTENT), Reply(200, CONTENT, {"Connection": "close"})
    with ScriptedServer(good, Reply(drop=True), last, good) as server:
        assert run(server, often) == [CONTENT] * 4
    assert [seen.connection for seen in server.requests] == [1, 1, 2, 3, 3]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("offset", [0, 1000])
def test_what_is_longer_than_a_result_can_be_is_stopped(*, announced: bool, offset: int) -> None:
    """Ten terabytes were believed: the disk was full before anybody looked at the picture."""
    rest = CONTENT[offset:]
    headers = (
        {"Content-Range": f"bytes {offset}-{len(CONTENT) - 1}/{len(CONTENT) if announced else '*'}"} if offset else {}
    )
    if not announced:
        rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(rest), rest)
        headers |= {"Transfer-Encoding": "chunked", "Content-Length": ""}
    taken = 0

    async def use(service: TopazService, most: int) -> None:
        nonlocal taken
        async with service.download(DownloadLink(server.url + SIGNED), offset, most) as download:
            taken = download.offset
            async for chunk in download:
                taken += len(chunk)

    with ScriptedServer(Reply(206 if offset else 200, rest, headers)) as server:
        with pytest.raises(ResultError) as caught:
            run(server, lambda s: use(s, 1_000_000))
        assert caught.value.code == "result.too_long"
        assert taken <= 1_000_000
        run(server, lambda s: use(s, len(CONTENT)))
        assert taken == len(CONTENT)


PACKED = {"gzip": gzip.compress(CONTENT), "x-gzip": gzip.compress(CONTENT), "deflate": zlib.compress(CONTENT)}


@pytest.mark.parametrize("word", PACKED)
@pytest.mark.parametrize("offset", [0, 1_000_000])
def test_what_a_proxy_packed_is_unpacked(word: str, offset: int) -> None:
    """It was kept packed, and refused as no picture, at each new try."""
    with ScriptedServer(Reply(200, PACKED[word], {"Content-Encoding": word})) as server:
        start, total, chunks = fetch(server, offset)
    assert (start, total, b"".join(chunks)) == (0, None, CONTENT)


def test_a_range_of_packed_bytes_is_not_gone_on_with() -> None:
    packed = PACKED["gzip"]
    headers = {"Content-Encoding": "gzip", "Content-Range": f"bytes 1000-{len(packed) - 1}/{len(packed)}"}
    whole = Reply(200, packed, {"Content-Encoding": "gzip"})
    with ScriptedServer(Reply(206, packed[1000:], headers), whole) as server:
        start, total, chunks = fetch(server, 1000)
    assert (start, total, b"".join(chunks)) == (0, None, CONTENT)
    assert "range" not in server.requests[1].headers


@pytest.mark.parametrize("word", ["identity", "aws-chunked", "gzip", "deflate"])
def test_what_only_claims_to_be_packed_is_taken_as_it_is(word: str) -> None:
    with ScriptedServer(Reply(200, b"\x89PNG" + CONTENT, {"Content-Encoding": word})) as server:
        assert b"".join(fetch(server)[2]) == b"\x89PNG" + CONTENT


def test_parts_that_are_packed_one_by_one() -> None:
    both = gzip.compress(CONTENT[:700_000]) + gzip.compress(CONTENT[700_000:])
    with ScriptedServer(Reply(200, both, {"Content-Encoding": "gzip"})) as server:
        assert b"".join(fetch(server)[2]) == CONTENT


def test_packed_bytes_without_their_end_are_a_break() -> None:
    error = error_of(Reply(200, PACKED["gzip"][:-9], {"Content-Encoding": "gzip"}))
    assert isinstance(error, NetworkError)
    assert error.retry is Retry.LATER


@pytest.mark.parametrize("word", ["br", "zstd", "gzip, br"])
def test_packed_so_that_nothing_can_unpack_it(word: str) -> None:
    error = error_of(Reply(200, b"packed", {"Content-Encoding": word}))
    assert (error.code, error.retry) == ("result.packed", Retry.LATER)
    assert word in error.details


def test_damaged_packed_bytes_are_no_result() -> None:
    packed = bytearray(PACKED["gzip"])
    packed[40:60] = b"\xff" * 20
    assert error_of(Reply(200, bytes(packed), {"Content-Encoding": "gzip"})).code == "result.packed"


def test_a_few_bytes_that_unpack_to_gigabytes_are_stopped() -> None:
    taken = 0

    async def use(service: TopazService) -> None:
        nonlocal taken
        async with service.download(DownloadLink(server.url + SIGNED), 0, 1_000_000) as download:
            async for chunk in download:
                taken += len(chunk)

    with (
        ScriptedServer(Reply(200, gzip.compress(bytes(300_000_000), 1), {"Content-Encoding": "gzip"})) as server,
        pytest.raises(ResultError) as caught,
    ):
        run(server, use)
    assert caught.value.code == "result.too_long"
    assert taken <= 1_000_000


def test_a_web_page_is_no_result() -> None:
    assert error_of(Reply.page()).code == "service.web_page"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_storage_that_sends_us_on_is_followed(status: int) -> None:
    """S3 answers so while a bucket moves: the result waited until its link had run out."""
    rest = CONTENT[1_000_000:]
    headers = {"Content-Range": f"bytes 1000000-{len(CONTENT) - 1}/{len(CONTENT)}"}
    with ScriptedServer(Reply(206, rest, headers)) as storage:
        moved = Reply(status, headers={"Location": f"{storage.url}/moved?X-Signature=s3cret-canary"})
        with ScriptedServer(moved) as server:
            offset, total, chunks = fetch(server, 1_000_000)
    assert (offset, total, b"".join(chunks)) == (1_000_000, len(CONTENT), rest)
    (seen,) = storage.requests
    assert (seen.path, seen.query, seen.headers["range"]) == (
        "/moved",
        {"X-Signature": ["s3cret-canary"]},
        "bytes=1000000-",
    )
    assert CANARY not in str(seen.headers)


def test_a_storage_that_sends_on_within_itself_or_for_ever() -> None:
    with ScriptedServer(Reply(302, headers={"Location": "there"}), Reply(200, CONTENT)) as server:
        assert b"".join(fetch(server)[2]) == CONTENT
    assert server.requests[1].path == "/bucket/there"
    with ScriptedServer(Reply(302, headers={"Location": "round"})) as server, pytest.raises(ServiceError) as caught:
        fetch(server)
    assert (caught.value.code, len(server.requests)) == ("service.redirected", 5)


@pytest.mark.parametrize("where", ["http://elsewhere.example/x", "file:///etc/passwd", "http://[::1", ""])
def test_a_place_that_is_not_secure_is_not_followed(where: str) -> None:
    error = error_of(Reply(302, headers={"Location": where}))
    assert (error.code, error.retry) == ("service.redirected", Retry.LATER)


@pytest.mark.parametrize("link", ["http://storage.example/x", "ftp://127.0.0.1/x", "", "http://[::1", "/relative"])
def test_links_that_are_not_secure(link: str) -> None:
    async def use(service: TopazService) -> Any:
        async with service.download(DownloadLink(link)):
            raise AssertionError

    with ScriptedServer(Reply()) as server, pytest.raises(ServiceError) as caught:
        run(server, use)
    assert caught.value.code == "service.link_insecure"
    assert server.requests == []
