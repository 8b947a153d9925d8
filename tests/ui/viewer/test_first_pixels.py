"""What is remembered of pictures that were looked at."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.ui.viewer.first_pixels import FirstPixels

BOX = Size(100, 100)
GRID = PixelGrid(Size(1000, 1000))


def image(colour: str, form: QImage.Format = QImage.Format.Format_RGB32) -> QImage:
    made = QImage(100, 100, form)
    made.fill(QColor(colour))
    return made


def test_the_oldest_are_forgotten_and_a_look_keeps_young() -> None:
    kept = FirstPixels(most_bytes=3 * 100 * 100 * 3)
    for name in ("red", "green", "blue"):
        kept.keep(name, BOX, GRID, image(name))
    assert kept.find("red", BOX) is not None
    kept.keep("white", BOX, GRID, image("white"))
    assert kept.find("green", BOX) is None
    found = kept.find("red", BOX)
    assert found is not None
    assert (found.grid, found.image) == (GRID, image("red"))
    assert found.image.format() == QImage.Format.Format_RGB32


def test_another_content_or_size_of_the_view_is_another_entry() -> None:
    kept = FirstPixels()
    kept.keep("red", BOX, GRID, image("red"))
    assert kept.find("red", Size(200, 100)) is None
    assert kept.find("other", BOX) is None
    kept.keep("red", BOX, GRID, image("blue"))
    found = kept.find("red", BOX)
    assert found is not None
    assert found.image.pixelColor(5, 5) == QColor("blue")


def test_transparency_stays() -> None:
    kept = FirstPixels()
    kept.keep("glass", BOX, GRID, image("#80ff0000", QImage.Format.Format_ARGB32_Premultiplied))
    found = kept.find("glass", BOX)
    assert found is not None
    assert found.image.hasAlphaChannel()
    assert found.image.pixelColor(5, 5).alpha() == 128
