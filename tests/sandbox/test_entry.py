"""What is checked where requests enter: each once ended in a 500, or was taken although the contract does not have it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.asgi import Request, SandboxApp
from tests.sandbox.conftest import SMALL, Client, error_of

_JSON = {"Content-Type": "application/json"}
_SIZE = {"input_width": 100, "input_height": 100}
_RUNS = "/v1/models/topaz/upscale/image/runs"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxApp]:
    made = SandboxApp(tmp_path_factory.mktemp("entry") / "sandbox")
    yield made
    made.close()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' * 80 + b"1" + b"}" * 80,
        b"9" * 5000,
        b'{"input_width": 1e400, "input_height": 1}',
        b'{"input_width": NaN, "input_height": 1}',
        b'{"input_width": 1, "input_height": ' + b"9" * 400 + b"}",
        b'{"model": "\\ud800", "input_width": 1, "input_height": 1}',
        b"\xff\xfe{\0}\0",
    ],
    ids=["brackets", "objects", "deep", "digits", "infinite", "nan", "huge", "half a character", "utf-16"],
)
def test_json_that_breaks_readers_is_malformed(shared: Client, body: bytes) -> None:
    for call in ("estimate", "estimate-gen", "estimate-bulk"):
        assert error_of(shared.http.post(f"/image/v1/{call}", content=body, headers=_JSON))[0] == 400
    bearer = {**_JSON, "Authorization": f"Bearer {shared.running.key}"}
    for path in ("/v1/asset-uploads", _RUNS):
        assert shared.http.post(path, content=body, headers=bearer).status_code == 422


def test_a_json_body_that_never_ends_is_413(service: SandboxApp) -> None:
    headers = [*service.key(), (b"content-type", b"application/json")]
    for path in ("/image/v1/estimate", "/v1/asset-uploads"):
        pieces = [b'{"a": "'] + [b"a" * 1_000_000] * 9
        assert service.ask(Request("POST", path, headers=headers, pieces=pieces)).status == 413


@pytest.mark.parametrize("number", [2**62, 2**63, 10**40, -1])
def test_a_cursor_is_one_of_ours_or_400(shared: Client, number: int) -> None:
    cursor = base64.urlsafe_b64encode(f"before:{number}".encode()).decode()
    assert error_of(shared.http.get("/image/v1/status", params={"paginated": "true", "cursor": cursor}))[0] == 400


@pytest.mark.parametrize("cursor", ["YmVmb3JlOjFfMA==", "Ym VmOjE=", "before:1", "YmVmb3JlOisx", "²"])
def test_a_cursor_that_only_python_reads_is_400(shared: Client, cursor: str) -> None:
    assert error_of(shared.http.get("/image/v1/status", params={"paginated": "true", "cursor": cursor}))[0] == 400


@pytest.mark.parametrize(
    "query",
    [
        {"paginated": "TRUE"},
        {"paginated": "1"},
        {"paginated": "true", "limit": "9" * 5000},
        {"paginated": "true", "limit": "²"},
    ],
)
def test_query_parameters_have_the_published_types(shared: Client, query: dict[str, str]) -> None:
    assert error_of(shared.http.get("/image/v1/status", params=query))[0] == 400


@pytest.mark.parametrize("kind", ["hex", "braces", "urn", "blank"])
def test_an_id_is_a_uuid_as_it_is_written(shared: Client, kind: str) -> None:
    made = shared.submit().json()
    other = {
        "hex": lambda text: text.replace("-", ""),
        "braces": lambda text: "{" + text + "}",
        "urn": lambda text: f"urn:uuid:{text}",
        "blank": lambda text: text + " ",
    }[kind]
    assert error_of(shared.http.get(f"/image/v1/status/{other(made['process_id'])}"))[0] == 400
    assert error_of(shared.submit(image=None, source_id=other(made["source_id"])))[0] == 400
    assert shared.http.get(f"/image/v1/status/{made['process_id'].upper()}").status_code == 200


@pytest.mark.parametrize(
    "boundary",
    [
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary*=utf-9''x",
        "multipart/mixed; boundary=x",
    ],
)
def test_an_odd_boundary_is_400(shared: Client, boundary: str) -> None:
    answer = shared.http.post("/image/v1/enhance/async", content=b"--x--", headers={"Content-Type": boundary})
    assert error_of(answer)[0] == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"output_width": "9" * 5000},
        {"model": ""},
        {"source_id": ""},
        {"source_url": ""},
        {"crop_to_fill": "TRUE"},
        {"sharpen": "1_0e-1"},
        {"sharpen": " 0.5"},
        {"sharpen": "٠"},
        {"sharpen": "9" * 5000},
    ],
)
def test_a_submit_takes_the_published_types_only(shared: Client, fields: dict[str, str]) -> None:
    assert error_of(shared.submit(**fields))[0] == 400


def test_names_and_numbers_of_fields_are_bounded(shared: Client) -> None:
    assert error_of(shared.submit(name="x" * 256 + ".jpg"))[0] == 400
    assert shared.status(shared.job(name="x" * 251 + ".jpg"))["filename"] == "x" * 251 + ".jpg"
    assert error_of(shared.submit(**{f"setting{number}": "1" for number in range(600)}))[0] == 400
    status, message = error_of(shared.submit(model="m" * 5000))
    assert status == 400
    assert len(message) <= 300


@pytest.mark.parametrize(
    "fields",
    [
        {"input_width": "100"},
        {"input_width": True},
        {"input_width": 99.5},
        {"output_width": "200"},
        {"model": 5},
        {"model": None},
        {"model": ""},
        {"category": ["Enhance"]},
        {"crop_to_fill": "true"},
        {"sharpen": 0.5},  # a setting is a text
        {"anything": {}},
    ],
)
def test_json_has_the_published_types(shared: Client, fields: dict[str, Any]) -> None:
    body = {**_SIZE, "model": "Standard V2", **fields}
    assert error_of(shared.http.post("/image/v1/estimate", json=body))[0] == 400
    found = shared.http.post("/image/v1/estimate-bulk", json=[body, _SIZE]).json()
    assert [item["status"] for item in found] == ["error", "success"]


def test_json_that_is_right_in_an_unusual_way_is_taken(shared: Client) -> None:
    body = {"input_width": 1e2, "input_height": 100, "crop_to_fill": False, "sharpen": "0.5", "unknown": "setting"}
    assert shared.http.post("/image/v1/estimate", json=body).status_code == 200
    kind = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert shared.http.post("/image/v1/estimate", content=json.dumps(body), headers=kind).status_code == 200
    assert (
        error_of(shared.http.post("/image/v1/estimate", content=b"{}", headers={"Content-Type": "application/jsonp"}))[
            0
        ]
        == 400
    )


@pytest.mark.parametrize("expires", ["²", "9" * 5000, "-1", "1e9"])
def test_a_link_with_an_odd_end_opens_nothing(shared: Client, expires: str) -> None:
    for method in ("GET", "HEAD"):
        answer = shared.http.request(
            method, "/storage/results/x", params={"expires": expires, "method": method, "signature": "é"}
        )
        assert answer.status_code == 403


def test_a_forwarded_scheme_is_one_that_exists(shared: Client) -> None:
    done = shared.done()["process_id"]
    for said, kept in (("https", "https"), ("javascript", "http"), ("\0", "http")):
        links = shared.http.get(
            f"/image/v1/download/{done}", headers={"X-Forwarded-Proto": said} if said != "\0" else {}
        ).json()
        assert links["download_url"].startswith(f"{kept}://127.0.0.1")


class _Runflow:
    def __init__(self, client: Client) -> None:
        self.http = client.http
        self.headers = {"Authorization": f"Bearer {client.running.key}"}

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(path, json=body, headers=self.headers)

    def announced(self) -> dict[str, Any]:
        found: dict[str, Any] = self.post(
            "/v1/asset-uploads", {"filename": "a.jpg", "mime_type": "image/jpeg", "size_bytes": len(SMALL)}
        ).json()
        return found

    def put(self, upload_url: str) -> int:
        return self.http.put(upload_url, content=SMALL, headers={"Content-Type": "image/jpeg"}).status_code


def test_an_asset_that_is_put_and_confirmed_many_times_at_once_is_taken_in_once(shared: Client) -> None:
    runflow = _Runflow(shared)
    for _ in range(5):
        announced = runflow.announced()
        with ThreadPoolExecutor(6) as threads:
            puts = list(threads.map(lambda _: runflow.put(announced["upload_url"]), range(6)))  # noqa: B023
            path = f"/v1/asset-uploads/{announced['asset_id']}/confirmations"
            confirmed = list(threads.map(lambda _: runflow.post(path, {}).status_code, range(6)))  # noqa: B023
        assert set(puts) == {200}
        assert set(confirmed) == {201}


@pytest.mark.parametrize(
    "change",
    [
        {"callback_url": 5},
        {"callback_url": {"a": 1}},
        {"client_ref": "x" * 256},
        {"client_ref": 10**400},
        {"metadata": []},
        {"metadata": {"a": "x" * 70_000}},
        {"input": {"upscale_factor": 10**400}},
        {"input": {"upscale_factor": True}},
        {"input": {"creativity": 10**400}},
        {"input": {"creativity": None}},
        {"input": {"model": None}},
        {"input": {"sharpen": "0.5"}},
    ],
    ids=str,
)
def test_a_run_has_the_published_types(shared: Client, change: dict[str, Any]) -> None:
    runflow = _Runflow(shared)
    announced = runflow.announced()
    assert runflow.put(announced["upload_url"]) == 200
    assert runflow.post(f"/v1/asset-uploads/{announced['asset_id']}/confirmations", {}).status_code == 201
    url = {"image_url": f"runflow://assets/{announced['asset_id']}"}
    body = {"input": url, "callback_url": None, "metadata": None, "client_ref": None}
    assert runflow.post(_RUNS, body).status_code == 201
    wrong = {**body, **change, "input": {**url, **change.get("input", {})}}
    assert runflow.post(_RUNS, wrong).status_code == 422


def test_a_file_that_goes_while_it_is_asked_for_is_no_error_of_ours(
    service: SandboxApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_id, _ = service.submitted(SMALL)
    place = service.state.result(process_id)
    place.write_bytes(SMALL)
    path = service.sandbox.signer.link("", "results", process_id, "GET", 10**10)

    opened = Path.open

    def open_and_lose(self: Path, *args: Any, **kwargs: Any) -> Any:
        file = opened(self, *args, **kwargs)
        if self == place:
            place.unlink()
        return file

    monkeypatch.setattr(Path, "open", open_and_lose)
    answer = service.ask(Request("GET", path.partition("?")[0], path.partition("?")[2].encode()))
    assert answer.status == 404
