"""Every model of the catalogue can be used in the sandbox, and what was set comes back in the echo."""

from __future__ import annotations

import json

from tests.sandbox.conftest import Client
from tests.support.catalogue import packaged_catalogue
from tests.support.pictures import encode
from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import FileFormat
from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.sandbox.models import CATEGORIES
from topazdesk.services.topaz_wire import form_text

MODELS = sorted(packaged_catalogue(), key=lambda m: m.order)
PICTURE = encode(FileFormat.PNG, 48, 32)


def _other(parameter: Parameter) -> Value:
    """A valid value that is not the default."""
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return parameter.default is not True
        case ParameterKind.CHOICE:
            return parameter.choices[-1]
        case ParameterKind.TEXT:
            return "Ein See, 湖 & „Berge“"
        case ParameterKind.URI:
            return "https://example.com/face.jpg?a=1&b=2"
        case ParameterKind.INTEGER:
            return int(parameter.maximum or 0)
        case ParameterKind.NUMBER:
            return parameter.minimum if parameter.minimum is not None else 0.5


def _sent(model: Model) -> dict[str, Value]:
    return model.parameters.to_send({p.name: _other(p) for p in model.parameters})


def test_every_model_takes_its_settings_and_echoes_them(shared: Client) -> None:
    jobs = {}
    for model in MODELS:
        fields = {name: form_text(value) for name, value in _sent(model).items()}
        fields |= {"model": model.api_model, "output_format": model.formats[0].value}
        answer = shared.submit(model.endpoint, image=PICTURE, name="tok.png", **fields)
        assert answer.status_code == 200, (model.name, answer.text)
        jobs[model.name] = answer.json()["process_id"]
    for model in MODELS:
        status = shared.wait(jobs[model.name])
        assert (status["status"], status["model"]) == ("Completed", model.api_model), status
        assert status["category"] == CATEGORIES[model.endpoint]
        echoed = json.loads(status["options_json"])
        sent = _sent(model)
        assert {name: echoed[name] for name in sent} == sent, model.name
        assert len(sent) >= len(model.parameters.names) - 1, "all but a prompt that the service writes"
        assert status["credits"] == 1


def test_every_estimate_answers(shared: Client) -> None:
    for model in MODELS:
        body = {
            "input_width": 3000,
            "input_height": 2000,
            "model": model.api_model,
            "category": CATEGORIES[model.endpoint],
        }
        call = "/image/v1/estimate-gen" if model.is_generative else "/image/v1/estimate"
        answer = shared.http.post(call, json=body)
        assert answer.status_code == 200, (model.name, answer.text)
        assert answer.json()["credits"] >= 1
