"""`estimate --confirm` for many pictures: one call to the service, whatever the number of sizes."""

from __future__ import annotations

from pathlib import Path

from tests.support import pictures


def test_many_pictures_are_confirmed_in_one_call(program, service, tmp_path: Path) -> None:
    """The single estimate calls are barred: only the bulk call can have answered."""
    folder = tmp_path / "in"
    folder.mkdir()
    for width in (320, 330, 340):
        pictures.write(folder / f"{width}.png", width=width)
    service.scenario({"match": {"path": "/estimate(-gen)?$"}, "do": {"status": 400}})
    ran = program.run("estimate", folder, "--model", "Standard 2", "--service", "topaz", "--confirm", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert [e["source"] for e in ran.of("estimate")] == ["service"] * 3
    service.scenario({"match": {"path": "/estimate"}, "do": {"status": 400}})
    ran = program.run("estimate", folder, "--model", "Standard 2", "--service", "topaz", "--confirm", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert [e["source"] for e in ran.of("estimate")] == ["table"] * 3, (
        "the local price stands where the service gives none"
    )
