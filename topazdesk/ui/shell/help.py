"""Opens help, and what there is to know about the program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from topazdesk.ui.host.feature import Feature

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host


class HelpController(Feature):
    """Provides `help` and `about`."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        give = host.commands.provide
        give("help", self._help)
        give("about", lambda: host.dialogs.run("about", self._about))

    def _help(self) -> None:
        from topazdesk.ui.shell.help_sheet import HelpSheet

        commands = self._host.commands
        labels = {a.objectName(): a.text() for _, group in commands.groups() for a in group if a.isEnabled()}
        sheet = HelpSheet(self._host.widget, labels)
        # When the sheet is gone: what it leads to may be a sheet itself.
        sheet.wanted.connect(commands.run, Qt.ConnectionType.QueuedConnection)
        sheet.open()

    async def _about(self) -> None:
        from topazdesk.app.components import components, versions
        from topazdesk.ui.shell.about_sheet import AboutSheet

        made_with, told = await asyncio.to_thread(lambda: (components(), versions()))
        sheet = AboutSheet(self._host.widget, told, made_with, self._host.session.context.paths.profile)
        sheet.folder_wanted.connect(self._host.outgoing.show_in_folder)
        await sheet.answered()
        sheet.deleteLater()
