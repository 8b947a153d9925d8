"""Makes the whole window while its first contents can already be used, and puts it in their place."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

from topazdesk.ui.shell.columns import Columns

if TYPE_CHECKING:
    from topazdesk.ui.recipe.panel import RecipePanel
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.front import Front
    from topazdesk.ui.shell.window import Window

#: A press or drag that has not ended by then is not waited for: some systems never tell of its end.
_LONGEST_PRESS_S = 5.0
_ENDS = frozenset({QEvent.Type.MouseButtonRelease, QEvent.Type.Drop, QEvent.Type.DragLeave})


async def complete(frame: Frame, front: Front, cache_dir: Path, look: dict[str, str]) -> Window:
    """Replace the first contents by the whole window, in steps between which the loop runs."""
    window_type, recipe_type = await asyncio.to_thread(_load)
    recipe = recipe_type()
    await asyncio.sleep(0)
    window = window_type(cache_dir, recipe)
    window.panels.restore(Columns.parse(look.get("splitter", "")))
    window.viewer.restore_mode(look.get("compare_mode", ""))
    await asyncio.sleep(0)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_PRESS_S):
            await _let_go(front)
    frame.fill(window, lambda: front.hand_over(window))
    front.fulfil(window)
    return window


def _load() -> tuple[type[Window], type[RecipePanel]]:
    """Import the whole window; called in a thread, while its first contents respond."""
    import topazdesk.ui.shell.opening  # noqa: F401
    from topazdesk.ui.recipe.panel import RecipePanel
    from topazdesk.ui.shell.window import Window

    return Window, RecipePanel


async def _let_go(front: Front) -> None:
    """Wait until nothing is pressed or dragged: what is begun in the first contents must end there."""
    ends = _Ends()
    try:
        while front.is_in_use:
            ends.seen.clear()
            await ends.seen.wait()
    finally:
        ends.deleteLater()


class _Ends(QObject):
    """Sees when a press or a drag ends, anywhere in the program."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = asyncio.Event()
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell of it after it has been handled."""
        if event.type() in _ENDS:
            QTimer.singleShot(0, self.seen.set)
        return False
