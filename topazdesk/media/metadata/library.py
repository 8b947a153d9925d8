"""Load exiv2 once, quiet, with the namespaces that it does not know."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

#: The namespace of what topazdesk says about a result, and its prefix.
NAMESPACE = "urn:topazdesk:provenance#"
PREFIX = "topazdesk"
_MORE = {
    NAMESPACE: PREFIX,
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://ns.apple.com/HDRGainMap/1.0/": "HDRGainMap",
    "http://ns.google.com/photos/1.0/container/": "Container",
    "http://ns.google.com/photos/1.0/container/item/": "Item",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
}


@cache
def exiv2() -> Any:
    """Return the module. It is heavy and reads files by native code: load it in worker processes only."""
    library: Any = importlib.import_module("exiv2")
    library.LogMsg.setLevel(library.LogMsg.Level.mute)
    known = {str(key) for key in library.XmpProperties.registeredNamespaces()}
    for uri, prefix in _MORE.items():
        if uri not in known and not library.XmpProperties.prefix(uri):
            library.XmpProperties.registerNs(uri, prefix)
    return library


@cache
def _meanings() -> dict[str, str]:
    """Return what exiv2 and this program call the common namespaces, by prefix."""
    names = exiv2().XmpProperties
    return {prefix: str(names.ns(prefix)) for prefix in (*_COMMON, *_MORE.values()) if names.prefix(names.ns(prefix))}


_COMMON = (
    *("dc", "dcterms", "xmp", "xmpRights", "xmpMM", "xmpBJ", "xmpTPg", "xmpDM", "tiff", "exif", "exifEX", "aux"),
    *("iptc", "iptcExt", "plus", "mwg-rs", "mwg-kw", "photoshop", "crs", "lr", "digiKam", "MP", "MPRI", "acdsee"),
    "GPano",
)


def take_back_names() -> list[str]:
    """Let prefixes mean again what they commonly do, and return those for which a file had declared something else.

    exiv2 knows one namespace for each, in all files of a process: the last that a file declared.
    """
    names = exiv2().XmpProperties
    changed = [prefix for prefix, meaning in _meanings().items() if names.ns(prefix) != meaning]
    for prefix in changed:
        names.unregisterNs(names.ns(prefix))
        if names.ns(prefix) != _meanings()[prefix]:
            names.registerNs(_meanings()[prefix], prefix)
    return changed


@contextmanager
def complaints() -> Iterator[list[str]]:
    """Collect what exiv2 says of a file in its log and nowhere else: it leaves out what is broken, and reads on."""
    library, told = exiv2(), list[str]()
    listener = _Listener(told)
    log = logging.getLogger("exiv2")
    before = log.propagate, log.level
    log.propagate = False
    log.setLevel(logging.WARNING)
    log.addHandler(listener)
    library.LogMsg.setLevel(library.LogMsg.Level.warn)
    try:
        yield told
    finally:
        library.LogMsg.setLevel(library.LogMsg.Level.mute)
        log.removeHandler(listener)
        log.propagate = before[0]
        log.setLevel(before[1])


class _Listener(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Take a message in."""
        self._told.append(record.getMessage())


def top_of(key: str) -> str:
    """Return the top-level property of an XMP key: "Xmp.mwg-rs.Regions" for anything inside it."""
    return key.partition("/")[0].partition("[")[0]


def why(error: Exception) -> str:
    """Return the reason of an error in a few words: exiv2's own, without its number and the path before it."""
    words = str(error.args[-1]) if error.args else ""
    return words.rpartition(": ")[2][:120] or type(error).__name__
