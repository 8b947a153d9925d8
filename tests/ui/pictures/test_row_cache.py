"""Rows shown from what was drawn before: the same to the pixel, and drawn anew as soon as anything on them is another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Verdict
from topazdesk.ui.controls.paint import fitting
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import Head
from topazdesk.ui.pictures import row_cache as drawn_rows
from topazdesk.ui.pictures.row import Look, paint_head, paint_row
from topazdesk.ui.pictures.row_cache import DrawnRows
from topazdesk.ui.theme import Theme, font, tokens


def painted(draw: Callable[[QPainter, QRectF], None], ratio: float, top: float = 4) -> QImage:
    image = QImage(round(288 * ratio), round(68 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(tokens().panel)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    draw(painter, QRectF(0, top, 288, 60))
    painter.end()
    return image


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_a_kept_row_is_the_same_to_the_pixel(qapp: object, ratio: float) -> None:
    picture = Picture(1, Path("/in/a long name of a scanned page, which has to be cut somewhere.jpg"))
    picture.size = Size(6000, 4000)
    rows = DrawnRows()
    for top in (4, 5):
        for look in (Look(), Look(selected=True), Look(hovered=True, focused=True)):
            direct = painted(partial(paint_row, picture=picture, price=None, look=look), ratio, top)
            for _ in range(2):
                kept = painted(partial(rows.row, picture=picture, price=None, look=look), ratio, top)
                assert kept == direct
    head = Head(Section.TODO, count=3, total=10_000, note="6 credits")
    assert painted(lambda p, r: rows.head(p, r, head, hovered=False), ratio) == painted(
        lambda p, r: paint_head(p, r, head), ratio
    )


def test_a_row_is_drawn_once_until_something_on_it_changes(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(drawn_rows, "paint_row", lambda *_, **_how: drawn.append("row"))
    picture = Picture(1, Path("/in/a.jpg"))
    rows = DrawnRows()

    def times(look: Look = Look(), *, is_marked: bool = False) -> int:  # noqa: B008 - frozen
        for _ in range(2):
            painted(lambda p, r: rows.row(p, r, picture, None, look, is_marked=is_marked), 1.0)
        return len(drawn)

    assert times() == 1
    picture.size = Size(6000, 4000)
    assert times() == 2
    picture.thumbnail = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.thumbnail.fill(QColor("red"))
    assert times() == 3
    assert times(Look(selected=True)) == 4
    picture.percent = 40.0
    assert times(Look(selected=True)) == 5
    rows.clear()
    assert times(Look(selected=True)) == 6
    assert times(Look(selected=True), is_marked=True) == 7
    picture.verdicts["a job"] = Verdict.KEPT  # a mark was seen only when something else had changed, too
    assert times(Look(selected=True), is_marked=True) == 8


@pytest.mark.parametrize("width", [4000, 400_000_000])
def test_a_mark_stands_behind_the_size_and_gives_way_to_nothing(qapp: object, width: int) -> None:
    """Whatever room the size leaves, the mark is whole: inside the row, and before the price."""
    picture = Picture(1, Path("/in/a.png"))
    picture.size = Size(width, 4000)
    without = painted(partial(paint_row, picture=picture, price=None, look=Look()), 1.0)
    marked = painted(partial(paint_row, picture=picture, price=None, look=Look(), is_marked=True), 1.0)
    changed = [
        (x, y)
        for x in range(marked.width())
        for y in range(marked.height())
        if marked.pixelColor(x, y) != without.pixelColor(x, y)
    ]
    assert changed
    assert min(x for x, _ in changed) >= 88
    assert max(x for x, _ in changed) < 288 - 12


def test_the_price_in_a_heading_is_never_cut(themed: Theme) -> None:
    metrics = QFontMetrics(font("small", tabular=True))
    whole = metrics.horizontalAdvance("3 selected · 20 credits") + 1
    assert fitting("3 selected · 20 credits", metrics, whole, keeps_last=True) == "3 selected · 20 credits"
    assert fitting("3 selected · 20 credits", metrics, whole - 2, keeps_last=True) == "20 credits"
    assert fitting("20 credits", metrics, 10, keeps_last=True) != "20 credits"
