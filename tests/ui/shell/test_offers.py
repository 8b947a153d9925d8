"""Unverified models in the window: asked about when picked, and no button before the service accepted them."""

from __future__ import annotations

import asyncio
import re

from pytestqt.qtbot import QtBot

from tests.support.fake_context import known
from tests.ui.shell.conftest import Stage
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import NetworkError, RejectedError, TopazdeskError


def _pick(stage: Stage, name: str) -> None:
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, name))


def _answer(stage: Stage, answer: Estimate | TopazdeskError) -> None:
    """The service answers what the window asked."""
    (asked,) = [work for name, work in stage.spawned.waiting if name.startswith("offer of")]
    stage.spawned.waiting = [each for each in stage.spawned.waiting if not each[0].startswith("offer of")]
    estimator = stage.context.estimator

    async def both() -> None:
        task = asyncio.create_task(asked)
        await estimator.was_asked()
        future = estimator.asked.pop()[2]
        if isinstance(answer, TopazdeskError):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        await task

    estimator._bell = asyncio.Event()
    asyncio.run(both())


def test_until_it_is_settled_nothing_can_be_spent(stage: Stage, qtbot: QtBot) -> None:
    known(stage.session, (1500, 1000))
    _pick(stage, "Wonder 4")
    footer, card = stage.window.footer, stage.window.recipe.card
    assert not footer.button.isEnabled()
    assert footer.hint.text() == "Asking Sandbox about Wonder 4…"
    assert card.note.text() == "Asking Sandbox whether it takes it…"
    stage.session.enhance()
    assert stage.context.engine.taken == []
    _answer(stage, Estimate(1, EstimateSource.SERVICE))
    assert footer.button.isEnabled()
    assert re.fullmatch(r"Sandbox accepted it on [A-Z][a-z]{2} \d\d?, \d{4}", card.note.text()), (
        "a day as people write it"
    )


def test_a_refusal_is_said_and_the_next_pick_asks_again(stage: Stage) -> None:
    known(stage.session, (1500, 1000))
    _pick(stage, "Wonder 4")
    _answer(stage, RejectedError("no estimate"))
    footer, card = stage.window.footer, stage.window.recipe.card
    assert footer.hint.text() == "Sandbox does not take Wonder 4"
    assert card.note.text() == "Sandbox does not take it"
    assert not footer.button.isEnabled()
    _pick(stage, "Recover 3")
    assert footer.button.isEnabled()
    _pick(stage, "Wonder 4")
    _answer(stage, Estimate(1, EstimateSource.SERVICE))
    assert footer.button.isEnabled()


def test_without_an_answer_it_says_why_and_asks_again_with_the_next_key(stage: Stage) -> None:
    known(stage.session, (1500, 1000))
    _pick(stage, "Wonder 4")
    _answer(stage, NetworkError("No connection to Topaz."))
    footer = stage.window.footer
    assert footer.hint.text() == "Sandbox could not be asked about Wonder 4"
    assert not footer.button.isEnabled()
    stage.session.pricing.ask_balance()
    stage.session.pricing.refresh()
    assert any(name.startswith("offer of") for name in stage.spawned.names())


def test_a_verified_model_asks_nothing(stage: Stage) -> None:
    known(stage.session, (1500, 1000))
    _pick(stage, "Recover 3")
    assert not any(name.startswith("offer of") for name in stage.spawned.names())
    assert stage.window.footer.button.isEnabled()
