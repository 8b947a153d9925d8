"""Recognises files by their content: results of this profile among new pictures, and the same picture twice in a run.

A second run over a folder must not pay for the program's own results, and a copy of a picture under another name needs
no second job.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.engine import files
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.store import Store
from topazdesk.errors import ComputerError

#: Bytes read at the beginning, in the middle and at the end of files of one length, before any is read as a whole:
#: uncompressed scans all have one length.
_SAMPLE_BYTES = 65_536


async def results_among(store: Store, digests: FileDigests, infos: Iterable[ImageInfo]) -> set[Path]:
    """Return the pictures that are results of this profile with unchanged content, wherever they lie by now.

    Only pictures as long as a result are read. Raises ComputerError.
    """
    known = await store.results_by_length()
    alike = [info for info in infos if info.bytes_on_disk in known]
    found = await digests.of(alike) if alike else {}
    return {Path(info.path) for info in alike if found[info.path] in known[info.bytes_on_disk]}


async def twins(drafts: Sequence[Draft]) -> dict[int, int]:
    """Return, by a draft's index, that of the first draft with the same recipe on a picture with the same bytes.

    Trials have none: each stands for itself. A picture that cannot be read has none either; whoever sends it reports
    the fault.
    """
    alike: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, draft in enumerate(drafts):
        if draft.trial is None:
            alike[draft.recipe.digest, draft.info.bytes_on_disk].append(number)
    groups = [numbers for numbers in alike.values() if len(numbers) > 1]

    def work() -> dict[int, int]:
        found: dict[int, int] = {}
        for numbers in groups:
            for same in _same(numbers, drafts):
                found |= dict.fromkeys(same[1:], same[0])
        return found

    return await asyncio.to_thread(work) if groups else {}


def _same(numbers: Sequence[int], drafts: Sequence[Draft]) -> list[list[int]]:
    """Group drafts on pictures of one length by content. Blocks."""
    found = [list(numbers)]
    for key_of in (_sample, _digest):
        keyed: dict[tuple[int, str], list[int]] = defaultdict(list)
        for place, group in enumerate(found):
            for number in group:
                keyed[place, key_of(Path(drafts[number].info.path)) or f"unread {number}"].append(number)
        found = [group for group in keyed.values() if len(group) > 1]
    return found


def _sample(path: Path) -> str:
    """Return a digest of some parts of the file, "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256()
            for start in (0, max(0, length // 2 - _SAMPLE_BYTES // 2), max(0, length - _SAMPLE_BYTES)):
                file.seek(start)
                digest.update(file.read(_SAMPLE_BYTES))
            return digest.hexdigest()
    except (OSError, ValueError):
        return ""


def _digest(path: Path) -> str:
    try:
        return files.digest_of(path)
    except (ComputerError, ValueError):
        return ""
