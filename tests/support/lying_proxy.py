"""A reverse proxy that lies: it stands where the service is expected and tells what `lies.py` holds, one by one or drawn at random.

It understands the calls of the contract (submit, list, status, link, result …), so that a lie can be about one of them. What is
not lied about goes through as it is. `proxy.py` breaks connections below HTTP; this one speaks it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

import h11

from tests.support.listening import Listening, reset

Headers = list[tuple[bytes, bytes]]


class Call(StrEnum):
    """What the program asks for."""

    SUBMIT = "submit"
    LIST = "list"
    STATUS = "status"
    LINK = "link"
    RESULT = "result"
    CANCEL = "cancel"
    PRICE = "price"
    BALANCE = "balance"
    OTHER = "other"


_CALLS = (
    (Call.SUBMIT, "POST", re.compile(r"^/image/v1/[a-z-]+/async$")),
    (Call.LIST, "GET", re.compile(r"^/image/v1/status$")),
    (Call.STATUS, "GET", re.compile(r"^/image/v1/status/.")),
    (Call.LINK, "GET", re.compile(r"^/image/v1/download/.")),
    (Call.RESULT, "GET", re.compile(r"^/storage/results/")),
    (Call.CANCEL, "DELETE", re.compile(r"^/image/v1/cancel/")),
    (Call.PRICE, "POST", re.compile(r"^/image/v1/estimate")),
    (Call.BALANCE, "GET", re.compile(r"^/account/v1/credits/balance$")),
)


def call_of(method: str, path: str) -> Call:
    """Which call a request is."""
    return next((c for c, verb, shape in _CALLS if verb == method and shape.search(path)), Call.OTHER)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the service, or a made-up one."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)

    @property
    def data(self) -> Any:
        """Its JSON."""
        return json.loads(self.body)

    def with_json(self, data: object) -> Answer:
        """The same with other data."""
        return replace(self, body=as_json(data))

    def with_header(self, name: str, value: str) -> Answer:
        """The same with this header in place of those of its name."""
        kept = [(n, v) for n, v in self.headers if n.lower() != name.lower().encode()]
        return replace(self, headers=[*kept, (name.encode(), value.encode())])


#: Stand for what Python's own JSON cannot write: a number of 5,000 digits, one beyond all floats, a list 50,000 deep.
HUGE, BEYOND, DEEP = "@huge@", "@beyond@", "@deep@"
_RAW = {HUGE: "9" * 5000, BEYOND: "1e400", DEEP: "[" * 50_000 + "]" * 50_000}


def as_json(data: object) -> bytes:
    """JSON of data, whose `HUGE`, `BEYOND` and `DEEP` become what they stand for; NaN is written as Python writes it."""
    text = json.dumps(data)
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode()


def made_up(status: int, data: object = None, headers: Headers | None = None) -> Answer:
    """An answer that the service never gave."""
    return Answer(status, as_json(data), [(b"Content-Type", b"application/json"), *(headers or [])])


class Promises(Protocol):
    """A clock that waits for what was promised; see `whole_run.RunClock`."""

    def promise(self, real_s: float = ...) -> float: ...
    def keep(self, moment: float) -> None: ...
    async def until(self, passed: float) -> None: ...


class HungUp(Exception):
    """The exchange ends here, with a TCP reset."""


class Exchange:
    """One request and what a lie makes of it. A lie answers once (`answer`, `send_raw`), or hangs up."""

    def __init__(self, proxy: LyingProxy, request: h11.Request, talk: _Talk) -> None:
        self.proxy = proxy
        self.method, self.target = request.method.decode(), request.target.decode()
        self.path = urlsplit(self.target).path
        self.call = call_of(self.method, self.path)
        self.headers: Headers = [(bytes(n), bytes(v)) for n, v in request.headers]
        self._talk = talk
        self._body: bytes | None = None

    @property
    def length(self) -> int:
        """Bytes of the body that the request promises."""
        return int(dict(self.headers).get(b"content-length", b"0"))

    @property
    def job_id(self) -> str:
        """The job that the path names."""
        return self.path.rpartition("/")[2]

    async def body(self, most: int | None = None) -> bytes:
        """The request's body, or its first `most` bytes and perhaps some more."""
        if self._body is None:
            data = await self._talk.body(most)
            if most is not None:
                return data
            self._body = data
        return self._body

    async def forward(self, *, target: str = "", body: bytes | None = None) -> Answer:
        """The service's own answer to this request, or to one that differs a little."""
        data = await self.body() if body is None else body
        with self.proxy.promised():
            answer = await self.proxy.ask(self.method, target or self.target, self.headers, data)
        self.proxy.remember(self.call, answer)
        return answer

    async def answer(self, answer: Answer) -> None:
        """Answers the program; the connection stays where all of the request was read."""
        await self._talk.answer(answer)

    async def interim(self, status: int) -> None:
        """An interim answer before the true one."""
        await self._talk.interim(status)

    async def send_raw(self, data: bytes) -> None:
        """Bytes as they are; the connection cannot be used for another request then."""
        await self._talk.send_raw(data)

    async def until_gone(self) -> None:
        """Waits until the program has ended the connection."""
        await self._talk.until_gone()

    def hang_up(self) -> None:
        """Ends the connection with a reset."""
        raise HungUp


Telling = Callable[[Exchange], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Lie:
    """One lie: about which calls, and how it is told."""

    name: str
    calls: frozenset[Call]
    tell: Telling

    def __str__(self) -> str:
        return self.name


class LyingProxy(Listening):
    """`with LyingProxy(service_url) as proxy`: programs use `proxy.url`.

    `plan` gives lies to the next calls that they are about, `always` to every one of them, `draw` to calls at random.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = (parts.hostname, parts.port)
        self._lock = threading.Lock()
        self._plan: deque[Lie] = deque()
        self._always: tuple[Lie, ...] = ()
        self._drawn: dict[str, tuple[Lie, ...]] = {}
        self._chance, self._share = random.Random(0), 0.0
        self._kept = 0
        self._delivered = threading.Event()
        self._delivered.set()
        self._later: set[asyncio.Task[None]] = set()
        #: Of who is lied to, if it is one of the tests: it does not pass the moment of what is kept back or under way.
        self.clock: Promises | None = None
        self.told: Counter[str] = Counter()
        #: Jobs that the service has started through here, oldest first.
        self.started: list[str] = []
        super().__init__("lying-proxy")

    # -- what is lied about -------------------------------------------------------------------------------------------

    def plan(self, *lies: Lie) -> None:
        """Each is told once, to the next call that it is about."""
        with self._lock:
            self._plan.extend(lies)

    def always(self, *lies: Lie) -> None:
        """From now on these are told whenever they fit, the first that does, in place of those before."""
        with self._lock:
            self._always = lies

    def draw(self, kinds: Mapping[str, Sequence[Lie]], seed: int, share: float) -> None:
        """From now on a `share` of all calls is lied about: a kind that fits is drawn, and one of its lies."""
        with self._lock:
            self._drawn = {kind: tuple(lies) for kind, lies in kinds.items()}
            self._chance, self._share = random.Random(seed), share

    def clear(self) -> None:
        """The truth from now on. What is kept back is still delivered."""
        with self._lock:
            self._plan.clear()
            self._always, self._drawn = (), {}

    @property
    def left(self) -> int:
        """Lies of the plan that have not been told yet."""
        with self._lock:
            return len(self._plan)

    def wait_until_delivered(self, most_s: float = 400.0) -> None:
        """Blocks until nothing is kept back any more."""
        assert self._delivered.wait(most_s), "an upload is still kept back"

    def _choose(self, call: Call) -> Lie | None:
        with self._lock:
            fitting = [lie for lie in self._plan if call in lie.calls]
            if fitting:
                self._plan.remove(fitting[0])
            else:
                fitting = [lie for lie in self._always if call in lie.calls]
            if not fitting and self._drawn and self._chance.random() < self._share:
                kinds = [[lie for lie in lies if call in lie.calls] for lies in self._drawn.values()]
                fitting = self._chance.choice([kind for kind in kinds if kind] or [[]])
                self._chance.shuffle(fitting)
            if not fitting:
                return None
            self.told[fitting[0].name] += 1
            return fitting[0]

    # -- what lies use ------------------------------------------------------------------------------------------------

    def remember(self, call: Call, answer: Answer) -> None:
        """Keeps the ids of started jobs."""
        if call is Call.SUBMIT and answer.status == 200:
            self.started.append(str(answer.data["process_id"]))

    def another(self, job_id: str) -> str | None:
        """A started job that is not this one, the newest."""
        return next((each for each in reversed(self.started) if each != job_id), None)

    @contextlib.contextmanager
    def promised(self, seconds: float = 0.0) -> Iterator[float]:
        """What is done in this block will be over in so many seconds by the clock of who is lied to."""
        clock = self.clock
        moment = 0.0 if clock is None else clock.promise(seconds)
        try:
            yield moment
        finally:
            if clock is not None:
                clock.keep(moment)

    def deliver_later(self, work: Coroutine[Any, Any, Any], seconds: float) -> None:
        """Does something after the exchange is over, as a store-and-forward box does."""
        self._kept += 1
        self._delivered.clear()
        promised = contextlib.ExitStack()
        task = asyncio.ensure_future(
            self._deliver(work, seconds, promised.enter_context(self.promised(seconds)), promised)
        )
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _deliver(
        self, work: Coroutine[Any, Any, Any], seconds: float, moment: float, promised: contextlib.ExitStack
    ) -> None:
        try:
            await (asyncio.sleep(seconds) if self.clock is None else self.clock.until(moment))
            with suppress(OSError, h11.ProtocolError):
                await work
        finally:
            promised.close()
            work.close()
            self._kept -= 1
            if not self._kept:
                self._delivered.set()

    async def ask(self, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        """Asks the service, on a connection of its own."""
        reader, writer = await self.connect(*self._upstream)
        try:
            upstream = h11.Connection(h11.CLIENT)
            dropped = (b"content-length", b"transfer-encoding", b"connection", b"expect", b"accept-encoding")
            kept = [(n, v) for n, v in headers if n.lower() not in dropped]
            kept += [(b"Connection", b"close"), (b"Content-Length", str(len(body)).encode())]
            writer.write(upstream.send(h11.Request(method=method, target=target, headers=kept)) or b"")
            writer.write(upstream.send(h11.Data(data=body)) or b"")
            writer.write(upstream.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            head: h11.Response | None = None
            answer = bytearray()
            while True:
                event = upstream.next_event()
                if event is h11.NEED_DATA:
                    upstream.receive_data(await reader.read(65_536))
                elif isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    answer += event.data
                elif isinstance(event, h11.EndOfMessage) and head is not None:
                    told = [
                        (n, v)
                        for n, v in head.headers
                        if n not in (b"connection", b"content-length", b"transfer-encoding")
                    ]
                    return Answer(head.status_code, bytes(answer), told)
        finally:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the program."""
        talk = _Talk(reader, writer)
        try:
            while (request := await talk.request()) is not None:
                exchange = Exchange(self, request, talk)
                lie = self._choose(exchange.call)
                if lie is None:
                    await exchange.answer(await exchange.forward())
                else:
                    await lie.tell(exchange)
                if not talk.goes_on():
                    return
        except (HungUp, h11.ProtocolError):
            reset(writer)
        finally:
            writer.close()


class _Talk:
    """The program's side of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._state = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        self._is_raw = False

    async def request(self) -> h11.Request | None:
        event = await self._event()
        return event if isinstance(event, h11.Request) else None

    async def body(self, most: int | None) -> bytes:
        data = bytearray()
        while most is None or len(data) < most:
            event = await self._event()
            if not isinstance(event, h11.Data):
                break
            data += event.data
        return bytes(data)

    async def answer(self, answer: Answer) -> None:
        headers = [*answer.headers, (b"Content-Length", str(len(answer.body)).encode())]
        self._writer.write(self._state.send(h11.Response(status_code=answer.status, headers=headers)) or b"")
        self._writer.write(self._state.send(h11.Data(data=answer.body)) or b"")
        self._writer.write(self._state.send(h11.EndOfMessage()) or b"")
        await self._writer.drain()

    async def interim(self, status: int) -> None:
        said = h11.InformationalResponse(status_code=status, headers=[(b"Link", b"</a.css>; rel=preload")])
        self._writer.write(self._state.send(said) or b"")
        await self._writer.drain()

    async def until_gone(self) -> None:
        self._is_raw = True
        while await self._reader.read(65_536):
            pass

    async def send_raw(self, data: bytes) -> None:
        self._is_raw = True
        self._writer.write(data)
        await self._writer.drain()

    def goes_on(self) -> bool:
        """Whether another request may come on this connection."""
        if self._is_raw or self._state.our_state is not h11.DONE or self._state.their_state is not h11.DONE:
            return False
        self._state.start_next_cycle()
        return True

    async def _event(self) -> object:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            self._state.receive_data(await self._reader.read(65_536))
        return event
