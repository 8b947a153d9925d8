"""Tokens: the names under which pictures are uploaded, each made once in the world, by which a job is known again in a list."""

from __future__ import annotations

import re
import uuid

_TOKEN = re.compile(r"td-[0-9a-f]{32}")


def new_token() -> str:
    """A token that no other job has."""
    return f"td-{uuid.uuid4().hex}"


def tokens_in(name: str) -> tuple[str, ...]:
    """The tokens that a listed file name holds; of whichever profile, on whichever computer."""
    return tuple(_TOKEN.findall(name))
