"""Presigned links: they need no key, name one method and one file, and end after an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from topazdesk.sandbox.intake import whole

LIFETIME_S = 3600
#: Path prefix of the store; another one than the API's, because the real store is another host.
PREFIX = "/storage"
_LATEST = 10**11


def root_of(request: Request) -> str:
    """Scheme and host as the client sees them: a proxy in between stays in between."""
    said = request.headers.get("x-forwarded-proto", "")
    scheme = said if said in ("http", "https") else request.url.scheme
    return f"{scheme}://{request.url.netloc}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and checks links with a secret of the state folder, so that they survive a restart."""

    key: bytes

    def link(self, base: str, kind: str, name: str, method: str, expiry: int) -> str:
        """URL under `base` for `method` on the file `name` of `kind` ("sources" or "results") until `expiry` (Unix seconds)."""
        signature = self._signature(kind, name, method, expiry)
        return f"{base}{PREFIX}/{kind}/{name}?expires={expiry}&method={method}&signature={signature}"

    def refusal(self, kind: str, name: str, method: str, query: Mapping[str, str], now: float) -> str | None:
        """Why a link does not open the file, in the words of object stores, or None."""
        expiry = whole(query.get("expires", ""), 0, _LATEST)
        if expiry is None or query.get("method") != method:
            return "SignatureDoesNotMatch"
        right = self._signature(kind, name, method, expiry)
        if not hmac.compare_digest(right.encode(), query.get("signature", "").encode()):
            return "SignatureDoesNotMatch"
        return "AccessDenied" if expiry <= now else None

    def _signature(self, kind: str, name: str, method: str, expiry: int) -> str:
        return hmac.new(self.key, f"{method} {kind}/{name} {expiry}".encode(), hashlib.sha256).hexdigest()
