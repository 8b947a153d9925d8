"""Works through the jobs in a folder, one after the other, in a process of its own, and ends when none is left.

Usage: `python -m topazdesk.local FOLDER`. It ends as soon as its standard input does: when the program that started it
is gone, however that came.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from topazdesk.disk.enlarging_jobs import EnlargingJob, EnlargingJobs, JobPhase, JobStatus, Order, keep_speed
from topazdesk.domain.compute_device import AUTO, PROCESSOR, picked
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.network import Network, read_network
from topazdesk.domain.network_tiles import most_px
from topazdesk.domain.strict_json import parse_json
from topazdesk.errors import Code, ComputerError, Retry, TopazdeskError, told
from topazdesk.language import say
from topazdesk.local.cards import cards
from topazdesk.local.compute import Compute, Fault, Loaded
from topazdesk.local.enlarge import Work, make_tile, plan_work, rows_of
from topazdesk.local.free_memory import free_memory
from topazdesk.local.own_log import keep_small, start_log
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
    parser.add_argument("--log", type=Path, help="the file that the output goes to, which is kept small")
    parser.add_argument("--cards", action="store_true", help="only print the graphics cards, as JSON")
    parser.add_argument("--measure", metavar="NETWORK", help="only measure how fast a network is here")
    parser.add_argument("--files", type=Path, help="the folder with the network's files")
    parser.add_argument("--device", default=AUTO, help="what to measure with")
    chosen = parser.parse_args(arguments)
    start_log()
    keep_small(chosen.log)
    if chosen.cards:
        print(json.dumps([{"name": card.name, "kind": card.kind.name.lower()} for card in cards()]))
        return 0
    if chosen.measure:
        threading.Thread(target=_end_with_parent, args=(None,), name="parent", daemon=True).start()
        _be_nice()
        network = read_network(parse_json(chosen.measure))
        return _measure(chosen.folder, chosen.files, network, chosen.threads, chosen.device)
    compute = Compute(chosen.folder, chosen.threads)
    threading.Thread(target=_end_with_parent, args=(compute,), name="parent", daemon=True).start()
    _be_nice()
    try:
        _work(EnlargingJobs(chosen.folder), compute, chosen.log)
    finally:
        compute.put_away()
    return 0


def _be_nice() -> None:
    if sys.platform != "win32":
        with suppress(OSError):
            os.nice(_NICE)


def _work(jobs: EnlargingJobs, compute: Compute, log_file: Path | None) -> None:
    """Work on all jobs, one after the other."""
    loaded: tuple[tuple[str, Network, str], Loaded] | None = None
    while (job := jobs.next()) is not None:
        keep_small(log_file)
        status = job.status()
        try:
            order = job.order()
            if status.starts >= MOST_STARTS:
                raise _gave_up()
            # The last start is the safest one.
            wish = order.device if status.starts < MOST_STARTS - 1 else PROCESSOR
            status = replace(status, phase=JobPhase.WORKING, starts=status.starts + 1)
            job.say(status)
            key = (order.folder, order.network, wish)
            if loaded is None or loaded[0] != key:
                loaded = None  # one network at a time
                loaded = (key, compute.load(order.network, Path(order.folder), wish))
            status = replace(status, device=loaded[1].device, note=loaded[1].remark or status.note)
            job.say(status)
            log.info("job %s: %s, %d × %d", job.token, order.network.param, order.width, order.height)
            if _enlarge(job, order, loaded[1].runner, status, jobs):
                log.info("job %s: done", job.token)
            else:
                log.info("job %s: lets a trial pass", job.token)
                job.say(replace(job.status(), phase=JobPhase.WAITING, starts=status.starts - 1))
        except (MemoryError, TopazdeskError) as error:
            if loaded is not None and loaded[1].device and (fault := _fault_of_card(error)):
                compute.leave(loaded[1].device, fault)
                loaded = None  # the same job goes on with its next tile
            elif isinstance(error, TopazdeskError):
                _fail(job, status, told(error.title, error.hint), error.details)
            else:
                _fail(job, status, told(*_NO_MEMORY))
        except (OSError, ValueError) as error:
            trouble = disk_trouble(error) if isinstance(error, OSError) else None
            _fail(
                job,
                status,
                told(trouble.title, trouble.hint) if trouble else say("The order cannot be read."),
                str(error),
            )


def _fault_of_card(error: Exception) -> Fault | None:
    """Return what a graphics card did wrong, None if it is not at fault."""
    if isinstance(error, MemoryError):
        return Fault.MEMORY
    is_of_network = isinstance(error, TopazdeskError) and error.code == Code.COMPUTER_NETWORK_BROKEN
    return Fault.WRONG if is_of_network else None


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
        "Most often memory is short: close other programs and try again, or choose another model. What it said last is "
        "in logs/local.log of the profile.",
        code=Code.COMPUTER_WORKER,
    )


def _enlarge(job: EnlargingJob, order: Order, runner: Runner, status: JobStatus, jobs: EnlargingJobs) -> bool:
    """Make the result; return False where a trial comes first, and the finished tiles are kept."""
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
        if not _make_tiles(job, work, order, runner, status, jobs):
            return False
        result = job.result(order)
        kind, encoding = FileFormat(order.format), order.encoding
        write_enlarged(rows_of(work), work.whole, picture, job.raw, result, target, kind, encoding)
    job.finish(replace(job.status(), phase=JobPhase.DONE, failure=""))
    return True


def _make_tiles(
    job: EnlargingJob, work: Work, order: Order, runner: Runner, status: JobStatus, jobs: EnlargingJobs
) -> bool:
    """Make the tiles that are not there yet, and say after each how long the rest takes.

    Return False as soon as a trial is to be made before them.
    """
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
        if made < len(work.tiles) and not order.is_trial and jobs.next() != job:
            return False
    if took > 0:
        keep_speed(jobs.folder, order.network, done_px / took, order.device)
    return True


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


def _fail(job: EnlargingJob, status: JobStatus, failure: str, details: str = "") -> None:
    log.warning("job %s failed: %s (%s)", job.token, failure, details)
    try:
        job.finish(replace(job.status(), phase=JobPhase.FAILED, failure=failure, starts=status.starts))
    except OSError:
        shutil.rmtree(job.tiles, ignore_errors=True)  # a full disk: this makes room for the few words
        job.raw.unlink(missing_ok=True)
        job.finish(JobStatus(JobPhase.FAILED, failure=failure))


def _measure(folder: Path, files: Path, network: Network, threads: int, device: str) -> int:
    import numpy as np

    card = picked(device, cards()) if device != PROCESSOR else None
    runner = Runner(network, files, threads=threads, device=None if card is None else card.index)
    pixels = np.full((_MEASURED_SIDE, _MEASURED_SIDE, 3), 0.5, np.float32)
    runner.enlarge(pixels[:32, :32])
    began, computed = time.monotonic(), time.process_time()
    runner.enlarge(pixels)
    took = time.monotonic() - began
    if card is None:  # what others take of the processor in these moments, as a window that opens does, is not counted
        took = min(took, (time.process_time() - computed) / (threads or os.cpu_count() or 1))
    keep_speed(folder, network, pixels[:, :, 0].size / took, device)
    return 0


def _end_with_parent(compute: Compute | None) -> None:
    with suppress(OSError, ValueError):
        while os.read(0, 4096):
            pass
    if compute is not None:
        compute.put_away()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
