"""What each model made of the user's own picture, before and after: small pictures for the cards of the gallery.

They are cut from finished trials, kept in the profile's cache, and never leave this computer. There is at most one for
a model at a service. What one service made is never shown as the work of another: the sandbox only practises.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.newest import beyond_newest
from topazdesk.disk.own_folder import OwnFolder
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.errors import TopazdeskError
from topazdesk.media.before_after import before_after

#: Twice the size on a card, for sharp screens.
SIZE = Size(560, 200)
MOST_FILES = 80
MOST_BYTES = 160 * 1024
#: Larger results are not opened for a picture on a card.
_MOST_MP = 64.0

_SHAPE = re.compile(r"[a-z]+-[a-z0-9-]+\.jpg")
_log = logging.getLogger(__name__)


class Examples:
    """The before/after pictures of a profile. All methods block; trouble is logged, as nothing depends on them."""

    def __init__(self, folder: Path) -> None:
        self._own = OwnFolder(folder, "examples", _SHAPE)

    def keep(self, job: Job) -> bool:
        """Keep what a finished trial did to its place as the model's example; return whether it was kept."""
        size = job.result_size
        if job.trial is None or job.state is not JobState.DONE or job.result is None or size is None:
            return False
        if size.width * size.height > _MOST_MP * 1e6:
            return False
        try:
            made = before_after(job.source, job.result, SIZE)
            if made is None or len(made) > MOST_BYTES or not self._own.claim():
                return False
            private_file.write(self._path(job.recipe.service, job.recipe.model), made)
            self._bound()
        except (TopazdeskError, OSError) as error:
            _log.info("no example of %s: %s", job.recipe.model, error)
            return False
        return True

    def read(self, service: ServiceName) -> dict[str, bytes]:
        """Return the examples of a service's models as JPEGs, by slug."""
        found: dict[str, bytes] = {}
        for path in self._own.files():
            name, _, slug = path.stem.partition("-")
            if name == str(service):
                try:
                    found[slug] = path.read_bytes()
                except OSError as error:
                    _log.info("an example cannot be read: %s", error.strerror)
        return found

    def remove(self, service: ServiceName, slug: str) -> None:
        """Remove a model's example."""
        self._own.remove(self._path(service, slug))

    def _path(self, service: ServiceName, slug: str) -> Path:
        return self._own.path / f"{service}-{slug}.jpg"

    def _bound(self) -> None:
        """Remove the oldest above the most that are kept."""
        for path in beyond_newest(self._own.files(), MOST_FILES):
            self._own.remove(path)
