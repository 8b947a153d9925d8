"""The window closes at once, whatever is being looked into."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QApplication

from topazdesk.ui.models.library import Library
from topazdesk.ui.runtime.work import Work


def test_a_closed_window_looks_into_no_folder_any_more(qapp: QApplication, tmp_path: Path) -> None:
    """The thread went on with a folder of 100,000 files, and the program could not end before it had."""
    (tmp_path / "p.jpg").touch()
    library = Library(Work().spawn)
    library.close()
    assert asyncio.run(library.intake.add([tmp_path])) == []
    assert library.intake.scanning == 0
    library.deleteLater()
