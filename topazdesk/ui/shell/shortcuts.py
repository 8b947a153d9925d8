"""Puts the user's shortcuts into effect, and opens the sheets in which they are seen, changed and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.typed_ahead import TypedAhead
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.models.shortcut_rules import usable

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.shell.shortcuts_sheet import KeysSheet

#: How many of the last used commands the palette shows first.
_RECENT = 6


class Shortcuts(Feature):
    """Provides `keys` and `palette`."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._recent: list[str] = []
        action_keys().put(usable(host.session.context.settings.keys))
        host.commands.provide("keys", self._keys)
        host.commands.provide("palette", self._palette)

    def _keys(self) -> None:
        from topazdesk.ui.shell.shortcuts_sheet import KeysSheet

        sheet = KeysSheet(self._host.widget, self._host.commands)
        sheet.change_wanted.connect(lambda name: self._change(sheet, name))
        sheet.reset_wanted.connect(lambda: self._save({}))
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _change(self, above: KeysSheet, name: str) -> None:
        from topazdesk.ui.shell.key_choice import KeyChoice

        choice = KeyChoice(above, name)
        choice.chosen.connect(self._save)
        choice.finished.connect(choice.deleteLater)
        choice.open()

    def _save(self, changes: dict[str, tuple[str, ...]]) -> None:
        action_keys().put(changes)
        context = self._host.session.context
        settings = context.settings.with_(keys=action_keys().changes)
        self._host.session.spawn("shortcuts", context.save_settings(settings))

    def _palette(self) -> None:
        from topazdesk.ui.shell.command_palette import CommandPalette

        sheet = CommandPalette(self._host.widget, self._host.commands, self._recent)
        # When the sheet is gone: what it leads to may be a sheet itself.
        sheet.chosen.connect(self._run, Qt.ConnectionType.QueuedConnection)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()
        sheet.field.setText(TypedAhead.taken())  # what was typed while it could not open; now, so that none is selected

    def _run(self, name: str) -> None:
        self._recent = [name, *(other for other in self._recent if other != name)][:_RECENT]
        self._host.commands.run(name)
