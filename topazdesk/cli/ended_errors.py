"""Hints of errors, reworded for a command that has ended.

Hints are written for the window and its queue, where work "resumes automatically". After a command, nothing does.
"""

from __future__ import annotations

import re

from topazdesk.language import capital, say

_ALONE = re.compile(r"automatically|by itself")  # jobs of earlier versions hold the latter
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WHOLE = re.compile(r"^It (?:then )?[a-z ]+ (?:automatically|by itself)(?P<when>[^.;]*)\.?$")
_TAIL = re.compile(r"[,;] (?:and )?it (?:then )?[a-z ]+ (?:automatically|by itself)(?P<when>[^.;]*)\.?$")


def ended(hint: str, *, has_jobs: bool) -> str:
    """Return the hint with the command that continues the work in place of "resumes automatically".

    `has_jobs`: jobs were started, and `topazdesk jobs run` continues them. Without any, the same command is to be
    started again.
    """
    if not _ALONE.search(hint):
        return hint
    todo = say("continue with topazdesk jobs run") if has_jobs else say("start it again")
    found: list[str] = []
    for sentence in _SENTENCE.split(hint):
        if whole := _WHOLE.match(sentence):
            found.append(f"{capital(todo)}{whole['when']}.")
        elif not _ALONE.search(sentence):
            found.append(sentence)
        elif (tail := _TAIL.search(sentence)) is not None:
            then = f"{todo}{tail['when']}"
            found.append(say("{first:text}, then {then:text}.", first=sentence[: tail.start()], then=then))
    text = " ".join(found)
    return text if todo in text.lower() else f"{text} {capital(todo)}.".strip()
