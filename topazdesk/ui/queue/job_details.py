"""Everything known about one job, for the curious and for support. This is the place for the service's own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk.app.help.causes import help_for
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import KeptReport, MetadataMode
from topazdesk.domain.money import Unit
from topazdesk.domain.settings_report import NO_ECHO, SettingsReport
from topazdesk.engine.job_store import HistoryLine
from topazdesk.engine.originals import OriginalState
from topazdesk.language import day_text, time_text, titled
from topazdesk.ui.controls import Button, Sheet, Text, TextBox
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.models.job_texts import money
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import money_text, size_text, state_text, tr, translated
from topazdesk.ui.theme import font, px


class JobDetails(Sheet):
    """Shows the facts of a job, what happened to it and when, and the technical details of its error."""

    help_page = "trouble"

    def __init__(
        self,
        parent: QWidget,
        job: Job,
        model: str,
        history: Sequence[HistoryLine],
        echo: SettingsReport = NO_ECHO,
        original: OriginalState | None = None,
        account: str = "",
        places: tuple[str, str] = ("", ""),
    ) -> None:
        super().__init__(parent, shown_picture(job), width=640, closable=True)
        if job.trouble is not None:
            set_help(self, help_for(job.trouble.code))
        facts = facts_of(job, model, echo, original, account, places)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(6))
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(facts):
            grid.addWidget(Text(name, "small", "text2"), row, 0, Qt.AlignmentFlag.AlignTop)
            shown = Text(value, "small", wrap=True, tabular=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(shown, row, 1)
        self.body.addLayout(grid)
        self.body.addSpacing(px(8))
        self.body.addWidget(Text(tr("What happened"), "small", "text2", weight=600))
        told = history_text(history)
        if job.trouble is not None and job.trouble.details:
            told += f"\n\n{job.trouble.details}\n{job.trouble.code}"
        self.view = TextBox(told, quiet=True)
        self.view.setReadOnly(True)
        self.view.setFont(font("mono"))
        self.view.setTabChangesFocus(True)
        self.view.setAccessibleName(tr("What happened"))
        self.view.document().setDocumentMargin(px(8))
        lines = min(10, max(4, told.count("\n") + 1))
        self.view.setFixedHeight(self.view.fontMetrics().lineSpacing() * lines + px(20))
        self.body.addWidget(self.view)
        self.copy = Button(tr("Copy details"), icon="copy")
        whole = "\n".join(f"{name}: {value}" for name, value in facts)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{whole}\n\n{told}"))
        self.footer.addWidget(self.copy)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)


def facts_of(
    job: Job,
    model: str,
    echo: SettingsReport = NO_ECHO,
    original: OriginalState | None = None,
    account: str = "",
    places: tuple[str, str] = ("", ""),
) -> list[tuple[str, str]]:
    """Return the facts to show, as name and value, without empty ones.

    `original`: what its original is now. `account`: who pays, where the service has several. `places`: the machines of
    a team on which it was started and is worked on.
    """
    credits, note = money(job)
    trouble = titled(job.trouble.title, job.trouble.hint) if job.trouble is not None else ""
    found = [
        (tr("State"), state_text(job.state)),
        (tr("Problem"), trouble),
        (tr("Remark"), _remark_text(job)),
        (tr("Model"), f"{model} · {translated(job.recipe.service.label)}"),
        (tr("Account"), translated(account)),
        (tr("Started on"), one_line(places[0], 100)),
        (tr("Worked on"), one_line(places[1], 100)),
        (tr("Original"), "\n".join(part for part in (_original_text(job), _original_now(original)) if part)),
        (tr("Result"), _result_text(job)),
        (tr("Copies"), "\n".join(_written(path, copy.encoding, copy.format) for copy, path in job.copy_paths)),
        (tr("Metadata"), _metadata_text(job.kept)),
        (tr("Content credentials"), _signer_text(job.kept)),
        (tr("Credits"), " · ".join(part for part in (credits, note) if part)),
        (tr("Refunded"), _refunded_text(job)),
        (tr("ID at the service"), job.remote_id),
        (tr("Name of the upload"), job.token),
        (tr("Not as sent"), translated("\n".join(echo.sentences))),
        (tr("Settings it used"), job.echoed),
    ]
    return [(name, value) for name, value in found if value]


def _remark_text(job: Job) -> str:
    """Return what the service said of how it is made, unless that is shown as a problem already."""
    if job.remark is None or job.remark == job.trouble:
        return ""
    return titled(job.remark.title, job.remark.hint)


def _result_text(job: Job) -> str:
    """Return where the result is, how large, and how it is encoded if this program wrote it not as usual."""
    if job.result is None:
        return ""
    own = job.recipe.encoding_of(job.format)
    place = _path(job.result) if own is None else _written(job.result, own, job.format)
    return f"{place} · {size_text(job.result_size or job.target_size)}"


def _written(path: Path, encoding: Encoding, format_: FileFormat) -> str:
    return " · ".join(filter(None, (_path(path), translated(encoding.words_for(format_)))))


def _original_text(job: Job) -> str:
    """Return the user's picture and the size of what is sent, which for a trial may be an area of it."""
    where = tr("an area of it") if job.trial is not None and job.trial.patch is not None else ""
    return " · ".join(part for part in (_path(job.picture), where, size_text(job.source_size)) if part)


def _original_now(original: OriginalState | None) -> str:
    match original:
        case None:
            return ""
        case OriginalState.UNCHANGED:
            return tr("Unchanged since it was sent, read again just now")
        case OriginalState.CHANGED:
            return tr("Changed since it was sent: the result is of the older picture")
        case OriginalState.MISSING:
            return tr("It can't be read any more")
        case _:
            assert_never(original)


def history_text(history: Sequence[HistoryLine]) -> str:
    """Return the history as text, one line per step: when, what, why."""
    lines = []
    for step in history:
        when = datetime.fromtimestamp(step.at, tz=UTC).astimezone()
        lines.append(
            f"{day_text(when.date())} {time_text(when, seconds=True)}  {_step(step.to_state)}  {step.note}".rstrip()
        )
    return "\n".join(lines)


def _step(state: str) -> str:
    """Return a state of the history in words; as it is written there if a later version wrote it."""
    return state_text(JobState(state)) if state in set(JobState) else state


def _signer_text(report: KeptReport | None) -> str:
    if report is None or not report.signed_by:
        return ""
    return tr("Signed by {who}").format(who=one_line(report.signed_by, 400))


def _metadata_text(report: KeptReport | None) -> str:
    """Return where the original's metadata went and what is to be said about that."""
    if report is None:
        return ""
    match report.mode:
        case MetadataMode.EMBED:
            where = tr("In the result, with how it was made")
        case MetadataMode.SIDECAR:
            where = tr("In an XMP file beside the result") if report.has_packet else ""
        case MetadataMode.OFF:
            where = ""
        case _:
            assert_never(report.mode)
    return "\n".join([where, *(one_line(translated(line), 400) for line in report.lines)]).strip()


def _path(path: object) -> str:
    return one_line(str(path), 4_000)


def _refunded_text(job: Job) -> str:
    """Return what came back, "" if nothing is known of that or nothing costs money."""
    is_money = job.refunded is not None and job.recipe.service.unit is not Unit.NONE
    return money_text(job.refunded or 0, job.estimate.unit) if is_money else ""
