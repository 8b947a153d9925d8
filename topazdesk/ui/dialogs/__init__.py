"""Dialogs of the window: sheets that are opened and awaited. `openers` puts them behind the window's actions."""
