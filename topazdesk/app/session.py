"""What the window restores at the start: pictures, recipe, selection. One JSON file, written atomically."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk.app.run_file import RunTerms
from topazdesk.disk import private_file
from topazdesk.disk.names import path_bytes
from topazdesk.disk.reading import read_json
from topazdesk.domain.image import PictureKey
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.sending_hours import SendingHours

SESSION_VERSION = 1
#: Enough for about 100,000 pictures with a recipe each.
_MOST_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class SessionPicture:
    """A picture in the list: its path and, if there is one, the job that made its result.

    `page` is the page of the file, from 0, if one was chosen.
    `elsewhere` has its own recipes at services that are not in use now, one a service. `cells` are the jobs whose
    results the user has put into the cells of the 2 × 2; "" stands for the picture itself. `again` marks one that is
    to be enhanced once more, although that job is done.
    """

    path: Path
    job_id: str = ""
    selected: bool = False
    recipe: Recipe | None = None  # a recipe for this picture alone
    elsewhere: tuple[Recipe, ...] = ()
    page: int | None = None
    cells: tuple[str, ...] = ()
    again: bool = False

    @property
    def key(self) -> PictureKey:
        """What tells the picture from all others, also from those in the same file."""
        return self.path, self.page or 0


@dataclass(frozen=True, slots=True)
class Session:
    """The list of pictures in order, and the recipe in the form (None: the default).

    `elsewhere` has the common recipes as they were left at other services, one a service. `folders` were added with all
    that is in them. `terms` hold for the next runs.
    """

    pictures: tuple[SessionPicture, ...] = ()
    recipe: Recipe | None = None
    current: int = -1
    elsewhere: tuple[Recipe, ...] = ()
    folders: tuple[Path, ...] = ()
    terms: RunTerms = field(default_factory=RunTerms)

    @classmethod
    def load(cls, path: Path) -> Session:
        """Return the saved session, or an empty one: a damaged file never keeps the window from opening."""
        try:
            data: Any = read_json(path, _MOST_BYTES)
            if data["version"] != SESSION_VERSION:
                return cls()
            pictures = tuple(
                SessionPicture(
                    Path(os.fsdecode(bytes.fromhex(p["path"]))),
                    str(p["job"]),
                    bool(p["selected"]),
                    _own(p.get("recipe")),
                    _recipes(p.get("elsewhere")),
                    None if p.get("page") is None else max(0, int(p["page"])),
                    tuple(str(each) for each in p.get("cells", ())),
                    p.get("again") is True,
                )
                for p in data["pictures"]
            )
            recipe = Recipe.from_json(data["recipe"]) if data["recipe"] else None
            folders = tuple(Path(os.fsdecode(bytes.fromhex(each))) for each in data.get("folders", ()))
            return cls(
                pictures,
                recipe,
                int(data["current"]),
                _recipes(data.get("elsewhere")),
                folders,
                _terms(data.get("terms")),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, path: Path) -> None:
        """Write the file atomically. Raises OSError."""
        data = {
            "version": SESSION_VERSION,
            # Paths as hex bytes: file names need not be valid text.
            "pictures": [
                {
                    "path": path_bytes(p.path).hex(),
                    "job": p.job_id,
                    "selected": p.selected,
                    **({"page": p.page} if p.page is not None else {}),
                    **({"cells": p.cells} if p.cells else {}),
                    **({"again": True} if p.again else {}),
                    **({"recipe": p.recipe.to_json()} if p.recipe is not None else {}),
                    **({"elsewhere": [each.to_json() for each in p.elsewhere]} if p.elsewhere else {}),
                }
                for p in self.pictures
            ],
            "recipe": self.recipe.to_json() if self.recipe else None,
            "current": self.current,
            "elsewhere": [each.to_json() for each in self.elsewhere],
            "terms": {"budget": self.terms.budget, "hours": self.terms.hours.stored if self.terms.hours else ""},
            "folders": [path_bytes(folder).hex() for folder in self.folders],
        }
        private_file.write(path, json.dumps(data, ensure_ascii=False))


def _terms(data: Any) -> RunTerms:
    """Return the terms. Raises ValueError and others for damaged ones: hours that are lost would be no hours."""
    if not data:
        return RunTerms()
    budget, hours = data["budget"], str(data["hours"])
    if budget is not None and (type(budget) is not int or budget < 0):
        raise ValueError(f"budget {budget!r}")
    return RunTerms(budget, SendingHours.restored(hours) if hours else None)


def _own(data: Any) -> Recipe | None:
    """Return the recipe of one picture; None for a damaged one, so that the list can still be loaded."""
    try:
        return Recipe.from_json(data) if data else None
    except ValueError:
        return None


def _recipes(data: Any) -> tuple[Recipe, ...]:
    """Return those recipes of a list that can be read."""
    found = [_own(each) for each in data] if isinstance(data, list) else []
    return tuple(recipe for recipe in found if recipe is not None)
