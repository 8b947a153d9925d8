"""Downloads a result from a signed link, as a stream.

Storage hosts answer in their own way (S3 style, with XML errors). An expired link gives 403 there; 400, 404 or 410
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from topazdesk.errors import BusyError, Code, NotFoundError, ResultError, Retry, ServiceError, TopazdeskError
from topazdesk.language import say
from topazdesk.services.address import link_address
from topazdesk.services.answers import Answer
from topazdesk.services.connection_trouble import connection_error
from topazdesk.services.facts import ServiceFacts
from topazdesk.services.http import Http
from topazdesk.services.retry_after import retry_after, when_text
from topazdesk.services.unpacking import packing, unpacked
from topazdesk.services.wire import text

#: Bytes are collected to chunks of this size, so that the thread that writes them is not called for every packet.
CHUNK = 256 * 1024

#: Answers that name another place (S3 gives 307 while a bucket is new or moves), and how many are followed in a row.
_SENT_ON = frozenset({301, 302, 303, 307, 308})
_MOST_STEPS = 5

_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)


class LinkDownload:
    """An open download.

    `offset` is where the stream really starts: 0 if the storage ignored the request to start later. `total` is the size
    of the whole result in bytes, or None. What comes packed is unpacked; its size is not known beforehand.
    """

    def __init__(
        self,
        response: httpx.Response,
        facts: ServiceFacts,
        offset: int,
        total: int | None,
        most_bytes: int | None,
        *,
        is_packed: bool,
    ) -> None:
        self._response = response
        self._facts = facts
        self._left = most_bytes - offset if most_bytes is not None else None
        self._is_packed = is_packed
        self.offset = offset
        self.total = total

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield chunks of 256 to 512 KiB.

        Raises NetworkError if the connection breaks before the end, ResultError if more comes than the result can have.
        """
        gathered: list[bytes] = []
        size = 0
        broken: httpx.TransportError | None = None
        try:
            raw = self._response.aiter_raw()
            async for part in unpacked(raw) if self._is_packed else raw:
                gathered.append(part)
                size += len(part)
                if self._left is not None:
                    self._left -= len(part)
                    if self._left < 0:
                        raise _too_long("it went on and on")
                if size >= CHUNK:
                    yield b"".join(gathered)
                    gathered, size = [], 0
        except httpx.TransportError as exc:
            broken = exc
        if gathered:  # also before a break: the next attempt continues after these bytes
            yield b"".join(gathered)
        if broken is not None:
            raise connection_error(broken, self._facts, sent=True) from None


@asynccontextmanager
async def open_download(
    http: Http, link: str, offset: int, most_bytes: int | None = None
) -> AsyncIterator[LinkDownload]:
    """Open a result as a stream, from byte `offset` if the storage supports it.

    Raises NotFoundError with code "service.link_expired" for an expired link, ResultError for more than `most_bytes`,
    BusyError, NetworkError and ServiceError.
    """
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    async with _followed(http, link, headers) as response:
        # A range of packed bytes is of no use: the part on disk is not packed.
        if response.status_code != 416 and not (response.status_code == 206 and packing(response.headers)):
            yield _accept(http, response, offset, most_bytes)
            return
    # Nothing after this offset: the part on disk is as long as the result, or longer. Only the whole file can tell.
    async with _followed(http, link, {}) as response:
        yield _accept(http, response, 0, most_bytes)


@asynccontextmanager
async def _followed(http: Http, link: str, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
    """Open a link, or the place that the storage sends on to from it: a link is its own permission, no key goes along.

    Every place is held to the same rules as the link itself. Gives the last answer, also one that sends on for ever.
    """
    for step in range(_MOST_STEPS):
        async with http.open_link(link, headers) as response:
            target = _sent_on_to(http, response)
            if target is None or step == _MOST_STEPS - 1:
                yield response
                return
        link = target


def _sent_on_to(http: Http, response: httpx.Response) -> str | None:
    """Return the place that an answer sends on to, None for all that is no such answer or names none that is secure."""
    where = response.headers.get("Location", "")
    if response.status_code not in _SENT_ON or not where:
        return None
    try:
        return str(link_address(str(response.url.join(where)), http.base))
    except (httpx.InvalidURL, ServiceError):
        return None


def _accept(http: Http, response: httpx.Response, offset: int, most_bytes: int | None) -> LinkDownload:
    if response.status_code not in (200, 206):
        raise _refusal(http, response)
    answer = _head_of(response)
    if answer.is_html:
        raise http.reader.not_an_answer(answer)
    is_packed = bool(packing(response.headers))
    total = None if is_packed else _length(response.headers)
    if response.status_code == 206:
        found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if found is None or int(found[1]) != offset:
            raise ResultError(
                "The download did not go on where it had stopped",
                "The result is still kept at the service. It is fetched again from its start; that costs nothing.",
                details=f"Content-Range: {text(response.headers.get('Content-Range', 'missing'))}, "
                f"wanted from {offset}",
                code=Code.RESULT_WRONG_RANGE,
                retry=Retry.LATER,
            )
        total = None if found[3] == "*" else int(found[3])
    else:
        offset = 0
    if most_bytes is not None and (total or 0) > most_bytes:
        raise _too_long(f"{total:,} bytes announced, {most_bytes:,} at most")
    return LinkDownload(response, http.facts, offset, total, most_bytes, is_packed=is_packed)


def _too_long(details: str) -> ResultError:
    return ResultError(
        "The download is longer than a result of this size can be",
        "It was stopped. The result is fetched again from its start; that costs nothing.",
        details=details,
        code=Code.RESULT_TOO_LONG,
        retry=Retry.LATER,
    )


def _refusal(http: Http, response: httpx.Response) -> TopazdeskError:
    status = response.status_code
    if status in (400, 401, 403, 404, 410):
        return NotFoundError(
            "The download link has run out",
            "A fresh one is fetched automatically; that costs nothing.",
            details=f"HTTP {status} from {response.url.host}",
            code=Code.SERVICE_LINK_EXPIRED,
            retry=Retry.LATER,
        )
    if 300 <= status < 400:
        return http.reader.error(_head_of(response))
    if status == 429 or status >= 500:
        wait = retry_after(response.headers)
        return BusyError(
            "The storage of the results is busy",
            say("The result is still kept at the service. It resumes automatically {wait:text}.", wait=when_text(wait)),
            details=f"HTTP {status} from {response.url.host}",
            code=Code.SERVICE_STORAGE_BUSY,
            retry=Retry.LATER,
            retry_after_s=wait,
        )
    return ServiceError(
        "The storage refused to hand out the result",
        "The result is still kept at the service. It is tried again automatically.",
        details=f"HTTP {status} from {response.url.host}",
        code=Code.SERVICE_STORAGE_REFUSED,
        retry=Retry.LATER,
    )


def _head_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, b"", response.url.copy_with(query=None, fragment=None))


def _length(headers: httpx.Headers) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if re.fullmatch("[0-9]{1,18}", length) else None
