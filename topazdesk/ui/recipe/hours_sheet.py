"""The sheet that asks at which hours the next runs may be sent."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from topazdesk.domain.sending_hours import SendingHours
from topazdesk.language import local_time
from topazdesk.locale_forms import typed_time
from topazdesk.ui.controls import Button, LineField, Sheet, Text
from topazdesk.ui.controls.titled_rows import titled_rows
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated

_NIGHT = ("22:00", "06:00")


class HoursSheet(Sheet):
    """Asks for two times: await `answered()`, then read `hours` if the sheet was accepted (None: at any time).

    The days of the week that a run's file named stay as they are.
    """

    help_page = "unattended#hours"

    def __init__(self, parent: QWidget, before: SendingHours | None) -> None:
        super().__init__(parent, tr("Send only at some hours"), width=420)
        self._before = before
        self._is_any_time = False
        start, end = _NIGHT if before is None else (f"{before.start:%H:%M}", f"{before.end:%H:%M}")
        self.start, self.end = LineField(local_time(start)), LineField(local_time(end))
        for field, name in ((self.start, tr("Send from")), (self.end, tr("Send until"))):
            field.setAccessibleName(name)
            field.setPlaceholderText(tr("For example: {time}").format(time=local_time("22:00")))
        self.body.addLayout(titled_rows([(tr("From"), self.start), (tr("Until"), self.end)]))
        self.hint = Text(" ", "small", "text2", wrap=True)
        self.body.addWidget(self.hint)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.any_time = Button(tr("At any time"))
        self.any_time.clicked.connect(self._at_any_time)
        self.any_time.setVisible(before is not None)
        self.save = Button(tr("Use these hours"), "primary")
        self.save.clicked.connect(self.accept)
        self.footer.addWidget(self.any_time)
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.save)
        for field in (self.start, self.end):
            field.returnPressed.connect(self.save.click)
        self.start.selectAll()
        self.start.setFocus()
        bind(self._typed, self.start.textChanged, self.end.textChanged)

    @property
    def hours(self) -> SendingHours | None:
        """The hours that were chosen; None for any time. Only of an accepted sheet."""
        return None if self._is_any_time else self._read()

    def _at_any_time(self) -> None:
        self._is_any_time = True
        self.done(QDialog.DialogCode.Accepted)

    def _read(self) -> SendingHours | None:
        try:
            return SendingHours.read(
                f"{typed_time(self.start.text())}-{typed_time(self.end.text())}",
                "" if self._before is None else self._before.days_text,
            )
        except ValueError:
            return None

    def _typed(self) -> None:
        hours = self._read()
        if hours is None:
            words = reason = tr("Write two times, such as {start} and {end}").format(
                start=local_time("22:00"), end=local_time("06:00")
            )
        else:
            plain = tr("Pictures that you start are sent {hours} only, while topazdesk is running.")
            words, reason = plain.format(hours=translated(hours.text)), ""
        self.hint.setText(words)
        self.save.set_reason(reason)
