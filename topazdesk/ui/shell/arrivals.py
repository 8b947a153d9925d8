"""Sends files that enter the window to the recipe or to the list of pictures, depending on their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from topazdesk.app.presets import SUFFIX
from topazdesk.app.sidecar_names import is_sidecar
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.recipe.controller import RecipeController
from topazdesk.ui.recipe.run_files import SUFFIX as RUN_SUFFIX
from topazdesk.ui.recipe.run_files import RunFiles
from topazdesk.ui.shell.window import Window


@dataclass(frozen=True, slots=True)
class Kinds:
    """Paths by destination. `origin` may be a result or a sidecar, whose settings are then used again.

    `run` is the file of a run.
    """

    presets: tuple[Path, ...] = ()
    origin: Path | None = None
    pictures: tuple[Path, ...] = ()
    run: Path | None = None


def by_kind(paths: Sequence[Path], *, dropped: bool) -> Kinds:
    """Sort paths by destination. Presets are recognised by their suffix.

    A single dropped file may be one of our results, which brings back its settings. So does a dropped sidecar, unless
    pictures or presets are dropped with it: then the user means those.
    """
    presets = tuple(path for path in paths if path.suffix.lower() == SUFFIX)
    if len(paths) == 1 and paths[0].suffix.lower() == RUN_SUFFIX:
        return Kinds(run=paths[0])
    others = tuple(path for path in paths if path not in presets)
    if not dropped:
        return Kinds(presets, None, others)
    if len(paths) == 1 and others:
        return Kinds(origin=paths[0])
    sidecars = [path for path in others if is_sidecar(path)]
    pictures = tuple(path for path in others if path not in sidecars)
    origin = sidecars[0] if sidecars and not pictures and not presets else None
    return Kinds(presets, origin, pictures)


class Arrivals(Feature):
    """Receives every file that is dropped, pasted or chosen."""

    def __init__(self, window: Window, recipe: RecipeController, run_files: RunFiles) -> None:
        super().__init__(window)
        self._library = window.library
        self._recipe = recipe
        self._run_files = run_files
        window.arrived.disconnect()  # without a recipe, the window sent everything to the list
        window.arrived.connect(self.take)

    def take(self, paths: list[Path], dropped: bool) -> None:
        """Send each path to the place for its kind."""
        kinds = by_kind(paths, dropped=dropped)
        if kinds.presets:
            self._recipe.take_in(kinds.presets)
        if kinds.run is not None:
            self._run_files.open(kinds.run)
        if kinds.origin is not None:
            self._recipe.bring(kinds.origin)
        if kinds.pictures:
            self._library.add(kinds.pictures)
