"""What a submit takes, answers and refuses."""

from __future__ import annotations

import http.client
import http.server
import json
import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest

from tests.sandbox.conftest import SMALL, Client, error_of
from tests.support.pictures import encode
from topazdesk.domain.image import FileFormat


def test_the_answer_names_job_source_and_eta_in_body_and_headers(shared: Client) -> None:
    answer = shared.submit()
    body = answer.json()
    assert set(body) == {"process_id", "source_id", "eta"}
    assert str(UUID(body["process_id"])) == body["process_id"]
    assert isinstance(body["eta"], int)
    assert answer.headers["X-Process-ID"] == body["process_id"]
    assert answer.headers["X-Source-ID"] == body["source_id"]
    assert answer.headers["X-ETA"] == str(body["eta"])


def test_the_status_tells_the_file_name_that_was_uploaded(shared: Client) -> None:
    status = shared.done(name="job-7f3a é.jpg")
    assert status["filename"] == "job-7f3a é.jpg"
    assert (status["input_width"], status["input_height"], status["input_format"]) == (96, 64, "jpeg")


def test_a_source_can_be_used_again_by_its_id(shared: Client) -> None:
    first = shared.submit().json()
    again = shared.submit("sharpen", image=None, source_id=first["source_id"], model="Lens Blur V2")
    assert again.status_code == 200, again.text
    assert again.json()["source_id"] == first["source_id"]
    assert again.json()["process_id"] != first["process_id"]
    assert shared.wait(again.json()["process_id"])["status"] == "Completed"


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (96, 64)),
        ({"output_width": "192"}, (192, 128)),
        ({"output_height": "32"}, (48, 32)),
        ({"output_width": "200", "output_height": "200"}, (200, 200)),
        ({"output_width": "200", "output_height": "200", "crop_to_fill": "true"}, (200, 200)),
    ],
)
def test_output_size_follows_the_published_rules(shared: Client, fields: dict[str, str], size: tuple[int, int]) -> None:
    status = shared.done(**fields)
    assert (status["output_width"], status["output_height"]) == size
    assert status["crop_to_fill"] is (fields.get("crop_to_fill") == "true")


def test_other_endpoints_ignore_an_output_size(shared: Client) -> None:
    status = shared.done("sharpen", model="Lens Blur V2", output_width="500")
    assert (status["output_width"], status["output_height"]) == (96, 64)


def test_unknown_settings_are_ignored_without_a_word(shared: Client) -> None:
    status = shared.done(sharpnes="0.9", creativity="99")
    assert not {"sharpnes", "creativity"} & set(json.loads(status["options_json"]))


def test_settings_that_were_sent_are_echoed_and_the_others_are_set_automatically(shared: Client) -> None:
    first = shared.done(
        sharpen="0.25", face_enhancement="true", face_enhancement_strength="0.5", face_enhancement_creativity="0"
    )
    options = json.loads(first["options_json"])
    assert options["sharpen"] == 0.25
    assert options["face_enhancement_strength"] == 0.5
    assert 0 <= options["denoise"] <= 1
    assert first["face_enhancement"] is True
    again = json.loads(shared.done()["options_json"])
    assert again["denoise"] == options["denoise"], "automatic values depend on the picture only"
    assert "face_enhancement_strength" not in again


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"model": "Standard v2"}, "model"),
        ({"model": "Redefine"}, "model"),
        ({"output_width": "0"}, "output width"),
        ({"output_width": "32001"}, "output width"),
        ({"output_height": "-3"}, "output height"),
        ({"output_width": "12.5"}, "output width"),
        ({"output_width": "²"}, "output width"),
        ({"output_format": "webp"}, "format"),
        ({"crop_to_fill": "maybe"}, "crop_to_fill"),
        ({"sharpen": "1.5"}, "sharpen"),
        ({"sharpen": "nan"}, "sharpen"),
        ({"face_enhancement": "yes"}, "face_enhancement"),
        ({"face_enhancement": "true"}, "face_enhancement_strength"),
        ({"subject_detection": "Foreground"}, "subject_detection"),
        ({"source_id": str(uuid4())}, "Exactly one"),
        ({"source_url": "http://127.0.0.1:9/x.jpg"}, "Exactly one"),
    ],
)
def test_malformed_fields_are_400(shared: Client, fields: dict[str, str], word: str) -> None:
    status, message = error_of(shared.submit(**fields))
    assert status == 400
    assert word in message


def test_without_a_model_the_default_of_the_endpoint_runs_if_the_catalogue_has_it(shared: Client) -> None:
    files = {"image": ("a.jpg", SMALL)}
    answer = shared.http.post("/image/v1/enhance-gen/async", files=files)
    assert shared.status(answer.json()["process_id"])["model"] == "Redefine"
    assert error_of(shared.http.post("/image/v1/denoise-gen/async", files=files))[0] == 400
    matted = shared.http.post("/image/v1/matting/async", files=files)
    assert shared.status(matted.json()["process_id"])["model"] == "Object"


def test_a_submit_without_any_source_or_with_an_unknown_one_is_400(shared: Client) -> None:
    assert error_of(shared.submit(image=None))[0] == 400
    assert error_of(shared.submit(image=None, source_id=str(uuid4())))[0] == 400
    assert error_of(shared.submit(image=None, source_id="abc"))[0] == 400


def test_a_body_that_is_not_multipart_is_400(shared: Client) -> None:
    assert error_of(shared.http.post("/image/v1/enhance/async", json={"model": "Standard V2"}))[0] == 400
    broken = shared.http.post(
        "/image/v1/enhance/async", content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert error_of(broken)[0] == 400


@pytest.mark.parametrize(
    "image",
    [
        b"Dear reader, this is no picture.",
        b"",
        SMALL[:200],
        encode(FileFormat.WEBP, 32, 32),
        encode(FileFormat.GIF, 32, 32),
    ],
    ids=["text", "empty", "cut off", "webp", "gif"],
)
def test_what_cannot_be_decoded_is_415_and_leaves_no_file(shared: Client, image: bytes) -> None:
    before = len(shared.running.rows("jobs"))
    assert error_of(shared.submit(image=image))[0] == 415
    assert len(shared.running.rows("jobs")) == before
    assert not shared.running.uploads


def test_a_picture_without_width_is_422(shared: Client) -> None:
    png = bytearray(encode(FileFormat.PNG, 32, 32))
    png[16:20] = b"\0\0\0\0"
    assert error_of(shared.submit(image=bytes(png)))[0] == 422
    jpeg = bytearray(SMALL)
    frame = jpeg.index(b"\xff\xc0") + 5
    jpeg[frame : frame + 2] = b"\0\0"
    assert error_of(shared.submit(image=bytes(jpeg)))[0] == 422


def test_over_the_models_megapixels_is_413(shared: Client) -> None:
    status, message = error_of(shared.submit("enhance-gen", model="Recover 3", output_width="32000"))
    assert status == 413
    assert "384" in message


def test_a_side_that_becomes_too_long_is_413(shared: Client) -> None:
    tall = encode(width=10, height=100)
    assert error_of(shared.submit(image=tall, output_width="4000"))[0] == 413


def test_over_500_mb_is_413_before_the_body_is_read(shared: Client) -> None:
    host, port = shared.running.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=400)
    connection.putrequest("POST", "/image/v1/enhance/async")
    connection.putheader("X-API-Key", shared.running.key)
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "500000001")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["code"] == 413
    connection.close()


def test_a_wrong_key_is_401_even_with_a_large_body(shared: Client) -> None:
    body = {"image": ("a.jpg", SMALL + bytes(3_000_000))}
    for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": "ké".encode()}):
        answer = httpx.post(shared.running.url + "/image/v1/enhance/async", files=body, headers=headers)
        assert error_of(answer)[0] == 401
    assert not shared.running.uploads


def test_an_unknown_endpoint_is_404(shared: Client) -> None:
    assert error_of(shared.submit("upscale"))[0] == 404
    assert error_of(shared.http.get("/image/v1/enhance/async"))[0] == 405


def test_too_few_credits_is_402_and_keeps_nothing(shared: Client) -> None:
    shared.running.scenario({"match": {"path": "/enhance/async"}, "do": {"credits": 100_000}})
    sources = len(list((shared.running.state / "sources").iterdir()))
    assert error_of(shared.submit())[0] == 402
    shared.running.scenario()
    assert len(list((shared.running.state / "sources").iterdir())) == sources


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved.jpg":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/x.jpg")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SMALL)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def picture_server() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_source_url_is_fetched_from_this_computer_only(shared: Client, picture_server: str) -> None:
    good = shared.submit(image=None, source_url=f"{picture_server}/lake%20one.jpg")
    assert good.status_code == 200, good.text
    assert shared.status(good.json()["process_id"])["filename"] == "lake one.jpg"
    for url in (
        f"{picture_server}/moved.jpg",
        "http://192.0.2.1/x.jpg",
        "file:///etc/passwd",
        "not a url",
        "http://[",
        "",
    ):
        assert error_of(shared.submit(image=None, source_url=url))[0] == 400, url


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"output_width": "192"}, (192, 128)),
        ({"output_width": "192", "output_height": "500"}, (192, 128)),  # a box to fit in, never another shape
        ({"output_width": "600", "output_height": "128"}, (192, 128)),
        ({"output_width": "576", "output_height": "384"}, (576, 384)),
        ({"output_width": "600"}, None),  # over 6 times
        ({"output_width": "60"}, None),  # smaller
    ],
)
def test_models_that_keep_the_shape_and_bound_the_factor(
    shared: Client, fields: dict[str, str], size: tuple[int, int] | None
) -> None:
    answer = shared.submit("enhance-gen", model="Bloom 2", **fields)
    estimate = {"model": "Bloom 2", "category": "Enhance", "input_width": 96, "input_height": 64}
    estimate |= {name: int(side) for name, side in fields.items()}  # whole numbers in JSON, texts in a form
    priced = shared.http.post("/image/v1/estimate-gen", json=estimate)
    if size is None:
        assert (error_of(answer)[0], error_of(priced)[0]) == (400, 400)
        return
    assert priced.status_code == 200, priced.text
    status = shared.wait(answer.json()["process_id"])
    assert (status["output_width"], status["output_height"]) == size
