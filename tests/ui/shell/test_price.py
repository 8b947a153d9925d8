"""The price: at once after every change, the service's own a moment later, and never a number that is too old."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.fake_context import known
from tests.support.window import session_of
from tests.ui.shell.conftest import Stage
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.run_duration import RunDuration
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.job_tracker import QueueSummary
from topazdesk.ui.models.recipe import RecipeState


def _recipe(stage: Stage, model: str, factor: float | None = None) -> RecipeState:
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, model))
    if factor is not None:
        state.set_output(replace(state.recipe.output, size=OutputSize.scale(factor)))
    return state


def test_button_price_and_rows_follow_the_size_at_once(stage: Stage) -> None:
    known(stage.session, (1500, 1000), (1500, 1000), (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    footer = stage.window.footer
    assert footer.button.label() == "Enhance 3 pictures · 18 credits"
    assert footer.button.isEnabled()
    assert footer.price.text() == "about 18 credits for 3 pictures"
    assert footer.left.text() == "· 480 left"
    stage.window.recipe.output.sizes.factors.segment(2.0).click()
    assert footer.button.label() == "Enhance 3 pictures · 6 credits"
    price = stage.session.pricing.price_of(stage.session.library.pictures.pictures()[0])
    assert price is not None
    assert price.credits == 2


def test_the_price_follows_a_slider_without_another_calculation_of_sizes(stage: Stage) -> None:
    pictures = known(stage.session, (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    before = stage.session.pricing.price_of(pictures[0])
    row = stage.window.recipe.form.row("creativity")
    assert row is not None
    row.edited.emit(5)
    assert stage.session.pricing.recipe.recipe.settings["creativity"] == 5
    assert stage.session.pricing.price_of(pictures[0]) is before
    assert stage.window.footer.button.label() == "Enhance picture-00000.jpg · 6 credits"


def test_what_is_selected_is_meant_and_all_say_the_same(stage: Stage) -> None:
    first, second, _third = known(stage.session, (1500, 1000), (1500, 1000), (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    stage.window.pictures.view.choose([first.id], first.id)
    assert stage.window.footer.button.label() == "Enhance this picture · 6 credits"
    assert stage.window.footer.all_button.label() == "All 3 · 18 credits"
    stage.window.pictures.view.choose([first.id, second.id], first.id)
    assert stage.window.footer.button.label() == "Enhance 2 selected · 12 credits"
    assert stage.window.footer.price.text() == "about 12 credits for 2 pictures"
    assert stage.session.library.pictures.heads()[0].note == "2 selected · 12 credits"


def test_a_picture_over_the_limit_says_so_and_is_left_out(stage: Stage) -> None:
    _small, large = known(stage.session, (1500, 1000), (8000, 4000))
    _recipe(stage, "Recover 3", 1)
    price = stage.session.pricing.price_of(large)
    assert price is not None
    assert price.refusal is not None
    assert "24 MP" in price.refusal.hint
    assert "24 MP" in stage.session.library.pictures.tooltip(large)
    assert stage.window.footer.button.label() == "Enhance picture-00000.jpg · 1 credit"
    assert stage.window.footer.hint.text().startswith("1 picture skipped: too large for Recover 3")
    stage.session.library.remove([_small.id])
    assert not stage.window.footer.button.isEnabled()
    assert stage.window.footer.button.toolTip() == "Too large for Recover 3"
    session_of(stage.window).enhance()
    assert stage.context.engine.taken == []


def test_too_little_credit_is_said_before_the_click(stage: Stage) -> None:
    known(stage.session, (1500, 1000), (1500, 1000), (1500, 1000))
    stage.context.engine.available = 14
    stage.session.pricing.ask_balance()
    stage.spawned.run()
    _recipe(stage, "Recover 3", 4)
    footer = stage.window.footer
    assert footer.hint.text() == "This needs 18 credits; the account has 14 credits"
    assert footer.button.label() == "Enhance 3 pictures · 18 credits"
    footer.button.click()
    stage.session.enhance()
    assert stage.spawned.names() == [], "not a part of it: which one nobody chose"
    assert "Top up, or choose fewer pictures" in footer.button.toolTip()
    stage.context.engine.available = 18
    stage.session.pricing.ask_balance()
    stage.spawned.run()
    footer.button.click()
    assert stage.spawned.names() == ["enqueue"]
    stage.spawned.run()
    assert len(stage.context.engine.taken) == 3


def test_a_button_for_all_that_is_off_says_why_where_it_can_be_seen(stage: Stage) -> None:
    """The line below the price said how much is left after the other button."""
    pictures = known(stage.session, *[(1500, 1000)] * 5)
    stage.session.pricing.set_balance(stage.session.pricing.recipe.recipe.service, 14)
    _recipe(stage, "Recover 3", 4)
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    footer = stage.window.footer
    assert footer.button.isEnabled()
    assert not footer.all_button.isEnabled()
    assert footer.hint.text() == "Not enough credits for all 5"
    stage.session.pricing.set_balance(stage.session.pricing.recipe.recipe.service, 30)
    assert footer.all_button.isEnabled()
    assert footer.hint.text() == "24 credits left afterwards"


def test_the_price_is_not_cut_when_a_queue_begins_to_run(stage: Stage) -> None:
    """The end of its last part was cut at 1280: "about 2" of "about 2 min"."""
    pictures = known(stage.session, *[(1500, 1000)] * 29)
    _recipe(stage, "Recover 3", 4)
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    footer, pricing = stage.window.footer, stage.session.pricing
    plan = replace(pricing.plan, is_confirmed=True, duration=RunDuration(120.0))
    footer.show_plan(plan, ready=True, problem="", held=pricing.held, held_all=pricing.held_all)
    seen = 0
    for width in range(800, 1921, 16):
        for summary in (QueueSummary(), QueueSummary(active=2, text="0 of 2 · about 3 min", share=0.1), QueueSummary()):
            for _ in range(6):  # what gives way lets the window be narrower, one layout later
                stage.window.resize(width, 720)
                QApplication.processEvents()
            footer.show_queue(summary)
            QApplication.processEvents()
            assert footer.minimumSizeHint().width() <= width, "else parts are squeezed or lie over each other"
            seen += footer.left.isVisible()
    assert seen


def test_the_state_of_the_queue_is_whole_beside_everything_else(stage: Stage) -> None:
    """Its first word was cut where a long line below the price or a long button took the room."""
    pictures = known(stage.session, *[(1500, 1000)] * 5)
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    footer, pricing = stage.window.footer, stage.session.pricing
    footer.setParent(None)
    footer.show()
    problem = "A sentence about the form that is much longer than the room below the price"
    footer.show_plan(pricing.plan, ready=True, problem=problem, held=pricing.held, held_all=pricing.held_all)
    seen = set()
    for text in ("Angehalten · 0 von 5", "3.600 von 10.000 · noch etwa 2 Std."):
        for width in range(1920, 799, -16):
            footer.setFixedWidth(width)
            footer.set_button_width(352)
            footer.show_queue(QueueSummary(paused=True, active=5, share=0.0, text=text))
            QApplication.processEvents()
            shown = footer.status.shown_text()
            assert text.startswith(shown), f"at {width}"
            seen.add(shown == text)
    assert seen == {True, False}, "in little room the second part is left out"
    footer.deleteLater()  # nothing else owns it now


def test_the_focus_goes_from_a_used_button_to_the_list(stage: Stage) -> None:
    """It went to the next control in the window's order ("Save the comparison…"), where Space does something else."""
    first = known(stage.session, (1500, 1000))[0]
    stage.window.footer.button.setFocus()
    stage.session.library.remove([first.id])
    assert not stage.window.footer.button.isEnabled()
    assert stage.window.pictures.view.hasFocus() or stage.window.viewer.empty.choose.hasFocus()


def test_the_focus_leaves_the_button_for_all_when_it_goes(stage: Stage) -> None:
    """It went to the first size of a result, which Space would have chosen."""
    pictures = known(stage.session, *[(1500, 1000)] * 3)
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    button = stage.window.footer.all_button
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    stage.spawned.run()
    assert len(stage.context.engine.taken) == 3
    assert button.isHidden()
    assert stage.window.pictures.view.hasFocus()


def test_one_press_is_one_order(stage: Stage) -> None:
    known(stage.session, (1500, 1000))
    stage.window.footer.button.click()
    assert not stage.window.footer.button.isEnabled()
    stage.window.footer.button.click()
    stage.window.commands.run("enhance")
    stage.session.enhance()
    assert stage.spawned.names() == ["enqueue"]
    stage.spawned.run()
    assert [each.info.path.name for each in stage.context.engine.taken] == ["picture-00000.jpg"]
    assert stage.window.footer.button.label() == "Nothing else to enhance"
    assert stage.window.library.queue.summary().detail == "1 queued", "as the queue counts"


def test_what_cannot_be_sent_disables_the_button_with_its_reason(stage: Stage, qtbot: QtBot) -> None:
    known(stage.session, (1500, 1000))
    _recipe(stage, "Recover 3", 2)
    row = stage.window.recipe.form.row("creativity")
    assert row is not None
    row.typed.emit("abc")
    assert not stage.window.footer.button.isEnabled()
    assert stage.window.footer.hint.text() != ""
    assert stage.window.footer.button.toolTip() == stage.window.footer.hint.text()
    row.edited.emit(4)
    assert stage.window.footer.button.isEnabled()


def test_the_services_own_number_follows_and_is_marked(stage: Stage, qtbot: QtBot) -> None:
    known(stage.session, (1500, 1000), (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    qtbot.waitUntil(lambda: "estimates" in stage.spawned.names())

    async def answer() -> None:
        _name, work = stage.spawned.waiting.pop()
        task = asyncio.ensure_future(work)
        await stage.context.estimator.was_asked()
        assert len(stage.context.estimator.asked) == 1, "two pictures of one size are one question"
        stage.context.estimator.asked[0][2].set_result(Estimate(7, EstimateSource.SERVICE))
        await task

    asyncio.run(answer())
    assert stage.window.footer.price.text() == "14 credits for 2 pictures"
    assert stage.window.footer.left.text() == "· 480 left · quoted"
    assert stage.window.footer.button.label() == "Enhance 2 pictures · 14 credits"


def test_a_late_answer_to_an_older_question_is_dropped(stage: Stage, qtbot: QtBot) -> None:
    known(stage.session, (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    qtbot.waitUntil(lambda: "estimates" in stage.spawned.names())

    async def answer_late() -> None:
        _name, work = stage.spawned.waiting.pop()
        task = asyncio.ensure_future(work)
        await stage.context.estimator.was_asked()
        stage.window.recipe.output.sizes.factors.segment(2.0).click()
        stage.context.estimator.asked[0][2].set_result(Estimate(99, EstimateSource.SERVICE))
        await task

    asyncio.run(answer_late())
    assert stage.window.footer.button.label() == "Enhance picture-00000.jpg · 2 credits"
    assert stage.window.footer.price.text() == "about 2 credits for 1 picture"


def test_keys_spend_only_where_the_button_could(stage: Stage) -> None:
    QTest.keyClick(stage.window, "\r")
    assert stage.spawned.names() == []
    known(stage.session, (1500, 1000))
    stage.window.pictures.view.setFocus()
    QTest.keyClick(stage.window.pictures.view, "\r")
    assert stage.spawned.names() == ["open"], "Return opens the picture, and spends nothing"
    stage.spawned.drop()
    QTest.keyClick(stage.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert stage.spawned.names() == ["enqueue"]


def test_nothing_is_sold_while_last_time_is_being_restored(stage: Stage) -> None:
    """Until its jobs were attached, a finished picture stood there as new, with a price on a live button."""
    known(stage.session, (1500, 1000))
    _recipe(stage, "Recover 3", 4)
    footer, session = stage.window.footer, stage.session
    assert footer.button.isEnabled()
    before = stage.spawned.names()
    session.set_restoring(True)
    assert not footer.button.isEnabled()
    assert not stage.window.commands["enhance"].isEnabled()
    session.enhance()
    assert stage.spawned.names() == before
    session.set_restoring(False)
    assert footer.button.isEnabled()


def test_a_key_that_is_held_down_buys_once(stage: Stage) -> None:
    """Ctrl+Return that repeats went on from "Enhance again…" to the priced button."""
    assert not stage.window.commands["enhance"].autoRepeat()
    assert not stage.window.commands["enhance_all"].autoRepeat()
    assert stage.window.commands["zoom_in"].autoRepeat()
