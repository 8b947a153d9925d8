"""Explains in words why a connection failed, from httpx's exceptions and their causes."""

from __future__ import annotations

import os
import socket
import ssl

import httpx

from topazdesk.errors import Code, NetworkError, TopazdeskError
from topazdesk.language import say
from topazdesk.services.facts import ServiceFacts

_GOES_ON = say("It resumes automatically when the connection is back.")


def connection_error(exc: httpx.TransportError, facts: ServiceFacts, *, sent: bool) -> NetworkError:
    """Return the error for the user. `sent`: any byte of the request left. Details have no address or header."""
    code, title, hint = _words(exc)
    return NetworkError(facts.named_in(title), hint, details=describe(exc), code=code, sent=sent)


def describe(exc: BaseException) -> str:
    """Return types and system messages of the chain of causes, such as "ConnectError ← ConnectionRefusedError (…)"."""
    parts = []
    for cause in _chain(exc):
        text = type(cause).__name__
        if isinstance(cause, ssl.SSLCertVerificationError) and (why := getattr(cause, "verify_message", "")):
            text += f" ({why})"
        elif isinstance(cause, socket.gaierror) and cause.strerror:
            text += f" ({cause.strerror})"
        elif isinstance(cause, OSError) and isinstance(cause.errno, int):
            text += f" ({os.strerror(cause.errno)})"  # never the exception's own text: aiohttp puts addresses into it
        parts.append(text)
    return " ← ".join(dict.fromkeys(parts))


def our_error(exc: BaseException) -> TopazdeskError | None:
    """Return our own error that ended the request, because the picture could not be read; None if there is none."""
    return next((cause for cause in _chain(exc) if isinstance(cause, TopazdeskError)), None)


def _words(exc: httpx.TransportError) -> tuple[str, str, str]:
    causes = _chain(exc)
    if any(isinstance(c, socket.gaierror) for c in causes):
        return (
            Code.NETWORK_NAME,
            say("No connection to {service}: its name was not found"),
            say("The computer is offline, or the service's address is mistyped. {then:text}", then=_GOES_ON),
        )
    if any(isinstance(c, ssl.SSLError) for c in causes):
        return (
            Code.NETWORK_NOT_SECURE,
            say("No secure connection to {service}"),
            say(
                "Its certificate is not trusted. Check the computer's clock, and for filters in this network. "
                "{then:text}",
                then=_GOES_ON,
            ),
        )
    if isinstance(exc, httpx.ProxyError):
        return (
            Code.NETWORK_PROXY,
            say("The proxy lets nothing through to {service}"),
            say("Check the proxy settings. {then:text}", then=_GOES_ON),
        )
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return (
            Code.NETWORK_REFUSED,
            say("{Service} can't be reached"),
            say("The service is down, or its address in the settings is wrong. {then:text}", then=_GOES_ON),
        )
    if isinstance(exc, httpx.ConnectTimeout | httpx.ConnectError | httpx.PoolTimeout):
        return Code.NETWORK_OFFLINE, say("No connection to {service}"), _GOES_ON
    if isinstance(exc, httpx.TimeoutException):
        return (
            Code.NETWORK_SILENT,
            say("{Service} has gone silent"),
            say("Nothing was received for a while. {then:text}", then=_GOES_ON),
        )
    return Code.NETWORK_BROKEN, say("The connection to {service} broke off"), _GOES_ON


def _chain(exc: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    waiting = [exc]
    while waiting and len(found) < 20:
        one = waiting.pop(0)
        if one is None or one in found:
            continue
        found.append(one)
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting.extend((one.__cause__, one.__context__))
    return found
