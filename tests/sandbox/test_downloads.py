"""Links: presigned, short-lived, for one method; ranges; the input."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.sandbox.conftest import SMALL, Client, error_of


@pytest.fixture(scope="module")
def done(shared: Client) -> str:
    return str(shared.done(output_width="400")["process_id"])


def test_a_link_needs_no_key_and_lives_an_hour(shared: Client, done: str) -> None:
    asked = int(time.time())
    link = shared.link(done)
    assert set(link) == {"download_url", "head_url", "expiry"}
    assert asked + 3600 <= link["expiry"] <= time.time() + 3600
    answer = httpx.get(link["download_url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content == shared.running.result_bytes(done)
    assert not urlsplit(link["download_url"]).path.startswith("/image/v1")
    assert shared.running.key not in link["download_url"]


def test_the_head_link_tells_size_and_type(shared: Client, done: str) -> None:
    link = shared.link(done)
    head = httpx.head(link["head_url"])
    assert head.status_code == 200
    assert int(head.headers["content-length"]) == len(shared.running.result_bytes(done))
    assert head.headers["content-type"] == "image/jpeg"
    assert head.content == b""
    # As with object stores, a signature is for one method.
    assert httpx.get(link["head_url"]).status_code == 403
    assert httpx.head(link["download_url"]).status_code == 403


def test_a_download_can_be_continued(shared: Client, done: str) -> None:
    whole, url = shared.running.result_bytes(done), shared.link(done)["download_url"]
    rest = httpx.get(url, headers={"Range": "bytes=1000-"})
    assert rest.status_code == 206
    assert rest.content == whole[1000:]
    assert rest.headers["content-range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    assert httpx.get(url, headers={"Range": "bytes=10-19"}).content == whole[10:20]
    assert httpx.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    tag = httpx.get(url).headers["etag"]
    assert httpx.get(url, headers={"Range": "bytes=5-", "If-Range": tag}).status_code == 206
    assert httpx.get(url, headers={"Range": "bytes=5-", "If-Range": '"other"'}).status_code == 200


def test_a_changed_link_opens_nothing(shared: Client, done: str) -> None:
    url = shared.link(done)["download_url"]
    expiry = url.partition("expires=")[2].partition("&")[0]
    for wrong in (
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace(f"expires={expiry}", f"expires={int(expiry) + 60}"),
        url.replace("/results/", "/sources/"),
        url.partition("?")[0],
        url.replace(done, "../api-key"),
    ):
        answer = httpx.get(wrong)
        assert answer.status_code in (403, 404), wrong
        assert shared.running.key.encode() not in answer.content


def test_an_expired_link_is_403_as_at_an_object_store(client: Client) -> None:
    process_id = client.done()["process_id"]
    client.running.scenario({"match": {"path": "/download/", "nth": 1}, "do": {"link_s": 0}})
    old = httpx.get(client.link(process_id)["download_url"])
    assert old.status_code == 403
    assert old.headers["content-type"].startswith("application/xml")
    assert b"AccessDenied" in old.content
    assert httpx.get(client.link(process_id)["download_url"]).status_code == 200


def test_a_link_survives_a_restart(client: Client) -> None:
    process_id = client.done()["process_id"]
    url = client.link(process_id)["download_url"]
    before = httpx.get(url).content
    client.running.restart()
    assert httpx.get(url).content == before


def test_the_input_can_be_downloaded_again(shared: Client, done: str) -> None:
    assert httpx.get(shared.link(done, "input/")["download_url"]).content == SMALL


def test_links_stay_on_the_host_that_was_asked(shared: Client, done: str) -> None:
    """A proxy between client and sandbox stays in between."""
    headers = {"Host": "proxy.example:8443", "X-Forwarded-Proto": "https"}
    link = shared.http.get(f"/image/v1/download/{done}", headers=headers).json()
    assert link["download_url"].startswith("https://proxy.example:8443/storage/")


def test_a_result_that_is_gone_is_404(client: Client) -> None:
    process_id = client.done()["process_id"]
    url = client.link(process_id)["download_url"]
    client.running.scenario({"match": {"path": f"/status/{process_id}", "nth": 1}, "do": {"gone": True}})
    assert error_of(client.http.get(f"/image/v1/status/{process_id}"))[0] == 404
    assert error_of(client.http.get(f"/image/v1/download/{process_id}"))[0] == 404
    gone = httpx.get(url)
    assert gone.status_code == 404
    assert b"NoSuchKey" in gone.content
