"""What a picture's owner reserved in its metadata: uses by machines that the picture itself says are not allowed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from topazdesk.language import say


class Reservation(StrEnum):
    """One use that is not allowed; the value is the word in `--json`, in the order in which they are said."""

    AI = "no_ai"
    AI_TRAINING = "no_ai_training"
    GENERATIVE_TRAINING = "no_generative_ai_training"
    DATA_MINING = "no_data_mining"

    @property
    def text(self) -> str:
        """The statement in words, as in "Rights: no AI training"."""
        return {
            Reservation.AI: say("no use with AI"),
            Reservation.AI_TRAINING: say("no AI training"),
            Reservation.GENERATIVE_TRAINING: say("no training of generative AI"),
            Reservation.DATA_MINING: say("no data mining"),
        }[self]


def in_order(found: Iterable[Reservation]) -> tuple[Reservation, ...]:
    """Return each reservation once, the widest first."""
    kinds = set(found)
    return tuple(each for each in Reservation if each in kinds)


def reservations_text(found: Iterable[Reservation]) -> str:
    """Return the statements in words, "" for none: "no AI training, no data mining"."""
    return ", ".join(each.text for each in in_order(found))
