"""Tokens: the unique names under which pictures are uploaded, by which jobs are recognised in a service's list."""

from __future__ import annotations

import re
import uuid

_TOKEN = re.compile(r"td-[0-9a-f]{32}")
#: How many leading hex digits all tokens of one job list share. The other 24 are random.
MARK = 8


def new_token(mark: str = "") -> str:
    """Return a token that no other job has. `mark` holds the `MARK` digits of the job list that it is for."""
    return f"td-{mark}{uuid.uuid4().hex[len(mark) :]}"


def tokens_in(name: str) -> tuple[str, ...]:
    """Return the tokens in a file name from a service's list, from any profile on any computer."""
    return tuple(_TOKEN.findall(name))


def has_mark(token: str, mark: str) -> bool:
    """Return whether a token was made for the job list with this mark; False for a list without a mark."""
    return bool(mark) and token.startswith(f"td-{mark}")
