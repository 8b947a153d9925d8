"""What is known about a picture file without decoding it in full."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.usage_rights import Reservation


class FileFormat(StrEnum):
    """A picture file format; the value is the stable word in recipes and in requests to the services."""

    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    WEBP = "webp"
    BMP = "bmp"
    GIF = "gif"
    AVIF = "avif"
    HEIC = "heic"
    RAW = "raw"
    JXL = "jxl"
    JP2 = "jp2"
    PSD = "psd"
    PNM = "pnm"
    TGA = "tga"

    @property
    def suffix(self) -> str:
        """The file name suffix, with the dot."""
        return {"jpeg": ".jpg", "tiff": ".tif"}.get(self.value, f".{self.value}")


#: Formats that the Topaz Image API accepts and returns (published OpenAPI).
SERVICE_FORMATS = frozenset({FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF})

#: Largest request that the Topaz Image API accepts (published as 500 MB; read as the smaller, decimal megabyte).
MAX_UPLOAD_BYTES = 500_000_000


class SampleKind(StrEnum):
    """What the numbers in a picture are. All but `PLAIN` have no fixed white: it is found before they are sent."""

    PLAIN = "plain"  # whole numbers without a sign: 0 is black, the largest that fits into the bits is white
    WIDE = "wide"  # the same with more than 16 bits, which measurements use and hardly ever fill
    SIGNED = "signed"
    FLOAT = "float"


class ColourSpace(StrEnum):
    """In which colours the numbers are; all but grey and RGB are converted before they are sent."""

    GREY = "grey"
    RGB = "rgb"
    CMYK = "cmyk"
    LAB = "lab"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Facts from a file's header.

    `stored_size` is the size as stored; `size` is upright, with the EXIF orientation (1 to 8) applied. `bits` is bits
    per channel, `bands` the number of channels including alpha, without the `extra_bands` (infrared, saved selections),
    which nothing in the file calls transparency. `bytes_on_disk` and `mtime_ns` identify the version read.

    `is_streamed`: libvips reads the file by itself, row by row and at reduced size; others are decoded into memory.
    `lacks_end_mark`: a JPEG that is whole but for its last two bytes.
    `reservations`: the uses that its metadata does not allow.
    """

    path: Path
    format: FileFormat
    stored_size: Size
    orientation: int
    bits: int
    bands: int
    has_alpha: bool
    has_profile: bool
    pages: int
    bytes_on_disk: int
    mtime_ns: int
    samples: SampleKind = SampleKind.PLAIN
    extra_bands: int = 0
    is_streamed: bool = True
    lacks_end_mark: bool = False
    space: ColourSpace = ColourSpace.RGB
    reservations: tuple[Reservation, ...] = ()

    @property
    def size(self) -> Size:
        """The upright size."""
        return self.stored_size.turned() if self.orientation in (5, 6, 7, 8) else self.stored_size
