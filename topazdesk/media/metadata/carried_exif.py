"""Which EXIF entries of an original its result may carry: those about the picture, not about its file or pixels."""

from __future__ import annotations

from typing import Any

from topazdesk.domain.kept import MetadataChoice
from topazdesk.media.metadata.left_out import LeftOut
from topazdesk.media.metadata.library import exiv2

#: Entries of the first directory that describe the picture and not how its file is built.
_IMAGE = frozenset(
    [
        "ImageDescription",
        "Make",
        "Model",
        "Artist",
        "Copyright",
        "HostComputer",
        "DocumentName",
        "PageName",
        "Rating",
        "RatingPercent",
        "XPTitle",
        "XPComment",
        "XPAuthor",
        "XPKeywords",
        "XPSubject",
        "CameraSerialNumber",
        "ExposureTime",
        "FNumber",
        "ExposureProgram",
        "ISOSpeedRatings",
        "ShutterSpeedValue",
        "ApertureValue",
        "BrightnessValue",
        "ExposureBiasValue",
        "MaxApertureValue",
        "SubjectDistance",
        "MeteringMode",
        "LightSource",
        "Flash",
        "FocalLength",
        "FlashEnergy",
        "DateTimeOriginal",
        "TimeZoneOffset",
        "SelfTimerMode",
        "SecurityClassification",
        "ImageHistory",
        "ImageNumber",
        "UniqueCameraModel",
        "LocalizedCameraModel",
        "OriginalRawFileName",
        "ReelName",
        "CameraLabel",
        "TargetPrinter",
        "ImageID",
        "BatteryLevel",
        "SpectralSensitivity",
        "ExposureIndex",
        "SensingMethod",
        "LensInfo",
        "TimeCodes",
        "FrameRate",
        "TStop",
    ]
)
#: Entries of the first directory that say how the file is built, which its result says itself, or that are set anew.
_FILE = frozenset(
    [
        "ProcessingSoftware",
        "Software",
        "DateTime",
        "NewSubfileType",
        "SubfileType",
        "ImageWidth",
        "ImageLength",
        "BitsPerSample",
        "Compression",
        "PhotometricInterpretation",
        "FillOrder",
        "StripOffsets",
        "Orientation",
        "SamplesPerPixel",
        "RowsPerStrip",
        "StripByteCounts",
        "XResolution",
        "YResolution",
        "ResolutionUnit",
        "PlanarConfiguration",
        "PageNumber",
        "T4Options",
        "T6Options",
        "TransferFunction",
        "TransferRange",
        "Predictor",
        "WhitePoint",
        "PrimaryChromaticities",
        "ColorMap",
        "TileWidth",
        "TileLength",
        "TileOffsets",
        "TileByteCounts",
        "SubIFDs",
        "InkSet",
        "InkNames",
        "NumberOfInks",
        "DotRange",
        "ExtraSamples",
        "SampleFormat",
        "SMinSampleValue",
        "SMaxSampleValue",
        "JPEGTables",
        "JPEGProc",
        "JPEGInterchangeFormat",
        "JPEGInterchangeFormatLength",
        "JPEGRestartInterval",
        "JPEGLosslessPredictors",
        "JPEGPointTransforms",
        "JPEGQTables",
        "JPEGDCTables",
        "JPEGACTables",
        "YCbCrCoefficients",
        "YCbCrSubSampling",
        "YCbCrPositioning",
        "ReferenceBlackWhite",
        "XMLPacket",
        "IPTCNAA",
        "ImageResources",
        "ExifTag",
        "GPSTag",
        "InterColorProfile",
        "CompressedBitsPerPixel",
        "0x0118",  # the least and the greatest number
        "0x0119",
    ]
)
#: Those of the lens's and the sensor's place that have a sentence of their own.
_FOCUS = frozenset(["SubjectLocation", "SubjectArea"])
#: Entries of EXIF's own directory that are true of the original's pixels or file only, or are set anew.
_PHOTO_NOT = frozenset(
    [
        "MakerNote",
        "PixelXDimension",
        "PixelYDimension",
        "ColorSpace",
        "InteroperabilityTag",
        "ComponentsConfiguration",
        "CompressedBitsPerPixel",
        "RelatedSoundFile",
        "FocalPlaneXResolution",
        "FocalPlaneYResolution",
        "FocalPlaneResolutionUnit",
        "SubjectArea",
        "SubjectLocation",
        "SubSecTime",
        "OffsetTime",
        "CFAPattern",
        "SpatialFrequencyResponse",
        "SourceImageNumberOfCompositeImage",
    ]
)
_SERIALS = frozenset(["CameraSerialNumber", "BodySerialNumber", "LensSerialNumber", "ImageUniqueID"])
_PEOPLE = frozenset(("CameraOwnerName", "XPSubject"))
_GEO_TIFF = frozenset((33550, 33920, 33922, 34264, 34735, 34736, 34737, 42112, 42113))
#: Beginnings of descriptions that measuring programs write for themselves, with sizes in them.
_MACHINE_DESCRIPTIONS = ("<?xml", "<OME", "ImageJ=", '{"shape":', "SCANIMAGE", "SI.")
#: Groups of exiv2 that are not the maker's own notes.
_KNOWN = frozenset(("Image", "Photo", "GPSInfo", "Iop", "Thumbnail"))
_PRIVATE_FROM = 32_768
#: What Windows puts there to have room and to find its way, and how LERC, a compression of TIFF, packed the pixels.
_FILLING = frozenset((0xEA1C, 0xEA1D, 50_674))
#: The directories that programs take for each other.
_OTHER = {"Image": "Photo", "Photo": "Image"}


def carry(source: Any, choice: MetadataChoice, left_out: LeftOut) -> Any:
    """Return the entries of `source` (exiv2's ExifData) that the result gets; note in `left_out` what it does not."""
    library = exiv2()
    carried = library.ExifData()
    astray = []
    for datum in source:
        group, name = _home(datum)
        if not _is_carried(datum, group, name, choice, left_out):
            continue
        if group == datum.groupName():
            carried.add(datum)
        else:
            astray.append((f"Exif.{group}.{name}", datum))
    for key, datum in astray:
        if carried.findKey(library.ExifKey(key)) == carried.end():
            carried.add(library.ExifKey(key), datum.value())
    _name_lens(source, carried)
    return carried


def _home(datum: Any) -> tuple[str, str]:
    """Return the group and the name of an entry; of one in the wrong directory, the right ones."""
    group, name = datum.groupName(), datum.tagName()
    other = _OTHER.get(group, "")
    if other and name.startswith("0x"):
        known = exiv2().ExifKey(datum.tag(), other).tagName()
        if not known.startswith("0x"):
            return other, known
    return group, name


def _is_carried(datum: Any, group: str, name: str, choice: MetadataChoice, left_out: LeftOut) -> bool:
    if name in _SERIALS and not choice.keeps_serials:
        left_out.add("serials")
        return False
    if name in _PEOPLE and not choice.keeps_people:
        left_out.add("people")
        return False
    match group:
        case "Image":
            if name == "ImageDescription" and datum.toString().lstrip().startswith(_MACHINE_DESCRIPTIONS):
                left_out.add("measured")
                return False
            if name in _IMAGE:
                return True
            _note_image(datum.tag(), name, left_out)
            return False
        case "Photo":
            if name in _FOCUS:
                left_out.add("focus")
            elif name == "MakerNote":
                left_out.add("maker_notes")
            elif name.startswith("0x") and datum.tag() not in _FILLING:
                left_out.add("private")
            return name not in _PHOTO_NOT and not name.startswith("0x")
        case "GPSInfo":
            if not choice.keeps_location:
                left_out.add("location")
            return choice.keeps_location
        case "MpfInfo":  # told of by what the index lists
            return False
        case _:
            if group not in _KNOWN and not group.startswith(("Image", "SubImage", "SubThumb")):
                left_out.add("maker_notes")
            return False


def _note_image(tag: int, name: str, left_out: LeftOut) -> None:
    if tag in _GEO_TIFF:
        left_out.add("geo_scale")
    elif name in _FOCUS:
        left_out.add("focus")
    elif tag >= _PRIVATE_FROM and tag not in _FILLING and name.startswith("0x"):
        left_out.add("private")
    elif name not in _FILE and tag not in _FILLING:
        left_out.add("file_tags")


def _name_lens(source: Any, carried: Any) -> None:
    """Name the lens by the maker's notes, which do not come along, where EXIF itself does not."""
    library = exiv2()
    key = library.ExifKey("Exif.Photo.LensModel")
    if carried.findKey(key) != carried.end():
        return
    found = library.lensName(source)
    name = found.print(source) if found is not None and found != source.end() else ""
    if name and not name.startswith("(") and not name.isdigit():
        carried["Exif.Photo.LensModel"] = name
