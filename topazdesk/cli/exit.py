"""Exit codes of the command line.

0 all done, 1 some failed, 2 wrong use or bad input, 3 account, 4 service or network, 5 this computer, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable

INTERRUPTED = 130

_BY_PREFIX = {
    "use": 2,
    "input": 2,
    "account": 3,
    "credit": 3,
    "budget": 3,
    "service": 4,
    "network": 4,
    "result": 4,
    "computer": 5,
    "disk": 5,
}


def code_of(trouble_code: str) -> int:
    """Return the exit code for the dotted code of an error (`disk.read_only` → 5)."""
    return _BY_PREFIX.get(trouble_code.split(".", 1)[0], 1)


def code_of_run(done: int, trouble_codes: Iterable[str]) -> int:
    """Return 0 when nothing failed, and 1 when only some failed or all failed for different kinds of reasons.

    When everything failed for the same kind of reason, return the code of that kind.
    """
    codes = {code_of(c) for c in trouble_codes}
    if not codes:
        return 0
    if done or len(codes) > 1:
        return 1
    return codes.pop()
