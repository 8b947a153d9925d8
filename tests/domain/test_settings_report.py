"""What the service reports of a job's settings beside what was sent, for every model."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.catalogue import packaged_catalogue, packaged_model
from topazdesk.domain.catalogue import Model
from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.domain.settings_report import NO_ECHO, Deviation, read_settings_report

MODELS = sorted((m for m in packaged_catalogue() if m.parameters.names), key=lambda m: m.order)
WITHOUT = [m for m in packaged_catalogue() if not m.parameters.names]


def some_value(parameter: Parameter) -> st.SearchStrategy[Value]:
    """Any valid value."""
    low, high = parameter.minimum, parameter.maximum
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return st.booleans()
        case ParameterKind.CHOICE:
            return st.sampled_from(parameter.choices)
        case ParameterKind.INTEGER:
            return st.integers(int(low or 0), int(high if high is not None else 10))
        case ParameterKind.NUMBER:
            return st.floats(low or 0.0, high if high is not None else 10.0, allow_subnormal=False)
        case ParameterKind.TEXT:
            return st.text(max_size=parameter.max_length or 50)
        case ParameterKind.URI:
            return st.just("https://example.com/a.jpg")


@st.composite
def model_and_values(draw: st.DrawFn) -> tuple[Model, dict[str, Value]]:
    """A model with some of its settings set."""
    model = draw(st.sampled_from(MODELS))
    chosen = draw(st.sets(st.sampled_from(model.parameters.names)))
    return model, {name: draw(some_value(p)) for name in chosen if (p := model.parameters.get(name))}


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(model_and_values(), st.randoms(use_true_random=False))
def test_what_comes_back_as_it_went_out_is_no_difference(found, random):
    """Numbers as texts, booleans as words, choices in another case and names in another spelling are the same settings."""
    model, values = found
    sent = model.parameters.to_send(values)
    echo = read_settings_report(model, values, json.dumps(sent))
    assert echo.is_known
    assert (echo.differences, echo.title, dict(echo.automatic)) == ((), "", {})
    loose = {
        name: value.upper()
        if model.parameters.get(name).kind is ParameterKind.CHOICE
        else str(value)
        if random.random() < 0.5
        else value
        for name, value in sent.items()
    }
    assert read_settings_report(model, values, json.dumps(loose)).differences == ()
    spelled = read_settings_report(model, values, json.dumps({camel(name): value for name, value in sent.items()}))
    assert spelled.title == ""
    assert {d.kind for d in spelled.differences} <= {Deviation.RENAMED}
    assert {d.name for d in spelled.differences} == {name for name in sent if camel(name) != name}


@QUICK
@given(model_and_values(), st.data())
def test_one_setting_that_is_ignored_or_changed_is_named(found, data):
    model, values = found
    sent = model.parameters.to_send(values)
    if not sent:
        assert read_settings_report(model, values, "{}").differences == ()
        return
    name = data.draw(st.sampled_from(sorted(sent)))
    label = model.parameters.get(name).label
    without = {n: v for n, v in sent.items() if n != name} | {"brand_new": 3}
    echo = read_settings_report(model, values, json.dumps(without))
    assert [(d.name, d.kind) for d in echo.differences] == [(name, Deviation.IGNORED)]
    assert label in echo.sentences[0]
    assert "brand_new" in echo.sentences[1]
    other = data.draw(some_value(model.parameters.get(name)))
    echo = read_settings_report(model, values, json.dumps(sent | {name: other}))
    if isinstance(other, bool | str):
        assert [d.kind for d in echo.differences] == ([] if other == sent[name] else [Deviation.CHANGED])
    elif abs(other - sent[name]) > 1e-3 * max(abs(other), abs(sent[name]), 1e-3):
        assert [(d.name, d.kind, d.reported) for d in echo.differences] == [(name, Deviation.CHANGED, other)]
        assert echo.title == "1 setting was not used as sent"


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_what_the_service_chose_itself_is_kept_by_name(model):
    chosen = {p.name: p.starting_value for p in model.parameters if p.starting_value is not None}
    echo = read_settings_report(model, {}, json.dumps(chosen | {"internal": 1}))
    assert dict(echo.automatic) == chosen
    assert (echo.differences, echo.unknown, echo.sentences) == ((), ("internal",), ())


def test_models_without_settings_have_no_differences():
    assert WITHOUT
    for model in WITHOUT:
        assert read_settings_report(model, {}, '{"anything": 1}').differences == ()


@pytest.mark.parametrize("report", ["", "null", "[]", "7", "{", "half a pair: \ud800", "[" * 100_000, '"text"'])
def test_a_report_that_cannot_be_read_proves_nothing(report):
    assert read_settings_report(packaged_model("Standard 2"), {"sharpen": 0.5}, report) is NO_ECHO


def test_values_of_another_kind_are_changes_and_not_faults():
    model = packaged_model("Recover 3")
    values = {"creativity": 3, "detail": False, "denoise": 0.5, "subject_detection": "all", "prompt": "a lake"}
    report = {
        "creativity": "much",
        "detail": 7,
        "denoise": True,
        "subject_detection": 4,
        "prompt": 5,
        "more": {"a": []},
    }
    echo = read_settings_report(model, values, json.dumps(report))
    assert {d.name: d.kind for d in echo.differences} == dict.fromkeys(values, Deviation.CHANGED)
    assert echo.title == "5 settings were not used as sent"
    assert all("\n" not in sentence for sentence in echo.sentences)


def test_numbers_of_32_bits_are_the_same_numbers():
    model = packaged_model("Recover Faces")
    echo = read_settings_report(model, {"noise_sigma": 0.015}, '{"noise_sigma": 0.014999999664723873}')
    assert echo.is_known
    assert echo.differences == ()
