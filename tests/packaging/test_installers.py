"""What installers are made of, as far as it can be looked at without making one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import multidict
import pytest

import topazdesk
from topazdesk.media import collect_files

ROOT = Path(__file__).parents[2]
HERE = ROOT / "packaging" / "installers"


@pytest.fixture(autouse=True)
def as_when_building(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files import each other by their bare names."""
    monkeypatch.syspath_prepend(str(HERE))


def test_the_version_stands_in_one_place() -> None:
    import places

    assert places.version() == topazdesk.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert "version" not in project


def test_the_description_for_an_index_has_nothing_that_is_dead_there() -> None:
    ran = subprocess.run([sys.executable, "-m", "hatchling", "metadata"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert "![" not in told["readme"]["text"]
    assert "](packaging" not in told["readme"]["text"]
    assert told["readme"]["text"].startswith("# topazdesk")
    assert told["gui-scripts"] == {"topazdesk-window": "topazdesk.__main__:main"}


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed")
def test_the_menu_entry_is_valid() -> None:
    ran = subprocess.run(
        ["desktop-file-validate", HERE / "linux" / "topazdesk.desktop"], capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_menu_entry_opens_every_usual_kind_of_picture() -> None:
    entry = (HERE / "linux" / "topazdesk.desktop").read_text("utf-8")
    kinds = next(line for line in entry.splitlines() if line.startswith("MimeType="))
    for suffix in (".jpg", ".png", ".tif", ".webp", ".heic", ".avif", ".jxl", ".dng"):
        assert suffix in collect_files._SUFFIXES
    for kind in ("jpeg", "png", "tiff", "webp", "heic", "avif", "jxl", "x-adobe-dng"):
        assert f"image/{kind};" in kinds


def test_a_library_that_lost_more_than_its_symbols_is_not_taken(tmp_path: Path) -> None:
    """A stripped libvips loaded and then called every picture damaged: what the linker maps of it was not the same."""
    if not sys.platform.startswith("linux"):
        pytest.skip("libraries are slimmed on Linux only")
    import slimming

    library = next(Path(multidict.__file__).parent.glob("*.so"))
    data = bytearray(library.read_bytes())
    image = slimming._Image(library)
    code = next(each for each in image.segments if each.kind == slimming._LOAD and each.rights & 1)
    changed = tmp_path / "changed.so"
    data[code.offset + len(code.data) // 2] ^= 0xFF
    changed.write_bytes(data)
    assert slimming._is_same(library, library)
    assert not slimming._is_same(library, changed)
