"""The organisation's rules: plan, enhance and the window's prices refuse the same thing in the same words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.catalogue import packaged_catalogue
from tests.support.sandbox import RunningSandbox
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.media.probe import probe
from topazdesk.ui.models.prices import Prices

LOW = ("--model", "Low Resolution 2", "--service", "topaz")


@pytest.mark.parametrize(
    "rules",
    [
        'forbid_services = ["topaz"]',
        'forbid_tiers = ["precise", "generative"]',
        'forbid_formats = ["png"]',
        'forbid_formats = ["png"]\ncontact = "Ann, room 3"',
    ],
)
@pytest.mark.parametrize("format_", ["png", "same"])
def test_window_and_command_line_refuse_in_the_same_words(
    program: Program, service: RunningSandbox, tmp_path: Path, rules: str, format_: str
) -> None:
    (tmp_path / "in").mkdir()
    picture = pictures.write(tmp_path / "in" / "a.png", width=60)
    (tmp_path / "policy.toml").write_text(rules, "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(tmp_path / "policy.toml")
    words = (picture, *LOW, "--format", format_, "--out", tmp_path / "out", "--yes", "--json")
    said = set()
    for command in ("plan", "enhance"):
        ran = program.run(command, *words)
        error = (ran.of("error") + ran.of("failed"))[0]
        said.add((error["code"], error["title"], error["hint"]))
        assert ran.code == 2
    assert service.rows("jobs") == service.rows("sources") == []
    catalogue = packaged_catalogue().under(UsagePolicy.parse(tomllib.loads(rules)))
    model = catalogue.find(ServiceName.TOPAZ, "Low Resolution 2")
    output = OutputOptions(OutputSize.scale(2), None if format_ == "same" else FileFormat.PNG)
    price = Prices(model, Recipe.of(ServiceName.TOPAZ, model.slug, {}, output)).of(probe(picture))
    assert price.refusal is not None
    said.add((price.refusal.code, price.refusal.title, price.refusal.hint))
    assert len(said) == 1, said


def test_a_policy_that_cannot_be_read_sends_nothing_and_says_where_it_is(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    picture = pictures.write(tmp_path / "in" / "a.png", width=60)
    policy = tmp_path / "policy.toml"
    policy.write_text("forbid_tiers = [", "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(policy)
    ran = program.run("enhance", picture, *LOW, "--yes", "--json")
    assert (ran.code, ran.error["code"]) == (2, "use.policy_file")
    assert str(policy) in ran.error["hint"]
    assert service.rows("jobs") == []


def test_the_lower_limit_of_a_run_holds(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        pictures.write(tmp_path / "in" / f"{name}.png", width=60 + ord(name) % 7)
    (tmp_path / "policy.toml").write_text("run_cap = 1", "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(tmp_path / "policy.toml")
    ran = program.run("enhance", tmp_path / "in", *LOW, "--yes", "--json")
    assert (ran.code, ran.error["code"]) == (3, "budget.run")
    assert ran.error["title"] == "This run costs 2 credits, your organisation's limit for a run is 1 credit"
    assert "raise" not in ran.error["hint"], "the user cannot"
    assert service.rows("jobs") == []


def test_a_limit_of_a_day_is_named_as_the_organisations(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        pictures.write(tmp_path / "in" / f"{name}.png", width=60 + ord(name) % 7)
    (tmp_path / "policy.toml").write_text("day_cap = 1", "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(tmp_path / "policy.toml")
    plan = program.run("plan", tmp_path / "in", *LOW)
    assert "Your organisation's daily limit leaves 1 credit today" in plan.out
    ran = program.run("enhance", tmp_path / "in", *LOW, "--yes", "--json")
    assert [error["title"] for error in ran.of("error")] == ["Your organisation's daily limit is reached"]
    assert len(service.rows("jobs")) == 1


def test_sidecars_that_the_policy_asks_for_are_written_whatever_the_settings_say(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    picture = pictures.write(tmp_path / "a.png", width=60)
    program.profile.mkdir()
    (program.profile / "settings.toml").write_text("sidecars = false\n", "utf-8")
    plain = program.run("enhance", picture, *LOW, "--out", tmp_path / "plain", "--yes", "--json").of("done")[0]
    assert not Path(f"{plain['result']}.topazdesk.json").exists()
    (tmp_path / "policy.toml").write_text("sidecars = true", "utf-8")
    program.env["TOPAZDESK_POLICY"] = str(tmp_path / "policy.toml")
    ran = program.run("enhance", picture, *LOW, "--out", tmp_path / "out", "--again", "--yes", "--json")
    assert Path(f"{ran.of('done')[0]['result']}.topazdesk.json").exists()
