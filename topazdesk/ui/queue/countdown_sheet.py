"""Counts down to the moment at which the computer sleeps or is shut down, and can be stopped until then."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from topazdesk.domain.after_run import AfterRun
from topazdesk.ui.controls import Button, ProgressLine, Sheet, Text
from topazdesk.ui.texts import tr, translated

_TICK_MS = 250
#: Seconds at which a screen reader says how many are left.
_SAID = (30, 10, 5)


class CountdownSheet(Sheet):
    """Accepted when the time is over, or at once by its button; rejected by everything that closes a sheet."""

    help_page = "unattended#away"

    def __init__(self, parent: QWidget, action: AfterRun, seconds: float) -> None:
        super().__init__(parent, translated(action.countdown(max(1, round(seconds)))), width=480)
        self._action, self._seconds = action, seconds
        self._until = time.monotonic() + seconds
        self._said = [each for each in _SAID if each < seconds]
        self.line = ProgressLine(name=tr("Time left"))
        self.line.set_share(1.0)
        self.body.addWidget(
            Text(
                tr("Everything is done and saved. Escape or new pictures keep the computer on, too."), "base", wrap=True
            )
        )
        self.body.addWidget(self.line)
        self.now = Button(tr("Sleep now") if action is AfterRun.SLEEP else tr("Shut down now"))
        self.keep = Button(tr("Keep it on"), "primary")
        self.footer.addStretch(1)
        self.footer.addWidget(self.now)
        self.footer.addWidget(self.keep)
        self.now.clicked.connect(self.accept)
        self.keep.clicked.connect(self.reject)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.finished.connect(self._timer.stop)
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Have it said what is about to happen."""
        super().showEvent(event)
        self.say()

    def tick(self) -> None:
        """Show the seconds that are left; accept when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            self.accept()
            return
        words = translated(self._action.countdown(max(1, round(left))))
        if words != self.heading.text():
            self.heading.setText(words)
            self.setAccessibleName(words)
        self.line.set_share(left / self._seconds)
        if self._said and left <= self._said[0]:
            self._said.pop(0)
            self.say()

    def say(self) -> None:
        """Have a screen reader say what is about to happen, whatever it is reading."""
        event = QAccessibleAnnouncementEvent(self, self.accessibleName())
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)
