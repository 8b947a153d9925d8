"""Statuses, pages, deleting, cancelling."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.sandbox.conftest import Client, error_of

LONG = {"match": {"path": "/async$"}, "do": {"job_s": 1000, "queue_s": 0}}


def test_a_job_goes_from_pending_over_processing_to_completed(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"job_s": 1_000_000, "queue_s": 3600}})
    process_id = client.job()
    pending = client.status(process_id)
    assert (pending["status"], pending["progress"]) == ("Pending", 0)
    client.running.kill()
    client.running.edit("UPDATE jobs SET queue_s = 0")
    client.running.start()
    assert client.wait(process_id, "Processing")["progress"] == 0
    seen = []
    for _ in range(4):
        client.running.edit("UPDATE jobs SET started = started - 300000")
        seen.append(client.status(process_id)["progress"])
    assert seen == [30, 60, 90, 99]
    client.running.hurry()
    status = client.wait(process_id)
    assert (status["status"], status["progress"]) == ("Completed", 100)


def test_an_unknown_job_is_404_and_a_wrong_id_400(shared: Client) -> None:
    for method, path in (
        ("GET", "status"),
        ("DELETE", "status"),
        ("GET", "download"),
        ("GET", "download/input"),
        ("DELETE", "cancel"),
    ):
        assert error_of(shared.http.request(method, f"/image/v1/{path}/{uuid4()}"))[0] == 404
        assert error_of(shared.http.request(method, f"/image/v1/{path}/d7b3"))[0] == 400


def test_pages_list_everything_once_newest_first(client: Client) -> None:
    ids = [client.job() for _ in range(5)]
    plain = client.http.get("/image/v1/status").json()
    assert [job["process_id"] for job in plain] == ids[::-1]
    pages, cursor = [], ""
    while True:
        page = client.http.get("/image/v1/status", params={"paginated": "true", "limit": "2", "cursor": cursor}).json()
        pages.append([job["process_id"] for job in page["data"]])
        if not page["pagination"]["has_next_page"]:
            break
        cursor = page["pagination"]["next_cursor"]
        if len(pages) == 1:
            ids.append(client.job())  # a new job does not shift the pages that follow
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert "next_cursor" not in page["pagination"]


def test_the_page_size_is_50_and_at_most_100(shared: Client) -> None:
    for limit in ("0", "101", "x", "-1"):
        answer = shared.http.get("/image/v1/status", params={"paginated": "true", "limit": limit})
        assert error_of(answer)[0] == 400
    assert error_of(shared.http.get("/image/v1/status", params={"paginated": "maybe"}))[0] == 400
    for cursor in ("zzz", "eyJhIjoxfQ==", "!"):
        answer = shared.http.get("/image/v1/status", params={"paginated": "true", "cursor": cursor})
        assert error_of(answer)[0] == 400


def test_a_finished_status_can_be_deleted_and_is_unknown_then(client: Client) -> None:
    status = client.done()
    path = f"/image/v1/status/{status['process_id']}"
    assert client.http.delete(path).status_code == 204
    assert error_of(client.http.get(path))[0] == 404
    assert error_of(client.http.delete(path))[0] == 404
    assert client.http.get("/image/v1/status").json() == []
    assert client.balance()["available_credits"] == 499, "the charge stays"


def test_deleting_all_spares_unfinished_jobs(client: Client) -> None:
    client.done()
    client.done()
    client.running.scenario(LONG)
    running = client.job()
    client.wait(running, "Processing")
    assert error_of(client.http.delete(f"/image/v1/status/{running}"))[0] == 409
    assert client.http.delete("/image/v1/status").json() == {"deleted_count": 2}
    assert [job["process_id"] for job in client.http.get("/image/v1/status").json()] == [running]


def test_cancel_works_once_and_not_when_finished(client: Client) -> None:
    done = client.done()["process_id"]
    assert error_of(client.http.delete(f"/image/v1/cancel/{done}"))[0] == 409
    client.running.scenario(LONG)
    process_id = client.job()
    client.wait(process_id, "Processing")
    assert client.http.delete(f"/image/v1/cancel/{process_id}").status_code == 204
    assert client.status(process_id)["status"] == "Cancelled"
    assert error_of(client.http.delete(f"/image/v1/cancel/{process_id}"))[0] == 409
    assert error_of(client.http.get(f"/image/v1/download/{process_id}"))[0] == 409


def test_the_speed_decides_how_long_it_takes(client: Client) -> None:
    client.done()
    assert [(job["queue_s"], job["takes_s"]) for job in client.running.rows("jobs")] == [(0, 0)]
    estimate = client.http.post("/image/v1/estimate", json={"input_width": 96, "input_height": 64}).json()
    assert estimate["duration"] == 0


@pytest.mark.parametrize("path", ["/image/v1/status", "/account/v1/credits/balance", "/image/v1/nowhere"])
def test_nothing_is_told_without_the_key(shared: Client, path: str) -> None:
    assert error_of(httpx.get(shared.running.url + path))[0] == 401
    assert error_of(httpx.get(shared.running.url + path, headers={"X-API-KEY": shared.running.key + "x"}))[0] == 401
