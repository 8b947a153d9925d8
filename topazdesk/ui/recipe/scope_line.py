"""The line above the settings that says for which pictures they are, and lets the user choose."""

from __future__ import annotations

from PySide6.QtCore import Qt

from topazdesk.ui.controls import Button, Menu
from topazdesk.ui.texts import ntr, number, tr


class ScopeLine(Button):
    """A button such as "For all 36 pictures ▾"; hidden while there is only one picture and nothing to tell apart."""

    def __init__(self) -> None:
        super().__init__("", "quiet", size="small", caret=True)
        self.setAccessibleName(tr("Settings"))
        self.hide()

    def say(self, text: str) -> None:
        """Show for which pictures the settings are; "" hides the line."""
        if text != self.label():
            self.setText(text)
            self.setAccessibleName(tr("Settings: {scope}").format(scope=text))
        self.setVisible(bool(text))

    def menu(self) -> Menu:
        """Build an empty menu, to be filled and given to `drop_down`."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def drop_down(self, menu: Menu) -> None:
        """Open a menu below the line."""
        menu.drop_down(self, gap=2)


def common_text(count: int, own: int) -> str:
    """Return for which pictures the common settings are: `count` in the list, `own` of them with settings of theirs."""
    if count <= 1 and not own:
        return ""
    if own:
        rest = count - own
        words = ntr("For the picture without its own settings", "For the {n} without their own settings", rest)
        return words.format(n=number(rest))
    return tr("For both pictures") if count == 2 else tr("For all {n} pictures").format(n=number(count))


def own_text(count: int) -> str:
    """Return for which pictures settings of their own are."""
    return tr("For this picture only") if count <= 1 else tr("For the {n} selected").format(n=number(count))
