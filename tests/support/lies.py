"""The lies of `lying_proxy.py`: what services, networks and boxes between have told, or may tell.

Each is a value or a function that makes one. Seconds are real ones: whoever tells a lie knows how fast its clock runs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from tests.support.lying_proxy import BEYOND, DEEP, HUGE, Answer, Call, Exchange, Headers, Lie, made_up

Change = Callable[[Any], Any]
Entry = dict[str, Any]
_ALL = frozenset(Call)
_SMALL = frozenset({Call.LIST, Call.STATUS, Call.LINK})
_number = count()


def _about(*calls: Call) -> frozenset[Call]:
    return frozenset(calls)


def _changed(name: str, change: Change, *calls: Call) -> Lie:
    """The service's own answer with its JSON changed; refusals go through."""

    async def tell(exchange: Exchange) -> None:
        answer = await exchange.forward()
        is_data = answer.status == 200
        await exchange.answer(answer.with_json(change(answer.data)) if is_data else answer)

    return Lie(name, _about(*calls), tell)


# -- the paid call ------------------------------------------------------------------------------------------------------


async def _answer_lost(exchange: Exchange) -> None:
    await exchange.forward()
    exchange.hang_up()


async def _never_arrives(exchange: Exchange) -> None:
    await exchange.body()
    exchange.hang_up()


async def _cut_in_mid_upload(exchange: Exchange) -> None:
    await exchange.body(max(1, exchange.length // 2))
    exchange.hang_up()


async def _taken_but_no_gateway(exchange: Exchange) -> None:
    await exchange.forward()
    await exchange.answer(Answer(504, b"<html>Gateway timeout</html>", [(b"Content-Type", b"text/html")]))


async def _taken_but_signed_out(exchange: Exchange) -> None:
    await exchange.forward()
    await exchange.answer(Answer(200, b"<html>Sign in to the hotel</html>", [(b"Content-Type", b"text/html")]))


async def _id_of_another(exchange: Exchange) -> None:
    before = exchange.proxy.another("")
    answer = await exchange.forward()
    if before is not None and answer.status == 200:
        answer = answer.with_json({**answer.data, "process_id": before}).with_header("X-Process-ID", before)
    await exchange.answer(answer)


async def _eta_of_400_digits(exchange: Exchange) -> None:
    answer = await exchange.forward()
    if answer.status == 200:
        answer = answer.with_json({k: v for k, v in answer.data.items() if k != "eta"}).with_header("X-ETA", "9" * 400)
    await exchange.answer(answer)


async def _another_format(exchange: Exchange) -> None:
    """The service makes and keeps another format than the program asked for."""
    body, field = await exchange.body(), b'name="output_format"\r\n\r\n'
    asked = body.partition(field)[2].partition(b"\r\n")[0]
    made = b"png" if asked == b"jpeg" else b"jpeg"
    await exchange.answer(await exchange.forward(body=body.replace(field + asked, field + made)))


async def _early_refusal(exchange: Exchange) -> None:
    """413 in mid-upload; the rest is not read, and the service never hears of it."""
    await exchange.body(1)
    await exchange.answer(made_up(413, {"message": "Too large"}, [(b"Connection", b"close")]))
    await asyncio.sleep(0.2)


ANSWER_LOST = Lie("answer lost", _about(Call.SUBMIT), _answer_lost)
NEVER_ARRIVES = Lie("never arrives", _about(Call.SUBMIT), _never_arrives)
CUT_IN_MID_UPLOAD = Lie("cut in mid-upload", _about(Call.SUBMIT), _cut_in_mid_upload)
TAKEN_BUT_504 = Lie("taken, but 504", _about(Call.SUBMIT), _taken_but_no_gateway)
TAKEN_BUT_A_PAGE = Lie("taken, but a page", _about(Call.SUBMIT), _taken_but_signed_out)
ID_OF_ANOTHER = Lie("submit answered with another's id", _about(Call.SUBMIT), _id_of_another)
ETA_OF_400_DIGITS = Lie("X-ETA of 400 digits", _about(Call.SUBMIT), _eta_of_400_digits)
ANOTHER_FORMAT = Lie("another format than asked", _about(Call.SUBMIT), _another_format)
EARLY_REFUSAL = Lie("early refusal", _about(Call.SUBMIT), _early_refusal)


def upload_kept(seconds: float, *, is_silent: bool = False) -> Lie:
    """Something between keeps the whole upload, and delivers it `seconds` after it has reset the connection (or says nothing)."""

    async def tell(exchange: Exchange) -> None:
        await exchange.body()
        exchange.proxy.deliver_later(exchange.forward(), seconds)
        if is_silent:
            await exchange.until_gone()
        exchange.hang_up()

    return Lie(f"upload kept {seconds:g} s{', silently' if is_silent else ''}", _about(Call.SUBMIT), tell)


#: Answers to a submit that name no job; the service has taken it.
ODD_SUBMITS: tuple[tuple[str, object], ...] = (
    ("list", []),
    ("null", None),
    ("number", 7),
    ("deep", DEEP),
    ("huge number", HUGE),
    ("id is a number", {"process_id": 7}),
    ("id is huge", {"process_id": HUGE}),
    ("id is null", {"process_id": None}),
    ("id is empty", {"process_id": ""}),
    ("id is an object", {"process_id": {"id": "x"}}),
    ("id is a million letters", {"process_id": "x" * 1_000_000}),
)


def odd_submit(name: str, data: object) -> Lie:
    """Taken by the service, but the answer is this."""

    async def tell(exchange: Exchange) -> None:
        await exchange.forward()
        await exchange.answer(made_up(200, data))

    return Lie(f"odd answer to a submit: {name}", _about(Call.SUBMIT), tell)


def odd_eta(name: str, eta: object) -> Lie:
    """An answer to a submit that is right but for its `eta`."""
    return _changed(f"odd eta: {name}", lambda data: {**data, "eta": eta}, Call.SUBMIT)


ODD_ETAS = tuple(
    odd_eta(name, eta)
    for name, eta in (("huge", HUGE), ("beyond", BEYOND), ("NaN", float("nan")), ("text", "soon"), ("1e300", 1e300))
)


# -- the list -----------------------------------------------------------------------------------------------------------


def _list(name: str, change: Callable[[list[Entry]], list[Any]], *, and_status: Change | None = None) -> Lie:
    """A list whose entries are changed; `and_status` changes single answers the same way."""

    def of_page(data: Any) -> Any:
        if isinstance(data, list):
            return change(data)
        if isinstance(data, dict) and isinstance(data.get("data"), list):
            return {**data, "data": change(data["data"])}
        return and_status(data) if and_status is not None else data

    return _changed(name, of_page, *((Call.LIST, Call.STATUS) if and_status is not None else (Call.LIST,)))


def _of_ours(name: str, change: Callable[[list[Entry], list[str]], list[Entry]], *, and_status: bool = False) -> Lie:
    """A list whose entries are changed by whether they were started here: others may use the account at the same time."""

    async def tell(exchange: Exchange) -> None:
        answer, started = await exchange.forward(), exchange.proxy.started
        data = answer.data if answer.status == 200 else None
        if isinstance(data, dict) and isinstance(data.get("data"), list):
            answer = answer.with_json({**data, "data": change(data["data"], started)})
        elif isinstance(data, dict) and and_status:
            answer = answer.with_json(change([data], started)[0])
        await exchange.answer(answer)

    return Lie(name, _about(Call.LIST, Call.STATUS) if and_status else _about(Call.LIST), tell)


def _without(which: slice) -> Callable[[list[Entry], list[str]], list[Entry]]:
    """Leaves out those of our entries, newest first."""

    def change(entries: list[Entry], started: list[str]) -> list[Entry]:
        hidden = [e["process_id"] for e in entries if e["process_id"] in started][which]
        return [e for e in entries if e["process_id"] not in hidden]

    return change


def _renamed(entry: Entry) -> Entry:
    return {**entry, "filename": f"upload_{entry['process_id'][:8]}.png"}


def _nameless(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != "filename"}


def _of_another_upload(entry: Entry) -> Entry:
    return {**entry, "source_id": f"copy-of-{entry['process_id']}"}


OTHER_NAMES = _list("other names", lambda entries: [_renamed(e) for e in entries], and_status=_renamed)
NO_NAMES = _list("no names", lambda entries: [_nameless(e) for e in entries], and_status=_nameless)
OTHER_SOURCES = _list(
    "other uploads", lambda entries: [_of_another_upload(e) for e in entries], and_status=_of_another_upload
)
EMPTY_LIST = _list("empty list", lambda _: [])
HALF_A_LIST = _of_ours("half a list", _without(slice(0, None, 2)))
LIST_WITHOUT_THE_NEWEST = _of_ours("list without the newest", _without(slice(0, 1)))


def lagging_list(seconds: float) -> Lie:
    """Jobs younger than this are not listed yet."""
    return _list(
        f"list lags {seconds:g} s",
        lambda entries: [e for e in entries if e["creation_time"] < time.time() - seconds],
    )


def _no_end(data: Any) -> Any:
    return (
        {**data, "pagination": {"has_next_page": True, "next_cursor": "bm8tZW5k"}} if isinstance(data, dict) else data
    )


def _dead_end(data: Any) -> Any:
    return {**data, "pagination": {"has_next_page": True}} if isinstance(data, dict) else data


def _no_paging(data: Any) -> Any:
    return {"data": data["data"]} if isinstance(data, dict) else data


LIST_WITHOUT_END = _changed("list without end", _no_end, Call.LIST)
LIST_WITH_A_DEAD_END = _changed("list with a dead end", _dead_end, Call.LIST)
LIST_WITHOUT_PAGING = _changed("list without paging", _no_paging, Call.LIST)

#: One field of an entry that is not what the contract says.
ODD_FIELDS: tuple[tuple[str, object], ...] = (
    ("credits", 1.5),
    ("credits", 1e30),
    ("credits", "1"),
    ("credits", HUGE),
    ("credits", BEYOND),
    ("credits", float("nan")),
    ("credits", -1000),
    ("credits", [1]),
    ("message", {"text": "Something"}),
    ("message", ["a", 1]),
    ("message", "\x1b]0;owned\x07<img src='file:///etc/passwd'>" * 1000),
    ("error", {"code": 7}),
    ("status", None),
    ("status", 7),
    ("status", {"is": "Completed"}),
    ("progress", HUGE),
    ("progress", BEYOND),
    ("progress", "all"),
    ("eta", HUGE),
    ("eta", BEYOND),
    ("creation_time", HUGE),
    ("creation_time", "yesterday"),
    ("creation_time", -1e300),
    ("modification_time", BEYOND),
    ("output_width", HUGE),
    ("output_width", 1e30),
    ("output_width", -5),
    ("output_height", "tall"),
    ("filename", 7),
    ("filename", None),
    ("source_id", {}),
    ("model", 7),
    ("model", None),
    ("options_json", {"a": 1}),
    ("options_json", DEEP),
    ("output_format", 7),
)
#: Entries that are none.
ODD_ENTRIES: tuple[tuple[str, object], ...] = (
    ("null", None),
    ("a number", 7),
    ("a text", "job"),
    ("a list", []),
    ("deep", DEEP),
    ("huge", HUGE),
    ("no id", {"status": "Completed", "filename": "x.png"}),
    ("id null", {"process_id": None, "status": "Completed"}),
    ("id a number", {"process_id": 7, "status": "Completed"}),
)


def _stranger(**fields: object) -> Entry:
    """A finished job of somebody else on the same account."""
    now = int(time.time())
    return {
        "process_id": f"00000000-0000-4000-8000-{next(_number):012}",
        "source_id": "5a5a5a5a",
        "filename": "holiday.jpg",
        "status": "Completed",
        "progress": 100,
        "credits": 1,
        "model": "Standard V2",
        "output_format": "jpeg",
        "output_width": 4000,
        "output_height": 3000,
        "creation_time": now,
        "modification_time": now,
        **fields,
    }


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 24 else f"{text[:20]}…"


def odd_stranger(field: str, value: object) -> Lie:
    """A job of somebody else has one odd field, at the head of the list."""
    return _list(f"a stranger's {field} is {_short(value)}", lambda entries: [_stranger(**{field: value}), *entries])


def odd_own(field: str, value: object) -> Lie:
    """Every job has one odd field, in the list and asked singly."""
    return _list(
        f"our {field} is {_short(value)}",
        lambda entries: [{**e, field: value} for e in entries],
        and_status=lambda e: {**e, field: value},
    )


def odd_strangers(name: str, fields: Sequence[tuple[str, object]], entries: Sequence[object]) -> Lie:
    """All of these at once at the head of the list: jobs of others with one odd field each, and entries that are no jobs."""

    def change(ours: list[Entry]) -> list[Any]:
        return [*(_stranger(**{field: value}) for field, value in fields), *entries, *ours]

    return _list(f"strangers with {name}", change)


def odd_each(pairs: Sequence[tuple[str, object]]) -> Lie:
    """Each job of ours has one odd field, another one than the job before, in the list and asked singly."""

    def change(entries: list[Entry], started: list[str]) -> list[Entry]:
        return [
            {**e, **dict([pairs[started.index(e["process_id"]) % len(pairs)]])} if e["process_id"] in started else e
            for e in entries
        ]

    name = ", ".join(f"{field} {_short(value)}" for field, value in pairs)
    return _of_ours(f"each of ours is odd: {name}", change, and_status=True)


def odd_entry(name: str, entry: object) -> Lie:
    """Something in the list is no job at all."""
    return _list(f"an entry is {name}", lambda entries: [entry, *entries])


STRANGERS = _list(
    "strangers in the list", lambda entries: [_stranger(), _stranger(filename=None), *entries, _stranger()]
)


def for_a_while(lie: Lie, seconds: float) -> Lie:
    """This lie from its first telling on for so long, then the truth."""
    end = [0.0]

    async def tell(exchange: Exchange) -> None:
        end[0] = end[0] or time.monotonic() + seconds
        if time.monotonic() < end[0]:
            await lie.tell(exchange)
        else:
            await exchange.answer(await exchange.forward())

    return Lie(f"{lie.name} for {seconds:g} s", lie.calls, tell)


# -- one job ------------------------------------------------------------------------------------------------------------


async def _status_of_another(exchange: Exchange) -> None:
    other = exchange.proxy.another(exchange.job_id)
    target = exchange.target if other is None else exchange.target.replace(exchange.job_id, other)
    await exchange.answer(await exchange.forward(target=target))


async def _not_known(exchange: Exchange) -> None:
    await exchange.body()
    await exchange.answer(made_up(404, {"message": "Not found"}))


STATUS_OF_ANOTHER = Lie("status of another", _about(Call.STATUS), _status_of_another)
NOT_KNOWN = Lie("job not known", _about(Call.STATUS, Call.LINK), _not_known)

ODD_LINKS: tuple[object, ...] = (7, None, "", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::1", "//", DEEP)


def odd_link(url: object) -> Lie:
    """A link that leads nowhere."""
    return _changed(f"link is {_short(url)}", lambda data: {**data, "download_url": url}, Call.LINK)


ODD_BALANCES: tuple[object, ...] = (1.5, "many", HUGE, BEYOND, -1000, None)


def odd_balance(credits: object) -> Lie:
    """Credits that are no number of credits."""
    return _changed(f"balance is {_short(credits)}", lambda data: {**data, "available_credits": credits}, Call.BALANCE)


# -- any call -----------------------------------------------------------------------------------------------------------


def retry_after(seconds: str = "1000000000", status: int = 503, *calls: Call) -> Lie:
    """Busy, and it asks to be left alone for a long time. Nothing reaches the service."""
    headers: Headers = [(b"Retry-After", seconds.encode())]

    async def tell(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.answer(made_up(status, {"message": "Busy"}, headers))

    return Lie(f"{status} with Retry-After {_short(seconds)}", _about(*calls) or _SMALL, tell)


def interim_answers(how_many: int) -> Lie:
    """So many 103 before the true answer."""

    async def tell(exchange: Exchange) -> None:
        answer = await exchange.forward()
        for _ in range(how_many):
            await exchange.interim(103)
        await exchange.answer(answer)

    return Lie(f"{how_many} interim answers", _ALL, tell)


async def _interim_without_end(exchange: Exchange) -> None:
    await exchange.forward()
    while True:
        await exchange.interim(103)
        await asyncio.sleep(0.01)


INTERIM_WITHOUT_END = Lie("interim answers without end", _SMALL | _about(Call.SUBMIT), _interim_without_end)


def slow_head(apart_s: float) -> Lie:
    """The answer's head comes one byte at a time, and has no end."""

    async def tell(exchange: Exchange) -> None:
        await exchange.forward()
        await exchange.send_raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            await exchange.send_raw(b"a")
            await asyncio.sleep(apart_s)

    return Lie(f"a head of one byte in {apart_s:g} s", _SMALL | _about(Call.SUBMIT), tell)


def slow_answer(apart_s: float) -> Lie:
    """The same with a body."""

    async def tell(exchange: Exchange) -> None:
        await exchange.forward()
        await exchange.send_raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        while True:
            await exchange.send_raw(b" ")
            await asyncio.sleep(apart_s)

    return Lie(f"a body of one byte in {apart_s:g} s", _SMALL | _about(Call.SUBMIT), tell)


async def _endless_answer(exchange: Exchange) -> None:
    await exchange.forward()
    await exchange.send_raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        await exchange.send_raw(b" " * 1_000_000)


ENDLESS_ANSWER = Lie("an answer without end", _SMALL | _about(Call.SUBMIT), _endless_answer)


async def _a_page(exchange: Exchange) -> None:
    await exchange.body()
    await exchange.answer(Answer(200, b"<html>Sign in to the hotel</html>", [(b"Content-Type", b"text/html")]))


A_PAGE = Lie("a page", _SMALL, _a_page)


# -- the result ---------------------------------------------------------------------------------------------------------


def _result_head(answer: Answer, length: str) -> bytes:
    kind = dict(answer.headers).get(b"content-type", b"application/octet-stream")
    return b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n" + length.encode() + b"\r\n"


async def _endless_result(exchange: Exchange) -> None:
    answer = await exchange.forward()
    await exchange.send_raw(_result_head(answer, "") + answer.body)
    while True:
        await exchange.send_raw(bytes(1_000_000))


async def _ten_terabytes(exchange: Exchange) -> None:
    answer = await exchange.forward()
    await exchange.send_raw(_result_head(answer, "Content-Length: 10000000000000\r\n") + answer.body)
    while True:
        await exchange.send_raw(bytes(1_000_000))


async def _flipped_byte(exchange: Exchange) -> None:
    answer = await exchange.forward()
    place = len(answer.body) // 2
    body = bytearray(answer.body)
    if body:  # a range past the end has none
        body[place] ^= 0xFF
    await exchange.answer(Answer(answer.status, bytes(body), answer.headers))


async def _cut_result(exchange: Exchange) -> None:
    answer = await exchange.forward()
    length = f"Content-Length: {len(answer.body)}\r\n"
    await exchange.send_raw(_result_head(answer, length) + answer.body[: len(answer.body) // 2])
    exchange.hang_up()


ENDLESS_RESULT = Lie("a result without end", _about(Call.RESULT), _endless_result)
TEN_TERABYTES = Lie("a result of 10 TB", _about(Call.RESULT), _ten_terabytes)
FLIPPED_BYTE = Lie("a flipped byte", _about(Call.RESULT), _flipped_byte)
CUT_RESULT = Lie("a result cut short", _about(Call.RESULT), _cut_result)


# -- all of them --------------------------------------------------------------------------------------------------------


def every_lie(second: float) -> dict[str, tuple[Lie, ...]]:
    """All of them by kind, to draw from; `second` is how long the lies of time take for one second."""
    return {
        "lost answer": (ANSWER_LOST, TAKEN_BUT_504, TAKEN_BUT_A_PAGE),
        "lost submit": (NEVER_ARRIVES, CUT_IN_MID_UPLOAD),
        "early refusal": (EARLY_REFUSAL,),
        "kept upload": (upload_kept(2 * second), upload_kept(5 * second, is_silent=True)),
        "id of another": (ID_OF_ANOTHER,),
        "odd submit": tuple(odd_submit(name, data) for name, data in ODD_SUBMITS),
        "odd eta": (ETA_OF_400_DIGITS, *ODD_ETAS),
        "another format": (ANOTHER_FORMAT,),
        "other names": (OTHER_NAMES, NO_NAMES, OTHER_SOURCES),
        "list that lacks": (EMPTY_LIST, HALF_A_LIST, LIST_WITHOUT_THE_NEWEST, lagging_list(5 * second)),
        "list without end": (LIST_WITHOUT_END, LIST_WITH_A_DEAD_END, LIST_WITHOUT_PAGING),
        "odd stranger": (STRANGERS, *(odd_stranger(field, value) for field, value in ODD_FIELDS)),
        "odd entry": tuple(odd_entry(name, entry) for name, entry in ODD_ENTRIES),
        "odd job": tuple(odd_own(field, value) for field, value in ODD_FIELDS),
        "status of another": (STATUS_OF_ANOTHER,),
        "not known": (NOT_KNOWN,),
        "odd link": tuple(odd_link(url) for url in ODD_LINKS),
        "odd balance": tuple(odd_balance(credits) for credits in ODD_BALANCES),
        "retry after": (retry_after(), *(retry_after(s, 429, Call.SUBMIT) for s in ("1000000000", "9" * 400))),
        "interim": (interim_answers(3), INTERIM_WITHOUT_END),
        "slow": (slow_head(second), slow_answer(second)),
        "endless": (ENDLESS_ANSWER, ENDLESS_RESULT, TEN_TERABYTES),
        "page": (A_PAGE,),
        "damaged result": (FLIPPED_BYTE, CUT_RESULT),
    }
