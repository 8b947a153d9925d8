"""What the window can do with an opened profile, one thing each."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Feature(QObject):
    """Works as long as the profile is open: provides its actions, and shows what it listens to."""

    def close(self) -> None:
        """Hear and ask nothing more: the profile is about to be closed. Most features end with what they listen to."""
