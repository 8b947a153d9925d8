"""Whether a file on this disk is the one that the service delivered: to the byte, or with metadata added to it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import exiv2
import numpy as np
import pyvips


def delivered_digest(path: Path) -> bytes:
    """The SHA-256 of the delivered file that a result says it was made from; its own where it says nothing."""
    try:
        image = exiv2.ImageFactory.open(path.read_bytes())
        image.readMetadata()
        said = {datum.key(): datum.toString() for datum in image.xmpData()}
    except exiv2.Exiv2Error:
        said = {}
    told = said.get("Xmp.topazdesk.DeliveredSHA256", "")
    return bytes.fromhex(told) if told else hashlib.sha256(path.read_bytes()).digest()


def is_delivered(path: Path, data: bytes) -> bool:
    """Whether the file is `data`, or names it by its digest and has every one of its pixels."""
    if path.read_bytes() == data:
        return True
    if delivered_digest(path) != hashlib.sha256(data).digest():
        return False
    one, other = (pyvips.Image.new_from_buffer(each, "") for each in (path.read_bytes(), data))
    return bool(np.array_equal(one.numpy(), other.numpy()))


def unmatched(found: list[Path], wanted: list[bytes]) -> tuple[list[Path], list[bytes]]:
    """Files that are none of the delivered ones, and delivered ones that are no file; each counts once."""
    left, lost = list(found), []
    by_digest = {path: delivered_digest(path) for path in left}
    for data in wanted:
        digest = hashlib.sha256(data).digest()
        match = next((path for path in left if by_digest[path] == digest and is_delivered(path, data)), None)
        if match is None:
            lost.append(data)
        else:
            left.remove(match)
    return left, lost
