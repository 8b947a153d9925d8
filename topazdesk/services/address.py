"""Which web addresses may be talked to: HTTPS anywhere, plain HTTP only to this computer itself."""

from __future__ import annotations

import functools
import ipaddress

import httpx

from topazdesk.errors import ServiceError, UseError

#: Longest part of a host's name (RFC 1035, 2.3.4).
_PART = 63
_EXAMPLE = "It looks like https://api.topazlabs.com"


def is_loopback(url: httpx.URL) -> bool:
    """Whether the host is this computer."""
    if url.host == "localhost":
        return True
    address = literal(url.host)
    return address is not None and address.is_loopback


@functools.lru_cache(64)
def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` spells out, or None for a name that has to be looked up."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what two addresses must share for one to be sent the other's key."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port


def base_address(text: str) -> httpx.URL:
    """The root of a service, without a slash at its end.

    Raises UseError when it is no web address, carries a user name or query, or is plain HTTP to another computer (the key
    would be readable on the way).
    """
    try:
        url = httpx.URL(text.strip().rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not _can_be_looked_up(url.host):
        raise UseError("The service's address is not a web address", f"{_EXAMPLE}.", code="use.address")
    if url.userinfo or url.query or url.fragment:
        raise UseError(
            "The service's address has too many parts",
            f"Only scheme, host, port and path can be used. {_EXAMPLE}.",
            code="use.address",
        )
    if url.scheme == "http" and not is_loopback(url):
        raise UseError(
            "The service's address is not secure",
            "Plain http would show your key to the network. Use https; http works only for this computer itself.",
            code="use.address_insecure",
        )
    return url


def _can_be_looked_up(host: str) -> bool:
    """Whether the parts of a name have a length that names can have: "api..example.com" is not even asked for."""
    parts = host.removesuffix(".").split(".")
    # A blank in the host has become %20 by now.
    return literal(host) is not None or ("%" not in host and all(0 < len(part) <= _PART for part in parts))


def link_address(text: str, base: httpx.URL) -> httpx.URL:
    """A download link handed out by the service at `base`.

    Raises ServiceError when it is no web address, or plain HTTP (a service on this computer may link to this computer).
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
            code="service.link_insecure",
        )
    return url
