"""A holder for the API key that no log, repr or traceback can reveal, and the removal of secrets from texts."""

from __future__ import annotations

import hmac
import re

#: The secret of a signed link is in its query; a user name or password may stand before the host.
_QUERY = re.compile(r"(https?://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", re.IGNORECASE)
_USER = re.compile(r"(https?://)[^\s/@]+@", re.IGNORECASE)
_SHORTEST_KEY = 12
#: Hexadecimal digits of a mark: enough to tell a few keys of one user apart.
_MARK = 16


class Secret:
    """A secret text; only `reveal()` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """Return the text itself: for the header of a request, and nothing else."""
        return self._text

    def mark(self, name: str) -> str:
        """Return a short digest by which the text is known again under the same `name`; "" for no text."""
        return hmac.new(name.encode(), self._text.encode(), "sha256").hexdigest()[:_MARK] if self._text else ""

    def scrub(self, text: str) -> str:
        """Return `text` without this secret and without queries of web addresses, which are secret in signed links."""
        if self._text:
            text = text.replace(self._text, "…")
        return without_queries(text)

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return an answer's body without this secret, also as JSON escapes it.

        A secret that is too short to be a key is left alone: the same text may stand there for something else.
        """
        key = self._text.encode("ascii", "ignore")
        if len(key) < _SHORTEST_KEY:
            return data
        return data.replace(key, b"...").replace(key.replace(b"/", b"\\/"), b"...")


def without_queries(text: str) -> str:
    """Return `text` without the queries, user names and passwords of web addresses."""
    return _USER.sub(r"\1", _QUERY.sub(r"\1?…", text))
