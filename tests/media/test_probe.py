"""Probe: facts of good pictures, and a sentence for every file that is none."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import pictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.errors import InputError
from topazdesk.media.probe import probe

GOOD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a.jpg", {}, {"format": FileFormat.JPEG, "bits": 8, "bands": 3, "has_alpha": False, "has_profile": False}),
    ("progressive.jpg", {"progressive": True}, {"format": FileFormat.JPEG}),
    ("grey.jpg", {"grey": True}, {"bands": 1}),
    ("cmyk.jpg", {"cmyk": True}, {"bands": 4, "has_alpha": False, "has_profile": True}),
    ("p3.jpg", {"profile": "p3"}, {"has_profile": True}),
    ("turned.jpg", {"orientation": 6}, {"orientation": 6, "size": Size(240, 320), "stored_size": Size(320, 240)}),
    ("turned.tif", {"orientation": 8}, {"orientation": 8, "size": Size(240, 320)}),
    ("turned.png", {"orientation": 3}, {"orientation": 3, "size": Size(320, 240)}),
    ("deep.png", {"bits": 16}, {"format": FileFormat.PNG, "bits": 16, "bands": 3}),
    ("deep.tif", {"bits": 16, "alpha": True}, {"format": FileFormat.TIFF, "bits": 16, "bands": 4, "has_alpha": True}),
    ("pages.tif", {"pages": 3}, {"pages": 3, "stored_size": Size(320, 240)}),
    ("a.webp", {}, {"format": FileFormat.WEBP}),
    ("a.bmp", {}, {"format": FileFormat.BMP, "stored_size": Size(320, 240), "bands": 3}),
    ("a.gif", {}, {"format": FileFormat.GIF}),
    ("a.avif", {}, {"format": FileFormat.AVIF}),
]


@pytest.mark.parametrize(("name", "kind", "facts"), GOOD, ids=[g[0] for g in GOOD])
def test_facts_of_good_pictures(tmp_path: Path, name: str, kind: dict[str, Any], facts: dict[str, Any]) -> None:
    path = pictures.write(tmp_path / name, **kind)
    info = probe(path)
    assert {key: getattr(info, key) for key in facts} == facts
    state = path.stat()
    assert (info.path, info.bytes_on_disk, info.mtime_ns) == (path, state.st_size, state.st_mtime_ns)


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "really-a-png.jpg", FileFormat.PNG)
    assert probe(path).format is FileFormat.PNG


@pytest.mark.parametrize("name", [pictures.NEWLINE_NAME, pictures.NON_UTF8_NAME, "scan[1].tif", "a%d;b'\"\\.jpg"])
def test_names_that_trap_programs(tmp_path: Path, name: str) -> None:
    assert probe(pictures.write(tmp_path / name, FileFormat.TIFF, 40, 30)).size == Size(40, 30)


BAD: list[tuple[str, Callable[[Path], object], str]] = [
    ("text.jpg", pictures.text_named_jpg, "input.not_a_picture"),
    ("empty.jpg", pictures.empty, "input.empty"),
    ("zeros.jpg", lambda p: p.write_bytes(b"\0" * 5000), "input.zeros"),
    ("noise.jpg", lambda p: p.write_bytes(bytes(range(1, 256)) * 9), "input.not_a_picture"),
    ("letter.pdf", lambda p: p.write_bytes(b"%PDF-1.7\n" + b"\0" * 99), "input.format"),
    ("film.mp4", lambda p: p.write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 99), "input.format"),
    ("a.exr", lambda p: p.write_bytes(b"v/1\x01" + b"\0" * 99), "input.format"),
    ("cut.jpg", pictures.truncated, "input.cut_off"),
    ("cut.png", pictures.truncated, "input.cut_off"),
    ("cut.tif", pictures.truncated, "input.cut_off"),
    ("cut.webp", pictures.truncated, "input.cut_off"),
    ("cut.bmp", pictures.truncated, "input.cut_off"),
    ("head.jpg", pictures.header_only, "input.cut_off"),
    ("start.jpg", lambda p: p.write_bytes(pictures.encode()[:40]), "input.cut_off"),
    ("start.png", lambda p: p.write_bytes(pictures.encode(FileFormat.PNG)[:20]), "input.cut_off"),
    ("start.bmp", lambda p: p.write_bytes(b"BM\0\0"), "input.cut_off"),
    ("wide.jpg", pictures.wide_strip, "input.side"),
    ("big.jpg", pictures.over_upload_limit, "input.bytes"),
    ("bomb.png", pictures.bomb, "input.bomb"),
    ("folder.jpg", Path.mkdir, "input.folder"),
    ("pipe.jpg", pictures.fifo, "input.special"),
    ("socket.jpg", pictures.unix_socket, "input.special"),
    ("loop.jpg", pictures.symlink_loop, "input.link_loop"),
    ("gone.jpg", lambda p: None, "input.missing"),
    ("dangling.jpg", lambda p: p.symlink_to("nowhere"), "input.missing"),
    ("phone.heic", pictures.heic_head, "input.heic_missing"),
    ("camera.cr2", pictures.raw_head, "input.raw_missing"),
    ("x" * 300 + ".jpg", lambda p: None, "input.name"),
]


@pytest.mark.parametrize(("name", "make", "code"), BAD, ids=[b[0][:20] for b in BAD])
def test_every_bad_file_gets_its_sentence(
    tmp_path: Path, name: str, make: Callable[[Path], object], code: str, without_extras: None
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == code
    assert caught.value.title
    assert caught.value.hint
    # The text goes to terminals and labels: nothing of the name, no line breaks, no Python.
    assert (caught.value.title + caught.value.hint).isprintable()
    assert not caught.value.title.endswith(".")
    assert caught.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"P7\nWIDTH 96\n", "a PAM picture"),
        (b"qoif\0\0\0\1", "a QOI picture"),
        (bytes(128) + b"DICM", "a DICOM picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    ],
)
def test_a_picture_of_a_kind_that_is_not_read_is_called_one(tmp_path: Path, head: bytes, what: str) -> None:
    """“This is not a picture” was said of them."""
    path = tmp_path / "a.png"
    path.write_bytes(head + bytes(200))
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.format"
    assert caught.value.hint == f"It is {what}. Save it as JPEG, PNG or TIFF and add that file."


@pytest.mark.parametrize(("kind", "what"), [(b"CgBI", "(CgBI)"), (b"ABCD", "(ABCD)")])
def test_a_png_with_a_part_that_must_be_understood_is_not_called_damaged(
    tmp_path: Path, kind: bytes, what: str
) -> None:
    path = pictures.write(tmp_path / "a.png")
    data = path.read_bytes()
    place = 33 if kind == b"ABCD" else 8
    chunk = bytes(4) + kind + zlib.crc32(kind).to_bytes(4, "big")
    path.write_bytes(data[:place] + chunk + data[place:])
    with pytest.raises(InputError) as caught:
        probe(path)
    assert (caught.value.code, what in caught.value.hint) == ("input.unsupported", True)


def test_a_blank_drawing_is_no_bomb(tmp_path: Path) -> None:
    assert probe(pictures.blank_png(tmp_path / "blank.png")).size == Size(4000, 4000)


def test_a_device_is_not_opened() -> None:
    with pytest.raises(InputError) as caught:
        probe(Path("/dev/zero"))
    assert (caught.value.code, "device" in caught.value.hint) == ("input.special", True)


def test_a_null_character_in_the_name() -> None:
    with pytest.raises(InputError):
        probe(Path("a\0b.jpg"))


def test_an_unreadable_file(tmp_path: Path) -> None:
    """Root may read everything, so that the probe runs as nobody in a process of its own."""
    path = pictures.write(tmp_path / "secret.jpg")
    path.chmod(0)
    if os.access(path, os.R_OK):
        script = (
            "import os, sys; from pathlib import Path; from topazdesk.media.probe import probe; "
            "from topazdesk.errors import InputError\nos.setuid(65534)\n"
            "try: probe(Path(sys.argv[1]))\nexcept InputError as e: print(e.code)"
        )
        tmp_path.chmod(0o755)
        for parent in tmp_path.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o055)
        out = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
        assert out.stdout.strip() == "input.no_rights"
    else:
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.code == "input.no_rights"


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_how_much_of_a_cut_off_jpeg_can_be_saved(tmp_path: Path, keep: float) -> None:
    path = pictures.truncated(tmp_path / "cut.jpg", keep, width=1600, height=1200)
    with pytest.raises(InputError) as caught:
        probe(path)
    percent = int(caught.value.details.split(" %")[0])
    assert abs(percent - keep * 100) < 12
    assert f"upper {percent} %" in caught.value.hint


def test_a_cut_off_jpeg_with_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        probe(pictures.header_only(tmp_path / "head.jpg"))
    assert "No part" in caught.value.hint


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".gif"])
def test_data_behind_the_picture_is_no_fault(tmp_path: Path, suffix: str) -> None:
    """Motion photos and camera notes: the picture's end is not the file's end."""
    path = pictures.write(tmp_path / f"a{suffix}")
    with path.open("ab") as stream:
        stream.write(b"\0\1\2mp4" * 40_000)
    assert probe(path).size == Size(320, 240)


def test_a_cut_is_seen_behind_a_thumbnail_with_an_end_of_its_own(tmp_path: Path) -> None:
    """A camera JPEG carries a whole JPEG in its header: its end mark is not the picture's."""
    thumbnail = pictures.encode(FileFormat.JPEG, 40, 30)
    data = pictures.encode(FileFormat.JPEG, 800, 600)
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    path = tmp_path / "camera.jpg"
    path.write_bytes(data[:2] + segment + data[2:-20_000])
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.cut_off"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_no_pixel_is_decoded(tmp_path: Path, suffix: str) -> None:
    """Spoiled pixels between a whole header and a whole end are not seen: that is what makes it fast."""
    path = pictures.write(tmp_path / f"a{suffix}", width=640, height=480)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 5_000] = bytes(5_000)
    path.write_bytes(data)
    assert probe(path).size == Size(640, 480)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    good, bad = pictures.write(tmp_path / "a.jpg"), pictures.truncated(tmp_path / "b.jpg")
    folder = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
    before = len(list(folder.iterdir()))
    for _ in range(300):
        probe(good)
        with pytest.raises(InputError):
            probe(bad)
    assert len(list(folder.iterdir())) - before < 100
