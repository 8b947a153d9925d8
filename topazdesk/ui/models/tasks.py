"""What people want to do with a picture, and the model of the catalogue that does it."""

from __future__ import annotations

from collections.abc import Iterable

from topazdesk.domain.catalogue import Model, ModelStatus, Tier

#: Word of the catalogue: icon, title, when it helps.
TASKS: dict[str, tuple[str, str, str]] = {
    "enlarge": ("enlarge", "Enlarge", "More pixels for print or screen"),
    "sharpen": ("sharpen", "Sharpen", "Soft, shaken or out of focus"),
    "denoise": ("denoise", "Remove noise", "Grainy pictures taken in the dark"),
    "restore": ("restore", "Restore", "Old, small or damaged pictures"),
    "faces": ("faces", "Improve faces", "Small or unclear faces"),
    "light": ("light", "Light and colour", "Too dark, faded, wrong colours"),
    "cutout": ("cutout", "Cut out", "Remove the background"),
}

_TIERS = (Tier.PRECISE, Tier.GENERATIVE, Tier.CREATIVE)


def best_for(task: str, models: Iterable[Model]) -> Model | None:
    """The model to offer for a task: it is made for it first of all, current, and as true to the picture as there is."""
    fitting = [m for m in models if task in m.tasks and m.standing is not ModelStatus.DEPRECATED and not m.needs_check]
    return min(fitting, key=lambda m: (m.tasks.index(task), _TIERS.index(m.tier)), default=None)
