"""Turns unexpected answers into errors in plain words, from their status, headers and body.

The meaning depends on the request. A free request is worth repeating after a 5xx. For a paid submit only a 4xx answer
proves that the service did not accept the job; everything else leaves that open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from topazdesk.errors import (
    BusyError,
    Code,
    NetworkError,
    RejectedError,
    Retry,
    ServiceError,
    TopazdeskError,
    UnknownOutcomeError,
)
from topazdesk.language import say
from topazdesk.services.address import origin
from topazdesk.services.facts import ErrorText, ServiceFacts
from topazdesk.services.retry_after import retry_after, when_text
from topazdesk.services.secret import Secret
from topazdesk.services.wire import SENTENCE, decoded, text

#: The service's message in an error body: the largest body it is looked for in, the keys, and how deep they may be
#: nested.
_MAX_ERROR_BYTES = 64 * 1024
_MESSAGE_KEYS = ("message", "msg", "detail", "error")
_MAX_DEPTH = 4
#: 408 and 499 come from gateways that stopped waiting: the service behind them may have the request.
_UNSURE_4XX = frozenset({408, 499})
#: Redirects after which the request certainly was not carried out (RFC 9110, 15.4.2, 15.4.8, 15.4.9).
_NOT_CARRIED_OUT = frozenset({301, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers and the body's bytes (bounded by the client)."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: httpx.URL

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Whether it is a web page, as captive portals and gateways send."""
        kind = self.headers.get("Content-Type", "").lower()
        return "html" in kind or self.body[:256].lstrip().lower().startswith((b"<!doctype", b"<html"))

    def json(self) -> Any:
        """Return the decoded body. Raises ValueError if it is not JSON."""
        return decoded(self.body)


def service_message(body: bytes) -> str:
    """Return the service's own message in an error body (`message`, `detail`, `error`) on one line, or ""."""
    return _first_text(_small_json(body))


def _first_text(data: object, depth: int = 0) -> str:
    if isinstance(data, str):
        return text(data, SENTENCE)
    if isinstance(data, list) and depth < _MAX_DEPTH:
        return text("; ".join(filter(None, (_first_text(item, depth + 1) for item in data[:5]))), SENTENCE)
    if isinstance(data, dict) and depth < _MAX_DEPTH:
        return next(filter(None, (_first_text(data.get(key), depth + 1) for key in _MESSAGE_KEYS)), "")
    return ""


def error_word(body: bytes) -> str:
    """Return the code word of an error body ("INSUFFICIENT_CREDIT"), in either of the shapes in use, or ""."""
    data = _small_json(body)
    for holder in (data, data.get("error") if isinstance(data, dict) else None):
        if isinstance(holder, dict) and (word := text(holder.get("code"))):
            return word.upper()
    return ""


def _small_json(body: bytes) -> object:
    try:
        return decoded(body) if len(body) <= _MAX_ERROR_BYTES else None
    except ValueError:
        return None


class AnswerReader:
    """Turns answers of one service into errors; has the key only to keep it out of the texts."""

    def __init__(self, facts: ServiceFacts, key: Secret) -> None:
        self._facts = facts
        self._key = key

    def error(self, answer: Answer, *, paid: bool = False, handed_over: bool = True) -> TopazdeskError:
        """Return the error that an answer outside 2xx means; `paid` for submits, `handed_over` as in `unconfirmed`."""
        if 300 <= answer.status < 400:
            return self._redirect(answer, paid=paid, handed_over=handed_over)
        if self._facts.words and answer.status >= 400 and (known := self._facts.words.get(error_word(answer.body))):
            return self._spelled(answer, known, paid=paid)
        sure = 400 <= answer.status < 500 and answer.status not in _UNSURE_4XX
        if paid and not sure:
            return self.unconfirmed(self._details(answer), wait=retry_after(answer.headers), handed_over=handed_over)
        if answer.status == 511:  # the status made for captive portals (RFC 6585)
            return self._sign_in(answer)
        if not paid and answer.is_html and answer.status in (400, 404, 409, 410):
            # A page from a gateway must not be taken for the service saying that a paid job is gone.
            return self.not_an_answer(answer)
        known = self._facts.errors.get(answer.status)
        if known is not None:
            return self._documented(answer, known, paid=paid)
        if sure:
            return RejectedError(
                self._say(say("{Service} refused the request")),
                self._hint(self._say(say("{Service} gives no documented reason.")), answer, paid=paid),
                details=self._details(answer),
                code=Code.SERVICE_REFUSED,
            )
        wait = retry_after(answer.headers)
        return BusyError(
            self._say(say("{Service} has a problem of its own right now")),
            say(
                "Nothing is lost. It resumes automatically {wait:text}.",
                wait=when_text(wait, say("when the service is back")),
            ),
            details=self._details(answer),
            code=Code.SERVICE_FAILING,
            retry=Retry.LATER,
            retry_after_s=wait,
        )

    def unconfirmed(self, details: str, *, wait: float | None = None, handed_over: bool = True) -> UnknownOutcomeError:
        """Return the error for a paid request that left this computer and whose outcome is unknown.

        `handed_over` is False if its body was certainly cut short; see `UnknownOutcomeError`.
        """
        return UnknownOutcomeError(
            self._say(say("{Service} did not confirm the job")),
            self._say(
                say(
                    "The answer was lost; {service} may have the job. It is looked up there, and never sent again "
                    "blindly."
                )
            ),
            details=self._key.scrub(details),
            code=Code.SERVICE_UNCONFIRMED,
            retry=Retry.ASK,
            retry_after_s=wait,
            handed_over=handed_over,
        )

    def unread_submit(self, answer: Answer, what: str) -> UnknownOutcomeError:
        """Return the error for a 2xx answer to a paid request that names no job."""
        seen = "a web page" if answer.is_html else f"{len(answer.body)} bytes"
        return self.unconfirmed(f"HTTP {answer.status}, {seen}, {what}")

    def not_an_answer(self, answer: Answer, what: str = "") -> ServiceError:
        """Return the error for something that is not the service's answer: a web page, or data that makes no sense."""
        if answer.is_html:
            return ServiceError(
                self._say(say("A web page came instead of an answer from {service}")),
                "Networks with a sign-in page do that (hotel, train, guest Wi-Fi). Sign in to the network with a web "
                "browser; it then resumes automatically.",
                details=self._details(answer),
                code=Code.SERVICE_WEB_PAGE,
                retry=Retry.LATER,
            )
        return ServiceError(
            self._say(say("The answer from {service} makes no sense")),
            "Nothing is lost. A newer version of topazdesk may understand it.",
            details=" · ".join(filter(None, (self._key.scrub(what), self._details(answer)))),
            code=Code.SERVICE_NONSENSE,
            retry=Retry.LATER,
        )

    def _documented(self, answer: Answer, known: ErrorText, *, paid: bool) -> TopazdeskError:
        if paid and answer.status in (404, 409):  # before a submit there is no job that could be unknown or not ready
            known = ErrorText(RejectedError, Code.SERVICE_REFUSED, say("{Service} refused the request"), "")
        return self._spelled(answer, known, paid=paid)

    def _spelled(self, answer: Answer, known: ErrorText, *, paid: bool) -> TopazdeskError:
        wait = retry_after(answer.headers)
        return known.type(
            self._say(known.title),
            self._hint(self._say(known.hint.replace("{when:text}", when_text(wait))), answer, paid=paid),
            details=self._details(answer),
            code=known.code,
            retry=known.retry,
            retry_after_s=wait,
        )

    def _hint(self, hint: str, answer: Answer, *, paid: bool) -> str:
        parts = [hint]
        # Only for statuses whose message names the culprit; other messages only repeat the title.
        if answer.status in (400, 404, 409, 413, 422) and (said := service_message(answer.body)):
            said = self._key.scrub(said).rstrip(".")
            parts.append(self._say(say("{Service} says: “{said}”.")).replace("{said}", said))
        if paid:
            parts.append(say("Nothing was charged."))
        return " ".join(filter(None, parts))

    def _redirect(self, answer: Answer, *, paid: bool, handed_over: bool) -> TopazdeskError:
        target = _target(answer)
        if target is None:
            reason = say("It names no address.")
        elif origin(target)[1] != origin(answer.url)[1]:
            reason = say("It points to another host ({host}), which must not get your key.", host=target.host)
        elif target.scheme == "http" and answer.url.scheme == "https":
            reason = say("It points to plain http, where your key could be read on the way.")
        else:
            reason = say("It points to another place on the same host.")
        if paid and answer.status not in _NOT_CARRIED_OUT:
            return self.unconfirmed(
                f"{self._details(answer)} · redirect not followed: {reason}", handed_over=handed_over
            )
        kind = RejectedError if paid else ServiceError
        return kind(
            self._say(say("{Service} sent a redirect, which was not followed")),
            say(
                "{reason:text} Check the service's address in the settings; a network with a sign-in page can do "
                "this too.",
                reason=reason,
            )
            if not paid
            else say(
                "{reason:text} Check the service's address in the settings; a network with a sign-in page can do this "
                "too. Nothing was charged.",
                reason=reason,
            ),
            details=self._details(answer),
            code=Code.SERVICE_REDIRECTED,
            retry=Retry.NEVER if paid else Retry.LATER,
        )

    def _sign_in(self, answer: Answer) -> NetworkError:
        return NetworkError(
            "This network wants you to sign in first",
            "Open any page in a web browser and sign in; it then resumes automatically.",
            details=self._details(answer),
            code=Code.NETWORK_SIGN_IN,
        )

    def _say(self, text: str) -> str:
        return self._facts.named_in(text)

    def _details(self, answer: Answer) -> str:
        said = service_message(answer.body)
        if not said and answer.body:
            said = f"{answer.headers.get('Content-Type', 'no content type')}, {len(answer.body)} bytes"
        where = answer.url.copy_with(query=None, fragment=None)
        return self._key.scrub(f"HTTP {answer.status}{': ' + said if said else ''} · {where}")


def _target(answer: Answer) -> httpx.URL | None:
    text = answer.headers.get("Location", "")
    if not text:
        return None
    try:
        return answer.url.join(text)
    except httpx.InvalidURL:
        return None
