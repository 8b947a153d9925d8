"""Write ICC profiles for colours that a file declares in numbers, and tell sound profiles from faulty ones.

A profile is the only declaration of colours that every program and service understands. The layout is that of
ICC.1:2010 (version 4.3): a header of 128 bytes, a table of tags, and the tags.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import ProfileFault
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips

_HEADER = 128
_TAG = 12
#: More tags than any real profile has.
_MOST_TAGS = 1_000
#: The white of profiles, D50.
_D50 = (0.9642, 1.0, 0.8249)

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
#: Coordinates x and y in the CIE 1931 diagram.
Point = tuple[float, float]

_BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


@dataclass(frozen=True, slots=True)
class Primaries:
    """Red, green, blue and white of a colour space."""

    red: Point
    green: Point
    blue: Point
    white: Point

    def is_near(self, other: Primaries) -> bool:
        """Return whether nobody could see a difference; files give their numbers with three to five digits."""
        mine = (*self.red, *self.green, *self.blue, *self.white)
        others = (*other.red, *other.green, *other.blue, *other.white)
        return all(abs(a - b) < 0.002 for a, b in zip(mine, others, strict=True))

    def to_xyz(self) -> Matrix:
        """Return the matrix from linear RGB to XYZ, both relative to the white of these primaries.

        Raises ValueError when the primaries lie on one line.
        """
        columns = [xyz_of(point) for point in (self.red, self.green, self.blue)]
        rows = tuple(tuple(column[row] for column in columns) for row in range(3))
        weights = _times(_inverse(rows), xyz_of(self.white))  # type: ignore[arg-type]
        scaled = [[rows[row][column] * weights[column] for column in range(3)] for row in range(3)]
        return _matrix(scaled)


BT709 = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
ADOBE_RGB = Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290))
DISPLAY_P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290))


@dataclass(frozen=True, slots=True)
class Curve:
    """How numbers become light: Y = (a X + b) ^ gamma from `d` on, and Y = c X below (ICC parametric curve, type 3)."""

    gamma: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

    def tag(self) -> bytes:
        """Return the curve as the content of a tag."""
        if self.d == 0.0:
            return _padded(b"para\0\0\0\0" + struct.pack(">HHi", 0, 0, _fixed(self.gamma)))
        numbers = (self.gamma, self.a, self.b, self.c, self.d)
        return _padded(b"para\0\0\0\0" + struct.pack(">HH5i", 3, 0, *map(_fixed, numbers)))


SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
BT709_CURVE = Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
#: Of Adobe RGB (1998): 2 + 51/256.
ADOBE_CURVE = Curve(563 / 256)


def rgb_profile(name: str, primaries: Primaries, curve: Curve) -> bytes:
    """Return the profile of an RGB colour space. Raises ValueError when the primaries lie on one line."""
    adapted = _product(adaptation(xyz_of(primaries.white), _D50), primaries.to_xyz())
    columns = [tuple(row[column] for row in adapted) for column in range(3)]
    return _profile(
        b"RGB ",
        name,
        [(key, _xyz_tag(column)) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)]
        + [(key, curve.tag()) for key in (b"rTRC", b"gTRC", b"bTRC")]
        + [(b"chad", _matrix_tag(adaptation(xyz_of(primaries.white), _D50)))],
    )


def grey_profile(name: str, curve: Curve) -> bytes:
    """Return the profile of a grey colour space."""
    return _profile(b"GRAY", name, [(b"kTRC", curve.tag())])


def profile_in(image: pyvips.Image) -> bytes | None:
    """Return the profile of a decoded picture."""
    profile: Any = image.get(_FIELD) if image.get_typeof(_FIELD) else None
    return profile if isinstance(profile, bytes) else None


def with_profile(image: pyvips.Image, profile: bytes | None) -> pyvips.Image:
    """Return the picture with another profile, or with none. Its numbers stay as they are."""
    tagged: Any = image.copy()
    if profile is not None:
        tagged.set_type(vips().GValue.blob_type, _FIELD, profile)
    elif tagged.get_typeof(_FIELD):
        tagged.remove(_FIELD)
    changed: pyvips.Image = tagged
    return changed


_FIELD = "icc-profile-data"


def name_of(profile: bytes) -> str:
    """Return what a profile calls itself (its tag `desc`, in its first language); "" if it does not tell."""
    count = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    for place in _tags(profile, count):
        if profile[place : place + 4] == b"desc":
            start, length = struct.unpack_from(">II", profile, place + 4)
            return _text_of(profile[start : start + length])
    return ""


def _text_of(tag: bytes) -> str:
    """Return the text of a tag: `mluc` of version 4, `desc` of version 2, or plain `text`."""
    if tag[:4] == b"mluc" and len(tag) >= 28:
        length, start = struct.unpack_from(">II", tag, 20)
        text = tag[start : start + length].decode("utf-16-be", "replace")
    elif tag[:4] == b"desc" and len(tag) >= 12:
        text = tag[12 : 12 + int.from_bytes(tag[8:12], "big")].decode("ascii", "replace")
    else:
        text = tag[8:].decode("ascii", "replace") if tag[:4] == b"text" else ""
    return text.split("\0")[0].strip()


def sound(profile: bytes, interpretation: str) -> tuple[bytes | None, ProfileFault]:
    """Return the profile as it can be used for a picture of this kind, None where it cannot, and what was wrong.

    `interpretation` is libvips' word for the kind of picture.
    """
    return _sound(profile, _SPACES.get(interpretation, b""))


#: Colour spaces of profiles, by libvips' interpretation.
_SPACES = {
    **dict.fromkeys(("b-w", "grey16"), b"GRAY"),
    **dict.fromkeys(("srgb", "rgb", "rgb16", "scrgb"), b"RGB "),
    "cmyk": b"CMYK",
    **dict.fromkeys(("lab", "labs", "labq"), b"Lab "),
}
#: The numbers of channels, and what libvips calls the kind.
_PROBES = {b"GRAY": (1, "b-w"), b"RGB ": (3, "srgb"), b"CMYK": (4, "cmyk")}


@lru_cache(maxsize=32)  # thousands of pictures share one profile
def _sound(profile: bytes, space: bytes) -> tuple[bytes | None, ProfileFault]:
    if len(profile) < _HEADER + 4 or profile[36:40] != b"acsp":
        return None, ProfileFault.NO_PROFILE
    declared, fault = int.from_bytes(profile[:4], "big"), ProfileFault.NONE
    count = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    table = [struct.unpack_from(">II", profile, place + 4) for place in _tags(profile, count)]
    end = max((offset + size for offset, size in table), default=0)
    if not table or len(table) != count or end > len(profile):
        return None, ProfileFault.CUT
    if declared != len(profile):
        # All its parts are there: what follows them is padding, whatever its head says about the length.
        length = declared if end <= declared < len(profile) else end
        profile, fault = struct.pack(">I", length) + profile[4:length], ProfileFault.PADDED
    kind = profile[16:20]
    if (space and kind != space) or profile[12:16] in _OTHER_CLASSES or not _is_usable(profile, kind):
        return None, ProfileFault.WRONG_KIND
    return profile, fault


#: Links between two devices, effects, and lists of named colours do not describe a picture.
_OTHER_CLASSES = (b"link", b"abst", b"nmcl")


def _tags(profile: bytes, count: int) -> range:
    first = _HEADER + 4
    return range(first, min(first + min(count, _MOST_TAGS) * _TAG, len(profile) - _TAG + 1), _TAG)


def _is_usable(profile: bytes, kind: bytes) -> bool:
    """Return whether the colour engine can convert a pixel with it."""
    bands, interpretation = _PROBES.get(kind, (0, ""))
    if not bands:
        return True
    pixel = with_profile(vips().Image.black(1, 1, bands=bands).copy(interpretation=interpretation), profile)
    try:
        pixel.icc_transform("srgb", embedded=True, intent="relative").getpoint(0, 0)
    except vips().Error:
        return False
    return True


def _profile(space: bytes, name: str, tags: list[tuple[bytes, bytes]]) -> bytes:
    tags = [(b"desc", _text_tag(name)), (b"cprt", _text_tag("No copyright, use freely")), *tags]
    tags.append((b"wtpt", _xyz_tag(_D50)))
    offset = _HEADER + 4 + _TAG * len(tags)
    table, content, places = b"", b"", dict[bytes, int]()
    for key, data in tags:
        if data not in places:  # the three curves are the same
            places[data] = offset + len(content)
            content += data
        table += key + struct.pack(">II", places[data], len(data))
    size = offset + len(content)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4sQI12s4s",
        size,
        b"\0\0\0\0",  # the colour engine: none preferred
        0x04300000,
        b"mntr",
        space,
        b"XYZ ",
        struct.pack(">6H", 2020, 1, 1, 0, 0, 0),  # always the same, so that equal pictures give equal copies
        b"acsp",
        b"\0\0\0\0",
        0,
        b"\0\0\0\0",
        b"\0\0\0\0",
        0,
        0,
        struct.pack(">3i", *map(_fixed, _D50)),
        b"\0\0\0\0",
    )
    return head.ljust(_HEADER, b"\0") + struct.pack(">I", len(tags)) + table + content


def _text_tag(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return _padded(b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data)


def _xyz_tag(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, values))


def _matrix_tag(matrix: Matrix) -> bytes:
    return b"sf32\0\0\0\0" + struct.pack(">9i", *(_fixed(value) for row in matrix for value in row))


def _fixed(value: float) -> int:
    return round(value * 65_536)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def xyz_of(point: Point) -> tuple[float, float, float]:
    """Return XYZ of a point in the plane of colours, with Y 1. Raises ValueError when there is none."""
    x, y = point
    if y <= 0:
        raise ValueError(f"no colour: {point}")
    return x / y, 1.0, (1 - x - y) / y


def adaptation(source: tuple[float, float, float], target: tuple[float, float, float]) -> Matrix:
    """Return the matrix that turns colours under the white `source` into those under `target` (Bradford), all XYZ."""
    before, after = _times(_BRADFORD, source), _times(_BRADFORD, target)
    scaled = [[_BRADFORD[row][column] * after[row] / before[row] for column in range(3)] for row in range(3)]
    return _product(_inverse(_BRADFORD), _matrix(scaled))


def _matrix(rows: list[list[float]]) -> Matrix:
    first, second, third = ((row[0], row[1], row[2]) for row in rows)
    return first, second, third


def _times(matrix: Matrix, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = [_times(left, (right[0][column], right[1][column], right[2][column])) for column in range(3)]
    return _matrix([[columns[column][row] for column in range(3)] for row in range(3)])


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-9:
        raise ValueError("the primaries lie on one line")
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return _matrix([[value / determinant for value in row] for row in rows])


def between(source: Primaries, target: Primaries) -> Matrix:
    """Return the matrix from linear RGB of `source` to that of `target`, which must have the same white."""
    return _product(_inverse(target.to_xyz()), source.to_xyz())
