"""What installers are made of, as far as it can be looked at without making one."""

from __future__ import annotations

import json
import os
import re
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries are slimmed on Linux only")
class TestSlimming:
    """Nothing that a program could miss goes: libraries stay the same in memory, sorting stays the same."""

    @pytest.mark.parametrize(
        ("package", "pattern", "least"),
        # A library as its compiler made it, one with a large table for debuggers before a part that was added to it, and
        # one with a gap of two megabytes.
        [
            ("multidict", "_multidict*.so", 0),
            ("PIL", "_imaging.*.so", 2_000_000),
            ("pillow.libs", "libXau-*", 2_000_000),
        ],
    )
    def test_a_library_is_the_same_in_memory(self, tmp_path: Path, package: str, pattern: str, least: int) -> None:
        import elf

        library = next((Path(multidict.__file__).parents[1] / package).glob(pattern))
        before = library.read_bytes()
        after = elf.compact(before)
        assert len(before) - len(after) >= least
        image = elf.Image(after)
        assert image.in_memory() == elf.Image(before).in_memory()
        assert [name for name, *_ in image.symbols()] == [name for name, *_ in elf.Image(before).symbols()]
        for segment in image.mapped:
            assert (segment.place - segment.offset) % segment.align == 0
        # The dynamic linker and the tools of packages read it; what others need of it lies beside the real one.
        (made := tmp_path / library.name).write_bytes(after)
        told = [
            subprocess.run(["objdump", "-p", path], capture_output=True, text=True).stdout for path in (library, made)
        ]
        assert [line for line in told[0].splitlines() if "NEEDED" in line] == [
            line for line in told[1].splitlines() if "NEEDED" in line
        ]
        ran = subprocess.run(
            [sys.executable, "-c", f"import PIL._imaging, ctypes; ctypes.PyDLL({str(made)!r})"],
            capture_output=True,
            text=True,
            env={**os.environ, "LD_LIBRARY_PATH": str(library.parents[1] / "pillow.libs")},
        )
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_a_library_that_changed_would_be_found(self) -> None:
        import elf

        before = next(Path(multidict.__file__).parent.glob("*.so")).read_bytes()
        code = next(segment for segment in elf.Image(before).mapped if segment.rights & 1)
        changed = bytearray(elf.compact(before))
        changed[code.offset + code.length // 2] ^= 0xFF
        assert elf.Image(bytes(changed)).in_memory() != elf.Image(before).in_memory()

    def test_heic_is_read_without_the_library_that_writes_it(self, tmp_path: Path) -> None:
        import slimming

        heif = pytest.importorskip("pillow_heif")
        packages = Path(heif.__file__).parents[1]
        picture = tmp_path / "picture.heic"
        heif.from_bytes("RGB", (64, 64), bytes(range(192)) * 64).save(picture)
        for folder in ("pillow_heif", "pillow_heif.libs"):
            shutil.copytree(packages / folder, tmp_path / folder)
        for module in packages.glob("_pillow_heif*"):
            shutil.copyfile(module, tmp_path / module.name)
        slimming._part(tmp_path, "libheif-*", "libx265-*")
        for encoder in (tmp_path / "pillow_heif.libs").glob("libx265-*"):
            encoder.unlink()
        ran = subprocess.run(
            [
                sys.executable,
                "-c",
                "import pillow_heif, sys; print(pillow_heif.__file__, pillow_heif.open_heif(sys.argv[1])[0].size)",
                picture,
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )
        assert ran.stdout == f"{tmp_path / 'pillow_heif' / '__init__.py'} (64, 64)\n", ran.stderr

    def test_the_program_calls_nothing_of_what_is_left_out(self) -> None:
        """Only `open_heif` of pillow-heif; metadata of bytes and of names in the folder, which are no web addresses."""
        of_heif, of_exiv2 = set(), set()
        for path in (ROOT / "topazdesk").rglob("*.py"):
            text = path.read_text("utf-8")
            if "import pillow_heif" in text or "register_heif_opener" in text:
                raise AssertionError(path)
            if 'import_module("pillow_heif")' in text:
                of_heif |= set(re.findall(r"\bheif\.(\w+)", text))
            of_exiv2 |= set(re.findall(r"ImageFactory\.(\w+\(\w*(?:\.\w+)?)", text))
        assert of_heif == {"open_heif"}
        assert of_exiv2
        assert not any("path)" in call or "str(" in call for call in of_exiv2), of_exiv2

    @pytest.mark.skipif(shutil.which("icupkg", path="/usr/sbin:/usr/bin") is None, reason="icu-devtools is missing")
    def test_every_language_is_sorted_as_before_with_a_fourth_of_the_data(self, tmp_path: Path) -> None:
        import icu_data
        import PySide6

        data = next((Path(PySide6.__file__).parent / "Qt" / "lib").glob("libicudata.so.*"))
        shutil.copyfile(data, tmp_path / data.name)
        icu_data.trim(tmp_path / data.name)
        assert (tmp_path / data.name).stat().st_size < data.stat().st_size / 3
        told = [
            subprocess.run(
                [sys.executable, "-c", _SORTED],
                capture_output=True,
                text=True,
                env={**os.environ, "LD_LIBRARY_PATH": str(folder)},
            )
            for folder in (data.parent, tmp_path)
        ]
        lines = [ran.stdout.splitlines() for ran in told]
        assert str(tmp_path) in lines[1].pop(0)
        assert str(tmp_path) not in lines[0].pop(0)
        assert lines[0] == lines[1]
        assert len(set(lines[0])) > 10


#: Where ICU's data were loaded from; the order and the case of words in all languages that Qt knows.
_SORTED = """
from PySide6.QtCore import QCollator, QLocale
import functools, re
words = "zebra Äpfel apfel ähnlich Öl ol island İstanbul ıl çay cam chico curva ñu nube さくら 愛 亜 漢字 한국 ا ب я е ё".split()
QCollator().compare("a", "b")
print(*{line.split()[-1] for line in open("/proc/self/maps") if "icudata" in line})
for name in sorted({locale.name() for locale in QLocale.matchingLocales(*[getattr(QLocale, kind)(0) for kind in (
        "Language", "Script", "Country")])}):
    collator = QCollator(QLocale(name))
    collator.setNumericMode(True)
    key = functools.cmp_to_key(collator.compare)
    print(name, *sorted(words, key=key), QLocale(name).toUpper("iıßç"), QLocale(name).toLower("IİÄΣ"))
"""
