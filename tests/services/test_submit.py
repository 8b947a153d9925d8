"""Paid submits over real sockets: what goes out, and how certain each failure is."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.support import FACES, PROCESS, RECOVER, SOURCE, STANDARD, ignore, request, run
from tests.support.servers import Reply, ScriptedServer, unheard_port
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    AccountError,
    BusyError,
    CreditError,
    InputError,
    NetworkError,
    NotFoundError,
    RejectedError,
    Retry,
    TopazdeskError,
    UnknownOutcomeError,
)
from topazdesk.services.topaz import TopazService

TAKEN = Reply.of_json({"process_id": PROCESS, "source_id": SOURCE, "eta": 1_800_000_000})


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "Grandma's secret holiday.jpg"
    path.write_bytes(bytes(range(256)) * 12_000)  # 3 MB: more than one piece
    return path


def failing(reply: Reply, picture: Path) -> TopazdeskError:
    """The error of a submit that meets `reply`; makes sure that there was exactly one request."""
    with ScriptedServer(reply) as server:
        with pytest.raises(TopazdeskError) as caught:
            run(server, lambda s: s.submit(request(picture), ignore))
        assert len(server.requests) == 1
    return caught.value


def test_fields_and_file(picture: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    settings = {
        "face_enhancement": True,
        "sharpen": 0.25,
        "creativity": 3.0,
        "prompt": "größer – 猫\ud800",
        "detail": False,
    }
    with ScriptedServer(TAKEN) as server:
        wanted = request(picture, model=RECOVER, settings=settings, format=FileFormat.PNG, crop_to_fill=True)
        got = run(server, lambda s: s.submit(wanted, lambda done, total: heard.append((done, total))))
    assert (got.remote_id, got.source_id, got.eta) == (PROCESS, SOURCE, 1_800_000_000)
    (seen,) = server.requests
    assert (seen.method, seen.path) == ("POST", "/image/v1/enhance-gen/async")
    assert seen.headers["x-api-key"]
    parts = seen.parts()
    file_name, kind, content = parts.pop("image")
    assert (file_name, kind) == ("td-0123456789abcdef.jpg", "image/jpeg")
    assert content == picture.read_bytes()
    assert {name: content.decode() for name, (_, _, content) in parts.items()} == {
        "model": "Recover 3",
        "output_format": "png",
        "output_width": "6000",
        "output_height": "4000",
        "crop_to_fill": "true",
        "face_enhancement": "true",
        "sharpen": "0.25",
        "creativity": "3",
        "prompt": "größer – 猫?",
        "detail": "false",
    }
    assert b"Grandma" not in seen.body
    assert heard[-1] == (seen.length, seen.length)
    assert heard == sorted(heard)
    assert len(heard) >= 4


def test_a_source_already_there_needs_no_file() -> None:
    with ScriptedServer(TAKEN) as server:
        run(server, lambda s: s.submit(request(None, SOURCE, model=FACES, size=None), ignore))
    parts = server.requests[0].parts()
    assert {name: content.decode() for name, (_, _, content) in parts.items()} == {
        "model": "Faces",
        "output_format": "jpeg",
        "source_id": SOURCE,
    }


def test_every_byte_of_a_large_file_arrives(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    block = hashlib.sha256(b"seed").digest() * 32_768  # 1 MiB
    path.write_bytes(block * 11 + b"odd end")
    with ScriptedServer(TAKEN) as server:
        run(server, lambda s: s.submit(request(path), ignore))
    (seen,) = server.requests
    assert seen.length == int(seen.headers["content-length"])
    assert seen.length > path.stat().st_size


def test_each_submit_has_a_fresh_connection(picture: Path) -> None:
    """A pooled connection that the server has just closed would leave it open whether the job arrived."""

    async def twice(service: object) -> None:
        await service.submit(request(picture), ignore)  # type: ignore[attr-defined]
        await service.submit(request(picture), ignore)  # type: ignore[attr-defined]

    with ScriptedServer(TAKEN) as server:
        run(server, twice)
        assert [seen.connection for seen in server.requests] == [1, 2]


@pytest.mark.parametrize(
    ("status", "kind", "code", "retry"),
    [
        (400, RejectedError, "service.bad_request", Retry.NEVER),
        (401, AccountError, "account.key_refused", Retry.NEVER),
        (402, CreditError, "account.credits", Retry.NEVER),
        (403, AccountError, "account.forbidden", Retry.NEVER),
        (404, RejectedError, "service.refused", Retry.NEVER),
        (409, RejectedError, "service.refused", Retry.NEVER),
        (412, AccountError, "account.subscription", Retry.NEVER),
        (413, RejectedError, "service.too_large", Retry.NEVER),
        (415, RejectedError, "service.unreadable_picture", Retry.NEVER),
        (418, RejectedError, "service.refused", Retry.NEVER),
        (422, RejectedError, "service.unprocessable", Retry.NEVER),
        (425, CreditError, "account.top_up", Retry.LATER),
        (429, BusyError, "service.rate_limit", Retry.LATER),
    ],
)
def test_a_refusal_is_certain_and_free(
    picture: Path, status: int, kind: type[TopazdeskError], code: str, retry: Retry
) -> None:
    error = failing(Reply.of_json({"code": status, "message": "Invalid output height."}, status), picture)
    assert type(error) is kind
    assert not isinstance(error, NotFoundError)
    assert (error.code, error.retry) == (code, retry)
    assert "Nothing was charged." in error.hint
    assert str(status) not in error.title
    assert f"HTTP {status}: Invalid output height." in error.details


@pytest.mark.parametrize(
    ("status", "message", "is_about_the_model"),
    [
        (400, "Invalid model: Standard V2.", True),
        (400, "model must be one of Standard V3, CGI", True),
        (422, "The model 'Standard V2' has been deprecated. Use Standard V3.", True),
        (404, "Model Standard V2 not found", True),
        (400, "sharpen is not supported by this model", False),
        (400, "Invalid subject_detection for model Standard V2: it must be one of all, foreground.", False),
        (413, "The image is too large for model Standard V2", False),
    ],
)
def test_a_retired_model_is_told_as_one(picture: Path, status: int, message: str, *, is_about_the_model: bool) -> None:
    gone = replace(request(picture), model=replace(STANDARD, replacement="Standard 3"))
    with ScriptedServer(Reply.of_json({"code": status, "message": message}, status)) as server:
        with pytest.raises(RejectedError) as caught:
            run(server, lambda s: s.submit(gone, ignore))
        error = caught.value
    assert (error.code == "service.model_unavailable") is is_about_the_model
    assert "Nothing was charged." in error.hint
    assert message in error.details
    if is_about_the_model:
        assert error.title == "Topaz does not offer Standard 2 any more, or not right now"
        assert error.hint.startswith("Standard 3 takes its place. Topaz says: “")


def test_the_wish_to_slow_down_is_passed_on(picture: Path) -> None:
    error = failing(Reply.of_json({"message": "Too Many Requests"}, 429, Retry_After="17"), picture)
    assert error.retry_after_s == 17


@pytest.mark.parametrize(
    "reply",
    [
        Reply(reset_after_request=0),
        Reply(reset_after_request=1),
        Reply(reset_after_request=2_000_000),
        Reply(drop=True),
        Reply(silent=True),
        Reply.of_json({"message": "boom"}, 500),
        Reply.of_json({"message": "bad gateway"}, 502),
        Reply.of_json({"message": "try later"}, 503, Retry_After="5"),
        Reply.page(504),
        Reply.of_json({"message": "request timeout"}, 408),
        Reply(500, b"not gzip at all", {"Content-Encoding": "gzip"}),
        Reply(200, b"not gzip at all", {"Content-Encoding": "gzip"}),
        Reply.page(200),
        Reply(200, b"{not json", {"Content-Type": "application/json"}),
        Reply(200, b""),
        Reply.of_json(["a", "list"]),
        Reply.of_json({"process_id": 17}),
        Reply.of_json({"eta": 5}),
        Reply(200, b'{"process_id": "' + b"x" * 90, reset_after=20),
        Reply(302, headers={"Location": "https://portal.example/login"}),
        Reply(303, headers={"Location": "/somewhere"}),
    ],
    ids=lambda r: f"{r.status}-{r.body[:12]!r}-{r.reset_after_request}-{r.drop}-{r.silent}",
)
def test_anything_else_leaves_it_open(picture: Path, reply: Reply) -> None:
    error = failing(reply, picture)
    assert type(error) is UnknownOutcomeError
    assert error.retry is Retry.ASK
    assert error.title == "Topaz did not confirm the job"
    assert error.details


def test_a_broken_upload_says_how_far_it_got(picture: Path) -> None:
    error = failing(Reply(reset_after_request=1_000_000), picture)
    assert isinstance(error, UnknownOutcomeError)
    assert "bytes were handed to the connection" in error.details


def test_headers_name_the_job_when_the_body_is_lost(picture: Path) -> None:
    """The head of the answer repeats the ids: with it a torn body is no doubt at all."""
    headers = {"X-Process-ID": PROCESS, "X-Source-ID": SOURCE, "X-ETA": "1800000000", "Content-Length": "500"}
    with ScriptedServer(Reply(200, b'{"process_id": "d7b3', headers, reset_after=20)) as server:
        got = run(server, lambda s: s.submit(request(picture), ignore))
    assert (got.remote_id, got.source_id, got.eta) == (PROCESS, SOURCE, 1_800_000_000)


@pytest.mark.parametrize("size", [200_000, 40_000_000])
def test_a_refusal_in_the_middle_of_the_upload_is_heard(tmp_path: Path, size: int) -> None:
    """Services refuse a wrong key at once and hang up; with the answer unread that was a doubtful job."""
    path = tmp_path / "large.tif"
    path.write_bytes(bytes(size))
    reply = Reply.of_json({"message": "Unauthorized"}, 401)
    error = failing(replace(reply, early=True), path)
    assert isinstance(error, AccountError)
    assert error.code == "account.key_refused"


@pytest.mark.parametrize(
    "interim",
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"],
)
def test_an_interim_answer_is_no_reason_to_stop(tmp_path: Path, interim: bytes) -> None:
    """100 or 103 in the middle of the upload ended the sending; the job was then in doubt after minutes of silence."""
    path = tmp_path / "large.png"
    path.write_bytes(bytes(20_000_000))
    with ScriptedServer(replace(TAKEN, interim=interim)) as server:
        assert run(server, lambda s: s.submit(request(path), ignore)).remote_id == PROCESS
    assert server.requests[0].length > 20_000_000


def test_a_cancelled_submit_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    path.write_bytes(bytes(30_000_000))

    async def use(service: TopazService) -> None:
        under_way = asyncio.Event()
        task = asyncio.create_task(service.submit(request(path), lambda done, total: under_way.set()))
        await under_way.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with ScriptedServer(Reply(silent=True)) as server:
        run(server, use)
    for thread in threading.enumerate():
        if thread.name.startswith("topazdesk-upload"):
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.parametrize("status", [301, 307, 308])
def test_sent_elsewhere_means_not_taken(picture: Path, status: int) -> None:
    error = failing(Reply(status, headers={"Location": "https://elsewhere.example/image/v1"}), picture)
    assert isinstance(error, RejectedError)
    assert "elsewhere.example" in error.hint


def test_nothing_listens() -> None:
    with unheard_port() as port, pytest.raises(NetworkError) as caught:
        run(f"http://127.0.0.1:{port}", lambda s: s.submit(request(None, SOURCE), ignore))
    assert (caught.value.sent, caught.value.code) == (False, "network.refused")
    assert caught.value.title == "Topaz can't be reached"


def test_no_such_name() -> None:
    with pytest.raises(NetworkError) as caught:
        run("https://no-such-host.invalid", lambda s: s.submit(request(None, SOURCE), ignore))
    assert caught.value.sent is False


def test_a_file_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    with ScriptedServer(TAKEN) as server:
        with pytest.raises(InputError) as caught:
            run(server, lambda s: s.submit(request(tmp_path / "gone.jpg"), ignore))
        assert server.requests == []
    assert caught.value.code == "input.unreadable"


def test_a_file_that_gets_shorter_meanwhile(picture: Path) -> None:
    """Part of it is out already: only the service can tell what it made of that."""
    size = picture.stat().st_size

    def shorten(done: int, total: int | None) -> None:
        with picture.open("r+b") as file:
            file.truncate(size // 2)

    picture.write_bytes(b"x" * 12_000_000)
    with ScriptedServer(TAKEN) as server, pytest.raises(UnknownOutcomeError) as caught:
        run(server, lambda s: s.submit(request(picture), shorten))
    assert "The picture changed while it was sent" in caught.value.details


def test_a_file_that_is_written_into_while_it_is_sent(picture: Path) -> None:
    """Its end never leaves, so no service takes it: half of one picture and half of another was sent, and paid."""
    picture.write_bytes(b"x" * 12_000_000)

    def write(done: int, total: int | None) -> None:
        with picture.open("r+b") as file:
            file.seek(-9, 2)
            file.write(b"my secret")
        os.utime(picture, ns=(1, 1))  # whatever the clock of the disk shows

    with ScriptedServer(TAKEN) as server, pytest.raises(UnknownOutcomeError) as caught:
        run(server, lambda s: s.submit(request(picture), write))
    assert not caught.value.handed_over
    assert "it was written to" in caught.value.details
    assert not any(b"my secret" in each.body for each in server.requests)


def test_both_or_no_source_is_a_bug(picture: Path) -> None:
    with ScriptedServer(TAKEN) as server:
        for bad in (request(picture, SOURCE), request()):
            with pytest.raises(ValueError, match="exactly one"):
                run(server, lambda s, bad=bad: s.submit(bad, ignore))  # type: ignore[misc]
        assert server.requests == []


def test_the_sandbox_is_called_by_its_name(picture: Path) -> None:
    reply = Reply.of_json({"message": "Unauthorized"}, 401)
    with ScriptedServer(reply) as server, pytest.raises(AccountError) as caught:
        run(server, lambda s: s.submit(request(picture), ignore), name=ServiceName.SANDBOX)
    assert caught.value.title == "The sandbox rejected this key"
