"""A service in memory with a ledger: it takes jobs, works on them in its own time, charges, and can go wrong on request.

It keeps to the contract of `domain.ports.Service`. A `Fault` put into a method's queue is used up by the next call of
that method; the ledger is the truth that tests are judged by, whatever the client was told.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from io import BytesIO

from PIL import Image

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import (
    Balance,
    Clock,
    DownloadLink,
    EstimateRequest,
    Progress,
    RemoteJob,
    RemotePage,
    RemoteState,
    Service,
    SubmitRequest,
    Submitted,
)
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    AccountError,
    BusyError,
    CreditError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    Retry,
    ServiceError,
    TopazdeskError,
    UnknownOutcomeError,
    UseError,
)

WEEK_S = 7 * 86_400.0


class Fault(Enum):
    """What the next call does instead of working."""

    OFFLINE = "no connection: nothing was sent"
    BUSY = "429"
    TOP_UP = "425"
    NO_CREDIT = "402"
    BAD_KEY = "401"
    REJECTED = "400"
    NOT_FOUND = "404"
    NOT_READY = "409"
    SERVER = "500"
    LOSE_ANSWER = "took it, the answer is lost"
    LOSE_REQUEST = "never got it, the client cannot know"
    CUT_SHORT = "the connection broke in the middle of the upload"
    ARRIVE_LATE = "the client gave up; it arrives some time later"
    SOURCE_GONE = "the picture that was uploaded earlier is gone"
    CRASH = "a bug in the client"
    KNOWN_ID = "took it, and answers with the number of the job before"
    SWAPPED = "took two at once, and answers each with the number of the other"
    OTHER_JOB = "answers about another job than asked for"
    HOLD = "waits until released, then takes it"
    HOLD_UNTAKEN = "waits until released, then never got it"
    HOLD_BEFORE = "a free upload that takes until released; then the paid call"
    CUT = "download ends in the middle"
    BREAK = "connection breaks in the middle of the download"
    CORRUPT = "download has wrong bytes"
    NO_RANGE = "download starts at 0 whatever was asked"
    REFUSE_CANCEL = "409 to a cancel"


def error_for(fault: Fault) -> TopazdeskError:
    """The error that a client raises for a fault."""
    match fault:
        case Fault.OFFLINE:
            return NetworkError("No connection.", sent=False)
        case Fault.BUSY:
            return BusyError("The service is busy.", retry=Retry.LATER)
        case Fault.TOP_UP:
            return CreditError("A top-up is under way.", retry=Retry.LATER, code="account.top_up")
        case Fault.NO_CREDIT:
            return CreditError("Not enough credits.", "Buy some.", code="account.no_credit")
        case Fault.BAD_KEY:
            return AccountError("The key is wrong.", "Enter it again.", code="account.key")
        case Fault.REJECTED:
            return RejectedError("The service refused it.", code="service.rejected")
        case Fault.SOURCE_GONE:
            return RejectedError("No source image with this ID was found.", code="service.bad_request")
        case Fault.NOT_FOUND:
            return NotFoundError("Unknown.")
        case Fault.NOT_READY:
            return NotReadyError("Not ready.")
        case Fault.SERVER:
            return ServiceError("The service has trouble.")
        case _:
            return UnknownOutcomeError("The answer was lost.")


@dataclass
class Entry:
    """A job as the service knows it. `charged` is None until it is settled; `reserved` is held until then."""

    remote_id: str
    file_name: str
    request: SubmitRequest
    credits: int
    created_at: float
    ready_at: float
    upload: bytes = field(repr=False, default=b"")
    source_id: str = ""
    reserved: int = 0
    charged: int | None = None
    refunded: int = 0
    cancelled_at: float | None = None
    fails: bool = False
    deleted: bool = False


#: Each account has a key of its own.
_KEYS = itertools.count(1)


class FakeService(Service):
    """The service. `work_s` is how long it works on a job; `credits` what the account holds."""

    def __init__(
        self, clock: Clock, *, name: ServiceName = ServiceName.SANDBOX, work_s: float = 10.0, credits: int = 10_000
    ) -> None:
        self.name = name
        self.key = f"key {next(_KEYS)}"
        self.clock = clock
        self.work_s = work_s
        self.credits = credits
        self.entries: dict[str, Entry] = {}
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.calls: dict[str, int] = defaultdict(int)
        self.release = asyncio.Event()
        self.may_list = asyncio.Event()  # clear it to keep the list waiting
        self.may_list.set()
        self.sources: dict[str, tuple[str, bytes]] = {}  # handle → name and bytes of an upload that is kept
        self.uploads = 0  # pictures that came in, whether or not the client was told
        self.keeps_names = True
        self.tells_sources = True
        self.echoes = True
        self.lists_jobs = True
        self.finds = False  # by name
        self.retired: set[str] = set()  # slugs of models that it does not have any more
        self.fail_next_jobs = 0
        self.late_s = 1.0
        self.cancel_lag_s = 0.0
        self.in_submit = 0
        self.most_in_submit = 0
        self.page_size = 100
        self.odd_entries: set[str] = set()  # remote ids that nobody can read in the list
        self.odd_list = False  # nor the list at all
        self.odd_status: set[str] = set()  # nor the answers about these
        self.download_offsets: list[int] = []
        self.on_submit: Callable[[SubmitRequest], None] = lambda _: None
        self.after_take: Callable[[Entry], None] = lambda _: None
        self.shows: Callable[[RemoteJob], RemoteJob] = lambda job: job  # in lists
        self.hides: Callable[[Entry], bool] = lambda _: False  # in lists and look-ups
        self._late: list[tuple[float, Entry]] = []
        self._to_swap: tuple[Entry, asyncio.Future[Entry]] | None = None
        self._numbers = itertools.count(1)

    # -- for tests ------------------------------------------------------------------------------------------------

    def plan(self, method: str, *faults: Fault) -> None:
        """Puts faults into the queue of a method: submit, status, list_jobs, download_link, download, cancel, balance.

        "share" is for submits that name an earlier upload.
        """
        self.faults[method].extend(faults)

    def by_token(self, token: str) -> list[Entry]:
        """Jobs that were taken under this token."""
        self._settle()
        return [e for e in self.entries.values() if token in e.request.file_name]

    @property
    def taken(self) -> int:
        """Submits that were taken, known to the client or not."""
        self._settle()
        return len(self.entries)

    # -- the contract -----------------------------------------------------------------------------------------------

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        self.calls["submit"] += 1
        self.on_submit(request)
        assert (request.upload is None) == bool(request.source_id)
        data = await asyncio.to_thread(request.upload.read_bytes) if request.upload else b""
        self.in_submit += 1
        self.most_in_submit = max(self.most_in_submit, self.in_submit)
        try:
            progress(len(data) // 2, len(data))
            await asyncio.sleep(0)
            progress(len(data), len(data))
            if request.model.slug in self.retired:
                raise RejectedError("The model is gone.", "Choose another.", code="service.model_unavailable")
            return await self._take_or_not(request, data)
        finally:
            self.in_submit -= 1

    async def _take_or_not(self, request: SubmitRequest, data: bytes) -> Submitted:
        match (self._next("share") if request.source_id else None) or self._next("submit"):
            case Fault.SOURCE_GONE:
                self.sources.pop(request.source_id, None)
                raise error_for(Fault.SOURCE_GONE)
            case None:
                entry = self._take(request, data)
            case Fault.LOSE_ANSWER:
                self._take(request, data)
                raise UnknownOutcomeError("The answer was lost.")
            case Fault.ARRIVE_LATE:
                self._late.append((self.clock.now() + self.late_s, self._entry(request, data)))
                raise NetworkError("The connection broke.", sent=True)
            case Fault.LOSE_REQUEST:
                raise NetworkError("The connection broke.", sent=True)
            case Fault.CUT_SHORT:
                raise UnknownOutcomeError("The connection broke.", handed_over=False)
            case Fault.CRASH:
                raise RuntimeError("a bug in the client")
            case Fault.KNOWN_ID:
                known = next(reversed(self.entries.values()), None)
                entry = self._take(request, data)
                if known is not None:
                    return Submitted(known.remote_id, known.source_id, known.ready_at)
            case Fault.SWAPPED:
                entry = await self._swapped(self._take(request, data))
            case Fault.HOLD:
                entry = self._take(request, data)
                await self.release.wait()
            case Fault.HOLD_BEFORE:
                await self.release.wait()
                if not request.is_wanted():
                    raise UseError("Cancelled", "Nothing was charged.", code="use.stopped")
                entry = self._take(request, data)
            case Fault.HOLD_UNTAKEN:
                await self.release.wait()
                raise NetworkError("The connection broke.", sent=True)
            case fault:
                raise error_for(fault)
        return Submitted(entry.remote_id, entry.source_id, entry.ready_at)

    async def _swapped(self, entry: Entry) -> Entry:
        """The other one of two."""
        if self._to_swap is None:
            self._to_swap = entry, asyncio.get_running_loop().create_future()
            return await self._to_swap[1]
        (first, answer), self._to_swap = self._to_swap, None
        if answer.done():  # nobody waits for it any more
            return entry
        answer.set_result(entry)
        return first

    def swap_no_more(self) -> None:
        """Who still waits for another's answer gets its own."""
        if self._to_swap is not None and not self._to_swap[1].done():
            self._to_swap[1].set_result(self._to_swap[0])
        self._to_swap = None

    def _entry(self, request: SubmitRequest, data: bytes) -> Entry:
        now = self.clock.now()
        file_name, source_id = request.file_name, request.source_id
        if source_id:
            if source_id not in self.sources:
                raise error_for(Fault.SOURCE_GONE)
            file_name, data = self.sources[source_id]
        size = request.size or _size_of(data)
        credits = request.model.price.credits_for(size)
        number = next(self._numbers)
        fails = self.fail_next_jobs > 0
        self.fail_next_jobs -= fails
        if not source_id:
            source_id = f"source-{number}"
            self.sources[source_id] = (file_name, data)
            self.uploads += 1
        name = file_name if self.keeps_names else ""
        ready_at = now + self.work_s
        return Entry(
            f"process-{number}", name, request, credits, now, ready_at, data, source_id, reserved=credits, fails=fails
        )

    def _take(self, request: SubmitRequest, data: bytes) -> Entry:
        sent = self.sources.get(request.source_id, ("", b""))[1] if request.source_id else data
        if sent and self.available < request.model.price.credits_for(request.size or _size_of(sent)):
            raise error_for(Fault.NO_CREDIT)
        entry = self._entry(request, data)
        self.entries[entry.remote_id] = entry
        self.after_take(entry)
        return entry

    @property
    def available(self) -> int:
        """Credits that can be spent."""
        spent = sum(e.reserved + (e.charged or 0) for e in self.entries.values())
        return self.credits - spent

    async def status(self, remote_id: str) -> RemoteJob:
        if await self._call("status") is Fault.OTHER_JOB:
            remote_id = next((i for i in self.entries if i != remote_id), remote_id)
        if remote_id in self.odd_status:
            raise ServiceError("The answer about this job cannot be read.")
        return self._seen(self._known(remote_id))

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        await self.may_list.wait()
        await self._call("list_jobs")
        if self.odd_list:
            raise ServiceError("The list cannot be read.")
        self._settle()
        now = self.clock.now()
        alive = [e for e in self.entries.values() if now - e.created_at < WEEK_S and not e.deleted and self.lists_jobs]
        alive = [e for e in alive if not self.hides(e)]
        newest = sorted(alive, key=lambda e: (e.created_at, e.remote_id), reverse=True)
        start = int(cursor or 0)
        page = newest[start : start + self.page_size]
        more = start + self.page_size < len(newest)
        seen = tuple(self.shows(self._seen(e)) for e in page if e.remote_id not in self.odd_entries)
        return RemotePage(seen, str(start + self.page_size) if more else "", unreadable=len(page) - len(seen))

    async def find(self, token: str) -> tuple[RemoteJob, ...] | None:
        if not self.finds:
            return None
        await self._call("find")
        self._settle()
        return tuple(self._seen(e) for e in self.entries.values() if token in e.file_name and not self.hides(e))

    async def download_link(self, remote_id: str) -> DownloadLink:
        await self._call("download_link")
        entry = self._known(remote_id)
        if self._seen(entry).state is not RemoteState.COMPLETED:
            raise error_for(Fault.NOT_READY)
        return DownloadLink(f"https://storage.invalid/{remote_id}?secret", self.clock.now() + 3600)

    @asynccontextmanager
    async def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AsyncIterator[FakeDownload]:
        self.calls["download"] += 1
        self.download_offsets.append(offset)
        await asyncio.sleep(0)
        fault = self._next("download")
        if fault in (Fault.OFFLINE, Fault.NOT_FOUND, Fault.BUSY, Fault.SERVER):
            raise error_for(fault)
        entry = self._known(link.url.rsplit("/", 1)[1].removesuffix("?secret"))
        data = result_bytes(self._size(entry), entry.request.format)
        if offset > len(data):
            raise RejectedError("416")
        start = 0 if fault is Fault.NO_RANGE else offset
        yield FakeDownload(data, start, fault)

    async def cancel(self, remote_id: str) -> bool:
        fault = await self._call("cancel")
        entry = self._known(remote_id)
        if fault is Fault.REFUSE_CANCEL or self._seen(entry).state not in (RemoteState.PENDING, RemoteState.PROCESSING):
            return False
        entry.cancelled_at = entry.cancelled_at or self.clock.now() + self.cancel_lag_s
        self._settle()
        return True

    async def estimate(self, request: EstimateRequest) -> Estimate:
        await self._call("estimate")
        size = request.target or request.source
        return Estimate(request.model.price.credits_for(size), EstimateSource.SERVICE, self.work_s)

    async def balance(self) -> Balance:
        await self._call("balance")
        self._settle()
        return Balance(self.available, sum(e.reserved for e in self.entries.values()))

    def key_mark(self, name: str) -> str:
        return f"{self.key} in {name}"

    async def close(self) -> None:
        return

    # -- inside -----------------------------------------------------------------------------------------------------

    def _next(self, method: str) -> Fault | None:
        return self.faults[method].popleft() if self.faults[method] else None

    async def _call(self, method: str) -> Fault | None:
        self.calls[method] += 1
        await asyncio.sleep(0)
        fault = self._next(method)
        if fault in (None, Fault.REFUSE_CANCEL, Fault.OTHER_JOB):
            return fault
        if fault is Fault.CRASH:
            raise RuntimeError("a bug in the client")
        raise error_for(fault)

    def _known(self, remote_id: str) -> Entry:
        self._settle()
        entry = self.entries.get(remote_id)
        if entry is None or entry.deleted or self.clock.now() - entry.created_at > WEEK_S:
            raise error_for(Fault.NOT_FOUND)
        return entry

    def _settle(self) -> None:
        now = self.clock.now()
        for due, entry in list(self._late):
            if due <= now:
                self._late.remove((due, entry))
                self.entries[entry.remote_id] = replace(entry, created_at=due, ready_at=due + self.work_s)
        for entry in self.entries.values():
            if entry.charged is not None:
                continue
            if entry.cancelled_at is not None and now >= entry.cancelled_at:
                entry.charged = min(entry.credits, -(-int(entry.credits * 110 * self._share(entry)) // 100))
                entry.reserved = 0
            elif now >= entry.ready_at:
                entry.charged = 0 if entry.fails else entry.credits
                entry.refunded = entry.credits if entry.fails else 0
                entry.reserved = 0

    def _share(self, entry: Entry) -> float:
        until = entry.cancelled_at if entry.cancelled_at is not None else self.clock.now()
        return 1.0 if self.work_s == 0 else max(0.0, min(1.0, (until - entry.created_at) / self.work_s))

    def _seen(self, entry: Entry) -> RemoteJob:
        self._settle()
        share = self._share(entry)
        if entry.cancelled_at is not None and self.clock.now() >= entry.cancelled_at:
            state = RemoteState.CANCELLED
        elif share >= 1.0:
            state = RemoteState.FAILED if entry.fails else RemoteState.COMPLETED
        else:
            state = RemoteState.PROCESSING if share > 0 else RemoteState.PENDING
        return RemoteJob(
            remote_id=entry.remote_id,
            source_id=entry.source_id if self.tells_sources else "",
            file_name=entry.file_name,
            state=state,
            percent=float(int(share * 100)),
            eta=entry.ready_at,
            created_at=entry.created_at,
            changed_at=self.clock.now(),
            credits=entry.credits,
            model=entry.request.model.api_model,
            output_size=self._size(entry),
            output_format=entry.request.format.value,
            echoed=json.dumps({"denoise": 0.5} | dict(entry.request.settings)) if self.echoes else "",
        )

    def _size(self, entry: Entry) -> Size:
        return entry.request.size or _size_of(entry.upload)


class FakeDownload:
    """An open download of `data` from `offset`, with a fault on the way."""

    def __init__(self, data: bytes, offset: int, fault: Fault | None) -> None:
        self.total: int | None = len(data)
        self.offset = offset
        self._data = data
        self._fault = fault

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        data = self._data[self.offset :]
        if self._fault is Fault.CORRUPT:
            middle = len(data) // 2
            data = data[:middle] + bytes(64) + data[middle + 64 :]
            data = data[: len(self._data) - self.offset]
        if self._fault in (Fault.CUT, Fault.BREAK):
            data = data[: len(data) // 2]
        for start in range(0, len(data), 4096):
            await asyncio.sleep(0)
            yield data[start : start + 4096]
        if self._fault is Fault.BREAK:
            raise NetworkError("The connection broke.", sent=True)


@lru_cache(maxsize=64)
def result_bytes(size: Size, format_: FileFormat) -> bytes:
    """The result of every job of this size: a picture that does not compress to nothing."""
    buffer = BytesIO()
    noise = Image.effect_noise((size.width, size.height), 60).convert("RGB")
    noise.save(buffer, format_.value.upper(), **({"quality": 90} if format_ is FileFormat.JPEG else {}))
    return buffer.getvalue()


@lru_cache(maxsize=64)
def _size_of(data: bytes) -> Size:
    with Image.open(BytesIO(data)) as image:
        return Size(*image.size)
