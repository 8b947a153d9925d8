"""The catalogue: what is sent, look-up by name, sizes a model refuses, faults named with their line."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.support.catalogue import catalogue_texts, packaged_catalogue, packaged_model
from topazdesk.domain.catalogue import Catalogue, ModelStatus, Tier, slugify
from topazdesk.domain.catalogue_file import parse_catalogue, parse_model
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.schema import flatten, read_parameters
from topazdesk.domain.services import ServiceName
from topazdesk.errors import CatalogueError, InputError, UseError


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


def test_an_api_name_of_two_models_lists_both():
    """ "Strong" sharpens and removes noise: guessing would spend money on the wrong one."""
    for word, both in (
        ("Strong", ("Sharpen Strong", "Denoise Strong")),
        ("standard", ("Standard 2", "Sharpen Standard")),
    ):
        with pytest.raises(UseError) as caught:
            packaged_catalogue().find(ServiceName.TOPAZ, word)
        assert caught.value.code == "use.ambiguous_model"
        assert all(name in caught.value.hint for name in both)
    assert packaged_model("denoise strong").endpoint == "denoise"
    assert packaged_model("Sharpen Strong").endpoint == "sharpen"


def test_every_model_is_found_by_its_name_and_by_every_api_name_that_is_its_own():
    catalogue = packaged_catalogue()
    spoken = Counter(slugify(n) for m in catalogue for n in (*m.api_models, *m.aliases) if slugify(n) != m.slug)
    assert max(Counter(m.slug for m in catalogue).values()) == 1
    names = {m.slug for m in catalogue}
    for model in catalogue:
        assert catalogue.find(ServiceName.SANDBOX, model.name.upper()) is model
        for name in (*model.api_models, *model.aliases):
            if spoken[slugify(name)] == 1 and slugify(name) not in names:
                assert catalogue.find(ServiceName.TOPAZ, name) is model


def test_superseded_models_are_listed_only_when_asked_for_and_always_found():
    catalogue = packaged_catalogue()
    usual = catalogue.of(ServiceName.TOPAZ)
    everything = catalogue.of(ServiceName.SANDBOX, with_legacy=True)
    assert {m.standing for m in everything} - {m.standing for m in usual} == {ModelStatus.LEGACY}
    assert len(everything) == len(catalogue)
    assert [m.order for m in everything] == sorted(m.order for m in everything)
    assert usual[0].name == "Standard 2"
    assert catalogue.find(ServiceName.TOPAZ, "Super Focus").standing is ModelStatus.LEGACY
    assert catalogue.find(ServiceName.TOPAZ, "lens blur").name == "Lens Blur"


def test_a_model_of_the_users_own_without_a_price_is_found_but_not_offered():
    data = json.loads(catalogue_texts()["wonder-4.json"]) | {"name": "Mine"}
    data["price"]["megapixels_per_credit"] = None
    mine = parse_model(json.dumps(data), "mine.json", {})
    catalogue = Catalogue([*packaged_catalogue(), mine])
    assert mine.needs_check
    assert mine not in catalogue.of(ServiceName.TOPAZ)
    assert mine in catalogue.of(ServiceName.TOPAZ, with_legacy=True)
    assert catalogue.find(ServiceName.TOPAZ, "mine") is mine


@pytest.mark.parametrize(
    ("name", "target", "word"),
    [
        ("Wonder 4", Size(6000, 4002), None),
        ("Wonder 4", Size(6001, 4002), None),
        ("Wonder 4", Size(6600, 4402), "up to 6×"),
        ("Wonder 3.5", Size(1000, 667), None),
        ("Wonder 3.5", Size(900, 600), "smaller"),
        ("Bloom 2", Size(2000, 2000), "shape"),
        ("Bloom 2", Size(2000, 1334), None),
        ("Transparent Image Upscale", Size(4000, 2668), None),
        ("Transparent Image Upscale", Size(5000, 3335), "up to 4×"),
        ("Bloom 1 Realism", Size(9000, 6003), "up to 8×"),
        ("Standard 2", Size(500, 900), None),
    ],
)
def test_sizes_that_a_model_does_not_make(name, target, word):
    model, source = packaged_model(name), Size(1000, 667)
    found = model.limit_problem(source, target) or model.shape_problem(source, target)
    assert (found is None) is (word is None), found
    assert word is None or word in found


def test_a_size_of_another_shape_is_refused_in_words():
    model = packaged_model("Wonder 3.5")
    info = ImageInfo(Path("a.jpg"), FileFormat.JPEG, Size(900, 600), 1, 8, 3, False, False, 1, 1000, 0)
    box = Recipe.of(ServiceName.TOPAZ, model.slug, {}, OutputOptions(OutputSize(SizeMode.BOX, 1200, 1200)))
    with pytest.raises(InputError) as caught:
        draft(info, model, box)
    assert caught.value.code == "use.shape"
    assert "keeps the shape" in caught.value.hint
    assert draft(
        info, model, Recipe.of(ServiceName.TOPAZ, model.slug, {}, OutputOptions(OutputSize.scale(2)))
    ).target == Size(1800, 1200)


def test_a_model_without_a_price_is_not_drafted_before_the_service_named_one():
    model = packaged_model("Bloom Precision")
    info = ImageInfo(Path("a.jpg"), FileFormat.JPEG, Size(900, 600), 1, 8, 3, False, False, 1, 1000, 0)
    recipe = Recipe.of(ServiceName.TOPAZ, model.slug, {}, OutputOptions(OutputSize.scale(2)))
    with pytest.raises(UseError) as caught:
        draft(info, model, recipe)
    assert caught.value.code == "use.price_unknown"
    said = Estimate(3, EstimateSource.SERVICE)
    assert draft(info, model, recipe, confirmed=said).estimate is said


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
        (
            lambda d: d["parameters"].update(properties={"odd": {"type": "number", "x-ui": {"brings": {"none": 1}}}}),
            "unknown",
            '"odd"',
        ),
        (lambda d: d["status"].update(kind="old"), "old", '"kind"'),
        (lambda d: d["limits"].update(input_mp="large"), "input_mp", '"input_mp"'),
        (lambda d: d["limits"].update(output_mp=-1), "above 0", '"output_mp"'),
        (lambda d: d["output"].update(takes_size="yes"), "true or false", '"takes_size"'),
        (lambda d: d["output"].update(formats=[]), "at least one", '"formats"'),
        (lambda d: d["output"].update(formats=["bmpx"]), "bmpx", '"formats"'),
        (lambda d: d["output"].update(scale={"maximum": "6"}), "maximum", '"maximum"'),
        (_set("api_models", "Low Resolution V2"), "list of texts", '"api_models"'),
        (_set("api_models", []), "at least one", '"api_models"'),
        (_set("name", " "), "must be a text", '"name"'),
        (_set("output", 5), "must be an object", '"output"'),
        (_set("service", "elsewhere"), "elsewhere", '"service"'),
        (_set("order", "first"), "order", '"order"'),
        (
            lambda d: d["parameters"].update(properties={"odd": {"type": "number", "minimum": 2, "maximum": 1}}),
            "above its maximum",
            '"odd"',
        ),
        (
            lambda d: d["parameters"].update(properties={"odd": {"type": "number", "maximum": "one"}}),
            "is not a number",
            '"maximum": "one"',
        ),
        (
            lambda d: d["parameters"].update(properties={"odd": {"type": "number", "maximum": 1, "default": 2}}),
            "outside its own range",
            '"odd"',
        ),
        (
            lambda d: d["parameters"].update(
                properties={"odd": {"type": "number", "x-ui": {"shown_when": {"none": True}}}}
            ),
            "none",
            '"odd"',
        ),
        (lambda d: d["price"].update(megapixels_per_credit=0), "above 0", '"megapixels_per_credit"'),
        (
            lambda d: d["price"].update(megapixels_per_credit=None),
            "needs megapixels_per_credit",
            '"megapixels_per_credit"',
        ),
        (
            lambda d: d["parameters"].update(allOf=[{"$ref": "endpoints/none.json"}]),
            "endpoints/none.json",
            '"endpoints/none.json"',
        ),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_the_rest_loads(change, word, at):
    texts = catalogue_texts()
    texts["low-resolution-2.json"] = _broken(change)
    models, faults = parse_catalogue(texts)
    assert len(models) == len(packaged_catalogue()) - 1
    assert [type(f) for f in faults] == [CatalogueError]
    line = texts["low-resolution-2.json"].split(at)[0].count("\n") + 1 if at else 1
    assert f"low-resolution-2.json has a fault in line {line}" in faults[0].title
    assert word in faults[0].details
    assert word in faults[0].hint, "the command line shows no details"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": NaN}', "[" * 100_000, '{"a":' * 100_000, "\x00", '{"format": 1', "null"]
)
def test_text_that_is_no_model_is_a_fault_and_never_a_crash(text):
    models, faults = parse_catalogue({**catalogue_texts(), "mine.json": text, "endpoints/mine.json": text})
    assert len(models) == len(packaged_catalogue())
    assert len(faults) == 2
    assert all("mine.json has a fault in line 1" in fault.title for fault in faults)


def test_a_file_that_refers_to_itself_is_a_fault():
    texts = catalogue_texts()
    texts["endpoints/enhance.json"] = '{"allOf": [{"$ref": "endpoints/enhance.json"}]}'
    models, faults = parse_catalogue(texts)
    assert len(models) + len(faults) == len(packaged_catalogue())
    assert all("Unknown $ref" in fault.details for fault in faults)


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
