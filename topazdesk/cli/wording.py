"""Hints that name a button of the window, reworded for the command line."""

from __future__ import annotations

_COMMANDS = {"Recover results": "topazdesk jobs recover"}


def in_commands(hint: str) -> str:
    """Return the hint with commands in place of buttons; a command in brackets behind a button is the same one."""
    for button, command in _COMMANDS.items():
        hint = hint.replace(f"“{button}” ({command})", f"“{command}”").replace(f"“{button}”", f"“{command}”")
    return hint
