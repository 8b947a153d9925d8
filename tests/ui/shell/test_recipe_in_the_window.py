"""Undo, redo and reset in the window: one step a gesture, whatever control it was, and the form follows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.support.fake_context import known
from tests.ui.shell.conftest import Stage
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import NumberField, Slider
from topazdesk.ui.models.recipe import RecipeState


def _state(stage: Stage) -> RecipeState:
    return stage.session.pricing.recipe


def _slider(stage: Stage, name: str) -> Slider:
    row = stage.window.recipe.form.row(name)
    assert row is not None
    (slider,) = row.findChildren(Slider)
    return slider


def _drag(slider: Slider, shares: tuple[float, ...]) -> None:
    places = [QPoint(round(slider.width() * share), slider.height() // 2) for share in shares]
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(slider, place)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=places[-1])


def test_the_undo_of_a_notice_takes_back_what_it_is_about(stage: Stage, qtbot: QtBot) -> None:
    """It took back the latest step, whatever had been changed since the notice came."""
    state = _state(stage)
    state.set_values({"sharpen": 0.2})
    before = state.recipe
    state.apply(replace(before, values=(("denoise", 0.7),)))
    back = state.way_back(before)
    state.set_values({"denoise": 0.1})
    back()
    assert state.recipe == before
    state.undo()
    assert state.recipe.settings == {"denoise": 0.1}, "a step of its own"
    back()
    back()
    assert state.recipe == before, "twice changes nothing"


def test_each_drag_is_one_step_and_the_form_follows(stage: Stage, qtbot: QtBot) -> None:
    state, tools = _state(stage), stage.window.recipe.tools
    known(stage.session, (1500, 1000))
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    slider = _slider(stage, "sharpen")
    _drag(slider, (0.1, 0.2, 0.3, 0.4))
    first = state.recipe.settings["sharpen"]
    _drag(slider, (0.6, 0.7, 0.9))
    assert state.recipe.settings["sharpen"] != first
    assert tools.undo.isEnabled()
    tools.undo.click()
    assert state.recipe.settings == {"sharpen": first}
    assert slider.number() == first
    tools.undo.click()
    assert state.recipe.settings == {}
    assert slider.is_auto
    tools.redo.click()
    tools.redo.click()
    assert slider.number() == state.recipe.settings["sharpen"] != first
    assert not tools.redo.isEnabled()


def test_model_size_and_values_come_back_with_the_keys(stage: Stage, qtbot: QtBot) -> None:
    state, window = _state(stage), stage.window
    known(stage.session, (1500, 1000))
    start = state.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(4)))
    state.set_values({"creativity": 5})
    end = state.recipe
    window.pictures.view.setFocus()
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert state.recipe == start
    assert window.recipe.card.name.text() == state.model.name
    assert not window.commands["undo"].isEnabled()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Z, both)
    assert state.recipe == end
    assert window.recipe.form.values() == {"creativity": 5}
    assert stage.window.footer.button.label() == "Enhance picture-00000.jpg · 6 credits"


def test_reset_gives_all_back_in_one_step(stage: Stage) -> None:
    state, window = _state(stage), stage.window
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    assert not window.commands["reset"].isEnabled()
    state.set_values({"creativity": 5, "sharpen": 0.4})
    window.commands.run("reset")
    assert state.recipe.settings == {}
    assert window.recipe.form.values() == {}
    window.commands.run("undo")
    assert window.recipe.form.values() == {"creativity": 5, "sharpen": 0.4}


def test_taking_a_price_step_is_a_step_that_can_be_undone(stage: Stage) -> None:
    state, window = _state(stage), stage.window
    (picture,) = known(stage.session, (3000, 2000))
    stage.window.pictures.view.choose([picture.id], picture.id)
    stage.session.library.current_changed.emit()  # as when its header has been read
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Standard 2"))
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(2.01)))
    assert window.footer.button.label() == "Enhance this picture · 2 credits"
    window.recipe.output.steps.take.click()
    assert window.footer.button.label() == "Enhance this picture · 1 credit"
    window.commands.run("undo")
    assert state.recipe.output.size == OutputSize.scale(2.01)


def test_what_is_restored_or_switched_is_no_step(stage: Stage) -> None:
    state = _state(stage)
    state.load(replace(state.recipe, values=()))
    stage.session.pricing.set_service(ServiceName.TOPAZ)
    assert not state.history.can_undo
    state.set_values({"sharpen": 0.3})
    stage.session.pricing.set_service(ServiceName.SANDBOX)
    state.undo()
    assert state.recipe.service is ServiceName.SANDBOX, "a step back never moves the work to another service"
    assert state.recipe.settings == {}


def test_another_model_is_not_blocked_by_what_the_last_ones_form_held(stage: Stage, qtbot: QtBot) -> None:
    """The button stayed off with a sentence about a field that was gone, whatever was done afterwards."""
    state, button = _state(stage), stage.window.footer.button
    known(stage.session, (1500, 1000))
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    row = stage.window.recipe.form.row("sharpen")
    assert row is not None
    (field,) = row.findChildren(NumberField)
    field.setFocus()
    qtbot.keyClicks(field, "99")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not button.isEnabled()
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Bloom Creative"))
    assert stage.session.pricing.form_problem == ""


def test_undo_works_while_a_number_field_has_the_keyboard(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+Z went to the field alone, which had nothing to take back after the number was in force."""
    state = _state(stage)
    known(stage.session, (1500, 1000))
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    row = stage.window.recipe.form.row("sharpen")
    assert row is not None
    (field,) = row.findChildren(NumberField)
    field.setFocus()
    qtbot.keyClicks(field, "0.4")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert state.recipe.settings == {"sharpen": 0.4}
    state.seal()
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert state.recipe.settings == {}
