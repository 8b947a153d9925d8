"""XMP files beside results. One that the program wrote and nobody changed may be replaced with its result. Blocking.

It ends with a digest of what stands before, in an XML comment, so that this can be told from the file alone.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.domain.kept import KeptReport, Remark, RemarkKind
from topazdesk.engine import files, replacing
from topazdesk.errors import ComputerError
from topazdesk.language import say

SUFFIX = ".xmp"
_SEAL = b"\n<!-- topazdesk sha256:"
_END = b" -->\n"
_MOST_BYTES = 64_000_000


def packet_of(result: Path) -> Path:
    """Return the path of a result's XMP file: beside it, with its name."""
    return result.with_name(result.name + SUFFIX)


def write(part: Path, text: str) -> None:
    """Write the XMP file of a part file under a name of its own, durably. Raises OSError."""
    path = part_of(part)
    path.unlink(missing_ok=True)
    private_file.create(path, _sealed(text), 0o666)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def place(part: Path, result: Path, report: KeptReport) -> KeptReport:
    """Give the XMP file of a part file its name beside the result, if it does not have it yet; return what to say."""
    source, target = part_of(part), packet_of(result)
    if not os.path.lexists(source):
        return report  # it has its name since before a crash
    try:
        replacing.place(source, target, is_unchanged)
    except FileExistsError:
        trouble = say("The XMP file was not written: {target} exists already and was left as it is", target=target.name)
    except ComputerError as error:
        trouble = say("The XMP file was not written: {title:text}", title=error.title)
    else:
        return report
    with suppress(OSError):
        source.unlink()
    return replace(report, has_packet=False, remarks=(*report.remarks, Remark(RemarkKind.FAILED, trouble)))


def is_unchanged(path: Path) -> bool:
    """Tell whether a file is one that `write` wrote, as it was then."""
    if path.is_symlink() or not 0 < files.size_of(path) <= _MOST_BYTES:
        return False
    try:
        data = path.read_bytes()
    except OSError:
        return False
    text, seal, rest = data.rpartition(_SEAL)
    return bool(seal) and rest == hashlib.sha256(text).hexdigest().encode() + _END


def _sealed(text: str) -> bytes:
    data = text.encode("utf-8")
    return data + _SEAL + hashlib.sha256(data).hexdigest().encode() + _END


def part_of(part: Path) -> Path:
    """Return the name that the XMP file of a part file has before its result has its own."""
    return part.with_suffix(SUFFIX)
