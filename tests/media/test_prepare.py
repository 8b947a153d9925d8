"""Upload copies: the source itself where it will do, else a lossless upright copy; the source is never touched."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import pyvips
from PIL import Image

from tests.support import pictures
from topazdesk.domain.alterations import AlterationKind, alterations
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.sending import copy_format
from topazdesk.errors import ComputerError, InputError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.raster import to_display
from topazdesk.media.thumbnail import thumbnail
from topazdesk.media.writing import save

TOKEN = "job-0123456789"


def pixels(path: Path) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(path.read_bytes(), "")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", {}),
        ("p3.jpg", {"profile": "p3"}),
        ("grey.jpg", {"grey": True}),
        ("a.png", {}),
        ("deep.png", {"bits": 16}),
        (pictures.NEWLINE_NAME, {"image_format": FileFormat.JPEG}),
        (pictures.NON_UTF8_NAME, {}),
    ],
)
def test_an_accepted_upright_picture_is_sent_with_its_own_bytes(
    tmp_path: Path, name: str, kind: dict[str, Any]
) -> None:
    """Without decoding: only what was written into it is left out (`test_stripped.py`)."""
    path = pictures.write(tmp_path / name, **kind)
    folder = tmp_path / "uploads"
    folder.mkdir()
    prepared = prepare(probe(path), SERVICE_FORMATS, folder, TOKEN)
    assert prepared.format is probe(path).format
    assert prepared.bytes_on_disk == prepared.path.stat().st_size < path.stat().st_size
    assert list(folder.iterdir()) == [prepared.path]
    assert (pixels(prepared.path) == pixels(path)).min() == 255
    kept = [field for field in pixels(prepared.path).get_fields() if "exif" in field or "xmp" in field]
    assert kept == []


COPIES: list[tuple[str, dict[str, Any], FileFormat]] = [
    ("turned.jpg", {"orientation": 6}, FileFormat.PNG),
    ("a.webp", {}, FileFormat.PNG),
    ("a.bmp", {}, FileFormat.PNG),
    ("a.gif", {}, FileFormat.PNG),
    ("a.avif", {}, FileFormat.PNG),
    ("cmyk.jpg", {"cmyk": True}, FileFormat.PNG),
    ("cmyk.tif", {"cmyk": True}, FileFormat.TIFF),
    ("alpha.png", {"alpha": True}, FileFormat.PNG),
    ("pages.tif", {"pages": 3}, FileFormat.TIFF),
    ("deep.tif", {"bits": 16, "orientation": 8}, FileFormat.TIFF),
    ("deep-alpha.png", {"bits": 16, "alpha": True}, FileFormat.TIFF),
    (pictures.NON_UTF8_NAME, {"orientation": 3}, FileFormat.PNG),
]


@pytest.mark.parametrize(("name", "kind", "expected"), COPIES, ids=[ascii(c[0]) for c in COPIES])
def test_everything_else_gets_a_copy(tmp_path: Path, name: str, kind: dict[str, Any], expected: FileFormat) -> None:
    path = pictures.write(tmp_path / name, **kind)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    folder = tmp_path / "uploads"
    folder.mkdir()
    info = probe(path)
    prepared = prepare(info, SERVICE_FORMATS, folder, TOKEN)
    assert (prepared.is_copy, prepared.format, prepared.size) == (True, expected, info.size)
    # The user's name never leaves the computer.
    assert [p.name for p in folder.iterdir()] == [TOKEN + expected.suffix]
    copy = probe(prepared.path)
    assert (copy.format, copy.size, copy.orientation, copy.pages) == (expected, info.size, 1, 1)
    assert copy.bits == min(16, info.bits)
    assert not copy.has_alpha
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_turned_copy_is_lossless(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "turned.jpg", orientation=6)
    prepared = prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN)
    turned = pixels(path).rot90()
    assert (turned - pixels(prepared.path)).abs().max() == 0


@pytest.mark.parametrize("orientation", range(2, 9))
def test_all_orientations(tmp_path: Path, orientation: int) -> None:
    path = pictures.write(tmp_path / "t.png", orientation=orientation, bits=16)
    prepared = prepare(probe(path), {FileFormat.PNG}, tmp_path, TOKEN)
    copy = pixels(prepared.path)
    assert (pixels(path).autorot() - copy).abs().max() == 0
    assert (copy.format, prepared.format) == ("ushort", FileFormat.PNG)


@pytest.mark.parametrize(("name", "bits"), [("a.webp", 8), ("t.tif", 16)])
def test_the_profile_goes_along(tmp_path: Path, name: str, bits: int) -> None:
    path = pictures.write(tmp_path / name, profile="p3", bits=bits, orientation=6 if bits == 16 else 1)
    prepared = prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN)
    assert pixels(prepared.path).get("icc-profile-data") == pixels(path).get("icc-profile-data")


@pytest.mark.parametrize("bits", [8, 16])
def test_transparency_is_laid_on_white(tmp_path: Path, bits: int) -> None:
    path = pictures.write(tmp_path / "alpha.png", alpha=True, bits=bits)
    prepared = prepare(probe(path), {FileFormat.PNG}, tmp_path, TOKEN)
    left, right = pixels(prepared.path).getpoint(0, 100), pixels(prepared.path).getpoint(319, 100)
    assert left == [2**bits - 1] * 3
    assert right == pytest.approx(pixels(path).getpoint(319, 100)[:3])


#: 16 × 16 pixels of grey in arithmetic coding, by libjpeg-turbo's cjpeg.
_ARITHMETIC = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQ"
    "YEpRUk//yQALCAAQABABAREA/8wABgAQEAX/2gAIAQEAAD8A/wByyMKjCfB6DCqODMu8wJDA/9k="
)


def test_a_jpeg_in_a_coding_that_few_programs_read_is_sent_as_a_copy(tmp_path: Path) -> None:
    """It went as it was, to a service that may not be able to read it."""
    path = tmp_path / "a.jpg"
    path.write_bytes(base64.b64decode(_ARITHMETIC))
    info = probe(path)
    told = alterations(info, SERVICE_FORMATS, keep_alpha=False)
    assert [(each.kind, each.text) for each in told] == [(AlterationKind.COPY, "JPEG in arithmetic coding converted")]
    prepared = prepare(info, SERVICE_FORMATS, tmp_path, TOKEN)
    assert prepared.format is not FileFormat.JPEG
    right = imagecodecs.jpeg8_decode(path.read_bytes())
    assert np.array_equal(pixels(prepared.path).numpy().squeeze(), right)


def _layered(path: Path, colour: tuple[int, int, int], alpha: int) -> Path:
    """One colour as transparent as `alpha` says, with a corner that is so in full and black."""
    image = Image.new("RGBA", (300, 200), (*colour, alpha))
    image.paste((0, 0, 0, 0), (0, 0, 30, 20))
    image.save(path, **({"lossless": True, "exact": True} if path.suffix == ".webp" else {}))
    return path


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize(("colour", "alpha"), [((200, 30, 60), 0), ((255, 255, 255), 255)], ids=["clear", "white"])
def test_a_picture_of_which_nothing_is_seen_on_white_is_not_paid_for(
    tmp_path: Path, name: str, colour: tuple[int, int, int], alpha: int
) -> None:
    """Scans with an empty alpha channel, and white drawings, were sent as white sheets."""
    info = probe(_layered(tmp_path / name, colour, alpha))
    (tmp_path / "up").mkdir()
    with pytest.raises(InputError) as caught:
        prepare(info, SERVICE_FORMATS, tmp_path / "up", TOKEN)
    assert caught.value.code == "input.transparent"
    assert list((tmp_path / "up").iterdir()) == []
    assert prepare(info, SERVICE_FORMATS, tmp_path / "up", TOKEN, keep_alpha=True).size == info.size


def test_a_white_sheet_with_a_full_alpha_channel_is_one(tmp_path: Path) -> None:
    Image.new("RGBA", (300, 200), (255, 255, 255, 255)).save(tmp_path / "white.png")
    prepared = prepare(probe(tmp_path / "white.png"), SERVICE_FORMATS, tmp_path, TOKEN)
    assert pixels(prepared.path).avg() == 255


def test_transparency_is_kept_where_the_model_keeps_it(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "alpha.webp", alpha=True)
    prepared = prepare(probe(path), {FileFormat.PNG}, tmp_path, TOKEN, keep_alpha=True)
    assert probe(prepared.path).has_alpha
    original = pictures.write(tmp_path / "alpha.png", alpha=True)
    bare = prepare(probe(original), {FileFormat.PNG}, tmp_path, TOKEN, keep_alpha=True)
    assert (pixels(bare.path) == pixels(original)).min() == 255


def test_cmyk_becomes_rgb_of_about_the_same_colour(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "cmyk.jpg", cmyk=True, quality=98)
    prepared = prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN)
    copy = pixels(prepared.path)
    assert (copy.bands, copy.interpretation) == (3, "srgb")
    assert (copy - pictures.scene()).abs().avg() < 25


@pytest.mark.parametrize("has_profile", [True, False])
def test_cmyk_is_sent_in_the_colours_in_which_it_is_shown(tmp_path: Path, has_profile: bool) -> None:
    """Sent by another intent it came back lighter than the original beside it, and the list showed a third colour."""
    for name in ("inks.jpg", "inks.tif"):
        path = tmp_path / name
        inks = pictures.scene().icc_transform("cmyk", input_profile="srgb").copy()
        if not has_profile:
            inks.remove("icc-profile-data")
        inks.write_to_file(str(path))
        assert probe(path).has_profile is has_profile
        sent = pixels(prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN).path)
        shown = to_display(pixels(path))
        small = thumbnail(path, Size(64, 64))
        listed = pyvips.Image.new_from_memory(small.data, small.width, small.height, 3, "uchar")
        assert (sent - shown).abs().avg() < 1
        assert abs(listed.avg() - shown.avg()) < 2


ODD: list[tuple[str, Callable[[pyvips.Image], pyvips.Image], float]] = [
    ("linear floats", lambda s: s.colourspace("scrgb"), 1),
    ("lab", lambda s: s.colourspace("lab"), 1),
    # Whole numbers are Lab under the white of print, as other programs write it.
    ("lab, short", lambda s: s.icc_import(input_profile="srgb", pcs="lab").Lab2LabS(), 2),
    ("saved selections", lambda s: s.bandjoin([100, 200]), 0),
    ("cmyk, 16 bit", lambda s: s.icc_transform("cmyk", input_profile="srgb", depth=16), 12),
]


@pytest.mark.parametrize(("make", "tolerance"), [o[1:] for o in ODD], ids=[o[0] for o in ODD])
def test_odd_tiffs_become_rgb_that_looks_the_same(
    tmp_path: Path, make: Callable[[pyvips.Image], pyvips.Image], tolerance: float
) -> None:
    path = tmp_path / "odd.tif"
    path.write_bytes(make(pictures.scene()).tiffsave_buffer())
    prepared = prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN)
    copy = pixels(prepared.path)
    eight = copy if copy.format == "uchar" else (copy / 257).cast("uchar")
    assert (prepared.is_copy, copy.bands) == (True, 3)
    assert (eight - pictures.scene()).abs().avg() <= tolerance


def test_grey_floats(tmp_path: Path) -> None:
    path = tmp_path / "grey.tif"
    path.write_bytes((pyvips.Image.black(40, 30).cast("float") + 0.5).tiffsave_buffer())
    prepared = prepare(probe(path), SERVICE_FORMATS, tmp_path, TOKEN)
    # Half the light is 188 of 255 in sRGB (IEC 61966-2-1).
    assert pixels(prepared.path).avg() / 257 == pytest.approx(188, abs=1)


@pytest.mark.parametrize("change", ["grown", "same size, other time", "replaced"])
def test_a_source_that_changed_is_not_sent(tmp_path: Path, change: str) -> None:
    path = pictures.write(tmp_path / "a.jpg")
    info = probe(path)
    if change == "grown":
        with path.open("ab") as stream:
            stream.write(b"x")
        os.utime(path, ns=(info.mtime_ns, info.mtime_ns))
    elif change == "replaced":
        pictures.write(tmp_path / "b.jpg", width=400).replace(path)
    else:
        os.utime(path, ns=(info.mtime_ns, info.mtime_ns + 1_000_000_000))
    with pytest.raises(InputError) as caught:
        prepare(info, SERVICE_FORMATS, tmp_path, TOKEN)
    assert caught.value.code == "input.changed"


def test_a_source_that_is_gone(tmp_path: Path) -> None:
    info = probe(pictures.write(tmp_path / "a.jpg"))
    info.path.unlink()
    with pytest.raises(InputError) as caught:
        prepare(info, SERVICE_FORMATS, tmp_path, TOKEN)
    assert caught.value.code == "input.missing"


def test_over_the_limit_of_the_service(tmp_path: Path) -> None:
    straight = probe(pictures.write(tmp_path / "a.jpg"))
    converted = probe(pictures.write(tmp_path / "a.webp"))
    folder = tmp_path / "uploads"
    folder.mkdir()
    for info in (straight, converted):
        with pytest.raises(InputError) as caught:
            prepare(info, SERVICE_FORMATS, folder, TOKEN, max_bytes=10_000)
        assert caught.value.code == "input.bytes"
        assert list(folder.iterdir()) == []


def test_damaged_pixels_are_found_while_copying(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "a.png", orientation=3)
    data = bytearray(path.read_bytes())
    data[60_000:60_400] = b"\x55" * 400
    path.write_bytes(data)
    folder = tmp_path / "uploads"
    folder.mkdir()
    with pytest.raises(InputError) as caught:
        prepare(probe(path), SERVICE_FORMATS, folder, TOKEN)
    assert caught.value.code == "input.damaged"
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    info = probe(pictures.write(tmp_path / "a.webp"))
    with pytest.raises(ComputerError) as caught:
        prepare(info, SERVICE_FORMATS, tmp_path / "nowhere", TOKEN)
    assert caught.value.code == "disk.gone"


FULL = """
import resource, signal, sys
from pathlib import Path
from topazdesk.domain.image import SERVICE_FORMATS
from topazdesk.errors import ComputerError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
info = probe(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    prepare(info, SERVICE_FORMATS, Path(sys.argv[2]), "token")
except ComputerError as error:
    print(error.code)
"""


@pytest.mark.parametrize("kind", [{"orientation": 6}, {"orientation": 6, "bits": 16}])
def test_a_disk_that_takes_no_more(tmp_path: Path, kind: dict[str, Any]) -> None:
    """A file size limit of the process stands in for the full disk: the same place, another number."""
    path = pictures.write(tmp_path / "a.tif", **kind)
    folder = tmp_path / "uploads"
    folder.mkdir()
    command = [sys.executable, "-c", FULL, path, folder]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert run.stdout.strip() == "disk.file_size"
    assert list(folder.iterdir()) == []


def test_a_really_full_disk(tmp_path: Path) -> None:
    """A real, small volume."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(tmp_path)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no small volume can be made here; the test above limits the size of files instead")
    try:
        with pytest.raises(ComputerError) as caught:
            save(pictures.scene(), tmp_path / "x.png", FileFormat.PNG)
        assert caught.value.code == "disk.full"
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_link_under_the_name_of_the_part_is_not_followed(tmp_path: Path) -> None:
    """A file of the user's that was called as the result with ".part" was emptied, or what a link of that name led to."""
    original = tmp_path / "original.jpg"
    original.write_bytes(b"the user's")
    (tmp_path / "x.png.part").symlink_to(original)
    save(pictures.scene(), tmp_path / "x.png", FileFormat.PNG)
    assert original.read_bytes() == b"the user's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original.jpg", "x.png", "x.png.part"]


def test_large_copies_are_tiff_where_the_service_takes_it(tmp_path: Path) -> None:
    info = probe(pictures.write(tmp_path / "a.webp"))
    large = replace(info, stored_size=Size(8200, 6200))
    assert copy_format(info, SERVICE_FORMATS) is FileFormat.PNG
    assert copy_format(large, SERVICE_FORMATS) is FileFormat.TIFF
    assert copy_format(large, {FileFormat.JPEG, FileFormat.PNG}) is FileFormat.PNG
