"""Load the models that the sandbox serves from the program's catalogue files, and look them up as the service does."""

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

#: The submit endpoints and the category that each reports (OpenAPI; denoise-gen only on the request parameters page).
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

#: The models that the service uses when none is named (OpenAPI, `default` of `model`), if the catalogue has them.
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

#: Endpoints with output_width, output_height and crop_to_fill (OpenAPI); others ignore these as unknown settings.
SIZED_ENDPOINTS = frozenset({"enhance", "enhance-gen", "tool"})

#: Endpoints that write PNG only.
PNG_ENDPOINTS = frozenset({"matting", "tool"})


class ModelTable:
    """Models by endpoint and API name. Case and spaces matter, as at the service."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models: dict[tuple[str, str], Model] = {}
        for model in models:
            if model.service is ServiceName.TOPAZ:
                for name in model.api_models:
                    self._models[model.endpoint, name] = model

    def __len__(self) -> int:
        return len({id(m) for m in self._models.values()})

    def knows(self, endpoint: str, name: str | None) -> bool:
        """Return whether `name`, or the default if it is None, is a model of the endpoint."""
        return (endpoint, DEFAULT_MODELS.get(endpoint, "") if name is None else name) in self._models

    def retire(self, endpoint: str, name: str) -> None:
        """Remove a model from the service, as a scenario demands."""
        self._models.pop((endpoint, name or DEFAULT_MODELS.get(endpoint, "")), None)

    @staticmethod
    def credits(model: Model, size: Size) -> int:
        """Return the credits that the sandbox charges: the catalogue's price, or a high one for a model without price.

        The latter is that of the most expensive related models, one credit per 2 MP.
        """
        if model.price.is_known:
            return model.price.credits_for(size)
        return max(1, -(-size.pixels // 2_000_000))

    def find(self, endpoint: str, name: str | None) -> tuple[str, Model]:
        """Return API name and model; without `name` those of the endpoint's default. Raises ApiError 400."""
        api_name = DEFAULT_MODELS.get(endpoint, "") if name is None else name
        model = self._models.get((endpoint, api_name))
        if model is None:
            raise ApiError(400, f"Invalid model: {api_name}." if api_name else "A model is required.")
        return api_name, model


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
    """Load all models in `folders`, each of them Topaz' own folder or a catalogue's root with a folder `topaz`.

    Broken files are logged and skipped; a later folder overrides an earlier one. Raises UseError when there are no
    models.
    """
    roots = [folder / "topaz" if (folder / "topaz").is_dir() else folder for folder in folders]
    table = ModelTable(read_models(roots))
    if not len(table):
        raise UseError(
            "The catalogue contains no models",
            "Give --catalogue a folder with model files",
            details=", ".join(map(str, folders)),
            code=Code.USE_NO_MODELS,
        )
    return table
