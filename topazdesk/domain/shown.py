"""Text of strangers, made fit to be shown: file names, what a service says, names of models and presets.

A terminal takes control characters for commands, and signs that turn the direction of writing make a name look like another.
Whoever shows such text shows it through this module; what programs read (`--json`, settings, sidecars) stays faithful.
"""

from __future__ import annotations

import re

#: Longest name or sentence that anybody reads, and longest text with lines.
MOST = 1_000
MOST_LINES = 20_000

_SIGN = "\N{REPLACEMENT CHARACTER}"
# C0 without tab and line feed, DEL and C1; soft hyphen, Arabic letter mark, zero-width space, direction marks, separators of
# lines and paragraphs, embeddings and overrides, word joiner and invisible operators, isolates, byte order mark, tags, and
# halves of characters (bytes that are no text). The joiners U+200C and U+200D stay: scripts and emoji need them.
_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str, most: int = MOST) -> str:
    """`text` on one line, without signs that command or deceive, cut in the middle beyond `most` characters."""
    text = (
        text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if not text.isascii() and _has_bytes(text)
        else text
    )
    return cut(_DECEIVING.sub(_SIGN, text.replace("\r\n", "\n")).replace("\n", "⏎").replace("\t", " "), most)


def lines(text: str, most: int = MOST_LINES) -> str:
    """As `one_line`, but its lines and tabs stay."""
    return cut(_DECEIVING.sub(_SIGN, text.replace("\r\n", "\n")), most)


def cut(text: str, most: int) -> str:
    """`text`, or its start and its end around an ellipsis where it is longer."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1]}…{text[len(text) - end :]}"


def _has_bytes(text: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in text)
