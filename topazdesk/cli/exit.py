"""Which exit code a run or an error ends with. The codes themselves are `errors.ExitCode`, the one table of them."""

from __future__ import annotations

from collections.abc import Iterable

from topazdesk.errors import ExitCode

_BY_PREFIX = {
    "use": ExitCode.USE,
    "input": ExitCode.USE,
    "account": ExitCode.ACCOUNT,
    "credit": ExitCode.ACCOUNT,
    "budget": ExitCode.ACCOUNT,
    "service": ExitCode.SERVICE,
    "network": ExitCode.SERVICE,
    "result": ExitCode.SERVICE,
    "computer": ExitCode.COMPUTER,
    "disk": ExitCode.COMPUTER,
}


def code_of(trouble_code: str) -> ExitCode:
    """Return the exit code for the dotted code of an error (`disk.read_only` → COMPUTER)."""
    return _BY_PREFIX.get(trouble_code.split(".", 1)[0], ExitCode.SOME_FAILED)


def code_of_run(done: int, trouble_codes: Iterable[str]) -> ExitCode:
    """Return DONE when nothing failed, SOME_FAILED when only some failed or all failed for different kinds of reasons.

    When everything failed for the same kind of reason, return the code of that kind.
    """
    codes = {code_of(c) for c in trouble_codes}
    if not codes:
        return ExitCode.DONE
    if done or len(codes) > 1:
        return ExitCode.SOME_FAILED
    return codes.pop()
