"""Asks before a service is used that lacks the model, and tells what is in use after a change, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from topazdesk.language import comma
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.service_move import ServiceMove
from topazdesk.ui.texts import ntr, number, sentences, tr, translated

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host

_SUBJECT = "service"


class ServiceChoice(Feature):
    """Shows the question and the news of a change of the service. Nothing is changed before the answer."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._pricing = host.session.pricing
        self._asked: ServiceMove | None = None
        self._pricing.service_asked.connect(self._ask)
        self._pricing.service_moved.connect(self._tell)
        self._pricing.recipe.model_changed.connect(self._model_changed)

    def _ask(self, move: ServiceMove) -> None:
        self._asked = move
        title, hint, yes = question(move)
        go = NoticeAction(yes, lambda: self._pricing.set_service(move.service), keep=True)  # the news replace it
        stay = NoticeAction(
            tr("Stay {where}").format(where=translated(move.left.traits.where)), self._kept, variant="quiet"
        )
        notice = self._host.notices.tell("info", title, hint, go, stay, subject=_SUBJECT)
        notice.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _kept(self) -> None:
        self._asked = None

    def _model_changed(self) -> None:
        """Ask anew, or no more, if what was asked is not what would happen now."""
        asked = self._asked
        if asked is None or not self._host.notices.is_told(_SUBJECT):
            self._asked = None
            return
        now = self._pricing.own.service_move(asked.service)
        if now.left is not asked.left or not now.asks:
            self._asked = None
            self._host.notices.withdraw(_SUBJECT)
        elif question(now) != question(asked):
            self._ask(now)

    def _tell(self, move: ServiceMove) -> None:
        self._asked = None
        self._host.notices.withdraw(_SUBJECT)
        if not move.is_another_catalogue:
            return
        title, hint = news(move)
        back = NoticeAction(tr("Undo"), lambda: self._undo(move), "undo")
        self._host.notices.toast("info", title, hint, back, subject=_SUBJECT)

    def _undo(self, move: ServiceMove) -> None:
        if self._pricing.recipe.recipe.service is move.service:
            self._pricing.set_service(move.left)


def question(move: ServiceMove) -> tuple[str, str, str]:
    """Return title, hint and the affirmative button of the question, as in "Runflow has no Recover 3. …"."""
    service, kept = (
        translated(move.service.label),
        tr("Your settings {where} are kept.").format(where=translated(move.left.traits.where)),
    )
    lost = len(move.lost)
    if move.missing is not None:
        title = tr("{service} has no {missing}. {model} instead?")
        title = title.format(service=service, missing=move.missing.name, model=move.model.name)
        if lost:
            more = ntr(
                "1 picture with its own settings would use it, too.",
                "{n} pictures with their own settings would use it, too.",
                lost,
            )
            kept = sentences(more.format(n=number(lost)), kept)
        return title, kept, tr("Use {model}").format(model=move.model.name)
    names = comma().join(model.name for model in move.lost_models)
    title = ntr(
        "{service} has no {missing}. {model} for 1 picture instead?",
        "{service} has no {missing}. {model} for {n} pictures instead?",
        lost,
    )
    title = title.format(service=service, missing=names, model=move.model.name, n=number(lost))
    return title, kept, tr("Use {model}").format(model=move.model.name)


def news(move: ServiceMove) -> tuple[str, str]:
    """Return what is in use after a change, and what is different."""
    title = tr("Now using {service} with {model}").format(service=translated(move.service.label), model=move.model.name)
    said = [tr("Everything is as you left it there.")] if move.was_there else []
    if move.returned:
        words = ntr(
            "1 setting returned to Auto, as it differs there.",
            "{n} settings returned to Auto, as they differ there.",
            move.returned,
        )
        said.append(words.format(n=number(move.returned)))
    said.append(tr("Your settings {where} are kept.").format(where=translated(move.left.traits.where)))
    return title, sentences(*said)
