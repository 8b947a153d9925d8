"""A model without a published price: shown, asked about, and not to be started before the service named its price."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pytestqt.qtbot import QtBot

from tests.support.catalogue import runflow_catalogue
from tests.support.fake_context import known
from tests.support.window import session_of
from tests.ui.shell.conftest import Stage
from topazdesk.domain.catalogue import ModelStatus, Tier
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import NetworkError, RejectedError, TopazdeskError
from topazdesk.ui.account.confirm_spending import ConfirmSpending, Spending, asks
from topazdesk.ui.controls import Text
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.models.price_watch import PriceWatch


def _answer(stage: Stage, qtbot: QtBot, *answers: Estimate | TopazdeskError) -> None:
    """The service answers the question for prices, and before that whether it takes the model."""
    qtbot.waitUntil(lambda: "estimates" in stage.spawned.names())
    estimator = stage.context.estimator

    async def talk() -> None:
        estimator.asked.clear()
        estimator._bell = asyncio.Event()
        waiting, stage.spawned.waiting = stage.spawned.waiting, []
        tasks = [asyncio.ensure_future(work) for _name, work in waiting]
        while len(estimator.asked) < len(tasks):  # noqa: ASYNC110 - the fake has one bell for several questions
            await asyncio.sleep(0)
        for (_service, _request, future), answer in zip(estimator.asked, answers, strict=True):
            if isinstance(answer, Estimate):
                future.set_result(answer)
            else:
                future.set_exception(answer)
        await asyncio.gather(*tasks)

    asyncio.run(talk())


def _said(credits: int) -> Estimate:
    return Estimate(credits, EstimateSource.SERVICE)


def test_the_button_waits_for_the_services_price(stage: Stage, qtbot: QtBot) -> None:
    (picture,) = known(stage.session, (1500, 1000))
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Bloom Precision"))
    footer, window = stage.window.footer, stage.window
    assert window.recipe.card.price.text() == "price not published"
    assert footer.button.label() == "Waiting for the price…"
    assert not footer.button.isEnabled()
    assert "No price is published for Bloom Precision" in footer.button.toolTip()
    stage.session.enhance()
    assert stage.context.engine.taken == []
    _answer(stage, qtbot, _said(1), NetworkError("No connection to Topaz.", "Check the network."))
    assert not footer.button.isEnabled()
    assert footer.button.label() == "Nothing can be enhanced"
    assert footer.button.toolTip() == "Sandbox could not be asked for the price"
    price = stage.session.pricing.price_of(picture)
    assert price is not None
    assert price.refusal is not None
    assert price.refusal.hint == "No connection to Topaz. Check the network. Asking again in a moment."
    assert "estimates" not in stage.spawned.names(), "not asked in a circle"
    watch = session_of(window).pricing.findChild(PriceWatch)
    assert watch is not None
    watch._again.timeout.emit()
    assert footer.button.label() == "Waiting for the price…"
    _answer(stage, qtbot, _said(12))
    assert footer.button.label() == "Enhance picture-00000.jpg · 12 credits"
    assert footer.price.text() == "12 credits for 1 picture"
    window.recipe.output.sizes.factors.segment(4.0).click()  # another size has another price
    assert footer.button.label() == "Waiting for the price…"
    _answer(stage, qtbot, RejectedError("The sandbox does not accept these settings"))
    assert footer.button.toolTip() == "Sandbox names no price for Bloom Precision"
    window.recipe.output.sizes.factors.segment(2.0).click()
    _answer(stage, qtbot, _said(13))
    stage.session.enhance()
    stage.spawned.run()
    (draft,) = stage.context.engine.taken
    assert draft.estimate == _said(13)


def test_what_nobody_publishes_a_price_for_is_asked_about_first(stage: Stage) -> None:
    model = runflow_catalogue().find(ServiceName.RUNFLOW, "Standard 2")
    assert model.tier is Tier.PRECISE
    assert not asks(ServiceName.RUNFLOW, model, 50)
    assert asks(ServiceName.RUNFLOW, model, 1, unknown=1)
    assert not asks(ServiceName.SANDBOX, model, 1, unknown=1)
    dialog = ConfirmSpending(
        stage.window,
        Spending(1, 640_000, 640_000, None, 40_000_000, model, "192 MP", "JPEG", (None,), unknown=1),
    )
    dialog.open()
    words = " ".join(text.text() for text in dialog.findChildren(Text))
    assert dialog.windowTitle() == "Enhance 1 picture without knowing the price?"
    assert "Runflow publishes no price above 24 MP" in words
    assert "Up to there a picture costs $0.08" in words
    assert not dialog.one.isVisible()
    assert dialog.all.label() == "Enhance 1 picture · price not published"
    dialog.show_spending(replace(dialog.spending, count=2))
    assert dialog.one.isVisible()
    assert dialog.one.label() == "Enhance one first"
    dialog.reject()
    dialog.deleteLater()


def test_superseded_models_are_hidden_until_they_are_asked_for(stage: Stage) -> None:
    state = stage.session.pricing.recipe
    models = state.catalogue.of(ServiceName.SANDBOX, with_legacy=True)
    gallery = Gallery(stage.window, models, state.recipe, ())
    legacy = {m.slug for m in models if m.standing is ModelStatus.LEGACY}
    assert len(legacy) == 8

    def shown() -> set[str]:
        return {slug for slug, tile in gallery.tiles.items() if tile.isVisibleTo(gallery)}

    gallery.open()
    assert not shown() & legacy
    gallery.search.setText("Bloom Precision")
    assert not shown()
    assert "Legacy models" in gallery._nothing_hint.text()
    assert gallery.side.older is not None
    gallery.side.older.setChecked(True)
    assert shown() == {"bloom-precision"}
    assert ("outdated", "Outdated: use Bloom 2 instead") in gallery.tiles["bloom-precision"].notes()
    gallery.search.setText("")
    assert legacy <= shown()
    gallery.reject()
    gallery.deleteLater()
