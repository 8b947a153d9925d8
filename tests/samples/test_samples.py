"""The sample pictures open, are small, and come from the scenes and the script beside them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from topazdesk.media.probe import probe

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "resources" / "samples"
SCENES = ROOT / "packaging" / "samples"
EXPECTED = {
    "mountain-lake.jpg": (600, 400),
    "still-life.jpg": (900, 600),
    "high-street-1911.jpg": (1108, 768),
    "statue.jpg": (360, 450),
}


def _age() -> ModuleType:
    spec = importlib.util.spec_from_file_location("age", SCENES / "age.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "size"), EXPECTED.items())
def test_a_sample_is_a_whole_picture_of_its_size(name: str, size: tuple[int, int]) -> None:
    info = probe(SAMPLES / name)
    assert (info.size.width, info.size.height) == size
    with Image.open(SAMPLES / name) as picture:
        picture.load()


def test_there_are_no_other_pictures_and_all_are_small() -> None:
    pictures = {path.name for path in SAMPLES.iterdir() if path.suffix != ".md"}
    assert pictures == set(EXPECTED)
    assert sum((SAMPLES / name).stat().st_size for name in pictures) < 2_000_000
    listed = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in listed for name in pictures)


def test_every_sample_has_its_scene() -> None:
    age = _age()
    assert set(age.SAMPLES) == set(EXPECTED)
    for scene, _, _ in age.SAMPLES.values():
        assert (SCENES / f"{scene}.pov").read_text(encoding="utf-8").startswith("//")


def test_ageing_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    age = _age()
    renders = tmp_path / "renders"
    renders.mkdir()
    Image.linear_gradient("L").resize((1500, 1000)).convert("RGB").save(renders / "high-street.png")
    for run in ("one", "two"):
        age.main(renders, tmp_path / run)
    one, two = (tmp_path / run / "high-street-1911.jpg" for run in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["high-street-1911.jpg"]
    assert "age" not in sys.modules
