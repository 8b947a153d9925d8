"""`topazdesk metadata`: what of the originals' metadata comes back in results, one setting with the window."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program
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
    assert "without location or people or serial numbers" in program.run("metadata", "--no-location").out
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
