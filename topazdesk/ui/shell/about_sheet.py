"""About the program: version, licence, what it is made of, and what to copy into a report of a fault."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk import __version__
from topazdesk.app.components import Component
from topazdesk.ui.controls import Button, ElidedLabel, Sheet, Text
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class AboutSheet(Sheet):
    """Shows version and licences. Emits `folder_wanted` for the folder of settings, books and logs."""

    help_page = "privacy#logs"

    folder_wanted = Signal(Path)

    def __init__(self, parent: QWidget, versions: str, components: Sequence[Component], profile: Path) -> None:
        super().__init__(parent, tr("About topazdesk"), width=640, closable=True)
        self._versions = versions
        self.body.addWidget(Text(tr("Version {version}").format(version=__version__), weight=600))
        self.body.addWidget(
            Text(
                tr(
                    "Made by its own authors and not by Topaz Labs or Runflow, whose services it uses. The source code "
                    "is under the MIT licence. Together with exiv2, as it is installed, it is passed on under the GNU "
                    "General Public License, version 3 or later."
                ),
                "base",
                "text2",
                wrap=True,
            )
        )
        self.body.addSpacing(px(8))
        self.body.addWidget(Text(tr("Your settings, charges and logs"), weight=600))
        self.body.addWidget(ElidedLabel(str(profile), "base", "text2"))
        if components:
            self.body.addSpacing(px(8))
            self.body.addWidget(Text(tr("Made with"), weight=600))
            self.body.addLayout(_table(components))
        self.copy_button = Button(tr("Copy versions"), icon="copy")
        self.copy_button.setToolTip(tr("For a report of a fault"))
        self.copy_button.clicked.connect(self._copy)
        show = Button(tr("Show the folder"), icon="folder")
        show.clicked.connect(lambda: self.folder_wanted.emit(profile))
        self.footer.addWidget(self.copy_button)
        self.footer.addWidget(show)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._versions)
        self.copy_button.setText(tr("Copied"))


def _table(components: Sequence[Component]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(16))
    grid.setVerticalSpacing(px(4))
    for row, part in enumerate(components):
        grid.addWidget(Text(part.name, "small"), row, 0)
        grid.addWidget(Text(part.version, "small", "text2"), row, 1)
        grid.addWidget(Text(part.licence, "small", "text2", wrap=True), row, 2)
    grid.setColumnStretch(2, 1)
    return grid
