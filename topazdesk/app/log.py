"""Logging to a rotating file in the profile, with secrets taken out whatever module wrote the line."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

#: Keys in headers and anything that looks like a signed link's query.
_SECRETS = re.compile(
    r"(?i)(x-api-key|authorization|api[_-]?key|bearer)(['\"]?\s*[:=]\s*['\"]?|\s+)(bearer\s+)?[^\s'\",}]+"
    r"|(https?://[^\s?'\"]+)\?[^\s'\"]+"
)


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of the finished text of a record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line to write."""
        return redact(super().format(record))


def redact(text: str) -> str:
    """`text` without keys and without the query part of links."""
    return _SECRETS.sub(lambda m: f"{m.group(4)}?…" if m.group(4) else f"{m.group(1)}: …", text)


def start_log(folder: Path, *, level: int = logging.INFO) -> RotatingFileHandler:
    """Logs to `folder/topazdesk.log` (1 MB, three old files). The caller closes the handler at the end."""
    handler = RotatingFileHandler(
        folder / "topazdesk.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
    )
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # These log each request with its full URL.
    for noisy in ("httpx", "httpcore", "hpack", "PIL", "pyvips", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler
