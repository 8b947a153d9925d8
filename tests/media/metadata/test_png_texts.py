"""Every text of a PNG comes back under its name and language; what another format has no place for is said."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import exiv2
import pytest

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.kept import RemarkKind
from topazdesk.media.metadata.png_text import Text, chunk, texts

LONG = "line\n" * 3_000


def _tags(keyword: str, text: str) -> bytes:
    return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))


def _packed(keyword: str, text: str) -> bytes:
    return chunk(b"zTXt", keyword.encode("latin-1") + b"\0\0" + zlib.compress(text.encode("latin-1")))


def _words(keyword: str, text: str, language: str = "", translated: str = "", *, packed: bool = False) -> bytes:
    data = text.encode()
    head = keyword.encode("latin-1") + b"\0" + bytes([packed, 0]) + language.encode() + b"\0" + translated.encode()
    return chunk(b"iTXt", head + b"\0" + (zlib.compress(data) if packed else data))


#: Of all three kinds; names that exiv2 takes for its own, several of a name, languages, and keywords of any program.
WRITTEN = [
    (_tags("Description", "A lake"), Text("Description", "A lake")),
    (_words("Description", "Ein See", "de", "Beschreibung"), Text("Description", "Ein See", "de", "Beschreibung")),
    (_words("Description", "湖", "ja", packed=True), Text("Description", "湖", "ja")),
    (_words("Description-de", "Ein Süßwassersee"), Text("Description-de", "Ein Süßwassersee")),
    (_tags("D", "one letter"), Text("D", "one letter")),
    (_tags("XML", "<a/>"), Text("XML", "<a/>")),
    (_tags("ICC notes", "made by hand"), Text("ICC notes", "made by hand")),
    (_tags("zebra", "z"), Text("zebra", "z")),
    (_tags("Zebra", "Z"), Text("Zebra", "Z")),
    (_packed("History", LONG), Text("History", LONG)),
    (_tags("Comment", "first"), Text("Comment", "first")),
    (_tags("Comment", "second"), Text("Comment", "second")),
    (_tags("Größe", "Latin-1 in the name"), Text("Größe", "Latin-1 in the name")),
]


def _png(path: Path, *parts: bytes, at_the_end: bool = False) -> Path:
    marked.write(path)
    data = path.read_bytes()
    place = len(data) - 12 if at_the_end else 33
    path.write_bytes(data[:place] + b"".join(parts) + data[place:])
    return path


@pytest.mark.parametrize("at_the_end", [False, True])
def test_every_text_comes_back_under_its_name_and_language(tmp_path: Path, at_the_end: bool) -> None:
    """`Description-de` and a second `Description` were lost without a word."""
    source = _png(tmp_path / "source.png", *(part for part, _ in WRITTEN), at_the_end=at_the_end)
    _, file, kept = made(source, "png")
    assert kept.report.lines == ()
    assert [text for text in texts(file).texts if text.keyword != "Software"] == [text for _, text in WRITTEN]
    assert marked.xmp_of(file)["Xmp.topazdesk.JobID"] == "process-1"
    if shutil.which("exiftool"):
        answer = subprocess.run(["exiftool", "-j", "-G1", "-a", file], capture_output=True, check=True, text=True)
        told = json.loads(answer.stdout)[0]
        assert told["PNG:Description"] == "A lake"
        assert told["PNG:Description-de"] in ("Ein See", "Ein Süßwassersee")
        assert told["PNG:Description-ja"] == "湖"
        assert not [key for key in told if key.endswith("Warning")], told


@pytest.mark.parametrize("to", ["jpg", "tif"])
def test_languages_are_alternatives_in_xmp_and_the_rest_has_its_names(tmp_path: Path, to: str) -> None:
    source = _png(tmp_path / "source.png", *(part for part, _ in WRITTEN))
    _, file, _ = made(source, to)
    xmp = marked.xmp_of(file)
    for words in ('lang="x-default" A lake', 'lang="de" Ein See', 'lang="ja" 湖'):
        assert words in xmp["Xmp.dc.description"]
    assert marked.exif_of(file)["Exif.Image.ImageDescription"] == "A lake"
    for words in ("Description-de: Ein Süßwassersee", "D: one letter", "zebra: z", "Zebra: Z", "Comment: second"):
        assert words in xmp["Xmp.topazdesk.SourceText"]
    assert f"History: {LONG}".strip() in xmp["Xmp.topazdesk.SourceText"]


def test_a_text_whose_place_is_taken_by_other_words_is_not_lost(tmp_path: Path) -> None:
    """Of a PNG that has one title as a text and another in XMP, a JPEG had the second only."""
    source = marked.marked(tmp_path / "source.png")
    data = source.read_bytes()
    parts = [_tags("Title", "Another lake"), _tags("Author", "Zoe M."), _tags("Copyright", "© 2001 Archive")]
    source.write_bytes(data[:33] + b"".join(parts) + data[33:])
    _, file, _ = made(source, "jpg")
    xmp = marked.xmp_of(file)
    assert xmp["Xmp.dc.title"] == 'lang="x-default" The lake'
    assert xmp["Xmp.topazdesk.SourceText"] == "Title: Another lake"
    assert xmp["Xmp.dc.creator"] == "Zoe M."
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"


@pytest.mark.parametrize(
    "part",
    [
        chunk(b"zTXt", b"History\0\0" + zlib.compress(b"x" * 500)[:-9]),
        chunk(b"iTXt", b"History\0\0\0\0\0\xff\xfe"),
        chunk(b"zTXt", b"History\0\0" + zlib.compress(b"x" * 9_000_000)),
    ],
)
def test_a_text_that_cannot_be_read_is_said(tmp_path: Path, part: bytes) -> None:
    """exiv2 refuses to read anything of a PNG with a broken text: EXIF and XMP were lost with it."""
    source = marked.marked(tmp_path / "source.png")
    data = source.read_bytes()
    source.write_bytes(data[:33] + part + _tags("Title", "The lake") + data[33:])
    _, file, kept = made(source, "png")
    said = [remark.text for remark in kept.report.remarks if remark.kind is RemarkKind.UNREADABLE]
    assert said == ["Texts of the original cannot be read, or are too long: History"]
    assert marked.exif_of(file)["Exif.Image.Artist"] == "Zoë Müller"
    assert marked.xmp_of(file)["Xmp.xmp.Rating"] == "4"
    assert Text("Title", "The lake") in texts(file).texts


def test_texts_of_the_delivered_file_stay_unless_the_original_has_such(tmp_path: Path) -> None:
    from tests.media.metadata.test_complete import order
    from topazdesk.media.metadata.complete import complete

    source = _png(tmp_path / "source.png", _tags("Title", "The lake"))
    delivered = marked.write(tmp_path / "delivered.png", size=(120, 80))
    data = delivered.read_bytes()
    delivered.write_bytes(data[:33] + _tags("Title", "untitled") + _tags("Model", "Standard 2") + data[33:])
    kept = complete(order(source, delivered))
    assert kept.is_new
    found = texts(tmp_path / ".td-1.kept").texts
    assert [text for text in found if text.keyword in ("Title", "Model")] == [
        Text("Title", "The lake"),
        Text("Model", "Standard 2"),
    ]
    assert struct.unpack(">I", data[8:12])[0] == 13


@pytest.mark.parametrize("to", ["png", "jpg"])
def test_iptc_of_any_length_is_read_and_not_called_missing(tmp_path: Path, to: str) -> None:
    """exiv2 writes IPTC of 28 bytes into a PNG, as of 284, and reads none of it: its length begins like a dataset."""
    source = marked.write(tmp_path / "source.png")
    image = exiv2.ImageFactory.open(str(source))
    image.readMetadata()
    image.iptcData()["Iptc.Application2.Keywords"] = "k" * 23
    image.writeMetadata()
    image.readMetadata()
    assert image.iptcData().empty(), "else this test says nothing"
    _, file, kept = made(source, to)
    assert (kept.report.lines, kept.packet) == ((), "")
    # With the character set and the version that make it 28 bytes, in what is written.
    short = marked.write(tmp_path / "short.jpg")
    image = exiv2.ImageFactory.open(str(short))
    image.readMetadata()
    image.iptcData()["Iptc.Application2.Keywords"] = "SECRETkw"
    image.iptcData()["Iptc.Application2.RecordVersion"] = "4"
    image.writeMetadata()
    if to == "jpg":
        assert marked.iptc_of(file)["Iptc.Application2.Keywords"] == b"k" * 23
    _, file, kept = made(short, "png")
    assert (kept.report.lines, kept.packet) == ((), "")
    assert b"Raw profile type iptc" in file.read_bytes()
