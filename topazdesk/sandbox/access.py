"""Check the API key of each request before its body is read, and track activity for `--idle-exit`."""

from __future__ import annotations

import hmac
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from topazdesk.sandbox import runflow_app
from topazdesk.sandbox.answers import error_answer
from topazdesk.sandbox.runflow_answers import runflow_error

_GUARDED = ("/image/v1", "/account/v1")


class KeyCheck:
    """ASGI middleware that answers 401 to a missing or wrong key on the APIs' paths. Links to the store need no key.

    Topaz expects the key as `X-API-Key`, Runflow as `Authorization: Bearer`; neither accepts the other's header.
    """

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] == "http" and scope["path"].startswith(_GUARDED):
            if not self._is_right(Headers(scope=scope).get("x-api-key", "")):
                await error_answer(401, "Unauthorized")(scope, receive, send)
                return
        elif scope["type"] == "http" and runflow_app.is_guarded(scope["path"]):
            scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not self._is_right(given.strip()):
                await runflow_error(401, "Unauthorized")(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._key)


class Activity:
    """ASGI middleware that knows when the last request ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running = 0
        self._last = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request while it runs, and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1
            self._last = time.monotonic()

    def idle_s(self) -> float:
        """Return the seconds since the last request ended; 0 while one is running."""
        return 0.0 if self._running else time.monotonic() - self._last
