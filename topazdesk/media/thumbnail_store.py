"""Store thumbnails on disk, so that a folder that was seen before appears at once.

On Linux and the BSDs they are shared with file managers as the freedesktop thumbnail specification describes (version
0.9: folders `normal` and `large`, files named after the MD5 of the picture's URI, PNG with `Thumb::URI` and
`Thumb::MTime`, failures under `fail`). Elsewhere a private folder with the same layout is used and kept below a size
limit.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import struct
import sys
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from topazdesk.disk.own_folder import OwnFolder
from topazdesk.disk.reading import read_file
from topazdesk.domain.geometry import Size
from topazdesk.domain.viewport import WHOLE, placement
from topazdesk.errors import Code, InputError
from topazdesk.language import say
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.probe import header_grid
from topazdesk.media.proportions import to_size
from topazdesk.media.raster import PixelFormat, Raster, raster_of, to_display
from topazdesk.media.thumbnail import thumbnail

#: Size limit of the private folder; the desktop takes care of the shared one.
PRIVATE_CAP_BYTES = 256 * 1024 * 1024
#: Size limit of one file. A thumbnail of 256 pixels has 200,000 bytes at most.
_MOST_BYTES = 4_000_000
#: What our own thumbnails name as their program.
_PROGRAM = "topazdesk"
#: Folder for the failures of this program; a new number makes it try all of them again.
_FAILED = "fail/topazdesk-1"
#: The folders with our files, and the pattern of their names.
_FOLDERS = ("normal", "large", _FAILED)
_SHAPE = re.compile(r"[0-9a-f]{32}\.png|\.[0-9a-f]{32}\.png\.[0-9a-f]{12}\.part")
#: Faults of the content, which last until the file changes. Others (permissions, a missing package) may go away.
_LASTING = frozenset(
    {Code.INPUT_DAMAGED, Code.INPUT_CUT_OFF, Code.INPUT_NOT_A_PICTURE, Code.INPUT_FORMAT, Code.INPUT_UNSUPPORTED}
)
#: Characters that GLib does not escape in file URIs: the name of a thumbnail depends on every one of them.
_PLAIN = "!$&'()*+,-./:=@_~"

_log = logging.getLogger(__name__)


class ThumbnailSize(Enum):
    """The sizes of the specification that are used here; the values are the longest side in pixels."""

    NORMAL = 128
    LARGE = 256

    @property
    def folder(self) -> str:
        """The name of the folder for this size."""
        return self.name.lower()


class LastingFault(InputError):
    """The picture could not be decoded before, and it has not changed since."""


def file_uri(path: Path) -> str:
    """Return the URI of a file exactly as GLib writes it, whatever bytes its name contains."""
    return "file://" + quote(os.fsencode(path.absolute()), safe=_PLAIN)


@dataclass(frozen=True, slots=True)
class Original:
    """The identity of a picture file as recorded in its thumbnail; `mtime` in whole seconds, as specified."""

    uri: str
    mtime: int
    size: int

    @classmethod
    def of(cls, path: Path, state: os.stat_result) -> Original:
        """Return the identity of the file at `path`, whose `os.fstat` is `state`."""
        return cls(file_uri(path), int(state.st_mtime), state.st_size)

    @property
    def name(self) -> str:
        """The file name of its thumbnails."""
        return hashlib.md5(self.uri.encode(), usedforsecurity=False).hexdigest() + ".png"

    @property
    def texts(self) -> dict[str, str]:
        """The texts that are written into its thumbnails."""
        return {
            "Thumb::URI": self.uri,
            "Thumb::MTime": str(self.mtime),
            "Thumb::Size": str(self.size),
            "Software": _PROGRAM,
        }

    def is_of(self, texts: dict[str, str]) -> bool:
        """Return whether a thumbnail with these texts was made from this file; its size is optional."""
        return (
            texts.get("Thumb::URI") == self.uri
            and texts.get("Thumb::MTime", "").partition(".")[0] == str(self.mtime)
            and texts.get("Thumb::Size", str(self.size)) == str(self.size)
        )


def private_folders(folder: Path) -> dict[str, OwnFolder]:
    """Return the folders of a private store in which the program deletes files, by their names relative to `folder`."""
    return {name: OwnFolder(folder / name, "thumbnails", _SHAPE) for name in _FOLDERS}


class ThumbnailStore:
    """One folder of thumbnails.

    All methods block and may be called from any thread. It is only a cache: disk errors are logged, never raised.
    """

    def __init__(self, folder: Path, *, cap_bytes: int | None = None) -> None:
        self.folder = folder
        self._cap = cap_bytes
        self._written = 0
        self._lock = threading.Lock()

    @classmethod
    def choose(cls, private: Path) -> ThumbnailStore:
        """Use the desktop's shared folder where the platform has one, else `private` with a size limit."""
        if sys.platform in ("win32", "darwin"):
            return cls(private, cap_bytes=PRIVATE_CAP_BYTES)
        named = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(named) if named and Path(named).is_absolute() else Path.home() / ".cache"
        return cls(base / "thumbnails")

    def thumbnail(self, path: Path, kind: ThumbnailSize, page: int = 0) -> Raster:
        """Return the thumbnail of a picture from the disk, or make and store it.

        Those of further pages are made each time: for all other programs a file has one thumbnail.

        It is the whole picture, upright, in sRGB, within a square of `kind`. Raises InputError; LastingFault when the
        same file could not be decoded before.
        """
        if page:
            return thumbnail(path, Size(kind.value, kind.value), page)
        with opened(path) as descriptor:
            original = Original.of(path, os.fstat(descriptor))
        kept = self._load(path, original, kind)
        if kept is not None:
            return kept
        box = Size(kind.value, kind.value)
        try:
            made = thumbnail(path, box, is_strict=True)
        except InputError:
            pass  # it may be shown as far as it goes, but other programs must not take that for the picture
        else:
            self._save(f"{kind.folder}/{original.name}", original, made)
            return made
        try:
            return thumbnail(path, box)
        except InputError as error:
            if error.code in _LASTING:
                self._save(f"{_FAILED}/{original.name}", original, _BLANK)
            raise

    def kept(self, path: Path, kind: ThumbnailSize) -> Raster | None:
        """Return the stored thumbnail, or None. Takes some milliseconds and never decodes the picture itself."""
        try:
            with opened(path) as descriptor:
                original = Original.of(path, os.fstat(descriptor))
            return self._load(path, original, kind)
        except (InputError, OSError):
            return None

    def _load(self, path: Path, original: Original, kind: ThumbnailSize) -> Raster | None:
        for at in (kind, *(k for k in ThumbnailSize if k.value > kind.value)):
            found = self._read(self.folder / at.folder / original.name, original, at.value)
            if found is not None:
                small = found if at is kind else found.thumbnail_image(kind.value, height=kind.value, size="down")
                return raster_of(small if _texts(found).get("Software") == _PROGRAM else _in_shape(small, path, kind))
        if self._read(self.folder / _FAILED / original.name, original, 1) is not None:
            raise LastingFault(
                say("The picture cannot be shown"),
                say("It could not be read before, and the file has not changed since."),
                code=Code.INPUT_DAMAGED,
            )
        return None

    def _read(self, path: Path, original: Original, most: int) -> Any:
        """Return the decoded thumbnail in a file, or None when it is damaged or not that of `original`."""
        module = vips()
        try:
            image = module.Image.pngload_buffer(read_file(path, _MOST_BYTES), fail_on="error")
            if max(image.width, image.height) > most or not original.is_of(_texts(image)):
                return None
            return to_display(image).copy_memory()
        except (OSError, ValueError, module.Error):
            return None

    def _save(self, name: str, original: Original, raster: Raster) -> None:
        path = self.folder / name
        # Nobody needs thumbnails of thumbnails, and they would multiply.
        if original.uri.startswith(file_uri(self.folder) + "/"):
            return
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        try:
            data = _png(raster, original.texts)
            self._make(path.parent)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            part.replace(path)
        except (OSError, vips().Error) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            _log.info("a thumbnail could not be kept: %s", type(error).__name__)
            return
        self._count(len(data))

    def _make(self, folder: Path) -> None:
        """Make a folder and those between it and the store's own, readable by the user alone."""
        if self._cap is not None:  # the private folder, in which we delete files
            OwnFolder(folder, "thumbnails", _SHAPE).claim()
            return
        if folder.is_dir():
            return
        if folder == self.folder:
            folder.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)

    def _count(self, size: int) -> None:
        """Count written bytes, and prune the private folder once in a twentieth of its limit."""
        if self._cap is None:
            return
        with self._lock:
            self._written += size
            if self._written < self._cap // 20:
                return
            self._written = 0
            self._prune(self._cap)

    def _prune(self, cap: int) -> None:
        """Remove the oldest thumbnails until the folder is clearly below the limit."""
        found: list[tuple[float, int, Path]] = []
        folders = private_folders(self.folder)
        for own in folders.values():
            for path in own.files():
                with suppress(OSError):
                    state = path.stat()
                    found.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= cap:
            return
        for _, size, path in sorted(found):
            own = folders[path.parent.relative_to(self.folder).as_posix()]
            total -= size if own.remove(path) else 0
            if total <= cap * 0.9:
                return


def _in_shape(small: Any, path: Path, kind: ThumbnailSize) -> Any:
    """Bring another program's thumbnail into the picture's proportions: many programs show all pixels as squares."""
    try:
        grid = header_grid(path)
    except InputError:
        return small
    is_squeezed = not grid.is_square and placement(Size(small.width, small.height), grid.pixels) == WHOLE
    return to_size(small, grid.fitted(Size(kind.value, kind.value))) if is_squeezed else small


_BLANK = Raster(1, 1, 3, PixelFormat.RGB, b"\0\0\0")


def _texts(image: Any) -> dict[str, str]:
    """Return the text chunks of a PNG by their keys; libvips names them like `png-comment-0-Thumb::URI`."""
    found: dict[str, str] = {}
    for field in image.get_fields():
        if field.startswith("png-comment-"):
            found[field.split("-", 3)[3]] = str(image.get(field))
    return found


def _png(raster: Raster, texts: dict[str, str]) -> bytes:
    bands = raster.format.bytes_per_pixel
    image = vips().Image.new_from_memory(raster.data, raster.width, raster.height, bands, "uchar")
    data = bytes(image.copy(interpretation="srgb").pngsave_buffer(compression=3, keep="none"))
    # libvips would write the texts compressed, which the specification does not provide for.
    chunks = (key.encode("ascii") + b"\0" + text.encode("ascii") for key, text in texts.items())
    return data[:_AFTER_IHDR] + b"".join(map(_text_chunk, chunks)) + data[_AFTER_IHDR:]


#: Length of the signature and of the chunk IHDR, which comes first in every PNG.
_AFTER_IHDR = 8 + 25


def _text_chunk(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
