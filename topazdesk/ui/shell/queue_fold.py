"""Opens the queue above the footer, and folds it into the footer."""

from __future__ import annotations

from topazdesk.ui.host.feature import Feature
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

#: The highest that the queue opens, in design pixels, and for how many rows it has room however few there are.
_MOST, _LEAST_ROWS = 412, 3
#: Below this height, in design pixels, there is no room for the queue, the trials and the picture they are of.
_LOW = 800


class QueueFold(Feature):
    """Places the queue panel below pictures and viewer, and opens or folds it."""

    def __init__(self, window: Window, panel: QueuePanel) -> None:
        super().__init__(window)
        self._window = window
        self._panel = panel
        self._gave_way = False
        panel.hide()
        window.left.addWidget(panel)
        window.left.setStretchFactor(0, 1)
        window.footer.fold.show()
        window.footer.queue_wanted.connect(self.toggle)
        panel.fold_wanted.connect(self.toggle)
        window.commands.provide("queue", self.toggle)

    def open(self) -> None:
        """Open the queue if it is folded."""
        if self._panel.isHidden():
            self.toggle()

    def make_room(self, wanted: bool) -> None:
        """Fold the queue while something else needs the room in a low window, and open it again afterwards."""
        if wanted:
            self._gave_way = not self._panel.isHidden() and self._window.left.height() < px(_LOW)
        if self._gave_way and wanted is self._panel.isVisibleTo(self._window):
            self.toggle()
        self._gave_way = self._gave_way and wanted

    def toggle(self) -> None:
        """Open the queue if it is folded, else fold it."""
        panel, left, fold = self._panel, self._window.left, self._window.footer.fold
        panel.setVisible(panel.isHidden())
        opened = self._window.shows_queue = not panel.isHidden()
        if opened:
            wanted = max(self._panel.useful_height(_LEAST_ROWS), left.height() // 3)
            height = min(px(_MOST), left.height() * 3 // 5, wanted)
            left.setSizes([left.height() - height, height])
        fold.set_icon_name("fold" if opened else "up")
        name = tr("Fold the queue") if opened else tr("Show the queue")
        fold.set_name(name)
        self._window.commands["queue"].setText(name)
