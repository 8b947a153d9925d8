"""The settings about metadata: where that of the original goes, and what stays out of results."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.app.settings import Settings
from topazdesk.domain.kept import CredentialsMode, MetadataMode, ResolutionMode
from topazdesk.ui.controls import CheckBox, Option, Segmented, Text
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class MetadataFields(QWidget):
    """Emits `changed` with the name of a setting and its new value."""

    changed = Signal(str, object)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        choice = settings.metadata_choice
        self.mode = Segmented(
            (
                Option(MetadataMode.EMBED.value, tr("In the result")),
                Option(MetadataMode.SIDECAR.value, tr("In an XMP file beside it")),
                Option(MetadataMode.OFF.value, tr("Leave out")),
            ),
            name=tr("Metadata of the original"),
        )
        self.mode.set_value(choice.mode.value)
        self.keeps = {
            "keep_location": CheckBox(tr("Keep the location"), tr("GPS position and place names")),
            "keep_people": CheckBox(tr("Keep people"), tr("Names of people shown, face areas, the camera's owner")),
            "keep_serials": CheckBox(tr("Keep serial numbers"), tr("Of camera and lens")),
        }
        for name, box in self.keeps.items():
            box.setChecked(bool(getattr(settings, name)))
            box.toggled.connect(lambda kept, each=name: self.changed.emit(each, kept))
        self.resolution = Segmented(
            (
                Option(ResolutionMode.PRINT_SIZE.value, tr("Same print size")),
                Option(ResolutionMode.SAME_DPI.value, tr("Same dpi")),
            ),
            name=tr("Resolution"),
        )
        self.resolution.set_value(choice.resolution.value)
        self.replace = CheckBox(
            tr("Replace content credentials"),
            tr("Adds the metadata, removes the service's signature"),
        )
        self.replace.setChecked(choice.credentials is CredentialsMode.REPLACE)
        self._lay_out()
        self._connect()
        self._enable(choice.mode.value)

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        for widget in (self.mode, *self.keeps.values()):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(Text(tr("Resolution"), "base"))
        row.addWidget(self.resolution)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.replace)

    def _connect(self) -> None:
        self.mode.chosen.connect(lambda mode: self.changed.emit("metadata", str(mode)))
        self.mode.chosen.connect(self._enable)
        self.resolution.chosen.connect(lambda mode: self.changed.emit("resolution", str(mode)))
        self.replace.toggled.connect(
            lambda on: self.changed.emit("credentials", (CredentialsMode.REPLACE if on else CredentialsMode.KEEP).value)
        )

    def _enable(self, mode: object) -> None:
        """Switch off what has no effect: nothing is left out of nothing."""
        for box in self.keeps.values():
            box.setEnabled(mode != MetadataMode.OFF.value)
        self.replace.setEnabled(mode == MetadataMode.EMBED.value)
