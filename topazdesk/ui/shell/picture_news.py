"""Notices about pictures: files that were not added, earlier results, and how a batch of jobs ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.errors import told
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.models.adding import why
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture, shown_name
from topazdesk.ui.texts import money_text, number, pictures_text, tr

#: Subjects of notices.
_LEFT_OUT = "results left out"


class PictureNews(QObject):
    """Tells the user what the list alone does not show. Connect `tell_earlier` only when a person is watching."""

    def __init__(
        self, library: Library, notices: Notices, commands: Actions, outgoing: Outgoing, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._notices = notices
        self._commands = commands
        self._outgoing = outgoing
        self._left_out: list[Path] = []  # what the notice about earlier results is about, while it is shown
        library.intake.finished.connect(self._batch_finished)
        library.intake.left_out.connect(self._results_left_out)
        library.queue.run_ended.connect(self._run_ended)

    def _batch_finished(self, found: int, refused: list[Refusal], restored: bool) -> None:
        if not refused:
            return
        if restored:
            one = len(refused) == 1
            title = tr("1 picture can't be found") if one else tr("{n} pictures can't be found")
            title = title.format(n=number(len(refused)))
            self._notices.tell(
                "warn", title, tr("They were moved, deleted or changed since last time."), details=why(refused)
            )
            return
        if found == 1:
            only = refused[0]
            self._notices.tell("warn", f"{shown_name(only.path)}: {only.title}", only.hint)
            return
        title = tr("{n} of {all} files were not added").format(n=number(len(refused)), all=number(found))
        if self._commands.has("refused"):
            show = NoticeAction(tr("Show why"), lambda: self._commands.run("refused"))
            self._notices.tell("warn", title, f"{shown_name(refused[0].path)}: {refused[0].title}", show)
        else:
            self._notices.tell("warn", title, tr("The details say why."), details=why(refused))

    def _results_left_out(self, refused: list[Refusal]) -> None:
        """Tell of the program's own results among added files; those of one folder come in several portions."""
        before = self._left_out if self._notices.is_told(_LEFT_OUT) else []
        self._left_out = paths = [*before, *(each.path for each in refused)]
        one = len(paths) == 1
        title = tr("1 earlier result left out") if one else tr("{n} earlier results left out")
        hint = (
            tr("{name} was made by topazdesk. Enhancing it once more costs extra.").format(name=shown_name(paths[0]))
            if one
            else tr("They were made by topazdesk. Enhancing them once more costs extra.")
        )
        add = NoticeAction(tr("Add anyway"), lambda: self._library.add(paths, anyway=True), "add")
        self._notices.tell("info", title.format(n=number(len(paths))), hint, add, subject=_LEFT_OUT)

    def tell_earlier(self, pictures: list[Picture]) -> None:
        """Tell the user that added pictures already have results (at least one picture)."""
        one = len(pictures) == 1
        self._notices.tell(
            "info",
            tr("{name} was enhanced before").format(name=pictures[0].name)
            if one
            else tr("{pictures} were enhanced before").format(pictures=pictures_text(len(pictures))),
            tr("The result is shown. Choose Enhance again to make a new one.")
            if one
            else tr("Their results are shown. Select them and choose Enhance again to make new ones."),
        )

    def _run_ended(self, jobs: list[Job]) -> None:
        done = [job for job in jobs if job.state is JobState.DONE]
        failed = [job for job in jobs if job.state in (JobState.FAILED, JobState.EXPIRED)]
        charged = sum(job.charged or 0 for job in jobs)
        unit = jobs[0].recipe.service.unit if jobs else Unit.CREDIT
        # Without the balance: it is being asked for right now, and appears in the footer.
        money = tr("{price} charged").format(price=money_text(charged, unit))
        if failed:
            trouble = failed[0].trouble
            title = tr("{n} of {all} pictures failed").format(n=len(failed), all=len(jobs)) if len(jobs) > 1 else ""
            hint = told(trouble.title, trouble.hint) if trouble else ""
            self._notices.tell(
                "err",
                title or (trouble.title if trouble else tr("The picture failed")),
                f"{hint if title else trouble.hint if trouble else ''} {money}.".strip(),
                details=trouble.details if trouble else "",
            )
        elif done and all(job.was_found for job in jobs):
            title = tr("1 lost result is here") if len(done) == 1 else tr("{n} lost results are here")
            hint = tr("They were paid already; fetching them cost nothing.")
            self._notices.tell("ok", title.format(n=number(len(done))), hint, *self._show_first(done))
        elif done and len(jobs) > 1:
            title = tr("{pictures} are done")
            self._notices.tell(
                "ok", title.format(pictures=pictures_text(len(done))), f"{money}.", *self._show_first(done)
            )

    def _show_first(self, done: list[Job]) -> tuple[NoticeAction, ...]:
        path = done[0].result
        if path is None:
            return ()
        return (NoticeAction(tr("Show in folder"), lambda: self._outgoing.show_in_folder(path), "folder"),)
