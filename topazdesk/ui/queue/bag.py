"""Saves finished results of the list as an archive bag: asks which and where, works aside, says what came of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from topazdesk.errors import TopazdeskError
from topazdesk.language import full_stop
from topazdesk.ui.controls import Menu, NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject, menu_entry
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.models.run_news import originals_text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import ntr, number, percent_text, pictures_text, tr

if TYPE_CHECKING:
    from topazdesk.app.archive_bag import BagReport
    from topazdesk.domain.job import Job
    from topazdesk.ui.host.host import Host

_SUBJECT = "archive bag"


class BagController(Feature):
    """Provides `save_bag`, for the selected finished pictures or for all of them. One bag is written at a time.

    `ended` is emitted when none is being written any more.
    """

    ended = Signal()

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._library = host.session.library
        self._stop: threading.Event | None = None
        self._action = host.commands.provide("save_bag", self._ask)
        host.menus.add(Part.FILES, self._fill)
        bind(self._enable, self._library.pictures.counted)

    def close(self) -> None:
        """Stop a bag that is being written: nothing of it is left behind."""
        if self._stop is not None:
            self._stop.set()

    @property
    def is_saving(self) -> bool:
        """Whether a bag is being written."""
        return self._stop is not None

    def _enable(self) -> None:
        self._action.setEnabled(bool(self._finished()))

    def _fill(self, menu: Menu, subject: Subject) -> None:
        if any(picture.result is not None for picture in subject.pictures):
            entry = menu_entry(menu, self._action, self._action.text(), lambda: self._ask(subject.pictures))
            entry.setEnabled(self._action.isEnabled())

    def _finished(self) -> list[Job]:
        """Return the jobs of all results in the list, in its order."""
        pictures = self._library.pictures.in_section(Section.FINISHED)
        return [picture.result for picture in pictures if picture.result is not None]

    def _ask(self, of: Sequence[Picture] = ()) -> None:
        """Ask for what goes in; a menu is `of` the pictures that it was opened on."""
        if self._stop is None and self._finished():
            self._host.dialogs.run("bag", lambda: self._choose(of))

    async def _choose(self, of: Sequence[Picture]) -> None:
        from topazdesk.ui.queue.bag_sheet import BagSheet

        finished = self._finished()
        selected = [each.result for each in of or self._library.of(self._library.chosen) if each.result is not None]
        sheet = BagSheet(self._host.widget, len(finished), len(selected), wants_selected=bool(of))
        accepted = await sheet.answered()
        jobs, with_originals = selected if sheet.only_selected else finished, sheet.originals.isChecked()
        sheet.deleteLater()
        if not accepted or not jobs:
            return
        dialog = QFileDialog(self._host.widget.window(), tr("Save as archive bag"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever replaced
        dialog.setLabelText(QFileDialog.DialogLabel.FileName, tr("Name of the bag:"))
        result = jobs[0].result
        if result is not None:
            dialog.setDirectory(str(result.parent.parent))
        dialog.selectFile(tr("Archive bag"))
        dialog.fileSelected.connect(
            lambda name: self._host.session.spawn("archive bag", self.save(Path(name), jobs, originals=with_originals))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def save(self, target: Path, jobs: list[Job], *, originals: bool) -> None:
        """Write a bag, say how far that is, and what came of it."""
        from topazdesk.app.archive_bag import BagStoppedError, BagWish, save_bag_aside

        context, notices = self._host.session.context, self._host.notices
        stop = self._stop = threading.Event()
        notice = notices.tell(
            "info",
            tr("Saving {name}…").format(name=shown_name(target)),
            pictures_text(len(jobs)),
            NoticeAction(tr("Stop"), stop.set),
            subject=_SUBJECT,
        )
        loop = asyncio.get_running_loop()
        last = -1

        def told(percent: int) -> None:
            if not stop.is_set() and notice in notices.shown():
                notice.set_hint(tr("{percent} is done").format(percent=percent_text(percent)))

        def progress(done: int, steps: int) -> None:
            nonlocal last
            percent = 100 * done // max(1, steps)
            if percent != last:
                last = percent
                loop.call_soon_threadsafe(told, percent)

        try:
            report = await save_bag_aside(
                target,
                jobs,
                BagWish(originals=originals),
                model_of=context.model_of,
                echo_of=context.settings_report_of,
                progress=progress,
                stop=stop,
            )
        except BagStoppedError:
            notices.toast("info", tr("Stopped"), tr("No bag was saved."), subject=_SUBJECT)
        except TopazdeskError as error:
            notices.withdraw(_SUBJECT)
            self._host.tell(error)
        else:
            self._tell(report)
        finally:
            self._stop = None
            self.ended.emit()

    def _tell(self, report: BagReport) -> None:
        notices, seen = self._host.notices, report.originals
        show = NoticeAction(tr("Show in folder"), lambda: self._host.outgoing.show_in_folder(report.path), "folder")
        parts = [pictures_text(report.results)]
        if seen.checked:
            parts.append(originals_text(seen))
        title = tr("{name} is saved").format(name=shown_name(report.path))
        if not report.missing and not report.changed:
            notices.toast("ok", title, f"{' · '.join(parts)}{full_stop()}", show, subject=_SUBJECT)
            return
        if report.missing:
            parts.append(
                ntr("{n} not there any more: left out", "{n} not there any more: left out", len(report.missing)).format(
                    n=number(len(report.missing))
                )
            )
        if report.changed:
            parts.append(
                ntr(
                    "{n} changed since made: saved as it is now",
                    "{n} changed since made: saved as they are now",
                    len(report.changed),
                ).format(n=number(len(report.changed)))
            )
        names = "\n".join(shown_name(path) for path in (*report.missing, *report.changed))
        notices.tell("warn", title, f"{' · '.join(parts)}{full_stop()}", show, details=names, subject=_SUBJECT)
