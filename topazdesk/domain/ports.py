"""What the engine needs from the outside, as protocols. `app` hands it the real parts, tests hand it others.

Requests and answers are frozen. All errors are those of `topazdesk.errors`; each method names the ones that decide
something in the engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.params import Value
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf

#: Called with (bytes so far, bytes in all or None); from the event loop, often: keep it cheap.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """A paid submit. Exactly one of `upload` and `source_id` is given.

    `file_name` is the job's token plus the format's ending, never the user's file name. `size` is None for models that
    keep the size. `source_size` is that of the picture that is sent, for services that take a factor instead of a size.
    `settings` holds wire names.
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


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service took the job. `eta` is Unix seconds, computed by the service as if its queue were empty."""

    remote_id: str
    source_id: str
    eta: float | None


class RemoteState(StrEnum):
    """A remote job's state, in one vocabulary for all services."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A job as the service reports it. Times are finite Unix seconds; `credits` in the service's unit, never negative;
    `echoed` is the settings the service used (JSON text). `input_size` and `output_size` are None where it does not say."""

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


@dataclass(frozen=True, slots=True)
class RemotePage:
    """One page of the service's list of jobs (up to 7 days old, newest first). `cursor` is "" on the last page.

    `unreadable` counts the entries that could not be read. A list with such entries proves that a job is there, never
    that one is absent.
    """

    jobs: tuple[RemoteJob, ...]
    cursor: str
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """A signed link. Secret: never logged, never stored, never sent a key. `expires_at` in Unix seconds."""

    url: str = field(repr=False)
    expires_at: float | None = None


class Download(Protocol):
    """An open download; iterate for chunks of some 256 KiB to 1 MiB.

    `total` is the size of the whole file in bytes, or None; `offset` the place of the first chunk in it: as asked, or 0
    where the storage cannot begin in the middle.
    """

    total: int | None
    offset: int

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """What the service's estimate call needs: sizes and settings, never the picture."""

    model: Model
    source: Size
    target: Size | None
    format: FileFormat
    settings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Balance:
    """Money of the account in whole `unit`s: `available` can be spent, `reserved` belongs to running jobs."""

    available: int
    reserved: int
    unit: Unit = Unit.CREDIT

    @property
    def total(self) -> int:
        """Available and reserved."""
        return self.available + self.reserved


class Service(Protocol):
    """A remote service. One object an account; safe for many concurrent calls on one event loop."""

    name: ServiceName

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        """Starts a paid job; called once an intent.

        Raises RejectedError, AccountError, CreditError, BusyError(429) or NetworkError(sent=False) when the service
        certainly did not take it, InputError when `upload` could not even be opened, and UnknownOutcomeError whenever it is
        not certain. Never repeats by itself.
        """
        ...

    async def status(self, remote_id: str) -> RemoteJob:
        """One job. Raises NotFoundError, BusyError, NetworkError."""
        ...

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        """A page of up to 100 jobs of the last 7 days, newest first."""
        ...

    async def find(self, token: str) -> tuple[RemoteJob, ...] | None:
        """The jobs that were submitted under exactly this token (the stem of `file_name`).

        None where the service has no look-up by name; `list_jobs` shows all its jobs then.
        """
        ...

    async def download_link(self, remote_id: str) -> DownloadLink:
        """A fresh signed link to the result. Raises NotReadyError (409), NotFoundError."""
        ...

    def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Opens the result's stream, from byte `offset` where the storage can; raises ExpiredLink via NotFoundError.

        A result of more than `most_bytes` is none: ResultError, as soon as it is announced or has come.
        """
        ...

    async def cancel(self, remote_id: str) -> bool:
        """Whether the cancel was accepted; False when it is finished or not cancellable (409)."""
        ...

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """The service's own estimate. Raises RejectedError when it does not know the model."""
        ...

    async def balance(self) -> Balance:
        """Money of the account."""
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will be uploaded. `is_copy`: a temporary file of ours that is removed after the submit."""

    path: Path
    format: FileFormat
    size: Size
    bytes_on_disk: int
    is_copy: bool


class Pictures(Protocol):
    """Picture files, blocking: the engine calls these from worker threads. Raise InputError, ComputerError, ResultError."""

    def probe(self, path: Path) -> ImageInfo:
        """Header facts."""
        ...

    def digest(self, path: Path) -> str:
        """SHA-256 of the file's bytes, hex."""
        ...

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        """The file to upload: the source itself, or an upright, accepted copy in `folder`."""
        ...

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        """Decodes in full and checks size and format."""
        ...


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class ServiceSource(Protocol):
    """Hands out the client of a service; async because the sandbox may have to be started and a key read."""

    async def get(self, name: ServiceName) -> Service:
        """Raises AccountError when there is no key, NetworkError when the sandbox cannot be started."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A source with a recipe, priced, not yet started. `trial`: only to look at, before the whole is paid."""

    info: ImageInfo
    model: Model
    recipe: Recipe
    target: Size
    estimate: Estimate
    trial: TrialOf | None = None
