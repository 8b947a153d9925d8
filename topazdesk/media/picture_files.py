"""The engine's `Pictures` port over real files: one object that `app` hands to the engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from topazdesk.domain.catalogue import Model, ServiceName
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import MAX_UPLOAD_BYTES, SERVICE_FORMATS, FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.media.opening import opened, refusal
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.verify import verify

#: What Runflow's uploads take: up to 50 MiB (its upload page); TIFF is documented nowhere.
_RUNFLOW_FORMATS = frozenset({FileFormat.JPEG, FileFormat.PNG})
_RUNFLOW_BYTES = 52_428_800


class PictureFiles:
    """Blocking; safe to call from many worker threads at once. Errors are those of the functions behind it."""

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
        return verify(path, expected, format_)


def accepted(model: Model) -> tuple[frozenset[FileFormat], int]:
    """Formats that may be uploaded for `model`, and the most bytes (published OpenAPI: "tool" takes PNG only)."""
    if model.service is ServiceName.RUNFLOW:
        return _RUNFLOW_FORMATS, _RUNFLOW_BYTES
    if model.endpoint.strip("/").split("/")[0] == "tool":
        return frozenset({FileFormat.PNG}), MAX_UPLOAD_BYTES
    return SERVICE_FORMATS, MAX_UPLOAD_BYTES
