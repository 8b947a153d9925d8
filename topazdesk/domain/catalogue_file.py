"""Reads catalogue files: JSON text in, `Model` out. The error for a broken file names the file and the line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from topazdesk.domain.catalogue import Model, ModelLimits, ModelStatus, Tier
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit, micro_usd
from topazdesk.domain.network import NetworkFault, read_networks
from topazdesk.domain.pricing import FREE, PriceRule
from topazdesk.domain.schema import SchemaFault, flatten, read_parameters
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.domain.strict_json import parse_json
from topazdesk.errors import CatalogueError, Code
from topazdesk.language import say

FORMAT_VERSION = 1


def parse_catalogue(files: Mapping[str, str]) -> tuple[list[Model], list[CatalogueError]]:
    """Return all models of one service's folder, and the faults of the files that cannot be used.

    `files` maps relative names ("standard-2.json", "endpoints/enhance.json") to their texts. A broken file is left out;
    the others are still loaded.
    """
    models: list[Model] = []
    faults: list[CatalogueError] = []
    shared: dict[str, Mapping[str, Any]] = {}
    for name, text in sorted(files.items()):
        if "/" in name:
            try:
                shared[name] = parse_object(text, name)
            except CatalogueError as fault:
                faults.append(fault)
    for name, text in sorted(files.items()):
        if "/" not in name:
            try:
                models.append(parse_model(text, name, shared))
            except CatalogueError as fault:
                faults.append(fault)
    return models, faults


def parse_object(text: str, file_name: str) -> dict[str, Any]:
    """Return the JSON object in `text`. Raises CatalogueError with the line of the fault."""
    try:
        data = parse_json(text)
    except json.JSONDecodeError as error:
        raise _fault(file_name, error.lineno, error.msg) from error
    except ValueError as error:
        raise _fault(file_name, 1, str(error)) from error
    if not isinstance(data, dict):
        raise _fault(file_name, 1, "The file must hold one JSON object.")
    return data


def unreadable(file_name: str, why: str) -> CatalogueError:
    """Return the error for an entry that is not a file, is too large, or may not be read."""
    return CatalogueError(
        say("The catalogue file {file_name} cannot be read", file_name=file_name),
        say("{why:text}. The other models are loaded. Correct or remove the file, then start again.", why=why),
        details=f"{file_name}: {why}",
        code=Code.USE_CATALOGUE_FILE,
    )


def parse_model(text: str, file_name: str, shared: Mapping[str, Mapping[str, Any]]) -> Model:
    """Return one model. `shared` holds the endpoint-wide schemas by `$ref` name. Raises CatalogueError."""
    data = parse_object(text, file_name)
    try:
        return _model(data, shared)
    except SchemaFault as fault:
        raise _fault(file_name, line_of(text, fault.key, fault.part), str(fault)) from fault
    except NetworkFault as fault:
        raise _fault(file_name, line_of(text, fault.key), str(fault)) from fault
    except KeyError as error:
        missing = str(error.args[0])
        raise _fault(file_name, 1, f"The key {missing!r} is missing.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise _fault(file_name, 1, f"A value has the wrong type or range: {error}") from error


def line_of(text: str, key: str, part: str = "") -> int:
    """Return the line (from 1) of the JSON string `key`, or of `part` after it; 1 if there is no such string."""
    at = text.find(f'"{key}"') if key else -1
    inside = text.find(f'"{part}"', at) if part and at >= 0 else -1
    at = max(at, inside)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _fault(file_name: str, line: int, message: str) -> CatalogueError:
    return CatalogueError(
        say("The catalogue file {file_name} has a fault in line {line}", file_name=file_name, line=line),
        say(
            "{message}. The other models are loaded. Correct or remove the file, then start again.",
            message=message.rstrip("."),
        ),
        details=f"{file_name}:{line}: {message}",
        code=Code.USE_CATALOGUE_FILE,
    )


def _model(data: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]) -> Model:
    if data["format"] != FORMAT_VERSION:
        raise SchemaFault(f"Format {data['format']!r} is not known; this program reads {FORMAT_VERSION}.", "format")
    standing, limits = _object(data, "status"), _object(data, "limits")
    service = _service(data["service"])
    is_free = service.unit is Unit.NONE  # nothing is to be said about its prices
    output, price = _object(data, "output", needed=True), _object(data, "price", needed=not is_free)
    unit = _choice(Unit, price.get("unit", Unit.NONE if is_free else Unit.CREDIT), "unit")
    if unit is not service.unit:
        raise SchemaFault(f"{service.label} does not count in {unit}.", "unit")
    rule = FREE if is_free else _price(price) if unit is Unit.CREDIT else _dollar_price(price)
    wrong = rule.table_mismatches()
    if wrong:
        cell = wrong[0]
        raise SchemaFault(f"The price rule gives {cell[2]} for {cell[0]:g} MP, the table says {cell[1]}.", "table")
    formats = tuple(_choice(FileFormat, f, "formats") for f in _texts(output, "formats", needed=True))
    kind = _choice(ModelStatus, standing.get("kind", "current"), "kind")
    scale = _object(output, "scale")
    return Model(
        service=service,
        name=_text(data, "name"),
        api_models=_texts(data, "api_models", needed=True),
        aliases=_texts(data, "aliases"),
        endpoint=_endpoint(data, service),
        category=_text(data, "category"),
        tier=_choice(Tier, data["tier"], "tier"),
        tasks=_texts(data, "tasks", needed=True),
        purpose=_text(data, "purpose"),
        caution=str(data.get("caution", "")),
        standing=kind,
        standing_note=str(standing.get("note", "")),
        retires=str(standing.get("retires", "")),
        replacement=str(standing.get("replacement", "")),
        limits=ModelLimits(_above_0(limits, "input_mp"), _above_0(limits, "output_mp"), str(limits.get("source", ""))),
        takes_size=_flag(output, "takes_size", needed=True),
        keeps_alpha=_flag(output, "keeps_alpha"),
        formats=formats,
        price=rule,
        parameters=read_parameters(_with_meanings(flatten(data.get("parameters", {}), shared), data)),
        hint=str(data.get("hint", "")),
        sources=_texts(data, "sources"),
        needs_check=kind is ModelStatus.UNVERIFIED or _flag(standing, "needs_check") or not rule.is_known,
        min_scale=_above_0(scale, "minimum"),
        max_scale=_above_0(scale, "maximum"),
        keeps_aspect=_flag(output, "keeps_aspect"),
        makes_alpha=_flag(output, "makes_alpha"),
        order=int(_above_0(data, "order") or 1000),
        size_by_factor=_flag(output, "size_by_factor"),
        networks=read_networks(data["networks"]) if service.traits.runs_networks else (),
    )


def _object(data: Mapping[str, Any], key: str, *, needed: bool = False) -> Mapping[str, Any]:
    value = data[key] if needed else data.get(key, {})
    if not isinstance(value, Mapping):
        raise SchemaFault(f"{key} must be an object.", key)
    return value


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data[key]
    if not isinstance(value, str) or not value.strip():
        raise SchemaFault(f"{key} must be a text.", key)
    return value


def _endpoint(data: Mapping[str, Any], service: ServiceName) -> str:
    """Return the endpoint, only if it is a known one: it becomes part of the address that key and money go to."""
    endpoint, known = _text(data, "endpoint"), service.traits.endpoints
    if endpoint not in known:
        raise SchemaFault(f"{endpoint!r} is none of the endpoints of {service.label}: {', '.join(known)}.", "endpoint")
    return endpoint


def _texts(data: Mapping[str, Any], key: str, *, needed: bool = False) -> tuple[str, ...]:
    value = data[key] if needed else data.get(key, [])
    if (
        not isinstance(value, list)
        or not all(isinstance(v, str) and v.strip() for v in value)
        or (needed and not value)
    ):
        raise SchemaFault(f"{key} must be a list of texts{', at least one' if needed else ''}.", key)
    return tuple(value)


def _flag(data: Mapping[str, Any], key: str, *, needed: bool = False) -> bool:
    value = data[key] if needed else data.get(key, False)
    if not isinstance(value, bool):
        raise SchemaFault(f"{key} must be true or false.", key)
    return value


def _above_0(data: Mapping[str, Any], key: str) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise SchemaFault(f"{key} must be a number above 0, or null where nothing states it.", key)
    return value


def _price(price: Mapping[str, Any]) -> PriceRule:
    if "megapixels_per_credit" not in price:
        raise KeyError("megapixels_per_credit")
    rule = PriceRule(
        megapixels_per_credit=_above_0(price, "megapixels_per_credit"),
        table={float(mp): int(credits) for mp, credits in price.get("table", {}).items()},
        proven_to_mp=max((float(mp) for mp in price.get("table", {})), default=0.0),
        is_published=bool(price.get("published", False)),
        source=str(price.get("source", "")),
    )
    if rule.megapixels_per_credit is None and rule.table:
        raise SchemaFault("A price table needs megapixels_per_credit.", "megapixels_per_credit")
    return rule


def _dollar_price(price: Mapping[str, Any]) -> PriceRule:
    """Return the rule "`usd` dollars per image up to `up_to_mp`"; above that the service publishes no price."""
    try:
        amount = micro_usd(str(price["usd"]))
    except ValueError as error:
        raise SchemaFault('usd must be a number of dollars, for example "0.08".', "usd") from error
    known_to = float(price["up_to_mp"])
    if amount <= 0 or known_to <= 0:
        raise SchemaFault("usd and up_to_mp must be above 0.", "usd" if amount <= 0 else "up_to_mp")
    return PriceRule(
        megapixels_per_credit=known_to,
        table={known_to: amount},
        proven_to_mp=known_to,
        is_published=bool(price.get("published", False)),
        source=str(price.get("source", "")),
        unit=Unit.USD,
        step_amount=amount,
        known_to_mp=known_to,
    )


def _with_meanings(schema: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Give each property without a meaning one of its own, so that no value carries over to a model by accident."""
    for name, prop in schema["properties"].items():
        ui = dict(prop.get("x-ui", {}))
        ui.setdefault("meaning", f"{data['service']}/{data['name']}/{name}")
        prop["x-ui"] = ui
    return schema


def _service(value: Any) -> ServiceName:
    try:
        return ServiceName(value)
    except ValueError:
        raise SchemaFault(f"{value!r} is not one of {', '.join(SERVICES)}.", "service") from None


def _choice(kind: Any, value: Any, key: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise SchemaFault(f"{value!r} is not one of {known}.", key) from None
