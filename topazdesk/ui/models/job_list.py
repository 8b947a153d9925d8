"""The jobs as rows of a list: unfinished ones first, in the order of the queue, then finished ones, newest first.

News is gathered and shown ten times a second, so that thousands of jobs changing at once cost only a few repaints.
Rows, order and counts are kept together here because every piece of news changes all three.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from topazdesk.domain.image import PictureKey
from topazdesk.domain.job import Job, JobState, StateGroup
from topazdesk.domain.money import Unit
from topazdesk.language import comma
from topazdesk.ui.models.job_texts import Line, News, can_cancel, line_of, retry_of
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import plain_tip

_NEWS_MS = 100
_MANY = 100  # with more changes than this, all rows are rebuilt instead of updated one by one

Index = QModelIndex | QPersistentModelIndex
Key = tuple[int, float, str]


@dataclass(slots=True, eq=False)
class JobRow:
    """A job with the latest news of it."""

    job: Job
    news: News
    began: tuple[float, int] | None = None  # when this stage first reported bytes, and how many


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers in the panel's header.

    `retry` are the failed jobs whose picture has no newer one. Retrying them costs `retry_prices`, one sum for each
    unit of money, and for `retry_unknown` of them no price is published. `retry_pays`: some of it is real money.
    """

    groups: Counter[StateGroup]
    retry: tuple[str, ...] = ()
    retry_prices: tuple[tuple[Unit, int], ...] = ()
    retry_unknown: int = 0
    retry_pays: bool = False

    @property
    def unfinished(self) -> int:
        """How many jobs can be paused."""
        return self.groups[StateGroup.PROGRESS] + self.groups[StateGroup.QUEUED] + self.groups[StateGroup.WAITING]

    @property
    def ended(self) -> int:
        """How many jobs can be cleared."""
        return self.groups[StateGroup.DONE] + self.groups[StateGroup.FAILED] + self.groups[StateGroup.CANCELLED]


class QueueModel(QAbstractListModel):
    """The rows of the queue. `told` and `progress` take news from the engine.

    `settled` is emitted after each gathered change; `more_wanted` when the view needs jobs of earlier days.
    """

    settled = Signal()
    more_wanted = Signal()

    def __init__(
        self,
        model_name: Callable[[Job], str] = lambda job: job.recipe.model,
        note: Callable[[Job], str] = lambda _job: "",
        folder: Callable[[Job], str] = lambda _job: "",
        *,
        held: Callable[[Job], str] = lambda _job: "",
        place: Callable[[Job], str] = lambda _job: "",
        now: Callable[[], float] = time.time,
        parent: QObject | None = None,
    ) -> None:
        """Start empty. `note` returns what a finished job's row says beside its size and name, `folder` what tells its
        picture from others of the same name, `held` why its account stopped it, `place` on which machine of a team it
        was started or is worked on.
        """
        super().__init__(parent)
        self.model_name = model_name
        self._note = note
        self._folder = folder
        self._held = held
        self._where = place
        self._now = now
        self._rows: dict[str, JobRow] = {}
        self._keys: list[Key] = []
        self._key_of: dict[str, Key] = {}
        self._pending: dict[str, Job] = {}
        self._touched: set[str] = set()
        self._newest: dict[PictureKey, tuple[float, str]] = {}
        self._groups: Counter[StateGroup] = Counter()
        self._failed: set[str] = set()
        self._busy: set[str] = set()
        self._over: Counter[StateGroup] = Counter()  # finished jobs that have no row yet
        self._known_since = float("-inf")  # all jobs created since then have a row
        self._timer = Debounce(_NEWS_MS, self.settle, self)

    # called by Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of rows, one per job."""
        return 0 if parent.isValid() else len(self._keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return texts for tool tips and screen readers; the view paints from `line`."""
        job_id = self.id_at(index.row())
        if not job_id:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.line(job_id).spoken
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return comma().join(action.whole_text for action in self.line(job_id).more)
        if role == Qt.ItemDataRole.ToolTipRole:
            line = self.line(job_id)
            return plain_tip("\n".join(part for part in (line.name, line.title, line.sentence, line.place) if part))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Make rows selectable and draggable."""
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return usable | Qt.ItemFlag.ItemNeverHasChildren if self.id_at(index.row()) else Qt.ItemFlag.NoItemFlags

    # lookups

    def id_at(self, row: int) -> str:
        """Return the id of the job in a row, or ""."""
        return self._keys[row][2] if 0 <= row < len(self._keys) else ""

    def row_of(self, job_id: str) -> int:
        """Return the row of a job, or -1."""
        key = self._key_of.get(job_id)
        return bisect_left(self._keys, key) if key is not None else -1

    def job(self, job_id: str) -> Job | None:
        """Return the job as last reported, or None if it has no row."""
        row = self._rows.get(job_id)
        return row.job if row is not None else None

    def is_busy(self, job_id: str) -> bool:
        """Return whether something the user asked for is under way, during which the job's buttons are disabled."""
        return job_id in self._busy

    def line(self, job_id: str) -> Line:
        """Return what the row of a job says now."""
        row = self._rows[job_id]
        job = row.job
        return line_of(
            job,
            self.model_name(job),
            row.news,
            self._now(),
            self._note(job),
            self._folder(job),
            self._held(job),
            self._where(job),
        )

    def totals(self) -> Totals:
        """Return the counts, and what it costs to retry the failed jobs."""
        retry: list[str] = []
        prices: Counter[Unit] = Counter()
        unknown, pays = 0, False
        for job_id in self._failed:
            job = self._rows[job_id].job
            if job_id in self._busy or self._newest.get(job.key, (0.0, ""))[1] != job_id:
                continue
            if job.created_at <= self._known_since:
                continue  # its picture may have a newer job that has no row yet
            action = retry_of(job)
            if action is None:
                continue
            retry.append(job_id)
            pays = pays or (action.spends and not job.recipe.service.traits.is_free)
            if action.spends and job.estimate.is_known:
                prices[job.estimate.unit] += job.estimate.credits
            elif action.spends:
                unknown += 1
        retry.sort(key=lambda job_id: self._rows[job_id].job.position)
        return Totals(self._groups + self._over, tuple(retry), tuple(prices.items()), unknown, pays)

    def can_move(self, job_id: str) -> bool:
        """Return whether the job is waiting to be sent and is not the only one."""
        row = self._rows.get(job_id)
        return row is not None and row.job.state is JobState.QUEUED and self._groups[StateGroup.QUEUED] > 1

    def cancellable(self) -> list[Job]:
        """Return the jobs that can be cancelled, in the order of the queue."""
        found = (self._rows[key[2]].job for key in self._keys)
        return [job for job in found if job.id not in self._busy and can_cancel(job)]

    def ended_ids(self) -> list[str]:
        """Return the ids of all jobs that have ended."""
        return [job_id for job_id, row in self._rows.items() if row.job.state.is_final]

    # news from the engine

    def fill(self, jobs: Iterable[Job], *, is_all: bool = True) -> None:
        """Replace all rows. `is_all`: these are all jobs there are; otherwise `more` adds those of earlier days."""
        self._over.clear()
        self._known_since = float("-inf") if is_all else float("inf")
        self.beginResetModel()
        before = self._rows
        for kept in (self._key_of, self._newest, self._groups, self._failed, self._pending, self._touched):
            kept.clear()
        self._rows = {}
        for job in jobs:
            self._take(job)
            old = before.get(job.id)
            if old is not None and old.job.state is job.state:
                self._rows[job.id].news = old.news
        self._keys = sorted(self._key_of.values())
        self.endResetModel()
        self.settle()

    def canFetchMore(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008 - Qt's own signature
        """Return whether jobs of earlier days still have no row."""
        return not parent.isValid() and self._known_since > float("-inf")

    def fetchMore(self, parent: Index) -> None:
        """Ask for jobs of earlier days, as the view has reached the last row."""
        if self.canFetchMore(parent):
            self.more_wanted.emit()

    def set_over(self, states: Mapping[JobState, int]) -> None:
        """Set how many jobs have ended in all, by state, so that they count before they have rows."""
        self._over = Counter()
        for state, number in states.items():
            self._over[state.traits.group] += number
        for row in self._rows.values():
            if row.job.state.is_final:
                self._over[row.job.state.traits.group] -= 1
        self._soon()

    def more(self, jobs: Sequence[Job], *, is_last: bool = True) -> None:
        """Add the next jobs of earlier days, newest first. `is_last`: there are none before these.

        Jobs that were reported meanwhile are skipped, as that news is more recent.
        """
        self._known_since = (
            float("-inf") if is_last else min((job.created_at for job in jobs), default=self._known_since)
        )
        new = [
            job for job in jobs if job.id not in self._rows and job.id not in self._pending and not _is_left_out(job)
        ]
        self._soon()
        if not new:
            return
        for job in new:
            self._over[job.state.traits.group] -= job.state.is_final
        keys = sorted(key for job in new if (key := self._take(job)) is not None)
        if self._keys and keys[0] < self._keys[-1]:  # a job that ended long after it was created
            self.beginResetModel()
            self._keys = sorted(self._keys + keys)
            self.endResetModel()
        else:
            first = len(self._keys)
            self.beginInsertRows(QModelIndex(), first, first + len(keys) - 1)
            self._keys += keys
            self.endInsertRows()

    def cleared(self, job_ids: Collection[str]) -> None:
        """Remove the rows of these jobs."""
        gone = [job_id for job_id in job_ids if job_id in self._rows]  # only jobs with a row can be cleared
        if not gone:
            return
        self.beginResetModel()
        for job_id in gone:
            self._groups[self._rows.pop(job_id).job.state.traits.group] -= 1
            self._failed.discard(job_id)
            del self._key_of[job_id]
        self._keys = sorted(self._key_of.values())
        self.endResetModel()
        self._soon()

    def told(self, job: Job) -> None:
        """Take in a job that is new, changed or cleared; it is shown a moment later."""
        self._pending[job.id] = job
        self._soon()

    def progress(self, job: Job, percent: float | None, done: int | None, total: int | None) -> None:
        """Take in progress within a stage: percent, and bytes `done` of `total`. `job` is as the engine has it now."""
        row = self._rows.get(job.id)
        if row is None:
            self.told(job)
            return
        if job.id not in self._pending and row.job.state is job.state:
            row.job = job
        left = None
        if done is not None and total:
            at = time.monotonic()
            if row.began is None or row.began[1] > done:
                row.began = (at, done)
            moved, took = done - row.began[1], at - row.began[0]
            if moved > 0 and took > 1.0:
                left = (total - done) * took / moved
        if job.state is JobState.RUNNING and not percent:
            percent = None  # the service has not begun: better no number than a made-up one
        row.news = News(percent, done, total, left)
        self._touched.add(job.id)
        self._soon()

    def set_busy(self, job_ids: Iterable[str], busy: bool) -> None:
        """Mark jobs for which something the user asked for is under way, or is over."""
        ids = set(job_ids)
        self._busy = self._busy | ids if busy else self._busy - ids
        self._touched |= ids
        self.settle()

    def settle(self) -> None:
        """Show the gathered changes now."""
        self._timer.stop()
        pending, self._pending = self._pending, {}
        touched, self._touched = self._touched, set()
        if len(pending) > _MANY:
            self.beginResetModel()
            for job in pending.values():
                self._take(job)
            self._keys = sorted(self._key_of.values())
            self.endResetModel()
        else:
            for job in pending.values():
                self._place(job)
        for job_id in touched - pending.keys():
            self._changed(job_id)
        self.settled.emit()

    # internals

    def _soon(self) -> None:
        self._timer.soon()

    def _take(self, job: Job) -> Key | None:
        """Store a job and count it. Return its new key, or None if it has no row (any more)."""
        old = self._rows.get(job.id)
        if old is not None:
            self._groups[old.job.state.traits.group] -= 1
        self._failed.discard(job.id)
        if _is_left_out(job):
            self._rows.pop(job.id, None)
            self._key_of.pop(job.id, None)
            return None
        if old is None:
            old = self._rows[job.id] = JobRow(job, News(percent=job.known_percent))
        else:
            if old.job.state is not job.state:
                old.news = News(percent=job.known_percent)
                old.began = None
            old.job = job
        group = job.state.traits.group
        self._groups[group] += 1
        if group is StateGroup.FAILED:
            self._failed.add(job.id)
        made = (job.created_at, job.id)
        if job.trial is None and made >= self._newest.get(job.key, (0.0, "")):
            self._newest[job.key] = made
        ended = job.state.is_final
        key = (1, -job.changed_at, job.id) if ended else (0, float(job.position), job.id)
        before = self._key_of.get(job.id)
        if ended and before is not None and before[0] == 1:
            key = before  # ended jobs stay where they are
        self._key_of[job.id] = key
        return key

    def _place(self, job: Job) -> None:
        before = self._key_of.get(job.id)
        row = bisect_left(self._keys, before) if before is not None else -1
        if _is_left_out(job):
            if row >= 0:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._keys[row]
                self._take(job)
                self.endRemoveRows()
            return
        key = self._take(job)
        if key is None or key == before:
            self._changed(job.id)
            return
        target = bisect_left(self._keys, key)
        if row < 0:
            self.beginInsertRows(QModelIndex(), target, target)
            self._keys.insert(target, key)
            self.endInsertRows()
            return
        if target in (row, row + 1):
            self._keys[row] = key
            self._changed(job.id)
            return
        self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), target)
        del self._keys[row]
        self._keys.insert(target - 1 if target > row else target, key)
        self.endMoveRows()

    def _changed(self, job_id: str) -> None:
        row = self.row_of(job_id)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)


def _is_left_out(job: Job) -> bool:
    """Return whether a job has no row, because it was cleared, or because it is a trial that has ended.

    Ended trials are kept with their picture and are not cleared here.
    """
    return job.is_hidden or (job.trial is not None and job.state.is_final)
