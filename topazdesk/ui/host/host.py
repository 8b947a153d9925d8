"""The interface through which features use their window, so that none depends on the whole window."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QWidget

from topazdesk.errors import TopazdeskError
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.dialogs import Dialogs
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.host.picture_menu import PictureMenus
from topazdesk.ui.models.session import WindowSession


class Host(Protocol):
    """The window as features see it."""

    @property
    def widget(self) -> QWidget:
        """Parent of dialogs and menus."""
        ...

    @property
    def session(self) -> WindowSession:
        """State of the window; its `spawn` runs coroutines on the event loop."""
        ...

    @property
    def dialogs(self) -> Dialogs:
        """Runs dialogs, at most one at a time."""
        ...

    @property
    def commands(self) -> Actions:
        """All actions by name; a feature provides its own here."""
        ...

    @property
    def notices(self) -> Notices:
        """The notices above the viewer: the only way to tell the user something."""
        ...

    @property
    def outgoing(self) -> Outgoing:
        """Opens, shows, copies and drags files."""
        ...

    @property
    def menus(self) -> PictureMenus:
        """Context menus of pictures, to which a feature adds what it can do."""
        ...

    def tell(self, error: TopazdeskError) -> None:
        """Show an error as a notice, with buttons that help to fix it."""
        ...
