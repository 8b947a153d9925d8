"""Check the `input` of a Runflow run against the published table, and add the defaults of the service.

Ranges are checked for every field of the table; a field that the chosen model does not use is then ignored, as at the
service.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.catalogue import Model
from topazdesk.domain.params import Parameter, Value
from topazdesk.domain.services import ServiceName
from topazdesk.sandbox.models import read_models
from topazdesk.sandbox.runflow_answers import RunflowError

#: Runflow does not state its defaults; these are those of the reseller whose schema it mirrors. Face recovery is on.
DEFAULT_MODEL = "Standard V2"
DEFAULT_FACTOR = 2.0
DEFAULT_FORMAT = "jpeg"
HIDDEN_DEFAULTS: Mapping[str, Value] = {
    "face_enhancement": True,
    "face_enhancement_strength": 0.8,
    "face_enhancement_creativity": 0,
}
_FORMATS = ("jpeg", "png")


@dataclass(frozen=True, slots=True)
class RunInput:
    """A checked input. `sent` contains the model's own settings, and hidden defaults for those that were left out."""

    model: Model
    image_url: str
    factor: float
    format: str
    crop_to_fill: bool
    sent: dict[str, Value]


class RunflowModels:
    """Runflow's models by API name, and all published fields."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {name: m for m in models if m.service is ServiceName.RUNFLOW for name in m.api_models}
        self._fields: dict[str, Parameter] = {p.name: p for m in self._models.values() for p in m.parameters}

    def __len__(self) -> int:
        return len(self._models)

    def find(self, name: str) -> Model | None:
        """Return the model with this API name, or None."""
        return self._models.get(name)

    def read(self, body: Mapping[str, object]) -> RunInput:
        """Return the checked `input` of a request. Raises RunflowError 422."""
        given = body.get("input")
        if not isinstance(given, dict):
            raise RunflowError(422, "input: an object is needed.")
        url = given.get("image_url")
        if not isinstance(url, str) or not url:
            raise RunflowError(422, "input.image_url: this field is required.")
        name = given.get("model", DEFAULT_MODEL)
        model = self._models.get(name) if isinstance(name, str) else None
        if model is None:
            raise RunflowError(422, f"input.model: must be one of {', '.join(self._models)}.")
        for field, parameter in self._fields.items():
            if field in given and (problem := parameter.problem_with(given[field])):
                raise RunflowError(422, f"input.{field}: {problem}")
        crop = given.get("crop_to_fill", False)
        if not isinstance(crop, bool):
            raise RunflowError(422, "input.crop_to_fill: true or false is needed.")
        kind = given.get("output_format", DEFAULT_FORMAT)
        if kind not in _FORMATS:
            raise RunflowError(422, "input.output_format: must be jpeg or png.")
        defaults = HIDDEN_DEFAULTS if model.parameters.get("face_enhancement") else {}
        own = {n: given[n] for n in model.parameters.names if n in given}
        return RunInput(model, url, _factor(given), kind, crop, {**defaults, **own})


def _factor(given: Mapping[str, Any]) -> float:
    value = given.get("upscale_factor", DEFAULT_FACTOR)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise RunflowError(422, "input.upscale_factor: a number above 0 is needed.")
    return float(value)


def load_runflow(folders: Sequence[Path]) -> RunflowModels:
    """Load Runflow's models from the folders `runflow` of catalogue roots; broken files are logged and skipped."""
    return RunflowModels(read_models(folder / "runflow" for folder in folders))
