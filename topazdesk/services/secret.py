"""A value that must not be seen: the API key. Its text form is dots, so that no log, repr or traceback can carry it."""

from __future__ import annotations

import re

#: A signed link keeps its secret in the query; a user name or password may stand before the host.
_QUERY = re.compile(r"(https?://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", re.IGNORECASE)
_USER = re.compile(r"(https?://)[^\s/@]+@", re.IGNORECASE)
_SHORTEST_KEY = 12


class Secret:
    """Holds a text; only `reveal()` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """The text itself: for the header of a request, nothing else."""
        return self._text

    def scrub(self, text: str) -> str:
        """`text` without this secret and without the queries of web addresses (a signed link is its query)."""
        if self._text:
            text = text.replace(self._text, "…")
        return without_queries(text)

    def scrub_bytes(self, data: bytes) -> bytes:
        """An answer without this secret, as JSON spells it; shorter ones than keys are may stand there for something else."""
        key = self._text.encode("ascii", "ignore")
        if len(key) < _SHORTEST_KEY:
            return data
        return data.replace(key, b"...").replace(key.replace(b"/", b"\\/"), b"...")


def without_queries(text: str) -> str:
    """`text` without the queries of web addresses, and without names and passwords in them."""
    return _USER.sub(r"\1", _QUERY.sub(r"\1?…", text))
