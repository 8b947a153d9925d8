"""`--preset`: by name or file, with what else is given on top."""

from __future__ import annotations

from pathlib import Path

from topazdesk.app.presets import Preset, Presets
from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName


def _save(profile: Path) -> Presets:
    presets = Presets(profile / "presets")
    size = OutputSize(SizeMode.LONG_EDGE, 6000.0)
    presets.save(
        Preset("For print", Recipe.of(ServiceName.SANDBOX, "recover-3", {"creativity": 4}, OutputOptions(size)))
    )
    return presets


def test_model_values_and_size_come_from_the_preset(alone) -> None:
    _save(alone.profile)
    ran = alone.run("estimate", "--size", "1500x1000", "--preset", "for print", "--json")
    assert ran.code == 0, ran.out + ran.err
    (found,) = ran.of("estimate")
    assert (found["model"], found["width"], found["height"], found["credits"]) == ("Recover 3", 6000, 4000, 6)


def test_what_is_given_wins(alone) -> None:
    _save(alone.profile)
    words = (
        "estimate",
        "--size",
        "1500x1000",
        "--preset",
        "For print",
        "--scale",
        "2",
        "--model",
        "Redefine",
        "--json",
    )
    ran = alone.run(*words)
    assert ran.code == 0, ran.out + ran.err
    (found,) = ran.of("estimate")
    assert (found["model"], found["width"]) == ("Redefine", 3000)


def test_a_shared_file_works_without_importing_it(alone, tmp_path: Path) -> None:
    shared = _save(tmp_path / "elsewhere").export("For print", tmp_path / "shared")
    ran = alone.run("estimate", "--size", "1500x1000", "--preset", shared, "--json")
    assert ran.of("estimate")[0]["model"] == "Recover 3"


def test_wrong_names_and_files_are_wrong_use(alone, tmp_path: Path) -> None:
    _save(alone.profile)
    ran = alone.run("estimate", "--size", "1500x1000", "--preset", "nothing", "--json")
    assert ran.code == 2
    assert "“For print”" in (ran.of("failed") or ran.of("error"))[0]["hint"]
    bad = tmp_path / "bad.topazpreset"
    bad.write_text("{")
    ran = alone.run("plan", tmp_path, "--preset", bad, "--json")
    assert ran.code == 2
    ran = alone.run("plan", tmp_path, "--json")
    assert ran.code == 2
    assert "--preset" in (ran.of("failed") or ran.of("error"))[0]["title"]
