"""What a picture of 24 MP costs before it is sent: the decode before money alone, and all of probing, decoding and copying.

The reference of the second is a copy by libvips of the same file to the same format with the same packing (`vips copy`), in one
process that is already running, as ours is. The decode is told in processor seconds: it runs beside the upload of the picture before.
"""

from __future__ import annotations

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
from topazdesk.media.picture_files import PictureFiles
from topazdesk.media.probe import probe
from topazdesk.media.soundness import require_sound

RUNS = 5
BAR, DECODE_BAR_S = 1.5, 0.15
#: The file, how it is written, the format in which it is sent, and whether the bar of the decode is for it.
KINDS: list[tuple[str, Callable[[pyvips.Image, Path], None], str, bool]] = [
    ("photo.jpg", lambda image, path: image.jpegsave(str(path), Q=85), ".jpg", True),
    ("odd height.jpg", lambda image, path: image.crop(0, 0, image.width, image.height - 7).jpegsave(str(path), Q=85), ".jpg", True),
    ("photo.png", lambda image, path: image.pngsave(str(path), compression=3, filter="sub"), ".png", False),
    ("scan.tif", lambda image, path: image.tiffsave(str(path), compression="deflate", predictor="horizontal"), ".tif", False),
    ("lzw.tif", lambda image, path: image.tiffsave(str(path), compression="lzw"), ".tif", False),
]  # fmt: skip
_REFERENCE = """
import sys, time
import pyvips
source, target, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = {"compression": "deflate", "predictor": "horizontal", "level": 3} if target.endswith(".tif") else {}
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
        command = [sys.executable, "-c", _REFERENCE, str(path), str(folder / f"copy{sent}"), str(RUNS)]
        reference = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        lines.append(at_most(f"from the path to what is sent, {name}", ready_s(path, folder), reference, BAR))
    return lines
