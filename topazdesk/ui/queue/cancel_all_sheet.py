"""The question before all unfinished jobs are cancelled: how many are sent already, and what they may still cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.models.job_texts import can_cancel, may_cost
from topazdesk.ui.texts import money_text, ntr, number, tr, translated


class CancelAllSheet(Sheet):
    """Asks whether to cancel these jobs; accepted means yes, and `only_unsent` that those at a service go on.

    `show_jobs` updates it while it is open: more of them are sent meanwhile, or finish.
    """

    help_page = "money#cancel"

    def __init__(self, parent: QWidget, jobs: Iterable[Job]) -> None:
        super().__init__(parent, "", width=600)
        self.only_unsent = False
        self.told = Text("", "base", wrap=True)
        self.body.addWidget(self.told)
        self.keep = Button(tr("Keep them"))
        self.unsent = Button("")
        self.stop = Button("", "destructive")
        self.footer.addStretch(1)
        for button in (self.keep, self.unsent, self.stop):
            self.footer.addWidget(button)
        self.keep.clicked.connect(self.reject)
        self.unsent.clicked.connect(self._take_unsent)
        self.stop.clicked.connect(self.accept)
        self._shown: tuple[str, ...] = ()
        self.show_jobs(jobs)
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_jobs(self, jobs: Iterable[Job]) -> None:
        """Show which of these jobs can be cancelled, and what that means for each kind of them."""
        jobs = [job for job in jobs if can_cancel(job)]
        waiting = [job for job in jobs if not may_cost(job)]
        title = ntr("Cancel 1 picture?", "Cancel {n} pictures?", len(jobs)).format(n=number(len(jobs)))
        stop = ntr("Cancel 1 picture", "Cancel {n} pictures", len(jobs)).format(n=number(len(jobs)))
        said = "\n".join(fates(jobs)) or tr("All are finished at the service: only their results are on the way.")
        shown = (title, said, stop, number(len(waiting)))
        if shown == self._shown:
            return
        self._shown = shown
        self.heading.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.told.setText(said)
        most = _at_most(jobs)
        self.stop.setText(f"{stop} · {most}" if most else stop)
        self.stop.setEnabled(bool(jobs))
        words = ntr("Cancel 1 unsent · free", "Cancel {n} unsent · free", len(waiting))
        self.unsent.setText(words.format(n=number(len(waiting))))
        self.unsent.setVisible(0 < len(waiting) < len(jobs) and any(map(_pays, jobs)))
        self.fit()

    def _take_unsent(self) -> None:
        self.only_unsent = True
        self.accept()


def fates(jobs: Sequence[Job]) -> list[str]:
    """Return in sentences what it means to cancel these jobs, by service for those that were sent."""
    waiting = sum(not may_cost(job) for job in jobs)
    said = []
    if waiting:
        words = ntr("{n} is not sent yet and costs nothing.", "{n} are not sent yet and cost nothing.", waiting)
        said.append(words.format(n=number(waiting)))
    sent: defaultdict[ServiceName, list[Job]] = defaultdict(list)
    for job in jobs:
        if may_cost(job):
            sent[job.recipe.service].append(job)
    return [*said, *(_sent(service, of) for service, of in sent.items())]


def _sent(service: ServiceName, jobs: Sequence[Job]) -> str:
    traits = service.traits
    if traits.unit is Unit.NONE:
        words = ntr("{n} stops at once, free of charge.", "{n} stop at once, free of charge.", len(jobs))
        return words.format(n=number(len(jobs)))
    if not traits.can_cancel:
        words = ntr(
            "{n} is at {service}, which cannot stop it: it costs {price} either way.",
            "{n} are at {service}, which cannot stop them: they cost {price} either way.",
            len(jobs),
        )
    else:
        words = ntr(
            "{n} is at {service}: what is done of it is charged, at most {price}.",
            "{n} are at {service}: what is done of them is charged, at most {price}.",
            len(jobs),
        )
    price = _price(jobs)
    return words.format(n=number(len(jobs)), service=translated(traits.in_sentence), price=price or tr("unknown price"))


def _at_most(jobs: Sequence[Job]) -> str:
    """Return what may be charged all the same, for instance "up to 12 credits", or ""."""
    paid = [job for job in jobs if _pays(job)]
    if not paid or len({job.estimate.unit for job in paid}) > 1 or not (price := _price(paid)):
        return ""
    return tr("up to {price}").format(price=price)


def _pays(job: Job) -> bool:
    return may_cost(job) and job.recipe.service.unit is not Unit.NONE


def _price(jobs: Sequence[Job]) -> str:
    """Return what jobs of one unit cost together, "" if no price is known of one of them."""
    if not all(job.estimate.is_known for job in jobs):
        return ""
    return money_text(sum(job.estimate.credits for job in jobs), jobs[0].estimate.unit)
