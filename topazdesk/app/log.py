"""Logs to a rotating file in the profile; secrets and names are removed whichever module wrote the line."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from topazdesk.app.redaction import redact, without_names
from topazdesk.domain.displayed_text import lines, one_line

_MAX_CHARS = 100_000


class _PrivateLog(RotatingFileHandler):
    """A log file that only its user can read, never opened through a link or into a pipe."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(self.baseFilename, flags, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding)  # type: ignore[return-value]


class RedactingFormatter(logging.Formatter):
    """Removes secrets from the finished text of a record and its traceback, and puts each message on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text to write."""
        return lines(redact(super().format(record)), _MAX_CHARS)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 its own name
        """Return the line without its traceback; as it is one line, no message can imitate another one."""
        record.message = one_line(record.message, _MAX_CHARS)
        return super().formatMessage(record)


class PrivateFormatter(RedactingFormatter):
    """Removes paths, names of pictures and e-mail addresses, too: a log may be passed on."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text to write."""
        return without_names(super().format(record))


def start_log(folder: Path, *, level: int = logging.INFO) -> RotatingFileHandler:
    """Start logging to `folder/topazdesk.log` (1 MB, three old files). The caller closes the handler at the end."""
    handler = _PrivateLog(folder / "topazdesk.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # They log each request with its full URL.
    for noisy in ("httpx", "httpcore", "hpack", "PIL", "pyvips", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler
