"""Apply scenarios to requests and responses, in an outer layer where the network and a front server would be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from topazdesk.errors import UseError
from topazdesk.sandbox.answers import error_answer
from topazdesk.sandbox.protocol import cut
from topazdesk.sandbox.scenario import NO_EFFECT, Effect, Scenario

_KEY = "topazdesk.fault"


@dataclass(slots=True)
class Fault:
    """The effect on one request; the submit handler may set it later, when it has read which model is requested."""

    effect: Effect = NO_EFFECT


def effect_on(scope: MutableMapping[str, Any]) -> Effect:
    """Return what the scenario does to this request."""
    fault: Fault = scope[_KEY]
    return fault.effect


def set_effect(scope: MutableMapping[str, Any], effect: Effect) -> None:
    """Replace the effect on the rest of this request."""
    scope[_KEY].effect = effect


def canned(effect: Effect) -> Response | None:
    """Return the response that the scenario prescribes, or None."""
    if effect.status is None:
        return None
    if effect.body is None:
        return error_answer(effect.status, "", effect.headers)
    if isinstance(effect.body, str):
        return Response(effect.body, effect.status, dict(effect.headers))
    return JSONResponse(effect.body, effect.status, dict(effect.headers))


class FaultLayer:
    """ASGI middleware that applies a scenario.

    It calls `before(effect, path)` ahead of each request, for effects that change the account or jobs: top-ups and jobs
    that vanish.
    """

    def __init__(self, app: ASGIApp, scenario: Scenario, before: Callable[[Effect, str], Awaitable[None]]) -> None:
        self._app = app
        self._scenario = scenario
        self._before = before

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            effect = self._scenario.effect(scope["method"], scope["path"])
        except UseError as error:
            # The author of a scenario must see what is wrong with it while the server runs.
            await error_answer(500, f"{error.title} {error.details}")(scope, receive, send)
            return
        fault = Fault(effect)
        scope[_KEY] = fault
        await self._before(effect, scope["path"])
        if effect.delay_s:
            await asyncio.sleep(effect.delay_s)
        if effect.drop == "before":
            cut(scope["client"], reset=True)
            return
        answer = _Answer(scope, send, fault)
        if effect.cut_request_at is not None:
            receive = _CutRequest(scope, receive, effect.cut_request_at, answer)
        prescribed = canned(effect)
        await (self._app if prescribed is None else prescribed)(scope, receive, answer)


class _CutRequest:
    """An ASGI `receive` that cuts the connection once `limit` bytes of the request's body have come."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, answer: _Answer) -> None:
        self._scope = scope
        self._receive = receive
        self._left = limit
        self._answer = answer

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if message["type"] == "http.request" and self._left <= 0:
            cut(self._scope["client"], reset=True)
            self._answer.is_over = True
            return {"type": "http.disconnect"}
        return message


class _Answer:
    """An ASGI `send` that changes the response as the scenario says. After a cut, `is_over`, it sends nothing more."""

    def __init__(self, scope: Scope, send: Send, fault: Fault) -> None:
        self._scope = scope
        self._send = send
        self._fault = fault
        self._sent_bytes = 0
        self.is_over = False

    async def __call__(self, message: Message) -> None:
        if self.is_over:
            return
        effect = self._fault.effect
        if effect is NO_EFFECT:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._start(message, effect)
        else:
            await self._body(message, effect)

    async def _start(self, message: Message, effect: Effect) -> None:
        if effect.answer_delay_s:
            await asyncio.sleep(effect.answer_delay_s)
        if effect.drop == "after":
            self._end(reset=True)
            return
        headers = list(message.get("headers", []))
        if effect.truncate is not None:
            headers = [
                (name, str(min(int(value), effect.truncate)).encode()) if name == b"content-length" else (name, value)
                for name, value in headers
            ]
        if effect.status is None:
            headers += [(name.lower().encode(), value.encode()) for name, value in effect.headers.items()]
        await self._send({**message, "headers": headers})

    async def _body(self, message: Message, effect: Effect) -> None:
        body: bytes = message.get("body", b"")
        start = self._sent_bytes
        self._sent_bytes += len(body)
        if effect.corrupt is not None:
            body = _flipped(body, start, effect.corrupt)
        if effect.truncate is not None:
            body = body[: max(0, effect.truncate - start)]
        limit = effect.cut_answer_at
        if limit is not None and self._sent_bytes >= limit:
            await self._send({**message, "body": body[: max(0, limit - start)], "more_body": True})
            self._end(reset=False)
            return
        await self._send({**message, "body": body})

    def _end(self, *, reset: bool) -> None:
        self.is_over = True
        cut(self._scope["client"], reset=reset)


def _flipped(body: bytes, start: int, first: int) -> bytes:
    """Return `body`, which starts at offset `start` of the response, with every 7th byte from `first` on inverted."""
    changed = bytearray(body)
    begin = max(first - start, (first - start) % 7)
    for place in range(begin, len(changed), 7):
        changed[place] ^= 0xFF
    return bytes(changed)
