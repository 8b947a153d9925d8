"""Any page of a file can be read and sent: its own size, turn, resolution, colours and faults, whatever the format."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import SERVICE_FORMATS, ImageInfo
from topazdesk.errors import Code, InputError
from topazdesk.media.decoding import decode_all
from topazdesk.media.headers import from_row, to_row
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe

#: Size and colour of each page.
PAGES = [((64, 48), (200, 30, 30)), ((80, 60), (30, 200, 30)), ((96, 72), (30, 30, 200))]
COLOURS = [colour for _, colour in PAGES]


def sent(info: ImageInfo, folder: Path) -> Any:
    """The picture that would be uploaded, decoded."""
    made = prepare(info, SERVICE_FORMATS, folder, f"token{info.page}")
    return vips().Image.new_from_file(str(made.path)).copy_memory()


def centre(image: Any) -> tuple[int, ...]:
    return tuple(round(value) for value in image.getpoint(image.width // 2, image.height // 2)[:3])


def near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(colour, wanted, strict=True))


def scan(path: Path, **options: Any) -> Path:
    first, *more = [Image.new("RGB", size, colour) for size, colour in PAGES]
    first.save(path, save_all=True, append_images=more, **options)
    return path


def stereo(path: Path) -> Path:
    """A JPEG with three pictures of equal standing."""
    frames = [Image.new("RGB", size, colour) for size, colour in PAGES]
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[274] = 6
    frames[1].encoderinfo = {"exif": exif.tobytes()}
    frames[0].save(stream, "MPO", save_all=True, append_images=frames[1:], quality=95)
    data = bytearray(stream.getvalue())
    index = data.find(b"MPF\0") + 4
    place = index + struct.unpack_from("<I", data, data.find(b"\x02\xb0\x07\0", index) + 8)[0]
    for number in range(3):
        struct.pack_into("<I", data, place + 16 * number, 0x020002)
    path.write_bytes(data)
    return path


def frames(path: Path, **options: Any) -> Path:
    first, *more = [Image.new("RGB", (64, 48), colour) for colour in COLOURS]
    first.save(path, save_all=True, append_images=more, **options)
    return path


def heic(path: Path) -> Path:
    file = pillow_heif.HeifFile()
    for size, colour in PAGES:
        file.add_from_pillow(Image.new("RGB", size, colour))
    file.save(path, quality=95, primary_index=1)
    return path


def test_pages_of_a_scan_are_counted_without_its_thumbnails(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    with tifffile.TiffWriter(path) as writer:
        for number, (size, colour) in enumerate(PAGES):
            small = np.full((size[1] // 8, size[0] // 8, 3), 255, np.uint8)
            writer.write(small, photometric="rgb", subfiletype=1)
            picture = np.full((size[1], size[0], 3), colour, np.uint8)
            writer.write(picture, photometric="rgb", resolution=(300 + number, 300 + number), compression="zlib")
    for number, (size, colour) in enumerate(PAGES):
        info = probe(path, number)
        assert (info.page, info.pages, info.size, info.is_page_chosen) == (number, 3, Size(*size), True)
        assert info.dpi == (300 + number, 300 + number)
        assert centre(sent(info, tmp_path)) == colour
        assert from_row(path, to_row(info)) == info


@pytest.mark.parametrize("options", [{"compression": "zstd"}, {"planarconfig": "separate"}, {"bits": 12}])
def test_pages_that_are_decoded_into_memory(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "scan.tif"
    depth = options.pop("bits", 8)
    with tifffile.TiffWriter(path) as writer:
        for size, colour in PAGES:
            picture = np.full((size[1], size[0], 3), colour, np.uint8 if depth == 8 else np.uint16)
            if options.get("planarconfig"):
                picture = np.moveaxis(picture, -1, 0)
            if depth == 12:
                writer.write(picture * 16, photometric="rgb", bitspersample=12)
            else:
                writer.write(picture, photometric="rgb", **options)
    for number, (size, colour) in enumerate(PAGES):
        info = probe(path, number)
        image = sent(info, tmp_path)
        assert (info.size, image.width) == (Size(*size), size[0])
        scale = 257 if image.format == "ushort" else 1
        assert near(tuple(value // scale for value in centre(image)), colour)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_frames(tmp_path: Path, ending: str) -> None:
    path = frames(tmp_path / f"a.{ending}", **({"lossless": True} if ending == "webp" else {}))
    for number, colour in enumerate(COLOURS):
        info = probe(path, number)
        assert (info.pages, info.size) == (3, Size(64, 48))
        assert near(centre(sent(info, tmp_path)), colour)


def test_pictures_of_a_stereo_camera(tmp_path: Path) -> None:
    path = stereo(tmp_path / "a.mpo")
    sizes = [Size(64, 48), Size(60, 80), Size(96, 72)]  # the second is turned by its own EXIF
    for number, colour in enumerate(COLOURS):
        info = probe(path, number)
        assert (info.pages, info.size) == (3, sizes[number])
        image = sent(info, tmp_path)
        assert (image.width, image.height) == (sizes[number].width, sizes[number].height)
        assert near(centre(image), colour)


def test_pictures_of_a_heic_begin_with_the_one_that_programs_show(tmp_path: Path) -> None:
    path = heic(tmp_path / "a.heic")
    assert (probe(path).pages, probe(path).size) == (3, Size(80, 60))
    for number, wanted in enumerate((1, 0, 2)):
        info = probe(path, number)
        assert info.size == Size(*PAGES[wanted][0])
        assert near(centre(sent(info, tmp_path)), COLOURS[wanted])


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    for path, title in (
        (scan(tmp_path / "scan.tif"), "The file has no page 4"),
        (frames(tmp_path / "a.gif"), "The file has no frame 4"),
        (stereo(tmp_path / "a.mpo"), "The file has no picture 4"),
    ):
        with pytest.raises(InputError) as caught:
            probe(path, 3)
        assert (caught.value.title, caught.value.code) == (title, Code.INPUT_PAGE)
    Image.new("RGB", (8, 8)).save(tmp_path / "one.tif")
    with pytest.raises(InputError, match="no page 2"):
        probe(tmp_path / "one.tif", 1)
    assert not probe(tmp_path / "one.tif", 0).is_page_chosen, "a file of one page leaves no choice"


@pytest.mark.parametrize("kind", ["tif", "mpo", "png"])
def test_damage_is_found_on_the_page_that_is_sent_and_on_no_other(tmp_path: Path, kind: str) -> None:
    """The last page is damaged: it is refused before money, and the others are sent."""
    rng = np.random.default_rng(1)
    pictures = [Image.fromarray(rng.integers(0, 255, (96, 128, 3), np.uint8)) for _ in range(3)]
    path = tmp_path / f"a.{kind}"
    if kind == "mpo":
        stereo(path)  # for its index
        stream = io.BytesIO()
        pictures[0].save(stream, "MPO", save_all=True, append_images=pictures[1:])
        data = bytearray(stream.getvalue())
        index = data.find(b"MPF\0") + 4
        place = index + struct.unpack_from("<I", data, data.find(b"\x02\xb0\x07\0", index) + 8)[0]
        for number in range(3):
            struct.pack_into("<I", data, place + 16 * number, 0x020002)
    else:
        options = {"compression": "tiff_adobe_deflate"} if kind == "tif" else {}
        pictures[0].save(path, save_all=True, append_images=pictures[1:], **options)
        data = bytearray(path.read_bytes())
    place = data.rfind(b"fdAT") + 2_000 if kind == "png" else int(len(data) * 0.9)
    data[place : place + 600] = bytes(600)
    path.write_bytes(data)
    for number, is_sound in enumerate((True, kind != "png", False)):  # the checksums of a PNG are those of all frames
        info = probe(path, number)
        with opened(path) as descriptor:
            if is_sound:
                decode_all(descriptor, info)
                continue
            with pytest.raises(InputError) as caught:
                decode_all(descriptor, info)
        assert caught.value.code in (Code.INPUT_PART_DAMAGED, Code.INPUT_DAMAGED)


def test_a_page_that_was_chosen_is_said_without_the_others(tmp_path: Path) -> None:
    from topazdesk.domain.alterations import alterations

    info = probe(scan(tmp_path / "scan.tif"))
    [taken] = alterations(info, SERVICE_FORMATS, keep_alpha=True)
    assert (taken.text, taken.hint) == ("page 1 of 3 taken", "The other pages are not sent.")
    [chosen] = alterations(replace(info, page=1, is_page_chosen=True), SERVICE_FORMATS, keep_alpha=True)
    assert (chosen.text, chosen.hint) == ("page 2 of 3 taken", "")
