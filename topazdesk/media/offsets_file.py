"""The offsets that were set by hand, kept beside the pyramids: one small JSON file, by the names of both files."""

from __future__ import annotations

import json
import math
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json

#: Pairs that are remembered; the oldest go first.
_MOST = 2_000

Kept = dict[tuple[Path, ...], tuple[float, float]]


def load(file: Path) -> Kept:
    """What `save` wrote; empty where there is nothing that can be read. Blocking."""
    try:
        rows = read_json(file, 8_000_000)
        found = {(Path(before), Path(after)): (float(x), float(y)) for before, after, x, y in rows}
    except (OSError, ValueError, TypeError):  # none yet, or one that was cut off
        return {}
    return {pair: (x, y) for pair, (x, y) in found.items() if math.isfinite(x) and math.isfinite(y)}


def save(file: Path, kept: Kept) -> None:
    """Write them all, in one step. Blocking. Raises OSError."""
    rows = [
        [*(str(path) for path in pair), round(x, 6), round(y, 6)] for pair, (x, y) in kept.items() if len(pair) == 2
    ]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_file.write(file, json.dumps(rows[-_MOST:]))
