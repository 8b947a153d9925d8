"""Tokens: the names under which pictures are uploaded, each made once in the world, by which a job is known again in a list."""

from __future__ import annotations

import re
import uuid

_TOKEN = re.compile(r"td-[0-9a-f]{32}")
#: Digits at the beginning that all tokens of one job list share. The other 24 are random.
MARK = 8


def new_token(mark: str = "") -> str:
    """A token that no other job has; `mark`: the `MARK` digits of the job list that it is made for."""
    return f"td-{mark}{uuid.uuid4().hex[len(mark) :]}"


def tokens_in(name: str) -> tuple[str, ...]:
    """The tokens that a listed file name holds; of whichever profile, on whichever computer."""
    return tuple(_TOKEN.findall(name))


def has_mark(token: str, mark: str) -> bool:
    """Whether a token was made for the job list with this mark; a list without one has made none."""
    return bool(mark) and token.startswith(f"td-{mark}")
