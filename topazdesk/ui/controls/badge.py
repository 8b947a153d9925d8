"""Small marks: badges (icon and word, never colour alone), key caps and chips."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.ui.controls.button import WordedButton
from topazdesk.ui.controls.paint import box, content_width, font, icon_and_text, painter_for, px, tokens
from topazdesk.ui.texts import tr

# kind: icon, text colour, background, outline (None: no outline)
_KINDS: dict[str, tuple[str, str, str, str | None]] = {
    "precise": ("precise", "text", "raised", "edge"),
    "generative": ("generative", "link", "infobg", None),
    "creative": ("creative", "warn", "warnbg", "warnln"),
    "unverified": ("unverified", "warn", "warnbg", None),
    "unconfirmed": ("info", "text2", "raised", "line"),
    "outdated": ("outdated", "text2", "raised", "line"),
    "good": ("done", "ok", "okbg", None),
    "used": ("done", "link", "infobg", None),
}


def badge_word(kind: str) -> str:
    """Return the word of a badge."""
    return {
        "precise": tr("Precise"),
        "generative": tr("Generative"),
        "creative": tr("Creative"),
        "unverified": tr("Not verified"),
        "unconfirmed": tr("Unconfirmed"),
        "outdated": tr("Outdated"),
        "good": tr("Good choice"),
        "used": tr("Current"),
    }[kind]


def badge_width(kind: str, text: str = "") -> int:
    """Return the width of a badge in pixels; it is 20 design pixels high."""
    metrics = QFontMetrics(font("caption", 600))
    return content_width(metrics, _KINDS[kind][0], text or badge_word(kind), size=px(12), gap=px(5)) + 2 * px(6)


def paint_badge(painter: QPainter, rect: QRectF, kind: str, text: str = "") -> None:
    """Paint a badge on a widget that paints itself."""
    t = tokens()
    name, ink, ground, edge = _KINDS[kind]
    outline = t.colour(edge) if edge else None if t.tinted else t.edge
    box(painter, rect, px(4), t.colour(ground), outline)
    inner = rect.adjusted(px(5), 0, -px(5), 0)
    words = text or badge_word(kind)
    icon_and_text(painter, inner, name, words, t.colour(ink), font("caption", 600), size=px(12), gap=px(5))


class Badge(QWidget):
    """A badge: precise, generative, creative (tiers), unverified, unconfirmed, outdated, good or used.

    `text` replaces the word.
    """

    def __init__(self, kind: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_kind(kind, text)

    def set_kind(self, kind: str, text: str = "") -> None:
        """Change kind and text."""
        self._kind = kind
        self._text = text or badge_word(kind)
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of icon, word and padding."""
        return QSize(badge_width(self._kind, self._text), px(20))

    def minimumSizeHint(self) -> QSize:
        """Return the full size: it is never cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the badge."""
        painter = painter_for(self)
        paint_badge(painter, QRectF(self.rect()), self._kind, self._text)
        painter.end()


def key_cap_width(key: str) -> int:
    """Return the width of a key cap in pixels; it is 20 design pixels high."""
    return max(px(20), QFontMetrics(font("caption", 600)).horizontalAdvance(key) + 2 * px(6))


def paint_key_cap(painter: QPainter, rect: QRectF, key: str, ink: QColor) -> None:
    """Paint a key cap on a widget that paints itself."""
    t = tokens()
    box(painter, rect, px(4), t.field, t.edge)
    painter.setFont(font("caption", 600))
    painter.setPen(ink)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)


class KeyCap(QWidget):
    """A key of the keyboard, shown as a small box. `ink` is the token of its text."""

    def __init__(self, key: str, *, ink: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._ink = ink
        self.setAccessibleName(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of the text, at least a square."""
        return QSize(key_cap_width(self._key), px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint box and text."""
        painter = painter_for(self)
        paint_key_cap(painter, QRectF(self.rect()), self._key, tokens().colour(self._ink))
        painter.end()


#: Of words that may be elided so many letters have room in any case.
_FEWEST_LETTERS = 8


class Chip(WordedButton):
    """A pill-shaped button that shows a state and opens a list; `tinted` to draw attention."""

    def __init__(
        self,
        text: str,
        *,
        icon: str | None = None,
        caret: bool = True,
        tinted: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._caret = caret
        self._least_words = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_content(text, icon, tinted=tinted)

    def set_content(self, text: str, icon: str | None = None, *, tinted: bool = False, least: str = "") -> None:
        """Change text, icon and tint. `least` are the words that stay where there is no room for the whole text."""
        self._icon = icon
        self._tinted = tinted
        self._least_words = least
        shrinks = QSizePolicy.Policy.Maximum if least else QSizePolicy.Policy.Fixed
        self.setSizePolicy(shrinks, QSizePolicy.Policy.Fixed)
        self._set_label(text)

    def shown_words(self) -> str:
        """Return the words that are painted."""
        return self._least_words if self._is_short and self._icon and self._least_words else super().shown_words()

    def short_width(self) -> int:
        """Return the width with the words that stay."""
        return self._width(self._least_words) if self._icon and self._least_words else super().short_width()

    def _width(self, words: str) -> int:
        trailing = "fold" if self._caret else None
        width = content_width(
            QFontMetrics(font("small", 500)), self._icon, words, size=px(14), gap=px(6), trailing=trailing
        )
        return width + 2 * px(10)

    def sizeHint(self) -> QSize:
        """Return the size of icon, text and caret."""
        return QSize(self._width(self.shown_words()), px(24))

    def minimumSizeHint(self) -> QSize:
        """Return the full size: it is never cut off. Words that stay are of the user, and may be elided."""
        if self._least_words and self.shown_words() == self._least_words:
            return QSize(min(self.sizeHint().width(), self._width(self._least_words[:_FEWEST_LETTERS])), px(24))
        return self.sizeHint()

    def _fitting_words(self) -> str:
        words, metrics = self.shown_words(), QFontMetrics(font("small", 500))
        lacking = self._width(words) - self.width()
        if lacking <= 0:
            return words
        room = metrics.horizontalAdvance(words) - lacking
        return metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the pill."""
        return QRectF(self.rect()), self.height() / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pill and its content."""
        t = tokens()
        painter = painter_for(self)
        ink: QColor = t.link if self._tinted else t.text
        ground = t.infobg if self._tinted else None
        if self.isDown():
            ground = t.pressed
        elif self.hovered:
            ground = t.hover
        if not self.isEnabled():
            ink, ground = t.off, None
        edge = (t.link if self._tinted else t.track) if self.isEnabled() else t.line
        box(painter, QRectF(self.rect()), self.height() / 2, ground, edge)
        icon_and_text(
            painter,
            QRectF(self.rect()).adjusted(px(10), 0, -px(10), 0),
            self._icon,
            self._fitting_words(),
            ink,
            font("small", 500),
            size=px(14),
            gap=px(6),
            trailing="fold" if self._caret else None,
        )
        painter.end()
