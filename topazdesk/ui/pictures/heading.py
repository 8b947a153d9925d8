"""What the left column shows before there are pictures: its title with the buttons, and what will appear below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.ui.controls import Button, IconButton, Text
from topazdesk.ui.controls.header import Header
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.texts import number, tr
from topazdesk.ui.theme import px


class PicturesHeading(Header):
    """The title of the column with the number of pictures, the window's menu and the button that adds pictures."""

    def __init__(self) -> None:
        add_button = Button(tr("Add"), icon="add", size="panel")
        super().__init__(add_button)
        self.menu_button = IconButton("menu", tr("Menu"))
        self.add_button = add_button
        self.add_button.setToolTip(tr("Add pictures…"))
        self._count = Text("", "base", "text3", tabular=True)
        self.row.addWidget(self.menu_button)
        self.row.addWidget(Text(tr("Pictures"), "title"))
        self.row.addWidget(self._count)
        self.row.addStretch(1)
        self.row.addWidget(self.add_button)

    def show_count(self, count: int) -> None:
        """Show how many pictures there are."""
        self._count.setText(number(count) if count else "")


class NoPictures(QWidget):
    """Placeholder while the list is empty; says what will appear here."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(px(12))
        column.addStretch(1)
        column.addWidget(Mark("choose", "text2", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        text = Text(tr("Your pictures will be listed here."), "base", "text2", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(text)
        column.addStretch(1)
