"""Which part of the help an error leads to: its code names the cause, the page has a part for each cause."""

from __future__ import annotations

from topazdesk.errors import Code

_PAGE = "trouble"

#: By the beginning of the code; the longest that fits counts.
_PARTS = {
    "account.": "key",
    "account.credits": "credits",
    "account.subscription": "credits",
    "account.top_up": "credits",
    "account.day_cap": "limit",
    "account.own_cap": "limit",
    "account.run_budget": "limit",
    "credit.": "credits",
    "budget.": "limit",
    "network.": "network",
    "service.": "service",
    "service.cannot_look": "doubt",
    "service.doubtful": "doubt",
    "service.known_id": "doubt",
    "service.list_": "doubt",
    "service.odd_list": "doubt",
    "service.other_": "doubt",
    "service.unconfirmed": "doubt",
    "service.undecided": "doubt",
    "service.unknown_results": "doubt",
    "service.expired": "result",
    "service.job_unknown": "result",
    "service.link_": "result",
    "service.no_result": "result",
    "service.not_found": "result",
    "service.unprocessable": "picture",
    "service.unreadable_picture": "picture",
    "service.too_large": "picture",
    "result.": "result",
    "input.": "picture",
    "disk.": "disk",
    "disk.keys": "key",
    "computer.": "computer",
    "computer.bad_copy": "disk",
    "computer.disk_": "disk",
    "computer.folder_": "disk",
    "computer.name_refused": "disk",
    "computer.sidecar_taken": "disk",
    "computer.too_many_files": "disk",
    "computer.database_": "profile",
    "computer.jobs_unreadable": "profile",
    "computer.owner_": "profile",
    "computer.profile_": "profile",
    "use.": "use",
    "use.doubtful": "doubt",
    "use.not_doubtful": "doubt",
    "use.no_key": "key",
    "use.over_limit": "limit",
    "bug.": "bug",
    "ui.": "bug",
}


def help_for(code: str) -> str:
    """Return the part of the help for a code, such as "trouble#network"; the page itself for one that is not known."""
    if code not in set(Code):
        return _PAGE
    fits = [beginning for beginning in _PARTS if code.startswith(beginning)]
    return f"{_PAGE}#{_PARTS[max(fits, key=len)]}" if fits else _PAGE
