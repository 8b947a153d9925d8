"""Complete delivered files in worker processes of their own: exiv2 is native code, and originals may be any file."""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from topazdesk import __version__
from topazdesk.domain.catalogue import Model
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.file_metadata import FileMetadata
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.domain.kept import Kept, MetadataChoice, MetadataMode
from topazdesk.errors import Code, ComputerError, TopazdeskError
from topazdesk.language import say
from topazdesk.media.metadata.as_delivered import as_delivered
from topazdesk.media.metadata.order import Order, kept_from_json
from topazdesk.media.metadata.provenance import Provenance
from topazdesk.media.workers import LARGE_FILE_BYTES, CancelledError, Workers, for_results

#: Seconds that the process has, and the bytes that it certainly does in each: beyond that it hangs.
_PATIENCE_S = 60.0
_BYTES_A_SECOND = 2_000_000
#: So many files are asked about in one go.
_AT_ONCE = 20
#: What is only to be shown never keeps a result waiting.
_readers = Workers()
atexit.register(_readers.close)


def complete_aside(job: Job, model: Model | None, delivered: Path, kept: Path, choice: MetadataChoice) -> Kept:
    """Do what `complete` does, in a worker process. Blocking. Raises TopazdeskError and OSError."""
    order = order_for(job, model, delivered, kept, choice)
    if choice.mode is MetadataMode.OFF:
        return as_delivered(order)
    size = delivered.stat().st_size
    answer = _run({"job": "complete", "order": order.to_json(), "large": size > LARGE_FILE_BYTES}, size)
    return kept_from_json(answer)


def is_same_aside(job: Job, delivered: Path, path: Path) -> bool:
    """Tell whether `path` is a completed file of this delivered one. Blocking. Raises TopazdeskError and OSError."""
    question = {
        "job": "is_same_result",
        "path": str(path),
        "delivered": str(delivered),
        "digest": job.delivered_digest,
        "remote_job": job.remote_id,
    }
    return bool(_run(question, 2 * delivered.stat().st_size)["is_same"])


def label_aside(result: Path, target: Path, text: str, encoding: Encoding) -> None:
    """Write a labelled copy of a result, in a worker process. Blocking. Raises TopazdeskError and OSError."""
    size = result.stat().st_size
    job = {"job": "label", "source": str(result), "target": str(target), "text": text}
    _run(job | {"encoding": encoding.to_json()}, 4 * size)


def convert_aside(result: Path, target: Path, image_format: FileFormat, encoding: Encoding) -> tuple[str, ...]:
    """Write a copy of a result in another format, in a worker process; return what that could not hold. Blocking.

    Raises TopazdeskError and OSError.
    """
    size = result.stat().st_size
    job = {"job": "convert", "source": str(result), "target": str(target), "format": image_format.value}
    return tuple(map(str, _run(job | {"encoding": encoding.to_json()}, 4 * size)["lost"]))


def file_metadata_aside(paths: Sequence[Path], pages: Sequence[int] = ()) -> list[FileMetadata]:
    """Return what each file says about itself; of one that costs the worker its life, only that. Blocking.

    `pages` are those that were chosen, from 0; without them it is the first of each.
    """
    wanted = list(zip(paths, pages or [0] * len(paths), strict=True))
    found: list[FileMetadata] = []
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        try:
            found += _facts(part)
        except (TopazdeskError, OSError):
            for each in part:
                try:
                    found += _facts([each])
                except (TopazdeskError, OSError):
                    found.append(FileMetadata(trouble=(say("What the file says about itself cannot be read"),)))
    return found


def _facts(pages: Sequence[tuple[Path, int]]) -> list[FileMetadata]:
    wanted = [[os.fspath(path), page] for path, page in pages]
    answer = _run({"job": "file_metadata", "pages": wanted}, 0, _readers)
    return [FileMetadata.from_json(row) for row in answer["files"]]


def order_for(job: Job, model: Model | None, delivered: Path, kept: Path, choice: MetadataChoice) -> Order:
    """Return what the worker process needs to know about a job."""
    traits, output = job.recipe.service.traits, job.recipe.output
    facts = Provenance(
        program=f"topazdesk {__version__}",
        service=traits.label,
        is_sandbox=traits.is_practice,
        model=model.name if model is not None else job.recipe.model,
        tier=model.tier.value if model is not None else "",
        settings=job.echoed or json.dumps(job.recipe.settings),
        job=job.id,
        remote_job=job.remote_id,
        source_name=job.picture.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        source_digest=job.source_digest,
        source_page=None if job.recipe.page is None else job.page + 1,
        delivered_digest=job.delivered_digest,
        submitted_at=job.submitted_at,
        completed_at=job.completed_at,
        # Not the time of this call: the same job makes the same file again, and is known by its digest after a crash.
        made_at=job.completed_at or job.submitted_at or job.created_at,
    )
    return Order(
        source=None if job.was_found else job.source,
        source_bytes=job.source_bytes,
        source_mtime_ns=job.source_mtime_ns,
        source_size=job.source_size,
        delivered=delivered,
        kept=kept,
        promised=job.format,
        wanted=None if job.was_found else job.target_size,
        keeps_alpha=model is not None and model.keeps_alpha,
        asks_same=output.format is None,
        choice=choice,
        facts=facts,
        print_dpi=output.size.dpi,
        print_page=_page(output.size),
        is_cropped=output.crop_to_fill,
        page=job.recipe.page,
    )


def _page(size: OutputSize) -> Size | None:
    return size.paper.pixels(size.value, Size(1, 1)) if size.paper is not None and size.dpi is not None else None


def _run(job: dict[str, Any], size: int, workers: Workers = for_results) -> dict[str, Any]:
    try:
        return workers.run(job, _deadline(_PATIENCE_S + size / _BYTES_A_SECOND))
    except CancelledError as error:
        raise ComputerError("The metadata took too long", code=Code.COMPUTER_WORKER) from error


def _deadline(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
