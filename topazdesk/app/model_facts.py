"""What is known of a model, in sentences: limits, price, whether it stays. For the list of models and for the help."""

from __future__ import annotations

from topazdesk.domain.catalogue import Model
from topazdesk.domain.money import Unit, amount_text
from topazdesk.language import say


def rate(model: Model) -> str:
    """Return the price in short: "1 credit per 24 MP"."""
    megapixels = model.price.megapixels_per_credit
    if model.price.unit is Unit.NONE:
        return say("free")
    if model.price.unit is not Unit.CREDIT:
        return say(
            "{price:text} to {mp:g} MP",
            price=amount_text(model.price.step_amount, model.price.unit),
            mp=model.price.known_to_mp,
        )
    return say("1 credit per {rate:g} MP", rate=megapixels) if megapixels is not None else say("price not published")


def price(model: Model) -> str:
    """Return what results cost, as far as it is known."""
    if model.service.traits.runs_networks:
        return say("Price: free, works on this computer, offline")
    if model.price.unit is not Unit.CREDIT:
        return say("Price: {price:text} an image; above that none is published", price=rate(model))
    if not model.price.is_known:
        return say("Price: not published")
    if not model.price.table:
        return say(
            "Price: {price:text}, not from a table of this model: the service's estimate decides", price=rate(model)
        )
    table = ", ".join(f"{mp:g} MP {credits}" for mp, credits in model.price.table.items())
    return say("Price: {table} (credits)", table=table)


def standing(model: Model) -> list[str]:
    """Return whether the service will go on with it, and what to take instead; nothing where it just is there."""
    retires = say("May be switched off from {retires}.", retires=model.retires) if model.retires else ""
    instead = say("Use {replacement} instead.", replacement=model.replacement) if model.replacement else ""
    return [
        line for line in (" ".join(filter(None, (retires, instead))), model.standing_note, model.check_sentence) if line
    ]


def limits(model: Model) -> list[str]:
    """Return what it takes and makes."""
    size = say("takes a size (default 2×)") if model.takes_size else say("keeps the size")
    parts = [size]
    parts += [say("up to {scale:g}×", scale=model.max_scale)] if model.max_scale is not None else []
    parts += [say("keeps the shape")] if model.keeps_aspect else []
    sizes = ", ".join(parts)
    if model.service.traits.runs_networks:
        scales = [f"{each.scale}×" for each in model.networks]
        return [
            say("Input and result: any size that the disk of the profile has room for; {size:text}", size=sizes),
            say("Networks: {scales}; other sizes are made of the next larger one", scales=", ".join(scales)),
        ]
    return [
        say(
            "Input: {most_in:text}; result: {most_out:text}; {size:text}",
            most_in=_limit(model.limits.input_mp),
            most_out=_limit(model.limits.output_mp),
            size=sizes,
        )
    ]


def _limit(megapixels: float | None) -> str:
    return say("up to {mp:g} MP", mp=megapixels) if megapixels is not None else say("limit not published")
