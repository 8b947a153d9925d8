"""Keys of paths: by them a job list is asked for a path whatever its case and spelling, without reading all of it.

A key is a number that paths have in common if they may be one file anywhere. Others may have it by chance: whoever asks
compares the paths that come back.
"""

from __future__ import annotations

import os
import unicodedata
from hashlib import blake2b
from pathlib import Path

from topazdesk.disk.names import path_bytes
from topazdesk.domain.job import Job

#: Columns of the table of jobs that follow from others: the keys of the source and of the result, None without one.
COLUMNS = ("source_key", "result_key")


def folded(path: Path | str) -> str:
    """Return a text that is equal for paths that may be one file where case or Unicode's spelling does not count."""
    text = str(path)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()


def path_key(stored: object) -> int:
    """Return the key of a path as a job list stores it. Never raises: a damaged row has a key, too."""
    text = os.fsdecode(stored) if isinstance(stored, bytes) else str(stored)
    digest = blake2b(folded(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def keys_of(job: Job) -> tuple[int, int | None]:
    """Return the values of `COLUMNS` for a job of a profile."""
    return path_key(path_bytes(job.source)), None if job.result is None else path_key(path_bytes(job.result))
