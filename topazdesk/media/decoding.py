"""Decode an open file to an upright libvips image, for every format that `probe` accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import InputError
from topazdesk.media import readers
from topazdesk.media.arrays import apart_from_alpha
from topazdesk.media.colour_facts import coloured
from topazdesk.media.end_mark import mended
from topazdesk.media.ending import ends_early
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, pixels
from topazdesk.media.pages import number_in_file
from topazdesk.media.soundness import require_sound, require_sound_behind_first, require_tones
from topazdesk.media.tiff_directory import CutOffError, read_directory
from topazdesk.media.tiff_kind import kind_of
from topazdesk.media.tiff_reader import decode_tiff, stored_numbers

if TYPE_CHECKING:
    import pyvips

#: Orientations that can be undone row by row; the others need the whole picture (in memory or in a temporary file).
_BY_ROWS = (1, 2)


def upright(descriptor: int, info: ImageInfo, *, any_order: bool = False) -> pyvips.Image:
    """Return the page of the picture that `info` is about, turned upright and decoded lazily.

    Depth and colour space stay as they are in the file where libvips streams it; everything else comes with 8 or 16
    bits. Channels that are neither colour nor transparency are left out. The profile is the one that says which colours
    are meant, and light of a high dynamic range is brought down to that of a screen (`colour_facts`).

    Read the image only once, from top to bottom, unless you pass `any_order`: then all of it is decoded, into memory
    or, when large, into a temporary file.
    Raises InputError and pyvips.Error; faults in the data raise pyvips.Error when the pixels are read.
    """
    return coloured(_upright(descriptor, info, any_order=any_order), descriptor, info)


def _upright(descriptor: int, info: ImageInfo, *, any_order: bool) -> pyvips.Image:
    if not info.is_streamed:
        return _in_memory(descriptor, info)
    access = "sequential" if info.orientation in _BY_ROWS and not any_order else "random"
    if info.format is FileFormat.JPEG and ends_early(descriptor, info.format, info.bytes_on_disk):
        image: pyvips.Image = vips().Image.jpegload_buffer(mended(descriptor), access=access, fail_on="warning")
    else:
        image = pixels(descriptor, info.page, access=access, fail_on="error")
    if info.format is FileFormat.AVIF and image.format == "ushort" and 8 < info.bits < 16:
        image = (image | (image >> info.bits)).copy(interpretation=image.interpretation)  # the lower bits are zeros
    if image.bands > info.bands and info.extra_bands:
        image = image.extract_band(0, n=info.bands)
    return image if info.orientation == 1 else image.autorot()


def as_stored(descriptor: int, info: ImageInfo) -> pyvips.Image:
    """Return what `upright` returns with `any_order`, but with the numbers that are in the file where that can be."""
    if info.format is not FileFormat.TIFF or info.is_streamed:
        return _upright(descriptor, info, any_order=True)
    try:
        directory = read_directory(descriptor, info.bytes_on_disk, info.page)
    except CutOffError as error:
        raise damaged("the directory is cut off") from error
    numbers = stored_numbers(descriptor, directory, kind_of(directory))
    if numbers is None:
        return _upright(descriptor, info, any_order=True)
    return _turned(numbers, info)


def _turned(image: pyvips.Image, info: ImageInfo) -> pyvips.Image:
    tagged = image.copy()
    tagged.set_type(vips().GValue.gint_type, "orientation", info.orientation)
    return tagged.autorot()


def _in_memory(descriptor: int, info: ImageInfo) -> pyvips.Image:
    try:
        if info.format is FileFormat.TIFF:
            directory = read_directory(descriptor, info.bytes_on_disk, info.page)
            number = number_in_file(descriptor, info.page)
            return _turned(decode_tiff(descriptor, directory, kind_of(directory), number), info)
        return readers.decode(descriptor, info.format, info.page)
    except CutOffError as error:
        raise damaged("the directory is cut off") from error
    except (InputError, MemoryError, vips().Error):
        raise
    except Exception as error:
        # Readers have exceptions of many kinds; whatever one file makes of them, the others must go on.
        raise damaged(f"{type(error).__name__}: {error}") from error


def sound(descriptor: int, info: ImageInfo) -> pyvips.Image:
    """Return what `upright` returns, after all of the file was decoded once and found whole.

    Raises InputError with the share that is damaged. Call it where nothing else decodes at the same time.
    """
    if info.is_streamed:
        require_sound(descriptor, info)
        return upright(descriptor, info)
    require_sound_behind_first(descriptor, info)
    image = upright(descriptor, info).copy_memory()
    require_tones(image, descriptor, info)
    return image


def decode_all(descriptor: int, info: ImageInfo) -> None:
    """Decode all of a picture and keep nothing. Raises as `sound` does."""
    try:
        sound(descriptor, info)
    except vips().Error as error:
        raise damaged(str(error)) from error


def to_rgb(image: pyvips.Image) -> pyvips.Image:
    """Convert a picture of 8 or 16 bits that is not plain to sRGB, keeping its alpha.

    CMYK is converted by its own profile. Where there are several channels beyond the colours, those are dropped.
    """
    deep = image.format != "uchar"
    if image.interpretation == "cmyk":
        # libvips' own CMYK profile is used only where the file brings none.
        if image.bands > 4:
            flat: pyvips.Image = apart_from_alpha(image, to_rgb)
            return flat
        # The same intent as for the screen: else the result would differ in colour from the original shown beside it.
        converted: pyvips.Image = image.icc_transform(
            "srgb",
            embedded=True,
            input_profile="cmyk",
            intent="relative",
            black_point_compensation=True,
            depth=16 if deep else 8,
        )
        return converted
    if image.interpretation in _PLAIN:
        grey = image.interpretation in ("b-w", "grey16")
        if image.bands > (2 if grey else 4):
            # Saved selections and the like: nothing says which of them is the transparency.
            image = image[0:1] if grey else image[0:3]
        if is_plain(image):
            return image
    rgb: pyvips.Image = image.colourspace("rgb16" if deep else "srgb")
    return rgb


def is_plain(image: pyvips.Image) -> bool:
    """Return whether the picture is 8- or 16-bit grey or RGB, with or without alpha, as every PNG reader expects."""
    return image.format in ("uchar", "ushort") and image.bands <= _PLAIN.get(str(image.interpretation), 0)


#: Interpretations of libvips and the number of bands that they have with alpha.
_PLAIN = {"b-w": 2, "grey16": 2, "srgb": 4, "rgb": 4, "rgb16": 4}
