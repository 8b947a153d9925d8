"""The key goes to the service's own origin and nowhere else: no other host, no log, no text of an error."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.services.support import CANARY, PROCESS, SHORT, ignore, request, run
from tests.support.servers import Reply, ScriptedServer
from topazdesk.domain.ports import DownloadLink
from topazdesk.errors import AccountError, NetworkError, ServiceError, TopazdeskError, UseError
from topazdesk.services.secret import Secret
from topazdesk.services.topaz import TopazService

LINK_SECRET = "signature-canary-77ab"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.topazlabs.com",
        "http://192.168.1.7:8080",
        "http://localhost.evil.example",
        "ftp://api.topazlabs.com",
        "api.topazlabs.com",
        "",
        "https://",
        "https://user:pass@api.topazlabs.com",
        "https://api.topazlabs.com?x=1",
        "https://exa mple.com",
        "http://[::1",
        "https://api..topazlabs.com",  # was an unforeseen error, and each submit a doubtful job that never left
        "https://.topazlabs.com",
        f"https://{'a' * 64}.com",
    ],
)
def test_addresses_that_must_not_be_used(url: str) -> None:
    with pytest.raises(UseError) as caught:
        TopazService(url, CANARY)
    assert caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://api.topazlabs.com/",
        "http://127.0.0.1:9",
        "http://localhost:9/proxy/",
        "http://[::1]:9",
        "http://127.9.9.9:1",
        "https://api.topazlabs.com.",
        f"https://{'a' * 63}.example",
        "https://[2001:db8::1]:8443",
        "https://bücher.example",
    ],
)
def test_addresses_that_may_be_used(url: str) -> None:
    assert CANARY not in repr(TopazService(url, CANARY))


def test_a_root_below_a_path() -> None:
    with ScriptedServer(Reply.of_json({"available_credits": 1})) as server:
        run(server.url + "/through/proxy/", lambda s: s.balance())
    assert server.requests[0].path == "/through/proxy/account/v1/credits/balance"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed_and_the_reason_is_said(status: int) -> None:
    with ScriptedServer(Reply.of_json({"available_credits": 1})) as other:
        reply = Reply(status, headers={"Location": other.url.replace("127.0.0.1", "localhost") + "/steal"})
        with ScriptedServer(reply) as server, pytest.raises(ServiceError) as caught:
            run(server, lambda s: s.balance())
        assert other.requests == []
    assert "another host (localhost)" in caught.value.hint


def test_a_redirect_to_plain_http_is_said(authority: trustme.CA) -> None:
    reply = Reply(301, headers={"Location": "http://localhost/image/v1"})
    with ScriptedServer(reply, tls=server_context(authority)) as server, pytest.raises(ServiceError) as caught:
        run(server, lambda s: s.balance(), trust=trusting(authority))
    assert "plain http" in caught.value.hint


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_over_tls(authority: trustme.CA, tmp_path: Path) -> None:
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"\xff\xd8" + b"x" * 3_000_000)
    taken = Reply.of_json({"process_id": PROCESS, "source_id": "s", "eta": 1})
    content = Reply(200, b"r" * 2_000_000)
    with ScriptedServer(taken, content, tls=server_context(authority)) as server:

        async def use(service: TopazService) -> int:
            got = await service.submit(request(picture), ignore)
            assert got.remote_id == PROCESS
            async with service.download(DownloadLink(f"{server.url}/r?s={LINK_SECRET}")) as download:
                return sum([len(chunk) async for chunk in download])

        assert run(server, use, trust=trusting(authority)) == 2_000_000
    assert [("x-api-key" in seen.headers) for seen in server.requests] == [True, False]


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_a_certificate_that_is_not_trusted_stops_before_any_byte(authority: trustme.CA, name: str) -> None:
    """Unknown authority, and right authority with the wrong name: certain, because the request never left."""
    trust = trusting(authority) if name != "localhost" else trusting(trustme.CA())
    with ScriptedServer(Reply(), tls=server_context(authority, name)) as server:
        with pytest.raises(NetworkError) as caught:
            run(server, lambda s: s.submit(request(None, "source"), ignore), trust=trust)
        assert server.requests == []
    assert (caught.value.sent, caught.value.code) == (False, "network.not_secure")


def test_plain_http_where_tls_is_spoken_stops_before_any_byte(authority: trustme.CA) -> None:
    with ScriptedServer(Reply()) as server, pytest.raises(NetworkError) as caught:
        run(
            f"https://127.0.0.1:{server.port}",
            lambda s: s.submit(request(None, "source"), ignore),
            timeouts=replace(SHORT, connect_s=0.3),
            trust=trusting(authority),
        )
    assert caught.value.sent is False


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of_json({"message": f"key {CANARY} is wrong; see https://x.example/?sig={LINK_SECRET}"}, 401),
        Reply.of_json({"message": f"bad {CANARY}"}, 422),
        Reply.of_json({"message": f"bad {CANARY}"}, 500),
        Reply(302, headers={"Location": f"https://x.example/?sig={LINK_SECRET}"}),
        Reply.of_json({"process_id": {"key": CANARY}}),
        Reply(200, f"<html>{CANARY}".encode(), {"Content-Type": "text/html"}),
        Reply(silent=True),
        Reply(drop=True),
    ],
)
def test_no_secret_in_errors_or_logs(reply: Reply, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"x" * 100_000)
    texts: list[str] = []

    async def use(service: TopazService) -> None:
        texts.append(repr(service))
        for call in (service.status(PROCESS), service.submit(request(picture), ignore), service.balance()):
            try:
                await call
            except TopazdeskError as exc:
                texts.append("".join(traceback.format_exception(exc)))
                texts.append(f"{exc.title} {exc.hint} {exc.details} {exc!r} {exc}")
        link = DownloadLink(f"{server.url}/result?sig={LINK_SECRET}")
        try:
            async with service.download(link) as download:
                texts.append(repr(download))
        except TopazdeskError as exc:
            texts.append("".join(traceback.format_exception(exc)) + f"{exc.hint} {exc.details}")

    with caplog.at_level(logging.DEBUG), ScriptedServer(reply) as server:
        run(server, use)
    everything = "\n".join([*texts, caplog.text, *(str(r.args) for r in caplog.records)])
    assert len(texts) >= 6
    assert CANARY not in everything
    assert LINK_SECRET not in everything


def test_a_secret_shows_dots() -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]}"
    assert secret.scrub(f"a {CANARY} b https://u:p@h.example/x?y={CANARY}#z c") == "a … b https://h.example/x?… c"


@pytest.mark.parametrize("key", ["two words", "schlüssel", "line\nbreak", "\x07", "\ud800"])
def test_what_cannot_be_a_key_is_said_before_anything_is_sent(key: str) -> None:
    with pytest.raises(AccountError) as caught:
        TopazService("https://api.topazlabs.com", key)
    assert caught.value.code == "account.key_malformed"
    assert key not in f"{caught.value.hint}{caught.value.details}"


def test_blanks_around_a_key_do_not_matter() -> None:
    with ScriptedServer(Reply.of_json({"available_credits": 1})) as server:

        async def main() -> None:
            service = TopazService(server.url, f"  {CANARY}\n")
            await service.balance()
            await service.close()

        asyncio.run(main())
    assert server.requests[0].headers["x-api-key"] == CANARY


def test_a_wrong_key_is_an_account_matter() -> None:
    with (
        ScriptedServer(Reply.of_json({"message": "Unauthorized"}, 401)) as server,
        pytest.raises(AccountError) as caught,
    ):
        run(server, lambda s: s.balance())
    assert caught.value.title == "Topaz rejected this key"
    assert caught.value.exit_code == 3


def test_what_a_service_says_of_a_job_holds_no_secret_and_is_short() -> None:
    """The failure message, the settings and names go into the database, the sidecar and the window, not only into errors."""
    link = f"https://x.example/a?sig={LINK_SECRET}"
    said = f"{CANARY} {link} " + "long " * 10_000
    told = {"process_id": PROCESS, "status": "Failed", "message": said, "model": said, "output_format": said}
    told |= {
        "filename": said,
        "source_id": said,
        "error": said,
        "options_json": json.dumps({"prompt": f"{CANARY} {link}"}),
    }
    with ScriptedServer(Reply.of_json(told)) as server:
        job = run(server, lambda s: s.status(PROCESS))
    assert job.failure.startswith("... https://x.example/a?… long")
    assert CANARY not in repr(job)
    assert LINK_SECRET not in repr(job)
    assert json.loads(job.echoed) == {"prompt": "... https://x.example/a?…"}
    assert max(map(len, (job.failure, job.model, job.output_format, job.file_name, job.source_id))) <= 300
    told["options_json"] = json.dumps({"prompt": "x" * 100_000})
    with ScriptedServer(Reply.of_json(told)) as server:
        assert run(server, lambda s: s.status(PROCESS)).echoed == ""


def test_a_mark_of_a_key_tells_it_from_others_in_one_job_list_and_not_what_it_is() -> None:
    key = Secret(CANARY)
    mark = key.mark("list")
    assert mark == Secret(CANARY).mark("list")
    assert len({mark, key.mark("another list"), Secret(CANARY + "x").mark("list")}) == 3
    assert Secret("").mark("list") == ""
    assert CANARY[:4] not in mark
    assert len(mark) == 16
