"""`topazdesk models`: the catalogue; with a name, the JSON Schema, limits and price of that model."""

from __future__ import annotations

import json
from typing import Annotated, Any

from topazdesk.app import model_facts
from topazdesk.app.paths import Paths
from topazdesk.app.resources import load_catalogue
from topazdesk.cli.options import JsonOption, ProfileOption, WhoseOption
from topazdesk.cli.output import EventPrinter, padded, standing_word, tier_word
from topazdesk.cli.params import Argument, Option
from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.params import Value
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


def _row(model: Model) -> str:
    word = "" if model.standing is ModelStatus.CURRENT else f" ({standing_word(model)})"
    tier, rate = padded(tier_word(model), 11), padded(translated(model_facts.rate(model)), 20)
    return f"{model.name:<25} {tier} {rate} {translated(model.purpose)}{word}"


def _page(model: Model) -> str:
    lines = [
        f"{model.name} · {tier_word(model)} · {standing_word(model)}",
        model.purpose,
        *([model.caution] if model.caution else []),
        *([model.hint] if model.hint else []),
        *model_facts.standing(model),
        say("API name {names:text} at {endpoint}", names=" / ".join(model.api_models), endpoint=model.endpoint),
        *model_facts.limits(model),
        model_facts.price(model),
        say("Settings (what is left alone has its default):")
        if model.service.traits.runs_networks
        else say("Settings (what is left alone, the service decides):"),
    ]
    for p in model.parameters:
        notes = [say("default {default}", default=_typed(p.default))] if p.default not in (None, "") else []
        notes += (
            [say("with {setting}", setting=f"{p.shown_when.name}={str(p.shown_when.value).lower()}")]
            if p.shown_when
            else []
        )
        notes += [p.advice] if p.advice else []
        allowed = say("up to {n:,} characters", n=p.max_length) if p.max_length else p.range_text()
        remark = "; ".join(translated(note) for note in notes)
        lines.append(f"  {p.name:<28} {translated(allowed)}" + (f"  ({remark})" if remark else ""))
    return "\n".join([*lines, "JSON Schema: " + json.dumps(dict(model.parameters.schema), ensure_ascii=True)])


def _typed(value: Value) -> str:
    """Return a value as it is typed after --set."""
    return str(value).lower() if isinstance(value, bool) else str(value)
