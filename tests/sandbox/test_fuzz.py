"""Every operation under requests that no sane client sends: none is answered 500, and what is refused is refused in the contract's shape.

`TOPAZDESK_FUZZ_REQUESTS` is the number of requests (default 800, some seconds).
"""

from __future__ import annotations

import json
import os
import string
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sandbox.asgi import Answer, Request, SandboxApp
from tests.support.pictures import encode
from topazdesk.domain.image import FileFormat
from topazdesk.sandbox import jobs

_REQUESTS = int(os.environ.get("TOPAZDESK_FUZZ_REQUESTS", "800"))
_SMALL = encode(width=96, height=64)
_PNG = encode(FileFormat.PNG, 16, 12)
_TIFF = encode(FileFormat.TIFF, 16, 12)
_ENDPOINTS = [
    "enhance",
    "enhance-gen",
    "sharpen",
    "sharpen-gen",
    "denoise",
    "denoise-gen",
    "restore-gen",
    "lighting",
    "matting",
    "tool",
]
_MODELS = [
    "Standard V2",
    "Low Resolution V2",
    "Redefine",
    "Recover 3",
    "Wonder 3.5",
    "Bloom 2",
    "Lens Blur V2",
    "Super Focus V2",
    "Normal",
    "Denoise Max",
    "Dust-Scratch V2",
    "Faces",
    "Adjust V2",
    "Colorize",
    "Object",
    "Transparency Upscale",
    "",
]
_FIELDS = [
    "model",
    "output_width",
    "output_height",
    "output_format",
    "crop_to_fill",
    "webhook_url",
    "source_id",
    "source_url",
    "input_width",
    "input_height",
    "category",
    "sharpen",
    "denoise",
    "strength",
    "creativity",
    "texture",
    "prompt",
    "autoprompt",
    "face_enhancement",
    "face_enhancement_strength",
    "face_enhancement_creativity",
    "subject_detection",
    "detail",
    "detail_strength",
    "enhancement_strength",
    "seed",
    "grain",
    "grain_size",
    "reference_uri",
    "mode",
    "image",
    "",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxApp]:
    made = SandboxApp(tmp_path_factory.mktemp("fuzz") / "sandbox")
    yield made
    made.close()


#: Texts that parsers trip over, beside arbitrary ones: surrogates cannot come (a body is bytes), but nearly all else can.
_odd_texts = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "1",
        "1e999",
        "-0",
        "nan",
        "inf",
        "1e308",
        "9" * 400,
        "9" * 5000,
        "0x10",
        "1_000",
        "²",
        "٣",
        "１２",
        "true",
        "TRUE",
        "false",
        "null",
        "\0",
        "a\0b",
        "\r\n",
        "../../etc/passwd",
        "%00",
        "\ufffd",
        "😀" * 30,
        "x" * 300,
        "http://[",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:0/x",
        "http://localhost:bad/x",
        "http://127.0.0.1:1/\r\nx",
        "http://127.0.0.1:1/ x",
        "http://127.0.0.1:1/é",
        "ftp://127.0.0.1/x",
        "http://user:pw@127.0.0.1:1/x",
        "http://::1/x",
        "jpeg",
        "png",
        "tiff",
        "All",
        "all",
        "foreground",
        "Enhance",
        "Restore",
        "Matting",
    ]
)
_texts = st.one_of(
    _odd_texts, st.text(max_size=40), st.integers().map(str), st.floats().map(str), st.sampled_from(_MODELS)
)
_json_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, 2**64, 10**19]),
    st.floats(),
    _texts,
)
_json_values = st.recursive(
    _json_leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_texts, inner, max_size=4)),
    max_leaves=12,
)


def _near(
    known: dict[str, st.SearchStrategy[Any]], value: st.SearchStrategy[Any], needed: tuple[str, ...] = ()
) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with right and wrong values under the names that count, and others; most have those that are needed."""
    near = {name: st.one_of(right, right, right, right, value) for name, right in known.items()}
    must = {name: near.pop(name) for name in needed}
    mostly = st.fixed_dictionaries(must, optional=near)
    return st.builds(
        lambda a, b: {**b, **a}, mostly, st.dictionaries(st.sampled_from(_FIELDS) | _texts, value, max_size=3)
    )


_sides = st.sampled_from([1, 2, 96, 64, 1000, 32_000, 32_001, 0, -5])
_right = {
    "model": st.sampled_from(_MODELS),
    "input_width": _sides,
    "input_height": _sides,
    "output_width": _sides,
    "output_height": _sides,
    "category": st.sampled_from(["Enhance", "Sharpen", "Denoise", "Restore", "Lighting", "Matting", "Tool"]),
    "output_format": st.sampled_from(["jpeg", "png", "tiff"]),
    "crop_to_fill": st.booleans(),
}


def _run_bodies(sources: list[str]) -> st.SearchStrategy[Any]:
    known = {
        "image_url": st.sampled_from([*sources, "runflow://assets/", "https://example.com/a.jpg", "data:,x"]),
        "model": st.sampled_from(["Standard V2", "Redefine", "Recovery V2", "Text Refine"]),
        "upscale_factor": st.sampled_from([2, 1, 0, 0.001, 1e-300, 5e-324, 1e300, 10**400, -1, 4, 1e9, True, "2"]),
        "output_format": st.sampled_from(["jpeg", "png"]),
        "crop_to_fill": st.booleans(),
        "creativity": _json_leaves,
        "prompt": _json_leaves,
    }
    whole = {
        "input": _near(known, _json_values, ("image_url",)),
        "client_ref": _texts,
        "metadata": st.dictionaries(_texts, _json_values, max_size=3),
        "callback_url": _texts,
    }
    return _near(whole, _json_values, ("input",))


def _asset_bodies() -> st.SearchStrategy[Any]:
    known = {
        "filename": _texts,
        "mime_type": st.sampled_from(["image/jpeg", "image/png", "image/tiff", "text/plain"]),
        "size_bytes": st.sampled_from([1, len(_SMALL), 52_428_800, 52_428_801, 0, -1, 10**30, 1.0, True]),
    }
    return _near(known, _json_values, ("filename", "mime_type", "size_bytes"))


_spoiled = st.sampled_from(
    [
        b"",
        b"{",
        b"[" * 20_000,
        b'{"a":' * 20_000,
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"9" * 5000,
        b"-" + b"9" * 9000,
        b'{"input_width": ' + b"9" * 6000 + b', "input_height": 1}',
        b'{"input_width": 1e400, "input_height": NaN}',
        b"null",
        b"0",
        b'"\\ud800"',
        b'{"model": "\\ud800", "input_width": 1, "input_height": 1}',
        b'{"client_ref": "\\udfff", "input": {}}',
        b'{"filename": "\\ud800.jpg", "mime_type": "image/jpeg", "size_bytes": 5}',
        b"[[[]]]",
        b'[{"input_width": 1e400}]',
    ]
)


def _json_bodies(objects: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    def encoded(value: Any) -> bytes:
        return json.dumps(value).encode()  # ASCII: lone surrogates travel as escapes, NaN and Infinity as themselves

    near = objects.map(encoded)
    return st.one_of(near, near, near, near, _json_values.map(encoded), _spoiled, st.binary(max_size=60))


@st.composite
def _pictures(draw: st.DrawFn) -> bytes:
    """A picture, or one with some bytes changed or its end cut off."""
    picture = bytearray(
        draw(st.sampled_from([_SMALL, _PNG, _TIFF, b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xc0\0\0"]))
    )
    if draw(st.booleans()):
        for place, byte in draw(st.dictionaries(st.integers(0, 200), st.integers(0, 255), max_size=4)).items():
            if place < len(picture):
                picture[place] = byte
        del picture[draw(st.sampled_from([40, 90, 10_000])) :]
    return bytes(picture)


def _quoted(text: str) -> bytes:
    return text.replace('"', "%22").replace("\r", "").replace("\n", "").encode("utf-8", "replace")


@st.composite
def _forms(draw: st.DrawFn, sources: list[str]) -> tuple[bytes, bytes]:
    """Content type and body of a multipart request: right, or wrong in one of many ways."""
    boundary = draw(st.sampled_from(["x"] * 6 + ["x" * 300, "", "ü", "a b", "--", '"q"']))
    word = boundary.encode()
    fields: list[tuple[str, Any]] = [*draw(_near(_right, _texts)).items()]
    if draw(st.booleans()):
        fields.insert(0, ("image", draw(_pictures())))
    elif draw(st.booleans()):
        fields.insert(0, ("source_id", draw(st.sampled_from(sources))))
    elif draw(st.booleans()):
        fields += [*fields, ("image", _SMALL), ("image", _PNG)]
    parts = []
    for name, value in fields:
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
        head = b'Content-Disposition: form-data; name="' + _quoted(name) + b'"'
        if name == "image":
            head += b'; filename="' + _quoted(draw(st.just("a.jpg") | _texts)) + b'"'
        if name == "image" and draw(st.integers(0, 7)) == 0:
            head += draw(
                st.sampled_from([b"\r\nX-Long: " + b"y" * 9000, b"\r\nnonsense", b"\r\n: ", b"; filename*=utf-8''%ff"])
            )
        parts.append(b"--" + word + b"\r\n" + head + b"\r\n\r\n" + data + b"\r\n")
    ends = [b"--" + word + b"--\r\n"] * 6 + [b"", b"--" + word, b"--" + word + b"--trailing", b"\r\n" * 50]
    body = b"".join(parts) + draw(st.sampled_from(ends))
    kinds = [f"multipart/form-data; boundary={boundary}".encode()] * 9
    kinds += [
        b"multipart/form-data",
        b"multipart/mixed; boundary=x",
        b"application/json",
        b"",
        b"\xff; boundary=\xff",
        b"multipart/form-data; boundary*=utf-8''x",
        b"multipart/form-data; boundary*=bad'x",
        b"text/plain",
        b"multipart/form-data; boundary*0=x; boundary*1=y",
    ]
    return draw(st.sampled_from(kinds)), body


_odd_headers = st.lists(
    st.sampled_from(
        [
            (b"content-length", b"-1"),
            (b"content-length", b"abc"),
            (b"content-length", b"9" * 5000),
            (b"content-length", b"\xb2"),
            (b"content-length", b"500000001"),
            (b"content-length", b" 5"),
            (b"content-length", b"1_0"),
            (b"range", b"bytes=0-0"),
            (b"range", b"bytes=-"),
            (b"range", b"bytes=5-1"),
            (b"range", b"bytes=" + b"9" * 5000 + b"-"),
            (b"range", b"bytes=0-1,2-3"),
            (b"range", b"bytes=a-b"),
            (b"range", b"lines=1-2"),
            (b"range", b"\xff"),
            (b"range", b"bytes=-" + b"9" * 400),
            (b"range", b"bytes=\xb2-"),
            (b"range", b"bytes=" + b"0-0," * 2000 + b"1-1"),
            (b"if-range", b"\xff"),
            (b"if-range", b"x"),
            (b"x-forwarded-proto", b"\xff\xff"),
            (b"x-forwarded-proto", b"java\0script"),
            (b"x-forwarded-proto", b"h" * 9000),
            (b"host", b"\xff"),
            (b"host", b""),
            (b"host", b"a" * 5000),
            (b"host", b"[::1"),
            (b"host", b"evil.example/x?"),
            (b"x-api-key", b"\xff"),
            (b"authorization", b"\xff"),
            (b"authorization", b"Bearer"),
            (b"expect", b"100-continue"),
            (b"content-type", b"application/json; charset=utf-16"),
            (b"content-type", b"application/jsonx"),
            (b"cookie", b"\xff=;"),
        ]
    ),
    max_size=2,
)


def _queries() -> st.SearchStrategy[bytes]:
    names = (
        st.sampled_from(["paginated", "limit", "cursor", "q", "add_signature", "expires", "method", "signature"])
        | _texts
    )
    values = _texts | st.sampled_from(
        [
            "YmVmb3JlOjE=",
            "YmVmb3JlOg==",
            "YmVmb3JlOjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk=",
            "YmVmb3JlOi01",
            "!!!",
            "YQ",
            "é",
            "YmVmb3JlOjFfMA==",
            "client_ref.EQ:'x'",
            "client_ref.EQ:''",
            "client_ref.EQ:'\0'",
        ]
    )
    pairs = st.lists(st.tuples(names, values), max_size=4)
    encoded = pairs.map(lambda found: urlencode(found, errors="replace").encode())
    paged = values.map(lambda value: f"paginated=true&cursor={quote(value, errors='replace')}".encode())
    return st.one_of(
        encoded,
        paged,
        st.text(string.punctuation + string.digits, max_size=30).map(str.encode),
        st.just(b"%ff=%00&paginated=%ff"),
    )


@st.composite
def _requests(draw: st.DrawFn, service: SandboxApp, known: dict[str, list[str]], family: str) -> Request:
    sources = known["sources"]
    name = draw(
        st.sampled_from([*known["jobs"], *sources, *known["assets"], *known["runs"]]) | st.uuids().map(str) | _texts
    )
    name = name.encode("utf-8", "replace").decode()
    forms = _forms(sources)
    sized = _near(_right, _json_values, ("input_width", "input_height"))
    assets = [f"runflow://assets/{a}" for a in known["assets"]]
    run_bodies, asset_bodies = _json_bodies(_run_bodies(assets)), _json_bodies(_asset_bodies())
    estimates = _json_bodies(sized)
    families = {
        "submits": [("POST", f"/image/v1/{e}/async", forms) for e in _ENDPOINTS],
        "estimates": [
            ("POST", "/image/v1/estimate", estimates),
            ("POST", "/image/v1/estimate-gen", estimates),
            ("POST", "/image/v1/estimate-bulk", _json_bodies(st.lists(sized, max_size=4))),
            ("POST", "/image/v1/estimate", forms),
        ],
        "runflow": [
            ("POST", "/v1/asset-uploads", asset_bodies),
            ("POST", "/v1/models/topaz/upscale/image/runs", run_bodies),
        ]
        * 3
        + [("POST", f"/v1/asset-uploads/{name}/confirmations", asset_bodies), ("GET", f"/v1/assets/{name}", None)]
        + [("GET", "/v1/runs", None), ("GET", f"/v1/runs/{name}", None), ("GET", "/v1/billing/balance", None)]
        + [("POST", f"/v1/admin/runs/{name}/cancellation", run_bodies), ("GET", "/v1/health", None)],
        "the rest": [("GET", "/image/v1/status", None)] * 4
        + [(m, f"/image/v1/status/{name}", None) for m in ("GET", "DELETE", "HEAD")]
        + [("GET", f"/image/v1/download/{name}", None), ("GET", f"/image/v1/download/input/{name}", None)]
        + [("DELETE", f"/image/v1/cancel/{name}", None), ("GET", "/account/v1/credits/balance", None)]
        + [(m, p, None) for p in known["links"] for m in ("GET", "HEAD")]
        + [("PUT", p, st.sampled_from([_SMALL, b"", b"x"])) for p in known["puts"]]
        + [("GET", f"/storage/{name}/{name}", None), ("GET", f"/storage/results/{name}", None)]
        + [
            ("PUT", f"/storage/uploads/{name}", st.just(b"x")),
            ("PATCH", f"/image/v1/{name}", None),
            ("GET", name, None),
        ],
    }
    kind, place, body = draw(st.sampled_from(families[family]))
    headers = [] if draw(st.integers(0, 14)) == 0 else service.key()
    path, _, query = place.partition("?") if place in (*known["links"], *known["puts"]) else (place, "", "")
    content: bytes = b""
    if body is forms:
        said, content = draw(forms)
        headers.append((b"content-type", said))
    elif body is not None:
        content = draw(body)
        said = b"image/jpeg" if kind == "PUT" else b"application/json"
        if draw(st.integers(0, 9)) or kind == "PUT":
            headers.append((b"content-type", said))
    if draw(st.integers(0, 3)) == 0:
        headers = [*draw(_odd_headers), *headers]
    cut = draw(st.integers(0, len(content)))
    pieces = draw(st.sampled_from([[content], [content[:cut], content[cut:]], [content[:cut]]]))
    asked = query.encode() if query and draw(st.integers(0, 4)) else draw(_queries())
    return Request(kind, path or "/", asked, headers, pieces, is_cut=pieces[-1] is not content and draw(st.booleans()))


@pytest.fixture(scope="module")
def known(service: SandboxApp) -> dict[str, list[str]]:
    """Ids and links that exist, so that requests get past the look-up."""
    made = [service.submitted(_SMALL) for _ in range(2)]
    for process_id, _ in made:
        service.state.result(process_id).write_bytes(_PNG)
        job = service.run(service.database.run(jobs.begin, process_id, time.time()))
        service.run(service.database.run(jobs.complete, job, time.time()))
    assets, puts = [], []
    json_type = [*service.key(), (b"content-type", b"application/json")]
    for _ in range(2):
        body = json.dumps({"filename": "a.jpg", "mime_type": "image/jpeg", "size_bytes": len(_SMALL)}).encode()
        announced = json.loads(service.ask(Request("POST", "/v1/asset-uploads", headers=json_type, pieces=[body])).body)
        puts.append("/" + announced["upload_url"].split("/", 3)[3])
        path, _, query = puts[-1].partition("?")
        put = Request("PUT", path, query.encode(), [(b"content-type", b"image/jpeg")], [_SMALL])
        assert service.ask(put).status == 200
        confirmed = f"/v1/asset-uploads/{announced['asset_id']}/confirmations"
        assert service.ask(Request("POST", confirmed, headers=json_type, pieces=[b"{}"])).status == 201
        assets.append(announced["asset_id"])
    body = json.dumps({"input": {"image_url": f"runflow://assets/{assets[0]}"}, "client_ref": "x"}).encode()
    run = Request("POST", "/v1/models/topaz/upscale/image/runs", headers=json_type, pieces=[body])
    runs = [json.loads(service.ask(run).body)["id"]]
    links = []
    for place in (f"/image/v1/download/{made[0][0]}", f"/image/v1/download/input/{made[1][0]}"):
        answer = json.loads(service.ask(Request("GET", place, headers=service.key())).body)
        links += ["/" + answer[name].split("/", 3)[3] for name in ("download_url", "head_url")]
    return {
        "jobs": [m[0] for m in made],
        "sources": [m[1] for m in made],
        "assets": assets,
        "runs": runs,
        "links": links,
        "puts": puts,
    }


def _check(request: Request, answer: Answer) -> None:
    assert answer.status == 0 or 200 <= answer.status < 500, (answer.status, answer.body[:200])
    if answer.status >= 400 and request.path.startswith(("/image/v1/", "/account/v1/")) and request.method != "HEAD":
        body = json.loads(answer.body)
        assert body["code"] == answer.status
        assert body["message"]
    for name, value in answer.headers:
        assert set(name.decode()) <= set(string.ascii_lowercase + string.digits + "-")
        assert not set(value) & set(b"\r\n\0"), "a header that a client could be led astray with"


@pytest.mark.parametrize("family", ["submits", "estimates", "runflow", "the rest"])
def test_no_request_is_answered_500(service: SandboxApp, known: dict[str, list[str]], family: str) -> None:
    @settings(
        max_examples=_REQUESTS // 4,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=True,
    )
    @given(_requests(service, known, family))
    def ask(request: Request) -> None:
        _check(request, service.ask(request))

    ask()
