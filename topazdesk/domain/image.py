"""What is known about a picture file without decoding it in full."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from topazdesk.domain.geometry import PixelGrid, Size
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


class DeclaredColour(StrEnum):
    """The colours that a file declares otherwise than by an embedded profile."""

    NONE = "none"  # none but those of its profile, or sRGB
    ADOBE_RGB = "adobe-rgb"
    DISPLAY_P3 = "display-p3"
    BT2020 = "bt2020"
    OWN = "own"  # primaries or a gamma written out in numbers
    PQ = "pq"  # high dynamic range, SMPTE ST 2084 (HDR10)
    HLG = "hlg"  # high dynamic range, ARIB STD-B67

    @property
    def is_hdr(self) -> bool:
        """Whether the picture is brighter than any screen's white and is brought down to it."""
        return self in (DeclaredColour.PQ, DeclaredColour.HLG)


class ProfileFault(StrEnum):
    """What is wrong with an embedded colour profile."""

    NONE = "none"
    PADDED = "padded"  # bytes follow it; they are left out
    CUT = "cut"  # it ends early, or its parts lie outside of it
    WRONG_KIND = "wrong-kind"  # for another kind of picture, as one for inks in a picture of light
    NO_PROFILE = "no-profile"  # it is something else

    @property
    def is_dropped(self) -> bool:
        """Whether the profile cannot be used."""
        return self not in (ProfileFault.NONE, ProfileFault.PADDED)


class Companion(StrEnum):
    """What a file holds beside the picture that is taken of it, and no result has; the value is the word in reports."""

    GAIN_MAP = "gain_map"  # what makes the picture brighter on a bright screen
    MOTION = "motion"  # a clip of the moment
    DEPTH = "depth"  # how far away everything is
    MASKS = "masks"  # where the sky or a person is
    PICTURES = "multi_picture"  # previews, and others that are no pages
    FRAMES = "frames"  # further frames of an animation that cannot be counted
    LOST_PAGES = "lost_pages"  # pages that a broken list of them hides
    BEHIND = "behind"  # something behind the end of the picture


class PageKind(StrEnum):
    """What a file's several pictures are."""

    PAGE = "page"  # scans
    FRAME = "frame"  # an animation
    PICTURE = "picture"  # a burst, or a collection


#: The EXIF orientations in which width and height change places.
TURNED = (5, 6, 7, 8)
#: A picture is a page, from 0, of a file.
PictureKey = tuple[Path, int]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Facts from a file's header.

    `stored_size` is the size as stored; `size` is upright, with the EXIF orientation (1 to 8) applied. `bits` is bits
    per channel, `bands` the number of channels including alpha, without the `extra_bands` (infrared, saved selections),
    which nothing in the file calls transparency. `bytes_on_disk` and `mtime_ns` identify the version read.

    `is_streamed`: libvips reads the file by itself, row by row and at reduced size; others are decoded into memory.
    `lacks_end_mark`: a JPEG or PNG that is whole but for its last bytes. `is_arithmetic`: a JPEG in arithmetic coding,
    which few programs read.
    `reservations`: the uses that its metadata does not allow.

    `colour` and `profile_fault` say which colours are meant. `dpi` is the resolution across and down as stored, None
    where the file states none; `pixel_aspect` is the width of a pixel divided by its height, which fax machines and
    some scanners make other than 1.

    `page` is the one that all other facts are about; thumbnails do not count as `pages`, and 0 is the one that every
    program shows. `is_page_chosen`: somebody asked for this page; else it is what is taken where nobody does. `beside`:
    what the file's head says it holds beside the picture.
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
    colour: DeclaredColour = DeclaredColour.NONE
    profile_fault: ProfileFault = ProfileFault.NONE
    page: int = 0
    page_kind: PageKind = PageKind.PAGE
    dpi: tuple[float, float] | None = None
    pixel_aspect: float = 1.0
    is_page_chosen: bool = False
    beside: tuple[Companion, ...] = ()
    is_arithmetic: bool = False

    @property
    def key(self) -> PictureKey:
        """What tells the picture from all others, also from those in the same file."""
        return self.path, self.page

    @property
    def is_turned(self) -> bool:
        """Whether rows as stored are columns of the upright picture."""
        return self.orientation in TURNED

    @property
    def size(self) -> Size:
        """The upright size."""
        return self.stored_size.turned() if self.is_turned else self.stored_size

    @property
    def upright_dpi(self) -> tuple[float, float] | None:
        """The resolution across and down of the upright picture; None where the file states none."""
        return self.dpi[::-1] if self.dpi is not None and self.is_turned else self.dpi

    @property
    def grid(self) -> PixelGrid:
        """The upright pixels with their shape: how the picture is shown."""
        return PixelGrid(self.size, 1 / self.pixel_aspect if self.is_turned else self.pixel_aspect)
