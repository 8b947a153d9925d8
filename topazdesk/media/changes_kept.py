"""Get change maps from the cache, or have the worker process measure them and cache the result.

Cached maps are named after the identity of both files, so an edited file gets a new map.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.changes import ChangeMap
from topazdesk.media.opening import refusal
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import shared


def kept(before: Path, after: Path, cache: TileCache, page: int = 0) -> ChangeMap | None:
    """Return the cached change map of this pair, or None. Raises InputError when one of the files is missing."""
    place = _place(before, after, cache, page)
    try:
        return ChangeMap.from_json(read_json(place, 64_000_000))
    except (OSError, ValueError):  # none yet, or an incomplete one: it is measured again
        return None


def measured(
    before: Path, after: Path, cache: TileCache, cancelled: Callable[[], bool] = lambda: False, page: int = 0
) -> ChangeMap:
    """Return the change map of a pair, of a page of the first file, from the cache, or measure it in a worker process.

    Blocks for up to some seconds. Raises InputError for the files, ComputerError for the process, CancelledError when
    `cancelled` returned True. If the cache cannot be written, the pair is simply measured again next time.
    """
    found = kept(before, after, cache, page)
    if found is not None:
        return found
    place = _place(before, after, cache, page)
    order = {"job": "changes", "before": str(before), "after": str(after), "page": page, "large": True}
    try:
        answer = shared.run(order, cancelled)
    except OSError as error:
        raise refusal(error) from error
    changes = ChangeMap.from_json(answer)
    try:
        cache.own.claim()
        private_file.write(place, json.dumps(answer, separators=(",", ":")))
    except OSError:
        return changes
    return changes


def _place(before: Path, after: Path, cache: TileCache, page: int) -> Path:
    try:
        return cache.changes_place(before, after, page)
    except OSError as error:
        raise refusal(error) from error
