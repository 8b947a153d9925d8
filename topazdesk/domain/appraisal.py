"""Suggests a model from a few measured properties of a picture, and gives the reason in words.

The measurements are estimates from one part of the picture. So the rules below suggest a model only in clear cases, and
only models that keep what is in the picture. A suggestion is shown; nothing is ever chosen automatically.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.language import say

#: A picture below this is small: a screen shows all of it at once.
SMALL_MP = 1.5
#: JPEG quality (standard tables) at which blocks become visible.
POOR_QUALITY = 60
#: Standard deviation of brightness (0 to 255) that looks grainy.
STRONG_NOISE = 7.0
#: Strength of the steepest edges at full size relative to quarter size: up to this none is sharp.
SOFT = 0.38


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The measured properties of a picture.

    `jpeg_quality` is 1 to 100, None for other formats. `noise` is a standard deviation in brightness levels (0 to 255).
    `sharpness` is 0 to 1, None where the picture has no edge to judge by.
    """

    size: Size
    jpeg_quality: int | None
    noise: float
    sharpness: float | None

    def fits(self, info: ImageInfo) -> bool:
        """Return whether this can be an appraisal of that picture: the sizes are equal."""
        return self.size == info.size


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested model and why; `reason` begins a sentence, for example "Small, heavily compressed"."""

    model: Model
    reason: str

    @property
    def text(self) -> str:
        """ "Small, heavily compressed – try Low Resolution 2"."""
        return say("{reason:text} – try {model}", reason=self.reason, model=self.model.name)


#: Rule → slugs of the models that fit, of all services, best first.
_FITTING: dict[str, tuple[str, ...]] = {
    say("Heavily compressed"): ("low-resolution-2", "standard-2"),
    "Grainy": ("denoise-max",),
    say("Soft throughout"): ("lens-blur-2", "sharpen-standard"),
}


def reasons(found: Appraisal) -> tuple[str, str]:
    """Return the rule that applies (a key of `_FITTING`) and its reason in words; ("", "") in no clear case."""
    small = found.size.megapixels < SMALL_MP
    poor = found.jpeg_quality is not None and found.jpeg_quality <= POOR_QUALITY
    if poor:
        return say("Heavily compressed"), say("Small, heavily compressed") if small else say("Heavily compressed")
    if found.noise >= STRONG_NOISE:
        return say("Grainy"), say("Grainy")
    if small or found.sharpness is None:  # of a small picture it says nothing: what is wrong with it may be dust
        return "", ""
    if found.sharpness <= SOFT:
        return say("Soft throughout"), say("Soft throughout")
    return "", ""


def suggest(found: Appraisal, models: Iterable[Model]) -> Suggestion | None:
    """Return the best fitting one of the offered `models`, or None."""
    rule, reason = reasons(found)
    offered = {model.slug: model for model in models}
    for slug in _FITTING.get(rule, ()):
        model = offered.get(slug)
        usable = model is not None and model.standing is ModelStatus.CURRENT and not model.needs_check
        if model is not None and usable and model.limit_problem(found.size, found.size) is None:
            return Suggestion(model, reason)
    return None
