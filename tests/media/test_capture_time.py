"""When a picture was taken, by its own data; nothing for pictures that do not say, or lie."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from PIL import Image

from topazdesk.media.capture_time import taken_at


def written(path: Path, *tags: tuple[int, str]) -> Path:
    exif = Image.Exif()
    details = exif.get_ifd(0x8769)
    for tag, text in tags:
        details[tag] = text
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    return path


def test_the_time_of_the_camera_with_and_without_a_zone(tmp_path: Path) -> None:
    local = datetime(1999, 12, 31, 23, 59, 58).astimezone()  # the zone of this computer
    assert taken_at(written(tmp_path / "a.jpg", (36867, "1999:12:31 23:59:58"))) == local
    zoned = written(tmp_path / "b.jpg", (36867, "2000:01:01 05:29:58"), (36881, "+05:30"))
    assert taken_at(zoned) == datetime(1999, 12, 31, 23, 59, 58, tzinfo=timezone.utc)  # noqa: UP017
    west = written(tmp_path / "c.jpg", (36867, "1999:12:31 20:29:58"), (36881, "-03:30"))
    assert taken_at(west) == taken_at(zoned)
    assert taken_at(written(tmp_path / "d.jpg", (36868, "1999:12:31 23:59:58"))) == local


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "1999:13:31 23:59:58", ""])
def test_no_time_is_no_time(tmp_path: Path, text: str) -> None:
    assert taken_at(written(tmp_path / "a.jpg", (36867, text))) is None


def test_what_is_no_picture_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    assert taken_at(tmp_path / "a.jpg") is None
    assert taken_at(tmp_path / "gone.jpg") is None
