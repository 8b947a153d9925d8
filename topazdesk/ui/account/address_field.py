"""The field for a service's address: the standard one, or that of a proxy or test service, checked as it is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk.app.settings import check_url
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError
from topazdesk.language import titled
from topazdesk.ui.controls import IconButton, LineField, Text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px


class AddressField(QWidget):
    """A line for the address, with a button back to the standard one and a hint below.

    `changed(service, address)` is emitted once a valid address is left; "" is the standard one. `grew` is emitted when
    the hint appears or disappears. `fixed` is an address set by the environment, which cannot be changed here.
    """

    changed = Signal(object, str)
    grew = Signal()

    def __init__(self, service: ServiceName, address: str, fixed: str = "") -> None:
        super().__init__()
        self._service = service
        self._fixed = fixed
        self.usual = service.traits.address
        self.line = LineField(fixed or address)
        self.line.setAccessibleName(tr("Address of {service}").format(service=translated(service.label)))
        self.line.setPlaceholderText(self.usual)
        self.standard = IconButton("reset", tr("Use the standard address"))
        kept = self.standard.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.standard.setSizePolicy(kept)
        self.told = Text("", "small", "text2", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(4))
        grid.setColumnMinimumWidth(0, px(64))
        grid.setColumnStretch(1, 1)
        grid.addWidget(Text(translated(service.label), "base"), 0, 0)
        grid.addWidget(self.line, 0, 1)
        grid.addWidget(self.standard, 0, 2)
        grid.addWidget(self.told, 1, 1, 1, 2)
        self.line.editingFinished.connect(self.settle)
        self.standard.clicked.connect(self._use_standard)
        bind(self._show, self.line.textChanged)

    def settle(self) -> None:
        """Take over what is in the field, as leaving it would."""
        if not self._fixed and not self.problem():
            typed = self.line.text().strip().rstrip("/")
            self.changed.emit(self._service, "" if typed == self.usual else typed)

    def problem(self) -> str:
        """Return what is wrong with the address as a sentence, or ""."""
        typed = self.line.text().strip()
        try:
            check_url(typed or self.usual)
        except UseError as error:
            return titled(error.title, error.hint)
        return ""

    def _show(self) -> None:
        problem = "" if self._fixed else self.problem()
        own = self.line.text().strip().rstrip("/") not in ("", self.usual)
        self.line.setEnabled(not self._fixed)
        self.line.set_invalid(bool(problem))
        self.standard.setVisible(own and not self._fixed)
        words = problem or (tr("Your pictures and your key are sent to this address.") if own else "")
        if self._fixed:
            words = tr("Set by the environment ({name})").format(name=f"TOPAZDESK_{self._service.upper()}_URL")
        self.told.set_colour("err" if problem else "text2")
        self.line.setAccessibleDescription(words)
        if words != self.told.text() or self.told.isVisibleTo(self) is not bool(words):
            self.told.setText(words)
            self.told.setVisible(bool(words))
            self.grew.emit()

    def _use_standard(self) -> None:
        self.line.clear()
        self.settle()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
