"""Whatever bytes a file has: it is taken or refused with a sentence, never a crash, never another exception."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support import pictures
from topazdesk.domain.image import FileFormat
from topazdesk.errors import InputError, ResultError
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe
from topazdesk.media.verify import verify

FORMATS = [FileFormat(word) for word in ("jpeg", "png", "tiff", "webp", "bmp", "gif", "avif")]


def spoiled(data: bytes, dice: random.Random) -> bytes:
    """`data` with something wrong with it; more often in the header than behind it."""
    broken = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 40))):
        reach = min(len(broken), dice.choice((32, 200, len(broken))))
        place = dice.randrange(reach)
        match dice.randrange(4):
            case 0:
                broken[place] = dice.randrange(256)
            case 1:
                broken[place : place + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
            case 2:
                del broken[place : place + dice.randrange(1, 64)]
            case _:
                broken[place:place] = dice.randbytes(dice.randrange(1, 64))
        if not broken:
            break
    return bytes(broken)


def fate(path: Path, folder: Path) -> str:
    """What becomes of a file that the user adds: "taken", or the code of its refusal. Other exceptions fail the test."""
    try:
        prepare(probe(path), {FileFormat.PNG}, folder, "token")
    except InputError as error:
        return error.code if error.title and error.hint else "refused without a word"
    return "taken"


def verdict(path: Path, image_format: FileFormat) -> str:
    """The same for a result."""
    try:
        verify(path, None, image_format)
    except ResultError as error:
        return error.code
    return "result.good"


@pytest.mark.parametrize("image_format", FORMATS)
def test_spoiled_pictures(tmp_path: Path, image_format: FileFormat) -> None:
    good = pictures.encode(image_format, 64, 48)
    dice = random.Random(image_format)
    seen: set[str] = set()
    verdicts: set[str] = set()
    for number in range(60):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(spoiled(good, dice))
        seen.add(fate(path, tmp_path))
        verdicts.add(verdict(path, image_format))
        path.unlink()
    assert len(seen) > 1
    assert all(word == "taken" or word.startswith("input.") for word in seen)
    assert all(word.startswith("result.") for word in verdicts)


def test_noise_behind_every_known_mark(tmp_path: Path) -> None:
    dice = random.Random(1)
    marks = [pictures.encode(f, 8, 8)[:count] for f in FORMATS for count in (2, 4, 8, 12, 16, 30)]
    for number, mark in enumerate(marks):
        path = tmp_path / f"{number}.tif"
        path.write_bytes(mark + dice.randbytes(2000))
        with pytest.raises(InputError):
            prepare(probe(path), {FileFormat.PNG}, tmp_path, "token")
