"""Render: the sandbox's results have the promised size, depth and profile, are marked, and are the same every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import pyvips

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.errors import ComputerError, InputError
from topazdesk.media import filters
from topazdesk.media.probe import probe
from topazdesk.media.render import FilterStep, partly, render
from topazdesk.media.sandbox_mark import SANDBOX_NOTE
from topazdesk.media.verify import verify

FORMATS = [FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF]
SIZE = Size(640, 480)
STEPS = [
    FilterStep.of(filters.denoise, strength=0.4),
    FilterStep.of(filters.resample, size=SIZE),
    FilterStep.of(filters.sharpen, amount=0.5),
    FilterStep.of(partly, steps=[FilterStep.of(filters.detail, amount=0.5)], part="foreground", opacity=0.8),
    FilterStep.of(filters.grain, strength=0.3, seed=5),
]


def pixels(path: Path) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(path.read_bytes(), "")


@pytest.mark.parametrize("image_format", FORMATS)
def test_size_format_and_sameness(tmp_path: Path, image_format: FileFormat) -> None:
    source = pictures.write(tmp_path / pictures.NON_UTF8_NAME, seed=7)
    first, second = tmp_path / f"1{image_format.suffix}", tmp_path / f"2{image_format.suffix}"
    for target in (first, second):
        render(source, target, SIZE, image_format, STEPS)
    info = verify(first, SIZE, image_format)
    assert (info.bands, info.bits, info.orientation) == (3, 8, 1)
    assert first.read_bytes() == second.read_bytes()
    assert source.read_bytes() == pictures.encode()


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("bits", [8, 16])
def test_depth_and_profile_are_kept(tmp_path: Path, image_format: FileFormat, bits: int) -> None:
    source = pictures.write(tmp_path / "s.tif", bits=bits, profile="p3")
    target = tmp_path / "t"
    render(source, target, SIZE, image_format, STEPS)
    info = probe(target)
    assert info.bits == (8 if image_format is FileFormat.JPEG else bits)
    assert pixels(target).get("icc-profile-data") == pixels(source).get("icc-profile-data")


def test_without_steps_the_pixels_are_the_source(tmp_path: Path) -> None:
    """But for the corner with the mark; 16 bit down to the last one."""
    source = pictures.write(tmp_path / "s.png", bits=16)
    target = tmp_path / "t.png"
    render(source, target, Size(320, 240), FileFormat.PNG, [])
    upper = (0, 0, 320, 200)
    assert (pixels(source).crop(*upper) - pixels(target).crop(*upper)).abs().max() <= 1


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_result_is_upright(tmp_path: Path, orientation: int) -> None:
    source = pictures.write(tmp_path / "s.jpg", orientation=orientation)
    target = tmp_path / "t.png"
    size = probe(source).size
    render(source, target, size, FileFormat.PNG, [])
    upper = (0, 0, size.width, size.height - 40)
    assert probe(target).orientation == 1
    assert (pixels(source).autorot().crop(*upper) - pixels(target).crop(*upper)).abs().max() <= 1


@pytest.mark.parametrize("kind", [{"grey": True}, {"cmyk": True}, {"grey": True, "bits": 16}])
def test_grey_and_cmyk_become_rgb(tmp_path: Path, kind: dict[str, Any]) -> None:
    source = pictures.write(tmp_path / "s.tif", **kind)
    target = tmp_path / "t.png"
    render(source, target, SIZE, FileFormat.PNG, STEPS)
    assert probe(target).bands == 3
    assert abs(pixels(target).avg() - pixels(target).bandmean().avg()) < 1


@pytest.mark.parametrize("name", ["s.webp", "s.bmp", "s.gif", "s.avif"])
def test_other_formats_are_read(tmp_path: Path, name: str) -> None:
    target = tmp_path / "t.jpg"
    render(pictures.write(tmp_path / name), target, SIZE, FileFormat.JPEG, STEPS)
    assert verify(target, SIZE, FileFormat.JPEG).size == SIZE


def test_transparency(tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "s.png", alpha=True)
    for image_format in FORMATS:
        render(source, tmp_path / image_format, SIZE, image_format, STEPS)
    assert probe(tmp_path / "png").has_alpha
    assert probe(tmp_path / "tiff").has_alpha
    assert not probe(tmp_path / "jpeg").has_alpha
    assert min(pixels(tmp_path / "jpeg").getpoint(0, 100)) > 240


def test_a_cut_out_has_transparency(tmp_path: Path) -> None:
    target = tmp_path / "t.png"
    render(
        pictures.write(tmp_path / "s.jpg"), target, SIZE, FileFormat.PNG, [FilterStep.of(filters.matte, mode="alpha")]
    )
    alpha = pixels(target)[3]
    assert (probe(target).bands, alpha.max()) == (4, 255)
    assert alpha.min() < 60


@pytest.mark.parametrize("crop", [False, True])
def test_a_size_of_another_aspect(tmp_path: Path, crop: bool) -> None:
    target = tmp_path / "t.png"
    render(pictures.write(tmp_path / "s.jpg"), target, Size(300, 300), FileFormat.PNG, [], crop_to_fill=crop)
    assert probe(target).size == Size(300, 300)
    bar = pixels(target).crop(0, 0, 200, 20).avg()
    assert (bar > 30) is crop


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_file_says_that_the_sandbox_made_it(tmp_path: Path, image_format: FileFormat) -> None:
    source = pictures.write(tmp_path / "s.png")
    target = tmp_path / "t"
    render(source, target, SIZE, image_format, [])
    result = pixels(target)
    field = "image-description" if image_format is FileFormat.TIFF else "exif-ifd0-Software"
    assert str(result.get(field)).startswith(SANDBOX_NOTE)
    plain = tmp_path / "plain.png"
    # The word lies in the lower right corner and nowhere else.
    pictures.write(plain, width=SIZE.width, height=SIZE.height)
    corner = result.crop(SIZE.width - 100, SIZE.height - 20, 100, 20).copy(interpretation="srgb").colourspace("b-w")
    assert corner.max() > 200
    assert corner.min() < 120


def test_the_mark_scales_and_can_be_read(tmp_path: Path) -> None:
    for side, ink_height in ((400, 7), (2000, 42)):
        source = tmp_path / f"{side}.png"
        pyvips.Image.black(side, side, bands=3).copy(interpretation="srgb").pngsave(str(source))
        target = tmp_path / f"{side}-out.png"
        render(source, target, Size(side, side), FileFormat.PNG, [])
        left, top, width, height = (pixels(target)[0] > 200).find_trim(threshold=100, background=[0], line_art=True)
        assert height == ink_height
        assert left + width > side * 0.95
        assert top > side * 0.9


def test_other_metadata_stays_at_home(tmp_path: Path) -> None:
    image = pictures.scene().copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "A. Person")
    source = tmp_path / "s.jpg"
    source.write_bytes(image.jpegsave_buffer())
    for image_format in FORMATS:
        render(source, tmp_path / image_format, SIZE, image_format, [])
        assert b"A. Person" not in (tmp_path / image_format).read_bytes()
    assert b"A. Person" in source.read_bytes()


def test_damage_and_disks(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        render(pictures.text_named_jpg(tmp_path / "s.jpg"), tmp_path / "t.png", SIZE, FileFormat.PNG, [])
    cut = pictures.truncated(tmp_path / "cut.jpg", 0.5)
    with pytest.raises(InputError):
        render(cut, tmp_path / "t.png", SIZE, FileFormat.PNG, STEPS)
    good = pictures.write(tmp_path / "good.jpg")
    with pytest.raises(ComputerError):
        render(good, tmp_path / "nowhere" / "t.png", SIZE, FileFormat.PNG, STEPS)
    assert not list(tmp_path.glob("t.png*"))


MEMORY = """
import resource, sys
from pathlib import Path
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media import filters
from topazdesk.media.render import FilterStep, render
source, target = Path(sys.argv[1]), Path(sys.argv[2])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
render(source, target, Size(320, 240), FileFormat.JPEG, [])
before = peak()
size = Size(7200, 5400)
render(source, target, size, FileFormat.JPEG, [FilterStep.of(filters.resample, size=size), FilterStep.of(filters.sharpen, amount=0.5)])
print(peak() - before)
"""


def test_memory_does_not_grow_with_the_result(tmp_path: Path) -> None:
    """39 MP are 467 MB of floats; a few rows of tiles are kept instead."""
    source = pictures.write(tmp_path / "s.jpg", width=1200, height=900)
    command = [sys.executable, "-c", MEMORY, source, tmp_path / "t.jpg"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert int(run.stdout) < 250
