"""The window together with an opened profile: the `Host` that features are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from topazdesk.errors import TopazdeskError
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.dialogs import Dialogs
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.host.picture_menu import PictureMenus
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.window import Window

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext


class Workspace(QObject):
    """Implements `Host`. Created with the opened profile, so that pricing and session exist from the start."""

    def __init__(self, window: Window, context: AppContext) -> None:
        super().__init__(window)
        self.window = window
        spawn = window.work.spawn
        self._dialogs = Dialogs(spawn)
        self._pricing = Pricing(context, window.library, spawn, self)
        self._session = WindowSession(context, window.library, self._pricing, spawn, self)
        self._session.trouble.connect(window.tell)

    def close(self) -> None:
        """Stop listening, asking the service and calculating prices."""
        self._session.close()
        self._pricing.close()

    @property
    def widget(self) -> QWidget:
        """The contents of the window, parent of dialogs and menus."""
        return self.window

    @property
    def session(self) -> WindowSession:
        """State of the window."""
        return self._session

    @property
    def dialogs(self) -> Dialogs:
        """Runs dialogs, at most one at a time."""
        return self._dialogs

    @property
    def commands(self) -> Actions:
        """All actions by name."""
        return self.window.commands

    @property
    def notices(self) -> Notices:
        """The notices above the viewer."""
        return self.window.notices

    @property
    def outgoing(self) -> Outgoing:
        """Opens, shows, copies and drags files."""
        return self.window.outgoing

    @property
    def menus(self) -> PictureMenus:
        """Context menus of pictures."""
        return self.window.menus

    def tell(self, error: TopazdeskError) -> None:
        """Show an error as a notice, with buttons that help to fix it."""
        self.window.tell(error)
