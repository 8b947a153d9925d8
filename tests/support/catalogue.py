"""The packaged catalogue, for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.services import ServiceName

CATALOGUE_DIR = Path(__file__).parents[2] / "resources" / "catalogue"


def catalogue_texts(service: str = "topaz") -> dict[str, str]:
    root = CATALOGUE_DIR / service
    return {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in root.rglob("*.json")}


@cache
def _models(service: str) -> tuple[Model, ...]:
    """Read once: models are values."""
    models, faults = parse_catalogue(catalogue_texts(service))
    assert not faults
    return tuple(models)


def packaged_catalogue() -> Catalogue:
    return Catalogue(_models("topaz"))


def packaged_model(name: str) -> Model:
    return packaged_catalogue().find(ServiceName.TOPAZ, name)


def runflow_catalogue() -> Catalogue:
    """Runflow's own models; `packaged_catalogue` holds those of Topaz."""
    return Catalogue(_models("runflow"))


def whole_catalogue() -> Catalogue:
    """The models of all services."""
    return Catalogue([model for name in ("topaz", "runflow", "local") for model in _models(name)])
