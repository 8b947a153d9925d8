"""Through the proxy of an office: the tunnel works, the key is inside it, and a refusal of the proxy costs nothing."""

from __future__ import annotations

import base64
import ssl
import traceback
from pathlib import Path

import pytest
import trustme

from tests.services.support import CANARY, PROCESS, SHORT, ignore, request, run
from tests.support.connect_proxy import ConnectProxy
from tests.support.proxy import Fault, FaultProxy
from tests.support.servers import Reply, ScriptedServer
from topazdesk.domain.ports import DownloadLink
from topazdesk.errors import AccountError, NetworkError, UnknownOutcomeError
from topazdesk.services.topaz import TopazService

#: Not this computer by its name; the proxy takes every tunnel to this computer all the same.
HOST = "service.example"
TAKEN = Reply.of_json({"process_id": PROCESS, "source_id": "s", "eta": 1})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(autouse=True)
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(2_000_000))
    return path


def test_a_tunnel_with_the_key_inside(
    tls: ssl.SSLContext, trust: ssl.SSLContext, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(service: TopazService) -> None:
        assert (await service.submit(request(picture), ignore)).remote_id == PROCESS
        assert (await service.balance()).available == 7

    balance = Reply.of_json({"available_credits": 7})
    with ScriptedServer(TAKEN, balance, tls=tls) as server, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        run(f"https://{HOST}:{server.port}", use, trust=trust)
    assert len(proxy.heads) == 2
    assert all(head.startswith(f"CONNECT {HOST}:{server.port}") for head in proxy.heads)
    assert CANARY not in "".join(proxy.heads)
    assert [seen.headers["x-api-key"] for seen in server.requests] == [CANARY, CANARY]


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses_is_certain(
    tls: ssl.SSLContext, trust: ssl.SSLContext, picture: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The tunnel's own request has gone out by then, but nothing of ours."""
    with ScriptedServer(TAKEN, tls=tls) as server, ConnectProxy(status) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(NetworkError) as caught:
            run(f"https://{HOST}:{server.port}", lambda s: s.submit(request(picture), ignore), trust=trust)
    assert (caught.value.sent, caught.value.code) == (False, "network.proxy")
    assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "kind"), [(Reply(drop=True), UnknownOutcomeError), (Reply.of_json({}, 401), AccountError)]
)
def test_certainty_is_the_same_through_a_tunnel(
    tls: ssl.SSLContext,
    trust: ssl.SSLContext,
    picture: Path,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    kind: type[Exception],
) -> None:
    with ScriptedServer(reply, tls=tls) as server, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(kind):
            run(f"https://{HOST}:{server.port}", lambda s: s.submit(request(picture), ignore), trust=trust)


@pytest.mark.parametrize("proxy", ["socks://127.0.0.1:1", "socks5://127.0.0.1:1", "gopher://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_said_and_nothing_was_sent(
    picture: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """Desktops put "socks://…" into ALL_PROXY. It was an unforeseen error, and each submit a doubtful job that never left."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(NetworkError) as caught:
        run(f"https://{HOST}", lambda s: s.submit(request(picture), ignore))
    assert (caught.value.sent, caught.value.code) == (False, "network.proxy")
    with pytest.raises(NetworkError) as caught:
        run(f"https://{HOST}", lambda s: s.balance())
    assert caught.value.code == "network.proxy"


@pytest.mark.parametrize("answer", [200, 407])
def test_a_proxy_with_a_password_gets_it_and_nobody_else(
    tls: ssl.SSLContext, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    with ScriptedServer(Reply.of_json({"available_credits": 7}), tls=tls) as server, ConnectProxy(answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:proxy-secret@"))
        root = f"https://{HOST}:{server.port}"
        if answer == 200:
            assert run(root, lambda s: s.balance(), trust=trust).available == 7
        else:
            with pytest.raises(NetworkError) as caught:
                run(root, lambda s: s.balance(), trust=trust)
            assert caught.value.code == "network.proxy"
            told = "".join(traceback.format_exception(caught.value)) + caught.value.details
            assert "secret" not in told
    expected = base64.b64encode(b"user:proxy-secret").decode()
    assert [f"Proxy-Authorization: Basic {expected}" in head for head in proxy.heads] == [True]
    assert all("authorization" not in name for seen in server.requests for name in seen.headers)


def test_a_host_that_is_excepted_is_asked_without_the_proxy(
    tls: ssl.SSLContext, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "no-such-host.invalid")
        with pytest.raises(NetworkError) as caught:
            run("https://no-such-host.invalid", lambda s: s.balance(), trust=trust)
    assert caught.value.code == "network.name"
    assert proxy.heads == []


def test_this_computer_is_never_asked_through_a_proxy(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP through a proxy would show it the key."""
    with ScriptedServer(TAKEN) as server, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert run(server, lambda s: s.submit(request(picture), ignore)).remote_id == PROCESS
    assert proxy.heads == []


def fetch_through(fault: Fault, content: bytes) -> bytes:
    async def use(service: TopazService) -> bytes:
        async with service.download(DownloadLink(f"{proxy.url}/result")) as download:
            return b"".join([chunk async for chunk in download])

    with ScriptedServer(Reply(200, content)) as server, FaultProxy(server.url, [fault]) as proxy:
        return run(proxy.url, use, timeouts=SHORT if fault.stall_down else None)


def test_the_breaking_proxy_breaks_what_it_should() -> None:
    """The tool of the fault tests, tested itself."""
    content = bytes(range(256)) * 2_000
    assert fetch_through(Fault(), content) == content
    assert fetch_through(Fault(delay_s=0.01), content) == content
    changed = fetch_through(Fault(corrupt_down=300_000), content)
    assert len(changed) == len(content)
    assert sum(a != b for a, b in zip(changed, content, strict=True)) == 1
    for fault in (Fault(stall_down=200_000), Fault(cut_down=200_000), Fault(drop_answer=True), Fault(refuse=True)):
        with pytest.raises(NetworkError) as caught:
            fetch_through(fault, content)
        assert (caught.value.code == "network.silent") == (fault.stall_down is not None)
