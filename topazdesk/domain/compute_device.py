"""What networks are computed with on this computer: a graphics card or the processor, and which of them is wished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

#: The wishes beside the name of a graphics card: the best card or else the processor, and the processor.
AUTO, PROCESSOR = "auto", "cpu"


class CardKind(IntEnum):
    """What Vulkan says of a card, in its own numbers, the fastest kind first."""

    DISCRETE = 0
    INTEGRATED = 1
    VIRTUAL = 2
    SOFTWARE = 3  # the processor in disguise, many times slower than without


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card, by its place in ncnn's list."""

    index: int
    name: str
    kind: CardKind


def picked(wish: str, cards: Sequence[Card]) -> Card | None:
    """Return the card to compute with, None for the processor. Software is taken only where it is wished by name."""
    if wish == PROCESSOR:
        return None
    if wish == AUTO:
        real = [card for card in cards if card.kind is not CardKind.SOFTWARE]
        return min(real, key=lambda card: card.kind, default=None)
    return next((card for card in cards if card.name == wish), None)
