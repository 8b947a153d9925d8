"""The viewer beside the bare library: first and sharp pixels, pyramids, frames of a pan and zoom, memory, change maps.

Every visit is a process of its own with an empty cache, taken in turn with its reference; medians. A time ends when the window
has painted what it is about: for a pair, both sides; "sharp" when each has a pixel for every pixel of the screen. Frames are painted without
a screen ("offscreen"), at 1920 × 1080, so that what counts is the program's own work.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import viewer_pictures
from tests.benchmarks.table import Line, at_most, left_out, within
from topazdesk.media.changes_kept import measured
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import shared

RUNS = 3
BOX = (1920, 1080)
FIRST_BAR, SHARP_BAR = 1.5, 1.4
HUGE_FIRST_S = 2.0
#: Sharp at 100 % of the place asked for, against one full decode; other places meanwhile, and any place of a TIFF.
HUGE_SHARP_BAR, PLACE_S = 0.6, 1.0
#: At 1920 × 1080, and at 3840 × 2160 on a screen of 200 %.
FRAME_MS, FINE_FRAME_MS = 12.0, 16.7
MEMORY_BAR = 500e6
CHANGES_S = 0.6
AGAIN, AGAIN_MS = 20, 50

_REFERENCE = """
import sys, threading, time, pyvips
pyvips.cache_set_max(0)
width, height, paths = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
times = []
for job in (
    lambda path: pyvips.Image.thumbnail(path, width, height=height, size="down").write_to_memory(),
    lambda path: pyvips.Image.new_from_file(path, access="sequential").copy_memory(),
):
    threads = [threading.Thread(target=job, args=(path,)) for path in paths]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.append(time.perf_counter() - begun)
print(*times)
"""


def measure(folder: Path) -> list[Line]:
    """All lines of the viewer."""
    source = viewer_pictures.source(folder / "source.jpg")
    result = viewer_pictures.result(folder / "result.jpg", source)
    lines = _pair(folder, source, result) + _again(folder, source, result)
    lines += _pyramid(folder, source) + _changes(folder, source, result)
    for size in (viewer_pictures.SOURCE, viewer_pictures.LARGE):
        lines += _grid(folder, viewer_pictures.candidates(folder, source, size), size[0] * size[1] / 1e6)
    huge = viewer_pictures.huge(folder / "huge.jpg", source)
    return lines + _huge(folder, source, huge)


def _pair(folder: Path, source: Path, result: Path) -> list[Line]:
    visits, references = [], []
    for run in range(RUNS):
        references.append(_bare(source, result))
        visits.append(_visit(source, result, folder / f"cache-{run}"))
    scaled, full = (statistics.median(column) for column in zip(*references, strict=True))
    first, sharp, actual = (statistics.median(visit[name] for visit in visits) for name in ("first", "sharp", "actual"))
    return [
        at_most("24 MP pair: first pixels of both, against one scaled decode of each", first, scaled, FIRST_BAR),
        at_most("24 MP pair: sharp at fit, against one full decode of each", sharp, full, SHARP_BAR),
        at_most("24 MP pair: sharp at 100 %, against the same", actual, full, SHARP_BAR),
    ]


def _again(folder: Path, source: Path, result: Path) -> list[Line]:
    """Back and forth through finished pictures, by the arrow keys of the list."""
    visit = _visit(source, result, folder / "cache-again", "--again", str(AGAIN))
    times = sorted(visit["again"])
    median, slowest = statistics.median(times), times[-1]
    name = f"{AGAIN} pairs of 24 MP, second visit"
    full = statistics.median(_bare(source, result)[1] for _ in range(RUNS))
    first = statistics.median(visit["firsts"][2:]) / 1000  # those that have memory which was used before
    return [
        at_most(
            f"{AGAIN} pairs of 24 MP, first visit of each after the first two: sharp, against one full decode",
            first,
            full,
            SHARP_BAR,
        ),
        Line(
            f"{name}: median / slowest",
            f"{median:.0f} / {slowest:.0f} ms",
            "–",
            None,
            f"≤ {AGAIN_MS} ms each",
            slowest <= AGAIN_MS,
        ),
        Line(f"{name}: memory of the window", f"+{visit['memory'] / 1e6:.0f} MB", "–", None, "", None),
    ]


def _pyramid(folder: Path, source: Path) -> list[Line]:
    vips = shutil.which("vips")
    if vips is None:
        return [left_out("pyramid of 24 MP", "no vips program here")]
    ours, theirs = [], []
    shared.warm()
    options = ["--tile", "--pyramid", "--tile-width=256", "--tile-height=256", "--depth=onetile", "--bigtiff"]
    for run in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([vips, "tiffsave", str(source), str(folder / f"bare-{run}.tif"), *options], check=True)
        theirs.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        Pyramid.open(source, TileCache(folder / f"pyramid-{run}"))
        ours.append(time.perf_counter() - begun)
    return [
        at_most(
            "pyramid of 24 MP, against `vips tiffsave`",
            statistics.median(ours),
            statistics.median(theirs),
            1.5,
            binding=False,
        )
    ]


def _changes(folder: Path, source: Path, result: Path) -> list[Line]:
    times = []
    for run in range(RUNS):
        begun = time.perf_counter()
        measured(source, result, TileCache(folder / f"changes-{run}"))
        times.append(time.perf_counter() - begun)
    return [_limit("change map of a 24 MP pair", statistics.median(times), CHANGES_S)]


def _huge(folder: Path, source: Path, huge: Path) -> list[Line]:
    name = "24 against 683 MP"
    _, full = _bare(huge)
    visit = _visit(source, huge, folder / "cache-huge", "--places")
    moved = _visit(source, huge, folder / "cache-huge", "--frames", "--swaps")
    fine = _visit(source, huge, folder / "cache-huge", "--frames", scale=2)
    swaps = sorted(moved["swaps"])
    return [
        _limit(f"{name}: first pixels", visit["any"], HUGE_FIRST_S),
        _limit(f"{name}: first pixels of the result", visit["first"], HUGE_FIRST_S),
        at_most(f"{name}: sharp at 100 % of the place asked for", visit["asked"], full, HUGE_SHARP_BAR),
        at_most(f"{name}: the same since the choice of the picture", visit["actual"], full, 1.0, binding=False),
        _limit(f"{name}: other places meanwhile, the slowest of {len(visit['places'])}", max(visit["places"]), PLACE_S),
        *_tiff(folder, source, huge),
        within(f"{name}: memory of window and helpers together", visit["together"], MEMORY_BAR),
        Line(f"{name}: memory of the window alone", f"+{visit['memory'] / 1e6:.0f} MB", "–", None, "", None),
        Line(f"{name}: memory of the helpers alone", f"{visit['helpers'] / 1e6:.0f} MB", "–", None, "", None),
        *_frames(f"{name}: frames of pan and zoom", moved, FRAME_MS),
        *_frames(f"{name}: the same at 3840 × 2160 and 200 %", fine, FINE_FRAME_MS),
        Line(
            f"{name}: the frame after a swap at 100 %, p50 / max",
            f"{swaps[len(swaps) // 2]:.1f} / {swaps[-1]:.1f} ms",
            "–",
            None,
            f"≤ {FRAME_MS:g} ms",
            swaps[len(swaps) // 2] <= FRAME_MS,
        ),
    ]


def _tiff(folder: Path, source: Path, huge: Path) -> list[Line]:
    """The same result as TIFF, of which any place can be read without the others."""
    lines = []
    for kind in ("tiled", "stripped"):
        path = viewer_pictures.tiff(folder / f"huge-{kind}.tif", huge, is_tiled=kind == "tiled")
        visit = _visit(source, path, folder / f"cache-{kind}", "--places")
        path.unlink()
        slowest = max(visit["asked"], *visit["places"])
        lines.append(
            _limit(f"683 MP as {kind} TIFF: sharp at 100 % of any place asked for, the slowest", slowest, PLACE_S)
        )
    return lines


def _frames(name: str, visit: dict[str, Any], limit_ms: float) -> list[Line]:
    """The bar is for the time on the clock; what the window's own thread worked is told beside it."""
    taken, worked = _spread(sorted(visit["frames"])), _spread(sorted(visit["worked"]))
    return [
        Line(
            f"{name}, p50 / p99 / max (processor time)",
            " / ".join(f"{each:.1f}" for each in taken) + " ms",
            " / ".join(f"{each:.1f}" for each in worked) + " ms",
            None,
            f"p99 ≤ {limit_ms:g} ms",
            taken[1] <= limit_ms,
        )
    ]


def _grid(folder: Path, four: list[Path], megapixels: float) -> list[Line]:
    """The 2 × 2 beside a pair of the same pictures, in turn, each with an empty cache."""
    name, pairs, grids = f"four of {megapixels:.0f} MP in the 2 × 2", [], []
    for run in range(RUNS):
        cache = folder / f"cache-{megapixels:.0f}-{run}"
        pairs.append(_visit(four[0], four[1], cache.with_suffix(".pair"), "--frames"))
        grids.append(_visit(four[0], four[1], cache.with_suffix(".grid"), "--frames", "--grid", *map(str, four[2:])))
    frames = [sorted(frame for visit in visits for frame in visit["frames"]) for visits in (grids, pairs)]
    ours, theirs = (each[int(len(each) * 0.99)] for each in frames)
    memory, one = (statistics.median(visit["memory"] for visit in visits) for visits in (grids, pairs))
    return [
        at_most(f"{name}: frames of pan and zoom, p99, against a pair", ours / 1000, theirs / 1000, 2.0),
        Line(
            f"{name}: frames p50 / p99 / max (pair: p50 / p99 / max)",
            " / ".join(f"{each:.1f}" for each in _spread(frames[0])) + " ms",
            " / ".join(f"{each:.1f}" for each in _spread(frames[1])) + " ms",
            None,
            "",
            None,
        ),
        Line(f"{name}: memory of the window", f"{memory / 1e6:.0f} MB", f"{one / 1e6:.0f} MB", None, "", None),
    ]


def _spread(frames: list[float]) -> tuple[float, float, float]:
    return frames[len(frames) // 2], frames[int(len(frames) * 0.99)], frames[-1]


def _limit(name: str, ours_s: float, limit_s: float) -> Line:
    return Line(name, f"{ours_s:.3f} s", "–", None, f"≤ {limit_s:g} s", ours_s <= limit_s)


def _bare(*paths: Path) -> tuple[float, float]:
    """Seconds of one scaled and of one full decode of each of the files, all at once, in a fresh process."""
    command = [sys.executable, "-c", _REFERENCE, *map(str, (*BOX, *paths))]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    scaled, full = ran.stdout.split()
    return float(scaled), float(full)


def _visit(before: Path, after: Path, cache: Path, *options: str, scale: int = 1) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.viewer_client", str(before), str(after), str(cache), *options]
    surroundings = os.environ | {"QT_SCALE_FACTOR": str(scale)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=surroundings)
    if ran.returncode != 0:
        raise RuntimeError(f"the viewer ended with {ran.returncode}: {ran.stderr[-800:]}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told
