"""What a picture looks like in a few numbers, and which model that speaks for, with the reason in words.

The numbers are estimates of one part of the picture; so the rules below speak up only where they are clear, and they name
only models that keep what is there. Nothing is ever chosen by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from topazdesk.domain.catalogue import Model, Standing
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo

#: Below this a picture is small: a screen shows all of it at once.
SMALL_MP = 1.5
#: Qualities of the usual JPEG tables at which blocks become visible, and at which nothing is lost to speak of.
POOR_QUALITY, GOOD_QUALITY = 60, 88
#: Standard deviations of brightness, of 255, that the eye takes for clean and for grainy.
CLEAN_NOISE, STRONG_NOISE = 2.0, 7.0
#: Share of their strength that the steepest edges keep at full size against a quarter of it; below, no edge is sharp.
SHARP, SOFT = 0.62, 0.38


@dataclass(frozen=True, slots=True)
class Appraisal:
    """`jpeg_quality` 1–100, None for other formats; `noise` in levels of brightness (0–255); `sharpness` 0–1, None where the
    picture has no edge to judge by.
    """

    size: Size
    jpeg_quality: int | None
    noise: float
    sharpness: float | None

    def fits(self, info: ImageInfo) -> bool:
        """Whether it is about this picture."""
        return self.size == info.size


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model and why: `reason` is the beginning of a sentence, such as "Small and strongly compressed"."""

    model: Model
    reason: str

    @property
    def text(self) -> str:
        """ "Small and strongly compressed: Low Resolution 2 fits"."""
        return f"{self.reason}: {self.model.name} fits"


#: Reason: slugs of the models that fit, best first, over all services.
_FITTING: dict[str, tuple[str, ...]] = {
    "Strongly compressed": ("low-resolution-2", "standard-2"),
    "Small": ("low-resolution-2", "standard-2"),
    "Grainy": ("denoise-max",),
    "Soft all over": ("lens-blur-2", "sharpen-standard"),
    "Clean and sharp": ("high-fidelity-2", "standard-2"),
}


def reasons(found: Appraisal) -> tuple[str, str]:
    """The rule that holds, and its reason in words; ("", "") where nothing speaks clearly for a model."""
    small = found.size.megapixels < SMALL_MP
    poor = found.jpeg_quality is not None and found.jpeg_quality <= POOR_QUALITY
    if poor:
        return "Strongly compressed", "Small and strongly compressed" if small else "Strongly compressed"
    if found.noise >= STRONG_NOISE:
        return "Grainy", "Grainy"
    if small:
        return "Small", "Small"
    if found.sharpness is None:
        return "", ""
    if found.sharpness <= SOFT:
        return "Soft all over", "Soft all over"
    good = found.jpeg_quality is None or found.jpeg_quality >= GOOD_QUALITY
    if good and found.noise <= CLEAN_NOISE and found.sharpness >= SHARP:
        return "Clean and sharp", "Clean and sharp"
    return "", ""


def suggest(found: Appraisal, models: Iterable[Model]) -> Suggestion | None:
    """The model to suggest among those that are offered, or None."""
    rule, reason = reasons(found)
    offered = {model.slug: model for model in models}
    for slug in _FITTING.get(rule, ()):
        model = offered.get(slug)
        usable = model is not None and model.standing is Standing.CURRENT and not model.needs_check
        if model is not None and usable and model.limit_problem(found.size, found.size) is None:
            return Suggestion(model, reason)
    return None
