"""What people want to do with a picture, and which model of the catalogue does it."""

from __future__ import annotations

from collections.abc import Iterable

from topazdesk.domain.catalogue import Model, ModelStatus, Tier
from topazdesk.language import say

#: The task as the catalogue names it: icon, title, and when it helps.
TASKS: dict[str, tuple[str, str, str]] = {
    "enlarge": ("enlarge", say("Enlarge"), say("More pixels for print or screen")),
    "sharpen": ("sharpen", say("Sharpen"), say("Soft, shaken or out of focus")),
    "denoise": ("denoise", say("Remove noise"), say("Grainy pictures taken in the dark")),
    "restore": ("restore", say("Restore"), say("Old, small or damaged pictures")),
    "faces": ("faces", say("Improve faces"), say("Small or unclear faces")),
    "light": ("light", say("Light and colour"), say("Too dark, faded, wrong colours")),
    "cutout": ("cutout", say("Cut out"), say("Remove the background")),
}

_TIERS = (Tier.PRECISE, Tier.GENERATIVE, Tier.CREATIVE)


def best_for(task: str, models: Iterable[Model]) -> Model | None:
    """Return the model to offer for a task, or None if there is none.

    Deprecated and unverified models are left out. The earlier a model lists the task, the better it
    fits; among equals, the one that stays closest to the picture is chosen.
    """
    fitting = [m for m in models if task in m.tasks and m.standing is not ModelStatus.DEPRECATED and not m.needs_check]
    return min(fitting, key=lambda m: (m.tasks.index(task), _TIERS.index(m.tier)), default=None)
