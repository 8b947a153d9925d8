"""Buttons: primary, secondary, quiet and destructive ones, and square ones with only an icon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetrics, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from topazdesk.ui.controls.paint import (
    box,
    content_width,
    font,
    icon_and_text,
    paint_icon,
    painter_for,
    px,
    tokens,
)
from topazdesk.ui.texts import plain_tip

Variant = Literal["primary", "secondary", "quiet", "destructive"]
Size = Literal["small", "panel", "normal", "main"]
#: What a click costs: real money, only practice credits or nothing at all, or "" for a button without a price.
Cost = Literal["", "money", "free"]

_SIZES: dict[str, tuple[int, int, int]] = {  # height, padding, icon
    "small": (24, 8, 14),
    "panel": (28, 10, 14),
    "normal": (32, 12, 16),
    "main": (40, 16, 16),
}


class PaintedButton(QAbstractButton):
    """The base of all painted buttons: Return works like Space, and hovering repaints them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Click on Return and Enter. Buttons that spend money are guarded by their owner, not here."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that the pointer is over the button."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop showing that the pointer is over the button."""
        self.update()
        super().leaveEvent(event)

    @property
    def hovered(self) -> bool:
        """Whether the pointer is over the enabled button."""
        return self.isEnabled() and self.underMouse()


class WordedButton(PaintedButton):
    """The base of buttons with an icon and words; where room is short the words are left out, and a tool tip says them.

    A subclass paints `shown_words()` and returns how wide it is with given words (`_width`).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ""
        self._icon: str | None = None
        self._caret = False
        self._is_short = False

    def label(self) -> str:
        """Return the words, shown or not."""
        return self._label

    def set_short(self, is_short: bool) -> None:
        """Show the icon alone, or the words, too. Without an icon the words stay."""
        if is_short != self._is_short:
            self._is_short = is_short
            self._tip()
            self.updateGeometry()
            self.update()

    def shown_words(self) -> str:
        """Return the words that are painted."""
        return "" if self._is_short and self._icon else self._label

    def full_width(self) -> int:
        """Return the width with the words."""
        return self._width(self._label)

    def short_width(self) -> int:
        """Return the width without the words."""
        return self._width("" if self._icon else self._label)

    def _width(self, words: str) -> int:
        raise NotImplementedError

    def _set_label(self, label: str) -> None:
        self._drop_tip()
        self._label = label
        self.setAccessibleName(label)
        self._tip()
        self.updateGeometry()
        self.update()

    def _tip(self) -> None:
        if not self._is_short:
            self._drop_tip()
        elif not self.toolTip():
            self.setToolTip(plain_tip(self._label))

    def _drop_tip(self) -> None:
        if self._label and self.toolTip() == plain_tip(self._label):
            self.setToolTip(plain_tip(""))


def fit_words(buttons: Sequence[WordedButton], needed: int, room: int) -> None:
    """Leave the words of all these buttons out where a row has no room for them.

    `needed` is the width that the row needs with the buttons as they are, `room` the width that it has.
    """
    left_out = sum(button.full_width() - button.sizeHint().width() for button in buttons)
    for button in buttons:
        button.set_short(needed + left_out > room)


class Button(WordedButton):
    """A push button with text, an optional icon before it, and an optional caret after it (it opens something)."""

    def __init__(
        self,
        text: str,
        variant: Variant = "secondary",
        *,
        icon: str | None = None,
        size: Size = "normal",
        caret: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._variant = variant
        self._icon = icon
        self._size = size
        self._caret = caret
        self._cost: Cost = ""
        self._own_icon = icon
        self.setText(text)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        """Set the label and the accessible name."""
        super().setText(text.replace("&", "&&"))
        self._set_label(text)

    def _width(self, words: str) -> int:
        # A button that grows with its place has room for the sign of its cost, or does without it.
        grows = self.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Expanding
        return self._width_with(words, self._own_icon if grows else self._icon)

    def _width_with(self, words: str, name: str | None) -> int:
        _height, padding, icon = _SIZES[self._size]
        width = content_width(
            QFontMetrics(self._font()),
            name,
            words,
            size=px(icon),
            gap=px(6),
            trailing="fold" if self._caret and words else None,
        )
        return width + 2 * px(padding)

    def set_icon_name(self, name: str | None) -> None:
        """Change the icon."""
        self._own_icon = name
        self._take_icon()

    def set_cost(self, cost: Cost) -> None:
        """Look like what a click costs: filled, with a coin, or tinted, with the sign of this computer.

        A secondary button keeps its look but for the coin.
        """
        if cost != self._cost:
            self._cost = cost
            self._take_icon()
            self.update()

    @property
    def cost(self) -> Cost:
        """What a click costs, as it looks."""
        return self._cost

    def _take_icon(self) -> None:
        is_main = self._variant == "primary"
        name = "price" if self._cost == "money" else "sandbox" if self._cost == "free" and is_main else self._own_icon
        if name != self._icon:
            self._icon = name
            self.updateGeometry()
            self.update()

    def set_variant(self, variant: Variant) -> None:
        """Change the variant."""
        self._variant = variant
        self._take_icon()
        self.update()

    def set_reason(self, reason: str) -> None:
        """Disable the button and say why in tool tip and accessible description; enable it with `""`."""
        self.setEnabled(not reason)
        self.setToolTip(plain_tip(reason))
        self.setAccessibleDescription(reason)

    def sizeHint(self) -> QSize:
        """Return the size of text, icon and padding, depending on the size class."""
        return QSize(self._width(self.shown_words()), px(_SIZES[self._size][0]))

    def minimumSizeHint(self) -> QSize:
        """Return the full size: a button is never cut off."""
        return self.sizeHint()

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole button."""
        return QRectF(self.rect()), px(6)

    def _font(self) -> QFont:
        if self._size == "main":
            return font("main")
        if self._size == "small":
            return font("small", 500)
        return font("base", 600 if self._variant == "primary" else 500)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, outline, icon and text for the state."""
        painter = painter_for(self)
        fill, edge, ink = self._colours()
        _height, padding, icon = _SIZES[self._size]
        rect = QRectF(self.rect())
        box(painter, rect, px(6), fill, edge, width=tokens().outline)
        icon_and_text(
            painter,
            rect.adjusted(px(padding), 0, -px(padding), 0),
            self._icon if self._width_with(self.shown_words(), self._icon) <= rect.width() else self._own_icon,
            self.shown_words(),
            ink,
            self._font(),
            size=px(icon),
            gap=px(6),
            trailing="fold" if self._caret and self.shown_words() else None,
        )
        painter.end()

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        t = tokens()
        held, over = self.isDown() or self.isChecked(), self.hovered
        if not self.isEnabled():
            quiet = self._variant == "quiet"
            return None, None if quiet else t.line, t.off
        edge = None if t.tinted else t.edge
        if self._variant == "primary" and self._cost == "free":
            return (t.pressed if held else t.hover if over else t.infobg), t.link, t.link
        if self._variant == "primary":
            return (t.accent_pressed if held else t.accent_hover if over else t.accent), edge, t.on_accent
        if self._variant == "destructive":
            return (t.errfill_pressed if held else t.errfill_hover if over else t.errfill), edge, t.on_accent
        if self._variant == "quiet":
            return (t.pressed if held else t.hover if over else None), None, t.text
        return (t.pressed if held else t.hover if over else t.control), t.edge, t.text


class IconButton(PaintedButton):
    """A square button with only an icon; its name is the accessible name and the tool tip.

    `framed`: it has the outline of a button with words, beside which it stands.
    """

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        size: int = 28,
        icon_size: int = 16,
        role: str = "text",
        checkable: bool = False,
        framed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._framed = framed
        self._side = size
        self._icon_side = icon_size
        self._role = role
        self.setCheckable(checkable)
        self.set_name(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str) -> None:
        """Set the accessible name and the tool tip."""
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(name))

    def set_icon_name(self, name: str) -> None:
        """Change the icon."""
        self._icon = name
        self.update()

    def icon_name(self) -> str:
        """Return the name of the icon."""
        return self._icon

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(px(self._side), px(self._side))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole button."""
        return QRectF(self.rect()), px(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon, with a background while hovered or pressed."""
        t = tokens()
        painter = painter_for(self)
        fill = t.control if self._framed else None
        if self.isEnabled() and (self.isDown() or self.isChecked()):
            fill = t.pressed
        elif self.hovered:
            fill = t.hover
        rect = QRectF(self.rect())
        if fill is not None:
            box(painter, rect, px(6), fill, t.edge if self._framed else None, width=t.outline)
        side = px(self._icon_side)
        place = QRectF(0, 0, side, side)
        place.moveCenter(rect.center())
        paint_icon(painter, place, self._icon, t.colour(self._role) if self.isEnabled() else t.off)
        painter.end()
