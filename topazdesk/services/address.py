"""Decides which web addresses may be contacted: HTTPS anywhere, plain HTTP only on this computer itself."""

from __future__ import annotations

import functools
import ipaddress

import httpx

from topazdesk.errors import Code, ServiceError, UseError
from topazdesk.language import say

#: Longest label of a host name (RFC 1035, 2.3.4).
_MAX_LABEL = 63
_EXAMPLE = say("It looks like https://api.topazlabs.com")


def is_loopback(url: httpx.URL) -> bool:
    """Return whether the host is this computer."""
    if url.host == "localhost":
        return True
    address = literal(url.host)
    return address is not None and address.is_loopback


@functools.lru_cache(64)
def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that `host` is written as, or None for a name that has to be looked up."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Return scheme, host and port, which two addresses must share for one to be sent the other's key."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port


def base_address(text: str) -> httpx.URL:
    """Return the root address of a service, without a slash at its end.

    Raises UseError if it is not a web address, has a user name or a query, or is plain HTTP to another computer (where
    the key could be read on the way).
    """
    try:
        url = httpx.URL(text.strip().rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not _can_be_looked_up(url.host):
        raise UseError(
            "The service's address is not a web address", say("{example}.", example=_EXAMPLE), code=Code.USE_ADDRESS
        )
    if url.userinfo or url.query or url.fragment:
        raise UseError(
            "The service's address has too many parts",
            say("Only scheme, host, port and path can be used. {example}.", example=_EXAMPLE),
            code=Code.USE_ADDRESS,
        )
    if url.scheme == "http" and not is_loopback(url):
        raise UseError(
            "The service's address is not secure",
            "Plain http would show your key to the network. Use https; http works only for this computer itself.",
            code=Code.USE_ADDRESS_INSECURE,
        )
    return url


def _can_be_looked_up(host: str) -> bool:
    """Return whether a host name is well-formed; one like "api..example.com" is not even looked up."""
    labels = host.removesuffix(".").split(".")
    # httpx has turned a space in the host into %20.
    return literal(host) is not None or ("%" not in host and all(0 < len(label) <= _MAX_LABEL for label in labels))


def link_address(text: str, base: httpx.URL) -> httpx.URL:
    """Return the address of a link from the service at `base`.

    Raises ServiceError if it is not a web address, or is plain HTTP and not from this computer to this computer.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    local = is_loopback(url) and is_loopback(base)
    if not _can_be_looked_up(url.host) or not (url.scheme == "https" or (url.scheme == "http" and local)):
        raise ServiceError(
            "The service gave a download link that is not secure",
            "The result is still kept at the service. topazdesk fetches only over https.",
            code=Code.SERVICE_LINK_INSECURE,
        )
    return url
