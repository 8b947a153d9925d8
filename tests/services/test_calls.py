"""Calls that cost nothing: status, list, link, cancel, estimates, balance."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from dataclasses import replace
from datetime import datetime
from email.utils import formatdate
from typing import Any

import pytest

from tests.services.support import ESTIMATE, FACES, LENS_BLUR, PROCESS, RECOVER, SOURCE, run
from tests.support.servers import Reply, ScriptedServer
from topazdesk.domain.geometry import Size
from topazdesk.domain.ports import Balance, RemoteJob, RemoteState
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.errors import (
    AccountError,
    BusyError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    Retry,
    ServiceError,
    TopazdeskError,
)
from topazdesk.services.http import Timeouts
from topazdesk.services.topaz import TopazService

STATUS: dict[str, Any] = {
    "process_id": PROCESS,
    "source_id": SOURCE,
    "filename": "td-01.jpg",
    "input_format": "jpeg",
    "input_height": 2000,
    "input_width": 3000,
    "output_format": "png",
    "output_height": 4000,
    "output_width": 6000,
    "category": "Enhance",
    "model_type": "GAN",
    "model": "Standard V2",
    "crop_to_fill": False,
    "options_json": '{"sharpen": 0.25}',
    "status": "Processing",
    "progress": 42,
    "eta": 1_800_000_060,
    "creation_time": 1_800_000_000,
    "modification_time": 1_800_000_005,
    "credits": 2,
    "a_new_field": {"nobody": "knows"},
}


def status_of(data: Any) -> RemoteJob:
    with ScriptedServer(Reply.of_json(data)) as server:
        return run(server, lambda s: s.status(PROCESS))


def error_of(reply: Reply, call: str = "status") -> TopazdeskError:
    async def use(service: TopazService) -> None:
        await (service.balance() if call == "balance" else getattr(service, call)(PROCESS))

    with ScriptedServer(reply) as server, pytest.raises(TopazdeskError) as caught:
        run(server, use)
    return caught.value


def test_status_in_full() -> None:
    with ScriptedServer(Reply.of_json(STATUS | {"process_id": "a/../b c"})) as server:
        job = run(server, lambda s: s.status("a/../b c"))
    assert server.requests[0].path == "/image/v1/status/a%2F..%2Fb%20c"
    assert job == RemoteJob(
        remote_id="a/../b c",
        source_id=SOURCE,
        file_name="td-01.jpg",
        state=RemoteState.PROCESSING,
        percent=42.0,
        eta=1_800_000_060,
        created_at=1_800_000_000,
        changed_at=1_800_000_005,
        credits=2,
        model="Standard V2",
        output_size=Size(6000, 4000),
        output_format="png",
        echoed='{"sharpen": 0.25}',
        input_size=Size(3000, 2000),
    )


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending", RemoteState.PENDING),
        ("Completed", RemoteState.COMPLETED),
        ("Cancelled", RemoteState.CANCELLED),
        ("canceled", RemoteState.CANCELLED),
        ("Failed", RemoteState.FAILED),
    ],
)
def test_words_of_states(word: str, state: RemoteState) -> None:
    assert status_of(STATUS | {"status": word}).state is state


def test_an_unknown_state_goes_on_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert status_of(STATUS | {"status": "Warming up"}).state is RemoteState.PROCESSING
    assert [r.getMessage() for r in caplog.records] == [
        "unknown state of a job, taken as still processing: 'Warming up'"
    ]


def test_the_least_a_status_can_say() -> None:
    job = status_of({"process_id": PROCESS, "status": "Completed"})
    assert (job.state, job.credits, job.output_size, job.file_name) == (RemoteState.COMPLETED, None, None, "")


def test_a_strange_decoration_does_not_strand_a_running_job() -> None:
    job = status_of(STATUS | {"eta": float("nan"), "creation_time": "today", "progress": 250, "output_width": 0})
    assert (job.eta, job.percent, job.output_size) == (None, 100.0, None)
    job = status_of(
        STATUS | {"eta": 10**400, "creation_time": -1, "output_width": 10**30, "message": {"a": 1}, "model": 3}
    )
    assert (job.eta, job.created_at, job.output_size, job.failure, job.model) == (None, None, None, "", "")
    assert status_of(STATUS | {"filename": ["x"]}).file_name == ""


@pytest.mark.parametrize("credits", ["two", "1", 1.5, -1, 10**30, 10**400, float("inf"), float("nan"), True, {}, [1]])
def test_a_charge_that_is_none_is_not_said_and_never_guessed(credits: Any) -> None:
    """It was an error: the finished job was asked for again and again, and its paid result never fetched."""
    assert status_of(STATUS | {"credits": credits}).credits is None


@pytest.mark.parametrize(
    "data",
    [
        {"status": "Completed"},
        STATUS | {"process_id": 5},
        STATUS | {"status": None},
        STATUS | {"process_id": "another-job"},
        STATUS | {"process_id": "x" * 300},
        ["Completed"],
        None,
        "Completed",
    ],
)
def test_nonsense_is_said_and_tried_later(data: Any) -> None:
    error = error_of(Reply.of_json(data))
    assert type(error) is ServiceError
    assert (error.title, error.retry) == ("The answer from Topaz makes no sense", Retry.LATER)


@pytest.mark.parametrize(
    ("status", "kind", "retry"),
    [
        (400, RejectedError, Retry.NEVER),
        (401, AccountError, Retry.NEVER),
        (403, AccountError, Retry.NEVER),
        (404, NotFoundError, Retry.NEVER),
        (409, NotReadyError, Retry.LATER),
        (429, BusyError, Retry.LATER),
        (500, BusyError, Retry.LATER),
        (503, BusyError, Retry.LATER),
    ],
)
def test_errors_of_a_free_call(status: int, kind: type[TopazdeskError], retry: Retry) -> None:
    error = error_of(Reply.of_json({"message": "said so"}, status, Retry_After="3"))
    assert (type(error), error.retry, error.retry_after_s) == (kind, retry, 3.0)
    assert "charged" not in error.hint
    assert f"HTTP {status}: said so" in error.details


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "Bad size"}, "Bad size"),
        ({"detail": [{"msg": "too wide", "loc": ["x"]}, {"msg": "too high"}]}, "too wide; too high"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"message": "two\nlines\u202e"}, "two lines"),
    ],
)
def test_the_services_own_words(body: Any, said: str) -> None:
    error = error_of(Reply.of_json(body, 422))
    assert error.hint.endswith(f"Topaz says: “{said}”.")


@pytest.mark.parametrize("status", [200, 400, 404, 409, 410])
def test_a_web_page_is_never_the_services_word(status: int) -> None:
    """A hotel's page with 404 must not make a paid job look lost."""
    error = error_of(Reply.page(status))
    assert type(error) is ServiceError
    assert error.title == "A web page came instead of an answer from Topaz"
    assert error.retry is Retry.LATER


def test_a_network_that_wants_a_sign_in() -> None:
    error = error_of(Reply.page(511))
    assert isinstance(error, NetworkError)
    assert error.code == "network.sign_in"


def test_retry_after_as_a_date_is_measured_by_the_services_clock() -> None:
    reply = Reply(429, b"{}", {"Date": formatdate(1000, usegmt=True), "Retry-After": formatdate(1090, usegmt=True)})
    assert error_of(reply).retry_after_s == 90
    assert error_of(replace(reply, headers={"Retry-After": "soon"})).retry_after_s is None
    assert error_of(replace(reply, headers={"Retry-After": "-4"})).retry_after_s == 0
    assert error_of(replace(reply, headers={"Retry-After": "9" * 40})).retry_after_s == 3_600


@pytest.mark.parametrize(("status", "wait"), [(429, "5400"), (503, "1800"), (429, "1" + "0" * 9)])
def test_a_long_wait_tells_the_time(status: int, wait: str) -> None:
    """A wish of 10⁹ s stood still for a day under "in a moment"."""
    error = error_of(Reply.of_json({}, status, Retry_After=wait))
    found = re.search(r"It resumes automatically at (\d\d):(\d\d)\.", error.hint)
    assert found is not None, error.hint
    assert error.retry_after_s == min(float(wait), 3_600)
    told = datetime.now().astimezone().replace(hour=int(found[1]), minute=int(found[2]), second=0)
    ahead = (told.timestamp() - time.time()) % 86_400
    assert error.retry_after_s - 120 <= ahead <= error.retry_after_s + 120


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "20"}])
def test_a_short_wait_is_a_moment(headers: dict[str, str]) -> None:
    assert (
        error_of(Reply(429, b"{}", headers)).hint == "Too many requests at once. It resumes automatically in a moment."
    )


def test_silence_and_broken_connections() -> None:
    silent = error_of(Reply(silent=True))
    assert isinstance(silent, NetworkError)
    assert (silent.code, silent.retry) == ("network.silent", Retry.LATER)
    for reply in (Reply(drop=True), Reply(200, b"{" + b" " * 99, reset_after=5), Reply(200, b"{ }    ", close_after=3)):
        broken = error_of(reply)
        assert isinstance(broken, NetworkError)
        assert broken.code == "network.broken"


def test_a_pooled_connection_that_died_is_replaced() -> None:
    """The server hangs up after the first answer, without saying so: the second question is asked on a new connection."""

    async def twice(service: TopazService) -> tuple[Balance, Balance]:
        return await service.balance(), await service.balance()

    good = Reply.of_json({"available_credits": 480, "reserved_credits": 6, "total_credits": 486})
    with ScriptedServer(good, Reply(drop=True), good) as server:
        first, second = run(server, twice)
    assert first == second == Balance(480, 6)
    assert [seen.connection for seen in server.requests] == [1, 1, 2]


def test_connections_are_kept_unless_something_speaks_against_it() -> None:
    """What came unasked behind an answer must not pass for the next answer, and "close" means it."""

    async def often(service: TopazService) -> list[int]:
        return [(await service.balance()).available for _ in range(4)]

    def say(available: int, **more: Any) -> Reply:
        return replace(Reply.of_json({"available_credits": available}), **more)

    kept, last = say(1), say(2, headers={"Connection": "close"})
    forged = b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"available_credits":9}'
    body = kept.body + forged
    smuggled = Reply(200, body, {"Content-Length": str(len(kept.body))})
    with ScriptedServer(kept, last, smuggled, kept) as server:
        assert run(server, often) == [1, 2, 1, 1]
    assert [seen.connection for seen in server.requests] == [1, 1, 2, 3]


def test_more_calls_at_once_than_connections() -> None:
    """They wait for one another, as long as it takes: the patience for that is two minutes."""

    async def all_at_once(service: TopazService) -> list[Balance]:
        return await asyncio.gather(*(service.balance() for _ in range(40)))

    with ScriptedServer(Reply.of_json({"available_credits": 7})) as server:
        assert run(server, all_at_once, timeouts=Timeouts()) == [Balance(7, 0)] * 40
    assert max(seen.connection for seen in server.requests) < 40


def test_pages_of_jobs() -> None:
    first = {
        "data": [STATUS, STATUS | {"process_id": "b"}],
        "pagination": {"has_next_page": True, "next_cursor": "c=1&"},
    }
    last = {"data": [STATUS], "pagination": {"has_next_page": False}}
    with ScriptedServer(Reply.of_json(first), Reply.of_json(last)) as server:
        page = run(server, lambda s: s.list_jobs())
        end = run(server, lambda s: s.list_jobs(page.cursor))
    assert ([job.remote_id for job in page.jobs], page.cursor) == ([PROCESS, "b"], "c=1&")
    assert (len(end.jobs), end.cursor) == (1, "")
    assert server.requests[0].query == {"paginated": ["true"], "limit": ["100"]}
    assert server.requests[1].query == {"paginated": ["true"], "limit": ["100"], "cursor": ["c=1&"]}


NEWEST_LAST = (("old", 1_800_000_010), ("new", 1_800_000_030), ("mid", 1_800_000_020))


def test_the_plain_list_is_taken_too_newest_first() -> None:
    jobs = [STATUS | {"process_id": name, "creation_time": at} for name, at in NEWEST_LAST]
    with ScriptedServer(Reply.of_json(jobs)) as server:
        page = run(server, lambda s: s.list_jobs())
    assert ([job.remote_id for job in page.jobs], page.cursor) == (["new", "mid", "old"], "")


@pytest.mark.parametrize(
    "page",
    [
        {"data": []},
        {"data": {}, "pagination": {"has_next_page": False}},
        {"data": [], "pagination": {"has_next_page": True}},
        {"data": [], "pagination": {"has_next_page": True, "next_cursor": "same"}},
        {"data": [], "pagination": {"has_next_page": "no"}},
        {"data": [], "pagination": {"has_next_page": True, "next_cursor": 17}},
    ],
)
def test_a_list_that_may_be_incomplete_is_no_list(page: Any) -> None:
    """ "Not in the list" decides whether a job may be sent again, so a doubtful list must not pass."""
    with ScriptedServer(Reply.of_json(page)) as server, pytest.raises(ServiceError) as caught:
        run(server, lambda s: s.list_jobs("same"))
    assert caught.value.code == "service.nonsense"


ODD: list[Any] = [
    {"status": "Completed"},
    STATUS | {"process_id": 17},
    STATUS | {"process_id": ""},
    STATUS | {"status": None},
    STATUS | {"filename": {"x": 1}},
    STATUS | {"source_id": 5},
    None,
    "job",
    [STATUS],
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("paged", [True, False])
def test_one_odd_entry_of_the_list_is_counted_and_stops_no_other(odd: Any, *, paged: bool) -> None:
    """An odd field in a stranger's job stopped all jobs. What cannot be read may be the one looked for: it is counted."""
    jobs = [STATUS, odd, STATUS | {"process_id": "b", "credits": "1"}]
    data = {"data": jobs, "pagination": {"has_next_page": False}} if paged else jobs
    with ScriptedServer(Reply.of_json(data)) as server:
        page = run(server, lambda s: s.list_jobs())
    assert ([job.remote_id for job in page.jobs], page.unreadable) == ([PROCESS, "b"], 1)
    assert page.jobs[1].credits is None


def test_numbers_without_end_spoil_only_their_own_field() -> None:
    """Python reads no whole number of more than 4,300 digits: one in a stranger's job was the end of every list."""
    body = json.dumps([STATUS, STATUS | {"process_id": "b", "eta": 0}]).replace('"eta": 0', f'"eta": {"9" * 5_000}')
    with ScriptedServer(Reply(200, body.encode(), {"Content-Type": "application/json"})) as server:
        page = run(server, lambda s: s.list_jobs())
    assert ([job.remote_id for job in page.jobs], page.unreadable, page.jobs[1].eta) == ([PROCESS, "b"], 0, None)


def test_a_link_to_another_job_is_none() -> None:
    data = {"download_url": "https://storage.example/x", "process_id": "another-job"}
    assert error_of(Reply.of_json(data), "download_link").code == "service.nonsense"


@pytest.mark.parametrize("field", ["download_url", "url"])
def test_download_links(field: str) -> None:
    data = {field: "https://storage.example/x?signature=s3cret", "head_url": "…", "expiry": 1_800_003_600}
    with ScriptedServer(Reply.of_json(data)) as server:
        link = run(server, lambda s: s.download_link(PROCESS))
    assert (link.url, link.expires_at) == (data[field], 1_800_003_600)
    assert "s3cret" not in repr(link)
    assert server.requests[0].path == f"/image/v1/download/{PROCESS}"


def test_a_result_that_is_not_ready() -> None:
    assert isinstance(error_of(Reply.of_json({"message": "not ready"}, 409), "download_link"), NotReadyError)


def test_cancel() -> None:
    with ScriptedServer(Reply(204), Reply.of_json({"message": "too late"}, 409), Reply(204)) as server:
        assert run(server, lambda s: s.cancel(PROCESS)) is True
        assert run(server, lambda s: s.cancel(PROCESS)) is False
    assert (server.requests[0].method, server.requests[0].path) == ("DELETE", f"/image/v1/cancel/{PROCESS}")
    assert isinstance(error_of(Reply.of_json({"message": "unknown"}, 404), "cancel"), NotFoundError)
    assert error_of(Reply.page(200), "cancel").code == "service.web_page"


@pytest.mark.parametrize(
    ("asked", "path", "body"),
    [
        (
            replace(ESTIMATE, settings={"face_enhancement": True, "sharpen": 0.5}),
            "/image/v1/estimate",
            {
                "category": "Enhance",
                "model": "Standard V2",
                "output_width": 6000,
                "output_height": 4000,
                "face_enhancement": "true",
                "sharpen": "0.5",
            },
        ),
        (
            replace(ESTIMATE, model=RECOVER, target=None),
            "/image/v1/estimate-gen",
            {"category": "Enhance", "model": "Recover 3"},
        ),
        (replace(ESTIMATE, model=LENS_BLUR), "/image/v1/estimate", {"category": "Sharpen", "model": "Lens Blur V2"}),
        (replace(ESTIMATE, model=FACES), "/image/v1/estimate-gen", {"category": "Restore", "model": "Faces"}),
    ],
)
def test_estimates(asked: Any, path: str, body: dict[str, Any]) -> None:
    with ScriptedServer(Reply.of_json({"duration": 30, "credits": 2})) as server:
        got = run(server, lambda s: s.estimate(asked))
    assert got == Estimate(2, EstimateSource.SERVICE, 30)
    assert server.requests[0].path == path
    assert server.requests[0].json == {"input_width": 3000, "input_height": 2000, "output_format": "png"} | body


@pytest.mark.parametrize("credits", [0, -1, 0.5, "1", None])
def test_an_estimate_of_nothing_is_none(credits: object) -> None:
    """It was shown as the price, and under a daily limit it held nothing back: the limit was passed by all that was on its way."""
    with ScriptedServer(Reply.of_json({"duration": 30, "credits": credits})) as server, pytest.raises(ServiceError):
        run(server, lambda s: s.estimate(ESTIMATE))


def test_many_estimates_in_one_call() -> None:
    answer = [
        {"status": "success", "duration": 5, "credits": 1},
        {"status": "error", "code": 413, "message": "Output image dimensions exceed maximum allowed of 256 MP."},
    ]
    with ScriptedServer(Reply.of_json(answer)) as server:
        first, second = run(server, lambda s: s.estimate_many([ESTIMATE, ESTIMATE]))
        with pytest.raises(ServiceError):
            run(server, lambda s: s.estimate_many([ESTIMATE]))
        assert run(server, lambda s: s.estimate_many([])) == []
    assert first == Estimate(1, EstimateSource.SERVICE, 5)
    assert isinstance(second, RejectedError)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("data", "balance"),
    [
        ({"available_credits": 480, "reserved_credits": 6, "total_credits": 486}, Balance(480, 6)),
        ({"total_credits": 486, "reserved_credits": 6}, Balance(480, 6)),
        ({"available_credits": 12.0}, Balance(12, 0)),
    ],
)
def test_balance(data: Any, balance: Balance) -> None:
    with ScriptedServer(Reply.of_json(data)) as server:
        assert run(server, lambda s: s.balance()) == balance
    assert server.requests[0].path == "/account/v1/credits/balance"


@pytest.mark.parametrize("data", [{}, {"available_credits": "many"}, {"available_credits": True}, [480]])
def test_a_balance_is_never_guessed(data: Any) -> None:
    assert error_of(Reply.of_json(data), "balance").code == "service.nonsense"


def test_settings_told_apart_belong_to_the_report() -> None:
    """Subject and faces have fields of their own in the status (OpenAPI), and need not stand in `options_json`."""
    told = STATUS | {"subject_detection": "All", "face_enhancement": True, "face_enhancement_strength": None}
    assert json.loads(status_of(told).echoed) == {"sharpen": 0.25, "subject_detection": "All", "face_enhancement": True}
    for nothing in ("", "no json", "[1]"):
        assert status_of(told | {"options_json": nothing}).echoed == nothing
