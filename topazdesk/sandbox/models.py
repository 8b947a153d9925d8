"""Which models the sandbox serves: the same catalogue files that the program uses, looked up as the service does."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from topazdesk.disk.catalogue_folder import read_catalogue
from topazdesk.domain.catalogue import Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import Size
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, UseError
from topazdesk.sandbox.answers import ApiError

log = logging.getLogger(__name__)

#: The submit endpoints and the category they report (OpenAPI; denoise-gen is on the request parameters page only).
CATEGORIES = {
    "enhance": "Enhance",
    "enhance-gen": "Enhance",
    "sharpen": "Sharpen",
    "sharpen-gen": "Sharpen",
    "denoise": "Denoise",
    "denoise-gen": "Denoise",
    "restore-gen": "Restore",
    "lighting": "Lighting",
    "matting": "Matting",
    "tool": "Tool",
}

#: What the service runs when no model is named (OpenAPI, `default` of `model`); used only when the catalogue has it.
DEFAULT_MODELS = {
    "enhance": "Standard V2",
    "enhance-gen": "Redefine",
    "sharpen": "Standard",
    "sharpen-gen": "Super Focus V2",
    "denoise": "Normal",
    "restore-gen": "Dust-Scratch",
    "lighting": "Adjust",
    "matting": "Object",
    "tool": "Transparency Upscale",
}

#: Endpoints with output_width, output_height and crop_to_fill (OpenAPI); elsewhere these are unknown settings.
SIZED_ENDPOINTS = frozenset({"enhance", "enhance-gen", "tool"})

#: Endpoints that write PNG only.
PNG_ENDPOINTS = frozenset({"matting", "tool"})


class ModelTable:
    """Models by endpoint and API name; case and spaces matter, as at the service."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models: dict[tuple[str, str], Model] = {}
        for model in models:
            if model.service is ServiceName.TOPAZ:
                for name in model.api_models:
                    self._models[model.endpoint, name] = model

    def __len__(self) -> int:
        return len({id(m) for m in self._models.values()})

    def knows(self, endpoint: str, name: str | None) -> bool:
        """Whether `name` (or, without one, the default) is a model of the endpoint."""
        return (endpoint, DEFAULT_MODELS.get(endpoint, "") if name is None else name) in self._models

    def retire(self, endpoint: str, name: str) -> None:
        """The service no longer has this model (a scenario says so)."""
        self._models.pop((endpoint, name or DEFAULT_MODELS.get(endpoint, "")), None)

    @staticmethod
    def credits(model: Model, size: Size) -> int:
        """What the sandbox charges: the catalogue's price, and for a model without one that of its dearest relatives."""
        if model.price.is_known:
            return model.price.credits_for(size)
        return max(1, -(-size.pixels // 2_000_000))

    def find(self, endpoint: str, name: str | None) -> tuple[str, Model]:
        """API name and model; without a name the endpoint's default. Raises ApiError 400."""
        wanted = DEFAULT_MODELS.get(endpoint, "") if name is None else name
        model = self._models.get((endpoint, wanted))
        if model is None:
            raise ApiError(400, f"Invalid model: {wanted}." if wanted else "A model is required.")
        return wanted, model


def read_models(folders: Iterable[Path]) -> list[Model]:
    """Read the models of folders; a later one overrides an earlier one. Broken files are logged and left out."""
    texts: dict[str, str] = {}
    for folder in folders:
        found, unread = read_catalogue(folder)
        texts.update(found)
        for name, why in unread.items():
            log.warning("%s cannot be read: %s", folder / name, why)
    models, faults = parse_catalogue(texts)
    for fault in faults:
        log.warning("%s %s", fault.title, fault.details)
    return models


def load_models(folders: Sequence[Path]) -> ModelTable:
    """All models in `folders` (each one service's folder, or the catalogue's root with a folder `topaz`).

    Broken files are logged and left out; a later folder overrides an earlier one. Raises UseError when no model is there.
    """
    roots = [folder / "topaz" if (folder / "topaz").is_dir() else folder for folder in folders]
    table = ModelTable(read_models(roots))
    if not len(table):
        raise UseError(
            "The catalogue holds no models.",
            "Name a folder with model files after --catalogue.",
            details=", ".join(map(str, folders)),
            code=Code.USE_NO_MODELS,
        )
    return table
