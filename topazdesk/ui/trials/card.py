"""A candidate in the tray: its pixels, name and tier, what it costs here and on the whole picture, and its progress."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.language import comma
from topazdesk.ui.controls.badge import badge_width, badge_word, paint_badge
from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.paint import box, icon_and_text, paint_icon, painter_for
from topazdesk.ui.texts import plain_tip, tr
from topazdesk.ui.theme import font, px, tokens

_HEIGHT, _LOW_HEIGHT = 206, 150
_WIDTH, _NARROW, _WIDE = 142, 116, 190
_TEXTS = 102  # below the picture


@dataclass(frozen=True, slots=True)
class CardWords:
    """The texts of a card. `tier` is the kind of badge, "" for the original. `state`, if set, replaces the price.

    `badge` lies on the picture. `share` (0 to 1) is how much is done, None where nothing runs or the amount is unknown;
    `is_running` tells these apart.
    """

    number: int
    name: str
    tier: str
    first: str
    second: str
    state: str = ""
    icon: str = ""
    role: str = "text2"
    share: float | None = None
    is_running: bool = False
    badge: str = ""
    tip: str = ""


class _Place(PaintedButton):
    """A place in the tray. All have the same height and share the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(px(_WIDE))

    @property
    def is_low(self) -> bool:
        """Whether the cards are in their low form."""
        return self._low

    def set_low(self, low: bool) -> None:
        """Make the picture smaller, for a low window, or normal again."""
        if low != self._low:
            self._low = low
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the common size of the cards."""
        return QSize(px(_WIDTH), px(_LOW_HEIGHT if self._low else _HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return a size that lets five of them fit."""
        return QSize(px(_NARROW), self.sizeHint().height())

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the outline of the card."""
        return QRectF(self.rect()), px(8)


class TrialCard(_Place):
    """A card that shows its candidate when it is pressed, also by Return.

    Delete emits `removed`; Space emits `spaced`, as it belongs to the viewer.
    """

    removed = Signal()
    spaced = Signal(object)  # QKeyEvent, pressed or released

    def __init__(self, words: CardWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._image: QImage | None = None
        self.setCheckable(True)
        self.show_words(words)

    @property
    def words(self) -> CardWords:
        """The texts it shows now."""
        return self._words

    @property
    def image(self) -> QImage | None:
        """The pixels it shows now."""
        return self._image

    def show_words(self, words: CardWords) -> None:
        """Show other texts."""
        self._words = words
        tier = badge_word(words.tier) if words.tier else tr("Source")
        parts = [words.name, tier, words.state or words.badge, words.first, words.second]
        self.setAccessibleName(f"{words.number}: " + comma().join(part for part in parts if part))
        self.setToolTip(plain_tip(words.tip))
        self.setAccessibleDescription(words.tip)
        self.update()

    def show_image(self, image: QImage | None) -> None:
        """Show other pixels."""
        self._image = image
        self.update()

    def picture_size(self) -> QSize:
        """Return the size of its picture, in pixels of the screen."""
        ratio = self.devicePixelRatioF()
        return QSize(round((self.width() - 2) * ratio), round((self.height() - px(_TEXTS)) * ratio))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Delete and Space."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._words.number:
            self.removed.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.spaced.emit(event)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Pass on that Space was released."""
        if event.key() == Qt.Key.Key_Space:
            self.spaced.emit(event)
        else:
            super().keyReleaseEvent(event)

    def nextCheckState(self) -> None:
        """Keep a chosen card chosen when it is pressed."""
        self.setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture on top, the texts below, and an outline if it is chosen."""
        t, words = tokens(), self._words
        painter = painter_for(self)
        rect = QRectF(self.rect())
        box(painter, rect, px(8), t.hover if self.hovered and not self.isChecked() else t.raised)
        picture = rect.adjusted(1, 1, -1, -px(_TEXTS))
        self._paint_picture(painter, picture)
        margin = px(10 if rect.width() >= px(_WIDTH) else 8)
        left, width = rect.left() + margin, rect.width() - 2 * margin
        top = picture.bottom() + px(8)
        self._paint_name(painter, QRectF(left, top, width, px(20)))
        top += px(26)
        if words.tier:
            paint_badge(painter, QRectF(left, top, min(width, badge_width(words.tier)), px(20)), words.tier)
        else:
            self._paint_source_badge(painter, QRectF(left, top, width, px(20)))
        top += px(25)
        self._paint_lines(painter, QRectF(left, top, width, px(34)))
        edge = t.mark if self.isChecked() else t.line
        box(painter, rect, px(8), None, edge, width=2 if self.isChecked() else t.outline)
        painter.end()

    def _paint_picture(self, painter: QPainter, rect: QRectF) -> None:
        t = tokens()
        painter.save()
        clip = QPainterPath()
        clip.setFillRule(Qt.FillRule.WindingFill)
        clip.addRoundedRect(rect, px(8), px(8))
        clip.addRect(rect.adjusted(0, px(8), 0, 0))
        painter.setClipPath(clip)
        painter.fillRect(rect, t.canvas)
        image = self._image
        if image is not None and not image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            scale = max(rect.width() / image.width(), rect.height() / image.height())
            wide, high = rect.width() / scale, rect.height() / scale
            piece = QRectF((image.width() - wide) / 2, (image.height() - high) / 2, wide, high)
            if self._words.number and (self._words.state or self._words.badge):
                painter.setOpacity(0.45)  # these are not this candidate's own pixels yet
            painter.drawImage(rect, image, piece)
            painter.setOpacity(1)
        if self._words.icon and self._words.state:
            side = px(24)
            glyph = QRectF(0, 0, side, side)
            glyph.moveCenter(rect.center())
            ground = glyph.adjusted(-px(6), -px(6), px(6), px(6))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.overlay)
            painter.drawEllipse(ground)
            paint_icon(painter, glyph.adjusted(px(3), px(3), -px(3), -px(3)), self._words.icon, t.overlay_text)
        if self._words.badge:
            self._paint_note(painter, rect, self._words.badge)
        if self._words.is_running:
            bar = QRectF(rect.left(), rect.bottom() - px(4), rect.width(), px(4))
            painter.fillRect(bar, t.track)
            if self._words.share is not None:
                painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * self._words.share, bar.height()), t.mark)
        painter.restore()

    def _paint_note(self, painter: QPainter, rect: QRectF, words: str) -> None:
        t, used = tokens(), font("caption", 600)
        ground = QRectF(0, 0, QFontMetrics(used).horizontalAdvance(words) + 2 * px(8), px(22))
        ground.moveCenter(rect.center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.overlay)
        painter.drawRoundedRect(ground, px(4), px(4))
        painter.setFont(used)
        painter.setPen(t.overlay_text)
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_name(self, painter: QPainter, rect: QRectF) -> None:
        t = tokens()
        cap = QRectF(rect.left(), rect.top(), px(20), px(20))
        box(painter, cap, px(4), t.field, t.edge)
        painter.setFont(font("caption", 600))
        painter.setPen(t.text)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, str(self._words.number))
        room = rect.adjusted(px(28), 0, 0, 0)
        fonts = [font(role, 600) for role in ("base", "small", "caption")]
        fitting = (each for each in fonts if QFontMetrics(each).horizontalAdvance(self._words.name) <= room.width())
        used = next(fitting, None)
        painter.setFont(used or fonts[-1])
        metrics, wide = QFontMetrics(used or fonts[-1]), int(room.width())
        lines = [self._words.name] if used is not None else name_lines(self._words.name, metrics, wide)
        for number, line in enumerate(lines):
            shown = short_name(line, metrics, wide)
            place = room.translated(0, (2 * number - len(lines) + 1) * metrics.height() / 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_source_badge(self, painter: QPainter, rect: QRectF) -> None:
        t = tokens()
        used = font("caption", 600)
        words = tr("Source")
        width = QFontMetrics(used).horizontalAdvance(words) + px(12) + px(5) + 2 * px(6)
        ground = QRectF(rect.left(), rect.top(), min(width, rect.width()), rect.height())
        box(painter, ground, px(4), t.raised, t.line)
        inner = ground.adjusted(px(5), 0, -px(5), 0)
        icon_and_text(painter, inner, "sample", words, t.text2, used, size=px(12), gap=px(5))

    def _paint_lines(self, painter: QPainter, rect: QRectF) -> None:
        t, words = tokens(), self._words
        small, strong = font("small", tabular=True), font("small", 600, tabular=True)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        half = rect.height() / 2
        upper = QRectF(rect.left(), rect.top(), rect.width(), half)
        lower = QRectF(rect.left(), rect.top() + half, rect.width(), half)
        first, colour = (words.state, t.colour(words.role)) if words.state else (words.first, t.text2)
        failed = bool(words.state) and words.role == "err"  # what matters then is the price of another try
        words_second = words.first if failed else words.second
        second_font, second_ink = (small, t.text2) if failed else (strong, t.text)
        for place, text, used, ink in ((upper, first, small, colour), (lower, words_second, second_font, second_ink)):
            if QFontMetrics(used).horizontalAdvance(text) > place.width():
                used = font("caption", used.weight(), tabular=True)  # a price is small rather than cut
            if QFontMetrics(used).horizontalAdvance(text) > place.width():
                text = brief_price(text)
            painter.setFont(used)
            painter.setPen(ink)
            shown = QFontMetrics(used).elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()) + 1)
            painter.drawText(place, flags, shown)


def name_lines(name: str, metrics: QFontMetrics, room: int) -> list[str]:
    """Return a model's name in two lines if its last word and the rest fit so, else in one, which is cut."""
    parts = name.rsplit(" ", 1)
    return parts if all(metrics.horizontalAdvance(part) <= room for part in parts) else [name]


def short_name(name: str, metrics: QFontMetrics, room: int) -> str:
    """Return a model's name cut so that its last word stays whole: it tells High Fidelity 2 from High Fidelity 3."""
    head, _, last = name.rpartition(" ")
    left = room - metrics.horizontalAdvance(f" {last}")
    if metrics.horizontalAdvance(name) <= room:
        return name
    if not head or left < metrics.horizontalAdvance("M…"):
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
    return f"{metrics.elidedText(head, Qt.TextElideMode.ElideRight, left)} {last}"


def brief_price(text: str) -> str:
    """Return a line of a card with its unit shortened, as the ruler does: "Whole ≈ 19 cr"."""
    unit = tr("credits")
    return f"{text.removesuffix(unit)}{tr('cr')}" if text.endswith(unit) else text


class AddCard(_Place):
    """The dashed place for another candidate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._short = tr("Add a model…")
        self.setAccessibleName(self._short)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint dashes, a plus and a few words."""
        t = tokens()
        painter = painter_for(self)
        fill = t.pressed if self.isDown() else t.hover if self.hovered else None
        box(painter, QRectF(self.rect()), px(8), fill, t.track, width=1.5, style=Qt.PenStyle.DashLine)
        middle = QRectF(self.rect()).center()
        side = px(20)
        paint_icon(painter, QRectF(middle.x() - side / 2, middle.y() - side - px(2), side, side), "add", t.text)
        painter.setFont(font("base", 500))
        painter.setPen(t.text)
        words = QRectF(px(8), middle.y() + px(4), self.width() - 2 * px(8), px(40))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(words, int(flags), self._short)
        painter.end()


__all__ = ["AddCard", "CardWords", "TrialCard"]
