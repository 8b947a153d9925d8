"""What the client sends, held against the contract: our description of it, or the published file that `TOPAZDESK_OPENAPI` names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.services.support import PROCESS, SOURCE, ignore, request, run
from tests.support.catalogue import packaged_catalogue
from tests.support.contract import contract
from tests.support.servers import Reply, ScriptedServer, Seen
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.ports import EstimateRequest
from topazdesk.services.topaz import TopazService

MODELS = sorted(packaged_catalogue(), key=lambda model: model.name)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return contract()


def request_schema(spec: dict[str, Any], path: str, kind: str) -> dict[str, Any]:
    """The request's schema, without the list of models: the file is older than the catalogue."""
    reference = spec["paths"][path]["post"]["requestBody"]["content"][kind]["schema"]["$ref"]
    schema = dict(spec["components"]["schemas"][reference.rpartition("/")[2]])
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    whole["properties"] = {
        name: {k: v for k, v in part.items() if not (name == "model" and k == "enum")}
        for name, part in schema["properties"].items()
    }
    return whole


def typed(parts: dict[str, tuple[str | None, str, bytes]], schema: dict[str, Any]) -> dict[str, Any]:
    """Form fields as the types the schema gives them; a text that does not fit stays a text and then fails."""
    found: dict[str, Any] = {}
    for name, (_, _, content) in parts.items():
        text = content.decode("utf-8", "replace")
        kind = schema["properties"].get(name, {}).get("type", "string")
        if kind == "integer" and text.isdecimal():
            found[name] = int(text)
        elif kind == "boolean" and text in ("true", "false"):
            found[name] = text == "true"
        else:
            found[name] = text
    return found


def every_setting(model: Model) -> dict[str, Any]:
    """A value for each parameter, as the model's own schema allows it."""
    values = {p.name: p.starting_value for p in model.parameters if p.starting_value is not None}
    values |= {p.name: True for p in model.parameters if p.kind == "boolean" and p.disabled_when is None}
    return model.parameters.to_send({name: value for name, value in values.items() if value is not None})


def sent(model: Model, picture: Path) -> Iterator[Seen]:
    size = Size(6000, 4000) if model.takes_size else None
    answer = Reply.of_json({"process_id": PROCESS, "source_id": SOURCE, "eta": 1, "duration": 1, "credits": 1})

    async def use(service: TopazService) -> None:
        for settings in ({}, every_setting(model)):
            one = request(picture, model=model, size=size, settings=settings, format=model.formats[0])
            await service.submit(one, ignore)
            await service.submit(request(None, SOURCE, model=model, size=size, format=model.formats[0]), ignore)
            await service.estimate(EstimateRequest(model, Size(300, 200), size, model.formats[0], settings))

    with ScriptedServer(answer) as server:
        run(server, use)
    yield from server.requests


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_requests_follow_the_published_contract(model: Model, spec: dict[str, Any], tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8 any bytes")
    checked = 0
    for seen in sent(model, picture):
        path = seen.path.removeprefix("/image/v1")
        if path == "/denoise-gen/async":
            continue  # served, but not in the file
        if path.endswith("/async"):
            schema = request_schema(spec, path, "multipart/form-data")
            body = typed(seen.parts(), schema)
            assert ("image" in body) != ("source_id" in body)
        else:
            schema = request_schema(spec, path, "application/json")
            body = seen.json
        jsonschema.Draft202012Validator(schema).validate(body)
        checked += 1
    assert checked >= 2


def test_the_checker_itself_notices_a_wrong_request(spec: dict[str, Any]) -> None:
    schema = request_schema(spec, "/enhance/async", "multipart/form-data")
    for wrong in (
        {"output_width": "wide"},
        {"output_width": "40000"},
        {"crop_to_fill": "True"},
        {"output_format": "bmp"},
    ):
        parts = {name: (None, "text/plain", value.encode()) for name, value in wrong.items()}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(typed(parts, schema))
