"""Change maps that were measured before: kept as numbers in the cache, by what both files hold; else measured by the worker."""

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


def kept(before: Path, after: Path, cache: TileCache) -> ChangeMap | None:
    """The numbers of this very pair, or None. Raises InputError when one of the files is not there."""
    place = _place(before, after, cache)
    try:
        return ChangeMap.from_json(read_json(place, 64_000_000))
    except (OSError, ValueError):  # none yet, or one that was cut off: it is measured again
        return None


def measured(before: Path, after: Path, cache: TileCache, cancelled: Callable[[], bool] = lambda: False) -> ChangeMap:
    """The change map of a pair: kept, or measured in a worker process and kept. Blocking, up to some seconds.

    Raises InputError for the files, ComputerError for the process, CancelledError. A cache that cannot be written costs the
    next visit another measurement, no more.
    """
    found = kept(before, after, cache)
    if found is not None:
        return found
    place = _place(before, after, cache)
    try:
        answer = shared.run({"job": "changes", "before": str(before), "after": str(after), "large": True}, cancelled)
    except OSError as error:
        raise refusal(error) from error
    changes = ChangeMap.from_json(answer)
    try:
        cache.own.claim()
        private_file.write(place, json.dumps(answer, separators=(",", ":")))
    except OSError:
        return changes
    return changes


def _place(before: Path, after: Path, cache: TileCache) -> Path:
    try:
        return cache.changes_place(before, after)
    except OSError as error:
        raise refusal(error) from error
