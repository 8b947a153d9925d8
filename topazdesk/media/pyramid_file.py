"""Writing a pyramid: a tiled TIFF with all levels, streamed by libvips. Runs in the worker process.

On a first visit this takes hardly longer than one decode; memory is some hundred lines of the picture, whatever its height.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX
from topazdesk.media.decoding import upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header
from topazdesk.media.raster import premultiplied, to_display

#: Up to here tiles are stored as they are, which is as fast as a bare decode. Above, that would fill the disk, and tiles become
#: JPEG of high quality without colour subsampling: 2 values of 255 off at most places, for the eyes only (what the pointer
#: reads comes from the file itself).
PLAIN_PIXELS = 64_000_000


def is_plain(size: Size) -> bool:
    """Whether the tiles of a picture of this size are stored uncompressed."""
    return size.pixels <= PLAIN_PIXELS


def bytes_needed(size: Size, *, has_alpha: bool) -> int:
    """Bytes on the disk that a pyramid takes at most, for the check beforehand."""
    return size.pixels * (4 if has_alpha else 3) * 4 // 3 // (1 if is_plain(size) else 2)


def write(source: Path, part: Path, *, plain: bool) -> None:
    """Write the pyramid of the picture at `source` to `part`. Raises InputError for the picture, OSError for the disk."""
    with opened(source) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, source)
            image = premultiplied(to_display(upright(descriptor, info)))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error
        if plain:
            packing: dict[str, Any] = {"compression": "none"}
        elif image.bands == 4:
            packing = {"compression": "deflate", "Q": 1, "predictor": "horizontal"}
        else:
            packing = {"compression": "jpeg", "Q": 95}
        try:
            # By name, not by descriptor: only beside a named file does libvips put the smaller levels on the disk meanwhile;
            # else it holds them in memory (200 MB for 683 MP). As an argument the name is taken as it is, brackets and all.
            image.tiffsave(
                str(part),
                tile=True,
                tile_width=TILE_PX,
                tile_height=TILE_PX,
                pyramid=True,
                depth="onetile",
                bigtiff=True,
                keep="none",
                **packing,
            )
        except UnicodeEncodeError as error:
            raise OSError("the name of the folder is not UTF-8") from error
        except module.Error as error:
            raise damaged(str(error)) from error
