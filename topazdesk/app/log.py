"""Logging to a rotating file in the profile, with secrets taken out whatever module wrote the line."""

from __future__ import annotations

import logging
import os
import re
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from topazdesk.domain.shown import lines, one_line

#: Keys in headers and anything that looks like a signed link's query.
_SECRETS = re.compile(
    r"(?i)(x-api-key|authorization|api[_-]?key|bearer)(['\"]?\s*[:=]\s*['\"]?|\s+)(bearer\s+)?[^\s'\",}]+"
    r"|(https?://[^\s?'\"]+)\?[^\s'\"]+"
)


_MOST = 100_000


class _PrivateLog(RotatingFileHandler):
    """For its user alone, and never through a link or into a pipe."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), self.mode, encoding=self.encoding)  # type: ignore[return-value]


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of the finished text of a record, its traceback included; a message is one line, whoever wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line to write."""
        return lines(redact(super().format(record)), _MOST)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 its own name
        """The line without its traceback: no message can pretend to be another."""
        record.message = one_line(record.message, _MOST)
        return super().formatMessage(record)


def redact(text: str) -> str:
    """`text` without keys and without the query part of links."""
    return _SECRETS.sub(lambda m: f"{m.group(4)}?…" if m.group(4) else f"{m.group(1)}: …", text)


def start_log(folder: Path, *, level: int = logging.INFO) -> RotatingFileHandler:
    """Logs to `folder/topazdesk.log` (1 MB, three old files). The caller closes the handler at the end."""
    handler = _PrivateLog(folder / "topazdesk.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # These log each request with its full URL.
    for noisy in ("httpx", "httpcore", "hpack", "PIL", "pyvips", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler
