"""Recognises files by their content: results of this profile among new pictures, and the same picture twice in a run.

A second run over a folder must not pay for the program's own results, and a copy of a picture under another name needs
no second job.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_store import JobStore

#: Bytes read at the beginning, in the middle and at the end of files of one length, before any is read as a whole:
#: uncompressed scans all have one length.
_SAMPLE_BYTES = 65_536


async def results_among(store: JobStore, digests: FileDigests, infos: Iterable[ImageInfo]) -> set[Path]:
    """Return the pictures that are results of this profile with unchanged content, wherever they lie by now.

    Only pictures as long as a result are read. Raises ComputerError.
    """
    infos = list(infos)
    known = await store.results_of_lengths(info.bytes_on_disk for info in infos)
    alike = [info for info in infos if info.bytes_on_disk in known]
    found = await digests.of(alike) if alike else {}
    return {Path(info.path) for info in alike if found[info.path] in known[info.bytes_on_disk]}


async def twins(digests: FileDigests, drafts: Sequence[Draft]) -> dict[int, int]:
    """Return, by a draft's index, that of the first draft with the same recipe on a picture with the same bytes.

    Trials have none: each stands for itself. A picture that cannot be read has none either; whoever sends it reports
    the fault.
    """
    infos = [draft.info for draft in drafts]
    asked = [number for number, draft in enumerate(drafts) if draft.trial is None]
    alike = _groups([asked], lambda number: (drafts[number].recipe.digest, infos[number].bytes_on_disk))
    if not alike:
        return {}
    alike = await asyncio.to_thread(_groups, alike, lambda number: _sample(Path(infos[number].path)))
    known = await digests.of(infos[number] for numbers in alike for number in numbers)
    same = _groups(alike, lambda number: known[infos[number].path])
    return {number: numbers[0] for numbers in same for number in numbers[1:]}


def _groups(groups: Iterable[list[int]], key_of: Callable[[int], Hashable]) -> list[list[int]]:
    """Split each group by key, and return the parts with more than one member. None as a key is like no other."""
    keyed: dict[tuple[int, Hashable], list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        for number in group:
            key = key_of(number)
            if key is not None:
                keyed[place, key].append(number)
    return [group for group in keyed.values() if len(group) > 1]


def _sample(path: Path) -> str | None:
    """Return a digest of some parts of the file, None if it cannot be read. Blocks."""
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256()
            for start in (0, max(0, length // 2 - _SAMPLE_BYTES // 2), max(0, length - _SAMPLE_BYTES)):
                file.seek(start)
                digest.update(file.read(_SAMPLE_BYTES))
            return digest.hexdigest()
    except (OSError, ValueError):
        return None
