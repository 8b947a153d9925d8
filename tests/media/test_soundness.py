"""All of a picture is decoded before it is paid for: damage is refused with its share, what is whole is taken."""

from __future__ import annotations

import io
import os
import random
import re
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pyvips
import tifffile
from PIL import Image

from tests.media.test_optional import dng
from tests.support import pictures
from tests.support.catalogue import packaged_model
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import Prepared
from topazdesk.errors import InputError
from topazdesk.media import preparing
from topazdesk.media.jpeg_data import LEFT_OVER, fault
from topazdesk.media.picture_files import PictureFiles
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe


def ready(path: Path) -> Prepared:
    """What the engine does with a source before it sends it."""
    files = PictureFiles()
    return files.prepare(files.probe(path), packaged_model("standard-v2"), path.parent, "token")


def refused(path: Path) -> InputError:
    for copy in path.parent.glob("token*"):
        copy.unlink()  # of the whole picture, before it was damaged
    with pytest.raises(InputError) as caught:
        ready(path)
    assert not list(path.parent.glob("token*"))
    return caught.value


def same_pixels(sent: Path, source: Path) -> bool:
    """Whether what is sent has the source's own pixels; what else was in the file is left out. Removes a copy."""
    pairs = (pyvips.Image.new_from_buffer(path.read_bytes(), "") for path in (sent, source))
    first, second = pairs
    is_same = bool((first == second).min() == 255)
    if sent != source:
        sent.unlink()
    return is_same


def holed(data: bytes, first: float, count: int) -> bytes:
    """`data` with zeros from `first` (0 to 1) on."""
    place = int(len(data) * first)
    return data[:place] + bytes(count) + data[place + count :]


def test_a_jpeg_with_a_hole_is_refused_with_the_share(tmp_path: Path) -> None:
    """It was sent as it is and paid for."""
    path = tmp_path / "hole.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 3_000 :])
    error = refused(path)
    assert error.code == "input.part_damaged"
    # The decoder notices it where the data ends, not where the hole is.
    assert re.fullmatch(r"At least \d+ % of the picture is damaged", error.title)
    assert "Nothing was sent" in error.hint


def test_damage_in_the_last_rows_of_a_jpeg_is_found(tmp_path: Path) -> None:
    """The decoder's warnings about the rows that it reads last were never looked at."""
    path = tmp_path / "last.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    path.write_bytes(data[:-12] + data[-2:])
    assert refused(path).code == "input.part_damaged"


def test_coded_data_that_the_picture_does_not_need_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "more.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    noise = random.Random(1).randbytes(4_000).replace(b"\xff", b"\xfe")
    path.write_bytes(data[:-2] + noise + data[-2:])
    assert refused(path).code == "input.part_damaged"
    path.write_bytes(data[:-2] + bytes(4_000) + data[-2:])  # some cameras fill up the block
    assert same_pixels(ready(path).path, path)


def test_a_complaint_about_a_note_does_not_hide_one_about_the_pixels(tmp_path: Path) -> None:
    """libjpeg speaks of its first trouble only, and that was an odd number in a note."""
    made = io.BytesIO()
    photo().save(made, "JPEG", quality=90)
    data = bytearray(made.getvalue())
    assert data[6:10] == b"JFIF"
    data[11] = 9  # its version
    path = tmp_path / "odd.jpg"
    path.write_bytes(data)
    assert same_pixels(ready(path).path, path)
    del data[len(data) // 2 : len(data) // 2 + 3_000]
    path.write_bytes(data)
    assert refused(path).code == "input.part_damaged"


@pytest.mark.parametrize("count", [3, 18, 64, 300])
def test_a_few_bytes_behind_the_last_row_are_usual_and_a_lost_square_is_not(tmp_path: Path, count: int) -> None:
    """Cheap cameras leave some there. What a decoder that lost its way did not need is at least a square."""
    path = tmp_path / "more.jpg"
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    rest = bytes(range(1, 1 + count)) if count < 200 else random.Random(2).randbytes(count).replace(b"\xff", b"\xfe")
    path.write_bytes(data[:-2] + rest + data[-2:])
    if count > 32:
        assert refused(path).code == "input.part_damaged"
    else:
        assert same_pixels(ready(path).path, path)


def test_a_scanner_that_scans_on_below_the_last_row(tmp_path: Path) -> None:
    """Some write more rows than they announce; the mark that ends those of the picture shows that none was lost."""
    path = tmp_path / "long.jpg"
    image = pictures.scene(640, 512)
    data = bytearray(image.jpegsave_buffer(Q=90, restart_interval=40, subsample_mode="on"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 7] = (400).to_bytes(2, "big")
    path.write_bytes(data)
    assert same_pixels(ready(path).path, path)
    place = len(data) // 3
    path.write_bytes(data[:place] + data[place + 900 :])
    assert refused(path).code == "input.part_damaged"


def test_zeros_in_a_jpeg_are_a_hole_only_where_no_picture_has_them(tmp_path: Path) -> None:
    """A plain area is zeros, too, when the codes are made for the picture; a hole in a photo decodes without a word."""
    plain = (pictures.scene(2_400, 1_800) * 0 + 250).cast("uchar")
    page = plain.draw_rect([0, 0, 0], 300, 300, 900, 20, fill=True).copy(interpretation="srgb")
    for quality in (50, 90):
        data = page.jpegsave_buffer(Q=quality, optimize_coding=True)
        assert fault(data) == ("", 1.0)
        assert fault(page.colourspace("b-w").jpegsave_buffer(Q=quality, optimize_coding=True)) == ("", 1.0)
    assert bytes(64) in data
    data = pictures.encode(FileFormat.JPEG, 640, 480)
    assert fault(data[:-2] + bytes(500) + data[-2:]) == ("", 1.0)  # padding
    for place in range(2_000, len(data) - 600, 1_777):
        told, good = fault(data[:place] + bytes(512) + data[place + 512 :])
        assert told, place
        assert good < 1 or told == LEFT_OVER


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_only_its_end_mark_is_whole(tmp_path: Path, progressive: bool) -> None:
    """It was called cut off. The copy has every pixel of the whole one."""
    whole = pictures.encode(FileFormat.JPEG, 640, 480, progressive=progressive)
    path = tmp_path / "end.jpg"
    path.write_bytes(whole[:-2])
    info = probe(path)
    assert info.lacks_end_mark
    made = ready(path)
    assert made.is_copy
    copy = pyvips.Image.new_from_file(str(made.path))
    assert (copy - pyvips.Image.new_from_buffer(whole, "")).abs().max() == 0
    for cut in (12, 400):
        path.write_bytes(whole[:-cut])
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.code == "input.cut_off"


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_png_that_lacks_only_its_end_mark_is_whole(tmp_path: Path, cut: int, interlaced: bool) -> None:
    """It was refused, with the advice that the upper 100 % of it can be saved."""
    picture = pictures.scene(320, 240)
    whole = picture.pngsave_buffer(interlace=interlaced)
    assert whole[-8:-4] == b"IEND"
    path = tmp_path / "end.png"
    path.write_bytes(whole[:-cut])
    info = probe(path)
    assert info.lacks_end_mark
    made = ready(path)
    assert made.is_copy
    copy = pyvips.Image.new_from_file(str(made.path))
    assert (copy - picture).abs().max() == 0
    for more in (13, 40, 4_000):
        path.write_bytes(whole[:-more])
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.code == "input.cut_off"


def test_a_progressive_jpeg_that_ends_between_two_scans_is_cut_off(tmp_path: Path) -> None:
    """It decodes without a complaint, only less sharply."""
    whole = pictures.encode(FileFormat.JPEG, 640, 480, progressive=True)
    last = whole.rindex(b"\xff\xda")
    table = whole.rindex(b"\xff\xc4", 0, last)
    path = tmp_path / "coarse.jpg"
    path.write_bytes(whole[:table])
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.cut_off"


def test_the_marks_of_coded_data_in_a_profile_are_no_data(tmp_path: Path) -> None:
    path = pictures.write(tmp_path / "inks.jpg", cmyk=True)
    assert b"\xff\xd9" in path.read_bytes()[: path.stat().st_size // 2]
    assert ready(path).is_copy


@pytest.mark.parametrize("place", [0.3, 0.9])
def test_a_png_with_a_flipped_byte(tmp_path: Path, place: float) -> None:
    path = tmp_path / "flip.png"
    data = bytearray(pictures.encode(FileFormat.PNG, 640, 480))
    data[int(len(data) * place)] ^= 1
    path.write_bytes(data)
    assert refused(path).code in ("input.part_damaged", "input.damaged")


def test_a_png_whose_notes_are_damaged_is_whole_but_not_one_whose_colours_are(tmp_path: Path) -> None:
    data = pictures.encode(FileFormat.PNG, 64, 48)
    for kind, is_whole in ((b"tEXt", True), (b"gAMA", False)):
        value = b"Title\0x" if kind == b"tEXt" else (45_455).to_bytes(4, "big")
        chunk = len(value).to_bytes(4, "big") + kind + value + (zlib.crc32(kind + value) ^ 1).to_bytes(4, "big")
        path = tmp_path / f"{kind.decode()}.png"
        path.write_bytes(data[:33] + chunk + data[33:])
        if is_whole:
            ready(path).path.unlink()
        else:
            assert refused(path).code == "input.damaged"


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("compression", ["lzw", "deflate", "jpeg", "packbits", "none"])
def test_a_tiff_with_a_damaged_part(tmp_path: Path, compression: str, tile: bool) -> None:
    """libtiff compares no checksums, and libvips shows a tile that cannot be unpacked as black without a word."""
    path = tmp_path / "part.tif"
    pictures.scene(512, 512).tiffsave(str(path), compression=compression, tile=tile, tile_width=128, tile_height=128)
    with tifffile.TiffFile(path) as file:
        offsets, counts = file.pages[0].dataoffsets, file.pages[0].databytecounts
    data = bytearray(path.read_bytes())
    assert same_pixels(ready(path).path, path)
    damaged = len(offsets) // 2
    start, end = offsets[damaged], offsets[damaged] + counts[damaged]
    if compression == "none":
        del data[end - 5 :]
    else:
        data[start + 20 : end - 4] = bytes(end - start - 24)
    path.write_bytes(data)
    if compression == "none":
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.code == "input.cut_off"
        return
    error = refused(path)
    share = round(100 / len(offsets))
    assert (error.code, error.title) == ("input.part_damaged", f"{max(1, share)} % of the picture is damaged")


def test_one_flipped_byte_in_deflate_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "flip.tif"
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    tifffile.imwrite(path, noise, photometric="rgb", compression="deflate")
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].dataoffsets[0] + file.pages[0].databytecounts[0] // 2
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)
    assert refused(path).code in ("input.part_damaged", "input.damaged")


@pytest.mark.parametrize("kind", [FileFormat.GIF, FileFormat.WEBP, FileFormat.AVIF])
def test_others_with_a_hole(tmp_path: Path, kind: FileFormat) -> None:
    path = tmp_path / f"hole{kind.suffix}"
    path.write_bytes(pictures.encode(kind, 640, 480))
    assert ready(path).is_copy
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    with pytest.raises(InputError):
        ready(path)


def heic(path: Path, image: Image.Image) -> Path:
    pillow_heif.from_pillow(image).save(str(path), quality=90)
    return path


def photo() -> Image.Image:
    return Image.open(io.BytesIO(pictures.encode(FileFormat.PNG, 640, 480)))


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_heic_that_is_cut_off(tmp_path: Path, keep: float) -> None:
    """What is missing came out as a flat area, and the job was done."""
    path = heic(tmp_path / "cut.heic", photo())
    assert ready(path).is_copy
    os.truncate(path, int(path.stat().st_size * keep))
    with pytest.raises(InputError) as caught:
        probe(path)
    assert caught.value.code == "input.cut_off"


def test_a_raw_picture_without_data(tmp_path: Path) -> None:
    """It came out black and was sent."""
    path = dng(tmp_path / "camera.dng", 1)
    data = bytearray(path.read_bytes())
    size = 320 * 240 * 2
    data[-size:] = random.Random(1).randbytes(1_000) + bytes(size - 1_000)
    path.write_bytes(data)
    os.truncate(path, len(data) - size)
    with pytest.raises(InputError):
        ready(path)


def test_a_copy_of_one_colour_from_a_source_that_is_not(tmp_path: Path) -> None:
    """White paper is a picture; white that a decoder makes of data that it does not understand is not."""
    white = np.full((480, 640, 3), 4_095, np.uint16)
    path = tmp_path / "white.tif"
    tifffile.imwrite(path, white, photometric="rgb", bitspersample=12)
    made = ready(path)
    assert made.is_copy
    made.path.unlink()
    # Floats that are all no numbers: each has other bits, and none has a value.
    noise = np.random.default_rng(1).integers(1, 1 << 22, (480, 640, 3)).astype(np.uint32) | 0x7F800000
    tifffile.imwrite(path, noise.view(np.float32), photometric="rgb")
    error = refused(path)
    assert (error.title, error.code) == ("Nothing of the picture can be read", "input.damaged")


def test_a_file_that_ends_the_process_is_damaged_and_the_next_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from topazdesk.media import workers

    good = pictures.write(tmp_path / "good.jpg")
    told = workers.command()
    monkeypatch.setattr(workers, "command", lambda: [*told[:1], "-c", _DIES_OF_A_PICTURE])
    pool = workers.Workers()
    monkeypatch.setattr(preparing, "_pool", pool)
    assert refused(good).code == "input.damaged"
    monkeypatch.setattr(workers, "command", lambda: told)
    assert same_pixels(ready(good).path, good)
    pool.close()


_DIES_OF_A_PICTURE = """
import json, os, sys
for line in sys.stdin:
    if json.loads(line)["job"] == "prepare":
        os._exit(1)
    print(json.dumps({"ok": {"rows": []}}), flush=True)
"""


def test_whatever_a_reader_raises_is_the_trouble_of_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """171 HEIF files ended the whole run."""
    from topazdesk.media import headers, optional

    def odd(*_: object) -> None:
        raise KeyError("something that nobody thought of")

    monkeypatch.setattr(optional, "header", odd)
    path, other = heic(tmp_path / "odd.heic", photo()), pictures.write(tmp_path / "good.jpg")
    found = headers.read_all([path, other])
    assert [getattr(each, "code", "taken") for each in found] == ["input.damaged", "taken"]


def test_the_window_process_can_prepare_too(tmp_path: Path) -> None:
    """What a worker does is the function itself."""
    path = pictures.write(tmp_path / "a.jpg")
    made = prepare(probe(path), {FileFormat.JPEG, FileFormat.PNG}, tmp_path, "token")
    assert same_pixels(made.path, path)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_whole_jpeg_of_any_size_is_whole(subsampling: int, progressive: bool) -> None:
    """Of a height that is no multiple of 8 the last rows were not read, and a sound photo was called damaged."""
    sizes = [(width, height) for width in (1, 5, 90, 131) for height in (*range(60, 77), 1, 9)]
    for width, height in sizes:
        made = io.BytesIO()
        options = {"quality": 95, "subsampling": subsampling, "progressive": progressive}
        Image.effect_noise((width, height), 90).convert("RGB").save(made, "JPEG", **options)
        assert fault(made.getvalue()) == ("", 1.0), (width, height)
