"""The engine's `Pictures` port over real files: one object that `app` hands to the engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.domain.uploads import accepted
from topazdesk.media.opening import opened, refusal
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.tilecache import TileCache
from topazdesk.media.verify import verify


class PictureFiles:
    """Blocking; safe to call from many worker threads at once. Errors are those of the functions behind it.

    Previews of very large results go to the folder `previews`, the viewer's cache.
    """

    def __init__(self, previews: Path | None = None) -> None:
        self._cache = None if previews is None else TileCache(previews)

    def probe(self, path: Path) -> ImageInfo:
        """Header facts; see `topazdesk.media.probe.probe`."""
        return probe(path)

    def digest(self, path: Path) -> str:
        """SHA-256 of the file's bytes, hex. Raises InputError when it cannot be read."""
        with opened(path) as descriptor:
            try:
                with open(descriptor, "rb", closefd=False) as stream:
                    return hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                raise refusal(error) from error

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        """The file to upload for `model`; see `topazdesk.media.prepare.prepare`."""
        accepts, limit = accepted(model)
        return prepare(info, accepts, folder, token, keep_alpha=model.keeps_alpha, max_bytes=limit)

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        """Decodes the result in full; see `topazdesk.media.verify.verify`."""
        return verify(path, expected, format_, self._cache)
