"""Says what happens to pictures that are not finished before the window is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.domain.job import Job
from topazdesk.ui.controls import Button, CheckBox, Sheet, Text
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.texts import ntr, number, pictures_text, results_of_text, tr

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host


class LeavingController(Feature):
    """Asks once when the window is closed in mid-run. Who closes it a second time has read it."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._context = host.session.context
        self.sheet: LeavingSheet | None = None
        window = host.widget.window()
        self._frame = window if isinstance(window, Frame) else None
        if self._frame is not None:
            self._frame.may_close = self._may_close

    def close(self) -> None:
        """Let the window close."""
        if self._frame is not None:
            self._frame.may_close = None
        if self.sheet is not None:
            self.sheet.reject()

    def _may_close(self) -> bool:
        """Return whether nothing has to be said; else say it."""
        jobs, team = self._context.engine.unfinished(), self._context.team
        if team is not None and not team.is_alone:
            return True  # others go on with it
        if not jobs or not self._context.settings.leaving_told or self.sheet is not None:
            return True
        parent = QApplication.activeModalWidget() or self._host.widget
        self.sheet = LeavingSheet(parent, jobs, in_team=team is not None)
        self._host.session.spawn("leaving", self._ask(self.sheet))
        return False

    async def _ask(self, sheet: LeavingSheet) -> None:
        is_leaving = await sheet.answered()
        self.sheet = None
        is_told_again = not sheet.enough.isChecked()
        sheet.deleteLater()
        if is_leaving:
            if not is_told_again:
                await self._context.save_settings(self._context.settings.with_(leaving_told=False))
            if self._frame is not None:
                self._frame.close_now()


class LeavingSheet(Sheet):
    """Accepted means that the window closes."""

    help_page = "unattended#away"

    def __init__(self, parent: QWidget, jobs: Sequence[Job], *, in_team: bool = False) -> None:
        super().__init__(parent, unfinished_text(jobs), width=520)
        for line in team_fates(jobs) if in_team else fates(jobs):
            self.body.addWidget(Text(line, "base", wrap=True))
        self.enough = CheckBox(tr("Close without this question from now on"))
        self.body.addWidget(self.enough)
        self.stay = Button(tr("Keep it open"))
        self.leave = Button(tr("Close topazdesk"), "primary")
        self.footer.addStretch(1)
        self.footer.addWidget(self.stay)
        self.footer.addWidget(self.leave)
        self.stay.clicked.connect(self.reject)
        self.leave.clicked.connect(self.accept)
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)


def unfinished_text(jobs: Sequence[Job]) -> str:
    """Return how much is not finished: pictures, results where there are several of a picture, and trials."""
    trials = sum(job.trial is not None for job in jobs)
    results = len(jobs) - trials
    pictures = len({job.key for job in jobs if job.trial is None})
    made = results_of_text(results, pictures) if results > pictures else pictures_text(pictures)
    tried = ntr("1 trial", "{n} trials", trials).format(n=number(trials))
    if not trials and results == pictures:
        return ntr("1 picture is not finished", "{n} pictures are not finished", pictures).format(n=number(pictures))
    if not trials:
        return tr("{results} are not finished").format(results=made)
    if not results:
        return ntr("1 trial is not finished", "{n} trials are not finished", trials).format(n=number(trials))
    return tr("{pictures} and {trials} are not finished").format(pictures=made, trials=tried)


def team_fates(jobs: Sequence[Job]) -> list[str]:
    """Return what becomes of a team's unfinished jobs when the only machine that works for it stops."""
    unsent = sum(job.is_unsent for job in jobs)
    sent = [job for job in jobs if not job.is_unsent]
    said = [tr("No other machine works for the team. What this one has begun is finished first.")]
    if unsent:
        words = ntr(
            "{n} is not sent yet and costs nothing so far. It waits until a machine works.",
            "{n} are not sent yet and cost nothing so far. They wait until a machine works.",
            unsent,
        )
        said.append(words.format(n=number(unsent)))
    if sent:
        words = ntr(
            "{n} goes on at the service. The result is kept there for {days} days and fetched once a machine works.",
            "{n} go on at the service. The results are kept there for {days} days and fetched once a machine works.",
            len(sent),
        )
        days = min(job.recipe.service.traits.keeps_results_days for job in sent)
        said.append(words.format(n=number(len(sent)), days=number(days)))
    return said


def fates(jobs: Sequence[Job]) -> list[str]:
    """Return in sentences what becomes of unfinished jobs while the program is closed; nothing is lost by it."""
    unsent = sum(job.is_unsent for job in jobs)
    # The practice server is a program of its own, which ends what it has begun.
    sent = [job for job in jobs if not job.is_unsent and not job.recipe.service.traits.runs_networks]
    here = len(jobs) - unsent - len(sent)
    said = []
    if unsent:
        words = ntr(
            "{n} is not sent yet and costs nothing so far. It waits, and is sent once topazdesk is open again.",
            "{n} are not sent yet and cost nothing so far. They wait, and are sent once topazdesk is open again.",
            unsent,
        )
        said.append(words.format(n=number(unsent)))
    if sent:
        words = ntr(
            "{n} goes on at the service. The result is kept there for {days} days and fetched once topazdesk is open "
            "again.",
            "{n} go on at the service. The results are kept there for {days} days and fetched once topazdesk is open "
            "again.",
            len(sent),
        )
        days = min(job.recipe.service.traits.keeps_results_days for job in sent)
        said.append(words.format(n=number(len(sent)), days=number(days)))
    if here:
        words = ntr(
            "{n} is being made on this computer. It goes on where it was once topazdesk is open again.",
            "{n} are being made on this computer. They go on where they were once topazdesk is open again.",
            here,
        )
        said.append(words.format(n=number(here)))
    return said
