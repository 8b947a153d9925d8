"""Store the alignment offsets that users set by hand, one per pair of files, in a JSON file beside the pyramids."""

from __future__ import annotations

import json
import math
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json

#: Most pairs that are stored; the oldest are dropped first.
_MOST = 2_000

#: Offsets (x, y) by the pair (before, after).
Kept = dict[tuple[Path, ...], tuple[float, float]]


def load(file: Path) -> Kept:
    """Return what `save` wrote, or an empty dict when it cannot be read. Blocking."""
    try:
        rows = read_json(file, 8_000_000)
        found = {(Path(before), Path(after)): (float(x), float(y)) for before, after, x, y in rows}
    except (OSError, ValueError, TypeError):  # no file yet, or an incomplete one
        return {}
    return {pair: (x, y) for pair, (x, y) in found.items() if math.isfinite(x) and math.isfinite(y)}


def save(file: Path, kept: Kept) -> None:
    """Write all offsets atomically. Blocking. Raises OSError."""
    rows = [
        [*(str(path) for path in pair), round(x, 6), round(y, 6)] for pair, (x, y) in kept.items() if len(pair) == 2
    ]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_file.write(file, json.dumps(rows[-_MOST:]))
