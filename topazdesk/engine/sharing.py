"""Several jobs from one upload: which job of a group sends the picture, which ones wait, and the upload's id.

The answer to a submit contains the service's id of the picture (`source_id`); further jobs name it instead of sending
the picture again. All this is derived from the jobs themselves, so a restart knows as much as before. While a group has
no such id, one job at a time may send the picture; the others stay queued and block nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Clock, Draft
from topazdesk.domain.sent_file import SentFile
from topazdesk.domain.uploads import upload_kind
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.job_table import JobTable
from topazdesk.engine.policy import Policy
from topazdesk.engine.retired_models import MODEL_GONE
from topazdesk.errors import Code, RejectedError

_S = JobState
#: Codes of refusals that have nothing to do with the source of the picture.
_OTHER_REASONS = frozenset({Code.SERVICE_TOO_LARGE, MODEL_GONE, Code.SERVICE_REDIRECTED})


class Sharing:
    """The upload groups of a profile. Every method runs on the loop without awaiting."""

    def __init__(self, job_table: JobTable, clock: Clock, policy: Policy) -> None:
        self._job_table = job_table
        self._clock = clock
        self._policy = policy
        self._members: dict[str, dict[str, None]] = {}
        self._turns: dict[str, str] = {}  # group → job that may send the picture now

    def learn(self, job: Job) -> None:
        """Take note of a job, finished ones included: their upload is still at the service."""
        if job.upload_group:
            self._members.setdefault(job.upload_group, {})[job.id] = None

    def source_of(self, job: Job, digest: str | None = None) -> str:
        """Return the service's id of the job's picture, or "". With `digest`, only of a picture with that content."""
        newest, found = float("-inf"), ""
        members = list(self._mates(job))
        gone = {mate.source_gone for mate in members}
        oldest = self._clock.now() - self._policy.upload_reuse_s
        for mate in members:
            at = mate.submitted_at
            if not mate.source_id or not mate.remote_id or at is None or mate.source_id in gone:
                continue
            # The age of the upload counts, not that of the last job that named it.
            if self._uploaded_at(mate.source_id, members) < oldest or (digest and mate.source_digest != digest):
                continue
            if at > newest:
                newest, found = at, mate.source_id
        return found

    def sources(self, job: Job) -> dict[str, str]:
        """Return the ids of all pictures of the job's group at the service, by digest."""
        digests = {mate.source_digest for mate in self._mates(job) if mate.source_id}
        found = {digest: self.source_of(job, digest) for digest in digests if digest}
        return {digest: source for digest, source in found.items() if source}

    def sent_as(self, job: Job, source_id: str) -> SentFile | None:
        """Return the file that a job of the group sent, of which the service has made this id."""
        return next((mate.sent for mate in self._mates(job) if mate.source_id == source_id and mate.sent), None)

    def must_wait(self, job: Job, digest: str | None = None) -> bool:
        """Tell whether another job of the group is sending the picture, or may have sent it.

        `digest` is what the file holds now, if that was found out just now: an upload of what it held before is none of
        this picture.
        """
        if not job.upload_group or self.source_of(job, digest or job.source_digest or None):
            return False
        turn = self._turns.get(job.upload_group, job.id)
        return turn != job.id or any(mate.id != job.id and self._may_have_sent(mate) for mate in self._mates(job))

    def take_turn(self, job: Job, digest: str | None = None) -> bool:
        """Let the job send the picture until `end_turn`; return False when another job has to finish first."""
        if not job.upload_group:
            return True
        if self.must_wait(job, digest):
            return False
        self._turns[job.upload_group] = job.id
        return True

    def end_turn(self, job: Job) -> None:
        """Note that the job has sent the picture, or will not."""
        if self._turns.get(job.upload_group) == job.id:
            del self._turns[job.upload_group]

    def may_send_again(self, job: Job, error: RejectedError) -> bool:
        """Tell whether a refusal may mean that the service has lost the picture, so that the job may upload it again.

        That happens once per group and run: if another id is refused, too, the reason is a different one and is shown.
        """
        if not job.by_source or error.code in _OTHER_REASONS:
            return False
        lost = {m.source_gone for m in self._mates(job) if m.run_id == job.run_id and m.source_gone}
        return not lost - {job.source_id}

    def _mates(self, job: Job) -> Iterator[Job]:
        for job_id in self._members.get(job.upload_group, ()) if job.upload_group else ():
            mate = self._job_table.get(job_id)
            if mate is not None:
                yield mate

    def _may_have_sent(self, job: Job) -> bool:
        """Tell whether a job is sending its picture, or did so lately and it is unknown whether it arrived."""
        if job.by_source:
            return False
        if job.state is _S.DOUBTFUL:
            age = self._clock.now() - job.intent_at
            return not is_undecided(job) and self._policy.place_of_doubt(age) > 0
        return job.state is _S.SUBMITTING

    @staticmethod
    def _uploaded_at(source_id: str, members: Iterable[Job]) -> float:
        return min(m.submitted_at for m in members if m.source_id == source_id and m.submitted_at is not None)


def grouped(drafts: Sequence[Draft], jobs: Sequence[Job], run_id: str) -> tuple[Job, ...]:
    """Return the jobs with their upload groups: jobs on one picture share an upload if their models take the same file.

    Trials share it across runs, too, because one patch is tried again and again.
    """
    numbers: dict[tuple[object, ...], list[int]] = {}
    for number, draft in enumerate(drafts):
        info = draft.info
        # Same path and length only suggest the same picture; its digest decides later, in `Sharing.source_of`. Another
        # page of the file is another picture, though its digest is the same.
        kind = upload_kind(info, draft.model)
        key: tuple[object, ...] = (info.path, info.bytes_on_disk, draft.recipe.service, kind)
        key += (f"page {info.page + 1}",) if info.page else ()
        # What one account has uploaded, another cannot use.
        key += () if jobs[number].account.is_default else (f"account {jobs[number].account_id}",)
        numbers.setdefault(key, []).append(number)
    found = list(jobs)
    for index, (key, members) in enumerate(numbers.items()):
        for number in members:
            if drafts[number].trial is not None:
                found[number] = replace(found[number], upload_group="trial:" + ":".join(str(part) for part in key))
            elif len(members) > 1:
                found[number] = replace(found[number], upload_group=f"{run_id}:{index}")
    return tuple(found)
