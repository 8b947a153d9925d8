"""Whether a service can be reached from here: name, connection, encryption and clock. No key and no picture is sent."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from topazdesk.app.doctor import Check, Finding
from topazdesk.language import say

_WAIT_S = 10.0
_SKEW_S, _BAD_SKEW_S = 60.0, 300.0


def check_path(name: str, url: str) -> list[Check]:
    """Return what was found on the way to a service. Blocking."""
    place = urlsplit(url)
    host = place.hostname or ""
    began = time.monotonic()
    try:
        date = _date(place.scheme, host, place.port)
    except ssl.SSLCertVerificationError as error:
        text = say("{host} cannot be trusted: {why}", host=host, why=error.verify_message)
        remedy = say("Check the clock. In a company, its certificate must be known to the system (SSL_CERT_FILE).")
        return [Check(name, Finding.PROBLEM, text, remedy, is_remote=True)]
    except socket.gaierror:
        remedy = say("Connect to the network, or check DNS. What waits goes on then.")
        return [
            Check(name, Finding.WARNING, say("offline: {host} has no address here", host=host), remedy, is_remote=True)
        ]
    except TimeoutError:
        remedy = say("A firewall may keep it away; a proxy is named in HTTPS_PROXY.")
        return [Check(name, Finding.PROBLEM, say("{host} does not answer", host=host), remedy, is_remote=True)]
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        remedy = say("Connect to the network; a proxy is named in HTTPS_PROXY.")
        return [
            Check(
                name,
                Finding.PROBLEM,
                say("{host} cannot be reached: {why}", host=host, why=why),
                remedy,
                is_remote=True,
            )
        ]
    took = (time.monotonic() - began) * 1000
    answers = say("{host} answers over TLS in {ms:,.0f} ms", host=host, ms=took)
    if place.scheme != "https":
        answers = say("{host} answers in {ms:,.0f} ms", host=host, ms=took)
    checks = [
        Check(
            name,
            Finding.OK,
            answers,
            is_remote=True,
        )
    ]
    if date is not None:
        checks.append(_clock(host, date - time.time()))
    return checks


def _clock(host: str, ahead_s: float) -> Check:
    text = say(
        "this computer's clock is {s:,.0f} s behind that of {host}"
        if ahead_s > 0
        else "this computer's clock is {s:,.0f} s ahead of that of {host}",
        s=abs(ahead_s),
        host=host,
    )
    remedy = say("Set the clock by the network: links and daily limits go by it.")
    if abs(ahead_s) > _BAD_SKEW_S:
        return Check("clock", Finding.PROBLEM, text, remedy)
    if abs(ahead_s) > _SKEW_S:
        return Check("clock", Finding.WARNING, text, remedy)
    return Check("clock", Finding.OK, say("the clock agrees with that of {host}", host=host))


def _date(scheme: str, host: str, port: int | None) -> float | None:
    """Ask for the first page of a host; return the time that it says. Raises OSError, HTTPException."""
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    is_secure = scheme == "https"
    if proxy and is_secure:
        way = urlsplit(proxy)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            way.hostname or "", way.port, timeout=_WAIT_S, context=ssl.create_default_context()
        )
        connection.set_tunnel(host, port or 443)
    elif is_secure:
        connection = http.client.HTTPSConnection(host, port, timeout=_WAIT_S, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_WAIT_S)
    try:
        connection.request("HEAD", "/")
        said = connection.getresponse().getheader("Date")
        return None if said is None else parsedate_to_datetime(said).timestamp()
    except (ValueError, TypeError):
        return None
    finally:
        connection.close()
