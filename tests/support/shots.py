"""Screenshots of widgets: written as PNG for people to judge, and checked for being a picture at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage
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
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.png"
    assert not image.isNull(), "nothing was drawn"
    size = image.deviceIndependentSize().toSize()
    assert size == widget.size(), f"{size} drawn for a widget of {widget.size()}"
    assert colours(image) > 2, "the picture is empty: fewer than three colours"
    assert image.save(str(path)), f"{path} could not be written"
    return image


def colours(image: QImage) -> int:
    """Number of different colours on a grid of some thousand points."""
    columns = range(0, image.width(), max(1, image.width() // 160))
    rows = range(0, image.height(), max(1, image.height() // 160))
    return len({image.pixel(x, y) for x in columns for y in rows})
