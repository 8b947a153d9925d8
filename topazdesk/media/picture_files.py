"""Implement the engine's `Pictures` port over real files; `app` passes one such object to the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from topazdesk.domain.catalogue import Model
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.kept import Kept, MetadataChoice
from topazdesk.domain.ports import Prepared
from topazdesk.domain.uploads import accepted
from topazdesk.media.capture_time import taken_at
from topazdesk.media.metadata.aside import complete_aside, convert_aside, is_same_aside, label_aside
from topazdesk.media.opening import opened, refusal
from topazdesk.media.preparing import prepare_aside
from topazdesk.media.probe import probe
from topazdesk.media.tilecache import TileCache
from topazdesk.media.verifying import verify_aside


class PictureFiles:
    """Picture files as the engine needs them.

    All methods block and may be called from many worker threads at once. They raise what the functions behind them
    raise. Previews of very large results go to the folder `previews`, which is the viewer's cache. `metadata` returns
    how results get their metadata at that time.
    """

    def __init__(self, previews: Path | None = None, metadata: Callable[[], MetadataChoice] = MetadataChoice) -> None:
        self._metadata = metadata
        self._cache = None if previews is None else TileCache(previews)

    def probe(self, path: Path, page: int | None = None) -> ImageInfo:
        """Return header facts; see `topazdesk.media.probe.probe`."""
        return probe(path, page)

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of the file's bytes in hex. Raises InputError when it cannot be read."""
        with opened(path) as descriptor:
            try:
                with open(descriptor, "rb", closefd=False) as stream:
                    return hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                raise refusal(error) from error

    def taken_at(self, path: Path) -> datetime | None:
        """Return when the picture was taken; see `topazdesk.media.capture_time.taken_at`."""
        return taken_at(path)

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        """Return the file to upload for `model`, decoded in full; see `topazdesk.media.preparing.prepare_aside`."""
        accepts, limit = accepted(model)
        return prepare_aside(info, accepts, folder, token, keep_alpha=model.keeps_alpha, max_bytes=limit)

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        """Check a result by decoding all of it; see `topazdesk.media.verifying.verify_aside`."""
        return verify_aside(path, expected, format_, self._cache)

    def complete(self, job: Job, model: Model | None, delivered: Path, kept: Path) -> Kept:
        """Give a copy of a verified result its source's metadata; see `topazdesk.media.metadata.complete`."""
        return complete_aside(job, model, delivered, kept, self._metadata())

    def label(self, result: Path, target: Path, text: str, encoding: Encoding) -> None:
        """Write a copy of a result with a caption below it; see `topazdesk.media.label`."""
        label_aside(result, target, text, encoding)

    def convert(self, result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
        """Write a copy of a result in another format; see `topazdesk.media.convert`."""
        return convert_aside(result, target, format_, encoding)

    def is_same_result(self, job: Job, delivered: Path, path: Path) -> bool:
        """Tell whether a file was made by `complete` for this job, by its own word and by its pixels."""
        return is_same_aside(job, delivered, path)
