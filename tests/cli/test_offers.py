"""Unverified models on the command line: asked for first, refused before anything is paid."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support import pictures


def test_an_accepted_name_is_used_and_kept(program, service, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "small.png")
    ran = program.run("enhance", source, "--model", "Wonder 4", "--service", "topaz", "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    kept = json.loads((program.profile / "offers.json").read_text())["verdicts"]
    assert [(key.split("/")[1], verdict["accepted"]) for key, verdict in kept.items()] == [("wonder-4", True)]


def test_a_refused_name_costs_nothing(program, service, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "small.png")
    service.scenario({"match": {"path": "/estimate"}, "do": {"status": 400}})
    ran = program.run("enhance", source, "--model", "Wonder 4", "--service", "topaz", "--yes", "--json")
    assert ran.code == 2
    failed = ran.of("failed") or ran.of("error")
    assert failed[0]["title"] == "Topaz does not take Wonder 4"
    assert "Nothing was sent or charged" in failed[0]["hint"]
    assert service.rows("jobs") == []


def test_without_an_answer_it_is_not_tried(program, service, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "small.png")
    service.scenario({"match": {"path": "/estimate"}, "do": {"status": 401}})
    ran = program.run("enhance", source, "--model", "Wonder 4", "--service", "topaz", "--yes", "--json")
    assert ran.code == 3
    assert service.rows("jobs") == []
    assert not (program.profile / "offers.json").exists()


def test_a_price_that_only_the_service_knows_is_asked_for(program, service, tmp_path: Path) -> None:
    """Bloom Precision has no published price: the service's own estimate is the price that is said and kept."""
    source = pictures.write(tmp_path / "small.png")
    ran = program.run("enhance", source, "--model", "Bloom Precision", "--service", "topaz", "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.of("price")[0]["credits"] == ran.summary["credits"] > 0
