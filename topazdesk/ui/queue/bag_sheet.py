"""The sheet before finished results are saved as an archive bag: which, and whether with the originals."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from topazdesk.ui.controls import Button, CheckBox, Option, Segmented, Sheet, Text
from topazdesk.ui.texts import number, pictures_text, tr
from topazdesk.ui.theme import px


class BagSheet(Sheet):
    """Says what a bag is and asks what goes in; accepted means that a place is chosen next.

    `wants_selected`: the user has said so already, by asking for it where these are; they need not be selected then.
    """

    help_page = "files#bag"

    def __init__(self, parent: QWidget, finished: int, selected: int, *, wants_selected: bool = False) -> None:
        super().__init__(parent, tr("Save as archive bag"), width=520)
        what = tr(
            "A new folder in the form that archives take (BagIt): the results, how each was made, a contact sheet of "
            "before and after, and checksums that prove that it is whole."
        )
        self.body.addWidget(Text(what, "base", wrap=True))
        self.body.addSpacing(px(6))
        these = tr("Only this one") if wants_selected and selected == 1 else tr("Selected ({n})")
        self.which = Segmented(
            (
                Option(False, tr("All finished ({n})").format(n=number(finished))),
                Option(True, these.format(n=number(selected))),
            ),
            name=tr("Results in the bag"),
        )
        self.which.set_value(selected < finished and (wants_selected or selected > 1))
        has_choice = 0 < selected < finished
        self.which.setVisible(has_choice)
        count = Text(pictures_text(finished), "base", "text2")
        count.setVisible(not has_choice)
        self.originals = CheckBox(tr("Include the originals"), tr("Copies of them; the bag gets larger"))
        for widget in (self.which, count, self.originals):
            self.body.addWidget(widget)
        self.cancel = Button(tr("Cancel"))
        self.choose = Button(tr("Choose where…"), "primary", icon="folder")
        self.footer.addStretch(1)
        self.footer.addWidget(self.cancel)
        self.footer.addWidget(self.choose)
        self.cancel.clicked.connect(self.reject)
        self.choose.clicked.connect(self.accept)
        self.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def only_selected(self) -> bool:
        """Whether only the selected results are wanted."""
        return bool(self.which.value())
