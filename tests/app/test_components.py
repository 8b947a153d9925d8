"""What the program is made of: names, versions and licences, for people who must know."""

from __future__ import annotations

from importlib import metadata

from topazdesk import __version__
from topazdesk.app.components import components, versions


def test_every_library_that_is_needed_here_has_a_version_and_a_licence() -> None:
    found = {part.name.lower().replace("_", "-"): part for part in components()}
    assert {"exiv2", "pillow", "pyside6-essentials", "httpx"} <= found.keys()
    assert "pytest" not in found, "a tool of the developers is no part of the program"
    assert found["exiv2"].licence == "GPL-3.0-or-later"
    assert all(part.version and part.licence for part in found.values())
    assert found["pillow"].version == metadata.version("pillow")


def test_versions_are_what_a_report_needs() -> None:
    lines = versions().splitlines()
    assert lines[0] == f"topazdesk {__version__}"
    assert any(line.startswith("Python 3.") for line in lines)
