"""Hints that name a button of the window, reworded for the command line, in any language."""

from __future__ import annotations

import re

from topazdesk.language import quoted, translated

_COMMANDS = {"Recover results": "topazdesk jobs recover"}


def in_commands(hint: str) -> str:
    """Return the hint with commands in place of buttons; a command in brackets behind a button is the same one.

    It may be English or translated already: an English one that is changed finds its translation no more.
    """
    for button, command in _COMMANDS.items():
        for label, name in ((button, f"“{button}”"), (translated(button), quoted(translated(button)))):
            both = rf"{re.escape(name)}(?:\s?[(\uFF08]{re.escape(command)}[)\uFF09])?"
            hint = re.sub(both, name.replace(label, command), hint)
    return hint
