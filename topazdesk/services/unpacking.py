"""Unpacks a download that somebody on the way packed although it was asked for as it is (RFC 9110, 8.4).

Proxies of companies do so, and storages that were given packed files. The result is what was packed: its size and its
digest are those of the unpacked bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator

import httpx

from topazdesk.errors import Code, ResultError, Retry
from topazdesk.services.wire import text

#: Words that mean nothing for the bytes; the last is left over from an upload to S3.
_PLAIN = frozenset({"", "identity", "aws-chunked"})
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
#: Both gzip and zlib, by their heads.
_ANY_HEAD = 32 + zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"
#: Bytes that are unpacked at a time: a few kilobytes can be made to unpack to gigabytes.
_AT_ONCE = 65_536


def packing(headers: httpx.Headers) -> str:
    """Return how an answer says that it is packed, "" where it is not. Raises ResultError where nothing can unpack it.

    What says both plain and packed is taken for packed.
    """
    said: str = headers.get("Content-Encoding", "")
    words = {word.strip().lower() for word in said.split(",")} - _PLAIN
    if not words:
        return ""
    if len(words) > 1 or not words <= _PACKED:
        raise _cannot(f"Content-Encoding: {text(said)}")
    return words.pop()


async def unpacked(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield what was packed by gzip or zlib; bytes that only claim to be so are passed on as they are.

    Raises ResultError when they cannot be unpacked, httpx.RemoteProtocolError when their end is missing.
    """
    head = b""
    unpacker = None
    is_plain = False
    async for part in parts:
        if is_plain:
            yield part
            continue
        if unpacker is None:
            head += part
            if len(head) < len(_GZIP):
                continue
            part, is_plain = head, not _is_packed(head)
            if is_plain:
                yield part
                continue
            unpacker = zlib.decompressobj(_ANY_HEAD)
        rest = part
        while rest:
            if unpacker.eof:  # several packed parts may follow each other
                unpacker = zlib.decompressobj(_ANY_HEAD)
            try:
                made = unpacker.decompress(rest, _AT_ONCE)
            except zlib.error as error:
                raise _cannot(str(error)) from None
            rest = unpacker.unconsumed_tail or unpacker.unused_data
            if made:
                yield made
    if unpacker is not None and not unpacker.eof:
        raise httpx.RemoteProtocolError("the packed bytes ended early")
    if unpacker is None and not is_plain and head:
        yield head


def _is_packed(head: bytes) -> bool:
    """Return whether bytes begin as gzip or zlib does (RFC 1950, 2.2; RFC 1952, 2.3.1); no picture does."""
    return head[:2] == _GZIP or (head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0)


def _cannot(details: str) -> ResultError:
    return ResultError(
        "The download came packed and cannot be unpacked",
        "Something on the way, such as a company's proxy, packed it. The result is still kept at the service. "
        "It is tried again automatically; that costs nothing.",
        details=details,
        code=Code.RESULT_PACKED,
        retry=Retry.LATER,
    )
