"""The engine's picture port, made of the media functions. All of it blocks and runs in worker threads."""

from __future__ import annotations

import hashlib
from pathlib import Path

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.errors import InputError


class MediaPictures:
    """Picture files through libvips and Pillow."""

    def probe(self, path: Path) -> ImageInfo:
        """Header facts. Raises InputError."""
        from topazdesk.media.probe import probe

        return probe(path)

    def digest(self, path: Path) -> str:
        """SHA-256 of the file, hex. Raises InputError when it cannot be read."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(
                "The picture cannot be read any more.",
                "Is its drive connected? Nothing was sent or charged.",
                details=str(error.strerror or error),
                code="input.unreadable",
            ) from error

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        """The file to upload. Raises InputError, ComputerError."""
        from topazdesk.media.prepare import prepare

        return prepare(info.path, info, frozenset(model.formats), folder, token)

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        """Decodes in full. Raises ResultError."""
        from topazdesk.media.verify import verify

        return verify(path, expected, format_)
