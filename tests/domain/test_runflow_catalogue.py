"""Runflow's models against the table on its model page: names, fields, ranges, price."""

from __future__ import annotations

import pytest

from tests.support.catalogue import catalogue_texts
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName

MODELS, FAULTS = parse_catalogue(catalogue_texts("runflow"))
CATALOGUE = Catalogue(MODELS)

FACES = {
    "face_enhancement": "true or false",
    "face_enhancement_strength": "between 0 and 1",
    "face_enhancement_creativity": "between 0 and 1",
    "subject_detection": "All, Foreground or Background",
}
TUNING = {"sharpen": "between 0 and 1", "denoise": "between 0 and 1"}
COMPRESSION = {"fix_compression": "between 0 and 1"}
PUBLISHED = {
    "Standard V2": FACES | TUNING | COMPRESSION,
    "Low Resolution V2": FACES | TUNING | COMPRESSION,
    "High Fidelity V2": FACES | TUNING | COMPRESSION,
    "CGI": FACES | TUNING,
    "Text Refine": FACES | TUNING | COMPRESSION | {"strength": "between 0.01 and 1"},
    "Standard MAX": {},
    "Wonder": {},
    "Recovery": {},
    "Recovery V2": FACES | {"detail": "between 0 and 1"},
    "Redefine": TUNING
    | {
        "creativity": "between 1 and 6",
        "texture": "between 1 and 5",
        "autoprompt": "true or false",
        "prompt": "a text",
    },
}


def test_the_ten_models_are_there() -> None:
    assert FAULTS == []
    assert {m.api_model for m in MODELS} == set(PUBLISHED)
    assert len(CATALOGUE.of(ServiceName.RUNFLOW)) == 10


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.slug)
def test_fields_and_ranges_are_the_published_ones(model: Model) -> None:
    assert {p.name: p.range_text() for p in model.parameters} == PUBLISHED[model.api_model]
    assert all(p.source for p in model.parameters)
    assert model.formats == (FileFormat.JPEG, FileFormat.PNG)
    assert (model.limits.input_mp, model.limits.output_mp) == (None, None)
    prompt = model.parameters.get("prompt")
    assert prompt is None or prompt.max_length == 1024


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.slug)
def test_the_price_is_known_to_24_mp(model: Model) -> None:
    assert model.price.estimate(Size(6000, 4000)).text == "$0.08"
    assert model.price.estimate(Size(1, 1)).text == "$0.08"
    assert not model.price.estimate(Size(6000, 4001)).is_known


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.slug)
def test_faces_are_off_in_words_unless_they_are_wanted(model: Model) -> None:
    has_faces = model.parameters.get("face_enhancement") is not None
    assert model.parameters.to_send({}) == ({"face_enhancement": False} if has_faces else {})
    if has_faces:
        sent = model.parameters.to_send({"face_enhancement": True})
        assert sent == {"face_enhancement": True, "face_enhancement_strength": 0.8, "face_enhancement_creativity": 0}


def test_names_of_one_service_do_not_reach_into_the_other() -> None:
    assert CATALOGUE.find(ServiceName.RUNFLOW, "standard v2").price.unit is ServiceName.RUNFLOW.unit
    creativity = CATALOGUE.find(ServiceName.RUNFLOW, "redefine").parameters.get("creativity")
    assert creativity is not None
    assert creativity.problem_with(7) == "Between 1 and 6."


def test_a_wrong_unit_is_a_fault_with_its_line() -> None:
    text = catalogue_texts("runflow")["wonder.json"]
    _, faults = parse_catalogue({"wonder.json": text.replace('"usd": "0.08"', '"usd": "cheap"')})
    assert "0.08" in faults[0].details
    _, faults = parse_catalogue({"wonder.json": text.replace('"unit": "usd"', '"unit": "credit"')})
    assert "does not count in credit" in faults[0].details
