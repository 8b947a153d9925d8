"""Credits: reserved, charged, refunded; the lines always add up to the balance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.conftest import Client, error_of
from tests.support.pictures import encode
from tests.support.sandbox import started
from topazdesk.domain.image import FileFormat
from topazdesk.sandbox.ledger import cancel_cost


def _check_sums(client: Client) -> dict[str, int]:
    lines, balance = client.running.rows("ledger"), client.balance()
    assert sum(line["available"] for line in lines) == balance["available_credits"]
    assert sum(line["reserved"] for line in lines) == balance["reserved_credits"]
    assert balance["total_credits"] == balance["available_credits"] + balance["reserved_credits"]
    return balance


def _kinds(client: Client, process_id: str) -> list[tuple[str, int]]:
    lines = [line for line in client.running.rows("ledger") if line["process_id"] == process_id]
    return [(line["kind"], -line["reserved"]) for line in lines]


def test_a_completed_job_is_reserved_then_charged(client: Client) -> None:
    assert client.balance() == {"available_credits": 500, "reserved_credits": 0, "total_credits": 500}
    client.running.scenario({"match": {"path": "/async$"}, "do": {"job_s": 3600, "queue_s": 0, "credits": 7}})
    process_id = client.job()
    assert _check_sums(client) == {"available_credits": 493, "reserved_credits": 7, "total_credits": 500}
    client.running.hurry()
    assert client.wait(process_id)["credits"] == 7
    assert _check_sums(client) == {"available_credits": 493, "reserved_credits": 0, "total_credits": 493}
    assert _kinds(client, process_id) == [("reserve", -7), ("charge", 7)]


def test_the_price_is_the_catalogues(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"queue_s": 1000}})
    exactly_24_mp = client.job(output_width="6000", output_height="4000")
    assert client.status(exactly_24_mp)["credits"] == 1
    one_pixel_column_more = client.job(output_width="6001", output_height="4000")
    assert client.status(one_pixel_column_more)["credits"] == 2
    generative = client.job("enhance-gen", model="Recover 3", output_width="3000")
    assert client.status(generative)["credits"] == 2, "6 MP at 4 MP a credit"
    assert _check_sums(client)["reserved_credits"] == 5


def test_a_failed_job_is_refunded(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"fail_job": True, "credits": 5}})
    process_id = client.job()
    assert client.wait(process_id)["status"] == "Failed"
    assert _check_sums(client)["available_credits"] == 500
    assert _kinds(client, process_id) == [("reserve", -5), ("refund", 5)]
    assert error_of(client.http.get(f"/image/v1/download/{process_id}"))[0] == 409


def test_a_refund_can_be_withheld_by_a_scenario(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"fail_job": 0, "refund": False}})
    client.wait(client.job(), "Failed")
    assert _check_sums(client) == {"available_credits": 499, "reserved_credits": 1, "total_credits": 500}


def test_a_damaged_picture_whose_header_is_good_fails_and_is_refunded(client: Client) -> None:
    data = bytearray(encode(FileFormat.PNG, 200, 200))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    status = client.wait(client.job(image=bytes(data)))
    assert status["status"] == "Failed"
    assert _check_sums(client)["available_credits"] == 500


def test_cancelling_keeps_the_share_that_was_done(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"job_s": 36_000, "queue_s": 0, "credits": 100}})
    client.wait(process_id := client.job(), "Processing")
    client.running.edit("UPDATE jobs SET started = started - 9000")
    assert client.http.delete(f"/image/v1/cancel/{process_id}").status_code == 204
    status = client.status(process_id)
    assert status["status"] == "Cancelled"
    assert status["credits"] == cancel_cost(100, status["progress"])
    assert 25 <= status["progress"] <= 50, "six minutes for each hundredth"
    assert 26 <= status["credits"] <= 51
    assert _check_sums(client)["available_credits"] == 500 - status["credits"]


def test_cancelling_before_the_work_costs_nothing(client: Client) -> None:
    client.running.scenario({"match": {"path": "/async$"}, "do": {"queue_s": 100, "credits": 100}})
    process_id = client.job()
    assert client.http.delete(f"/image/v1/cancel/{process_id}").status_code == 204
    assert client.status(process_id)["credits"] == 0
    assert _check_sums(client) == {"available_credits": 500, "reserved_credits": 0, "total_credits": 500}


@pytest.mark.parametrize(("progress", "cost"), [(0, 0), (1, 1), (10, 2), (50, 6), (90, 10), (99, 10)])
def test_the_cost_of_cancelling(progress: int, cost: int) -> None:
    assert cancel_cost(10, progress) == cost


def test_an_empty_account_refuses_until_it_is_topped_up(client: Client) -> None:
    client.running.scenario(
        {"match": {"path": "/balance", "nth": 2}, "do": {"top_up": 50}},
        {"match": {"path": "/async$"}, "do": {"credits": 300}},
    )
    client.wait(client.job())
    assert error_of(client.submit())[0] == 402
    assert client.balance()["available_credits"] == 200
    assert client.balance()["available_credits"] == 250
    _check_sums(client)


def test_any_balance_is_a_grant_in_the_books(tmp_path: Path) -> None:
    with started(tmp_path / "sandbox", options=("--credits", "20000")) as running, Client(running) as client:
        assert _check_sums(client)["available_credits"] == 20_000
    with started(tmp_path / "sandbox", options=("--credits", "3")) as running, Client(running) as client:
        assert _check_sums(client)["available_credits"] == 3
