"""The folder in which jobs for this computer lie: what the program orders, and what the process that works answers.

One folder a job, named by the job's token: the order and the picture, which the program writes, and the state and the
result, which the process writes. Everything is written whole and then named, so a kill at any moment leaves what can be
gone on with. Blocking.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.compute_device import AUTO
from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.network import Network, read_network

_NAME = re.compile(r"[A-Za-z0-9-]{8,80}")
_MOST_BYTES = 100_000
_DAY_S = 86_400.0


class JobPhase(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done for it."""
        return self in (JobPhase.DONE, JobPhase.FAILED, JobPhase.CANCELLED)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: of the picture `source` beside it, by a network in `folder`.

    `device` is what it is to be computed with, in the words of `domain.compute_device`. Somebody is waiting for the
    result of a trial: it comes before all others. `encoding` is that of the result.
    """

    token: str
    model: str
    source: str
    format: str
    width: int
    height: int
    folder: str
    network: Network
    keeps_colours: bool
    ordered_at: float
    device: str = AUTO
    is_trial: bool = False
    encoding: Encoding = USUAL


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the process says about a job. `starts` is how often it was begun; `note` tells of a change of plan.

    `device` is the graphics card that computes it, "" for the processor.
    """

    phase: JobPhase = JobPhase.WAITING
    done: int = 0
    tiles: int = 0
    at: float = 0.0
    ends_at: float = 0.0
    starts: int = 0
    failure: str = ""
    note: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class EnlargingJob:
    """One job's folder."""

    path: Path

    @property
    def token(self) -> str:
        """The job's token."""
        return self.path.name

    @property
    def tiles(self) -> Path:
        """The folder with the finished tiles."""
        return self.path / "tiles"

    @property
    def raw(self) -> Path:
        """The pixels of the result before they are written as a picture."""
        return self.path / "pixels.tif"

    def result(self, order: Order) -> Path:
        """Return the path of the result."""
        return self.path / f"result.{order.format}"

    def order(self) -> Order:
        """Return what was ordered. Raises OSError, ValueError."""
        data: dict[str, Any] = read_json(self.path / "order.json", _MOST_BYTES)
        try:
            encoding = Encoding.from_json(data.get("encoding", {}))
            return Order(**{**data, "network": read_network(data["network"]), "encoding": encoding})
        except (TypeError, KeyError) as error:
            raise ValueError("no order") from error

    def status(self) -> JobStatus:
        """Return what was said last; a note that cannot be read says nothing."""
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            data = read_json(self.path / "status.json", _MOST_BYTES)
            return JobStatus(**{**data, "phase": JobPhase(data["phase"])})
        return JobStatus()

    def say(self, status: JobStatus) -> None:
        """Write a new status. Raises OSError."""
        private_file.write(self.path / "status.json", json.dumps(asdict(replace(status, at=time.time()))))

    def finish(self, status: JobStatus) -> None:
        """Write the last status, and remove what only the work needed. Raises OSError."""
        self.say(status)
        shutil.rmtree(self.tiles, ignore_errors=True)
        for name in (self.raw, *self.path.glob("source.*")):
            name.unlink(missing_ok=True)


class EnlargingJobs:
    """All jobs of a profile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, order: Order, picture: Path) -> EnlargingJob:
        """Add a job with a copy of the picture; one that is there already stays as it is. Raises OSError."""
        job = EnlargingJob(self.folder / order.token)
        if job.path.exists():
            return job
        part = self.folder / f".{order.token}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        try:
            shutil.copyfile(picture, part / order.source)
            private_file.write(part / "order.json", json.dumps(asdict(order) | {"encoding": order.encoding.to_json()}))
            part.rename(job.path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return job

    def find(self, token: str) -> EnlargingJob | None:
        """Return the job of a token, None where there is none."""
        job = EnlargingJob(self.folder / token)
        return job if _NAME.fullmatch(token) and (job.path / "order.json").is_file() else None

    def all(self) -> Iterator[EnlargingJob]:
        """Iterate over all jobs, in no particular order."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if (job := self.find(path.name)) is not None:
                    yield job

    def next(self) -> EnlargingJob | None:
        """Return the oldest trial that is not over, else the oldest job; one whose order cannot be read is none."""
        found: list[tuple[bool, float, str, EnlargingJob]] = []
        for job in self.all():
            with suppress(OSError, ValueError):
                if not job.status().phase.is_over:
                    order = job.order()
                    found.append((not order.is_trial, order.ordered_at, job.token, job))
        return min(found)[-1] if found else None

    def tidy(self, days: float) -> None:
        """Remove jobs that have been over for so many days, and what a kill left half made."""
        for job in list(self.all()):
            status = job.status()
            if status.phase.is_over and status.at < time.time() - days * _DAY_S:
                shutil.rmtree(job.path, ignore_errors=True)
        for part in self.folder.glob(".*.part"):
            shutil.rmtree(part, ignore_errors=True)


def card_note(folder: Path) -> Path:
    """Return the path of the note which says that a graphics card is in use. It outlives a process that crashed."""
    return folder / "graphics-card"


def read_speed(folder: Path, network: Network, device: str = AUTO) -> float | None:
    """Return how many pixels a second a network worked on here with this wish for a device; None if never measured."""
    return read_speeds(folder).get(_speed_key(network, device))


def read_speeds(folder: Path) -> dict[str, float]:
    """Return all speeds that were measured here."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        data = read_json(folder / "speeds.json", _MOST_BYTES)
        return {str(name): float(speed) for name, speed in data.items() if 0 < float(speed) < 1e12}
    return {}


def keep_speed(folder: Path, network: Network, speed: float, device: str = AUTO) -> None:
    """Keep a speed that was measured."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        speeds = {**read_speeds(folder), _speed_key(network, device): round(speed, 1)}
        private_file.write(folder / "speeds.json", json.dumps(speeds))


def _speed_key(network: Network, device: str) -> str:
    return network.param if device == AUTO else f"{network.param} {device}"
