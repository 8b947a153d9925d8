"""Which part of the help an error leads to: its code names the cause, the page has a part for each cause."""

from __future__ import annotations

from topazdesk.errors import Code

_PAGE = "trouble"

#: The part for the causes of a family, by the first word of their codes.
_FAMILIES = {
    "account": "key",
    "credit": "credits",
    "budget": "limit",
    "network": "network",
    "service": "service",
    "result": "result",
    "input": "picture",
    "disk": "disk",
    "computer": "computer",
    "use": "use",
    "bug": "bug",
    "ui": "bug",
}
#: The parts for causes that another part than their family's tells of.
_OTHERS = {
    "credits": (
        Code.ACCOUNT_CREDITS,
        Code.ACCOUNT_SUBSCRIPTION,
        Code.ACCOUNT_TOP_UP,
    ),
    "disk": (
        Code.COMPUTER_BAD_COPY,
        Code.COMPUTER_DISK_FAULT,
        Code.COMPUTER_DISK_FULL,
        Code.COMPUTER_FOLDER_GONE,
        Code.COMPUTER_FOLDER_READ_ONLY,
        Code.COMPUTER_FOLDER_UNWRITABLE,
        Code.COMPUTER_NAME_REFUSED,
        Code.COMPUTER_SIDECAR_TAKEN,
        Code.COMPUTER_TOO_MANY_FILES,
    ),
    "doubt": (
        Code.SERVICE_CANNOT_LOOK,
        Code.SERVICE_DOUBTFUL,
        Code.SERVICE_KNOWN_ID,
        Code.SERVICE_LIST_INCOMPLETE,
        Code.SERVICE_LIST_IS_OLDER,
        Code.SERVICE_ODD_LIST,
        Code.SERVICE_OTHER_JOB,
        Code.SERVICE_OTHER_NAMES,
        Code.SERVICE_UNCONFIRMED,
        Code.SERVICE_UNDECIDED,
        Code.SERVICE_UNKNOWN_RESULTS,
        Code.USE_DOUBTFUL,
        Code.USE_NOT_DOUBTFUL,
    ),
    "key": (
        Code.DISK_KEYS,
        Code.USE_NO_KEY,
        Code.USE_NO_KEY_NEEDED,
    ),
    "limit": (
        Code.ACCOUNT_DAY_CAP,
        Code.ACCOUNT_OWN_CAP,
        Code.ACCOUNT_RUN_BUDGET,
        Code.ACCOUNT_TEAM_CAP,
        Code.USE_OVER_LIMIT,
    ),
    "picture": (
        Code.SERVICE_TOO_LARGE,
        Code.SERVICE_UNPROCESSABLE,
        Code.SERVICE_UNREADABLE_PICTURE,
    ),
    "profile": (
        Code.COMPUTER_DATABASE_CLOSED,
        Code.COMPUTER_DATABASE_DAMAGED,
        Code.COMPUTER_DATABASE_FAULT,
        Code.COMPUTER_DATABASE_FULL,
        Code.COMPUTER_DATABASE_GONE,
        Code.COMPUTER_DATABASE_LOCKED,
        Code.COMPUTER_DATABASE_LOST,
        Code.COMPUTER_DATABASE_NEWER,
        Code.COMPUTER_DATABASE_READ_ONLY,
        Code.COMPUTER_DATABASE_TOO_MANY_FILES,
        Code.COMPUTER_JOBS_UNREADABLE,
        Code.COMPUTER_OWNER_GONE,
        Code.COMPUTER_OWNER_SILENT,
        Code.COMPUTER_OWNER_VERSION,
        Code.COMPUTER_PROFILE_CHANGED,
        Code.COMPUTER_PROFILE_IN_USE,
        Code.COMPUTER_PROFILE_READ_ONLY,
        Code.COMPUTER_PROFILE_REPLACED,
        Code.COMPUTER_PROFILE_TAKEN,
    ),
    "result": (
        Code.SERVICE_EXPIRED,
        Code.SERVICE_JOB_UNKNOWN,
        Code.SERVICE_LINK_EXPIRED,
        Code.SERVICE_LINK_INSECURE,
        Code.SERVICE_NO_RESULT,
        Code.SERVICE_NOT_FOUND,
    ),
}
_PARTS = {code: part for part, codes in _OTHERS.items() for code in codes}


def help_for(code: str) -> str:
    """Return the part of the help for a code, such as "trouble#network"; the page itself for one that is not known."""
    if code not in set(Code):
        return _PAGE
    known = Code(code)
    part = _PARTS.get(known) or _FAMILIES.get(known.partition(".")[0], "")
    return f"{_PAGE}#{part}" if part else _PAGE
