"""The answers against the contract: our description of it, or the published file that `TOPAZDESK_OPENAPI` names."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import pytest

from tests.sandbox.conftest import SMALL, Client
from tests.support.contract import contract as contract_document


class Contract:
    """`check` validates an answer against the schema of its operation and status."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.checked: set[tuple[str, str, str]] = set()

    def _resolved(self, node: Any) -> Any:
        while "$ref" in node:
            place = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            node = place
        return node

    def check(self, answer: httpx.Response, path: str) -> None:
        method, status = answer.request.method.lower(), str(answer.status_code)
        responses = self.document["paths"][path][method]["responses"]
        assert status in responses, f"{method} {path} does not document {status}: {answer.text}"
        described = self._resolved(responses[status])
        if "content" not in described:
            assert answer.content == b""
        else:
            schema = described["content"]["application/json"]["schema"]
            whole = {**schema, "components": self.document["components"]}
            jsonschema.Draft202012Validator(whole).validate(answer.json())
        for name in described.get("headers", {}):
            assert name in answer.headers
        self.checked.add((method, path, status))


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(contract_document())


ENDPOINTS = [
    "enhance",
    "enhance-gen",
    "sharpen",
    "sharpen-gen",
    "denoise",
    "restore-gen",
    "lighting",
    "matting",
    "tool",
]
MODELS = {
    "enhance": "Low Resolution V2",
    "enhance-gen": "Natural Enhance",
    "sharpen": "Lens Blur V2",
    "restore-gen": "Faces",
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_submits(shared: Client, contract: Contract, endpoint: str) -> None:
    path = f"/{endpoint}/async"
    if endpoint in MODELS:
        contract.check(shared.submit(endpoint, model=MODELS[endpoint]), path)
    contract.check(shared.submit(endpoint, model="None such"), path)
    contract.check(shared.submit(endpoint, image=b"text"), path)


def test_submit_errors(client: Client, contract: Contract) -> None:
    path = "/enhance/async"
    for status in (402, 403, 412, 413, 415, 422, 425, 429, 500):
        client.running.scenario({"match": {"path": "/async$"}, "do": {"status": status}})
        contract.check(client.submit(), path)
    contract.check(httpx.post(client.running.url + "/image/v1" + path, files={"image": SMALL}), path)


def test_statuses(client: Client, contract: Contract) -> None:
    contract.check(client.http.get("/image/v1/status"), "/status")
    face = {"face_enhancement": "true", "face_enhancement_strength": "0.8", "face_enhancement_creativity": "0"}
    done = client.done(**face)["process_id"]
    client.done("enhance-gen", model="Redefine", prompt="a lake")
    client.running.scenario(
        {"match": {"path": "/async$", "nth": 1}, "do": {"fail_job": 0}},
        {"match": {"path": "/async$"}, "do": {"queue_s": 100}},
    )
    client.wait(client.job(), "Failed")
    waiting = client.job()
    contract.check(client.http.get(f"/image/v1/status/{waiting}"), "/status/{process_id}")
    contract.check(client.http.get(f"/image/v1/status/{done}"), "/status/{process_id}")
    contract.check(client.http.get("/image/v1/status"), "/status")
    contract.check(client.http.get("/image/v1/status?paginated=true"), "/status")
    contract.check(client.http.get("/image/v1/status?paginated=true&limit=1"), "/status")
    contract.check(client.http.get("/image/v1/status?paginated=true&limit=0"), "/status")
    contract.check(client.http.delete(f"/image/v1/status/{waiting}"), "/status/{process_id}")
    contract.check(client.http.delete(f"/image/v1/cancel/{waiting}"), "/cancel/{process_id}")
    contract.check(client.http.delete(f"/image/v1/cancel/{waiting}"), "/cancel/{process_id}")
    contract.check(client.http.delete(f"/image/v1/status/{waiting}"), "/status/{process_id}")
    contract.check(client.http.delete("/image/v1/status"), "/status")


def test_unknown_and_malformed_ids(shared: Client, contract: Contract) -> None:
    for name in ("xyz", str(uuid4())):
        for method, path in (
            ("GET", "status"),
            ("DELETE", "status"),
            ("GET", "download"),
            ("GET", "download/input"),
            ("DELETE", "cancel"),
        ):
            contract.check(shared.http.request(method, f"/image/v1/{path}/{name}"), f"/{path}/{{process_id}}")


def test_downloads(client: Client, contract: Contract) -> None:
    done = client.done()["process_id"]
    contract.check(client.http.get(f"/image/v1/download/{done}"), "/download/{process_id}")
    contract.check(client.http.get(f"/image/v1/download/input/{done}"), "/download/input/{process_id}")
    client.running.scenario({"match": {"path": "/async$"}, "do": {"queue_s": 100}})
    contract.check(client.http.get(f"/image/v1/download/{client.job()}"), "/download/{process_id}")


def test_estimates(shared: Client, contract: Contract) -> None:
    good = {"input_width": 100, "input_height": 100}
    for path, model in (("/estimate", "Standard V2"), ("/estimate-gen", "Recover 3")):
        contract.check(shared.http.post("/image/v1" + path, json={**good, "model": model}), path)
        contract.check(shared.http.post("/image/v1" + path, json={**good, "model": "None"}), path)
        contract.check(shared.http.post("/image/v1" + path, json={"input_width": 5}), path)
    bulk = [good, {**good, "model": "None"}, {**good, "model": "Redefine", "output_width": 30_000}]
    contract.check(shared.http.post("/image/v1/estimate-bulk", json=bulk), "/estimate-bulk")
    contract.check(shared.http.post("/image/v1/estimate-bulk", json=7), "/estimate-bulk")


def test_a_wrong_key_on_every_operation(shared: Client, contract: Contract) -> None:
    for path, operations in contract.document["paths"].items():
        for method in operations:
            url = shared.running.url + "/image/v1" + path.replace("{process_id}", str(uuid4()))
            contract.check(httpx.request(method.upper(), url, headers={"X-API-Key": "wrong"}), path)
