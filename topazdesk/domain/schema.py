"""Turns a model's JSON Schema into its parameters: resolves `$ref`, reads `if/then`, `dependentRequired` and `x-ui`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topazdesk.domain.params import Condition, Parameter, ParameterKind, ParameterSet, Value

JsonObject = Mapping[str, Any]


class SchemaFault(Exception):
    """A fault in a schema. `key` is the JSON key at fault and `part` one inside its value, to find the line by."""

    def __init__(self, message: str, key: str = "", part: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.part = part


def flatten(schema: JsonObject, shared: Mapping[str, JsonObject]) -> dict[str, Any]:
    """Return the schema without `$ref`. `shared` holds the endpoint-wide schemas by the name used in `$ref`.

    A property of the model itself replaces an endpoint-wide one of the same name: a model may have a narrower range.
    Raises SchemaFault.
    """
    merged: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
    properties: dict[str, Any] = {}
    conditions: list[JsonObject] = []
    dependent: dict[str, list[str]] = {}
    for part in [*schema.get("allOf", []), schema]:
        if "$ref" in part:
            reference = part["$ref"]
            if reference not in shared:
                raise SchemaFault(f"Unknown $ref {reference!r}.", str(reference))
            # Without the schema itself: one that refers to itself is refused as an unknown reference.
            part = flatten(shared[reference], {name: other for name, other in shared.items() if name != reference})
        if "if" in part:
            conditions.append({"if": part["if"], "then": part.get("then", {})})
        if part is not schema:
            conditions += part.get("allOf", [])
        _merge_properties(properties, part.get("properties", {}), hidden=part.get("x-without", ()))
        for name, needed in part.get("dependentRequired", {}).items():
            dependent[name] = [*dependent.get(name, []), *needed]
    for name in schema.get("x-without", ()):
        properties.pop(name, None)
    merged["properties"] = properties
    if dependent:
        merged["dependentRequired"] = dependent
    if conditions:
        merged["allOf"] = conditions
    merged["additionalProperties"] = False
    return merged


def _merge_properties(into: dict[str, Any], more: Mapping[str, Any], hidden: Any) -> None:
    for name, prop in more.items():
        if not isinstance(prop, Mapping):
            raise SchemaFault(f"Parameter {name!r} is not an object.", name)
        if name not in hidden:
            into[name] = dict(prop)


def read_parameters(schema: JsonObject) -> ParameterSet:
    """Return the parameters of a flat schema, sorted by `x-ui.order`. Raises SchemaFault."""
    needed = _required_when(schema)
    found = [_parameter(name, prop, needed.get(name)) for name, prop in schema["properties"].items()]
    found.sort(key=lambda p: p.order)
    names = {p.name for p in found}
    for parameter in found:
        for condition in (parameter.shown_when, parameter.disabled_when):
            if condition is not None and condition.name not in names:
                raise SchemaFault(f"{parameter.name!r} depends on unknown {condition.name!r}.", parameter.name)
        if not names.issuperset(parameter.brings):
            raise SchemaFault(f"{parameter.name!r} brings a value for an unknown parameter.", parameter.name)
    return ParameterSet(tuple(found), dict(schema))


def _required_when(schema: JsonObject) -> dict[str, Condition]:
    """Return when parameters are required, as name → condition, from `if/then` and `dependentRequired`."""
    rules: dict[str, Condition] = {}
    for block in schema.get("allOf", []):
        tests = block.get("if", {}).get("properties", {})
        for switch, test in tests.items():
            if "const" not in test:
                raise SchemaFault(f"The condition on {switch!r} has no const.", switch)
            for name in block.get("then", {}).get("required", []):
                rules[name] = Condition(switch, test["const"])
    for switch, names in schema.get("dependentRequired", {}).items():
        for name in names:
            rules[name] = Condition(switch, True)
    return rules


def _bound(prop: JsonObject, key: str, name: str) -> float | None:
    value = prop.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SchemaFault(f"The {key} of {name!r} is not a number.", name, key)
    return value


_KINDS = {"boolean": ParameterKind.BOOLEAN, "integer": ParameterKind.INTEGER, "number": ParameterKind.NUMBER}


def _parameter(name: str, prop: JsonObject, required: Condition | None) -> Parameter:
    ui = prop.get("x-ui", {})
    if not isinstance(ui, Mapping):
        raise SchemaFault(f"x-ui of {name!r} is not an object.", name)
    choices = tuple(str(c) for c in prop.get("enum", ()))
    shown = _condition(ui.get("shown_when"), name) or required
    minimum, maximum = (_bound(prop, key, name) for key in ("minimum", "maximum"))
    if minimum is not None and maximum is not None and minimum > maximum:
        raise SchemaFault(f"The minimum of {name!r} is above its maximum.", name)
    labels = ui.get("choice_labels", {})
    parameter = Parameter(
        name=name,
        kind=_kind(name, prop, choices),
        label=str(ui.get("label") or name.replace("_", " ").capitalize()),
        description=str(prop.get("description", "")),
        group=str(ui.get("group", "")),
        order=int(ui.get("order", 1000)),
        minimum=minimum,
        maximum=maximum,
        step=_bound(prop, "multipleOf", name),
        default=prop.get("default"),
        choices=choices,
        choice_labels=tuple(str(labels.get(c, c.capitalize())) for c in choices),
        max_length=prop.get("maxLength"),
        unit=str(ui.get("unit", "")),
        advised=ui.get("advised"),
        advice=str(ui.get("advice", "")),
        placeholder=str(ui.get("placeholder", "")),
        shown_when=shown,
        required_when_shown=required is not None or bool(ui.get("sent_when_shown", False)),
        disabled_when=_condition(ui.get("disabled_when"), name),
        disabled_reason=str(ui.get("disabled_reason", "")),
        brings=dict(ui.get("brings", {})),
        meaning=str(ui.get("meaning", "")),
        wire_name=str(ui.get("wire_name", "")),
        source=str(ui.get("source", "")),
        always_send=ui.get("always_send"),
    )
    values = (("default", parameter.default), ("advised", parameter.advised), ("always_send", parameter.always_send))
    for role, value in values:
        if value is not None and parameter.problem_with(value):
            raise SchemaFault(f"The {role} of {name!r} is outside its own range.", name)
    return parameter


def _kind(name: str, prop: JsonObject, choices: tuple[str, ...]) -> ParameterKind:
    if choices:
        return ParameterKind.CHOICE
    declared = prop.get("type")
    if declared == "string":
        return ParameterKind.URI if prop.get("format") == "uri" else ParameterKind.TEXT
    if declared in _KINDS:
        return _KINDS[declared]
    raise SchemaFault(f"Parameter {name!r} has the unknown type {declared!r}.", name)


def _condition(rule: Any, name: str) -> Condition | None:
    if rule is None:
        return None
    if not isinstance(rule, Mapping) or len(rule) != 1:
        raise SchemaFault(f"A condition of {name!r} must name one parameter and its value.", name)
    (other, value) = next(iter(rule.items()))
    checked: Value = value
    return Condition(str(other), checked)
