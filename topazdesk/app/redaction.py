"""Takes out of texts what nobody else should read: keys, signed links, paths, names of pictures, e-mail addresses.

What a log is written with (`without_names`) and what a report of a problem holds (`scrubbed`, which also knows the
names themselves). When in doubt, more is taken out: a report that lacks a word can be asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

GONE = "…"

#: Keys in headers, and anything that looks like the query of a signed link.
_SECRETS = re.compile(
    r"(?i)(x-api-key|authorization|api[_-]?key(?:_\w+)?|bearer)(['\"]?\s*[:=]\s*['\"]?|\s+)(bearer\s+)?[^\s'\",}]+"
    r"|(https?://[^\s?'\"]+)\?[^\s'\"]+"
)
_KINDS = (
    "jpe?g|jpe|png|tiff?|webp|hei[cf]|avif|bmp|gif|psd|jxl|jp2|j2k|xmp|pdf|csv|html|svg|"
    "dng|nef|cr[23]|arw|orf|rw2|raf|pef|srw"
)
_ENDS = rf"\.(?:{_KINDS})(?!\w)"
#: Where a path begins: at the root, a drive, a share, a home folder, an address of a file.
#: Not the paths of a service's own calls.
_ROOT = (
    r"(?<![\w/\\.…])(?:~\w*(?=[/\\])|(?:file|smb|s?ftp|afp|nfs):/{1,2}(?=[/\\])|[A-Za-z]:(?=[/\\])|(?=[/\\]))"
    r"(?!/(?:image|account|v1)/)[/\\](?=[^\s/])"
)
_MODULE = re.compile(r"File \"([^\"\n]+\.pyi?)\"")
_OWN = re.compile(r".*[/\\]((?:topazdesk|tests|site-packages|python3\.\d+)[/\\].*)")
_QUOTED = re.compile(
    rf"(['\"“‘«])(?!https?://)(?:(?:[/\\~]|[A-Za-z]:[/\\])[^\n'\"”’»]*|[^\n'\"”’»]*{_ENDS})(['\"”’»])", re.IGNORECASE
)
_TO_PICTURE = re.compile(rf"{_ROOT}[^\n'\"<>|]*?{_ENDS}", re.IGNORECASE)
#: A folder may have spaces in its name: it ends where the sentence does.
_PATH = re.compile(rf"{_ROOT}[^\n'\"<>|:,;()]*", re.IGNORECASE)
_NAME = re.compile(rf"[^\s'\"/\\:,;()<>|=…]+{_ENDS}", re.IGNORECASE)
_LOGIN = re.compile(r"(://)[^/\s@]+@")
_E_MAIL = re.compile(r"[^\s@<>\"'(),:;=]+@[^\s@<>\"'(),:;]+\.[^\s@<>\"'(),:;]+")
_LONG = re.compile(r"[A-Za-z0-9_\-]{32,}")


def redact(text: str) -> str:
    """Return `text` without keys and without the queries of links."""
    return _SECRETS.sub(lambda m: f"{m.group(4)}?…" if m.group(4) else f"{m.group(1)}: …", text)


def without_names(text: str) -> str:
    """Return `text` without keys, paths, names of pictures and e-mail addresses. Places in the program stay."""
    text = redact(text)
    text = _LOGIN.sub(rf"\1{GONE}@", text)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        own = _OWN.fullmatch(found[1])
        kept.append(own[1] if own else re.split(r"[/\\]", found[1])[-1])
        return f"File \0{len(kept) - 1}\0"

    text = _MODULE.sub(keep, text)
    text = _QUOTED.sub(rf"\1{GONE}\2", text)
    for pattern in (_TO_PICTURE, _PATH, _NAME, _E_MAIL):
        text = pattern.sub(GONE, text)
    return re.sub("\0(\\d+)\0", lambda found: f'"{kept[int(found[1])]}"', text)


def scrubbed(text: str, names: Iterable[str] = (), secrets: Iterable[str] = ()) -> str:
    """Return `text` without all of that, without these names and keys, and without any long sign that may be one."""
    for secret in secrets:
        if len(secret) > 5:
            text = text.replace(secret, GONE)
    for name in sorted({name for name in names if len(name) > 2}, key=len, reverse=True):
        if name in text:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", GONE, text)
    return _LONG.sub(GONE, without_names(text))
