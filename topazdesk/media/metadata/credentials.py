"""Find content credentials (C2PA) in a file, and check them where c2pa-python is installed."""

from __future__ import annotations

import json
from pathlib import Path

from topazdesk.domain.file_metadata import CredentialState
from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import Read, of_file
from topazdesk.media.jpeg_segments import APP11, Segment, segments
from topazdesk.media.png_chunks import before_pixels
from topazdesk.media.tiff_tags import Directories

TIFF_TAG = 0xCD41  # C2PA specification, A.3: manifest store in TIFF
#: Most bytes at the beginning of other containers in which the box is looked for.
_HEAD = 1_000_000


def has_credentials(path: Path, image_format: FileFormat) -> bool:
    """Return whether the file carries a C2PA manifest store; whether that is valid is not checked. Raises OSError."""
    with path.open("rb") as file:
        read = of_file(file)
        match image_format:
            case FileFormat.JPEG | FileFormat.RAW if read(0, 2) == b"\xff\xd8":
                return any(is_credentials(segment, read) for segment in segments(read))
            case FileFormat.PNG:
                return any(chunk.kind == b"caBX" for chunk in before_pixels(read))
            case FileFormat.TIFF:
                return _in_tiff(read)
            case _:
                head = read(0, _HEAD)
                return b"jumb" in head and b"c2pa" in head


def is_credentials(segment: Segment, read: Read) -> bool:
    """Return whether a segment of a JPEG is a part of a manifest store (JUMBF in APP11; C2PA specification, A.3)."""
    if segment.marker != APP11:
        return False
    start = read(segment.start + 4, min(32, segment.end - segment.start - 4))
    return start[:2] == b"JP" and b"jumb" in start


def signer(path: Path) -> str:
    """Return who signed the file: the certificate's name as c2pa-python reports it, or "its maker" without that."""
    return checked(path)[1]


def checked(path: Path) -> tuple[CredentialState, str]:
    """Return what the credentials of a file that has some are worth, and who signed it.

    Nothing is fetched from elsewhere: the manifest store is in the file.
    """
    try:
        import c2pa
    except ImportError:
        return CredentialState.UNCHECKED, _UNNAMED
    try:
        with c2pa.Reader(str(path)) as reader:
            data = json.loads(reader.json())
        manifest = data["manifests"][data["active_manifest"]]
        found = manifest.get("signature_info", {})
        state = _STATES.get(data.get("validation_state"), CredentialState.UNCHECKED)
        return state, str(found.get("common_name") or found.get("issuer") or _UNNAMED)
    except (c2pa.C2paError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return CredentialState.UNCHECKED, _UNNAMED


#: The words of c2pa-python for the outcome of all its checks.
_STATES = {
    "Trusted": CredentialState.TRUSTED,
    "Valid": CredentialState.VALID,
    "Invalid": CredentialState.BROKEN,
}
_UNNAMED = "its maker"


def _in_tiff(read: Read) -> bool:
    try:
        directories = Directories(read)
    except ValueError:
        return False
    entries, _ = directories.entries(directories.first) or ([], 0)
    return any(entry.tag == TIFF_TAG for entry in entries)
