"""`topazdesk metadata`: what of the originals' metadata comes back in results, one setting with the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import marked_pictures as marked
from topazdesk.app.settings import Settings
from topazdesk.domain.kept import MetadataChoice, MetadataMode

ALL = {
    "metadata": "embed",
    "credentials": "keep",
    "resolution": "print-size",
    "keep_location": True,
    "keep_people": True,
    "keep_serials": True,
}


def test_each_switch_is_set_shown_and_kept(program: Program) -> None:
    shown = program.run("metadata", "--json")
    assert (shown.code, shown.summary) == (0, {"event": "summary", **ALL})
    assert "without location\n" in program.run("metadata", "--no-location").out
    changed = program.run("metadata", "--no-people", "--no-serials", "--location")
    assert changed.out == "Metadata of the original comes back in the result, without people or serial numbers\n"
    assert "without location, people or serial numbers" in program.run("metadata", "--no-location").out
    assert program.run("metadata", "--mode", "sidecar", "--people", "--json").summary == {
        "event": "summary",
        **ALL,
        "metadata": "sidecar",
        "keep_location": False,
        "keep_serials": False,
    }
    assert program.run("metadata", "--mode", "off").out == "Metadata of the original is left out of results\n"
    kept = Settings.load(program.profile / "settings.toml").metadata_choice
    assert kept == MetadataChoice(MetadataMode.OFF, keeps_location=False, keeps_serials=False)


@pytest.mark.parametrize("words", [("--mode", "somewhere"), ("--resolution", "300"), ("--credentials", "fake")])
def test_a_word_that_is_no_choice_changes_nothing(program: Program, words: tuple[str, str]) -> None:
    assert program.run("metadata", "--no-location", *words).code == 2
    assert program.run("metadata", "--json").summary == {"event": "summary", **ALL}


def test_with_files_it_shows_what_they_say_and_changes_nothing(program: Program, tmp_path: Path) -> None:
    full, bare, odd = (
        marked.marked(tmp_path / "full.jpg", comment="\x1b[2Jhand-held"),
        marked.write(tmp_path / "bare.png"),
        tmp_path / "odd.jpg",
    )
    odd.write_text("no picture")
    before = full.read_bytes()
    ran = program.run("metadata", full, bare)
    assert ran.code == 0
    assert "  Author: Zoë Müller\n" in ran.out
    assert f"{bare}\n  Nothing but the picture\n" in ran.out
    assert "\x1b" not in ran.out
    assert full.read_bytes() == before
    told = program.run("metadata", full, odd, "--json")
    assert told.code == 2
    first, second = told.of("file")
    assert (first["stated"]["Rating"], first["credentials"]) == ("4 of 5", "none")
    assert "serials" in first["written"]
    assert second["trouble"] == ["This is not a picture"]
    assert not (program.profile / "settings.toml").exists()
