"""The packaged catalogue, for tests."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.services import ServiceName

CATALOGUE_DIR = Path(__file__).parents[2] / "resources" / "catalogue"


def catalogue_texts(service: str = "topaz") -> dict[str, str]:
    root = CATALOGUE_DIR / service
    return {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in root.rglob("*.json")}


def packaged_catalogue() -> Catalogue:
    models, faults = parse_catalogue(catalogue_texts())
    assert not faults
    return Catalogue(models)


def packaged_model(name: str) -> Model:
    return packaged_catalogue().find(ServiceName.TOPAZ, name)


def runflow_catalogue() -> Catalogue:
    """Runflow's own models; `packaged_catalogue` holds those of Topaz."""
    models, faults = parse_catalogue(catalogue_texts("runflow"))
    assert not faults
    return Catalogue(models)


def whole_catalogue() -> Catalogue:
    """The models of all services."""
    return Catalogue(
        [model for name in ("topaz", "runflow", "local") for model in parse_catalogue(catalogue_texts(name))[0]]
    )
