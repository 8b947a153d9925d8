"""The Runflow client over real sockets: what goes out, what comes back, and what each failure proves about money."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.services.support import CANARY, STANDARD, ignore, patience, request
from tests.support.servers import Reply, ScriptedServer, unheard_port
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, EstimateRequest, RemoteState, SubmitRequest
from topazdesk.domain.pricing import EstimateSource, PriceRule
from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    AccountError,
    BusyError,
    CreditError,
    InputError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    ServiceError,
    TopazdeskError,
    UnknownOutcomeError,
    UseError,
)
from topazdesk.services.runflow import RUNS, RunflowService

T = TypeVar("T")
PRICE = PriceRule(24, {24: 80_000}, 24, True, "", unit=Unit.USD, step_amount=80_000, known_to_mp=24)
MODEL = replace(STANDARD, service=ServiceName.RUNFLOW, price=PRICE, size_by_factor=True)
TOKEN = "td-0123456789abcdef"


def use(server: ScriptedServer | str, work: Callable[[RunflowService], Awaitable[T]]) -> T:
    async def main() -> T:
        url = server if isinstance(server, str) else server.url
        service = RunflowService(url, CANARY, timeouts=patience(server))
        try:
            return await work(service)
        finally:
            await service.close()

    return asyncio.run(main())


def failing(server: ScriptedServer | str, work: Callable[[RunflowService], Awaitable[Any]]) -> TopazdeskError:
    with pytest.raises(TopazdeskError) as caught:
        use(server, work)
    said = "".join((caught.value.title, caught.value.hint, caught.value.details, repr(caught.value)))
    assert CANARY not in said
    assert "s3cret" not in said, "a signed link in a text"
    return caught.value


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "holiday secret.jpg"
    path.write_bytes(b"\xff\xd8" + bytes(range(256)) * 300)
    return path


def wanted(upload: Path | None, **changes: Any) -> SubmitRequest:
    found = {"model": MODEL, "source_size": Size(3000, 2000), **changes}
    return request(upload, **found)


def submit(upload: Path | None, **changes: Any) -> Callable[[RunflowService], Awaitable[Any]]:
    return lambda service: service.submit(wanted(upload, **changes), ignore)


def announced(server: ScriptedServer) -> Reply:
    return Reply.of_json({"asset_id": "as/1", "upload_url": f"{server.url}/store/up?signature=s3cret"}, 201)


class Conversation(ScriptedServer):
    """Replies to the three steps of an upload, then `after`."""

    def __init__(self, *after: Reply, upload: tuple[Reply, ...] = ()) -> None:
        super().__init__(Reply(500))
        self._upload, self._after = upload, after

    def __enter__(self) -> Conversation:
        super().__enter__()
        self._replies = [
            announced(self),
            *(self._upload or (Reply(200), Reply.of_json({"id": "as/1"}, 201))),
            *self._after,
        ]
        return self


CREATED = Reply.of_json({"id": "run-1", "status_code": "queued"}, 201)


def run_object(**changes: Any) -> dict[str, Any]:
    return {
        "id": "run-1",
        "status_code": "running",
        "client_ref": TOKEN,
        "created_at": "2026-04-08T10:00:00Z",
    } | changes


OUTPUT = {"outputs": [{"url": "https://store.test/r.png?sig=x", "type": "image", "width": 6000, "height": 4000}]}


def test_three_steps_of_upload_then_one_paid_call(picture: Path) -> None:
    with Conversation(CREATED) as server:
        told: list[tuple[int, int | None]] = []
        sent = wanted(picture, settings={"sharpen": 0.5, "face_enhancement": False, "creativity": 3})
        answer = use(server, lambda s: s.submit(sent, lambda done, total: told.append((done, total))))
    announce, put, confirm, create = server.requests
    assert (answer.remote_id, answer.source_id, answer.eta) == ("run-1", "as/1", None)
    size = picture.stat().st_size
    assert announce.json == {"filename": TOKEN + ".jpg", "mime_type": "image/jpeg", "size_bytes": size}
    assert (put.method, put.path, put.body) == ("PUT", "/store/up", picture.read_bytes())
    assert put.headers["content-type"] == "image/jpeg"
    assert "authorization" not in put.headers
    assert (confirm.path, confirm.json) == ("/v1/asset-uploads/as/1/confirmations".replace("as/1", "as%2F1"), {})
    assert (create.method, create.path) == ("POST", RUNS)
    assert create.json == {
        "input": {
            "model": "Standard V2",
            "image_url": "runflow://assets/as/1",
            "output_format": "jpeg",
            "upscale_factor": 2.0,
            "sharpen": 0.5,
            "face_enhancement": False,
            "creativity": 3,
        },
        "client_ref": TOKEN,
        "metadata": {"topazdesk": TOKEN, "model": "Standard V2", "output_format": "jpeg"},
    }
    for one in (announce, confirm, create):
        assert one.headers["authorization"] == f"Bearer {CANARY}"
        assert "x-api-key" not in one.headers
    assert told[-1] == (size, size)
    assert "holiday" not in repr([r.body for r in (announce, confirm, create)])


def test_an_asset_that_is_there_is_not_uploaded_again() -> None:
    with ScriptedServer(CREATED) as server:
        use(server, lambda s: s.submit(wanted(None, source_id="as-7"), ignore))
    assert [r.path for r in server.requests] == [RUNS]
    assert server.requests[0].json["input"]["image_url"] == "runflow://assets/as-7"


def test_a_model_that_keeps_the_size_gets_no_factor() -> None:
    with ScriptedServer(CREATED) as server:
        use(server, lambda s: s.submit(wanted(None, source_id="a", size=None, crop_to_fill=True), ignore))
    assert "upscale_factor" not in server.requests[0].json["input"]
    assert server.requests[0].json["input"]["crop_to_fill"] is True


def test_an_upload_link_that_ran_out_is_asked_for_anew(picture: Path) -> None:
    with ScriptedServer(Reply(500)) as server:
        confirmed = Reply.of_json({"id": "as/1"}, 201)
        server._replies = [announced(server), Reply(403), announced(server), Reply(200), confirmed, CREATED]
        assert use(server, submit(picture)).remote_id == "run-1"


NOT_TAKEN = (RejectedError, AccountError, BusyError, InputError)


@pytest.mark.parametrize(
    "replies",
    [
        (Reply(500),),
        (Reply(503),),
        (Reply.page(),),
        (Reply.page(502),),
        (Reply(drop=True),),
        (Reply(silent=True),),
        (Reply.of_json({"code": "UNAUTHORIZED", "message": "no"}, 401),),
        (Reply.of_json({"code": "X", "message": "type not allowed"}, 422),),
        (Reply.of_json({"code": "X", "message": "busy"}, 409),),
        (Reply.of_json({"asset": "none"}, 201),),
        (Reply(200, b"{"),),
        ("link", Reply(500)),
        ("link", Reply(413)),
        ("link", Reply(drop=True)),
        ("link", Reply(reset_after_request=100)),
        ("link", Reply(200), Reply(500)),
        ("link", Reply(200), Reply(drop=True)),
        ("link", Reply(200), Reply.of_json({"detail": "missing"}, 404)),
    ],
)
def test_whatever_fails_before_the_run_is_certainly_not_taken(picture: Path, replies: tuple[Any, ...]) -> None:
    with ScriptedServer(Reply(500)) as server:
        server._replies = [announced(server) if r == "link" else r for r in replies]
        error = failing(server, submit(picture))
    assert all(r.path != RUNS for r in server.requests)
    assert isinstance(error, NOT_TAKEN) or (isinstance(error, NetworkError) and not error.sent), error
    assert error.title
    assert error.hint


def test_a_link_that_is_always_expired_ends_in_waiting(picture: Path) -> None:
    with ScriptedServer(Reply(500)) as server:
        server._replies = [announced(server), Reply(403)] * 3 + [Reply(500)]
        assert isinstance(failing(server, submit(picture)), BusyError)
        assert len(server.requests) == 6


def test_an_upload_link_over_plain_http_to_another_host_is_not_followed(picture: Path) -> None:
    reply = Reply.of_json({"asset_id": "a", "upload_url": "http://store.invalid/up"}, 201)
    with ScriptedServer(reply) as server:
        assert isinstance(failing(server, submit(picture)), BusyError)


def test_over_50_mib_nothing_is_sent(tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(52_428_801)
    with ScriptedServer(Reply(500)) as server:
        error = failing(server, submit(large))
        assert isinstance(error, InputError)
        assert "50 MiB" in error.hint
        assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(drop=True), UnknownOutcomeError),
        (Reply(silent=True), UnknownOutcomeError),
        (Reply(500), UnknownOutcomeError),
        (Reply(504), UnknownOutcomeError),
        (Reply(503), UnknownOutcomeError),
        (Reply.page(), UnknownOutcomeError),
        (Reply(201, b'{"id": "ru'), UnknownOutcomeError),
        (Reply.of_json({"status_code": "queued"}, 201), UnknownOutcomeError),
        (Reply(201, b'{"id": "run-1"}', {"Content-Length": "900"}, close_after=5), UnknownOutcomeError),
        (Reply.of_json({"code": "VALIDATION", "message": "model: not one of"}, 422), RejectedError),
        (Reply.of_json({"code": "MODEL_UNAVAILABLE", "message": "retired"}, 503), RejectedError),
        (Reply.of_json({"error": {"code": "MODEL_UNAVAILABLE", "message": "retired"}}, 404), RejectedError),
        (Reply.of_json({"code": "INSUFFICIENT_CREDIT", "message": "empty"}, 402), CreditError),
        (Reply.of_json({"code": "EMAIL_NOT_VERIFIED", "message": "x"}, 403), AccountError),
        (Reply.of_json({"code": "RATE_LIMITED", "message": "slow"}, 429), BusyError),
        (Reply.of_json({"detail": "unknown path"}, 404), RejectedError),
    ],
)
def test_only_the_paid_call_can_be_in_doubt(picture: Path, reply: Reply, kind: type[TopazdeskError]) -> None:
    with Conversation(reply) as server:
        error = failing(server, submit(picture))
    assert isinstance(error, kind), error
    assert sum(r.path == RUNS for r in server.requests) == 1


def test_a_retired_model_is_an_ordinary_refusal(picture: Path) -> None:
    with Conversation(Reply.of_json({"code": "MODEL_UNAVAILABLE", "message": "Wonder was retired"}, 503)) as server:
        error = failing(server, submit(picture))
    assert error.title == "Runflow does not offer this model any more, or not right now"
    assert "Nothing was charged" in error.hint
    assert "Wonder was retired" in error.details


def test_no_connection_is_not_taken(picture: Path) -> None:
    with unheard_port() as port:
        error = failing(f"http://127.0.0.1:{port}", submit(picture))
    assert isinstance(error, NetworkError)
    assert not error.sent


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queued", RemoteState.PENDING),
        ("dispatching", RemoteState.PENDING),
        ("running", RemoteState.PROCESSING),
        ("succeeded", RemoteState.COMPLETED),
        ("failed", RemoteState.FAILED),
        ("canceled", RemoteState.CANCELLED),
        ("cancelled", RemoteState.CANCELLED),
        ("warming_up", RemoteState.PROCESSING),
        ("partial_succeeded", RemoteState.FAILED),
    ],
)
def test_states(word: str, state: RemoteState) -> None:
    with ScriptedServer(Reply.of_json(run_object(status_code=word))) as server:
        found = use(server, lambda s: s.status("run-1"))
    assert found.state is state
    assert found.percent == (100.0 if state is RemoteState.COMPLETED else 0.0)
    assert (found.file_name, found.created_at) == (TOKEN, 1775642400.0)


def test_a_partial_success_with_a_result_is_a_success() -> None:
    with ScriptedServer(Reply.of_json(run_object(status_code="partial_succeeded", output=OUTPUT))) as server:
        assert use(server, lambda s: s.status("run-1")).state is RemoteState.COMPLETED


def test_what_a_finished_run_tells() -> None:
    done = run_object(
        status_code="succeeded",
        output=OUTPUT,
        cost="0.0800",
        client_ref=None,
        metadata={"topazdesk": "t", "model": "CGI", "output_format": "png"},
    )
    with ScriptedServer(Reply.of_json(done)) as server:
        found = use(server, lambda s: s.status("run-1"))
    assert (found.credits, found.output_size, found.file_name) == (80_000, Size(6000, 4000), "t")
    assert (found.model, found.output_format) == ("CGI", "png")


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        (
            {"failure_message": "bad  input", "failure_code": "INPUT_VALIDATION_FAILED"},
            "bad input · INPUT_VALIDATION_FAILED",
        ),
        ({"error": {"message": "boom", "code": "E"}}, "boom"),
        ({"error": "boom"}, "boom"),
        ({}, ""),
    ],
)
def test_why_a_run_failed(said: dict[str, Any], failure: str) -> None:
    with ScriptedServer(Reply.of_json(run_object(status_code="failed", **said))) as server:
        assert use(server, lambda s: s.status("run-1")).failure == failure


@pytest.mark.parametrize("cost", ["free", True, "-1", "nan", {}, 10**400, "9" * 5_000, 1e300])
def test_a_cost_that_is_no_amount_is_never_guessed(cost: Any) -> None:
    """Nor does it stop anything: as an error it kept the paid result from coming home."""
    body = json.dumps(run_object(cost=0)).replace('"cost": 0', f'"cost": {json.dumps(cost)}')
    with ScriptedServer(Reply(200, body.encode())) as server:
        assert use(server, lambda s: s.status("run-1")).credits is None


def test_another_run_than_asked_is_nonsense() -> None:
    with ScriptedServer(Reply.of_json(run_object(id="run-2", status_code="succeeded", output=OUTPUT))) as server:
        assert failing(server, lambda s: s.status("run-1")).code == "service.nonsense"
        assert failing(server, lambda s: s.download_link("run-1")).code == "service.nonsense"


def test_a_run_that_cannot_be_read_proves_no_absence() -> None:
    odd = [run_object(id=7), run_object(client_ref=["x"]), None, run_object(client_ref="somebody else's", id=9)]
    with ScriptedServer(Reply.of_json([*odd, run_object(client_ref="td-x")])) as server:
        page = use(server, lambda s: s.list_jobs())
        assert (len(page.jobs), page.unreadable) == (1, 3)
        assert failing(server, lambda s: s.find(TOKEN)).code == "service.nonsense"
        assert len(use(server, lambda s: s.find("td-x")) or ()) == 1


@pytest.mark.parametrize(
    "output",
    [
        OUTPUT,
        {"image_urls": ["https://store.test/r.png?sig=x"]},
        {"image": {"url": "https://store.test/r.png?sig=x"}},
        {"url": "https://store.test/r.png?sig=x"},
        [{"url": "https://store.test/r.png?sig=x"}],
    ],
)
def test_the_link_is_found_in_every_shape(output: Any) -> None:
    with ScriptedServer(Reply.of_json(run_object(status_code="succeeded", output=output))) as server:
        link = use(server, lambda s: s.download_link("run-1"))
    assert link.url == "https://store.test/r.png?sig=x"
    assert "sig" not in repr(link)
    assert server.requests[0].query == {"add_signature": ["true"]}


def test_no_link_before_the_end_and_none_after_the_result_is_gone() -> None:
    with ScriptedServer(Reply.of_json(run_object())) as server:
        assert isinstance(failing(server, lambda s: s.download_link("run-1")), NotReadyError)
    with ScriptedServer(Reply.of_json(run_object(status_code="succeeded", output=None))) as server:
        assert isinstance(failing(server, lambda s: s.download_link("run-1")), NotFoundError)


def test_the_result_is_fetched_without_the_key() -> None:
    with ScriptedServer(Reply(500)) as server:
        output = {"outputs": [{"url": f"{server.url}/store/r.png?sig=x"}]}
        server._replies = [Reply.of_json(run_object(status_code="succeeded", output=output)), Reply(200, b"result")]

        async def fetch(service: RunflowService) -> bytes:
            async with service.download(await service.download_link("run-1")) as download:
                return b"".join([chunk async for chunk in download])

        assert use(server, fetch) == b"result"
    assert "authorization" not in server.requests[1].headers
    assert CANARY not in repr(server.requests[1].headers)


@pytest.mark.parametrize("wrap", [None, "items", "data", "runs", "results"])
def test_a_run_is_found_by_our_own_name_only(wrap: str | None) -> None:
    """A search that ignores its question must not make another job ours."""
    others = [{"client_ref": "td-x"}, {"client_ref": None}, {"client_ref": "somebody else's"}]
    runs = [*(run_object(id=f"o{n}", **one) for n, one in enumerate(others)), run_object()]
    with ScriptedServer(Reply.of_json({wrap: runs} if wrap else runs)) as server:
        found = use(server, lambda s: s.find(TOKEN))
        assert [job.remote_id for job in use(server, lambda s: s.list_jobs()).jobs] == ["o0", "run-1"]
    assert [job.remote_id for job in found] == ["run-1"]
    assert server.requests[0].query == {"q": [f"client_ref.EQ:'{TOKEN}'"]}


@pytest.mark.parametrize("reply", [Reply.of_json({"count": 0}), Reply.of_json("none"), Reply.page(), Reply(200, b"")])
def test_a_list_that_cannot_be_read_is_no_empty_list(reply: Reply) -> None:
    with ScriptedServer(reply) as server:
        assert isinstance(failing(server, lambda s: s.find(TOKEN)), ServiceError)


@pytest.mark.parametrize(
    "data",
    [
        {"id": "b", "org_id": "o", "balance": "12.5000", "low_balance_threshold": "1"},
        {"balance_cents": 1250, "currency": "usd"},
        [{"balance": "10"}, {"balance": "2.50"}],
        {"data": [{"balance": 12.5, "currency": "USD"}]},
    ],
)
def test_balance(data: Any) -> None:
    with ScriptedServer(Reply.of_json(data)) as server:
        assert use(server, lambda s: s.balance()) == Balance(12_500_000, 0, Unit.USD)


def test_balance_of_the_older_endpoint() -> None:
    with ScriptedServer(Reply.of_json({"code": "NOT_FOUND"}, 404), Reply.of_json({"balance": "1"})) as server:
        assert use(server, lambda s: s.balance()).available == 1_000_000
    assert [r.path for r in server.requests] == ["/v1/billing/balance", "/v1/credit-balances"]


@pytest.mark.parametrize(
    "data",
    [
        *({}, [], {"balance": "much"}, {"balance": True}, {"balance": "3", "currency": "eur"}),
        *({"balance_cents": 100_000_001}, [{"balance": "600000"}, {"balance": "600000"}]),
    ],
)
def test_a_balance_that_cannot_be_read(data: Any) -> None:
    with ScriptedServer(Reply.of_json(data)) as server:
        assert failing(server, lambda s: s.balance()).code == "service.nonsense"


def test_the_price_is_the_published_one_and_no_request_is_made() -> None:
    asked = EstimateRequest(MODEL, Size(3000, 2000), Size(6000, 4000), FileFormat.PNG, {})
    with ScriptedServer(Reply(500)) as server:
        first = use(server, lambda s: s.estimate(asked))
        second = use(server, lambda s: s.estimate(replace(asked, target=Size(6002, 4000))))
        assert server.requests == []
    assert (first.text, first.source) == ("$0.08", EstimateSource.TABLE)
    assert second.source is EstimateSource.UNKNOWN


def test_what_was_cancelled_while_it_was_uploaded_is_not_started(picture: Path) -> None:
    """The upload is free and takes minutes; the run was started all the same, could not be cancelled, and was charged."""
    with Conversation(CREATED) as server:
        error = failing(server, submit(picture, is_wanted=lambda: False))
        assert (type(error), error.title, error.hint) == (UseError, "Cancelled", "Nothing was charged.")
        assert RUNS not in [each.path for each in server.requests]
    with Conversation(CREATED) as server:  # nor on an upload that is there
        error = failing(server, submit(None, source_id="as/1", is_wanted=lambda: False))
        assert (type(error), server.requests) == (UseError, [])


def test_there_is_no_cancel() -> None:
    with ScriptedServer(Reply(500)) as server:
        assert use(server, lambda s: s.cancel("run-1")) is False
        assert server.requests == []


def test_a_token_travels_as_json_text(picture: Path) -> None:
    """Half a character in a prompt (from a clipboard) must not break the paid call in mid-air."""
    with Conversation(CREATED) as server:
        use(server, submit(picture, settings={"prompt": "a \ud83d lake"}))
    assert json.loads(server.requests[-1].body)["client_ref"] == TOKEN
