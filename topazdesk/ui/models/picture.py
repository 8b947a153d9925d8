"""One picture in the window: its file, what is known about it, and the jobs of its newest run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.text_search import searchable
from topazdesk.ui.texts import number, tr

if TYPE_CHECKING:
    from topazdesk.ui.models.namesakes import Namesakes

#: The size of a thumbnail in the list, in design pixels.
THUMB_WIDTH, THUMB_HEIGHT = 66, 44


class Section(IntEnum):
    """The three sections of the list, in the order shown."""

    TODO = 0
    PROGRESS = 1
    FINISHED = 2


@dataclass(slots=True, eq=False)
class Picture:
    """A row of the list. `info` and `size` (upright, in pixels) are None until the header has been read.

    `page` is the page of the file, from 0, if the user chose one of several; else it is the first.

    `jobs` are those of its newest run, one for each size or format of it, and `job` is the one that tells its state.
    `again` marks a finished picture that is to be enhanced again, because the user asked for it. `percent` is the
    progress of the present stage, None if unknown.
    """

    id: int
    path: Path
    info: ImageInfo | None = None
    size: Size | None = None
    thumbnail: QImage | None = None
    job: Job | None = None
    jobs: tuple[Job, ...] = ()
    percent: float | None = None
    again: bool = False
    result: Job | None = field(default=None)  # the newest job with a result, shown until there is a newer one
    stale: str = ""  # the job whose result is of this picture as it was before it was changed
    recipe: Recipe | None = None  # the picture's own; None for the common one
    verdicts: dict[str, Verdict] = field(default_factory=dict)  # of its results, as far as they are known, by job
    cells: tuple[str, ...] = ()  # what the user has put into the cells of the 2 × 2, by job; "" is the picture itself
    page: int | None = None
    name: str = ""
    sort_name: str = ""  # as filters compare it
    namesakes: Namesakes | None = None  # the others of this name in the list

    def __post_init__(self) -> None:
        self.name = shown_name(self.path, self.page)
        self.sort_name = searchable(self.name)

    @property
    def folder(self) -> str:
        """So much of the picture's folder as tells it from others of the same name in the list; "" without any."""
        return one_line(self.namesakes.told_apart(self.path.parent)) if self.namesakes is not None else ""

    def choose_page(self, page: int) -> None:
        """Take in that a page of the file was chosen."""
        self.page = page
        if self.info is not None:
            self.info = replace(self.info, is_page_chosen=self.info.pages > 1)
        self.name = shown_name(self.path, page)
        self.sort_name = searchable(self.name)

    @property
    def key(self) -> PictureKey:
        """What tells the picture from all others, also from those in the same file."""
        return self.path, self.page or 0

    @property
    def section(self) -> Section:
        """The section of the list that the picture belongs to."""
        job = self.job
        if job is None or job.state is JobState.CANCELLED:
            return Section.FINISHED if self.result is not None and not self.again else Section.TODO
        if not job.state.is_final:
            return Section.PROGRESS
        return Section.TODO if self.again else Section.FINISHED

    @property
    def outcome(self) -> Job | None:
        """The job whose state is the picture's: the newest; a cancelled second try leaves the first result standing."""
        if self.job is not None and self.job.state is JobState.CANCELLED and self.result is not None:
            return self.result
        return self.job or self.result

    @property
    def was_sent(self) -> bool:
        """Whether the picture as it is in the list has been sent, or is still to be."""
        job = self.outcome if self.section is not Section.TODO else None
        return job is not None and job.submitted_at is not None

    @property
    def verdict(self) -> Verdict:
        """What the list shows: kept if one of its results is, rejected if some are and none is kept."""
        found = self.verdicts.values()
        return next((each for each in (Verdict.KEPT, Verdict.REJECTED) if each in found), Verdict.NONE)

    def judge(self, job: Job) -> None:
        """Note the mark of one of its results."""
        self.verdicts[job.id] = job.verdict

    @property
    def is_stale(self) -> bool:
        """Whether the outcome is a result of the picture as it was before it was changed."""
        return bool(self.stale) and self.outcome is not None and self.outcome.id == self.stale


def shown_name(path: Path, page: int | None = None) -> str:
    """Return the file's name as one line of text, without deceptive characters, and the page if one was chosen."""
    name = one_line(path.name or str(path))
    return name if page is None else tr("{name}, page {n}").format(name=name, n=number(page + 1))


def shown_picture(job: Job) -> str:
    """Return the name of the picture that a job is for, marked as a trial if it is one: "IMG_0412, trial 2"."""
    if job.trial is None:
        return shown_name(job.picture, job.recipe.page)
    name = shown_name(Path(job.picture.stem or str(job.picture)), job.trial.recipe.page)
    text = tr("{name}, trial {n}") if job.trial.number else tr("{name}, trial")
    return text.format(name=name, n=number(job.trial.number))


@lru_cache(maxsize=4096)
def shared_size(size: Size) -> Size:
    """Return one object for all equal sizes, so that thousands of pictures can be counted by identity."""
    return size
