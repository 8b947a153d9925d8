"""Read a completed file again, and find what of its metadata did not get into it: exiv2 tells only some of that."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata.library import exiv2, top_of
from topazdesk.media.metadata.photoshop_rights import iptc_of, photoshop_rights
from topazdesk.media.metadata.records import Records


def not_written(path: Path, records: Records, own_xmp: Any, delivered: FileFormat) -> list[str]:
    """Return the names of properties that were to be in the file and are not.

    `own_xmp` are those for its own packet, and `delivered` is the format.

    The name of the file is one that exiv2 takes. Raises exiv2's error when the file cannot be read.
    """
    image = exiv2().ImageFactory.open(str(path))
    image.readMetadata()
    there = {datum.key() for datum in image.exifData()}
    missing = [datum.key() for datum in records.exif if datum.key() not in there]
    properties = {top_of(datum.key()) for datum in image.xmpData()}
    missing += [top for top in dict.fromkeys(top_of(datum.key()) for datum in own_xmp) if top not in properties]
    wanted = Counter(datum.key() for datum in records.iptc)
    iptc = image.iptcData()
    if wanted and iptc.empty() and delivered is FileFormat.PNG:
        found = photoshop_rights(path, delivered, exiv2().ExifData()).iptc
        iptc = iptc_of(found) if found else iptc
    wanted.subtract(datum.key() for datum in iptc)
    missing += [key for key, count in wanted.items() if count > 0]
    return list(dict.fromkeys(key.rpartition(".")[2] for key in missing))
