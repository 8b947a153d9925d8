"""PySide's `import` in a process of its own, since it is replaced once for a whole process."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import builtins, linecache
import PySide6.QtCore
{restore}
from topazdesk.ui.texts import tr
print(builtins.__import__ is builtins.__orig_import__, any(name.endswith("ui/texts.py") for name in linecache.cache))
"""
_RESTORE = "from topazdesk.ui.runtime.plain_import import restore_import; restore_import()"


def _told(restore: str) -> str:
    code = _CODE.format(restore=restore)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_no_source_text_is_read_for_an_import() -> None:
    assert _told("") == "False True", "PySide no longer reads source texts: plain_import can go"
    assert _told(_RESTORE) == "True False"
