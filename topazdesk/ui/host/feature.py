"""Base class for everything the window can do with an opened profile."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Feature(QObject):
    """One thing the window can do while a profile is open: provides its actions and shows the state it listens to."""

    def close(self) -> None:
        """Stop listening and asking, because the profile is about to close.

        Most features need nothing here: the objects they listen to end anyway.
        """
