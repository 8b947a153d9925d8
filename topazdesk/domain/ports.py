"""What the engine needs from outside, as protocols. `app` passes it the real parts, tests pass others.

Requests and answers are frozen. All errors are those of `topazdesk.errors`; each method names the ones that the engine
acts on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Model
from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobError
from topazdesk.domain.kept import Kept
from topazdesk.domain.money import Unit
from topazdesk.domain.params import Value
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf

#: Called with (bytes so far, bytes in all or None), often and in the event loop: it must be cheap.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """A paid submit. Exactly one of `upload` and `source_id` is given.

    `file_name` is the job's token with the format's suffix, never the user's file name. `size` is None for models that
    keep the size. `source_size` is the size of the uploaded picture, for services that take a factor instead of a size.
    `settings` are by wire name. `is_trial` says that somebody is waiting for the result. `encoding` is for
    services that write on this computer; others have no such choice. `is_wanted` is asked once more where a step that
    is free, such as an upload, comes before the paid one.
    """

    model: Model
    file_name: str
    upload: Path | None
    source_id: str
    settings: Mapping[str, Value]
    size: Size | None
    format: FileFormat
    crop_to_fill: bool = False
    source_size: Size | None = None
    is_trial: bool = False
    encoding: Encoding = USUAL
    is_wanted: Callable[[], bool] = field(default=lambda: True, compare=False)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service's answer that it accepted a job. `eta` is in Unix seconds; the service ignores its queue in it."""

    remote_id: str
    source_id: str
    eta: float | None


class RemoteState(StrEnum):
    """The state of a job at the service, in the same words for all services."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A job as the service reports it.

    Times are finite Unix seconds. `credits` is in the service's unit and never negative. `echoed` holds the settings
    that the service used (JSON text). `input_size` and `output_size` are None if the service does not give them.
    """

    remote_id: str
    source_id: str
    file_name: str
    state: RemoteState
    percent: float
    eta: float | None
    created_at: float | None
    changed_at: float | None
    credits: int | None
    model: str
    output_size: Size | None
    output_format: str
    echoed: str = ""
    failure: str = ""
    input_size: Size | None = None
    remark: JobError | None = None


@dataclass(frozen=True, slots=True)
class RemotePage:
    """One page of the service's list of jobs (up to 7 days old, newest first). `cursor` is "" on the last page.

    `unreadable` counts the entries that could not be read. A list with such entries can prove that a job is there,
    never that it is absent.
    """

    jobs: tuple[RemoteJob, ...]
    cursor: str
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """A signed download link; `expires_at` is in Unix seconds.

    The link is a secret: it is never logged and never stored, and no key is ever sent to it.
    """

    url: str = field(repr=False)
    expires_at: float | None = None


class Download(Protocol):
    """An open download; iterate over it for chunks of about 256 KiB to 1 MiB.

    `total` is the size of the whole file in bytes, or None. `offset` is where the first chunk starts in it: as asked
    for, or 0 if the storage cannot start in the middle.
    """

    total: int | None
    offset: int

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """What the service's estimate call needs: sizes and settings, never the picture itself."""

    model: Model
    source: Size
    target: Size | None
    format: FileFormat
    settings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Balance:
    """The account's money in whole `unit`s: `available` can be spent, `reserved` is held for running jobs."""

    available: int
    reserved: int
    unit: Unit = Unit.CREDIT

    @property
    def total(self) -> int:
        """Available and reserved together."""
        return self.available + self.reserved


class Service(Protocol):
    """A remote service. One object per account; safe for many concurrent calls in one event loop."""

    name: ServiceName

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        """Start a paid job. Called once per recorded intent; never retries by itself.

        Raises RejectedError, AccountError, CreditError, BusyError (429) or NetworkError(sent=False) when the service
        certainly did not accept it, InputError when `upload` could not even be opened, UseError when it was no longer
        wanted, and UnknownOutcomeError whenever the outcome is not certain.
        """
        ...

    async def status(self, remote_id: str) -> RemoteJob:
        """Return one job. Raises NotFoundError, BusyError, NetworkError."""
        ...

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        """Return a page of up to 100 jobs of the last 7 days, newest first."""
        ...

    async def find(self, token: str) -> tuple[RemoteJob, ...] | None:
        """Return the jobs submitted under exactly this token (the stem of `file_name`).

        Return None if the service cannot look up jobs by name; then `list_jobs` shows all of them.
        """
        ...

    async def download_link(self, remote_id: str) -> DownloadLink:
        """Return a fresh signed link to the result. Raises NotReadyError (409), NotFoundError."""
        ...

    def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Open the result as a stream, from byte `offset` if the storage supports it.

        Raises NotFoundError for an expired link, and ResultError as soon as the result turns out to be larger than
        `most_bytes`, whether by its announced or its received size.
        """
        ...

    async def cancel(self, remote_id: str) -> bool:
        """Cancel a job. Return whether the service accepted that; False if it is finished or not cancellable (409)."""
        ...

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Return the service's own estimate. Raises RejectedError when it does not know the model."""
        ...

    async def balance(self) -> Balance:
        """Return the account's balance."""
        ...

    def key_mark(self, name: str) -> str:
        """Return a mark of the key in use by which it is known again under the same `name`, without telling it.

        "" for a service without keys.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """The file that will be uploaded. `is_copy`: it is a temporary file of ours, removed after the submit."""

    path: Path
    format: FileFormat
    size: Size
    bytes_on_disk: int
    is_copy: bool


class Pictures(Protocol):
    """Access to picture files. All methods block: the engine calls them in worker threads.

    They raise InputError, ComputerError or ResultError.
    """

    def probe(self, path: Path, page: int | None = None) -> ImageInfo:
        """Return the facts in the file's header; `page` is the page that was chosen, from 0, if one was."""
        ...

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of the file's bytes, in hex."""
        ...

    def taken_at(self, path: Path) -> datetime | None:
        """Return when the picture was taken, with a time zone, by its own data; None if they do not say."""
        ...

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        """Return the file to upload: the source itself, or an upright copy in `folder` in an accepted format."""
        ...

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        """Decode the file in full and check its size and format."""
        ...

    def complete(self, job: Job, model: Model | None, delivered: Path, kept: Path) -> Kept:
        """Write `kept`, a copy of the verified file with the source's metadata, or say why there is none.

        `delivered` is only read, and nothing stands at `kept` when the answer names no new file. May raise anything:
        the delivered file is kept then.
        """
        ...

    def label(self, result: Path, target: Path, text: str, encoding: Encoding) -> None:
        """Write `target`, a copy of a finished file with a caption below the picture."""
        ...

    def convert(self, result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
        """Write `target`, the pixels and profile of a finished file in another format.

        Return what that format cannot hold, each in a sentence without a full stop.
        """
        ...

    def is_same_result(self, job: Job, delivered: Path, path: Path) -> bool:
        """Tell whether the file at `path` was made by `complete` for this job and has the delivered file's pixels."""
        ...


class Clock(Protocol):
    """The time, as a port so that tests can control it."""

    def now(self) -> float:
        """Return the current time in Unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...


class ServiceSource(Protocol):
    """Provides the client of a service. Async, because a key may have to be read and the sandbox to be started."""

    async def get(self, account: Account) -> Service:
        """Return the client that uses the key of this account, never another's.

        Raises AccountError if there is no key, NetworkError if the sandbox cannot be started.
        """
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A source with a recipe and a price, not yet started.

    `trial` is set for a trial, which is only looked at before the whole picture is paid for.
    """

    info: ImageInfo
    model: Model
    recipe: Recipe
    target: Size
    estimate: Estimate
    trial: TrialOf | None = None
