"""Screenshots of widgets: written as PNG for people to judge, and checked for being a picture at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

OUT = Path(__file__).resolve().parents[1] / "shots" / "out"


def shot(widget: QWidget, name: str, *, focused: bool = False) -> QImage:
    """Show `widget`, write `tests/shots/out/<name>.png` and return the picture.

    `focused` keeps the keyboard focus where it is. Fails when it is empty, of another size than the widget, not written, or of one colour only.
    """
    widget.show()
    for _ in range(3):  # layout, polish, paint
        QApplication.processEvents()
    focus = widget.window().focusWidget()
    if focus is not None and not focused:
        focus.clearFocus()  # the ring only where the picture is about it
        QApplication.processEvents()
    image = widget.grab().toImage()
    assert not image.isNull(), "nothing was drawn"
    size = image.deviceIndependentSize().toSize()
    assert size == widget.size(), f"{size} drawn for a widget of {widget.size()}"
    assert colours(image) > 2, "the picture is empty: fewer than three colours"
    keep(image, OUT / f"{name}.png")
    return image


def keep(picture: QImage | QPixmap, path: Path) -> None:
    """Write a picture for people to look at, packed less than Qt does unasked: a seventh longer, in a third of the time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert picture.save(str(path), "PNG", 80), f"{path} could not be written"


def colours(image: QImage) -> int:
    """Number of different colours on a grid of some thousand points."""
    few = image.scaled(160, 160).convertToFormat(QImage.Format.Format_RGB32)
    return len(set(few.constBits().cast("I")))
