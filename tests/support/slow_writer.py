"""Writes pictures into a folder as a slow device does: in pieces, some under a temporary name, one after the other."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.support import pictures


def main(folder: Path, count: int, pause_s: float, first: int = 0) -> None:
    sample = folder.parent / "slow-writer"
    sample.mkdir(exist_ok=True)
    for number in range(first, first + count):
        data = pictures.write(sample / f"{number:05}.png", seed=number).read_bytes()
        target = folder / f"{number:05}.png"
        place = target.with_suffix(".png.part") if number % 3 == 0 else target
        with place.open("wb") as file:
            for start in range(0, len(data), len(data) // 3 + 1):
                file.write(data[start : start + len(data) // 3 + 1])
                file.flush()
                time.sleep(pause_s)
        if place != target:
            place.rename(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:]))
