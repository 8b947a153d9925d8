"""What the gallery asks of trials: what trying some models on the picture in view would cost, and to start that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import SignalInstance

from topazdesk.domain.catalogue import Model
from topazdesk.domain.trial import Patch
from topazdesk.ui.controls.button import Cost


@dataclass(frozen=True, slots=True)
class PreviewOffer:
    """What a press of the button would do now.

    `button` says what it does and costs, `reason` why it cannot be pressed ("" if it can), `line` what else is to be
    known beforehand, in the colour `role`. `picture` and `place` say what it would be done to. `cost`: whether that is
    real money.
    """

    button: str
    reason: str
    line: str
    role: str
    picture: int
    place: Patch | None
    cost: Cost = ""


class Previews(Protocol):
    """Prices and starts previews. `changed` is emitted when an offer may be another one."""

    @property
    def changed(self) -> SignalInstance:
        """Emitted when prices, limits, the balance or the picture in view have changed."""
        ...

    def offer(self, models: Sequence[Model]) -> PreviewOffer | None:
        """Return what previewing these models would mean; None while there is no picture to try them on."""
        ...

    def start(self, models: Sequence[Model], said: PreviewOffer) -> None:
        """Open a trial with these models, and pay for it only if it is still what the button said."""
        ...
