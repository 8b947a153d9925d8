"""The form's rules without widgets: controls and steps from the schema, Auto, defaults, required-if, carry-over."""

from __future__ import annotations

import pytest

from tests.support.catalogue import packaged_model, runflow_catalogue
from topazdesk.domain.params import Parameter, ParameterKind, ParameterSet
from topazdesk.domain.services import ServiceName
from topazdesk.ui.forms.state import FormState, Slot
from topazdesk.ui.forms.steps import as_value, fits_segments, ghost_of, has_slider, step_of


def _number(low: float | None, high: float | None, **more: object) -> Parameter:
    return Parameter("x", ParameterKind.NUMBER, "X", minimum=low, maximum=high, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(0, 1, 0.01), (0.01, 1, 0.01), (0.001, 0.1, 0.001), (0.01, 2, 0.1), (0, 10, 0.1), (0, 60, 1)],
)
def test_steps_come_from_the_range(low: float, high: float, step: float) -> None:
    assert step_of(_number(low, high)) == step


def test_the_schemas_own_step_wins() -> None:
    assert step_of(_number(0, 1, step=0.25)) == 0.25


def test_seeds_and_unbounded_numbers_are_typed() -> None:
    faces = packaged_model("Recover Faces").parameters
    seed = faces.get("noise_seed")
    assert seed is not None
    assert not has_slider(seed)
    assert not has_slider(_number(0, None))
    assert has_slider(_number(0, 1))


@pytest.mark.parametrize(
    ("parameter", "ghost"),
    [
        (_number(0, 1, advised=0.8, default=0.2), 0.8),
        (_number(0, 1, default=0.2), 0.2),
        (_number(0.01, 1), 0.5),
        (_number(0, 10), 5.0),
        (_number(3, None), 3.0),
    ],
)
def test_taking_over_starts_at_the_advised_value_the_default_or_the_middle(parameter: Parameter, ghost: float) -> None:
    assert ghost_of(parameter) == ghost


def test_short_words_become_buttons() -> None:
    short = Parameter(
        "s", ParameterKind.CHOICE, "S", choices=("low", "medium", "high"), choice_labels=("Low", "Medium", "High")
    )
    assert fits_segments(short)
    subject = packaged_model("Standard 2").parameters.get("subject_detection")
    assert subject is not None
    assert not fits_segments(subject)


def test_integers_stay_integers_and_fractions_can_be_refused() -> None:
    whole = Parameter("n", ParameterKind.INTEGER, "N", minimum=1, maximum=9)
    assert as_value(whole, 3.0) == 3
    assert isinstance(as_value(whole, 3.0), int)
    assert whole.problem_with(as_value(whole, 2.5)) == "Only whole numbers."


def _state(model: str, **values: object) -> tuple[FormState, ParameterSet]:
    parameters = packaged_model(model).parameters
    return FormState(parameters, values), parameters  # type: ignore[arg-type]


def _row(model: str, name: str, **values: object) -> object:
    state, parameters = _state(model, **values)
    parameter = parameters.get(name)
    assert parameter is not None
    return state.row(parameter)


@pytest.mark.parametrize(
    "model", ["Standard 2", "Recover 3", "Recover Faces", "Lens Blur 2", "Low Resolution 2", "Redefine"]
)
def test_nothing_is_sent_until_the_user_sets_something(model: str) -> None:
    state, parameters = _state(model)
    assert state.values() == {}
    assert state.problems() == []
    assert parameters.to_send(state.values()) == {}


def test_auto_default_and_required_look_different() -> None:
    auto = _row("Standard 2", "sharpen")
    assert (auto.value, auto.is_set, auto.slot) == (None, False, Slot.NOTHING)  # type: ignore[attr-defined]
    default = _row("Recover 3", "creativity")
    assert (default.value, default.is_set, default.slot) == (3, False, Slot.NOTHING)  # type: ignore[attr-defined]
    needed = _row("Standard 2", "face_enhancement_strength", face_enhancement=True)
    assert (needed.value, needed.is_set, needed.slot) == (0.8, False, Slot.NOTHING)  # type: ignore[attr-defined]


def test_a_set_value_offers_the_right_way_back() -> None:
    assert _row("Standard 2", "sharpen", sharpen=0.2).slot is Slot.GIVE_BACK  # type: ignore[attr-defined]
    assert _row("Recover 3", "creativity", creativity=5).slot is Slot.RESET  # type: ignore[attr-defined]
    changed = _row("Standard 2", "face_enhancement_strength", face_enhancement=True, face_enhancement_strength=0.5)
    assert changed.slot is Slot.RESET  # type: ignore[attr-defined]


def test_a_switch_brings_its_required_values_and_takes_them_out_of_what_is_sent() -> None:
    state, parameters = _state("Recover 3")
    state.set("face_enhancement", True)
    assert state.values() == {
        "face_enhancement": True,
        "face_enhancement_strength": 0.8,
        "face_enhancement_creativity": 0,
    }
    state.set("face_enhancement_strength", 0.3)
    state.set("face_enhancement", False)
    assert parameters.to_send(state.values()) == {"face_enhancement": False}
    state.set("face_enhancement", True)
    assert state.values()["face_enhancement_strength"] == 0.3


def test_given_back_is_remembered_as_the_next_start() -> None:
    state, parameters = _state("Standard 2", sharpen=0.2)
    sharpen = parameters.get("sharpen")
    assert sharpen is not None
    state.give_back("sharpen")
    assert state.values() == {}
    assert state.row(sharpen).ghost == 0.2


def test_out_of_range_and_no_number_are_kept_and_named() -> None:
    state, _parameters = _state("Standard 2")
    state.set("sharpen", 1.4)
    state.keep_typed("denoise", "abc")
    assert state.problems() == [("sharpen", "Between 0 and 1."), ("denoise", "A number is needed here.")]
    assert state.values() == {"sharpen": 1.4}
    state.replace({"sharpen": 0.4})
    assert state.problems() == [("denoise", "A number is needed here.")]
    state.replace({"sharpen": 0.4, "denoise": 0.1})
    assert state.problems() == []


def test_a_disabled_or_hidden_value_is_no_problem() -> None:
    state, _parameters = _state("Recover 3", prompt="x" * 1025)
    assert state.problems() == [("prompt", "1 character too long.")]
    state.set("autoprompt", True)
    assert state.problems() == []
    state.set("face_enhancement", True)
    state.set("face_enhancement_strength", 7)
    state.set("face_enhancement", False)
    assert state.problems() == []


def test_values_of_the_same_meaning_carry_over() -> None:
    state, _parameters = _state("Standard 2", sharpen=0.3, fix_compression=0.4, subject_detection="all")
    assert state.carried_to(packaged_model("Low Resolution 2").parameters) == {
        "sharpen": 0.3,
        "fix_compression": 0.4,
        "subject_detection": "all",
    }
    assert "fix_compression" not in state.carried_to(packaged_model("Recover 3").parameters)
    assert state.carried_to(packaged_model("Recover Faces").parameters) == {}


def test_counts_for_the_summary() -> None:
    state, parameters = _state("Standard 2", sharpen=0.3)
    members = tuple(p for p in parameters.parameters if p.group == "Fine-tuning")
    assert state.counts(members) == (1, 4)


def test_a_prompt_shows_that_the_service_no_longer_writes_its_own() -> None:
    """Bloom 2 writes the description unless it is told not to; the switch must not say "on" beside a prompt that counts."""
    parameters = packaged_model("Bloom 2").parameters
    state, switch = FormState(parameters, {}), parameters.get("autoprompt")
    assert switch is not None
    assert state.row(switch).value is True
    state.set("prompt", "a lake")
    assert state.row(switch).value is False
    assert parameters.to_send(state.values()) == {"prompt": "a lake", "autoprompt": False}
    state.set("autoprompt", True)
    assert parameters.to_send(state.values()) == {"autoprompt": True}


def test_what_is_always_sent_has_no_auto() -> None:
    """Runflow would switch faces on by itself; so off is said, and shown as off instead of Auto."""
    faces = Parameter("face_enhancement", ParameterKind.BOOLEAN, "Faces", always_send=False)
    row = FormState(ParameterSet((faces,)), {}).row(faces)
    assert (row.value, row.is_set, row.slot) == (False, False, Slot.NOTHING)


def test_what_another_value_brings_along_is_shown_and_is_no_auto() -> None:
    """With a prompt, Runflow's Redefine is told not to write its own: the form must not say Auto there."""
    redefine = runflow_catalogue().find(ServiceName.RUNFLOW, "Redefine").parameters
    auto = redefine.get("autoprompt")
    assert auto is not None
    assert FormState(redefine, {}).row(auto).value is None
    assert FormState(redefine, {"prompt": "a lake"}).row(auto).value is False
    assert FormState(redefine, {"prompt": "a lake", "autoprompt": True}).row(auto).value is True
