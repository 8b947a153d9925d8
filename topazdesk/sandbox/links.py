"""Presigned links: they need no key, name one method and one file, and end after an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

LIFETIME_S = 3600
#: Path prefix of the store; another one than the API's, because the real store is another host.
PREFIX = "/storage"


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
        expiry = query.get("expires", "")
        if not expiry.isdigit() or query.get("method") != method:
            return "SignatureDoesNotMatch"
        right = self._signature(kind, name, method, int(expiry))
        if not hmac.compare_digest(right.encode(), query.get("signature", "").encode()):
            return "SignatureDoesNotMatch"
        return "AccessDenied" if int(expiry) <= now else None

    def _signature(self, kind: str, name: str, method: str, expiry: int) -> str:
        return hmac.new(self.key, f"{method} {kind}/{name} {expiry}".encode(), hashlib.sha256).hexdigest()
