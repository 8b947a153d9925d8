"""The packaged data: catalogue, samples, icons. In a checkout they are next to the package, in a wheel inside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from topazdesk.app.resources_folder import folder
from topazdesk.disk.catalogue_folder import read_catalogue
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue, unreadable
from topazdesk.domain.services import SERVICES
from topazdesk.errors import CatalogueError, Code, ComputerError

__all__ = ["catalogue_folder", "folder", "load_catalogue", "own_samples", "samples"]


def catalogue_folder() -> Path:
    """Return the catalogue folder, which has one subfolder per service."""
    return folder() / "catalogue"


def samples() -> list[Path]:
    """Return the sample pictures, sorted by name."""
    return sorted(p for p in (folder() / "samples").iterdir() if p.suffix.lower() in (".jpg", ".png", ".tif"))


def own_samples(own: Path) -> list[Path]:
    """Return copies of the sample pictures in the folder `own`, made if missing.

    Copies, because results are saved next to their source, and must not be in the program's own folder. Blocking.
    Raises ComputerError if the folder cannot be written.
    """
    copies = [own / sample.name for sample in samples()]
    try:
        own.mkdir(parents=True, exist_ok=True)
        for sample, copy in zip(samples(), copies, strict=True):
            if not copy.exists():
                shutil.copyfile(sample, copy)
    except OSError as error:
        raise ComputerError(
            "The samples could not be copied",
            "Make room on the disk of the profile, or choose a picture of your own.",
            details=f"{own}: {error.strerror or error}",
            code=Code.COMPUTER_SAMPLES,
        ) from error
    return copies


def load_catalogue(own: Path | None = None) -> tuple[Catalogue, tuple[CatalogueError, ...]]:
    """Return the catalogue and the faults of files that were left out.

    The catalogue has all packaged models; those in `own` (a profile's `catalogue.d`) are added or replace them.
    """
    models: list[Model] = []
    faults: list[CatalogueError] = []
    for service in SERVICES:
        texts, unread = read_catalogue(catalogue_folder() / service)
        shared = {name: text for name, text in texts.items() if "/" in name}
        added, unread_too = read_catalogue(own / service) if own else ({}, {})
        for source in (texts, {**shared, **added} if added else {}):
            found, broken = parse_catalogue(source)
            models += found
            faults += broken
        faults += [unreadable(name, why) for name, why in {**unread, **unread_too}.items()]
    return Catalogue(models), tuple(faults)
