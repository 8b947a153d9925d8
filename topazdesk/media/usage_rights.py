"""Read from a file's metadata whether its owner allows use by AI and data mining, before it is sent anywhere.

Known are PLUS and IPTC (`plus:DataMining`), the TDM Reservation Protocol (`tdm:reservation`), the training and mining
assertions of content credentials (`c2pa.training-mining`, `cawg.training-mining`), and a sentence in the copyright
notice, usage terms or instructions. It is asked of every picture that is added, so only the few places are read in
which such statements stand.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from topazdesk.domain.image import FileFormat
from topazdesk.domain.usage_rights import Reservation, in_order
from topazdesk.media.byte_ranges import Read, of_bytes, read_at
from topazdesk.media.jpeg_segments import APP1, APP13, EXTENDED_XMP, XMP, segments
from topazdesk.media.metadata.credentials import is_credentials
from topazdesk.media.metadata.source import packet_beside
from topazdesk.media.png_chunks import chunks
from topazdesk.media.tiff_tags import Directories

#: Most bytes of one block of metadata, and of the beginning and the end of files of other kinds.
_MOST = 4_000_000
#: Most bytes of all blocks of a file: a small one may unpack to any number of large ones.
_MOST_TOGETHER = 16_000_000
_PART = 512_000
_COPYRIGHT, _XMP, _IPTC, _C2PA = 33_432, 700, 33_723, 52_545


def reservations(descriptor: int, path: Path, image_format: FileFormat, length: int) -> tuple[Reservation, ...]:
    """Return what an open file, or the XMP file beside it, reserves. Never raises: unreadable metadata says nothing."""
    found: set[Reservation] = set()
    try:
        left = _MOST_TOGETHER
        for block in _blocks(descriptor, image_format, length):
            found |= _said_in(block)
            left -= len(block)
            if left < 0:
                break
        if (beside := packet_beside(path, image_format)) is not None:
            found |= _said_in(beside.read_bytes())
    except (OSError, ValueError, struct.error, zlib.error, MemoryError):
        pass  # what is wrong with the file itself is said by those who read its picture
    return in_order(found)


def _blocks(descriptor: int, image_format: FileFormat, length: int) -> Iterator[bytes]:
    def read(place: int, count: int) -> bytes:
        return read_at(descriptor, place, min(count, _MOST))

    head = read(0, 4)
    if image_format is FileFormat.JPEG:
        yield from _in_jpeg(read)
    elif image_format is FileFormat.PNG:
        yield from _in_png(read)
    elif image_format is FileFormat.WEBP:
        yield from _in_webp(read)
    elif head[:2] in (b"II", b"MM"):  # TIFF, and most raw formats
        yield from _in_tiff(read)
    else:
        yield read(0, _PART)
        if length > _PART:
            yield read(max(_PART, length - _PART), _PART)


def _in_jpeg(read: Read) -> Iterator[bytes]:
    store: list[bytes] = []
    for segment in segments(read):
        if is_credentials(segment, read):
            # A store larger than a segment goes on in the next one, which repeats the head of its box.
            store.append(segment.content(read)[16 if store else 8 :])
        data = segment.content(read) if segment.marker in (APP1, APP13) else b""
        if segment.marker == APP1 and data.startswith(b"Exif\0\0"):
            yield from _in_tiff(of_bytes(data[6:]))
        elif segment.marker == APP13 or data.startswith((XMP, EXTENDED_XMP)):
            yield data
    yield b"".join(store)


def _in_png(read: Read) -> Iterator[bytes]:
    for chunk in chunks(read):
        match chunk.kind:
            case b"iTXt":
                key, _, rest = chunk.content(read).partition(b"\0")
                text = rest[2:].split(b"\0", 2)[-1]
                yield _unpacked(text) if rest[:1] == b"\1" else text
                if key == b"Copyright":
                    yield _MARK + text
            case b"tEXt":
                key, _, text = chunk.content(read).partition(b"\0")
                if key in (b"Copyright", b"Disclaimer"):
                    yield _MARK + text
            case b"eXIf":
                yield from _in_tiff(of_bytes(chunk.content(read)))
            case b"caBX":
                yield chunk.content(read)
            case _:
                pass


def _in_webp(read: Read) -> Iterator[bytes]:
    place = 12
    while len(head := read(place, 8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        if kind in (b"XMP ", b"C2PA"):
            yield read(place + 8, length)
        elif kind == b"EXIF":
            yield from _in_tiff(of_bytes(read(place + 8, length).removeprefix(b"Exif\0\0")))
        place += 8 + length + length % 2


def _in_tiff(read: Read) -> Iterator[bytes]:
    """Yield the blocks of the first directory. Entries that lie outside of the file are left out."""
    directories = Directories(read)
    entries, _ = directories.entries(directories.first) or ([], 0)
    for entry in entries:
        if entry.tag not in (_COPYRIGHT, _XMP, _IPTC, _C2PA):
            continue
        # Some programs write IPTC as numbers of four bytes.
        data = directories.data(entry, entry.values * (4 if entry.kind == 4 else 1))
        yield _MARK + data if entry.tag == _COPYRIGHT else data


def _unpacked(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _MOST)


#: Before a block that is one sentence on rights.
_MARK = b"\0rights\0"
_VOCABULARY = re.compile(rb"DMI-PROHIBITED(-[A-Z]+)*")
_PLUS = {
    b"DMI-PROHIBITED-AIMLTRAINING": {Reservation.AI_TRAINING},
    b"DMI-PROHIBITED-GENAIMLTRAINING": {Reservation.GENERATIVE_TRAINING},
}
_TDM = re.compile(rb"""reservation\s*(?:=\s*["']|>\s*)1\b""")
#: In CBOR and in JSON: the use, "use" and what is said of it, with the few bytes of either notation between them.
_ASSERTION = re.compile(
    rb"(?:c2pa|cawg)\.(ai_generative_training|ai_training|ai_inference|data_mining).{1,12}?use.{1,6}?"
    rb"(notAllowed|constrained|allowed)",
    re.DOTALL,
)
_ASSERTED = {
    b"ai_generative_training": Reservation.GENERATIVE_TRAINING,
    b"ai_training": Reservation.AI_TRAINING,
    b"ai_inference": Reservation.AI,
    b"data_mining": Reservation.DATA_MINING,
}
_PROPERTIES = rb"(?:dc:rights|xmpRights:UsageTerms|plus:OtherConstraints|photoshop:Instructions)"
_ELEMENT = re.compile(rb"<(" + _PROPERTIES + rb")\b[^>]{0,200}>")
_ATTRIBUTE = re.compile(_PROPERTIES + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Special instructions and copyright notice (IPTC-IIM 2:40, 2:116).
_DATASET = re.compile(rb"\x1c\x02[\x28\x74](..)", re.DOTALL)
_SUBJECT = r"(?:\bAI\b|artificial intelligence|machine[ -]learning|generative AI|(?:text and )?data[ -]mining|\bTDM\b)"
#: Not after these words: "No AI was used in this picture" reserves nothing.
_NOT_USED = r"(?!\s+(?:was|were|has|have|is|used|involved))"
_SENTENCE = re.compile(
    rf"(?:\b(?:no|not|never|without|prohibit\w*|forbid\w*|reserv\w*|opt(?:ed)?[ -]?out)\b"
    rf"[^.;]{{0,80}}?{_SUBJECT}{_NOT_USED}"
    rf"|{_SUBJECT}[^.;]{{0,60}}?\b(?:prohibited|forbidden|reserved|not (?:be )?(?:allowed|permitted|granted))\b"
    r"|\bno-?ai\b)",
    re.IGNORECASE,
)


def _said_in(block: bytes) -> set[Reservation]:
    """Return what a block of metadata reserves: a packet, a list of datasets, an assertion store or one sentence."""
    if block.startswith(_MARK):
        return _said_by([block[len(_MARK) :]])
    found: set[Reservation] = set()
    for value in _VOCABULARY.finditer(block):
        found |= _PLUS.get(value.group(), {Reservation.DATA_MINING})
    if b"ns/tdmrep" in block and _TDM.search(block):
        found.add(Reservation.DATA_MINING)
    if b"training-mining" in block:
        found |= {_ASSERTED[use] for use, said in _ASSERTION.findall(block) if said != b"allowed"}
    sentences = []
    for opening in islice(_ELEMENT.finditer(block), _MOST_SENTENCES):
        # Never to the end of the block: it may have a thousand openings and no end.
        text, end, _ = block[opening.end() : opening.end() + _LONGEST].partition(b"</" + opening.group(1) + b">")
        sentences.append(text if end else b"")
    sentences += [found[1] or found[2] or b"" for found in islice(_ATTRIBUTE.finditer(block), _MOST_SENTENCES)]
    for head in islice(_DATASET.finditer(block), _MOST_SENTENCES):
        count = struct.unpack(">H", head.group(1))[0]
        sentences.append(block[head.end() : head.end() + count])
    return found | _said_by(sentences)


def _said_by(sentences: list[bytes]) -> set[Reservation]:
    found = set()
    for sentence in sentences:
        hit = _SENTENCE.search(sentence[:_LONGEST].decode("utf-8", "replace"))
        if hit is not None:
            found.add(_kind_of(hit.group().lower()))
    return found


#: Longest sentence, in bytes, and how many of one kind are read in a block.
_LONGEST, _MOST_SENTENCES = 20_000, 200


def _kind_of(words: str) -> Reservation:
    if "mining" in words or "tdm" in words:
        return Reservation.DATA_MINING
    return Reservation.AI
