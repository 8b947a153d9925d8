"""Notices about pictures: files that were not added, earlier results, and how a batch of jobs ended."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.collected_files import Refusal, endings_text
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.image import PageKind
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import RemarkKind
from topazdesk.engine.format_copies import remarks_on
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.models.adding import why
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.models.run_news import Ended, failed_among, failure, retry_text, success
from topazdesk.ui.texts import ntr, number, pictures_text, tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.originals import Witness

#: Subjects of notices.
_COPIES = "copies"
_MADE_ONCE = "made once"
_LEFT_OUT, _FAILED, _EARLIER, REFUSED = "results left out", "run failed", "enhanced before", "files refused"
_CHANGED, _OTHERS, _PAGES = "originals changed", "other files left out", "files with several pages"


class PictureNews(QObject):
    """Tells the user what the list alone does not show. Connect `tell_earlier` only when a person is watching.

    `retry_wanted` has the ids of failed jobs that are to be tried again, for the price that the button said.
    """

    retry_wanted = Signal(list)

    def __init__(
        self, library: Library, notices: Notices, commands: Actions, outgoing: Outgoing, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._notices = notices
        self._commands = commands
        self._outgoing = outgoing
        self._failed: list[Job] = []  # the jobs of the runs that the notice of failed pictures is about
        self._earlier: list[Picture] = []  # what the notice of earlier results is about
        self._left_out: list[Path] = []  # what the notice about earlier results is about, while it is shown
        library.intake.finished.connect(self._batch_finished)
        library.intake.left_out.connect(self._results_left_out)
        library.intake.others.connect(self._others_left_out)
        library.intake.several.connect(self._only_first_pages)
        library.queue.run_ended.connect(self._run_ended)
        library.queue.changed.connect(self._jobs_changed)
        library.pictures.counted.connect(self._jobs_changed)
        library.pictures.counted.connect(self._earlier_changed)

    def _batch_finished(self, found: int, refused: list[Refusal], restored: bool) -> None:
        if not refused:
            return
        if restored:
            title = ntr("1 picture can't be found", "{n} pictures can't be found", len(refused))
            title = title.format(n=number(len(refused)))
            self._notices.tell(
                "warn", title, tr("They were moved, deleted or changed since last time."), details=why(refused)
            )
            return
        if found == 1:
            only = refused[0]
            self._notices.tell("warn", f"{shown_name(only.path)}: {only.title}", only.hint, subject=REFUSED)
            return
        from topazdesk.ui.pictures.refused_files import title_of  # not before something is refused

        title = title_of(len(refused), found)
        if self._commands.has("refused"):
            show = NoticeAction(tr("Show why"), lambda: self._commands.run("refused"))
            first = f"{shown_name(refused[0].path)}: {translated(refused[0].title)}"
            self._notices.tell("warn", title, first, show, subject=REFUSED)
        else:
            self._notices.tell("warn", title, tr("The details say why."), details=why(refused), subject=REFUSED)

    def _results_left_out(self, refused: list[Refusal]) -> None:
        """Tell of the program's own results among added files; those of one folder come in several portions."""
        before = self._left_out if self._notices.is_told(_LEFT_OUT) else []
        self._left_out = paths = [*before, *(each.path for each in refused)]
        title = ntr("1 earlier result left out", "{n} earlier results left out", len(paths))
        hint = ntr("{name} was made by topazdesk.", "They were made by topazdesk.", len(paths)).format(
            name=shown_name(paths[0])
        )
        add = NoticeAction(tr("Add anyway"), lambda: self._library.add(paths, anyway=True), "add")
        self._notices.tell("info", title.format(n=number(len(paths))), hint, add, subject=_LEFT_OUT)

    def _others_left_out(self, others: Counter[str]) -> None:
        """Tell of files in added folders that are no pictures, in one line."""
        count = others.total()
        title = ntr("1 file was left out", "{n} files were left out", count)
        sentence = ntr("It is not a picture: {endings}.", "They are not pictures: {endings}.", count)
        hint = sentence.format(endings=translated(endings_text(others)))
        self._notices.tell("info", title.format(n=number(count)), hint, subject=_OTHERS)

    def _only_first_pages(self, pictures: list[Picture]) -> None:
        """Tell of files with several pages, of which only the first is in the list so far."""
        first = pictures[0]
        pages = first.info.pages if first.info is not None else 1
        are_scans = all(each.info is not None and each.info.page_kind is PageKind.PAGE for each in pictures)
        title = (
            ntr("{name} has {pages} pages", "{n} files have several pages", len(pictures))
            if are_scans
            else ntr("{name} holds {pages} pictures", "{n} files hold several pictures", len(pictures))
        )
        hint = ntr("Only the first is in the list.", "Only the first of each is in the list.", len(pictures))

        def add() -> None:
            for picture in self._library.of([each.id for each in pictures]):
                if picture.info is not None:
                    self._library.add_pages(picture.path, range(picture.info.pages))

        title = title.format(name=first.name, pages=number(pages), n=number(len(pictures)))
        self._notices.tell("info", title, hint, NoticeAction(tr("Add all of them"), add, "add"), subject=_PAGES)

    def tell_earlier(self, pictures: list[Picture]) -> None:
        """Tell the user that added pictures already have results (at least one picture)."""
        self._notices.withdraw(_MADE_ONCE)
        self._earlier = pictures
        if len(pictures) == 1:
            title = _known_as(pictures[0])
            hint = tr("Its result is in the list. Choose Enhance again to make a new one.")
        else:
            title = tr("{pictures} were enhanced before").format(pictures=pictures_text(len(pictures)))
            hint = tr("Their results are in the list. Select them and choose Enhance again to make new ones.")
        self._notices.tell("info", title, hint, subject=_EARLIER)

    def tell_copies(self, asked: list[tuple[Job, tuple[CopyForm, ...]]]) -> None:
        """Tell what was made of results that were there, and what could not be (at least one job)."""
        made, missing = 0, ""
        for job, forms in asked:
            if job.state is not JobState.DONE:  # it is made with the result
                continue
            there = {copy.form for copy in job.copies if not copy.is_labelled}
            made += len(there.intersection(forms))
            if not there.issuperset(forms) and job.kept is not None:
                on_them = remarks_on(job.kept, [form.format for form in forms if form not in there])
                failed = (each.text for each in on_them if each.kind is RemarkKind.FAILED)
                missing = next((translated(text) for text in failed), missing)
        title = ntr("1 copy was made, free", "{n} copies were made, free", made).format(n=number(made))
        if missing:
            self._notices.tell("warn", title if made else tr("No copy could be made"), missing, subject=_COPIES)
        elif made:
            hint = tr("It was made from a result that was there, and lies beside it.")
            many = tr("They were made from results that were there, and lie beside them.")
            self._notices.tell("info", title, hint if made == 1 else many, subject=_COPIES)

    def tell_made_once(self, pictures: list[Picture]) -> None:
        """Tell the user that pictures are the same as others that are being enhanced (at least one picture)."""
        if len(pictures) == 1:
            title = tr("{name} is being enhanced already").format(name=pictures[0].name)
            hint = tr(
                "The same picture has been started under another name. Its result appears here, too, at no extra cost."
            )
        else:
            title = tr("Copies are enhanced once")
            many = tr("{n} pictures are the same as others that have been started. Their results appear here, too.")
            hint = many.format(n=number(len(pictures)))
        self._notices.tell("info", title, hint, subject=_MADE_ONCE)

    def _earlier_changed(self) -> None:
        """Take the notice of earlier results back when none of these pictures is shown with one any more."""
        if not any(picture.section is Section.FINISHED for picture in self._library.of(p.id for p in self._earlier)):
            self._earlier = []
            self._notices.withdraw(_EARLIER)

    def _run_ended(self, jobs: list[Job]) -> None:
        if failed_among(jobs):
            self._failed = [*(self._failed if self._notices.is_told(_FAILED) else []), *jobs]
            self._tell_failed()
            return
        self._toast(jobs, success(jobs))

    def tell_originals(self, jobs: list[Job], originals: Witness) -> None:
        """Add to what is said of a run what became of its originals; one that was changed is said in any case."""
        if self._notices.is_told(jobs[0].run_id):
            self._toast(jobs, success(jobs, originals))
        if originals.stale:
            one = len(originals.stale) == 1
            title = ntr(
                "{name} was changed after it was sent",
                "{n} originals were changed after they were sent",
                len(originals.stale),
            )
            hint = ntr(
                "The result is of the older picture.",
                "Their results are of the older pictures.",
                len(originals.stale),
            )
            title = title.format(name=shown_name(originals.stale[0]), n=number(len(originals.stale)))
            names = "\n".join(shown_name(path) for path in originals.stale) if not one else ""
            self._notices.tell("warn", title, hint, details=names, subject=_CHANGED)

    def _toast(self, jobs: list[Job], said: Ended | None) -> None:
        """Say that a run ended well; None if it did not."""
        if said is None:
            return
        first = next((job.result for job in jobs if job.state is JobState.DONE), None)
        show = (
            (NoticeAction(tr("Show in folder"), partial(self._outgoing.show_in_folder, first), "folder"),)
            if first is not None
            else ()
        )
        self._notices.toast("ok", said.title, said.hint, *show, subject=jobs[0].run_id)

    def _tell_failed(self) -> None:
        """Tell of all runs in which something failed, in one notice that says what is known of the money."""
        failed = failed_among(self._failed)
        said = failure(self._failed)
        text, ids = retry_text(failed)
        retry = (NoticeAction(text, lambda: self.retry_wanted.emit(ids), "retry"),) if text else ()
        self._notices.tell("err", said.title, said.hint, *retry, details=said.details, subject=_FAILED)

    def _jobs_changed(self) -> None:
        """Take the notice of failed pictures back when none of them is in that state any more."""
        if not self._failed:
            return
        if not self._notices.is_told(_FAILED):
            self._failed = []
            return
        library = self._library
        left = {job.id for job in failed_among(self._failed) if self._is_so(library.pictures.at(*job.key), job)}
        if len(left) == len(failed_among(self._failed)):
            return
        self._failed = [job for job in self._failed if job.id in left or job.state is JobState.DONE] if left else []
        if left:
            self._tell_failed()
        else:
            self._notices.withdraw(_FAILED)

    @staticmethod
    def _is_so(picture: Picture | None, job: Job) -> bool:
        """Return whether a picture still is where a failed job left it: in the list, and not tried again."""
        if job.was_found:  # it never had a row
            return True
        return picture is not None and picture.job is not None and picture.job.id == job.id


def _known_as(picture: Picture) -> str:
    """Say that a picture has its result already: its own, or that of a file with the same content."""
    made_of = picture.result.picture if picture.result is not None else picture.path
    if made_of == picture.path:
        return tr("{name} was enhanced before").format(name=picture.name)
    other = shown_name(made_of)
    if made_of.name == picture.path.name:
        other = f"{shown_name(made_of.parent)}/{other}"
    return tr("{name} is the same picture as {other}").format(name=picture.name, other=other)
