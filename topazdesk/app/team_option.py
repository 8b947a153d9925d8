"""`--team URL`, which any command and the window take: the team whose queue is used this time."""

from __future__ import annotations

import os

from topazdesk.language import tr

_OPTION = "--team"


def take_option(arguments: list[str]) -> list[str]:
    """Take the option out of the words and note it where settings are read. Raises ValueError without an address."""
    left = list(arguments)
    for place, word in enumerate(arguments):
        if word == _OPTION:
            if place + 1 >= len(arguments):
                raise ValueError(tr("--team needs the address of a database: postgresql://user@host/database"))
            os.environ["TOPAZDESK_TEAM"] = arguments[place + 1]
            del left[place : place + 2]
            break
        if word.startswith(f"{_OPTION}="):
            os.environ["TOPAZDESK_TEAM"] = word.removeprefix(f"{_OPTION}=")
            del left[place]
            break
    return left
