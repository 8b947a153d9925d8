"""Presets: saved, shared, renamed, taken in; damaged files are said and left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.catalogue import catalogue_texts, packaged_catalogue
from topazdesk.app.presets import SUFFIX, Preset, Presets, read_preset
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError

SANDBOX = ServiceName.SANDBOX
BOTH = Catalogue([m for service in ("topaz", "runflow") for m in parse_catalogue(catalogue_texts(service))[0]])


def _recipe(**values: float) -> Recipe:
    output = OutputOptions(OutputSize(SizeMode.LONG_EDGE, 5000.0), folder="/somewhere/of/mine")
    return Recipe.of(SANDBOX, "recover-3", values, output)


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    return Presets(tmp_path / "presets")


def test_saved_and_found_again_without_the_folder(presets: Presets) -> None:
    presets.save(Preset("Old  scans ", _recipe(creativity=4)))
    (found,), faults = presets.all()
    assert faults == []
    assert found.name == "Old scans"
    assert found.recipe.settings == {"creativity": 4}
    assert found.recipe.output.folder == ""
    assert presets.find("OLD SCANS") == found


def test_the_same_name_is_replaced_another_with_the_same_file_name_is_not(presets: Presets) -> None:
    presets.save(Preset("Scans", _recipe()))
    presets.save(Preset("scans", _recipe(creativity=2)))
    presets.save(Preset("Scans!", _recipe(creativity=3)))
    found = {each.name: each.recipe.settings for each in presets.all()[0]}
    assert found == {"scans": {"creativity": 2}, "Scans!": {"creativity": 3}}


def test_rename_and_delete(presets: Presets) -> None:
    presets.save(Preset("One", _recipe(creativity=1)))
    presets.save(Preset("Two", _recipe(creativity=2)))
    with pytest.raises(UseError) as caught:
        presets.rename("One", "two")
    assert caught.value.code == "use.preset_taken"
    presets.rename("One", "Three")
    presets.rename("Two", "TWO")
    assert [each.name for each in presets.all()[0]] == ["Three", "TWO"]
    presets.delete("three")
    assert [each.name for each in presets.all()[0]] == ["TWO"]


def test_shared_as_a_file(presets: Presets, tmp_path: Path) -> None:
    presets.save(Preset("For print", _recipe(creativity=3)))
    shared = presets.export("For print", tmp_path / "shared")
    assert shared.suffix == SUFFIX
    other = Presets(tmp_path / "another profile")
    assert other.import_file(shared) == presets.find("For print")
    assert other.import_file(shared).name == "For print", "the same thing twice is one preset"
    other.save(Preset("For print", _recipe(creativity=5)))
    assert other.import_file(shared).name == "For print 2"
    assert len(other.all()[0]) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", 7, None])
def test_what_is_no_name(presets: Presets, name: object) -> None:
    with pytest.raises(UseError) as caught:
        presets.save(Preset(name, _recipe()))  # type: ignore[arg-type]
    assert caught.value.code == "use.preset_name"


def test_any_printable_name_can_be_used(presets: Presets) -> None:
    for name in ("../../etc/passwd", "CON", "Ünïcödé 写真", "a/b\\c:d*e?", ".", "-"):
        presets.save(Preset(name, _recipe()))
        assert presets.find(name).name == name
    assert len(presets.all()[0]) == 6


DAMAGED = [
    b"",
    b"\xff\xfe\x00",
    b"[]",
    b"{}",
    b'{"kind": "topazdesk preset"}',
    b'{"kind": "something else", "version": 1, "name": "x", "recipe": {}}',
    b'{"kind": "topazdesk preset", "version": "1", "name": "x", "recipe": {}}',
    b'{"kind": "topazdesk preset", "version": 1, "name": "x", "recipe": {"version": 1}}',
    b'{"kind": "topazdesk preset", "version": 1, "name": "", "recipe": {}}',
    b"[" * 200_000,
    b"x" * 300_000,
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_a_sentence_and_the_rest_still_works(
    presets: Presets, tmp_path: Path, content: bytes
) -> None:
    presets.save(Preset("Good", _recipe()))
    bad = tmp_path / "presets" / f"bad{SUFFIX}"
    bad.write_bytes(content)
    found, faults = presets.all()
    assert [each.name for each in found] == ["Good"]
    assert len(faults) == 1
    assert faults[0].title
    assert faults[0].hint
    with pytest.raises(UseError):
        presets.import_file(bad)
    assert bad.read_bytes() == content, "left as it is"


def test_a_newer_preset_says_so(tmp_path: Path) -> None:
    data = json.loads(Preset("Later", _recipe()).to_text())
    for change in ({"version": 2}, {"recipe": {**data["recipe"], "version": 9}}):
        path = tmp_path / f"later{SUFFIX}"
        path.write_text(json.dumps({**data, **change}))
        with pytest.raises(UseError):
            read_preset(path)


def test_a_folder_in_a_shared_file_is_not_taken_over(tmp_path: Path) -> None:
    data = json.loads(Preset("Sly", _recipe()).to_text())
    data["recipe"]["output"]["folder"] = "/home/other"
    path = tmp_path / f"sly{SUFFIX}"
    path.write_text(json.dumps(data))
    assert read_preset(path).recipe.output.folder == ""


def test_it_works_at_another_service_where_that_has_the_model() -> None:
    preset = Preset("Mine", _recipe(creativity=3))
    model, recipe = preset.recipe_for(BOTH, ServiceName.TOPAZ, "/out")
    assert (model.slug, recipe.service, recipe.output.folder) == ("recover-3", ServiceName.TOPAZ, "/out")
    gone = Preset("Gone", replace(preset.recipe, model="dreamer-9"))
    with pytest.raises(UseError) as caught:
        gone.recipe_for(BOTH, ServiceName.TOPAZ)
    assert caught.value.code == "use.preset_model"


def test_values_out_of_range_are_said_before_anything_is_changed() -> None:
    for values in ({"creativity": 99}, {"prompt": "x" * 1025}, {"creativity": "much"}):
        preset = Preset("Wild", Recipe.of(SANDBOX, "redefine", values, OutputOptions(OutputSize.scale(2))))
        with pytest.raises(UseError) as caught:
            preset.recipe_for(BOTH, SANDBOX)
        assert caught.value.code == "use.preset_value"
        assert caught.value.hint


@settings(max_examples=200, deadline=None)
@given(model=st.sampled_from(list(packaged_catalogue())), seed=st.integers(0, 10_000))
def test_every_models_settings_survive_the_file(model: Model, seed: int) -> None:
    """Form values of every model → file → recipe, unchanged."""
    values = {
        p.name: p.starting_value
        for place, p in enumerate(model.parameters.parameters)
        if p.starting_value is not None and (seed >> place) & 1
    }
    recipe = Recipe.of(
        SANDBOX, model.slug, values, OutputOptions(OutputSize.scale(2) if model.takes_size else OutputSize())
    )
    data = json.loads(Preset("Any", recipe).to_text())
    assert Recipe.from_json(data["recipe"]) == recipe
