"""Which pictures a click means: what is selected and can be seen, or everything that waits and can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import PictureModel


class ScopeKind(StrEnum):
    """What pictures are meant."""

    ALL = "all"  # all that wait
    SHOWN = "shown"  # those that the filter shows, where it hides others
    SELECTED = "selected"
    RUNNING = "running"  # only pictures that are being enhanced are selected, so nothing is meant
    RESULTS = "results"  # several results of each picture, of one that is finished, too
    AGAIN = "again"  # only finished pictures are selected: nothing is meant until the user asks for them again


@dataclass(frozen=True, slots=True)
class Scope:
    """The pictures that are meant, all of them waiting to be enhanced.

    - `chosen`: how many are selected, the running and finished ones included.
    - `waiting`: how many wait in the whole list, hidden by the filter or not.
    - `again`: the selected finished pictures, if only such are selected.
    - `running`: the selected pictures that are being enhanced, if no others are selected.
    - `is_viewed`: whether exactly the picture in the viewer is meant, or would be if it waited.
    - `name`: that of the only picture that is meant, if it does not wait.
    - `in_progress`: how many were started and are not finished, if none is selected.
    """

    kind: ScopeKind = ScopeKind.ALL
    pictures: Sequence[Picture] = ()
    chosen: int = 0
    waiting: int = 0
    again: tuple[int, ...] = ()
    running: Sequence[Picture] = ()
    is_viewed: bool = False
    name: str = ""
    in_progress: int = 0

    @property
    def is_queued(self) -> bool:
        """Whether the selected pictures only stand in the queue: for their turn, or the hours of their run."""
        jobs = [picture.job for picture in self.running]
        return bool(jobs) and all(job is not None and job.state is JobState.QUEUED for job in jobs)


#: All pictures, while nothing more is known.
ALL_PICTURES = Scope()


def everything(model: PictureModel) -> Scope:
    """Return all pictures that wait; with a filter, those that it shows."""
    waiting = model.in_section(Section.TODO)
    shown = model.matching(Section.TODO)
    kind = ScopeKind.SHOWN if len(shown) < len(waiting) else ScopeKind.ALL
    return Scope(kind, shown, waiting=len(waiting), in_progress=len(model.in_section(Section.PROGRESS)))


def selected(model: PictureModel, ids: Iterable[int], viewed: int) -> Scope:
    """Return the selected pictures that wait. If none is selected, everything is meant.

    `viewed` is the picture in the viewer, 0 if there is none of the list. A selected picture that the filter hides is
    not meant: nobody sees that it is selected.
    """
    found = (model.picture(each) for each in ids)
    chosen = [picture for picture in found if picture is not None and model.is_match(picture)]
    todo = [picture for picture in chosen if picture.section is Section.TODO]
    if not chosen:
        return everything(model)
    if todo:
        is_viewed = len(todo) == 1 and todo[0].id == viewed
        waiting = len(model.in_section(Section.TODO))
        return Scope(ScopeKind.SELECTED, todo, len(chosen), waiting, is_viewed=is_viewed)
    finished = [picture for picture in chosen if picture.section is Section.FINISHED]
    meant = finished or chosen
    name = meant[0].name if len(meant) == 1 else ""
    is_viewed = len(meant) == 1 and meant[0].id == viewed
    if finished:
        again = tuple(picture.id for picture in finished)
        return Scope(ScopeKind.AGAIN, (), len(chosen), again=again, is_viewed=is_viewed, name=name)
    return Scope(ScopeKind.RUNNING, (), len(chosen), running=chosen, is_viewed=is_viewed, name=name)
