"""The texts for each error of Runflow, as data.

Source of the codes: Runflow's error pages (envelope `code`, `message`, `errors`; INSUFFICIENT_CREDIT,
PERMISSION_DENIED, EMAIL_NOT_VERIFIED, RUN_NOT_FOUND, RATE_LIMITED, MODEL_UNAVAILABLE).
"""

from __future__ import annotations

from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code, CreditError, NotFoundError, NotReadyError, RejectedError, Retry
from topazdesk.language import say
from topazdesk.services.facts import TOPAZ_ERRORS, ErrorText, ServiceFacts

_ERRORS: dict[int, ErrorText] = {status: TOPAZ_ERRORS[status] for status in (400, 401, 429)} | {
    402: ErrorText(
        CreditError,
        Code.ACCOUNT_CREDITS,
        say("There is not enough money in the account at {service}"),
        say("Top up the account, or enhance fewer pictures."),
    ),
    403: ErrorText(
        AccountError,
        Code.ACCOUNT_FORBIDDEN,
        say("This key does not have the permission for that at {service}"),
        say("Give the key that permission in {service}'s settings, or use another key."),
    ),
    404: ErrorText(
        NotFoundError,
        Code.SERVICE_NOT_FOUND,
        say("{Service} does not know this run"),
        say("It may have been deleted there, or belong to another account."),
    ),
    409: ErrorText(
        NotReadyError,
        Code.SERVICE_NOT_READY,
        say("{Service} cannot do that right now"),
        say("It is tried again automatically."),
        Retry.LATER,
    ),
    413: ErrorText(
        RejectedError,
        Code.SERVICE_TOO_LARGE,
        say("The picture is too large for {service}"),
        say("A file may have up to 50 MiB. Save the picture smaller or as JPEG."),
    ),
    415: ErrorText(
        RejectedError,
        Code.SERVICE_UNREADABLE_PICTURE,
        say("{Service} does not accept this kind of picture"),
        say("It accepts JPEG and PNG."),
    ),
    422: ErrorText(
        RejectedError,
        Code.SERVICE_UNPROCESSABLE,
        say("{Service} cannot work with this picture and these settings"),
        say("Change the setting it names, or choose another model."),
    ),
}

_WORDS: dict[str, ErrorText] = {
    "MODEL_UNAVAILABLE": ErrorText(
        RejectedError,
        Code.SERVICE_MODEL_UNAVAILABLE,
        say("{Service} does not offer this model any more, or not right now"),
        say("Choose another model, or try again later."),
    ),
    "EMAIL_NOT_VERIFIED": ErrorText(
        AccountError,
        Code.ACCOUNT_EMAIL,
        say("The e-mail address of the account at {service} is not confirmed"),
        say("Open the confirmation mail from {service}, then go on."),
    ),
    "INSUFFICIENT_CREDIT": _ERRORS[402],
}

RUNFLOW_FACTS = ServiceFacts(
    ServiceName.RUNFLOW.traits.in_sentence, _ERRORS, _WORDS, key_header="Authorization", key_prefix="Bearer "
)
