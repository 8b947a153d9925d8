"""Find what a file holds beside its picture, from its head and its last bytes: gain maps, clips, depth, previews.

It is asked of every picture that is added, so nothing between the two is read. What has no mark in either (another
picture behind the end of a JPEG that no index lists) is found when the result gets its metadata.
"""

from __future__ import annotations

import re
import struct
from itertools import islice

from topazdesk.domain.image import Companion, FileFormat
from topazdesk.errors import InputError
from topazdesk.media import jxl
from topazdesk.media.boxes import box_places
from topazdesk.media.byte_ranges import Read, of_descriptor, read_at
from topazdesk.media.jpeg_segments import APP1, APP2, EXTENDED_XMP, XMP, segments
from topazdesk.media.metadata import boxed
from topazdesk.media.multi_picture_index import count
from topazdesk.media.tiff_tags import Directories

#: Of a part of extended XMP: its digest, the length of the whole and the place in it.
_PART_HEAD = 40
_GAIN_MAP = b"urn:iso:std:iso:ts:21496"
_MOST_XMP = 1_000_000
#: Cameras fill up whole blocks.
_PADDING = 65_536
_MOST_BOXES = 64

_WORDS = (
    (Companion.GAIN_MAP, re.compile(rb"\b(?:hdrgm|HDRGainMap|hdr_metadata|apdi):\w")),
    (Companion.DEPTH, re.compile(rb"\b(?:GDepth|GImage|GAudio|depthData|portraitEffectsMatte):\w")),
)
_CLIP = re.compile(rb"GCamera:(?:MotionPhoto|MicroVideo|MicroVideoOffset)(?:=[\"']|>)\s*(\d+)")
_SEMANTIC = re.compile(rb"Item:Semantic(?:=[\"']|>)\s*(\w+)")
#: The words for parts of a file in Google's lists of them (Dynamic Depth, Ultra HDR, Motion Photo).
SEMANTICS = {
    "GainMap": Companion.GAIN_MAP,
    "MotionPhoto": Companion.MOTION,
    "Depth": Companion.DEPTH,
    "Confidence": Companion.DEPTH,
}
#: With one of these it is known what follows the picture.
FOLLOWING = (Companion.PICTURES, Companion.MOTION, Companion.GAIN_MAP, Companion.DEPTH)


def companions(descriptor: int, image_format: FileFormat, length: int) -> tuple[Companion, ...]:
    """Return what an open file of `length` bytes holds, each kind once. What makes no sense holds nothing.

    Raises OSError.
    """
    read = of_descriptor(descriptor)
    try:
        match image_format:
            case FileFormat.JPEG:
                found = _of_jpeg(read)
                if not found.intersection(FOLLOWING) and _is_followed(descriptor, length):
                    found.add(Companion.BEHIND)
            case FileFormat.HEIC | FileFormat.AVIF:
                found = boxed.companions(read, length)
            case FileFormat.TIFF:
                directories = Directories(read)
                found = {Companion.MASKS} if directories.has_mask(length) else set()
                if directories.is_chain_broken(length):
                    found.add(Companion.LOST_PAGES)
            case FileFormat.JXL:
                kinds = {box.kind for box in islice(box_places(read, length), _MOST_BOXES)}
                found = {Companion.GAIN_MAP} if b"jhgm" in kinds else set()
                if jxl.is_animated(descriptor):
                    found.add(Companion.FRAMES)
            case _:
                found = set()
    except (struct.error, IndexError, ValueError, InputError):
        found = set()
    return tuple(each for each in Companion if each in found)


def _of_jpeg(read: Read) -> set[Companion]:
    found: set[Companion] = set()
    packets: list[bytes] = []
    for segment in segments(read):
        if segment.marker == APP1 and sum(map(len, packets)) < _MOST_XMP:
            content = segment.content(read)
            if content.startswith(XMP):
                packets.append(content)
            elif content.startswith(EXTENDED_XMP):
                packets.append(content[len(EXTENDED_XMP) + _PART_HEAD :])
        elif segment.marker == APP2:
            head = read(segment.start + 4, len(_GAIN_MAP))
            if head == _GAIN_MAP:
                found.add(Companion.GAIN_MAP)
            elif head.startswith(b"MPF\0") and count(segment.content(read)[4:]) > 1:
                found.add(Companion.PICTURES)
    said = b"".join(packets)
    found |= {kind for kind, words in _WORDS if words.search(said)}
    if any(int(number) for number in _CLIP.findall(said)):
        found.add(Companion.MOTION)
    found |= {
        SEMANTICS[word] for each in _SEMANTIC.findall(said) if (word := each.decode("ascii", "replace")) in SEMANTICS
    }
    if Companion.GAIN_MAP in found:
        found.discard(Companion.PICTURES)  # which is how it is stored
    return found


def _is_followed(descriptor: int, length: int) -> bool:
    """Return whether the last that is no padding is no end mark: phones write what belongs to a picture behind it."""
    tail = read_at(descriptor, max(0, length - _PADDING), _PADDING).rstrip(b"\0\xff")
    return bool(tail) and not tail.endswith(b"\xff\xd9")
