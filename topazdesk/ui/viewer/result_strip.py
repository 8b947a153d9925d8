"""The line below the viewer: the result on screen, which of a picture's results it is, and the user's mark."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.language import titled
from topazdesk.ui.controls import Button, ElidedLabel, IconButton, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.models.job_texts import copies_text, doubt_hint, stage_look, stage_text
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.texts import charged_text, plain_tip, size_text, tr
from topazdesk.ui.theme import px

_HEIGHT = 36
#: Below this width (design pixels) the facts are left out, and the button has no words.
_ALL_FROM, _WORDS_FROM = 760, 560


class ResultStrip(Surface):
    """The line with the result of the picture in the viewer, or with what is happening to it.

    `stepped` is emitted with 1 or −1 for the next or the previous result, `judged` with the Verdict that was chosen.
    """

    stepped = Signal(int)
    judged = Signal(object)

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.setFixedHeight(px(_HEIGHT))
        self.path: Path | None = None
        self._mark = Mark("ok", "ok")
        self.state = Text("", "small", weight=600)
        self.name = ElidedLabel("", "small")
        self.facts = Text("", "small", "text2", tabular=True)
        self._all_facts = ""
        self._few_facts = ""
        self._choice: Job | None = None
        self._source: Path | None = None  # the picture itself, while its cell is the chosen one of the 2 × 2
        self._is_source = False
        self.earlier = IconButton("back", tr("Previous result"))
        self.place = Text("", "small", tabular=True)
        self.later = IconButton("open", tr("Next result"))
        self.keep = IconButton("keep", tr("Keep"), checkable=True)
        self.reject = IconButton("reject", tr("Reject"), checkable=True)
        self.folder = Button(tr("Show in folder"), "quiet", icon="folder", size="panel")
        self.buttons: tuple[QWidget, ...] = (self.earlier, self.later, self.keep, self.reject, self.folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(1), px(8), 0)
        row.setSpacing(px(8))
        row.addWidget(self._mark)
        row.addWidget(self.state)
        row.addWidget(self.name, 1)
        row.addWidget(self.facts)
        for group in ((self.earlier, self.place, self.later), (self.keep, self.reject)):
            together = QHBoxLayout()
            together.setSpacing(px(2))
            for widget in group:
                together.addWidget(widget)
            row.addLayout(together)
        row.addWidget(self.folder)
        self.earlier.clicked.connect(lambda: self.stepped.emit(-1))
        self.later.clicked.connect(lambda: self.stepped.emit(1))
        self.keep.clicked.connect(lambda: self.judged.emit(Verdict.KEPT))
        self.reject.clicked.connect(lambda: self.judged.emit(Verdict.REJECTED))
        self.show_choice(None, 0, 0)

    def show_picture(self, picture: Picture) -> None:
        """Fill the line, or hide it if the picture was never sent."""
        job = picture.outcome if picture.section is not Section.TODO else picture.result
        if self._choice is not None and (job is None or job.state.is_final):
            job = self._choice
        self.setVisible(job is not None)
        self._source = picture.path if self._is_source else None
        if job is None:
            return
        if self._is_source and job.state.is_final:
            self._show_source(picture)
        else:
            self._show_job(job, picture.percent)
        self.folder.setVisible(self.path is not None)
        self._fit()

    def _show_source(self, picture: Picture) -> None:
        self._mark.show_icon("sample", "text2")
        self.state.setText(tr("Original"))
        self.state.set_colour("text2")
        self.path = picture.path
        self.name.setText(one_line(picture.path.name))
        self._all_facts = size_text(picture.size) if picture.size is not None else ""
        self._few_facts = ""
        self.facts.setToolTip(plain_tip(""))

    def _show_job(self, job: Job, percent: float | None) -> None:
        icon, role = ("ok", "ok") if job.state is JobState.DONE else stage_look(job, percent)
        self._mark.show_icon(icon, role)
        self.state.setText(tr("Saved") if job.state is JobState.DONE else stage_text(job, percent))
        self.state.set_colour(role)
        self.path = job.result
        self.name.setText(_about(job))
        self._all_facts = _facts(job)
        self._few_facts = _facts(job, short=True)
        self.facts.setToolTip(plain_tip("\n".join(path.name for _, path in job.copy_paths)))

    @property
    def shown(self) -> Path | None:
        """What was chosen among the results of the picture and the picture itself, or None if nobody chose."""
        return self._choice.result if self._choice is not None else self._source

    def show_choice(self, job: Job | None, place: int, count: int) -> None:
        """Show which result is on screen: number `place` of `count`, from 1, or the picture itself for 0.

        Call `show_picture` afterwards.
        """
        self._choice = job
        self._is_source = count > 1 and not place
        for widget in (self.earlier, self.place, self.later):
            widget.setVisible(count > 1)
        self.place.setText(tr("{n} of {all}").format(n=place, all=count) if place else tr("Original"))
        verdict = job.verdict if job is not None else Verdict.NONE
        for button, mine in ((self.keep, Verdict.KEPT), (self.reject, Verdict.REJECTED)):
            button.setVisible(job is not None)
            button.setChecked(verdict is mine)
        self._name_keys()

    def _name_keys(self) -> None:
        """Name the buttons, with the keys that do the same."""
        keys = action_keys()
        for button, undo, do, name in (
            (self.keep, tr("Remove the mark"), tr("Keep"), "keep"),
            (self.reject, tr("Remove the mark"), tr("Reject"), "reject"),
        ):
            button.set_name(keys.told(undo if button.isChecked() else do, name))
        self.earlier.set_name(keys.told(tr("Previous result"), "previous_result"))
        self.later.set_name(keys.told(tr("Next result"), "next_result"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for in a narrow column: first the size, which the label above says, too."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < px(_ALL_FROM)
        self.facts.setText(self._few_facts if narrow else self._all_facts)
        self.facts.setVisible(self.width() >= px(_WORDS_FROM) and bool(self.facts.text()))
        self.folder.setText(tr("Show in folder") if self.width() >= px(_WORDS_FROM) else "")
        self.folder.setAccessibleName(tr("Show in folder"))
        row = self.layout()
        if row is not None and self.facts.text() != self._few_facts and row.sizeHint().width() > self.width():
            self.facts.setText(self._few_facts)  # the name is cut last
            self.facts.setVisible(bool(self._few_facts))


def _about(job: Job) -> str:
    if job.result is not None:
        return one_line(job.result.name)
    if job.trouble is None:
        return ""
    is_doubt = job.state is JobState.DOUBTFUL
    hint = doubt_hint(job, job.trouble, time.time()) if is_doubt else job.trouble.hint
    return titled(job.trouble.title, hint)


def _facts(job: Job, *, short: bool = False) -> str:
    parts = []
    if job.result_size is not None and not short:
        parts.append(size_text(job.result_size))
    if job.state is JobState.DONE and (copies := copies_text(job)):
        parts.append(copies)
    if job.charged is not None:
        parts.append(charged_text(job.charged, job.recipe.service.unit))
    return " · ".join(parts)
