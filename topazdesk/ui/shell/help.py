"""Opens help at the page for the place where one is, the report of a problem, and what there is to know."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.controls.help_place import help_at, help_wishes
from topazdesk.ui.controls.sheet import Sheet
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import tr

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host


class HelpController(Feature):
    """Provides `help`, `report` and `about`, and help for whatever has the focus."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        give = host.commands.provide
        give("help", lambda: self._open(host.widget, help_at(QApplication.focusWidget())))
        give("report", lambda: host.dialogs.run("report", self._report))
        give("about", lambda: host.dialogs.run("about", self._about))
        self._wishes = help_wishes().wanted
        self._wishes.connect(self._open)

    def close(self) -> None:
        """Open nothing more."""
        self._wishes.disconnect(self._open)

    def _open(self, over: QWidget, reference: str) -> None:
        from topazdesk.app.help.library import Library
        from topazdesk.ui.models.action_keys import action_keys
        from topazdesk.ui.shell.help_sheet import HelpSheet

        if isinstance(over.window(), HelpSheet):
            return
        commands = self._host.commands
        # What a link would open has no place over another sheet.
        is_free = not isinstance(over.window(), Sheet)
        can = [a.objectName() for _, group in commands.groups() for a in group if a.isEnabled() and is_free]
        library = Library(self._host.session.context.catalogue, action_keys().text)
        sheet = HelpSheet(over.window() if not is_free else self._host.widget, library, can, reference)
        # When the sheet is gone: what it leads to may be a sheet itself.
        sheet.wanted.connect(commands.run, Qt.ConnectionType.QueuedConnection)
        sheet.open()

    async def _report(self) -> None:
        from topazdesk.app.problem_report import newest_jobs, report_parts
        from topazdesk.ui.shell.report_sheet import ReportSheet, screen_facts

        context = self._host.session.context
        jobs = await newest_jobs(context)
        # The list may have pictures that were never sent.
        names = [picture.path for picture in self._host.session.library.pictures.pictures()]
        parts = await asyncio.to_thread(
            report_parts, context.paths, context.settings, jobs, screen_facts(self._host.widget), names=names
        )
        sheet = ReportSheet(self._host.widget, parts)
        sheet.saved.connect(self._saved)
        sheet.failed.connect(self._host.tell)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _saved(self, path: Path) -> None:
        show = NoticeAction(tr("Show in folder"), lambda: self._host.outgoing.show_in_folder(path), "folder")
        self._host.notices.toast("ok", tr("Report saved"), tr("Nothing was sent."), show)

    async def _about(self) -> None:
        from topazdesk.app.components import components, versions
        from topazdesk.ui.shell.about_sheet import AboutSheet

        made_with, told = await asyncio.to_thread(lambda: (components(), versions()))
        sheet = AboutSheet(self._host.widget, told, made_with, self._host.session.context.paths.profile)
        sheet.folder_wanted.connect(self._host.outgoing.show_in_folder)
        await sheet.answered()
        sheet.deleteLater()
