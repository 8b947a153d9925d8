"""`topazdesk models`: the catalogue; with a name, the JSON Schema, limits and price of that model."""

from __future__ import annotations

import json
from typing import Annotated, Any

from topazdesk.app.paths import Paths
from topazdesk.app.resources import load_catalogue
from topazdesk.cli.options import JsonOption, ProfileOption, WhoseOption
from topazdesk.cli.output import EventPrinter, tier_word
from topazdesk.cli.params import Argument, Option
from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.money import MICRO_USD, Unit, amount_text
from topazdesk.domain.pricing import PriceRule
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ExitCode
from topazdesk.language import say, translated


def models(
    name: Annotated[
        str | None, Argument(metavar="[NAME]", complete="models", help="One model: everything that is known of it.")
    ] = None,
    service: WhoseOption = ServiceName.TOPAZ,
    all_models: Annotated[bool, Option("--all", "-a", help="Superseded models too.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """List the models with purpose, tier and price; with NAME all settings of one. Superseded models are listed with --all."""  # noqa: E501 - a help text: a line break would show in the list of commands
    output = EventPrinter(as_json)
    catalogue, faults = load_catalogue(Paths.choose(profile).own_models)
    for fault in faults:
        output.error(fault)
    found = [catalogue.find(service, name)] if name else catalogue.of(service, with_legacy=all_models)
    for model in found:
        text = _page(model) if name else _row(model)
        output.event("model", text, **describe(model, service))
    output.event("summary", models=len(found), faults=len(faults))
    return ExitCode.DONE


def describe(model: Model, service: ServiceName) -> dict[str, Any]:
    """Return a model as a JSON object; `parameters` is its flat JSON Schema."""
    return {
        "service": service.value,
        "name": model.name,
        "slug": model.slug,
        "api_model": model.api_model,
        "api_models": list(model.api_models),
        "aliases": list(model.aliases),
        "endpoint": model.endpoint,
        "tier": model.tier.value,
        "tasks": list(model.tasks),
        "status": model.standing.value,
        "needs_check": model.needs_check,
        "note": model.standing_note,
        "retires": model.retires,
        "replacement": model.replacement,
        "purpose": model.purpose,
        "caution": model.caution,
        "limits": {
            "input_mp": model.limits.input_mp,
            "output_mp": model.limits.output_mp,
            "source": model.limits.source,
        },
        "takes_size": model.takes_size,
        "default_scale": 2 if model.takes_size else None,
        "scale": {"minimum": model.min_scale, "maximum": model.max_scale},
        "keeps_aspect": model.keeps_aspect,
        "formats": [f.value for f in model.formats],
        "pricing": {
            "unit": model.price.unit.value,
            **_pricing(model.price),
            "proven_to_mp": model.price.proven_to_mp,
            "published": model.price.is_published,
            "source": model.price.source,
        },
        "parameters": dict(model.parameters.schema),
    }


def _pricing(price: PriceRule) -> dict[str, Any]:
    if price.unit is Unit.NONE:
        return {"free": True}
    if price.unit is Unit.CREDIT:
        return {
            "megapixels_per_credit": price.megapixels_per_credit,
            "table": {f"{mp:g}": credits for mp, credits in price.table.items()},
        }
    return {
        "usd_per_image": price.step_amount / MICRO_USD,
        "known_to_mp": price.known_to_mp,
        "table": {f"{mp:g}": amount / MICRO_USD for mp, amount in price.table.items()},
    }


def _limit(megapixels: float | None) -> str:
    return say("up to {mp:g} MP", mp=megapixels) if megapixels is not None else say("limit not published")


def _rate(model: Model) -> str:
    rate = model.price.megapixels_per_credit
    if model.price.unit is Unit.NONE:
        return say("free")
    if model.price.unit is not Unit.CREDIT:
        return say(
            "{price:text} to {mp:g} MP",
            price=amount_text(model.price.step_amount, model.price.unit),
            mp=model.price.known_to_mp,
        )
    return say("1 credit per {rate:g} MP", rate=rate) if rate is not None else say("price not published")


def _row(model: Model) -> str:
    word = "" if model.standing is ModelStatus.CURRENT else f" ({model.standing.value})"
    return f"{model.name:<25} {tier_word(model):<11} {translated(_rate(model)):<20} {model.purpose}{word}"


def _price(model: Model) -> str:
    if model.price.unit is not Unit.CREDIT:
        return say("Price: {price:text} an image; above that none is published", price=_rate(model))
    if not model.price.is_known:
        return say("Price: not published")
    if not model.price.table:
        return say(
            "Price: {price:text}, not from a table of this model: the service's estimate decides", price=_rate(model)
        )
    table = ", ".join(f"{mp:g} MP {credits}" for mp, credits in model.price.table.items())
    return say("Price: {table} (credits)", table=table)


def _standing(model: Model) -> list[str]:
    retires = say("May be switched off from {retires}.", retires=model.retires) if model.retires else ""
    instead = say("Use {replacement} instead.", replacement=model.replacement) if model.replacement else ""
    return [
        line for line in (" ".join(filter(None, (retires, instead))), model.standing_note, model.check_sentence) if line
    ]


def _limits(model: Model, size: str) -> list[str]:
    """Return what it takes and makes, its price, and the head of its settings."""
    if model.service.traits.runs_networks:
        scales = [f"{each.scale}×" for each in model.networks]
        return [
            say("Input and result: any size that the disk of the profile has room for; {size:text}", size=size),
            say("Networks: {scales}; other sizes are made of the next larger one", scales=", ".join(scales)),
            say("Price: free, works on this computer, offline"),
            say("Settings (what is left alone has its default):"),
        ]
    return [
        say(
            "Input: {most_in:text}; result: {most_out:text}; {size:text}",
            most_in=_limit(model.limits.input_mp),
            most_out=_limit(model.limits.output_mp),
            size=size,
        ),
        _price(model),
        say("Settings (what is left alone, the service decides):"),
    ]


def _page(model: Model) -> str:
    size = say("takes a size (default 2×)") if model.takes_size else say("keeps the size")
    parts = [size]
    parts += [say("up to {scale:g}×", scale=model.max_scale)] if model.max_scale is not None else []
    parts += [say("keeps the shape")] if model.keeps_aspect else []
    lines = [
        f"{model.name} · {tier_word(model)} · {model.standing.value}",
        model.purpose,
        *([model.caution] if model.caution else []),
        *([model.hint] if model.hint else []),
        *_standing(model),
        say("API name {names} at {endpoint}", names=" or ".join(model.api_models), endpoint=model.endpoint),
        *_limits(model, ", ".join(parts)),
    ]
    for p in model.parameters:
        notes = [say("default {default}", default=repr(p.default))] if p.default is not None else []
        notes += (
            [say("with {setting}", setting=f"{p.shown_when.name}={str(p.shown_when.value).lower()}")]
            if p.shown_when
            else []
        )
        notes += [p.advice] if p.advice else []
        allowed = say("up to {n:,} characters", n=p.max_length) if p.max_length else p.range_text()
        lines.append(f"  {p.name:<28} {allowed}" + (f"  ({'; '.join(notes)})" if notes else ""))
    return "\n".join([*lines, "JSON Schema: " + json.dumps(dict(model.parameters.schema), ensure_ascii=True)])
