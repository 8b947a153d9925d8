"""Write a pyramid: a tiled TIFF with all levels, streamed by libvips. Runs in the worker process.

This takes hardly longer than one decode, and memory for some hundred rows of the picture, whatever its height.
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
from topazdesk.media.proportions import in_proportion
from topazdesk.media.raster import premultiplied, to_display

#: Up to this size tiles are stored uncompressed, which is as fast as a bare decode. Beyond it they would fill the disk,
#: so they are stored as JPEG of high quality without colour subsampling: mostly 2 of 255 levels off, and only for the
#: eye (the values shown for the pixel under the pointer are read from the picture file itself).
PLAIN_PIXELS = 64_000_000


def is_plain(size: Size) -> bool:
    """Return whether the tiles of a picture of this size are stored uncompressed."""
    return size.pixels <= PLAIN_PIXELS


def bytes_needed(size: Size, *, has_alpha: bool) -> int:
    """Return how many bytes a pyramid takes on disk at most."""
    return size.pixels * (4 if has_alpha else 3) * 4 // 3 // (1 if is_plain(size) else 2)


def write(source: Path, part: Path, *, plain: bool, page: int = 0) -> None:
    """Write the pyramid of a page of the file at `source` to `part`; `plain` means uncompressed tiles.

    Raises InputError for the picture, OSError for the disk.
    """
    with opened(source) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, source, page)
            image = in_proportion(premultiplied(to_display(upright(descriptor, info))), info.grid)
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
            # By name, not by descriptor: only then does libvips keep the smaller levels on disk until it joins them,
            # instead of in memory (200 MB for 683 MP). As an argument the name is taken literally, with any brackets in
            # it.
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
