"""Translate a model's settings into steps of ordinary image processing.

The steps follow the published meanings of the parameters (noise removal removes noise, sharpening sharpens), and every
setting of every model changes the result, so that each slider in the window has a visible effect. Nothing is generated:

- A prompt is not understood. A hash of its text chooses the pattern of the added texture and a slight tint: another
  prompt gives another picture, the same prompt the same picture. `autoprompt` counts as a prompt of its own.
- A reference picture is not fetched. Its address is hashed in the same way.
- A setting that this module does not know (of a newer model) still changes the result, by a faint pattern.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.params import Value
from topazdesk.media import filters
from topazdesk.media.render import FilterStep, partly

_LEVELS = {"low": 0.25, "medium": 0.55, "high": 0.9}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@dataclass(slots=True)
class _Plan:
    """The settings still to be used, and the steps so far: before the enlargement, after it, and at the very end."""

    left: dict[str, Value]
    before: list[FilterStep] = field(default_factory=list)
    after: list[FilterStep] = field(default_factory=list)
    last: list[FilterStep] = field(default_factory=list)

    def number(self, name: str) -> float | None:
        """Take out the number `name`; return None when there is none (a boolean or text of that name stays)."""
        value = self.left.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        del self.left[name]
        return float(value)

    def switch(self, name: str) -> bool | None:
        """Take out the boolean `name`; return None when there is none."""
        value = self.left.get(name)
        if not isinstance(value, bool):
            return None
        del self.left[name]
        return value

    def word(self, name: str) -> str:
        """Take out the text `name`; return "" when there is none."""
        value = self.left.get(name)
        if not isinstance(value, str):
            return ""
        del self.left[name]
        return value


def steps_for(
    endpoint: str, model: str, settings: Mapping[str, Value], size: Size, *, crop_to_fill: bool
) -> list[FilterStep]:
    """Return the steps for one job, in order; `size` is that of the result in pixels, `model` the API name."""
    plan = _Plan(dict(settings))
    part = plan.word("subject_detection").lower() or "all"
    opacity = plan.number("opacity")
    seed = _seed(plan, model)
    _cleaning(plan, endpoint)
    _character(plan, endpoint, model)
    _inventing(plan, endpoint, seed)
    _sharpening(plan, endpoint)
    _faces(plan, endpoint)
    _light(plan, model)
    _grain(plan, seed)
    mode = plan.word("mode")
    if mode or endpoint == "matting":
        plan.last.append(FilterStep.of(filters.matte, mode=mode or "segmentation"))
    _unknown(plan)
    work = FilterStep.of(partly, steps=tuple(plan.after), part=part, opacity=1.0 if opacity is None else opacity)
    return [*plan.before, FilterStep.of(filters.resample, size=size, crop_to_fill=crop_to_fill), work, *plan.last]


def _seed(plan: _Plan, model: str) -> int:
    """Derive the seed of the added pattern from the model, the prompt, the reference and the seeds in the settings."""
    prompt = plan.word("prompt")
    if plan.switch("autoprompt"):
        prompt = "\0automatic"
    words = [model, prompt, plan.word("reference_uri")]
    numbers = [plan.number("seed"), plan.number("noise_seed")]
    if any(words[1:]):
        tint = (_hash("/".join(words[1:])) % 1000) / 1000
        plan.last.append(FilterStep.of(filters.temperature, value=0.44 + 0.12 * tint))
    return _hash("/".join([*words, *map(str, numbers)])) % 1_000_000


def _cleaning(plan: _Plan, endpoint: str) -> None:
    """Add what must happen on the source's own pixels: removing compression blocks, specks and noise."""
    for name in ("fix_compression", "decompression_strength"):
        _add(plan.before, filters.deblock, "strength", plan.number(name))
    if endpoint == "restore-gen" and "noise_sigma" not in plan.left:
        plan.before.append(FilterStep.of(filters.despeckle, strength=0.8))
    for name, factor in (
        ("denoise", 1.0),
        ("denoise_strength", 1.0),
        ("minor_denoise", 0.45),
        ("noise_sigma", 6.0),  # up to 0.1: the more noise is expected, the more is smoothed
        *((("strength", 1.0),) if endpoint.startswith("denoise") else ()),
    ):
        _add(plan.before, filters.denoise, "strength", plan.number(name), factor)


def _character(plan: _Plan, endpoint: str, model: str) -> None:
    """Add a little of the endpoint's purpose, in a different amount for each model, so that no two look the same."""
    own = (_hash(model) % 1000) / 1000
    if endpoint == "lighting":
        plan.after.append(FilterStep.of(filters.shadow, value=1.1 + 0.2 * own))
    elif endpoint.startswith("sharpen"):
        plan.after.append(FilterStep.of(filters.sharpen, amount=0.3 + 0.3 * own, radius_px=1.8))
    else:
        # Only a little: else enlarged JPEG blocks would stand out more than the picture.
        plan.after.append(FilterStep.of(filters.sharpen, amount=0.1 + 0.2 * own, radius_px=0.9))


def _inventing(plan: _Plan, endpoint: str, seed: int) -> None:
    """Add the steps for the sliders of generative models: creativity, texture, detail."""
    creativity = plan.number("creativity")
    if creativity is not None:
        plan.after.append(FilterStep.of(filters.invent, level=creativity, seed=seed))
    texture = plan.number("texture")
    if texture is not None:
        plan.after.append(FilterStep.of(filters.texture, amount=texture / 9, seed=seed))
    elif endpoint.endswith("-gen"):
        # A seed or a prompt must have a visible effect even where the model has no slider for texture.
        plan.after.append(FilterStep.of(filters.texture, amount=0.12, seed=seed))
    plan.switch("detail")  # this boolean only enables `detail_strength`
    _add(plan.after, filters.detail, "amount", plan.number("detail"))
    _add(plan.after, filters.detail, "amount", plan.number("detail_strength"), 0.1)
    level = plan.word("enhancement_strength")
    rebuilt = _LEVELS.get(level, 0.5) if level else plan.number("enhancement_strength")
    _add(plan.after, _rebuild, "amount", rebuilt, 1.0 if level else 0.1)
    _add(plan.after, _rebuild, "amount", plan.number("recovery_strength"))
    _add(plan.after, _rebuild, "amount", plan.number("original_detail"), 0.5)
    if endpoint == "enhance":
        _add(plan.after, _rebuild, "amount", plan.number("strength"), 0.8)


def _rebuild(image: Any, amount: float) -> Any:
    return filters.detail(image, amount, radius_px=5.0)


def _sharpening(plan: _Plan, endpoint: str) -> None:
    for name, factor, radius in (
        ("sharpen", 0.8, 1.0),
        ("sharpen_strength", 0.9, 1.4),
        ("minor_deblur", 0.5, 1.2),
        ("deblur_strength", 0.8, 2.2),
        ("focus_boost", 0.7, 3.0),
        *((("strength", 0.9, 2.4),) if endpoint.startswith("sharpen") else ()),
    ):
        value = plan.number(name)
        if value is not None:
            plan.after.append(FilterStep.of(filters.sharpen, amount=value * factor, radius_px=radius))
    blur = plan.number("blur_sigma")
    if blur is not None:  # the blur that is expected in the source, in pixels, to be undone by sharpening
        plan.after.append(FilterStep.of(filters.sharpen, amount=0.45, radius_px=0.4 + blur))


def _faces(plan: _Plan, endpoint: str) -> None:
    wanted = plan.switch("face_enhancement")
    strength, creativity = plan.number("face_enhancement_strength"), plan.number("face_enhancement_creativity")
    if wanted:
        plan.after.append(FilterStep.of(filters.faces, strength=strength or 0.0, creativity=creativity or 0.0))
    if endpoint == "restore-gen":
        strength = plan.number("strength")
        if strength is not None:
            plan.after.append(FilterStep.of(filters.faces, strength=strength, creativity=0.2))


def _light(plan: _Plan, model: str) -> None:
    for name, operation in (
        ("exposure", filters.exposure),
        ("highlight", filters.highlight),
        ("shadow", filters.shadow),
        ("temperature", filters.temperature),
    ):
        _add(plan.after, operation, "value", plan.number(name))
    if plan.switch("color_correction"):
        plan.after.append(FilterStep.of(filters.vibrance))
    if plan.switch("color_preservation") is False:
        plan.after.append(FilterStep.of(filters.vibrance))
    amount = plan.number("saturation")
    if model == "Colorize":
        plan.after.append(FilterStep.of(filters.colourise, amount=0.2 if amount is None else amount))
    elif amount is not None:
        plan.after.append(FilterStep.of(filters.saturation, factor=0.8 + amount))


def _grain(plan: _Plan, seed: int) -> None:
    """Add film grain. Dust & Scratch 2 has strength and density from 0 to 60, the others from 0 to 1."""
    wanted = plan.switch("grain")
    kind = plan.word("grain_model") or "silver"
    strength, density, size = (plan.number(f"grain_{n}") for n in ("strength", "density", "size"))
    if not wanted:
        return
    scale = 60.0 if kind == "silver rich" or max(strength or 0.0, density or 0.0) > 1 else 1.0
    plan.last.append(
        FilterStep.of(
            filters.grain,
            strength=(0.5 * scale if strength is None else strength) / scale,
            density=(0.5 * scale if density is None else density) / scale,
            size=size or 1.0,
            model=filters.GrainModel(kind),
            seed=seed,
        )
    )


def _unknown(plan: _Plan) -> None:
    for name, value in plan.left.items():
        if value not in (False, ""):
            plan.after.append(FilterStep.of(filters.texture, amount=0.06, seed=_hash(f"{name}={value}") % 1_000_000))


def _add(
    steps: list[FilterStep], operation: Callable[..., Any], option: str, value: float | None, factor: float = 1.0
) -> None:
    if value is not None:
        steps.append(FilterStep.of(operation, **{option: value * factor}))
