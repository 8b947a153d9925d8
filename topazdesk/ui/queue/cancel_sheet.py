"""The question before a running job is cancelled at a service that charges: how far it is, and what stopping costs."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from topazdesk.domain.job import Job, JobState
from topazdesk.engine.remote_update import cancel_cost
from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.models.job_texts import may_cost
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import money_text, percent_text, tr, translated


def costs_something(job: Job) -> bool:
    """Tell whether cancelling this job may cost money, so that the user has to be asked."""
    return not job.recipe.service.traits.is_free and may_cost(job)


def known_price(job: Job) -> tuple[float, int]:
    """Return the percentage done and the cost of cancelling, as known here; `Engine.cancel_price` asks the service."""
    if job.state is not JobState.RUNNING or not job.recipe.service.traits.can_cancel:
        return job.percent, job.estimate.credits
    return job.percent, cancel_cost(job.estimate.credits, job.percent)


class CancelSheet(Sheet):
    """Asks whether to cancel a job; accepted means yes. `follow` and `show_price` update the figures while it is open.

    `owner`: the other machine of the team that has started it, if one has.
    """

    help_page = "money#cancel"

    def __init__(self, parent: QWidget, job: Job, owner: str = "") -> None:
        super().__init__(parent, _title(job), width=480)
        self.job = job
        self.told = Text("", "base", wrap=True)
        self.note = Text("", "small", "text2", wrap=True)
        if owner:
            said = tr("It was started on {machine}. Whoever did that is not asked.")
            self.body.addWidget(Text(said.format(machine=owner), "base", "warn", wrap=True))
        self.body.addWidget(self.told)
        self.body.addWidget(self.note)
        self.keep = Button(tr("Keep it"))
        self.stop = Button("", "destructive")
        self.footer.addStretch(1)
        self.footer.addWidget(self.keep)
        self.footer.addWidget(self.stop)
        self.keep.clicked.connect(self.reject)
        self.stop.clicked.connect(self.accept)
        self.show_price(*known_price(job))
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self, job: Job) -> bool:
        """Show what the job has become meanwhile; return whether stopping may cost something else now."""
        if job.state.is_final:
            self.reject()
            return False
        if not (job.is_unsent or may_cost(job)):  # the service was working on it, and is done or was told to stop
            job = replace(job, state=JobState.RUNNING)
        is_changed = (job.state, job.percent) != (self.job.state, self.job.percent)
        self.job = job
        if is_changed:
            self.show_price(*known_price(job))
        return is_changed

    def show_price(self, percent: float, cost: int) -> None:
        """Show how far the job is and what stopping costs now."""
        sentence, note, button = words(self.job, percent, cost)
        self.told.setText(sentence)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.stop.setText(button)
        self.fit()


def words(job: Job, percent: float, cost: int) -> tuple[str, str, str]:
    """Return the facts as a sentence, a note on what they mean, and the text of the button."""
    unit, service = job.estimate.unit, job.recipe.service
    price = money_text(cost, unit) if job.estimate.is_known else tr("its price")
    whole = job.estimate.text
    if job.is_unsent:
        return tr("It is not sent yet and costs nothing so far."), "", tr("Cancel it · free")
    if job.state is not JobState.RUNNING:
        sentence = tr("It is being sent. If it arrives before it can be stopped, it costs up to {price}.")
        return (
            sentence.format(price=price),
            tr("At the service nothing is charged at {percent}.").format(percent=percent_text(0)),
            tr("Cancel it"),
        )
    if not service.traits.can_cancel:
        sentence = tr("{service} cannot stop it: it goes on there and costs {price} either way.")
        note = tr("Only this computer stops waiting. You can wait again, free, while the result is kept.")
        return sentence.format(service=translated(service.label), price=price), note, tr("Stop waiting")
    if percent >= 100:
        sentence = tr("It has just finished at {service} and costs {price} either way.")
        return (
            sentence.format(service=translated(service.label), price=price),
            tr("Keep it and the result is downloaded."),
            tr("Cancel it"),
        )
    if cost == 0:
        sentence = tr("Nothing is done yet: cancelling it now is free.")
        return sentence, tr("The estimate was {price}.").format(price=whole), tr("Cancel it · free")
    sentence = tr("{share} is done: cancelling it now costs {price} of {whole}.")
    note = tr("{service} charges the share that is done × 1.1. There is no result then.")
    return (
        sentence.format(share=percent_text(percent), price=price, whole=whole),
        note.format(service=translated(service.label)),
        tr("Cancel it · {price}").format(price=price),
    )


def _title(job: Job) -> str:
    verb = tr("Cancel {name}?") if job.recipe.service.traits.can_cancel else tr("Stop waiting for {name}?")
    return verb.format(name=shown_picture(job))
