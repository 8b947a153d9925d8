"""Load exiv2 once, quiet, with the namespaces that it does not know."""

from __future__ import annotations

import importlib
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


def why(error: Exception) -> str:
    """Return the reason of an error in a few words: exiv2's own, without its number and the path before it."""
    words = str(error.args[-1]) if error.args else ""
    return words.rpartition(": ")[2][:120] or type(error).__name__
