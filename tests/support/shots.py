"""Screenshots of widgets: written as PNG for people to judge, and checked for being a picture at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from tests.support.window import painted
from topazdesk.ui.theme import Mode, Theme, theme

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


async def take_both(widget: QWidget, name: str) -> None:
    """A window or sheet as it is now, in both themes: `<name>-dark.png` and `<name>-light.png`.

    For stories, which are inside of a task: the loop itself turns, never a nested one. A story is told once for both.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    modes: tuple[Mode, Mode] = ("light", "dark") if theme().mode == "light" else ("dark", "light")
    grounds: dict[Mode, int] = {}
    for mode in modes:
        if mode != theme().mode:
            Theme.apply(app, mode, high_contrast=False, reduced_motion=True)
        await painted(widget)
        image = widget.grab().toImage()
        size = image.deviceIndependentSize().toSize()
        assert size == widget.size(), f"{size} drawn for {widget.size()}"
        assert colours(image) > 20, "hardly anything was drawn"
        grounds[mode] = image.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixelColor(0, 0).lightness()
        keep(image, OUT / f"{name}-{mode}.png")
    assert grounds["light"] > grounds["dark"] + 20, f"both themes look the same: {grounds}"


def keep(picture: QImage | QPixmap, path: Path) -> None:
    """Write a picture for people to look at, packed less than Qt does unasked: a seventh longer, in a third of the time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert picture.save(str(path), "PNG", 80), f"{path} could not be written"


def colours(image: QImage) -> int:
    """Number of different colours on a grid of some thousand points."""
    few = image.scaled(160, 160).convertToFormat(QImage.Format.Format_RGB32)
    return len(set(few.constBits().cast("I")))
