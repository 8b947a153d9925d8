"""Runflow's door of the sandbox, held to what is published: shapes, refusals, links, hidden defaults, books."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.sandbox.conftest import SMALL
from tests.support.pictures import encode
from tests.support.sandbox import RunningSandbox, started
from topazdesk.domain.image import FileFormat

RUNS = "/v1/models/topaz/upscale/image/runs"


class Runflow:
    """A client of one sandbox at Runflow's door."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        headers = {"Authorization": f"Bearer {running.key}"}
        self.http = httpx.Client(base_url=running.hello["runflow_url"], headers=headers, timeout=400)

    def announce(self, data: bytes = SMALL, mime: str = "image/jpeg") -> dict[str, str]:
        said = {"filename": "td-1.jpg", "mime_type": mime, "size_bytes": len(data)}
        answer = self.http.post("/v1/asset-uploads", json=said)
        assert answer.status_code == 201, answer.text
        found: dict[str, str] = answer.json()
        assert set(found) == {"asset_id", "upload_url"}
        return found

    def confirm(self, asset_id: str) -> httpx.Response:
        return self.http.post(f"/v1/asset-uploads/{asset_id}/confirmations", json={})

    def asset(self, data: bytes = SMALL, mime: str = "image/jpeg") -> str:
        made = self.announce(data, mime)
        assert httpx.put(made["upload_url"], content=data, headers={"Content-Type": mime}).status_code == 200
        answer = self.confirm(made["asset_id"])
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == made["asset_id"]
        return made["asset_id"]

    def create(self, **body: Any) -> httpx.Response:
        return self.http.post(RUNS, json=body)

    def run(self, asset_id: str, client_ref: str | None = None, **values: Any) -> dict[str, Any]:
        url = f"runflow://assets/{asset_id}"
        answer = self.create(input={"image_url": url, **values}, client_ref=client_ref, metadata={"a": 1})
        assert answer.status_code == 201, answer.text
        return self.wait(answer.json()["id"])

    def wait(self, run_id: str) -> dict[str, Any]:
        """The run at its end. Each look is a request; there is nothing else to wait on."""
        end = time.monotonic() + 400
        while time.monotonic() < end:
            found: dict[str, Any] = self.http.get(f"/v1/runs/{run_id}").json()
            if found["status_code"] not in ("queued", "running"):
                return found
        raise AssertionError("never ended")

    def settings(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(r for r in self.running.rows("jobs") if r["id"] == run_id)["settings"])
        return found


@pytest.fixture(scope="module")
def runflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runflow]:
    with started(tmp_path_factory.mktemp("runflow") / "sandbox") as running:
        client = Runflow(running)
        yield client
        client.http.close()


@pytest.fixture(autouse=True)
def clean(runflow: Runflow) -> Iterator[None]:
    yield
    runflow.running.scenario()


@pytest.fixture(scope="module")
def asset(runflow: Runflow) -> str:
    return runflow.asset()


def refused(answer: httpx.Response, status: int, word: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, word), answer.text
    assert set(answer.json()) == {"code", "message", "errors"}
    message: str = answer.json()["message"]
    return message


def test_a_run_from_upload_to_result(runflow: Runflow, asset: str) -> None:
    run = runflow.run(asset, "td-a", model="CGI", upscale_factor=1.5, output_format="png")
    assert run["status_code"] == "succeeded"
    assert (run["client_ref"], run["metadata"], run["cost"]) == ("td-a", {"a": 1}, "0.0800")
    assert "progress" not in run
    output = run["output"]["outputs"][0]
    assert (output["type"], output["width"], output["height"]) == ("image", 144, 96)
    fetched = httpx.get(output["url"])
    assert fetched.content.startswith(b"\x89PNG")
    assert runflow.running.result_bytes(run["id"]) == fetched.content


def test_faces_are_on_where_nothing_is_said(runflow: Runflow, asset: str) -> None:
    untold = runflow.settings(runflow.run(asset)["id"])
    assert (untold["face_enhancement"], untold["face_enhancement_strength"]) == (True, 0.8)
    assert runflow.settings(runflow.run(asset, face_enhancement=False)["id"])["face_enhancement"] is False
    assert "face_enhancement" not in runflow.settings(runflow.run(asset, model="Wonder")["id"])


def test_what_is_left_out_is_as_at_the_model_it_mirrors(runflow: Runflow, asset: str) -> None:
    output = runflow.run(asset)["output"]["outputs"][0]
    assert (output["width"], output["height"]) == (192, 128)
    assert httpx.get(output["url"]).content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"model": "Wonder 4"}, "model"),
        ({"model": 3}, "model"),
        ({"sharpen": 1.5}, "sharpen"),
        ({"sharpen": "much"}, "sharpen"),
        ({"creativity": 7, "model": "Redefine"}, "creativity"),
        ({"creativity": 2.5, "model": "Redefine"}, "creativity"),
        ({"subject_detection": "all"}, "subject_detection"),
        ({"prompt": "x" * 1025}, "prompt"),
        ({"output_format": "tiff"}, "output_format"),
        ({"upscale_factor": 0}, "upscale_factor"),
        ({"upscale_factor": 400}, "upscale_factor"),
        ({"crop_to_fill": "yes"}, "crop_to_fill"),
        ({"image_url": "https://example.test/a.jpg"}, "image_url"),
        ({"image_url": f"runflow://assets/{uuid4()}"}, "image_url"),
        ({"image_url": ""}, "image_url"),
    ],
)
def test_values_that_are_refused(runflow: Runflow, asset: str, values: dict[str, Any], said: str) -> None:
    answer = runflow.create(input={"image_url": f"runflow://assets/{asset}", **values})
    assert said in refused(answer, 422, "VALIDATION_ERROR")


def test_a_field_of_another_model_is_ignored(runflow: Runflow, asset: str) -> None:
    assert "creativity" not in runflow.settings(runflow.run(asset, model="CGI", creativity=3)["id"])


@pytest.mark.parametrize(
    "body", [{}, {"input": []}, {"input": {}}, {"input": {"image_url": "x"}, "client_ref": 4}, {"metadata": "x"}]
)
def test_bodies_that_are_refused(runflow: Runflow, body: dict[str, Any]) -> None:
    refused(runflow.create(**body), 422, "VALIDATION_ERROR")


def test_only_a_bearer_key_opens(runflow: Runflow) -> None:
    url, key = runflow.running.url, runflow.running.key
    for headers in ({}, {"X-API-Key": key}, {"Authorization": key}, {"Authorization": "Bearer wrong"}):
        refused(httpx.get(url + "/v1/runs", headers=headers), 401, "UNAUTHORIZED")
    assert httpx.get(url + "/v1/health").json() == {"status": "ok"}
    assert httpx.get(url + "/image/v1/status", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_storage_takes_only_what_was_announced(runflow: Runflow) -> None:
    made = runflow.announce()
    url, mime = made["upload_url"], {"Content-Type": "image/jpeg"}
    assert httpx.put(url, content=SMALL, headers={"Content-Type": "image/png"}).status_code == 403
    assert httpx.put(url + "0", content=SMALL, headers=mime).status_code == 403
    assert httpx.put(url, content=SMALL, headers={**mime, "Authorization": "Bearer x"}).status_code == 400
    refused(runflow.confirm(made["asset_id"]), 422, "VALIDATION_ERROR")
    assert httpx.put(url, content=SMALL[:-1], headers=mime).status_code == 200
    refused(runflow.confirm(made["asset_id"]), 422, "VALIDATION_ERROR")
    assert httpx.put(url, content=SMALL, headers=mime).status_code == 200
    assert runflow.confirm(made["asset_id"]).status_code == 201
    assert runflow.confirm(made["asset_id"]).status_code == 201, "confirmed twice is confirmed"
    fresh = runflow.http.get(f"/v1/assets/{made['asset_id']}").json()["url"]
    assert httpx.get(fresh).content == SMALL
    refused(runflow.confirm(str(uuid4())), 404, "ASSET_NOT_FOUND")


@pytest.mark.parametrize(
    "said",
    [
        {"mime_type": "image/jpeg", "size_bytes": 5},
        {"filename": "a", "mime_type": "image/tiff", "size_bytes": 5},
        {"filename": "a", "mime_type": "image/jpeg", "size_bytes": 52_428_801},
        {"filename": "a", "mime_type": "image/jpeg", "size_bytes": 0},
        {"filename": "a" * 501, "mime_type": "image/jpeg", "size_bytes": 5},
    ],
)
def test_announcements_that_are_refused(runflow: Runflow, said: dict[str, Any]) -> None:
    refused(runflow.http.post("/v1/asset-uploads", json=said), 422, "VALIDATION_ERROR")


def test_a_file_that_is_no_picture_or_another_one(runflow: Runflow) -> None:
    for data, mime in ((b"text" * 100, "image/jpeg"), (encode(FileFormat.PNG, 20, 20), "image/jpeg")):
        made = runflow.announce(data, mime)
        httpx.put(made["upload_url"], content=data, headers={"Content-Type": mime})
        assert runflow.confirm(made["asset_id"]).status_code in (415, 422)


def test_runs_are_found_by_their_name(runflow: Runflow, asset: str) -> None:
    wanted = runflow.run(asset, "td-wanted")["id"]

    def search(question: str) -> httpx.Response:
        return runflow.http.get("/v1/runs", params={"q": question})

    assert [r["id"] for r in search("client_ref.EQ:'td-wanted'").json()["items"]] == [wanted]
    assert search("client_ref.EQ:'td-want'").json()["items"] == []
    refused(search("client_ref LIKE 'td%'"), 422, "VALIDATION_ERROR")
    assert wanted in [r["id"] for r in runflow.http.get("/v1/runs").json()["items"]]


def test_unknown_runs_and_no_cancel(runflow: Runflow) -> None:
    for name in (str(uuid4()), "nothing"):
        refused(runflow.http.get(f"/v1/runs/{name}"), 404, "RUN_NOT_FOUND")
    cancel = runflow.http.post(f"/v1/admin/runs/{uuid4()}/cancellation", json={"reason": "changed my mind"})
    refused(cancel, 401, "UNAUTHORIZED")


def test_a_result_link_runs_out_and_is_renewed(runflow: Runflow, asset: str) -> None:
    run_id = runflow.run(asset)["id"]
    runflow.running.scenario({"match": {"path": "^/v1/runs/", "nth": 1}, "do": {"link_s": -10}})
    old = runflow.http.get(f"/v1/runs/{run_id}").json()["output"]["outputs"][0]["url"]
    assert httpx.get(old).status_code == 403
    fresh = runflow.http.get(f"/v1/runs/{run_id}", params={"add_signature": "true"}).json()
    assert httpx.get(fresh["output"]["outputs"][0]["url"]).status_code == 200


def test_only_a_success_is_billed_and_the_books_add_up(runflow: Runflow, asset: str) -> None:
    def balance() -> float:
        return float(runflow.http.get("/v1/billing/balance").json()["balance"])

    before = balance()
    runflow.running.scenario({"match": {"path": f"{RUNS}$"}, "do": {"fail_job": 50}})
    failed = runflow.run(asset)
    assert (failed["status_code"], failed["cost"], failed["output"]) == ("failed", None, None)
    assert failed["failure_message"]
    assert balance() == before
    runflow.running.scenario()
    runflow.run(asset)
    assert balance() == pytest.approx(before - 0.08)
    account = runflow.running.rows("account")[0]
    lines = runflow.running.rows("ledger")
    assert account["available"] == sum(line["available"] for line in lines)
    assert account["reserved"] == sum(line["reserved"] for line in lines) == 0
