"""Every published fact of every Topaz model, as a table of its own, against the catalogue's files.

A parameter is written as `name kind [range] [=default] [if:switch]`; `one a/b` is a choice, `_` a blank inside a word.
Prices are credits at 1, 4, 8, 16, 24, 32, 40, 50, 64 and 100 MP of output.
"""

from __future__ import annotations

import json
from itertools import combinations, permutations

import pytest
from jsonschema import Draft202012Validator

from tests.support.catalogue import catalogue_texts, packaged_catalogue
from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.geometry import Size
from topazdesk.domain.params import Parameter, ParameterKind, carry_over
from topazdesk.domain.pricing import EstimateSource

MEGAPIXELS = (1, 4, 8, 16, 24, 32, 40, 50, 64, 100)
PER_24 = (1, 1, 1, 1, 1, 2, 2, 3, 3, 5)
PER_20 = (1, 1, 1, 1, 2, 2, 2, 3, 4, 5)
PER_8 = (1, 1, 1, 2, 3, 4, 5, 7, 8, 13)
PER_4 = (1, 1, 2, 4, 6, 8, 10, 13, 16, 25)
PER_2 = (1, 2, 4, 8, 12, 16, 20, 25, 32, 50)

FACES = "face_enhancement switch; face_enhancement_strength number 0..1 if:face_enhancement; face_enhancement_creativity number 0..1 if:face_enhancement"
SUBJECT = f"{FACES}; subject_detection one foreground/background/all"
UPPER = f"{FACES}; subject_detection one All/Foreground/Background"
ENHANCE = f"{SUBJECT}; sharpen number 0..1; denoise number 0..1; fix_compression number 0..1; strength number 0.01..1"
REBUILD = (
    f"{SUBJECT}; prompt text 1024 =; autoprompt switch; creativity whole 1..9 =3; texture whole 1..5; sharpen number 0..1; "
    "denoise number 0..1; detail switch =false; detail_strength number 0..10 if:detail"
)
SHARPEN = f"denoise_strength number 0..1 =0.5; {UPPER}"
BLUR = f"{SHARPEN}; strength number 0.01..1; minor_denoise number 0.01..1"
DENOISE = f"{SUBJECT}; strength number 0.01..1; minor_deblur number 0.01..1; original_detail number 0..1"
GRAIN = (
    "grain switch =false; grain_model one silver/gaussian/grey =silver; grain_strength number 0..1 =0.5; "
    "grain_density number 0..1 =0.5; grain_size number 1..5 =1"
)
GRAIN_60 = (
    "grain switch =false; grain_model one silver_rich/gaussian/grey =silver_rich if:grain; "
    "grain_strength whole 0..60 =30 if:grain; grain_density whole 0..60 =30 if:grain; grain_size whole 1..5 =1 if:grain"
)
LIGHT = (
    "color_correction switch; exposure number 0..2; highlight number 0..2; shadow number 0..2; "
    "temperature number 0.01..1; opacity number 0.01..1; saturation number 0..1 =0.2"
)
FACES_ONLY = (
    "strength number 0..1 =0.8; noise_sigma number 0.001..0.1 =0.015; blur_sigma number 0.01..2 =0.4; "
    "noise_seed whole 1..2000 =1; reference_uri uri"
)
# name | API name | endpoint | input MP | output MP | price | its own table is published | tier | parameters
FACTS = {
    row[0]: row
    for row in [
        ("Standard 2", "Standard V2", "enhance", 512, 1024, PER_24, True, "precise", ENHANCE),
        ("High Fidelity 2", "High Fidelity V2", "enhance", 512, 1024, PER_24, False, "precise", ENHANCE),
        (
            "High Fidelity 3",
            "Upscale High Fidelity V3",
            "enhance",
            None,
            None,
            PER_24,
            False,
            "precise",
            f"{ENHANCE}; recovery_strength number 0..1 =1; opacity number 0..1 =1",
        ),
        ("Low Resolution 2", "Low Resolution V2", "enhance", 512, 1024, PER_24, True, "precise", ENHANCE),
        (
            "Art & CGI",
            "CGI",
            "enhance",
            512,
            1024,
            PER_24,
            False,
            "precise",
            f"{ENHANCE}; deblur_strength number 0..1 =0.5",
        ),
        (
            "Text & Shapes",
            "Text Refine",
            "enhance",
            512,
            1024,
            PER_24,
            False,
            "precise",
            f"{ENHANCE}; denoise_strength number 0..1 =0.5; deblur_strength number 0..1 =0.5; decompression_strength number 0..1 =0.5; opacity number 0..1 =1",
        ),
        ("Redefine", "Redefine", "enhance-gen", 256, 256, PER_4, True, "generative", REBUILD),
        ("Wonder", "Wonder", "enhance-gen", 128, 128, PER_4, False, "generative", REBUILD),
        ("Wonder 2", "Wonder 2", "enhance-gen", None, None, PER_4, False, "generative", REBUILD),
        (
            "Wonder 3",
            "Wonder 3",
            "enhance-gen",
            None,
            None,
            PER_8,
            False,
            "generative",
            f"{REBUILD}; enhancement_strength one low/medium/high",
        ),
        (
            "Wonder 3.5",
            "Wonder 3.5",
            "enhance-gen",
            256,
            256,
            PER_8,
            False,
            "generative",
            f"enhancement_strength one low/medium/high =high; {GRAIN}",
        ),
        ("Wonder 4", "Wonder 4", "enhance-gen", 256, 256, PER_8, False, "generative", ""),
        ("Standard Max", "Standard MAX", "enhance-gen", 24, 384, PER_4, True, "generative", REBUILD),
        (
            "Recover 3",
            "Recover 3",
            "enhance-gen",
            24,
            384,
            PER_4,
            True,
            "generative",
            f"{REBUILD}; enhancement_strength number 0..10 =5",
        ),
        (
            "Detail Faces",
            "Detail",
            "enhance-gen",
            None,
            None,
            PER_24,
            False,
            "generative",
            "detail_strength number 0..10",
        ),
        (
            "Bloom 2",
            "Bloom 2",
            "enhance-gen",
            None,
            256,
            PER_2,
            True,
            "creative",
            f"prompt text 1024 =; autoprompt switch =true; creativity whole 1..9 =3; color_preservation switch =true; seed whole 1..2000 =2; {GRAIN}",
        ),
        ("Bloom 1 Creative", "Bloom", "enhance-gen", None, None, PER_2, False, "creative", REBUILD),
        (
            "Bloom 1 Realism",
            "Bloom Realism",
            "enhance-gen",
            None,
            None,
            PER_2,
            True,
            "creative",
            REBUILD.replace("1..9", "1..4") + "; seed whole 1..2000 =1",
        ),
        ("Sharpen Standard", "Standard", "sharpen", None, None, PER_24, False, "precise", BLUR),
        (
            "Sharpen Strong",
            "Strong",
            "sharpen",
            None,
            None,
            PER_24,
            False,
            "precise",
            f"{SHARPEN}; strength number 0.01..1",
        ),
        ("Noise-Aware Sharpen", "Auto Sharpen", "sharpen", None, None, PER_24, False, "precise", SHARPEN),
        (
            "Portrait",
            "Portrait",
            "sharpen",
            None,
            None,
            PER_24,
            False,
            "precise",
            f"{SHARPEN}; sharpen_strength number 0..1",
        ),
        (
            "Wildlife",
            "Wildlife",
            "sharpen",
            None,
            None,
            PER_24,
            False,
            "precise",
            f"{SHARPEN}; sharpen_strength number 0..1",
        ),
        ("Natural", "Natural", "sharpen", None, None, PER_24, False, "precise", BLUR),
        ("Refocus", "Refocus", "sharpen", None, None, PER_24, False, "precise", BLUR),
        ("Motion Blur", "Motion Blur", "sharpen", None, None, PER_24, False, "precise", BLUR),
        ("Lens Blur 2", "Lens Blur V2", "sharpen", 512, 512, PER_24, True, "precise", BLUR),
        (
            "Super Focus 2",
            "Super Focus V2",
            "sharpen-gen",
            256,
            256,
            PER_20,
            False,
            "generative",
            f"{SUBJECT}; detail number 0..1 =0.5; focus_boost number 0.25..1 =0.5",
        ),
        ("Super Focus 3", "Super Focus V3", "sharpen-gen", None, None, PER_20, True, "generative", SHARPEN),
        ("Denoise Normal", "Normal", "denoise", None, None, PER_24, True, "precise", DENOISE),
        ("Denoise Strong", "Strong", "denoise", None, None, PER_24, False, "precise", DENOISE),
        ("Denoise Extreme", "Extreme", "denoise", None, None, PER_24, False, "precise", DENOISE),
        ("Denoise Max", "Denoise Max", "denoise-gen", None, None, PER_20, False, "generative", ""),
        ("Dust & Scratch 2", "Dust-Scratch V2", "restore-gen", 256, 256, PER_24, True, "generative", GRAIN_60),
        ("Recover Faces", "Faces", "restore-gen", None, None, PER_24, True, "generative", FACES_ONLY),
        ("Adjust Lighting 2", "Adjust V2", "lighting", None, None, PER_24, False, "precise", LIGHT),
        ("Balance Color", "White Balance", "lighting", None, None, PER_24, True, "precise", LIGHT),
        ("Image Colorization", "Colorize", "lighting", None, None, PER_24, False, "creative", LIGHT),
        (
            "Image Object Matting",
            "Object",
            "matting",
            None,
            None,
            PER_24,
            False,
            "precise",
            "mode one segmentation/alpha",
        ),
        (
            "Background Removal",
            "RemoveBG",
            "matting",
            None,
            None,
            PER_24,
            True,
            "precise",
            "mode one segmentation/alpha =segmentation",
        ),
        ("Transparent Image Upscale", "Transparency Upscale", "tool", None, None, PER_24, False, "precise", ""),
        (
            "Recovery V2",
            "Recovery V2",
            "enhance-gen",
            None,
            None,
            PER_4,
            False,
            "generative",
            f"{SUBJECT}; detail number 0..1",
        ),
        ("Recovery", "Recovery", "enhance-gen", None, None, PER_4, False, "generative", ""),
        (
            "Reimagine",
            "Reimagine",
            "enhance-gen",
            None,
            None,
            PER_2,
            False,
            "creative",
            f"prompt text 1024; creativity whole 1..9 =3; {UPPER}; face_preservation switch =true; color_preservation switch =true",
        ),
        ("Bloom Precision", "Bloom Precision", "enhance-gen", None, None, None, False, "creative", ""),
        ("Lens Blur", "Lens Blur", "sharpen", None, None, PER_24, False, "precise", BLUR),
        (
            "Super Focus",
            "Super Focus",
            "sharpen-gen",
            None,
            None,
            PER_20,
            False,
            "generative",
            "strength number 0..1; focus_boost number 0.25..1; seed whole -2147483648..2147483647",
        ),
        ("Dust-Scratch", "Dust-Scratch", "restore-gen", None, None, PER_24, False, "generative", ""),
        ("Adjust", "Adjust", "lighting", None, None, PER_24, False, "precise", LIGHT),
    ]
}
LEGACY = {
    "Recovery V2",
    "Recovery",
    "Reimagine",
    "Bloom Precision",
    "Lens Blur",
    "Super Focus",
    "Dust-Scratch",
    "Adjust",
}
UNVERIFIED = {"Wonder 4", "Detail Faces", "Noise-Aware Sharpen", "Super Focus 3"}
DEPRECATED = {"Denoise Normal", "Denoise Strong", "Denoise Extreme"}
MODELS = {model.name: model for model in packaged_catalogue()}
KINDS = {
    ParameterKind.BOOLEAN: "switch",
    ParameterKind.NUMBER: "number",
    ParameterKind.INTEGER: "whole",
    ParameterKind.CHOICE: "one",
    ParameterKind.TEXT: "text",
    ParameterKind.URI: "uri",
}


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _written(parameter: Parameter) -> str:
    """A parameter of the catalogue in the notation of the table."""
    parts = [parameter.name, KINDS[parameter.kind]]
    if parameter.choices:
        parts.append("/".join(c.replace(" ", "_") for c in parameter.choices))
    if parameter.minimum is not None and parameter.maximum is not None:
        parts.append(f"{_number(parameter.minimum)}..{_number(parameter.maximum)}")
    if parameter.max_length is not None:
        parts.append(str(parameter.max_length))
    default = parameter.default
    if isinstance(default, bool | str):
        parts.append(f"={str(default).replace(' ', '_') if isinstance(default, str) else str(default).lower()}")
    elif default is not None:
        parts.append(f"={_number(default)}")
    if parameter.required_when_shown and parameter.shown_when is not None:
        parts.append(f"if:{parameter.shown_when.name}")
    return " ".join(parts)


def test_all_models_are_there_and_no_other():
    assert set(MODELS) == set(FACTS)
    assert "Face Recovery 3" not in MODELS, "its API name is published nowhere"
    assert {n for n, m in MODELS.items() if m.standing is ModelStatus.LEGACY} == LEGACY
    assert {n for n, m in MODELS.items() if m.standing is ModelStatus.UNVERIFIED} == UNVERIFIED
    assert {n for n, m in MODELS.items() if m.standing is ModelStatus.DEPRECATED} == DEPRECATED


@pytest.mark.parametrize("name", FACTS)
def test_name_endpoint_limits_and_tier(name):
    model = MODELS[name]
    _, api, endpoint, in_mp, out_mp, _, _, tier, _ = FACTS[name]
    assert (model.api_model, model.endpoint, model.tier.value) == (api, endpoint, tier)
    assert (model.limits.input_mp, model.limits.output_mp) == (in_mp, out_mp)
    assert model.limits.source
    assert model.takes_size is (endpoint in {"enhance", "enhance-gen", "tool"})
    assert [f.value for f in model.formats] == (["png"] if endpoint in {"matting", "tool"} else ["jpeg", "png", "tiff"])
    assert model.keeps_alpha is (endpoint == "tool")
    assert model.makes_alpha is (endpoint == "matting")
    assert model.sources


@pytest.mark.parametrize("name", FACTS)
def test_every_cell_of_the_price_table(name):
    price, cells, published = MODELS[name].price, FACTS[name][5], FACTS[name][6]
    assert price.is_known is (cells is not None)
    assert price.is_published is published
    assert price.source
    for megapixels, credits in zip(MEGAPIXELS, cells or (), strict=False):
        size = Size(1000, megapixels * 1000)
        assert price.credits_for(size) == credits
        assert price.table.get(megapixels, credits) == credits
        source = EstimateSource.TABLE if published else EstimateSource.PROJECTION
        assert price.estimate(size).source is source
    assert len(price.table) == (len(MEGAPIXELS) if published else 0)
    if cells:
        assert price.estimate(Size(10_001, 10_000)).source is EstimateSource.PROJECTION


@pytest.mark.parametrize("name", FACTS)
def test_every_parameter_with_kind_range_default_and_rule(name):
    wanted = {part.strip() for part in FACTS[name][8].split(";") if part.strip()}
    # The pages of the sharpening models do not say "required" of the two face values; both are sent all the same.
    assert {_written(p) for p in MODELS[name].parameters} == wanted
    for parameter in MODELS[name].parameters:
        assert parameter.label, parameter.name
        assert parameter.group, parameter.name
        assert parameter.description.endswith("."), parameter.name
        assert parameter.source, parameter.name


@pytest.mark.parametrize("name", FACTS)
def test_the_schema_is_standard_and_says_what_the_form_says(name):
    parameters = MODELS[name].parameters
    schema = dict(parameters.schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert not validator.is_valid({"no_such_setting": 1})
    for parameter in parameters:
        ends = [v for v in (parameter.minimum, parameter.maximum) if v is not None]
        tried = [
            *parameter.choices,
            "x" * 1024,
            "x" * 1025,
            True,
            *ends,
            *(v - 1 for v in ends),
            *(v + 1 for v in ends),
        ]
        for value in tried:
            if parameter.kind is ParameterKind.URI:
                continue
            theirs = all(
                not e.path or e.path[0] != parameter.name for e in validator.iter_errors({parameter.name: value})
            )
            assert (parameter.problem_with(value) is None) is theirs, (parameter.name, value)


def test_the_files_are_named_after_their_models_and_hold_one_each():
    files = {name: json.loads(text) for name, text in catalogue_texts().items() if "/" not in name}
    assert len(files) == len(MODELS)
    assert len({data["order"] for data in files.values()}) == len(files)


def test_what_is_not_current_says_why_in_words():
    for model in MODELS.values():
        if model.standing in (ModelStatus.UNVERIFIED, ModelStatus.DEPRECATED):
            assert model.standing_note.endswith("."), model.name
        if model.replacement:
            assert MODELS[model.replacement].standing is ModelStatus.CURRENT, model.name
    assert {m.retires for m in MODELS.values() if m.name in DEPRECATED} == {"2026-12-09"}
    assert {m.replacement for m in MODELS.values() if m.name in DEPRECATED} == {"Denoise Max"}


def test_what_has_to_be_asked_first():
    asked = {n for n, m in MODELS.items() if m.needs_check}
    assert asked == UNVERIFIED | {"Recovery", "Reimagine", "Bloom Precision", "Super Focus"}
    assert all(bool(m.check_sentence) is m.needs_check for m in MODELS.values())
    assert "price" in MODELS["Bloom Precision"].check_sentence


def test_everything_a_model_asks_a_reader_to_know_is_plain():
    """No wire names in what people read; `x-ui` texts have no full stop where they are labels."""
    jargon = ("_", "param", "API", "endpoint", "null", "boolean", "sigma", "segmentation")
    for model in MODELS.values():
        texts = [model.purpose, model.caution, model.hint, model.standing_note, model.check_sentence]
        for p in model.parameters:
            texts += [p.label, p.description, p.group, p.advice, *p.choice_labels]
            assert not p.label.endswith(".")
        for text in texts:
            assert not any(word in text for word in jargon), (model.name, text)


PAIRS = list(permutations(MODELS.values(), 2))


def _values(model: Model) -> dict[str, object]:
    found: dict[str, object] = {}
    for p in model.parameters:
        found[p.name] = (
            p.maximum
            if p.maximum is not None
            else p.choices[-1]
            if p.choices
            else p.kind is ParameterKind.BOOLEAN or "a"
        )
    return {n: int(v) if model.parameters.get(n).kind is ParameterKind.INTEGER else v for n, v in found.items()}


def test_what_carries_over_is_valid_for_every_pair():
    for old, new in PAIRS:
        kept = carry_over(_values(old), old.parameters, new.parameters)
        assert not new.parameters.problems(kept), (old.name, new.name)
        validator = Draft202012Validator(dict(new.parameters.schema)) if kept else None
        sent = new.parameters.to_send(kept)
        assert validator is None or validator.is_valid(sent), (old.name, new.name, sent)


def test_one_meaning_is_one_thing():
    """Where the meaning agrees, so do name, kind and label; where two models differ in range, no value passes between them."""
    for old, new in combinations(MODELS.values(), 2):
        for before in old.parameters:
            after = new.parameters.get(before.name)
            same = [p.name for p in new.parameters if p.meaning == before.meaning]
            assert same in ([], [before.name]), (old.name, new.name, before.name, same)
            if same and after is not None:
                assert (after.kind, after.label) == (before.kind, before.label), (old.name, new.name, before.name)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("detail", "Redefine", "Super Focus 2"),
        ("detail", "Super Focus 2", "Recovery V2"),
        ("strength", "Standard 2", "Lens Blur 2"),
        ("strength", "Lens Blur 2", "Denoise Normal"),
        ("strength", "Standard 2", "Recover Faces"),
        ("strength", "Recover Faces", "Super Focus"),
        ("enhancement_strength", "Recover 3", "Wonder 3"),
        ("grain_strength", "Wonder 3.5", "Dust & Scratch 2"),
        ("grain_model", "Bloom 2", "Dust & Scratch 2"),
        ("detail_strength", "Redefine", "Detail Faces"),
        ("denoise_strength", "Lens Blur 2", "Text & Shapes"),
        ("opacity", "High Fidelity 3", "Balance Color"),
        ("creativity", "Redefine", "Bloom 1 Realism"),
        ("seed", "Bloom 2", "Bloom 1 Realism"),
        ("subject_detection", "Standard 2", "Lens Blur 2"),
    ],
)
def test_the_same_name_with_another_meaning_never_carries_over(name, one, other):
    for old, new in ((MODELS[one], MODELS[other]), (MODELS[other], MODELS[one])):
        assert new.parameters.get(name) is not None
        assert name not in carry_over(_values(old), old.parameters, new.parameters)


def test_what_does_mean_the_same_carries_over():
    values = {"enhancement_strength": "low", "grain": True, "grain_strength": 0.2}
    assert carry_over(values, MODELS["Wonder 3.5"].parameters, MODELS["Wonder 3"].parameters) == {
        "enhancement_strength": "low"
    }
    assert carry_over(values, MODELS["Wonder 3.5"].parameters, MODELS["Bloom 2"].parameters) == {
        "grain": True,
        "grain_strength": 0.2,
    }


def test_a_prompt_for_a_model_that_writes_its_own_switches_that_off():
    """Bloom 2 writes the description by default: a prompt alone would be ignored without a word."""
    parameters = MODELS["Bloom 2"].parameters
    assert parameters.to_send({"prompt": "a lake"}) == {"prompt": "a lake", "autoprompt": False}
    assert parameters.to_send({"prompt": "a lake", "autoprompt": True}) == {"autoprompt": True}
    assert parameters.to_send({}) == {}
