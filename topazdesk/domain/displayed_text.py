"""Makes text from outside safe to show: file names, messages of a service, names of models and presets.

A terminal obeys control characters, and characters that reverse the writing direction make one name look like another.
Everything shown to a person goes through this module; what programs read (`--json`, settings, sidecars) stays as it is.
"""

from __future__ import annotations

import re

#: Characters shown of a name or sentence, and of a text with several lines.
MOST = 1_000
MOST_LINES = 20_000

_SIGN = "\N{REPLACEMENT CHARACTER}"
# C0 without tab and line feed, DEL and C1; soft hyphen, Arabic letter mark, zero-width space, direction marks, line and
# paragraph separators, embeddings and overrides, word joiner and invisible operators, isolates, byte order mark, tags,
# and lone surrogates (bytes that are not text). The joiners U+200C and U+200D stay: some scripts and emoji need them.
_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str, most: int = MOST) -> str:
    """Return `text` on one line, without control and deceptive characters, cut in the middle if over `most`."""
    if not text.isascii() and _has_bytes(text):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return cut(_DECEIVING.sub(_SIGN, text.replace("\r\n", "\n")).replace("\n", "⏎").replace("\t", " "), most)


def lines(text: str, most: int = MOST_LINES) -> str:
    """Return `text` as `one_line` does, but with its line breaks and tabs."""
    return cut(_DECEIVING.sub(_SIGN, text.replace("\r\n", "\n")), most)


def cut(text: str, most: int) -> str:
    """Return `text`, or its beginning and end around an ellipsis if it is longer than `most` characters."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1]}…{text[len(text) - end :]}"


def _has_bytes(text: str) -> bool:
    """Return whether the text holds bytes of a file name that are not UTF-8 (surrogate escapes)."""
    return any("\udc80" <= character <= "\udcff" for character in text)
