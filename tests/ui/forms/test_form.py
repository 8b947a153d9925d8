"""The generated form as a user works it: by keyboard and pointer."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.support.catalogue import packaged_catalogue, packaged_model
from tests.support.stage import staged
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Choice, NumberField, Segmented, Slider, Switch
from topazdesk.ui.forms import ParameterForm
from topazdesk.ui.forms.boolean_row import BooleanRow
from topazdesk.ui.forms.choice_row import ChoiceRow
from topazdesk.ui.forms.number_row import NumberRow
from topazdesk.ui.forms.text_row import TextRow, UriRow

pytestmark = pytest.mark.usefixtures("themed")


def _form(qtbot: QtBot, model: str, **values: Any) -> ParameterForm:
    form = ParameterForm()
    form.set_model(packaged_model(model), values)
    staged(qtbot, form)
    return form


def _number(form: ParameterForm, name: str) -> tuple[Slider, NumberField]:
    row = form.row(name)
    assert isinstance(row, NumberRow)
    assert row.slider is not None
    return row.slider, row.field


def _segments(form: ParameterForm, name: str) -> Segmented:
    row = form.row(name)
    assert isinstance(row, BooleanRow)
    assert row.segments is not None
    return row.segments


def _press(qtbot: QtBot, segments: Segmented, value: object) -> None:
    segment = segments.segment(value)
    assert segment is not None
    qtbot.mouseClick(segment, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("model", list(packaged_catalogue()), ids=lambda m: m.slug)
def test_every_parameter_of_every_model_has_a_row_with_a_name(qtbot: QtBot, model: Any) -> None:
    form = ParameterForm()
    qtbot.addWidget(form)
    form.set_model(model, {})
    assert {p.name for p in model.parameters} == {name for g in form.groups() for name in g.rows}
    named = [w for kind in (Slider, NumberField, Segmented, Switch, Choice) for w in form.findChildren(kind)]
    assert bool(named) is bool(model.parameters.names)
    assert all(w.accessibleName() for w in named)
    assert form.values() == {}


def test_auto_take_over_and_give_back_by_keyboard(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2")
    slider, field = _number(form, "sharpen")
    assert slider.is_auto
    assert field.is_auto
    assert field.accessibleDescription().startswith("Sharpen, Auto, chosen by the service. Press Return to set.")
    with qtbot.waitSignal(form.changed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == [{"sharpen": 0.5}]
    assert not slider.is_auto
    assert slider.number() == 0.5
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert form.values() == {"sharpen": 0.51}
    assert field.text() == "0.51"
    row = form.row("sharpen")
    assert row is not None
    assert row.slot_button.isVisible()
    assert row.slot_button.accessibleName() == "Back to Auto"
    field.setFocus()
    field.selectAll()
    with qtbot.waitSignal(form.changed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert told.args == [{}]
    assert slider.is_auto
    assert field.is_auto
    qtbot.keyClick(slider, Qt.Key.Key_Return)
    assert form.values() == {"sharpen": 0.51}  # remembered


def test_give_back_by_wand_double_click_and_label(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2", sharpen=0.2, denoise=0.3, strength=0.4)
    for name in ("sharpen", "denoise", "strength"):
        row = form.row(name)
        assert row is not None
        if name == "sharpen":
            row.slot_button.click()
        elif name == "denoise":
            qtbot.mouseDClick(row.label, Qt.MouseButton.LeftButton)
        else:
            qtbot.mouseDClick(_number(form, name)[0], Qt.MouseButton.LeftButton)
        assert name not in form.values()
    assert form.values() == {}


def test_nothing_jumps_when_a_value_is_taken_over(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2")
    slider, field = _number(form, "sharpen")
    before = (slider.geometry(), field.geometry(), form.sizeHint())
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(40, 14))
    assert "sharpen" in form.values()
    qtbot.waitUntil(lambda: form.layout().activate() or True)
    assert (slider.geometry(), field.geometry(), form.sizeHint()) == before


def test_faces_bring_strength_and_creativity_which_are_then_sent(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover 3")
    strength = form.row("face_enhancement_strength")
    assert strength is not None
    assert strength.isHidden()
    _press(qtbot, _segments(form, "face_enhancement"), True)
    assert not strength.isHidden()
    assert form.values()["face_enhancement_strength"] == 0.8
    slider, _field = _number(form, "face_enhancement_strength")
    assert not slider.is_auto
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert form.values()["face_enhancement_strength"] == 0.79
    assert strength.slot_button.accessibleName() == "Reset to 0.8"
    strength.slot_button.click()
    assert form.values()["face_enhancement_strength"] == 0.8
    assert not strength.slot_button.isVisible()
    _press(qtbot, _segments(form, "face_enhancement"), None)
    assert form.values() == {}
    assert strength.isHidden()


def test_the_prompt_is_off_with_a_reason_while_topaz_writes_it(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover 3", prompt="a lake")
    row = form.row("prompt")
    assert isinstance(row, TextRow)
    assert row.box.isEnabled()
    _press(qtbot, _segments(form, "autoprompt"), True)
    assert not row.box.isEnabled()
    assert "Auto-describe the picture" in row.hint_text()
    assert row.box.toolTip() == row.hint_text()
    _press(qtbot, _segments(form, "autoprompt"), False)
    assert row.box.isEnabled()
    assert row.box.toPlainText() == "a lake"


def test_the_prompt_is_counted_and_kept_when_too_long(qtbot: QtBot) -> None:
    form = _form(qtbot, "Redefine")
    row = form.row("prompt")
    assert isinstance(row, TextRow)
    row.box.setPlainText("x" * 1043)
    assert row.hint_text() == "19 characters too long."
    assert row.count.text().replace(",", "") == "1043 / 1024"
    assert form.problems() == [("prompt", "19 characters too long.")]
    assert len(row.box.toPlainText()) == 1043
    row.box.setPlainText("")
    assert form.values() == {}
    assert row.count.text().replace(",", "") == "0 / 1024"


def test_out_of_range_is_kept_named_and_mended(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2", sharpen=0.5)
    _slider, field = _number(form, "sharpen")
    row = form.row("sharpen")
    assert row is not None
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "1.4")
    assert form.problems() == [("sharpen", "Between 0 and 1.")]
    assert row.hint_text() == "Between 0 and 1."
    form.setFocus()
    assert field.text() == "1.4"
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "abc")
    assert field.text() == "abc"
    assert form.problems() == [("sharpen", "A number is needed here.")]
    field.selectAll()
    qtbot.keyClicks(field, "0.4")
    assert form.problems() == []
    assert form.values() == {"sharpen": 0.4}
    assert row.hint_text() == ""


def test_a_web_address_is_checked_when_the_line_is_left(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover Faces")
    row = form.row("reference_uri")
    assert isinstance(row, UriRow)
    row.line.setFocus()
    qtbot.keyClicks(row.line, "htt")
    assert row.hint_text() == ""  # not while it is being typed
    assert form.problems()[0][0] == "reference_uri"
    form.row("noise_seed").field.setFocus()  # type: ignore[union-attr]
    assert row.hint_text().startswith("Not a web address.")
    row.line.setFocus()
    row.line.selectAll()
    qtbot.keyClicks(row.line, "https://example.com/a.jpg")
    assert form.problems() == []
    assert row.hint_text() == ""
    assert form.values() == {"reference_uri": "https://example.com/a.jpg"}


def test_a_wide_integer_is_a_field_alone(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover Faces")
    row = form.row("noise_seed")
    assert isinstance(row, NumberRow)
    assert row.slider is None
    row.field.setFocus()
    row.field.selectAll()
    qtbot.keyClicks(row.field, "1234")
    assert form.values() == {"noise_seed": 1234}
    assert isinstance(form.values()["noise_seed"], int)


def test_a_choice_starts_at_auto(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2")
    row = form.row("subject_detection")
    assert isinstance(row, ChoiceRow)
    assert row.choice is not None
    assert row.choice.itemText(0) == "Auto"
    qtbot.keyClick(row.choice, Qt.Key.Key_Down)
    assert form.values() == {"subject_detection": "foreground"}
    row.slot_button.click()
    assert row.choice.is_auto


def test_a_boolean_with_a_default_is_a_switch(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover 3")
    row = form.row("detail")
    assert isinstance(row, BooleanRow)
    assert row.switch is not None
    amount = form.row("detail_strength")
    assert amount is not None
    assert amount.isHidden()
    qtbot.keyClick(row.switch, Qt.Key.Key_Space)
    assert form.values() == {"detail": True, "detail_strength": 5.0}
    assert not amount.isHidden()


def test_group_summary_and_reset(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2", sharpen=0.5, denoise=0.2)
    group = next(g for g in form.groups() if g.title == "Fine-tuning")
    assert group.head.summary.text() == "Auto: set by Topaz"
    group.head.set_open(False)
    assert group.head.summary.text() == "2 set, 3 Auto"
    assert group.body.isHidden()
    heard: list[dict[str, object]] = []
    form.changed.connect(heard.append)
    group.reset_button.click()
    assert heard == [{}]  # one undo step
    assert group.head.summary.text() == "5 Auto"
    assert not group.reset_button.isVisible()


def test_a_folded_group_stays_folded_for_the_next_model(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2")
    next(g for g in form.groups() if g.title == "Fine-tuning").head.set_open(False)
    form.set_model(packaged_model("Low Resolution 2"))
    assert not next(g for g in form.groups() if g.title == "Fine-tuning").head.is_open()


def test_values_survive_a_switch_of_models_and_undo(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2", sharpen=0.3, fix_compression=0.4)
    form.set_model(packaged_model("Low Resolution 2"))
    assert form.values() == {"sharpen": 0.3, "fix_compression": 0.4}
    form.set_model(packaged_model("Recover Faces"))
    assert form.values() == {}
    form.set_model(packaged_model("Standard 2"), {"denoise": 0.1})
    before = form.row("denoise")
    with qtbot.assertNotEmitted(form.changed, wait=0):
        form.set_model(packaged_model("Standard 2"), {"sharpen": 0.9})
    assert form.values() == {"sharpen": 0.9}
    assert form.row("denoise") is before  # the same rows, so the focus stays


def test_advice_is_shown(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover 3")
    row = form.row("texture")
    assert row is not None
    assert row.hint_text() == "Suggested: 1 for low creativity, 3 for high"


def test_every_control_is_reached_by_tab(qtbot: QtBot) -> None:
    form = _form(qtbot, "Recover 3", face_enhancement=True, sharpen=0.2)
    window = form.window()
    seen = set()
    start = window.focusWidget()
    assert start is not None
    current = start
    for _ in range(80):
        qtbot.keyClick(current, Qt.Key.Key_Tab)
        current = window.focusWidget() or start
        seen.add(current)
        if current is start:
            break
    assert current is start
    for name in ("sharpen", "creativity", "texture", "enhancement_strength", "face_enhancement_strength"):
        slider, field = _number(form, name)
        assert slider in seen
        assert field in seen
    prompt = form.row("prompt")
    assert isinstance(prompt, TextRow)
    assert prompt.box in seen


def test_a_drag_is_told_apart_so_that_it_can_be_one_step(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2")
    slider, _field = _number(form, "sharpen")
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(30, 14))
    assert form.is_dragging()
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton)
    assert not form.is_dragging()


def test_the_sandbox_never_claims_to_be_topaz(qtbot: QtBot) -> None:
    form = _form(qtbot, "Standard 2", sharpen=0.3)
    form.set_model(packaged_model("Standard 2"), {"sharpen": 0.3}, ServiceName.SANDBOX)
    group = next(g for g in form.groups() if g.title == "Fine-tuning")
    assert group.head.summary.text() == "Auto: set by the sandbox"
    assert form.values() == {"sharpen": 0.3}
    assert "the sandbox" in _number(form, "denoise")[1].toolTip()


def test_models_that_were_shown_before_come_back_as_they_are_now(qtbot: QtBot) -> None:
    """Built forms are kept for some models: nothing of the last time may be left in them, and only so many are kept."""
    others = [m for m in packaged_catalogue() if m.parameters.names and m.name not in ("Standard 2", "Wonder 3")][:14]
    standard, wonder = packaged_model("Standard 2"), packaged_model("Wonder 3")
    form = _form(qtbot, "Wonder 3")
    form.set_model(standard, {"sharpen": 0.4})
    form.show_used({"sharpen": 0.3})
    kept = form.row("sharpen")
    assert isinstance(kept, NumberRow)
    kept.typed.emit("x")
    form.groups()[0].head.set_open(False)
    form.set_model(wonder, {})
    assert not kept.isVisibleTo(form)
    form.set_model(standard, {})
    assert form.row("sharpen") is kept
    assert kept.isVisibleTo(form.groups()[0].body)
    assert kept.is_auto
    assert kept.used == ""
    assert form.problems() == []
    assert not form.groups()[0].head.is_open()
    with qtbot.waitSignal(form.changed) as told:
        kept.edited.emit(0.7)
    assert told.args == [{"sharpen": 0.7}]
    for model in others:
        form.set_model(model, {})
    qtbot.waitUntil(lambda: not isValid(kept))
