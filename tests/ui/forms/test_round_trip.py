"""Form ↔ values ↔ request ↔ the service's report, for any settings of any model."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings

from tests.domain.test_settings_report import model_and_values
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.settings_report import read_settings_report
from topazdesk.sandbox.autopilot import all_settings, sent_settings
from topazdesk.services.topaz_wire import form_text
from topazdesk.ui.forms.state import FormState


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(model_and_values())
def test_what_is_set_in_the_form_is_what_the_service_reports(found):
    model, wanted = found
    form = FormState(model.parameters, {})
    for name, value in wanted.items():
        form.set(name, value)
    assert form.problems() == []
    values = form.values()
    assert {name: values[name] for name in wanted} == wanted
    recipe = Recipe.from_json(
        json.loads(json.dumps(Recipe.of(ServiceName.TOPAZ, model.slug, values, OutputOptions()).to_json()))
    )
    assert recipe.settings == values
    again = FormState(model.parameters, recipe.settings)
    assert again.values() == values
    assert [again.row(p) for p in model.parameters] == [form.row(p) for p in model.parameters]
    sent = model.parameters.to_send(recipe.settings)
    fields = {name: form_text(value) for name, value in sent.items()}
    at_service = sent_settings(model, fields)
    assert at_service == sent
    echo = read_settings_report(model, recipe.settings, json.dumps(all_settings(model, at_service, "digest")))
    assert echo.differences == ()
    assert not set(echo.automatic) & set(sent)
    shown = {p.name for p in model.parameters if form.is_shown(p)}
    assert set(echo.automatic) | set(sent) >= shown
    for parameter in model.parameters:
        form.give_back(parameter.name)
    assert model.parameters.to_send(form.values()) == model.parameters.to_send({})
