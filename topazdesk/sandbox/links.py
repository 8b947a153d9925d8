"""Make and check presigned links: they need no key, are valid for one method and one file, and expire after an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from topazdesk.sandbox.multipart_form import whole

LIFETIME_S = 3600
#: Path prefix of the store; it differs from the API's, because the real store is on another host.
PREFIX = "/storage"
_LATEST = 10**11


def root_of(request: Request) -> str:
    """Return scheme and host as the client sees them, so that links go through the same proxy as the request."""
    forwarded = request.headers.get("x-forwarded-proto", "")
    scheme = forwarded if forwarded in ("http", "https") else request.url.scheme
    return f"{scheme}://{request.url.netloc}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A signer of links. Its secret comes from the state folder, so that links stay valid over a restart."""

    key: bytes

    def link(self, base: str, kind: str, name: str, method: str, expiry: int) -> str:
        """Return the URL below `base` for `method` on the file `name`, valid until `expiry` (Unix seconds).

        `kind` is "sources", "results" or "uploads".
        """
        signature = self._signature(kind, name, method, expiry)
        return f"{base}{PREFIX}/{kind}/{name}?expires={expiry}&method={method}&signature={signature}"

    def refusal(self, kind: str, name: str, method: str, query: Mapping[str, str], now: float) -> str | None:
        """Return why a link is not valid, as an object store's error code, or None."""
        expiry = whole(query.get("expires", ""), 0, _LATEST)
        if expiry is None or query.get("method") != method:
            return "SignatureDoesNotMatch"
        expected = self._signature(kind, name, method, expiry)
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            return "SignatureDoesNotMatch"
        return "AccessDenied" if expiry <= now else None

    def _signature(self, kind: str, name: str, method: str, expiry: int) -> str:
        return hmac.new(self.key, f"{method} {kind}/{name} {expiry}".encode(), hashlib.sha256).hexdigest()
