"""The catalogue: every published fact of the six models, look-up by name, faults named with their line."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.support.catalogue import catalogue_texts, packaged_catalogue, packaged_model
from topazdesk.domain.catalogue import ServiceName, Tier
from topazdesk.domain.catalogue_file import parse_catalogue, parse_model
from topazdesk.domain.geometry import Size
from topazdesk.domain.schema import flatten, read_parameters
from topazdesk.errors import CatalogueError, UseError

MEGAPIXELS = (1, 4, 8, 16, 24, 32, 40, 50, 64, 100)
PER_24 = (1, 1, 1, 1, 1, 2, 2, 3, 3, 5)
PER_4 = (1, 1, 2, 4, 6, 8, 10, 13, 16, 25)
# name, API names, endpoint, input MP, output MP, takes a size, published credits
FACTS = [
    ("Low Resolution 2", ("Low Resolution V2",), "enhance", 512, 1024, True, PER_24),
    ("Standard 2", ("Standard V2",), "enhance", 512, 1024, True, PER_24),
    ("Recover 3", ("Recover 3", "Natural Enhance"), "enhance-gen", 24, 384, True, PER_4),
    ("Redefine", ("Redefine",), "enhance-gen", 256, 256, True, PER_4),
    ("Recover Faces", ("Faces",), "restore-gen", None, None, False, PER_24),
    ("Lens Blur 2", ("Lens Blur V2",), "sharpen", 512, 512, False, PER_24),
]
FACES = {"face_enhancement": (None, None), "face_enhancement_strength": (0, 1), "face_enhancement_creativity": (0, 1)}
ENHANCE = {**FACES, "sharpen": (0, 1), "denoise": (0, 1), "fix_compression": (0, 1), "strength": (0.01, 1), "subject_detection": (None, None)}  # fmt: skip
GENERATIVE = {
    **FACES, "creativity": (1, 9), "texture": (1, 5), "detail": (None, None), "detail_strength": (0, 10),
    "autoprompt": (None, None), "prompt": (None, None), "sharpen": (0, 1), "denoise": (0, 1), "subject_detection": (None, None),
}  # fmt: skip
RANGES = {
    "Low Resolution 2": ENHANCE,
    "Standard 2": ENHANCE,
    "Redefine": GENERATIVE,
    "Recover 3": {**GENERATIVE, "enhancement_strength": (0, 10)},
    "Recover Faces": {"strength": (0, 1), "noise_sigma": (0.001, 0.1), "blur_sigma": (0.01, 2.0), "noise_seed": (1, 2000), "reference_uri": (None, None)},
    "Lens Blur 2": {**FACES, "denoise_strength": (0, 1), "strength": (0.01, 1), "minor_denoise": (0.01, 1), "subject_detection": (None, None)},
}  # fmt: skip


@pytest.mark.parametrize(("name", "api", "endpoint", "in_mp", "out_mp", "takes_size", "credits"), FACTS)
def test_published_facts(name, api, endpoint, in_mp, out_mp, takes_size, credits):
    model = packaged_model(name)
    assert (model.api_models, model.endpoint) == (api, endpoint)
    assert (model.limits.input_mp, model.limits.output_mp) == (in_mp, out_mp)
    assert model.takes_size is takes_size
    for megapixels, price in zip(MEGAPIXELS, credits, strict=True):
        assert model.price.table[megapixels] == price
        assert model.price.credits_for(Size(1000, megapixels * 1000)) == price


@pytest.mark.parametrize("name", RANGES)
def test_every_parameter_with_its_range(name):
    model = packaged_model(name)
    assert {p.name: (p.minimum, p.maximum) for p in model.parameters} == RANGES[name]
    assert all(p.source and p.group and p.label and p.description for p in model.parameters)


@pytest.mark.parametrize("name", RANGES)
def test_schema_is_standard_json_schema(name):
    """The flat schema is valid 2020-12 and says the same as our own check on both sides of each limit."""
    model = packaged_model(name)
    Draft202012Validator.check_schema(dict(model.parameters.schema))
    validator = Draft202012Validator(dict(model.parameters.schema))
    for parameter in model.parameters:
        for value in (parameter.minimum, parameter.maximum):
            if value is None:
                continue
            for candidate in (value, value - 1, value + 1):
                ours = parameter.problem_with(candidate) is None
                theirs = all(
                    e.path and e.path[0] != parameter.name for e in validator.iter_errors({parameter.name: candidate})
                )
                assert ours is theirs, (parameter.name, candidate)


def test_published_defaults():
    recover, faces = packaged_model("Recover 3"), packaged_model("Recover Faces")
    defaults = {p.name: p.default for p in recover.parameters if p.default is not None}
    assert defaults == {"creativity": 3, "detail": False, "prompt": "", "enhancement_strength": 5}
    assert {p.name: p.default for p in faces.parameters} == {
        "strength": 0.8, "noise_sigma": 0.015, "blur_sigma": 0.4, "noise_seed": 1, "reference_uri": None,
    }  # fmt: skip
    assert packaged_model("Lens Blur 2").parameters.get("denoise_strength").default == 0.5


def test_required_if_faces():
    for name in ("Low Resolution 2", "Recover 3", "Lens Blur 2"):
        parameters = packaged_model(name).parameters
        assert parameters.to_send({}) == {}
        sent = parameters.to_send({"face_enhancement": True})
        assert sent == {"face_enhancement": True, "face_enhancement_strength": 0.8, "face_enhancement_creativity": 0}
        assert parameters.to_send({"face_enhancement": False, "face_enhancement_strength": 0.4}) == {
            "face_enhancement": False
        }


def test_prompt_is_left_out_while_autoprompt_is_on():
    parameters = packaged_model("Recover 3").parameters
    values = {"prompt": "a lake", "autoprompt": True}
    assert parameters.is_disabled(parameters.get("prompt"), values)
    assert parameters.to_send(values) == {"autoprompt": True}
    assert parameters.to_send({"prompt": "a lake"}) == {"prompt": "a lake"}


@pytest.mark.parametrize(
    "word", ["Recover 3", "recover 3", "RECOVER-3", "Natural Enhance", "natural enhance", "recover"]
)
def test_look_up_by_display_api_name_or_alias_in_any_case(word):
    assert packaged_catalogue().find(ServiceName.SANDBOX, word).name == "Recover 3"


def test_unknown_name_lists_the_nearest():
    with pytest.raises(UseError) as caught:
        packaged_catalogue().find(ServiceName.TOPAZ, "Recovr 3")
    assert "Recovr 3" in caught.value.title
    assert "Recover 3" in caught.value.hint
    assert caught.value.exit_code == 2


def test_names_never_clash_within_an_endpoint():
    seen = set()
    for model in packaged_catalogue():
        for api in model.api_models:
            assert (model.service, model.endpoint, api) not in seen
            seen.add((model.service, model.endpoint, api))


def test_tiers():
    tiers = {m.name: m.tier for m in packaged_catalogue()}
    assert tiers["Low Resolution 2"] is Tier.PRECISE
    assert tiers["Recover 3"] is Tier.GENERATIVE


def _broken(change):
    data = json.loads(catalogue_texts()["low-resolution-2.json"])
    change(data)
    return json.dumps(data, indent=2)


def _set(key, value):
    return lambda data: data.__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "word", "at"),
    [
        (_set("tier", "magic"), "magic", '"tier"'),
        (_set("format", 9), "Format 9", '"format"'),
        (lambda d: d["price"]["table"].update({"32": 7}), "table says 7", '"table"'),
        (lambda d: d.pop("name"), "'name' is missing", None),
        (lambda d: d["parameters"].update(properties={"odd": {"type": "colour"}}), "colour", '"odd"'),
        (lambda d: d["parameters"].update(allOf=[{"$ref": "endpoints/none.json"}]), "endpoints/none.json", '"endpoints/none.json"'),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_line_and_the_rest_loads(change, word, at):
    texts = catalogue_texts()
    texts["low-resolution-2.json"] = _broken(change)
    models, faults = parse_catalogue(texts)
    assert len(models) == len(packaged_catalogue()) - 1
    assert [type(f) for f in faults] == [CatalogueError]
    line = texts["low-resolution-2.json"].split(at)[0].count("\n") + 1 if at else 1
    assert f"low-resolution-2.json has a fault in line {line}" in faults[0].title
    assert word in faults[0].details


def test_syntax_error_has_its_line():
    with pytest.raises(CatalogueError) as caught:
        parse_model('{\n "format": 1,\n oops\n}', "mine.json", {})
    assert "mine.json has a fault in line 3" in caught.value.title


def test_what_is_always_sent_goes_out_when_it_is_left_alone():
    """Runflow switches face enhancement on by itself: who does not want it must have it said."""
    switch = {"type": "boolean", "x-ui": {"always_send": False}}
    found = read_parameters(flatten({"properties": {"face_enhancement": switch}}, {}))
    assert found.to_send({}) == {"face_enhancement": False}
    assert found.to_send({"face_enhancement": True}) == {"face_enhancement": True}
