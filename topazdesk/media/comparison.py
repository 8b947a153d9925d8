"""Draw a before/after sheet: both pictures side by side, and below them the same detail of each at 100 % of the result.

`python -m topazdesk.media.comparison BEFORE AFTER OUT.png` writes one. Blocking.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.viewport import beside
from topazdesk.errors import TopazdeskError, told
from topazdesk.media.decoding import upright
from topazdesk.media.limits import pillow, vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import header_grid, read_header
from topazdesk.media.raster import raster_of, to_display
from topazdesk.media.thumbnail import thumbnail

if TYPE_CHECKING:
    from PIL.Image import Image

    from topazdesk.media.raster import Raster

#: Largest size of one whole picture on the sheet, which is two of them wide.
PANE = Size(800, 640)
#: Size of the detail, in pixels of the result as it is shown.
DETAIL = Size(800, 400)
GAP = 16
BAND = 40
TEXT_PX = 18

_GROUND = (46, 46, 46)
_TEXT = (242, 242, 242)
_QUIET = (207, 207, 207)


@dataclass(frozen=True, slots=True)
class _Side:
    title: str
    size: Size
    whole: Image
    detail: Image


def comparison(before: Path, after: Path) -> Image:
    """Return the sheet as an RGB Pillow image. Raises InputError when one of the two is damaged or not a picture."""
    source = header_grid(before)
    result = beside(source, header_grid(after))
    shown = result.shown
    detail = Size(min(DETAIL.width, shown.width), min(DETAIL.height, shown.height))
    # Both panes have the shape of the result, so that the eye can move between corresponding places.
    pane = _fitted(shown, PANE)
    sides = (
        _side("Before", before, source, pane, detail, shown),
        _side("After", after, result, pane, detail, shown),
    )
    width = max(pane.width, detail.width)
    sheet: Image = pillow().new(
        "RGB", (width * 2 + GAP * 3, BAND + pane.height + GAP + BAND + detail.height + GAP), _GROUND
    )
    for place, side in enumerate(sides):
        left = GAP + place * (width + GAP)
        _write(sheet, (left, 10), side.title, size_text(side.size))
        sheet.paste(side.whole, (left + (width - pane.width) // 2, BAND))
        below = BAND + pane.height + GAP
        _write(sheet, (left, below + 10), side.title, "detail at 100 % of the result")
        sheet.paste(side.detail, (left + (width - detail.width) // 2, below + BAND))
    return sheet


def size_text(size: Size) -> str:
    """Return a size as shown on the sheet: "3000 × 2000 · 6 MP"."""
    return f"{size.width} × {size.height} · {round(size.megapixels, 2 if size.megapixels < 1 else 1):g} MP"


def _side(title: str, path: Path, grid: PixelGrid, pane: Size, detail: Size, result: Size) -> _Side:
    whole = _rgb(thumbnail(path, pane)).resize((pane.width, pane.height), pillow().Resampling.BICUBIC)
    return _Side(title, grid.pixels, whole, _detail(path, grid.pixels, detail, result))


def _detail(path: Path, size: Size, detail: Size, result: Size) -> Image:
    """Return the middle of the picture, the part that `detail` covers in the result, scaled to the size of `detail`.

    `size` is in pixels of the picture, `detail` and `result` in square ones.
    """
    width = max(1, round(detail.width * size.width / result.width))
    height = max(1, round(detail.height * size.height / result.height))
    with opened(path) as descriptor:
        module = vips()
        try:
            info = read_header(descriptor, path)
            image = to_display(upright(descriptor, info))
            raster = raster_of(image.crop((image.width - width) // 2, (image.height - height) // 2, width, height))
        except OSError as error:
            raise refusal(error) from error
        except module.Error as error:
            raise damaged(str(error)) from error
    return _rgb(raster).resize((detail.width, detail.height), pillow().Resampling.BICUBIC)


def _fitted(size: Size, box: Size) -> Size:
    scale = min(box.width / size.width, box.height / size.height)
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def _rgb(raster: Raster) -> Image:
    mode = "RGBA" if raster.format.bytes_per_pixel == 4 else "RGB"
    image = pillow().frombytes(mode, (raster.width, raster.height), raster.data, "raw", mode, raster.stride)
    if mode == "RGB":
        return image  # type: ignore[no-any-return]
    ground = pillow().new("RGBA", image.size, (*_GROUND, 255))
    return pillow().alpha_composite(ground, image).convert("RGB")  # type: ignore[no-any-return]


def _write(sheet: Any, place: tuple[int, int], title: str, rest: str) -> None:
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(sheet)
    # Pillow's built-in font: a machine without a screen may have no others.
    font = ImageFont.load_default(TEXT_PX)
    left, top = place
    draw.text((left, top), title, font=font, fill=_TEXT)
    # Drawing twice, one pixel apart, imitates bold, which the built-in font lacks.
    draw.text((left + 1, top), title, font=font, fill=_TEXT)
    pen: float = left + draw.textlength(f"{title}  ", font=font)
    for number, words in enumerate(rest.split("×")):
        if number:  # the built-in font lacks "×", too: draw it
            arm, middle = TEXT_PX * 0.2, top + TEXT_PX * 0.62
            pen += arm
            draw.line((pen - arm, middle - arm, pen + arm, middle + arm), fill=_QUIET, width=1)
            draw.line((pen - arm, middle + arm, pen + arm, middle - arm), fill=_QUIET, width=1)
            pen += arm
        draw.text((pen, top), words, font=font, fill=_QUIET)
        pen += draw.textlength(words, font=font)


def main(arguments: list[str]) -> int:
    """Write the sheet of the files BEFORE and AFTER to OUT; return the exit code."""
    if len(arguments) != 3:
        print("usage: python -m topazdesk.media.comparison BEFORE AFTER OUT.png", file=sys.stderr)
        return 2
    before, after, out = map(Path, arguments)
    try:
        sheet = comparison(before, after)
    except TopazdeskError as error:
        print(told(error.title, error.hint), file=sys.stderr)
        return error.exit_code
    sheet.save(out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
