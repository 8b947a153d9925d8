"""What a picture of 24 MP costs on this computer, from its path to the result that is kept, against a copy by libvips.

All of it: probing, the decode before money, the copy that is sent, and for the result its metadata, the proof that no pixel changed,
and the digest. The result has the size and packing of its source, so that the reference is one copy by libvips of the same file to the
format in which it is sent (`vips copy`), in one process that is already running, as ours is. The decode before money is told on its own,
in processor seconds: it runs beside the upload of the picture before. The two parts of the sum are told without a bar.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyvips

from tests.benchmarks import photos
from tests.benchmarks.table import Line, at_most, number_within
from tests.support.catalogue import packaged_model
from tests.support.queue_jobs import job
from topazdesk.domain.job import JobState
from topazdesk.domain.kept import MetadataChoice
from topazdesk.media.metadata.aside import complete_aside
from topazdesk.media.picture_files import PictureFiles
from topazdesk.media.probe import probe
from topazdesk.media.soundness import require_sound

RUNS = 5
BAR, DECODE_BAR_S = 1.5, 0.15
#: How a copy in TIFF is packed that is sent.
_PACKED: dict[str, object] = {"compression": "deflate", "predictor": "horizontal", "level": 3}
#: The file, how it is written, the format in which it is sent, and whether the bar of the decode is for it.
KINDS: list[tuple[str, Callable[[pyvips.Image, Path], None], str, bool]] = [
    ("photo.jpg", lambda image, path: image.jpegsave(str(path), Q=85), ".jpg", True),
    ("odd height.jpg", lambda image, path: image.crop(0, 0, image.width, image.height - 7).jpegsave(str(path), Q=85), ".jpg", True),
    ("fine.jpg", lambda image, path: image.jpegsave(str(path), Q=95, subsample_mode="off"), ".jpg", False),
    ("photo.png", lambda image, path: image.pngsave(str(path), compression=3, filter="sub"), ".png", False),
    ("scan.tif", lambda image, path: image.tiffsave(str(path), compression="deflate", predictor="horizontal"), ".tif", False),
    ("lzw.tif", lambda image, path: image.tiffsave(str(path), compression="lzw"), ".tif", False),
    ("plain.tif", lambda image, path: image.tiffsave(str(path)), ".tif", False),
]  # fmt: skip
_REFERENCE = """
import json, sys, time
import pyvips
source, target, runs, options = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
times = []
for _ in range(runs):
    begun = time.perf_counter()
    pyvips.Image.new_from_file(source, access="sequential").write_to_file(target, **options)
    times.append(time.perf_counter() - begun)
print(min(times))
"""


def decode_cpu_s(path: Path) -> float:
    """Processor seconds of the decode before money."""
    info = probe(path)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        times = []
        for _ in range(RUNS):
            begun = time.process_time()
            require_sound(descriptor, info)
            times.append(time.process_time() - begun)
    finally:
        os.close(descriptor)
    return min(times)


def ready_s(path: Path, folder: Path) -> float:
    """Seconds from the path to the file that is sent, in the process that the engine uses for it."""
    files, model = PictureFiles(), packaged_model("standard-v2")
    times = []
    for run in range(RUNS + 1):
        begun = time.perf_counter()
        made = files.prepare(files.probe(path), model, folder, f"token{run}")
        times.append(time.perf_counter() - begun)
        if made.is_copy:
            made.path.unlink()
    return min(times[1:])


def completed_s(path: Path, folder: Path) -> float:
    """Seconds from the delivered file to the one that is kept, in the process that the engine uses for it."""
    info, kept = probe(path), folder / "kept"
    done = job(
        "a",
        JobState.VERIFYING,
        source=path,
        source_size=info.size,
        source_bytes=info.bytes_on_disk,
        source_mtime_ns=info.mtime_ns,
        target_size=info.size,
        format=info.format,
    )
    times = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        made = complete_aside(done, None, path, kept, MetadataChoice())
        times.append(time.perf_counter() - begun)
        if not made.is_new:
            raise RuntimeError(f"{path.name} was not completed: {made.report.lines}")
    return min(times[1:])


def copied_s(source: Path, target: Path, options: dict[str, object]) -> float:
    """Seconds that libvips takes for a copy, in a process of its own."""
    command = [sys.executable, "-c", _REFERENCE, str(source), str(target), str(RUNS), json.dumps(options)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(folder: Path) -> list[Line]:
    """Return the lines of all kinds."""
    image = pyvips.Image.new_from_buffer(photos.photo(), "").copy_memory()
    lines = []
    for name, write, sent, is_bound in KINDS:
        path = folder / name
        write(image, path)
        bar = DECODE_BAR_S if is_bound else None
        lines.append(
            number_within(f"decode before money, 24 MP, {name}", decode_cpu_s(path), bar, "s", binding=is_bound)
        )
        ready, completed = ready_s(path, folder), completed_s(path, folder)
        lines.append(number_within(f"from the path to what is sent, {name}", ready, None, "s"))
        lines.append(number_within(f"metadata of a result, {name}", completed, None, "s"))
        reference = copied_s(path, folder / f"copy{sent}", _PACKED if sent == ".tif" else {})
        lines.append(at_most(f"all of it, {name}", ready + completed, reference, BAR))
    return lines
