"""The contract of the Image API for tests: the published OpenAPI file that `TOPAZDESK_OPENAPI` names, or our own description."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import yaml

_OWN = Path(__file__).parent.parent / "data" / "image_api.yaml"
_SIDE = {"type": "integer", "minimum": 1, "maximum": 32_000}
_TEXT = {"type": "string"}


@functools.cache
def contract() -> dict[str, Any]:
    """An OpenAPI document: `paths` with request and answer schemas, `components` that they refer to."""
    if published := os.environ.get("TOPAZDESK_OPENAPI"):
        loaded: dict[str, Any] = yaml.safe_load(Path(published).read_text(encoding="utf-8"))
        return loaded
    return _document(yaml.safe_load(_OWN.read_text(encoding="utf-8")))


def _document(own: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = dict(own["schemas"])

    def operation(
        method: str, path: str, status: int, schema: str | None, refusals: list[int], headers: list[str]
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"headers": {name: {} for name in headers}} | _content(schema)
        described = {"responses": {str(status): answer} | {str(code): _content("Refusal") for code in refusals}}
        paths.setdefault(path, {})[method] = described
        return described

    def request(described: dict[str, Any], name: str, kind: str, schema: dict[str, Any]) -> None:
        schemas[name] = schema
        described["requestBody"] = {"content": {kind: {"schema": _reference(name)}}}

    for name, submit in own["submits"].items():
        answer = own["submit_answer"]
        described = operation(
            "post", f"/{name}/async", 200, answer["schema"], own["submit_refusals"], answer["headers"]
        )
        fields = {"image": _TEXT, "source_id": _TEXT, "source_url": _TEXT, "model": _TEXT, "webhook_url": _TEXT}
        fields |= {"output_format": {"enum": submit["formats"]}}
        fields |= _size_fields() if submit["takes_size"] else {}
        request(described, f"Submit {name}", "multipart/form-data", _fields(fields))
    for name, estimate in own["estimates"].items():
        described = operation("post", f"/{name}", 200, estimate["answer"], own["estimate_refusals"], [])
        fields = {"category": {"enum": estimate["categories"]}, "model": _TEXT, "input_width": _SIDE}
        fields |= {"input_height": _SIDE, "output_format": {"enum": own["submits"]["enhance"]["formats"]}}
        one = _fields(fields | _size_fields(), ["input_height", "input_width"])
        schema = {"type": "array", "items": one} if estimate.get("is_list") else one
        request(described, f"Ask {name}", "application/json", schema)
    for method, path, status, schema, refusals in own["operations"]:
        operation(method, path, status, schema, refusals, [])
    return {"paths": paths, "components": {"schemas": schemas}}


def _content(schema: str | None) -> dict[str, Any]:
    return {} if schema is None else {"content": {"application/json": {"schema": _reference(schema)}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _size_fields() -> dict[str, Any]:
    return {"output_width": _SIDE, "output_height": _SIDE, "crop_to_fill": {"type": "boolean"}}


def _fields(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    """Settings of a model come as texts beside the fields that have a type."""
    return {
        "type": "object",
        "required": required or [],
        "properties": properties,
        "additionalProperties": {"type": "string"},
    }
