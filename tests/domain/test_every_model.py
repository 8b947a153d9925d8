"""All models of both services: values out of range are refused everywhere, and none passes to a model that cannot take it."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.catalogue import packaged_catalogue, runflow_catalogue
from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import recipe_problems
from topazdesk.domain.params import Parameter, ParameterKind, Value, carry_over
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.autopilot import sent_settings
from topazdesk.services.topaz_wire import form_text

MODELS = [*packaged_catalogue(), *runflow_catalogue()]
IDS = [f"{m.service}-{m.slug}" for m in MODELS]


def wrong_values(parameter: Parameter) -> list[Value]:
    """Just outside, far outside, and of another kind."""
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return ["maybe", 2]
        case ParameterKind.CHOICE:
            return ["none of these", "", f"{parameter.choices[0]} "]
        case ParameterKind.TEXT:
            assert parameter.max_length == 1024
            return ["x" * 1025, "é" * 1025, 7]
        case ParameterKind.URI:
            return ["nonsense", "file:///etc/passwd", "https://"]
        case _:
            ends = [v for v in (parameter.minimum, parameter.maximum) if v is not None]
            near = 1 if parameter.kind is ParameterKind.INTEGER else 1e-6
            outside = [e - near if e == parameter.minimum else e + near for e in ends]
            far = [-1e12, 1e12, float("inf"), float("nan")]
            halves = [(parameter.minimum or 0) + 0.5] if parameter.kind is ParameterKind.INTEGER else []
            return [*outside, *far, *halves, "much", True]


@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_values_out_of_range_are_refused_by_form_command_line_and_service(model: Model) -> None:
    for parameter in model.parameters:
        shown = {parameter.shown_when.name: parameter.shown_when.value} if parameter.shown_when else {}
        for value in wrong_values(parameter):
            sentence = parameter.problem_with(value)
            assert sentence, (parameter.name, value)
            assert sentence[0].isupper() or sentence[0].isdigit(), sentence
            assert len(sentence) < 100, "the value itself may be a thousand letters"
            recipe = Recipe.of(model.service, model.slug, {**shown, parameter.name: value}, OutputOptions())
            (problem,) = recipe_problems(model, recipe)
            assert problem.code == "use.parameter"
            assert sentence in problem.hint
            if isinstance(value, bool | int) and parameter.kind in (ParameterKind.BOOLEAN, ParameterKind.TEXT):
                continue  # as a text these are other values
            with pytest.raises(ValueError, match=r"\w"):
                parameter.parse(str(value) if parameter.kind is not ParameterKind.CHOICE else value.strip() + "?")  # type: ignore[union-attr]
            with pytest.raises(ApiError):
                sent_settings(model, {parameter.name: form_text(value)})


def test_the_longest_prompt_is_taken_and_one_letter_more_is_not() -> None:
    prompts = [(m, p) for m in MODELS for p in m.parameters if p.kind is ParameterKind.TEXT]
    assert len(prompts) > 8
    for model, parameter in prompts:
        assert parameter.problem_with("ö" * 1024) is None, model.name
        assert parameter.problem_with("ö" * 1025) == "1 character too long.", model.name


def _set(model: Model) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for p in model.parameters:
        if p.kind is ParameterKind.BOOLEAN:
            found[p.name] = True
        elif p.choices:
            found[p.name] = p.choices[-1]
        elif p.maximum is not None:
            found[p.name] = int(p.maximum) if p.kind is ParameterKind.INTEGER else p.maximum
        else:
            found[p.name] = "https://example.com/a.jpg"
    return found


def test_what_carries_over_is_valid_for_every_pair_of_both_services() -> None:
    kept_somewhere = 0
    for old, new in product(MODELS, MODELS):
        kept = carry_over(_set(old), old.parameters, new.parameters)
        assert not new.parameters.problems(kept), (old.name, new.name)
        assert set(kept) <= set(new.parameters.names)
        if old is new:
            assert kept == _set(old)
        kept_somewhere += bool(kept) and old.service is not new.service
    assert kept_somewhere > 100
