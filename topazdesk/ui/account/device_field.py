"""What the service on this computer computes with: the graphics card or the processor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.domain.compute_device import AUTO, PROCESSOR
from topazdesk.domain.displayed_text import one_line
from topazdesk.ui.controls import Choice
from topazdesk.ui.controls.titled_rows import hint
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

_LONGEST = 60


class DeviceField(QWidget):
    """The list of devices. `changed` is emitted with the choice; `fixed` is one that the environment has made.

    Call `show_cards` with the graphics cards once they are known: their drivers have to be asked.
    """

    changed = Signal(str)

    def __init__(self, chosen: str, fixed: str) -> None:
        super().__init__()
        self._chosen = fixed or chosen
        self.choice = Choice(name=tr("What this computer computes with"))
        self.choice.chosen.connect(self._take)
        self.choice.setEnabled(not fixed)
        self.told = hint("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self.choice)
        column.addWidget(self.told)
        self._is_fixed = bool(fixed)
        self.show_cards(None)

    def show_cards(self, cards: Sequence[str] | None) -> None:
        """Offer these graphics cards; None while they are being looked for."""
        entries: list[tuple[object, str]] = [
            (AUTO, tr("Automatic: graphics card, else processor")),
            (PROCESSOR, tr("Processor")),
        ]
        names = list(dict.fromkeys(cards or ()))
        if self._chosen not in (AUTO, PROCESSOR, *names):
            names.append(self._chosen)  # it may be plugged in again
        entries += [(name, one_line(name, _LONGEST)) for name in names]
        self.choice.set_entries(entries)
        self.choice.set_value(self._chosen)
        if self._is_fixed:
            words = tr("Set by the environment ({name})").format(name="TOPAZDESK_LOCAL_DEVICE")
        elif cards is None:
            words = tr("Looking for graphics cards…")
        elif not cards:
            words = tr("No graphics card with Vulkan was found, so the processor does the work.")
        else:
            words = tr("If a graphics card fails, the picture goes on with the processor and says so.")
        self.told.setText(words)

    def _take(self, value: object) -> None:
        self._chosen = str(value)
        self.changed.emit(self._chosen)
