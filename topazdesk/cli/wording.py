"""What an error calls by the word on a button, in the words of the command line."""

from __future__ import annotations

_COMMANDS = {"Find lost results": "topazdesk jobs recover"}


def in_commands(hint: str) -> str:
    """The hint with the command in the place of the button; a command in brackets behind the button is the same one."""
    for button, command in _COMMANDS.items():
        hint = hint.replace(f"“{button}” ({command})", f"“{command}”").replace(f"“{button}”", f"“{command}”")
    return hint
