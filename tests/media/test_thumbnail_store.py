"""Thumbnails on the disk: the desktop's own format, and nothing but the file that it was made from."""

from __future__ import annotations

import os
import stat
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.support.pictures import NON_UTF8_NAME, write
from topazdesk.domain.geometry import Size
from topazdesk.errors import InputError
from topazdesk.media import thumbnail_store as subject
from topazdesk.media.thumbnail_store import LastingFault, ThumbnailSize, ThumbnailStore, file_uri


def texts_of(path: Path) -> dict[str, str]:
    """The tEXt chunks, read by hand; checks that the file is an uninterlaced PNG of 8 bits."""
    data, at, found = path.read_bytes(), 8, {}
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    bits, colour, _, _, interlace = struct.unpack_from("5B", data, 24)
    assert (bits, interlace) == (8, 0)
    assert colour in (2, 6)
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(name + body) == struct.unpack_from(">I", data, at + 8 + length)[0]
        if name == b"tEXt":
            key, _, text = body.partition(b"\0")
            found[key.decode("latin-1")] = text.decode("latin-1")
        at += 12 + length
    return found


def only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_names_are_those_of_the_specification() -> None:
    """The example in the specification, and characters that GLib leaves alone or not."""
    assert file_uri(Path("/home/jens/photos/me.png")) == "file:///home/jens/photos/me.png"
    original = subject.Original(file_uri(Path("/home/jens/photos/me.png")), 0, 0)
    assert original.name == "c6ee772d9e49320e97ec29a7eb5b1697.png"
    assert file_uri(Path("/a b/ü;#[1]+(2)!.jpg")) == "file:///a%20b/%C3%BC%3B%23%5B1%5D+(2)!.jpg"
    assert file_uri(Path("/") / NON_UTF8_NAME) == "file:///caf%E9%20%FF.jpg"


def test_made_once_then_read_until_the_picture_changes(tmp_path: Path) -> None:
    picture, store = write(tmp_path / "one.jpg", width=600, height=400), ThumbnailStore(tmp_path / "cache" / "thumbs")
    first = store.thumbnail(picture, ThumbnailSize.NORMAL)
    assert first.size == Size(128, 85)
    kept = only(store.folder / "normal")
    assert texts_of(kept) == {
        "Thumb::URI": file_uri(picture),
        "Thumb::MTime": str(int(picture.stat().st_mtime)),
        "Thumb::Size": str(picture.stat().st_size),
        "Software": "topazdesk",
    }
    written = kept.stat().st_mtime_ns
    assert store.thumbnail(picture, ThumbnailSize.NORMAL) == first
    assert kept.stat().st_mtime_ns == written
    write(picture, width=400, height=600)
    os.utime(picture, (1_700_000_000, 1_700_000_000))
    assert store.thumbnail(picture, ThumbnailSize.NORMAL).size == Size(85, 128)
    assert texts_of(kept)["Thumb::MTime"] == "1700000000"


def test_files_are_the_users_alone_and_no_parts_stay(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "thumbs")
    store.thumbnail(write(tmp_path / "one.png", alpha=True), ThumbnailSize.LARGE)
    folder = store.folder / "large"
    assert stat.S_IMODE(store.folder.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(only(folder).stat().st_mode) == 0o600


def test_a_larger_one_of_another_program_serves_too(tmp_path: Path) -> None:
    picture, store = write(tmp_path / "one.jpg", width=600, height=400), ThumbnailStore(tmp_path / "thumbs")
    store.thumbnail(picture, ThumbnailSize.LARGE)
    assert store.thumbnail(picture, ThumbnailSize.NORMAL).width == 128
    assert not (store.folder / "normal").exists()


def test_a_thumbnail_that_is_damaged_or_of_another_file_is_made_anew(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.jpg"), write(tmp_path / "two.jpg", width=100, height=200)
    store = ThumbnailStore(tmp_path / "thumbs")
    good = store.thumbnail(one, ThumbnailSize.NORMAL)
    kept = only(store.folder / "normal")
    kept.write_bytes(kept.read_bytes()[:200])
    assert store.thumbnail(one, ThumbnailSize.NORMAL) == good
    store.thumbnail(two, ThumbnailSize.NORMAL)
    (other,) = set((store.folder / "normal").iterdir()) - {kept}
    kept.write_bytes(other.read_bytes())
    assert store.thumbnail(one, ThumbnailSize.NORMAL) == good


def test_what_cannot_be_shown_is_not_tried_again_until_it_changes(tmp_path: Path) -> None:
    picture, store = write(tmp_path / "one.png"), ThumbnailStore(tmp_path / "thumbs")
    whole = picture.read_bytes()
    picture.write_bytes(whole[:60] + b"\0" * 400)
    os.utime(picture, (1_600_000_000, 1_600_000_000))
    with pytest.raises(InputError) as first:
        store.thumbnail(picture, ThumbnailSize.NORMAL)
    assert not isinstance(first.value, LastingFault)
    assert "Thumb::URI" in texts_of(only(store.folder / "fail" / "topazdesk-1"))
    with pytest.raises(LastingFault):
        store.thumbnail(picture, ThumbnailSize.NORMAL)
    picture.write_bytes(whole)
    assert store.thumbnail(picture, ThumbnailSize.NORMAL).width == 128


def test_missing_files_are_no_lasting_fault(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "thumbs")
    with pytest.raises(InputError) as caught:
        store.thumbnail(tmp_path / "gone.jpg", ThumbnailSize.NORMAL)
    assert caught.value.code == "input.missing"
    assert not store.folder.exists()


def test_a_folder_that_cannot_be_written_costs_speed_only(tmp_path: Path) -> None:
    picture, place = write(tmp_path / "one.jpg"), tmp_path / "thumbs"
    place.write_text("a file where the folder should be")
    assert ThumbnailStore(place).thumbnail(picture, ThumbnailSize.NORMAL).width == 128


def test_thumbnails_of_thumbnails_are_not_kept(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "thumbs")
    (store.folder / "normal").mkdir(parents=True)
    inside = write(store.folder / "normal" / "x.png")
    assert store.thumbnail(inside, ThumbnailSize.NORMAL).width == 128
    assert only(store.folder / "normal") == inside


def test_the_private_folder_stays_below_its_cap(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "thumbs", cap_bytes=100_000)
    for n in range(12):
        store.thumbnail(write(tmp_path / f"{n}.jpg", width=130 + n, height=130), ThumbnailSize.NORMAL)
    sizes = [path.stat().st_size for path in store.folder.rglob("*.png")]
    assert 0 < sum(sizes) <= 100_000
    assert len(sizes) < 12


def test_a_folder_of_somebodys_pictures_is_not_pruned(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "thumbs", cap_bytes=1)
    (store.folder / "normal").mkdir(parents=True)
    mine = write(store.folder / "normal" / f"{'0' * 32}.png")
    store.thumbnail(write(tmp_path / "a.jpg", width=130, height=130), ThumbnailSize.NORMAL)
    assert mine.exists()


def test_the_desktops_own_folder_is_chosen_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert ThumbnailStore.choose(tmp_path / "own").folder == tmp_path / "cache" / "thumbnails"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ThumbnailStore.choose(tmp_path / "own").folder == tmp_path / ".cache" / "thumbnails"
    monkeypatch.setattr(subject.sys, "platform", "win32")
    assert ThumbnailStore.choose(tmp_path / "own").folder == tmp_path / "own"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_jpeg_leaves_no_picture_for_other_programs(tmp_path: Path, share: float, progressive: bool) -> None:
    """What its decoder fills up with grey is no picture of the file; the desktop would show it for ever."""
    rng = np.random.default_rng(5)
    path = tmp_path / "a.jpg"
    Image.fromarray(rng.integers(0, 255, (800, 1200, 3), np.uint8)).save(path, quality=85, progressive=progressive)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    store = ThumbnailStore(tmp_path / "thumbs")
    with suppress(InputError):
        store.thumbnail(path, ThumbnailSize.NORMAL)
    assert not list((store.folder).glob("normal/*"))


def test_a_tiff_that_libvips_shows_black_is_shown_and_kept_as_it_is(tmp_path: Path) -> None:
    """Tiles in Zstandard came out black, and the desktop kept them."""
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(
            np.full((256, 256, 3), (200, 30, 30), np.uint8), photometric="rgb", tile=(64, 64), compression="zstd"
        )
    store = ThumbnailStore(tmp_path / "thumbs")
    made = store.thumbnail(path, ThumbnailSize.NORMAL)
    with Image.open(only(store.folder / "normal")) as kept:
        assert made.pixel(5, 5) == kept.convert("RGB").getpixel((5, 5)) == (200, 30, 30)
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        for offset in file.pages[0].dataoffsets:  # type: ignore[union-attr]
            data[offset : offset + 8] = bytes(8)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with pytest.raises(InputError):
        store.thumbnail(path, ThumbnailSize.NORMAL)
    with Image.open(only(store.folder / "normal")) as kept:
        assert kept.convert("RGB").getpixel((5, 5)) != (0, 0, 0)


def test_the_desktop_gets_no_thumbnail_of_a_further_page(tmp_path: Path) -> None:
    """For all other programs a file has one thumbnail: that of its first page."""
    path = tmp_path / "scan.tif"
    first, second = (Image.new("RGB", (80, 60), colour) for colour in ((200, 30, 30), (30, 200, 30)))
    first.save(path, save_all=True, append_images=[second])
    store = ThumbnailStore(tmp_path / "thumbs")
    assert store.thumbnail(path, ThumbnailSize.NORMAL, 1).pixel(5, 5) == (30, 200, 30)
    assert not store.folder.exists()
    assert store.thumbnail(path, ThumbnailSize.NORMAL).pixel(5, 5) == (200, 30, 30)
    assert store.thumbnail(path, ThumbnailSize.NORMAL, 1).pixel(5, 5) == (30, 200, 30)
