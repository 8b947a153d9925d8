"""One picture of the window: its file, what is known of it, and its newest job."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from PySide6.QtGui import QImage

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.ui.texts import tr

#: Of a picture in the list, in design pixels.
THUMB_WIDTH, THUMB_HEIGHT = 66, 44


class Section(IntEnum):
    """The three parts of the list, in the order of the window."""

    TODO = 0
    PROGRESS = 1
    FINISHED = 2


@dataclass(slots=True, eq=False)
class Picture:
    """A row of the list. `info` and `size` (upright pixels) are None until the header was read.

    `again`: a finished picture that is wanted once more; `again_by_hand` when the user asked, otherwise because its
    recipe differs from the one it was made with. `percent` is of the present stage, None where the amount is unknown.
    """

    id: int
    path: Path
    info: ImageInfo | None = None
    size: Size | None = None
    thumbnail: QImage | None = None
    job: Job | None = None
    percent: float | None = None
    again: bool = False
    again_by_hand: bool = False
    result: Job | None = field(
        default=None
    )  # the newest job with a result: its pair is shown until a newer one is there
    recipe: Recipe | None = None  # one of its own; None: the common one
    name: str = ""
    sort_name: str = ""

    def __post_init__(self) -> None:
        self.name = shown_name(self.path)
        self.sort_name = self.name.casefold()

    @property
    def section(self) -> Section:
        """Where it stands in the list."""
        job = self.job
        if job is None or job.state is JobState.CANCELLED:
            return Section.FINISHED if self.result is not None and not self.again else Section.TODO
        if not job.state.is_final:
            return Section.PROGRESS
        return Section.TODO if self.again else Section.FINISHED


def shown_name(path: Path) -> str:
    """The file's name as text on one line, without signs that deceive."""
    return one_line(path.name or str(path))


def shown_picture(job: Job) -> str:
    """The name of the user's picture that a job is for; of a trial it says so."""
    name = shown_name(job.picture)
    return name if job.trial is None else tr("{name}, trial").format(name=name)


@lru_cache(maxsize=4096)
def shared_size(size: Size) -> Size:
    """One object for all equal sizes: thousands of pictures are then counted by identity, without comparing numbers."""
    return size
