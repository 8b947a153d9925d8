"""What a new profile begins with, and that no other one gets it."""

from __future__ import annotations

from pathlib import Path

from topazdesk.app.first_run import HINTS, first_settings
from topazdesk.app.paths import Paths
from topazdesk.domain.catalogue import Catalogue


def test_a_new_profile_has_all_hints_and_one_with_settings_none(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert first_settings(paths, Catalogue(()))["hints"] == HINTS
    paths.settings.write_text('theme = "dark"\n')
    assert first_settings(paths, Catalogue(())) == {}
