"""Which XMP properties of an original its result may carry."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from topazdesk.domain.kept import MetadataChoice
from topazdesk.language import nsay
from topazdesk.media.companions import SEMANTICS
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import PREFIX, exiv2, top_of

#: Properties set anew for the result, or mirrors of EXIF about the file and its pixels. Whole namespaces end in a dot.
_SET_ANEW = (
    "Xmp.xmpMM.DocumentID",
    "Xmp.xmpMM.InstanceID",
    "Xmp.xmpMM.OriginalDocumentID",
    "Xmp.xmpMM.DerivedFrom",
    "Xmp.xmpMM.RenditionClass",
    "Xmp.xmp.ModifyDate",
    "Xmp.xmp.MetadataDate",
    "Xmp.xmp.CreatorTool",
    "Xmp.xmpNote.",
    "Xmp.photoshop.LegacyIPTCDigest",
    "Xmp.photoshop.ICCProfile",
    "Xmp.photoshop.ColorMode",
    "Xmp.photoshop.SidecarForExtension",
    "Xmp.dc.format",
    "Xmp.exif.PixelXDimension",
    "Xmp.exif.PixelYDimension",
    "Xmp.exif.ColorSpace",
    "Xmp.exif.NativeDigest",
    "Xmp.exif.MakerNote",
    "Xmp.exif.FocalPlaneXResolution",
    "Xmp.exif.FocalPlaneYResolution",
    "Xmp.exif.CompressedBitsPerPixel",
    "Xmp.exif.ComponentsConfiguration",
    "Xmp.iptcExt.DigitalSourceType",
    f"Xmp.{PREFIX}.",
)
#: The only properties of the tiff namespace that are about the picture.
_TIFF = frozenset(f"Xmp.tiff.{name}" for name in ("Make", "Model", "Artist", "Copyright", "ImageDescription"))
_LEFT_OUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gain_map", ("Xmp.hdrgm.", "Xmp.HDRGainMap.", "Xmp.hdr_metadata.", "Xmp.apdi.")),
    (
        "depth",
        ("Xmp.GDepth.", "Xmp.GImage.", "Xmp.GAudio.", "Xmp.Device.", "Xmp.depthData.", "Xmp.portraitEffectsMatte."),
    ),
    ("credentials", ("Xmp.dcterms.provenance", "Xmp.c2pa.")),
    ("develop", ("Xmp.crs.", "Xmp.darktable.", "Xmp.crss.", "Xmp.xmpMM.Pantry", "Xmp.rtk.", "Xmp.dxo.")),
    ("thumbnails", ("Xmp.xmp.Thumbnails", "Xmp.xmp.PageInfo", "Xmp.xapGImg.")),
)
#: Where clips are described, and lists of what else is in the file, which also hold gain maps.
_PARTS_OF_FILE = ("Xmp.GCamera.Micro", "Xmp.GCamera.Motion", "Xmp.Container.", "Xmp.GContainer.", "Xmp.Item.")
_CLIPS = frozenset(f"Xmp.GCamera.{name}" for name in ("MotionPhoto", "MicroVideo", "MicroVideoOffset"))
#: Drones, phones and cataloguing programs have namespaces of their own for each of these: they are told by their names.
_LOCATION = re.compile(
    r"Xmp\.(photoshop\.(City|State|Country)|iptc\.CountryCode|geo\.(lat|long|alt)$"
    r"|[\w-]+\.\w*(?i:gps|latitude|longitude|altitude|location))"
)
_PEOPLE = re.compile(
    r"Xmp\.(iptcExt\.(PersonInImage|ImageRegion|ModelAge)|mwg-rs\.|MP\.|MPRI\.|acdsee\.regions|plus\.ModelRelease"
    r"|aux\.OwnerName|[\w-]+\.CameraOwner)"
)
_SERIALS = re.compile(r"Xmp\.[\w-]+\.\w*(?i:serialnumber|ImageUniqueID)")
_REGIONS = ("Xmp.mwg-rs.", "Xmp.MP.", "Xmp.MPRI.", "Xmp.acdsee.regions", "Xmp.iptcExt.ImageRegion")
#: Longest value, in characters: longer ones are pictures and depth maps in base64.
MOST_CHARACTERS = 200_000
#: Most properties, each part of a structure counted. exiv2 looks through all of them for each that it writes.
_MOST_PROPERTIES = 5_000
_MOST_NAMES = 4


def carry(source: Any, choice: MetadataChoice, left_out: LeftOut, *, same_frame: bool, factor: float) -> Any:
    """Return the properties of `source` (exiv2's XmpData) that the result gets.

    `same_frame`: the result shows the same section, as upright as it is stored, so that areas given as shares still
    hold. `factor` is how many times as wide the result is: the sizes of a panorama are given in pixels.
    """
    library = exiv2()
    carried = library.XmpData()
    kept = []
    for datum in source:
        key = datum.key()
        if key.startswith(_PARTS_OF_FILE):
            _note_part(key, datum.toString(), left_out)
            continue
        if not _is_carried(top_of(key), choice, left_out, same_frame):
            continue
        if len(datum.toString()) > MOST_CHARACTERS:
            left_out.add("depth" if "Data" in key else "large")
            continue
        kept.append(datum)
    for datum in _without_crowds(kept, left_out):
        key = datum.key()
        carried.add(datum)
        if key.startswith("Xmp.GPano.") and key.endswith("Pixels"):
            carried[key] = _times(datum.toString(), factor)
    return carried


def _note_part(key: str, value: str, left_out: LeftOut) -> None:
    """Note what is described, if it is there: programs that take a clip out leave a 0 behind."""
    if key in _CLIPS and value.strip() not in ("", "0"):
        left_out.add("motion")
    elif key.endswith("Item:Semantic") and value in SEMANTICS:
        left_out.add(SEMANTICS[value].value)


def _without_crowds(data: list[Any], left_out: LeftOut) -> list[Any]:
    """Return as many as are written in a second or two: whole properties go, those of the most parts first."""
    if len(data) <= _MOST_PROPERTIES:
        return data
    counts = Counter(top_of(datum.key()) for datum in data)
    places = {top: place for place, top in enumerate(counts)}
    gone: set[str] = set()
    rest = len(data)
    for top in sorted(counts, key=lambda name: (-counts[name], -places[name])):
        if rest <= _MOST_PROPERTIES:
            break
        gone.add(top)
        rest -= counts[top]
    names = [top.removeprefix("Xmp.") for top in counts if top in gone]
    named = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        named = nsay("{names} and {n} more", "{names} and {n} more", len(names) - _MOST_NAMES, names=named)
    left_out.add("many", named)
    return [datum for datum in data if top_of(datum.key()) not in gone]


def _is_carried(top: str, choice: MetadataChoice, left_out: LeftOut, same_frame: bool) -> bool:
    if any(top == each or (each.endswith(".") and top.startswith(each)) for each in _SET_ANEW):
        return False
    if top.startswith(("Xmp.exif.SubjectArea", "Xmp.exif.SubjectLocation")):
        left_out.add("focus")
        return False
    if top.startswith("Xmp.tiff."):
        return top in _TIFF
    for kind, starts in _LEFT_OUT:
        if top.startswith(starts):
            left_out.add(kind)
            return False
    for is_kept, pattern, kind in (
        (choice.keeps_location, _LOCATION, "location"),
        (choice.keeps_people, _PEOPLE, "people"),
        (choice.keeps_serials, _SERIALS, "serials"),
    ):
        if not is_kept and pattern.match(top):
            left_out.add(kind)
            return False
    if not same_frame and top.startswith(_REGIONS):
        left_out.add("regions")
        return False
    return True


def _times(text: str, factor: float) -> str:
    try:
        return str(round(int(text) * factor))
    except ValueError:
        return text
