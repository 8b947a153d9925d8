"""Find content credentials (C2PA) in a file, and name who signed them where c2pa-python is installed."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata.jpeg_segments import is_credentials, segments

TIFF_TAG = 0xCD41  # C2PA specification, A.3: manifest store in TIFF
#: Most bytes at the beginning of other containers in which the box is looked for.
_HEAD = 1_000_000


def has_credentials(path: Path, image_format: FileFormat) -> bool:
    """Return whether the file carries a C2PA manifest store; whether that is valid is not checked. Raises OSError."""
    with path.open("rb") as file:
        match image_format:
            case FileFormat.JPEG | FileFormat.RAW if file.read(2) == b"\xff\xd8":
                return any(is_credentials(marker, data) for marker, data in segments(file))
            case FileFormat.PNG:
                file.seek(8)
                while len(head := file.read(8)) == 8:
                    length, kind = struct.unpack(">I4s", head)
                    if kind in (b"caBX", b"IDAT", b"IEND"):
                        return bool(kind == b"caBX")
                    file.seek(length + 4, 1)
                return False
            case FileFormat.TIFF:
                return _in_tiff(path)
            case _:
                file.seek(0)
                head = file.read(_HEAD)
                return b"jumb" in head and b"c2pa" in head


def signer(path: Path) -> str:
    """Return who signed the file: the certificate's name as c2pa-python reports it, or "its maker" without that."""
    try:
        import c2pa
    except ImportError:
        return _UNNAMED
    try:
        with c2pa.Reader(str(path)) as reader:
            data = json.loads(reader.json())
        manifest = data["manifests"][data["active_manifest"]]
        found = manifest.get("signature_info", {})
        return str(found.get("common_name") or found.get("issuer") or _UNNAMED)
    except (c2pa.C2paError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return _UNNAMED


_UNNAMED = "its maker"


def _in_tiff(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
        order = "<" if head[:2] == b"II" else ">"
        is_big = head[2:4] in (b"+\0", b"\0+")
        if len(head) < 16:
            return False
        offset = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)[0]
        file.seek(offset)
        counted, entry = ("Q", 20) if is_big else ("H", 12)
        raw = file.read(struct.calcsize(order + counted))
        if len(raw) < struct.calcsize(order + counted):
            return False
        table = file.read(min(struct.unpack(order + counted, raw)[0], 4096) * entry)
    return any(
        struct.unpack_from(order + "H", table, place)[0] == TIFF_TAG
        for place in range(0, len(table) - entry + 1, entry)
    )
