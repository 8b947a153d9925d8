"""Scenarios: every documented error and every way to lose an answer can be made to happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import SMALL, Client, error_of
from topazdesk.errors import UseError
from topazdesk.sandbox.scenario import NO_EFFECT, Scenario

SUBMIT = {"path": "/async$"}


def test_every_documented_error_can_be_had(client: Client) -> None:
    for status in (400, 401, 402, 403, 404, 409, 412, 413, 415, 422, 425, 429, 500, 502, 503, 504):
        client.running.scenario({"match": SUBMIT, "do": {"status": status, "headers": {"Retry-After": "7"}}})
        answer = client.submit()
        assert error_of(answer)[0] == status
        assert answer.headers["retry-after"] == "7"
    assert client.balance()["available_credits"] == 500, "an error answer has booked nothing"


def test_only_the_nth_request_is_met(client: Client) -> None:
    client.running.scenario(
        {"match": {"method": "GET", "path": "/balance", "nth": [2, 4]}, "do": {"status": 429}},
        {"match": {"path": "/status$", "from": 2, "until": 3}, "do": {"status": 503}},
    )
    assert [client.http.get("/account/v1/credits/balance").status_code for _ in range(5)] == [200, 429, 200, 429, 200]
    assert [client.http.get("/image/v1/status").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_rule_can_be_for_one_model(client: Client) -> None:
    client.running.scenario({"match": {"model": "Redefine"}, "do": {"status": 500}})
    assert client.submit().status_code == 200
    assert client.submit("enhance-gen", model="Redefine").status_code == 500
    client.running.scenario({"match": {"model": "Redefine"}, "do": {"drop": "after"}})
    with pytest.raises(httpx.TransportError):
        client.submit("enhance-gen", model="Redefine")
    assert len(client.http.get("/image/v1/status").json()) == 2


def test_a_portals_page_and_broken_json_come_as_they_are(client: Client) -> None:
    page = "<html>Sign in to the hotel</html>"
    client.running.scenario(
        {"match": {"path": "/status$"}, "do": {"status": 200, "body": page, "headers": {"Content-Type": "text/html"}}},
        {"match": {"path": "/balance$"}, "do": {"status": 200, "body": {"credits": "many"}}},
    )
    answer = client.http.get("/image/v1/status")
    assert (answer.text, answer.headers["content-type"]) == (page, "text/html")
    assert client.http.get("/account/v1/credits/balance").json() == {"credits": "many"}


def test_a_request_dropped_before_does_nothing_and_after_does_everything(client: Client) -> None:
    client.running.scenario(
        {"match": {**SUBMIT, "nth": 1}, "do": {"drop": "before"}},
        {"match": {**SUBMIT, "nth": 1}, "do": {"drop": "after"}},
    )
    with pytest.raises(httpx.TransportError):
        client.submit(name="token-1.jpg")
    assert client.http.get("/image/v1/status").json() == []
    with pytest.raises(httpx.TransportError):
        client.submit(name="token-2.jpg")
    jobs = client.http.get("/image/v1/status").json()
    assert [job["filename"] for job in jobs] == ["token-2.jpg"]
    assert client.submit().status_code == 200


def test_an_upload_cut_in_the_middle_leaves_nothing(client: Client) -> None:
    client.running.scenario({"match": {**SUBMIT, "nth": 1}, "do": {"drop": {"request": 100_000}}})
    with pytest.raises(httpx.TransportError):
        client.submit(image=SMALL + bytes(2_000_000))
    assert client.http.get("/image/v1/status").json() == []
    assert client.balance()["available_credits"] == 500
    assert not client.running.uploads


def test_a_download_can_be_cut_truncated_and_corrupted(client: Client) -> None:
    process_id = client.done()["process_id"]
    url, whole = client.link(process_id)["download_url"], client.running.result_bytes(process_id)
    client.running.scenario(
        {"match": {"path": "/storage/", "nth": 1}, "do": {"drop": {"answer": 1000}}},
        {"match": {"path": "/storage/", "nth": 1}, "do": {"truncate": 1000}},
        {"match": {"path": "/storage/", "nth": 1}, "do": {"corrupt": 600}},
    )
    got = bytearray()
    with httpx.stream("GET", url) as answer:
        assert int(answer.headers["content-length"]) == len(whole)
        blocks = answer.iter_bytes()
        with pytest.raises(httpx.RemoteProtocolError):
            _collect(blocks, got)
    assert bytes(got) == whole[:1000]
    assert httpx.get(url).content == whole[:1000]
    corrupt = httpx.get(url).content
    assert len(corrupt) == len(whole)
    assert corrupt[:600] == whole[:600]
    assert corrupt[600:] != whole[600:]
    assert httpx.get(url).content == whole


def _collect(blocks: Iterator[bytes], into: bytearray) -> None:
    for block in blocks:
        into += block


def test_silence_before_and_after_the_work(client: Client) -> None:
    client.running.scenario(
        {"match": {**SUBMIT, "nth": 1}, "do": {"delay_s": 3600}},
        {"match": {**SUBMIT, "nth": 1}, "do": {"answer_delay_s": 3600}},
    )
    url, files = client.running.url + "/image/v1/enhance/async", {"image": ("a.jpg", SMALL)}
    for expected in (0, 1):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, files=files, headers=client.running.headers, timeout=0.3)
        while len(jobs := client.http.get("/image/v1/status").json()) < expected:
            pass  # it is at work on it
        assert len(jobs) == expected


def test_headers_alone_are_added_to_the_real_answer(client: Client) -> None:
    client.running.scenario({"match": {"path": "/balance"}, "do": {"headers": {"X-Extra": "1"}}})
    answer = client.http.get("/account/v1/credits/balance")
    assert answer.headers["x-extra"] == "1"
    assert answer.json()["available_credits"] == 500


def test_a_job_that_vanishes_is_404(client: Client) -> None:
    process_id = client.done()["process_id"]
    client.running.scenario({"match": {"path": "/status/", "from": 2}, "do": {"gone": True}})
    assert client.status(process_id)["status"] == "Completed"
    assert error_of(client.http.get(f"/image/v1/status/{process_id}"))[0] == 404


def test_the_starting_credits_come_from_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps({"credits": 3}))
    assert Scenario(file).credits == 3
    assert Scenario(None).effect("GET", "/image/v1/status") is NO_EFFECT


def test_settings_can_be_ignored_renamed_or_changed_and_a_model_retired(client: Client) -> None:
    client.running.scenario(
        {"match": {"path": "/enhance/async", "nth": 1}, "do": {"ignore": ["sharpen"]}},
        {"match": {"path": "/enhance/async", "nth": 1}, "do": {"rename": {"sharpen": "sharpness"}}},
        {"match": {"path": "/enhance/async", "nth": 1}, "do": {"change": {"sharpen": 0.1}}},
        {"match": {"model": "CGI", "from": 2}, "do": {"retire": True}},
    )
    told = [json.loads(client.done(sharpen="0.75", denoise="0.25")["options_json"]) for _ in range(4)]
    assert [t["denoise"] for t in told] == [0.25] * 4
    assert [t.get("sharpen") for t in told] == [None, None, 0.1, 0.75]
    assert told[1]["sharpness"] != 0.75, "what was sent under the old name does not count"
    ask = {"input_width": 96, "input_height": 64, "category": "Enhance", "model": "CGI"}
    client.job(model="CGI")
    assert client.http.post("/image/v1/estimate", json=ask).status_code == 200
    assert error_of(client.submit(model="CGI")) == (400, "Invalid model: CGI.")
    assert client.http.post("/image/v1/estimate", json=ask).status_code == 400
    assert client.submit(model="Standard V2").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"rules": [{"match": {}}]}',
        '{"rules": [{"do": {"explode": 1}}]}',
        '{"rules": [{"do": {}, "match": {"path": "("}}]}',
        '{"rules": [{"do": {"drop": "sometimes"}}]}',
        '{"rules": [{"do": {"drop": "before"}, "match": {"model": "Redefine"}}]}',
        '{"rules": [{"match": {"pth": ""}, "do": {}}]}',
    ],
)
def test_a_wrong_scenario_is_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(text)
    with pytest.raises(UseError) as caught:
        Scenario(file)
    assert str(file) in caught.value.details


def test_a_scenario_that_is_broken_while_it_runs_is_told(client: Client) -> None:
    client.running.scenario({"match": {"path": "/status"}, "do": {"explode": True}})
    status, message = error_of(client.http.get("/image/v1/status"))
    assert status == 500
    assert "explode" in message
    client.running.scenario()
    assert client.http.get("/image/v1/status").status_code == 200


def test_a_long_delay_does_not_hold_up_others(client: Client) -> None:
    client.running.scenario({"match": {"path": "/balance"}, "do": {"delay_s": 3600}})
    with pytest.raises(httpx.ReadTimeout):
        client.http.get("/account/v1/credits/balance", timeout=0.1)
    assert client.http.get("/image/v1/status").status_code == 200, "long before that"


def test_an_upload_can_be_gone_before_its_time(client: Client) -> None:
    first = client.submit().json()
    client.wait(first["process_id"])
    client.running.scenario({"match": {**SUBMIT, "nth": 1}, "do": {"lose_source": True}})
    for _ in range(2):  # and stays gone
        gone = client.submit(image=None, source_id=first["source_id"])
        assert error_of(gone)[0] == 400
    again = client.submit().json()
    assert again["source_id"] != first["source_id"]
    assert client.submit(image=None, source_id=again["source_id"]).status_code == 200
    assert len(client.running.rows("jobs")) == 3
