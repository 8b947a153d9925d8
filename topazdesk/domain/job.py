"""The life of a job: its states, the allowed moves between them, and the record that is kept on disk.

The normal way is QUEUED → PREPARING → SUBMITTING → RUNNING → READY → DOWNLOADING → VERIFYING → DONE. Beside it there
are DOUBTFUL (sent, answer unknown), WAITING (offline, rate limit, top-up, disk full), CANCELLING → CANCELLED, FAILED
and EXPIRED.

Longer than other modules because one table gives every state all of its traits, one to a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, PictureKey
from topazdesk.domain.kept import KeptReport
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.sent_file import SentFile
from topazdesk.domain.trial import TrialOf
from topazdesk.language import say


class JobState(StrEnum):
    """The state of a job; the value is the word in the database and in `--json`."""

    QUEUED = "queued"
    PREPARING = "preparing"
    SUBMITTING = "submitting"
    RUNNING = "running"
    READY = "ready"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    DONE = "done"
    DOUBTFUL = "doubtful"
    WAITING = "waiting"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def traits(self) -> StateTraits:
        """The traits of this state."""
        return STATES[self]

    @property
    def is_final(self) -> bool:
        """Whether the job is over: nothing more happens without the user."""
        return self in FINAL_STATES

    @property
    def has_failed(self) -> bool:
        """Whether the job is over and somebody has to look after it; one that was cancelled was meant to be."""
        return self in (JobState.FAILED, JobState.EXPIRED)

    @property
    def may_be_charged(self) -> bool:
        """Whether the service may hold or charge money for a job in this state."""
        return self in _CHARGEABLE


class StateGroup(StrEnum):
    """The groups in which jobs are counted."""

    PROGRESS = "progress"
    QUEUED = "queued"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTraits:
    """The properties of a state and how it is shown. No trait has a default: each is a decision."""

    group: StateGroup
    #: Whether the intent to send it is still to be written: what is sent later will cost money.
    is_before_intent: bool
    may_be_charged: bool
    #: The state in which an interrupted job continues, after an error or a restart of the program.
    falls_back_to: JobState | None
    #: Where the step starts and how long it is, as fractions of a bar over all steps; None if nothing advances.
    share: tuple[float, float] | None
    #: Whether the step reports its progress.
    has_percent: bool
    #: Whether cancelling still makes sense.
    can_cancel: bool
    #: The name of the state in the window, and the sentence below it in the queue.
    word: str
    sentence: str
    #: What the command line prints during a run; "" prints nothing.
    said: str
    #: Icon and colour role in the window.
    icon: str
    tone: str


_S = JobState
STATES: dict[JobState, StateTraits] = {
    _S.QUEUED: StateTraits(
        group=StateGroup.QUEUED,
        is_before_intent=True,
        may_be_charged=False,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=True,
        word=say("Queued"),
        sentence=say("Not sent yet, not charged"),
        said="",
        icon="queued",
        tone="text2",
    ),
    _S.PREPARING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=True,
        may_be_charged=False,
        falls_back_to=_S.QUEUED,
        share=(0.0, 0.05),
        has_percent=False,
        can_cancel=True,
        word=say("Preparing"),
        sentence=say("The picture is read and made ready · not charged yet"),
        said=say("preparing"),
        icon="queued",
        tone="link",
    ),
    _S.SUBMITTING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=_S.DOUBTFUL,
        share=(0.05, 0.2),
        has_percent=True,
        can_cancel=True,
        word=say("Uploading"),
        sentence=say("not charged yet"),
        said=say("uploading"),
        icon="uploading",
        tone="link",
    ),
    _S.RUNNING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=(0.25, 0.55),
        has_percent=True,
        can_cancel=True,
        word=say("Running"),
        sentence=say("keeps running if you quit"),
        said=say("running"),
        icon="running",
        tone="link",
    ),
    _S.READY: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=(0.8, 0.0),
        has_percent=False,
        can_cancel=False,
        word=say("Result ready"),
        sentence=say("It is downloaded next"),
        said="",
        icon="downloading",
        tone="link",
    ),
    _S.DOWNLOADING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=_S.READY,
        share=(0.8, 0.17),
        has_percent=True,
        can_cancel=False,
        word=say("Downloading"),
        sentence=say("checked before it counts as done"),
        said=say("downloading"),
        icon="downloading",
        tone="link",
    ),
    _S.VERIFYING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=_S.READY,
        share=(0.97, 0.0),
        has_percent=False,
        can_cancel=False,
        word=say("Verifying"),
        sentence=say("Every pixel is read once before it counts as done"),
        said=say("checking"),
        icon="checking",
        tone="link",
    ),
    _S.DONE: StateTraits(
        group=StateGroup.DONE,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Done"),
        sentence="",
        said="",
        icon="done",
        tone="ok",
    ),
    _S.DOUBTFUL: StateTraits(
        group=StateGroup.WAITING,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=True,
        word=say("Checking"),
        sentence="",
        said=say("sent, but the answer was lost: it is looked for at the service"),
        icon="checking",
        tone="warn",
    ),
    _S.WAITING: StateTraits(
        group=StateGroup.WAITING,
        is_before_intent=False,
        may_be_charged=False,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Waiting"),
        sentence="",
        said="",
        icon="waiting",
        tone="warn",
    ),
    _S.CANCELLING: StateTraits(
        group=StateGroup.PROGRESS,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Cancelling"),
        sentence=say("Asked to stop; the part that is done already may be charged"),
        said=say("being cancelled"),
        icon="cancel",
        tone="text2",
    ),
    _S.CANCELLED: StateTraits(
        group=StateGroup.CANCELLED,
        is_before_intent=False,
        may_be_charged=False,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Cancelled"),
        sentence="",
        said="",
        icon="cancel",
        tone="text2",
    ),
    _S.FAILED: StateTraits(
        group=StateGroup.FAILED,
        is_before_intent=False,
        may_be_charged=False,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Failed"),
        sentence="",
        said="",
        icon="failed",
        tone="err",
    ),
    _S.EXPIRED: StateTraits(
        group=StateGroup.FAILED,
        is_before_intent=False,
        may_be_charged=True,
        falls_back_to=None,
        share=None,
        has_percent=False,
        can_cancel=False,
        word=say("Expired"),
        sentence="",
        said="",
        icon="failed",
        tone="err",
    ),
}
FINAL_STATES = frozenset(
    state
    for state, traits in STATES.items()
    if traits.group in (StateGroup.DONE, StateGroup.FAILED, StateGroup.CANCELLED)
)
_CHARGEABLE = frozenset(state for state, traits in STATES.items() if traits.may_be_charged)

#: Allowed moves. A job that is WAITING goes back only to the state in `Job.resume_to`, from which it came.
MOVES: dict[JobState, frozenset[JobState]] = {
    # DOUBTFUL when the service shows a job that this database believes unsent: then the database is older than the
    # service.
    _S.QUEUED: frozenset({_S.PREPARING, _S.WAITING, _S.CANCELLED, _S.FAILED, _S.DOUBTFUL}),
    _S.PREPARING: frozenset({_S.QUEUED, _S.SUBMITTING, _S.WAITING, _S.CANCELLED, _S.FAILED}),
    # Back to QUEUED only when the service certainly never got the request.
    _S.SUBMITTING: frozenset({_S.RUNNING, _S.DOUBTFUL, _S.WAITING, _S.QUEUED, _S.CANCELLING, _S.CANCELLED, _S.FAILED}),
    # RUNNING and READY by adoption; QUEUED only when the service certainly does not have it, or the user says so.
    _S.DOUBTFUL: frozenset({_S.RUNNING, _S.READY, _S.QUEUED, _S.CANCELLING, _S.CANCELLED, _S.FAILED, _S.EXPIRED}),
    # DOUBTFUL when the service's number for it turns out to be another job's.
    _S.RUNNING: frozenset({_S.READY, _S.CANCELLING, _S.CANCELLED, _S.FAILED, _S.EXPIRED, _S.WAITING, _S.DOUBTFUL}),
    _S.READY: frozenset({_S.DOWNLOADING, _S.EXPIRED, _S.WAITING, _S.FAILED}),
    _S.DOWNLOADING: frozenset({_S.VERIFYING, _S.READY, _S.EXPIRED, _S.WAITING, _S.FAILED}),
    _S.VERIFYING: frozenset({_S.DONE, _S.READY, _S.WAITING, _S.FAILED, _S.EXPIRED}),
    _S.CANCELLING: frozenset({_S.CANCELLED, _S.RUNNING, _S.READY, _S.FAILED, _S.EXPIRED, _S.DOUBTFUL}),
    _S.WAITING: frozenset(
        {
            _S.QUEUED,
            _S.PREPARING,
            _S.RUNNING,
            _S.READY,
            _S.CANCELLING,
            _S.CANCELLED,
            _S.FAILED,
            _S.EXPIRED,
            _S.DOUBTFUL,
        }
    ),
    _S.DONE: frozenset(),
    # If a service cannot cancel, "cancelled" only means that we no longer wait for the result; we can start again.
    _S.CANCELLED: frozenset({_S.RUNNING}),
    # Not final: the result may still be at the service (READY), or the service can be asked once more (RUNNING).
    _S.FAILED: frozenset({_S.READY, _S.RUNNING}),
    # The service can be asked once more: what it did not have a moment ago, or by a clock that was wrong, may be there.
    _S.EXPIRED: frozenset({_S.RUNNING}),
}


class IllegalMoveError(Exception):
    """A move that the state machine does not allow: a bug in the engine, never a mistake of the user."""


class Verdict(StrEnum):
    """What the user decided about a result. It changes nothing about the file."""

    NONE = ""
    KEPT = "kept"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job waits or failed, as shown to the user; stored with the job."""

    code: str
    title: str
    hint: str
    details: str = ""

    def __post_init__(self) -> None:
        """Drop a full stop from the title, as errors do: an older database may have one."""
        object.__setattr__(self, "title", self.title.removesuffix("."))


@dataclass(frozen=True, slots=True)
class Job:
    """A started draft. Times are in Unix seconds, sizes in pixels, amounts in whole units of the service.

    `token` is the name of the uploaded file, by which a job whose answer was lost can be found at the service; it is
    never the user's file name. `remote_id` is the service's process id, `source_id` its handle for the uploaded
    picture. `intent_at` is when the last submit was about to begin, `submitted_at` when the service accepted it,
    `completed_at` when this program saw it finished there. `target` is the path being written, `result` the finished
    file.
    """

    id: str
    token: str
    run_id: str
    source: Path
    source_digest: str
    source_size: Size
    recipe: Recipe
    target_size: Size
    estimate: Estimate
    state: JobState
    created_at: float
    changed_at: float
    remote_id: str = ""
    source_id: str = ""
    percent: float = 0.0
    remote_eta: float | None = None
    charged: int | None = None
    result: Path | None = None
    result_size: Size | None = None
    echoed: str = ""  # settings as the service reports them (JSON text)
    trouble: JobError | None = None
    resume_to: JobState | None = None
    not_before: float = 0.0
    attempts: int = 0
    cancel_wanted: bool = False
    format: FileFormat = FileFormat.PNG  # of the result
    position: int = 0  # order in the queue, lowest first
    source_bytes: int = 0
    source_mtime_ns: int = 0
    intent_at: float = 0.0
    submitted_at: float | None = None
    completed_at: float | None = None
    refunded: int | None = None
    target: Path | None = None
    result_bytes: int = 0
    result_digest: str = ""  # SHA-256 of the file that is kept, hex
    damaged: int = 0  # downloads that were not what was promised
    resends: int = 0  # submits after a doubt: one that was resolved, or one that the user would not wait for
    is_hidden: bool = False  # removed from the list by the user; kept for the accounts
    trial: TrialOf | None = None  # only looked at: not one of the picture's results
    upload_group: str = ""  # jobs with the same name share one upload; "" shares with none
    by_source: bool = False  # the last submit gave `source_id` instead of the picture
    source_gone: str = ""  # a `source_id` that the service no longer knew when this job used it
    # Whether the whole body of the last submit left this computer, or may have: it can then still arrive much later.
    handed_over: bool = True
    # The file as it was delivered. `result_bytes` and `result_digest` are of the kept one, which may carry metadata.
    delivered_bytes: int = 0
    delivered_digest: str = ""
    label: Path | None = None  # the copy of the result with a caption
    label_bytes: int = 0
    label_digest: str = ""
    kept: KeptReport | None = None  # how the kept file was made of the delivered one
    sent: SentFile | None = None  # the file that the service has; of another job if that sent it for both
    verdict: Verdict = Verdict.NONE  # what the user thinks of the result
    hours: SendingHours | None = None  # when it may be sent; None: at any time
    remark: JobError | None = None  # what the service said of how it was made
    account_id: str = DEFAULT_ACCOUNT  # the account that it was admitted with: its key alone is used for the job
    # Of the key that the last submit went out with (see `engine.key_marks`); "" where that is unknown.
    key_mark: str = ""
    copies: tuple[ResultCopy, ...] = ()  # what was made here of the result, beside `label`

    @property
    def account(self) -> Account:
        """The account that pays for it, whose key alone is used for it."""
        return Account(self.recipe.service, self.account_id)

    @property
    def picture(self) -> Path:
        """The user's picture. `source` is the file that is sent; for a trial it may be a patch in the profile."""
        return self.source if self.trial is None else self.trial.picture

    @property
    def page(self) -> int:
        """The page of the user's picture, from 0."""
        return (self.recipe if self.trial is None else self.trial.recipe).page or 0

    @property
    def key(self) -> PictureKey:
        """What tells the user's picture from all others, also from those in the same file."""
        return self.picture, self.page

    @property
    def copy_paths(self) -> tuple[tuple[ResultCopy, Path], ...]:
        """The copies with their paths: they lie beside the result."""
        result = self.result
        return () if result is None else tuple((each, result.with_name(each.name)) for each in self.copies)

    @property
    def is_at_service(self) -> bool:
        """Whether the service has finished it but the result is not on this computer yet; downloading it is free."""
        return self.completed_at is not None and self.result is None and bool(self.remote_id)

    @property
    def is_asked_again_free(self) -> bool:
        """Whether it failed here alone: its service, which never called it failed, may have the result and is paid."""
        return self.state is JobState.FAILED and bool(self.remote_id) and self.refunded is None

    @property
    def is_paid_and_lacking(self) -> bool:
        """Whether it failed here, and the service has its paid result: to fetch that is free.

        Not where the service called it failed after it had called it finished.
        """
        return self.is_asked_again_free and self.is_at_service

    @property
    def is_unsent(self) -> bool:
        """Whether it has not been sent yet; sending it will cost money."""
        return (state := self.waits_for) is not None and state.traits.is_before_intent and not self.remote_id

    def waits_for_hours(self, now: float) -> bool:
        """Tell whether it is not sent now because its run has hours for that."""
        return self.state is JobState.QUEUED and self.hours is not None and not self.hours.is_open(now)

    @property
    def waits_for(self) -> JobState | None:
        """The state that the job is in; for a WAITING job the one in which it will go on."""
        return self.resume_to if self.state is JobState.WAITING else self.state

    @property
    def known_percent(self) -> float | None:
        """The progress at the service, if it reports any. Only RUNNING jobs store it; other steps report theirs."""
        return self.percent if self.state is JobState.RUNNING and self.percent > 0 else None

    @property
    def was_found(self) -> bool:
        """Whether it was found at the service without a local record; its source is elsewhere, if anywhere."""
        return not self.source.is_absolute()

    def moved(self, state: JobState, at: float, **changes: object) -> Job:
        """Return the job in its next state. Raises IllegalMoveError if the move is not allowed."""
        if state not in MOVES[self.state]:
            raise IllegalMoveError(f"{self.state} -> {state}")
        return replace(self, state=state, changed_at=at, **changes)  # type: ignore[arg-type]


def openings(jobs: Iterable[Job], now: float) -> list[float]:
    """Return when the hours come for each job that waits for those of its run."""
    return [job.hours.opens_at(now) for job in jobs if job.hours is not None and job.waits_for_hours(now)]
