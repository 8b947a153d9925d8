"""Logging to a rotating file in the profile, with secrets taken out whatever module wrote the line."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

#: Keys in headers and anything that looks like a signed link's query.
_SECRETS = re.compile(
    r"(?i)(x-api-key|authorization|api[_-]?key|bearer)(['\"]?\s*[:=]\s*['\"]?|\s+)[^\s'\",}]+|(https?://[^\s?'\"]+)\?[^\s'\"]+"
)


class SecretFilter(logging.Filter):
    """Replaces keys and signed queries in the finished text of each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the record is changed in place."""
        text = record.getMessage()
        clean = redact(text)
        if clean != text:
            record.msg, record.args = clean, None
        return True


def redact(text: str) -> str:
    """`text` without keys and without the query part of links."""
    return _SECRETS.sub(lambda m: f"{m.group(3)}?…" if m.group(3) else f"{m.group(1)}: …", text)


def start_log(folder: Path, *, level: int = logging.INFO) -> RotatingFileHandler:
    """Logs to `folder/topazdesk.log` (1 MB, three old files). The caller closes the handler at the end."""
    handler = RotatingFileHandler(
        folder / "topazdesk.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(SecretFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # These log each request with its full URL.
    for noisy in ("httpx", "httpcore", "hpack", "PIL", "pyvips", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler
