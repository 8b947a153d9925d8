"""Draws a contact sheet: a PDF of pictures before and after, side by side, with a caption under each pair. Blocking.

The text is text, which can be searched and selected. It is set in a font that comes with the program; what that lacks
(Chinese, Japanese, Korean) is taken from a font of the system, where there is one.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.geometry import Size
from topazdesk.media.small_jpeg import small_jpeg

#: A4 in millimetres, and what stands on it.
_PAGE_WIDTH, _PAGE_HEIGHT, _MARGIN, _TOP, _GAP = 210.0, 297.0, 15.0, 27.0, 4.0
_ROWS = 4
_ROW_HEIGHT = (_PAGE_HEIGHT - _TOP - _MARGIN - 6.0) / _ROWS
_BOX_WIDTH, _BOX_HEIGHT = (_PAGE_WIDTH - 2 * _MARGIN - _GAP) / 2, _ROW_HEIGHT - 13.0
_DPI = 200
_PRINTED = Size(round(_BOX_WIDTH / 25.4 * _DPI), round(_BOX_HEIGHT / 25.4 * _DPI))
_MOST_CHARACTERS = 120
_GREY = 96
_FAMILY = "sheet"
#: Fonts of the systems with the signs of East Asia, the first that is there is taken.
_SYSTEM_FONTS = {
    "win32": ("C:/Windows/Fonts/msyh.ttc", "C:/Windows/Fonts/malgun.ttf", "C:/Windows/Fonts/msgothic.ttc"),
    "darwin": ("/System/Library/Fonts/Supplemental/Arial Unicode.ttf", "/Library/Fonts/Arial Unicode.ttf"),
}
_LINUX_FONTS = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture before and after, each None if there is none, and the lines of its caption.

    `page` is that of the file before, from 0.
    """

    before: Path | None
    after: Path | None
    caption: tuple[str, ...]
    page: int = 0


def write_contact_sheet(
    path: Path, title: str, subtitle: str, pairs: Sequence[Pair], font: Path, progress: Callable[[int], None]
) -> None:
    """Write the sheet as a new file. A picture that cannot be read is an empty frame that says so.

    `font` is a TrueType font for all texts. `progress` is called with the number of pairs that are drawn; whatever it
    raises stops the work. Raises OSError.
    """
    from fpdf import FPDF

    # A sign that no font here has is an empty box; the manifest has the name in full.
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    pdf = FPDF("portrait", "mm", "A4")
    pdf.set_title(one_line(title))
    pdf.set_creator("topazdesk")
    pdf.set_auto_page_break(False)
    pdf.set_compression(True)
    pdf.c_margin = 0.0  # texts begin where pictures do
    pdf.add_font(_FAMILY, fname=str(font))
    more = [name for name in _SYSTEM_FONTS.get(sys.platform, _LINUX_FONTS) if Path(name).is_file()][:1]
    for number, name in enumerate(more):
        pdf.add_font(f"{_FAMILY}-{number}", fname=name)
    pdf.set_fallback_fonts([f"{_FAMILY}-{number}" for number in range(len(more))], exact_match=False)
    pages = -(-len(pairs) // _ROWS)
    for place, pair in enumerate(pairs):
        row = place % _ROWS
        if row == 0:
            pdf.add_page()
            _head(pdf, title, subtitle, f"{place // _ROWS + 1} / {pages}")
        _draw(pdf, pair, _TOP + row * _ROW_HEIGHT)
        progress(place + 1)
    with path.open("xb") as file:
        file.write(pdf.output())


def parts(pairs: Sequence[Pair], most: int) -> Iterator[Sequence[Pair]]:
    """Split the pairs of a sheet that would be too long for a reader to open."""
    for start in range(0, len(pairs), most):
        yield pairs[start : start + most]


def _head(pdf: Any, title: str, subtitle: str, page: str) -> None:
    pdf.set_text_color(0)
    _write(pdf, title, 13, _MARGIN, 11.0, _PAGE_WIDTH - 2 * _MARGIN - 25.0)
    pdf.set_text_color(_GREY)
    _write(pdf, subtitle, 8, _MARGIN, 18.0, _PAGE_WIDTH - 2 * _MARGIN)
    pdf.set_font(_FAMILY, size=8)
    pdf.set_xy(_PAGE_WIDTH - _MARGIN - 25.0, 12.0)
    pdf.cell(25.0, 4.0, page, align="R")


def _draw(pdf: Any, pair: Pair, top: float) -> None:
    for picture, left, word in (
        (pair.before, _MARGIN, "Before"),
        (pair.after, _MARGIN + _BOX_WIDTH + _GAP, "After"),
    ):
        page = pair.page if picture is pair.before else 0
        original = (pair.before, pair.page) if pair.before is not None else None
        jpeg = None if picture is None else small_jpeg(picture, _PRINTED, page=page, original=original)
        if jpeg is None:
            pdf.set_draw_color(200)
            pdf.rect(left, top, _BOX_WIDTH, _BOX_HEIGHT)
            pdf.set_text_color(_GREY)
            _write(pdf, f"{word}: cannot be read", 8, left + 3.0, top + _BOX_HEIGHT / 2 - 2.0, _BOX_WIDTH - 6.0)
            continue
        data, size = jpeg
        factor = min(_BOX_WIDTH / size.width, _BOX_HEIGHT / size.height)
        width, height = size.width * factor, size.height * factor
        pdf.image(BytesIO(data), left, top + _BOX_HEIGHT - height, width, height, alt_text=word)
    for number, line in enumerate(pair.caption[:2]):
        pdf.set_text_color(0 if number == 0 else _GREY)
        _write(
            pdf, line, 8 if number == 0 else 7, _MARGIN, top + _BOX_HEIGHT + 1.5 + 4.0 * number, 2 * _BOX_WIDTH + _GAP
        )


def _write(pdf: Any, text: str, points: float, left: float, top: float, width: float) -> None:
    """Write one line, cut in the middle until it fits. Nothing in it is a command: not of the PDF, not of Markdown."""
    pdf.set_font(_FAMILY, size=points)
    most = _MOST_CHARACTERS
    shown = one_line(text, most)
    while most > 8 and pdf.get_string_width(shown) > width:
        most -= 4
        shown = one_line(text, most)
    pdf.set_xy(left, top)
    pdf.cell(width, points * 0.45, shown)
