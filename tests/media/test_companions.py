"""Gain maps, clips, depth and previews: said before the run from head and tail, and the same afterwards of the result."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.media.metadata.test_complete import made
from tests.support import marked_pictures as marked
from topazdesk.domain.alterations import AlterationKind, alterations, needs_copy
from topazdesk.domain.image import SERVICE_FORMATS, Companion
from topazdesk.media.headers import from_row, to_row
from topazdesk.media.jpeg_segments import APP1, APP2, segment
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.probe import probe

_C = Companion
GOOGLE = "http://ns.google.com/photos/1.0/"
MPF_HEAD = b"MPF\0"
CLIP = struct.pack(">I4s", 24, b"ftyp") + b"mp42" * 4 + b"clip" * 50_000
#: What Samsung's cameras write behind every picture: blocks, their list, and the mark at the very end.
TRAILER = b"\0\0\1\x0a\x0e\0\0\0Image_UTC_Data1700000000000SEFH\x6b\0\0\0\1\0\0\0" + bytes(20) + b"SEFT"


def jpeg(path: Path, *parts: bytes, behind: bytes = b"") -> Path:
    marked.write(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"".join(parts) + data[2:] + behind)
    return path


def xmp(attributes: str, body: str = "") -> bytes:
    names = {
        "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
        "GCamera": GOOGLE + "camera/",
        "Container": GOOGLE + "container/",
        "Item": GOOGLE + "container/item/",
        "GDepth": GOOGLE + "depthmap/",
        "HDRGainMap": "http://ns.apple.com/HDRGainMap/1.0/",
        "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    }
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in names.items())
    return segment(
        APP1,
        b"http://ns.adobe.com/xap/1.0/\0"
        + (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about="" {declared} {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        ).encode(),
    )


def directory(*semantics: str) -> str:
    """Google's list of the parts of a file."""
    items = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{each}" Item:Mime="image/jpeg" Item:Length="9"/>'
        "</rdf:li>"
        for each in semantics
    )
    return f"<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>"


def index(*kinds: int) -> bytes:
    """The index of several pictures, of these kinds (CIPA DC-007, 5.2.3)."""
    entries = b"".join(
        struct.pack("<IIIHH", kind, 100, 5_000 if place else 0, 0, 0) for place, kind in enumerate(kinds)
    )
    fields = [
        struct.pack("<HHI4s", 0xB000, 7, 4, b"0100"),
        struct.pack("<HHII", 0xB001, 4, 1, len(kinds)),
        struct.pack("<HHII", 0xB002, 7, len(entries), 8 + 2 + 3 * 12 + 4),
    ]
    return segment(APP2, MPF_HEAD + b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + b"".join(fields) + bytes(4) + entries)


def another() -> bytes:
    from io import BytesIO

    held = BytesIO()
    Image.new("RGB", (32, 24), (9, 90, 9)).save(held, "JPEG")
    return held.getvalue()


PREVIEW = 0x010001
CASES: dict[str, tuple[Callable[[Path], Path], set[Companion]]] = {
    "plain": (jpeg, set()),
    "padded": (lambda p: jpeg(p, behind=bytes(9_000)), set()),
    "Ultra HDR": (
        lambda p: jpeg(
            p, xmp('hdrgm:Version="1.0"', directory("Primary", "GainMap")), index(0x030000, 0), behind=another()
        ),
        {_C.GAIN_MAP},
    ),
    "a list without the property": (
        lambda p: jpeg(p, xmp("", directory("Primary", "GainMap")), behind=another()),
        {_C.GAIN_MAP},
    ),
    "ISO gain map": (
        lambda p: jpeg(p, segment(APP2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"), behind=another()),
        {_C.GAIN_MAP},
    ),
    "declared only": (lambda p: jpeg(p, xmp("")), set()),
    "motion photo": (
        lambda p: jpeg(p, xmp('GCamera:MotionPhoto="1"', directory("Primary", "MotionPhoto")), behind=CLIP),
        {_C.MOTION},
    ),
    "micro video": (
        lambda p: jpeg(p, xmp('GCamera:MicroVideo="1" GCamera:MicroVideoOffset="200024"'), behind=CLIP),
        {_C.MOTION},
    ),
    "clip taken out": (lambda p: jpeg(p, xmp('GCamera:MotionPhoto="0" GCamera:MotionPhotoVersion="1"')), set()),
    "both": (
        lambda p: jpeg(
            p,
            xmp('GCamera:MotionPhoto="1" hdrgm:Version="1.0"', directory("Primary", "GainMap", "MotionPhoto")),
            behind=CLIP,
        ),
        {_C.GAIN_MAP, _C.MOTION},
    ),
    "depth": (lambda p: jpeg(p, xmp('GDepth:Format="RangeInverse"')), {_C.DEPTH}),
    "preview": (lambda p: jpeg(p, index(0x030000, PREVIEW), behind=another()), {_C.PICTURES}),
    "index of itself": (lambda p: jpeg(p, index(0x030000)), set()),
    "Samsung": (lambda p: jpeg(p, behind=TRAILER), {_C.BEHIND}),
    "clip without a word": (lambda p: jpeg(p, behind=CLIP), {_C.BEHIND}),
    "picked in Bridge": (lambda p: jpeg(p, xmp('xmpDM:pick="1"')), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_before_is_what_is_said_after(tmp_path: Path, name: str) -> None:
    make, wanted = CASES[name]
    source = make(tmp_path / "source.jpg")
    info = probe(source)
    assert set(info.beside) == wanted
    assert from_row(source, json.loads(json.dumps(to_row(info)))) == info, "also from another process"
    said = alterations(info, SERVICE_FORMATS, keep_alpha=False)
    assert [each.kind for each in said] == [AlterationKind.BESIDE] * len(wanted)
    assert not any(each.is_visible for each in said)
    assert not needs_copy(info, SERVICE_FORMATS, keep_alpha=False), "the pixels are sent as they are"
    _, file, kept = made(source, "jpg")
    expected = LeftOut()
    for each in wanted:
        expected.add(each.value)
    assert set(kept.report.lines) == {remark.text for remark in expected.remarks}
    if name == "picked in Bridge":
        assert marked.xmp_of(file)["Xmp.xmpDM.pick"] == "1"


def test_a_jpeg_that_lacks_its_end_mark_has_nothing_behind_it(tmp_path: Path) -> None:
    source = marked.write(tmp_path / "source.jpg")
    source.write_bytes(source.read_bytes()[:-2])
    assert probe(source).lacks_end_mark
    assert probe(source).beside == ()
