"""Read a completed file again, and find what of its metadata did not get into it: exiv2 tells only some of that."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from topazdesk.media.metadata.library import exiv2, top_of
from topazdesk.media.metadata.records import Records


def not_written(path: Path, records: Records, own_xmp: Any) -> list[str]:
    """Return the names of properties that were to be in the file and are not. `own_xmp`: those for its own packet.

    The name of the file is one that exiv2 takes. Raises exiv2's error when the file cannot be read.
    """
    image = exiv2().ImageFactory.open(str(path))
    image.readMetadata()
    there = {datum.key() for datum in image.exifData()}
    missing = [datum.key() for datum in records.exif if datum.key() not in there]
    properties = {top_of(datum.key()) for datum in image.xmpData()}
    missing += [top for top in dict.fromkeys(top_of(datum.key()) for datum in own_xmp) if top not in properties]
    wanted = Counter(datum.key() for datum in records.iptc)
    wanted.subtract(datum.key() for datum in image.iptcData())
    missing += [key for key, count in wanted.items() if count > 0]
    return list(dict.fromkeys(key.rpartition(".")[2] for key in missing))
