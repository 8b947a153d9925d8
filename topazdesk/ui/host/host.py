"""What a feature may ask of the window that it is shown in, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from topazdesk.errors import TopazdeskError
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.dialogs import Dialogs
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.models.session import WindowSession


class Host(Protocol):
    """The window, as features know it."""

    @property
    def widget(self) -> QWidget:
        """What dialogs and menus belong to."""
        ...

    @property
    def session(self) -> WindowSession:
        """What the window knows; its `spawn` runs work on the loop."""
        ...

    @property
    def dialogs(self) -> Dialogs:
        """Runs a dialog, unless another one is open."""
        ...

    @property
    def commands(self) -> Actions:
        """Everything that can be done, by name: a feature provides its own actions here."""
        ...

    @property
    def notices(self) -> Notices:
        """Where the user is told something."""
        ...

    def tell(self, error: TopazdeskError) -> None:
        """Show an error as a notice, with what mends it."""
        ...

    def tell_first(self, teller: Callable[[TopazdeskError], bool]) -> None:
        """Have errors offered to `teller` from now on; those that it answers with True are told by itself."""
        ...
