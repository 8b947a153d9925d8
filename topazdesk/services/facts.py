"""The texts for each documented error of a service, as data.

Source of the codes: the published OpenAPI of the Image API (`components.responses`) and the getting-started page (413
at 500 MB). Texts contain `{Service}` (at the start of a sentence), `{service}`, and `{when:text}` where the service may
say when to try again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    AccountError,
    BusyError,
    Code,
    CreditError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    Retry,
    TopazdeskError,
)
from topazdesk.language import say


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One documented error: its type in the taxonomy, its stable code, and its texts."""

    type: type[TopazdeskError]
    code: str
    title: str
    hint: str
    retry: Retry = Retry.NEVER


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service's name within a sentence (`label`), its error texts by HTTP status, and how it takes the key.

    `words` holds texts by the code word of an error body; an answer with such a word certainly is a refusal by the
    service itself. The key is sent in `key_header`, after `key_prefix`.
    """

    label: str
    errors: Mapping[int, ErrorText] = field(default_factory=dict)
    words: Mapping[str, ErrorText] = field(default_factory=dict)
    key_header: str = "X-API-Key"
    key_prefix: str = ""

    def named_in(self, text: str) -> str:
        """Return `text` with the service's name filled in."""
        return text.replace("{Service}", self.label[:1].upper() + self.label[1:]).replace("{service}", self.label)


TOPAZ_ERRORS: dict[int, ErrorText] = {
    400: ErrorText(
        RejectedError,
        Code.SERVICE_BAD_REQUEST,
        say("{Service} does not accept these settings"),
        say("Change the value it names, or set it back to Auto."),
    ),
    401: ErrorText(
        AccountError,
        Code.ACCOUNT_KEY_REFUSED,
        say("{Service} rejected this key"),
        say("It may be mistyped, expired or revoked. Add the key again."),
    ),
    402: ErrorText(
        CreditError,
        Code.ACCOUNT_CREDITS,
        say("There are not enough credits at {service}"),
        say("Top up the account, or enhance fewer or smaller pictures."),
    ),
    403: ErrorText(
        AccountError,
        Code.ACCOUNT_FORBIDDEN,
        say("This key does not have the permission for that at {service}"),
        say("Use another key, or ask the owner of the account for the permission."),
    ),
    404: ErrorText(
        NotFoundError,
        Code.SERVICE_NOT_FOUND,
        say("{Service} does not know this job"),
        say("Jobs are kept for 7 days; it may also have been deleted there."),
    ),
    409: ErrorText(
        NotReadyError,
        Code.SERVICE_NOT_READY,
        say("{Service} cannot do that with the job right now"),
        say("It is not far enough yet, or already finished."),
        Retry.LATER,
    ),
    412: ErrorText(
        AccountError,
        Code.ACCOUNT_SUBSCRIPTION,
        say("The account at {service} has no plan for the API"),
        say("Choose a plan in the account, then try again."),
    ),
    413: ErrorText(
        RejectedError,
        Code.SERVICE_TOO_LARGE,
        say("The picture is too large for {service}"),
        say(
            "A file may have up to 500 MB, and a result no more pixels than the model allows. "
            "Choose a smaller output size, or send the picture as JPEG."
        ),
    ),
    415: ErrorText(
        RejectedError,
        Code.SERVICE_UNREADABLE_PICTURE,
        say("{Service} cannot read this picture"),
        say("It accepts JPEG, PNG and TIFF. Save the picture again in one of these formats."),
    ),
    422: ErrorText(
        RejectedError,
        Code.SERVICE_UNPROCESSABLE,
        say("{Service} cannot work with this picture and these settings"),
        say("Change the setting it names, or use another picture."),
    ),
    425: ErrorText(
        CreditError,
        Code.ACCOUNT_TOP_UP,
        say("{Service} is waiting for ordered credits"),
        say("The order is in progress. It resumes automatically when the credits are there."),
        Retry.LATER,
    ),
    429: ErrorText(
        BusyError,
        Code.SERVICE_RATE_LIMIT,
        say("{Service} asks to slow down"),
        say("Too many requests at once. It resumes automatically {when:text}."),
        Retry.LATER,
    ),
}


def topaz_facts(name: ServiceName) -> ServiceFacts:
    """Return the facts of a service with the Topaz contract."""
    return ServiceFacts(name.traits.in_sentence, TOPAZ_ERRORS)
