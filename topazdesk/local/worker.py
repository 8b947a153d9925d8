"""Works through the jobs in a folder, one after the other, in a process of its own, and ends when none is left.

Usage: `python -m topazdesk.local FOLDER`. It ends as soon as its standard input does: when the program that started it
is gone, however that came.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.disk.enlarging_jobs import EnlargingJob, EnlargingJobs, JobPhase, JobStatus, Order, keep_speed
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.network import Network
from topazdesk.domain.network_tiles import most_px
from topazdesk.errors import Code, ComputerError, Retry, TopazdeskError, told
from topazdesk.language import say
from topazdesk.local.enlarge import Work, make_tile, plan_work, rows_of
from topazdesk.local.free_memory import free_memory
from topazdesk.local.runner import Runner
from topazdesk.media.enlarging import open_picture, write_enlarged
from topazdesk.media.writing import disk_trouble

log = logging.getLogger(__name__)

_NICE = 10
#: After so many starts that ended without a word, a job has failed.
MOST_STARTS = 3
#: Bytes on disk for a channel of a pixel: of tiles with their overlaps, and of the result before and after packing.
_TILE_BYTES, _RESULT_BYTES = 3, 2
_MEASURED_SIDE = 96


def main(arguments: list[str]) -> int:
    """Work on all jobs; return the exit code."""
    parser = argparse.ArgumentParser(prog="topazdesk.local")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--measure", metavar="NETWORK", help="only measure how fast a network is here")
    parser.add_argument("--files", type=Path, help="the folder with the network's files")
    chosen = parser.parse_args(arguments)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    if chosen.measure:
        from topazdesk.domain.network import read_network
        from topazdesk.domain.strict_json import parse_json

        return _measure(chosen.folder, chosen.files, read_network(parse_json(chosen.measure)), chosen.threads)
    jobs = EnlargingJobs(chosen.folder)
    loaded: tuple[tuple[str, Network], Runner] | None = None
    while (job := jobs.next()) is not None:
        status = job.status()
        try:
            order = job.order()
            if status.starts >= MOST_STARTS:
                raise _gave_up()
            status = replace(status, phase=JobPhase.WORKING, starts=status.starts + 1)
            job.say(status)
            key = (order.folder, order.network)
            if loaded is None or loaded[0] != key:
                loaded = (key, _runner(order, chosen.threads, status))
            _enlarge(job, order, loaded[1], status, chosen.folder)
        except MemoryError:
            _fail(job, status, told(*_NO_MEMORY))
        except TopazdeskError as error:
            _fail(job, status, told(error.title, error.hint))
        except (OSError, ValueError) as error:
            trouble = disk_trouble(error) if isinstance(error, OSError) else None
            _fail(job, status, told(trouble.title, trouble.hint) if trouble else say("The order cannot be read."))
    return 0


_NO_MEMORY = (
    say("There is too little memory for this"),
    say("Close other programs and try again. Your picture is untouched."),
)


def _gave_up() -> ComputerError:
    return ComputerError(
        say(
            "The process that enhances pictures ended {most_starts} times in the middle of this one",
            most_starts=MOST_STARTS,
        ),
        "Most often memory is short: close other programs and try again, or choose another model.",
        code=Code.COMPUTER_WORKER,
    )


def _runner(order: Order, threads: int, status: JobStatus) -> Runner:
    """Return the loaded network: on a graphics card where there is one, unless a start with it ended without a word."""
    device = _device() if status.starts <= 1 else None
    return Runner(order.network, Path(order.folder), threads=threads, device=device)


def _device() -> int | None:
    if os.environ.get("TOPAZDESK_LOCAL_DEVICE", "auto") == "cpu":
        return None
    with suppress(ImportError, AttributeError, RuntimeError):
        ncnn: Any = importlib.import_module("ncnn")
        if ncnn.get_gpu_count() > 0:
            return int(ncnn.get_default_gpu_index())
    return None


def _enlarge(job: EnlargingJob, order: Order, runner: Runner, status: JobStatus, folder: Path) -> None:
    with open_picture(job.path / order.source) as picture:
        job.tiles.mkdir(mode=0o700, exist_ok=True)
        network, target = order.network, Size(order.width, order.height)
        # What was begun with tiles of one size goes on with it, however much memory is free now.
        budget = job.tiles / "budget"
        if not budget.exists():
            budget.write_text(f"{most_px(network, free_memory())}", "ascii")
        most = int(budget.read_text("ascii"))
        work = plan_work(picture, network.scale, network.context_px, most, job.tiles, keeps_colours=order.keeps_colours)
        _require_room(job, work, target)
        _make_tiles(job, work, network, runner, status, folder)
        result = job.result(order)
        write_enlarged(rows_of(work), work.whole, picture, job.raw, result, target, FileFormat(order.format))
    job.finish(replace(job.status(), phase=JobPhase.DONE, failure=""))


def _make_tiles(
    job: EnlargingJob, work: Work, network: Network, runner: Runner, status: JobStatus, folder: Path
) -> None:
    """Make the tiles that are not there yet, and say after each how long the rest takes."""
    left = work.left()
    rest = sum(work.tiles[number].work_px for number in left)
    done_px, took = 0, 0.0
    for place, number in enumerate(left):
        began = time.monotonic()
        make_tile(work, number, runner.enlarge)
        took += time.monotonic() - began
        done_px += work.tiles[number].work_px
        made = len(work.tiles) - len(left) + place + 1
        ends = time.time() + took / done_px * (rest - done_px)
        job.say(replace(status, done=made, tiles=len(work.tiles), ends_at=ends))
    if took > 0:
        keep_speed(folder, network, done_px / took)


def _require_room(job: EnlargingJob, work: Work, target: Size) -> None:
    """Raise ComputerError, before hours of work, when the disk cannot hold what the picture needs on the way."""
    bands = work.picture.bands
    needed = work.whole.pixels * bands * (_TILE_BYTES + _RESULT_BYTES) + target.pixels * bands * _RESULT_BYTES
    needed -= sum(path.stat().st_size for path in job.tiles.iterdir())
    free = shutil.disk_usage(job.path).free
    if needed > free:
        raise ComputerError(
            say(
                "This picture needs {needed:.1f} GB of the profile's disk on the way, {free:.1f} GB are free",
                needed=needed / 1000000000.0,
                free=free / 1000000000.0,
            ),
            "Free some space and try again, or choose a smaller size.",
            code=Code.DISK_FULL,
            retry=Retry.LATER,
        )


def _fail(job: EnlargingJob, status: JobStatus, failure: str) -> None:
    log.warning("job %s failed: %s", job.token, failure)
    try:
        job.finish(replace(job.status(), phase=JobPhase.FAILED, failure=failure, starts=status.starts))
    except OSError:
        shutil.rmtree(job.tiles, ignore_errors=True)  # a full disk: this makes room for the few words
        job.raw.unlink(missing_ok=True)
        job.finish(JobStatus(JobPhase.FAILED, failure=failure))


def _measure(folder: Path, files: Path, network: Network, threads: int) -> int:
    import numpy as np

    runner = Runner(network, files, threads=threads, device=_device())
    pixels = np.full((_MEASURED_SIDE, _MEASURED_SIDE, 3), 0.5, np.float32)
    runner.enlarge(pixels[:32, :32])
    began = time.monotonic()
    runner.enlarge(pixels)
    keep_speed(folder, network, pixels[:, :, 0].size / (time.monotonic() - began))
    return 0


def _end_with_parent() -> None:
    with suppress(OSError, ValueError):
        while os.read(0, 4096):
            pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
