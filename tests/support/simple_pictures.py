"""The pictures port on Pillow alone: enough for engine tests, whatever state the real media part is in."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from topazdesk.domain.catalogue import Model
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.kept import Kept
from topazdesk.domain.ports import Prepared
from topazdesk.errors import InputError, ResultError


class SimplePictures:
    """Probes, copies and decodes for real. `copies` makes every upload a temporary copy."""

    def __init__(self, *, copies: bool = False) -> None:
        self.copies = copies
        #: What becomes of a delivered file; by default it is kept as it is.
        self.completes: Callable[[Job, Path, Path], Kept] = lambda *_: Kept()

    def probe(self, path: Path, page: int | None = None) -> ImageInfo:
        try:
            stat = path.stat()
            with Image.open(path) as image:
                format_, size = FileFormat((image.format or "").lower()), Size(*image.size)
        except FileNotFoundError as error:
            raise InputError("The picture is gone.", code="use.file_gone") from error
        except (UnidentifiedImageError, OSError, ValueError) as error:
            raise InputError("Not a picture.", code="use.not_a_picture") from error
        return ImageInfo(path, format_, size, 1, 8, 3, False, False, 1, stat.st_size, stat.st_mtime_ns)

    def digest(self, path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def taken_at(self, path: Path) -> datetime | None:
        return None

    def prepare(self, info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        path = info.path
        if self.copies:
            path = folder / f"{token}{info.format.suffix}"
            shutil.copyfile(info.path, path)
        return Prepared(path, info.format, info.size, info.bytes_on_disk, self.copies)

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        try:
            with Image.open(path) as image:
                image.load()
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise ResultError("The result is damaged.", details=str(error)) from error
        info = self.probe(path)
        if expected is not None and info.size != expected:
            raise ResultError("The result has the wrong size.", code="result.size")
        if info.format is not format_:
            raise ResultError("The result has the wrong format.", code="result.format")
        return info

    def complete(self, job: Job, model: Model | None, delivered: Path, kept: Path) -> Kept:
        return self.completes(job, delivered, kept)

    def label(self, result: Path, target: Path, text: str, encoding: Encoding) -> None:
        target.write_bytes(result.read_bytes() + text.encode())

    def convert(self, result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
        options = {"quality": encoding.jpeg_quality} if format_ is FileFormat.JPEG else {}
        with Image.open(result) as image:
            image.save(target, format_.value, **options)
        return ()

    def is_same_result(self, job: Job, delivered: Path, path: Path) -> bool:
        return False
