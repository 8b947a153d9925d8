"""One model in the gallery: a card that paints itself, so that fifty models cost fifty widgets, not five hundred."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.language import comma
from topazdesk.ui.controls import CheckBox, IconButton, Menu, PaintedButton, badge_width, badge_word, paint_badge
from topazdesk.ui.controls.paint import box, paint_icon, painter_for
from topazdesk.ui.gallery.example import paint_example
from topazdesk.ui.models.quotes import Quote, limits_text, price_text, too_large_text
from topazdesk.ui.models.tasks import TASKS
from topazdesk.ui.texts import plain_tip, small, time_left_text, tr, translated
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.mirrored import mirrored_rect

_PAD, _ICON, _EXAMPLE = 14, 36, 96
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class ModelTile(PaintedButton):
    """A checkable card. Emits `used` on Return or a double click, `starred` when the star or F is pressed.

    With `set_markable` it can be marked for a preview, by the check box over its icon or with P: `marked`.
    """

    used = Signal()
    starred = Signal()
    marked = Signal()
    example_removed = Signal()

    def __init__(self, model: Model, found: Quote | None, *, in_use: bool, favourite: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = model
        self.quote = found
        self.in_use = in_use
        self.favourite = favourite
        self.offer = ""
        self.good = ""
        self.seconds: float | None = None  # how long a picture takes, according to the service
        self.is_offered = not model.needs_check
        self._example: QImage | None = None
        self._heights: dict[int, int] = {}
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.star = IconButton("favourite", "", parent=self)
        self.star.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # F on the card does the same
        self.star.clicked.connect(self.starred)
        self.about = IconButton("info", tr("About this model"), parent=self)
        self.about.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # I on the card does the same
        self.about.setToolTip(plain_tip(about_text(model)))
        self.about.setVisible(bool(about_text(model)))
        self.about.clicked.connect(self.show_about)
        self.mark = CheckBox("", parent=self)
        self.mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # P on the card does the same
        self.mark.setAccessibleName(tr("Preview {model} on my picture").format(model=model.name))
        self.mark.hide()
        self.mark.toggled.connect(self._marked)
        self._is_markable = self._marks_shown = False
        self.set_favourite(favourite)

    @property
    def is_marked(self) -> bool:
        """Whether it is marked for a preview."""
        return self.mark.isChecked()

    def set_markable(self, *, shown: bool, reason: str = "") -> None:
        """Let it be marked. `shown`: show the check box always, not only under the pointer; `reason`: why not now."""
        self._is_markable, self._marks_shown = True, shown
        self.mark.setEnabled(not reason)
        self.mark.setToolTip(plain_tip(reason or tr("Preview on my picture (P)")))
        self._show_mark()

    def _marked(self) -> None:
        self._speak()
        self.marked.emit()

    def _show_mark(self) -> None:
        shown = self._is_markable and (self._marks_shown or self.is_marked or self.hovered or self.isChecked())
        if shown == self.mark.isHidden():
            self.mark.setVisible(shown)
            self.update()

    def set_quote(self, found: Quote) -> None:
        """Show the price."""
        self.quote = found
        self._heights.clear()
        self._speak()

    def set_example(self, image: QImage | None) -> None:
        """Show before and after of the user's own trial, `image` with one above the other; None for none."""
        self._example = image
        self._heights.clear()
        self._speak()

    @property
    def has_example(self) -> bool:
        """Whether it shows before and after of the user's own trial."""
        return self._example is not None

    def remove_example(self) -> None:
        """Remove the before/after picture, for good."""
        if self.has_example:
            self.set_example(None)
            self.example_removed.emit()

    def set_good(self, reason: str) -> None:
        """Mark the model as a good choice for the picture in the viewer; `reason` says why."""
        self.good = tr("Good choice: {reason}").format(reason=small(reason))
        self._heights.clear()
        self._speak()

    def set_offer(self, words: str, *, is_offered: bool) -> None:
        """Show what the service said about an unverified model, and whether it can be used."""
        if words != self.offer:
            self.offer = words
            self.is_offered = is_offered
            self._heights.clear()
            self._speak()

    def set_seconds(self, seconds: float) -> None:
        """Show how long a picture takes, according to the service."""
        self.seconds = seconds
        self._speak()

    def set_favourite(self, favourite: bool) -> None:
        """Fill or empty the star."""
        self.favourite = favourite
        self.star.set_icon_name("favourite_on" if favourite else "favourite")
        self.star.set_name(tr("Remove from favourites") if favourite else tr("Add to favourites"))
        self._speak()

    def show_about(self) -> None:
        """Show what is not confirmed about the model, or until when it works, beside the ⓘ."""
        place = self.about.mapToGlobal(self.about.rect().bottomLeft())
        QToolTip.showText(place, plain_tip(about_text(self.model)), self.about)

    def notes(self) -> list[tuple[str, str]]:
        """Return the badges next to the tier, as (kind, words)."""
        model, found = self.model, []
        if self.in_use:
            found.append(("used", badge_word("used")))
        if self.good:
            found.append(("good", self.good))
        if model.needs_check and self.offer:
            found.append(("good" if self.is_offered else "unverified", self.offer))
        elif model.needs_check or model.standing is ModelStatus.UNVERIFIED:
            found.append(("unverified", badge_word("unverified")))
        elif model.standing is ModelStatus.CURRENT and model.standing_note:
            found.append(("unconfirmed", badge_word("unconfirmed")))
        if model.standing in (ModelStatus.DEPRECATED, ModelStatus.LEGACY):
            found.append(("outdated", outdated_text(model)))
        return found

    # measures

    def sizeHint(self) -> QSize:
        """Return a nominal size; the grid asks for the height at its actual width."""
        return QSize(px(280), px(180))

    def heightForWidth(self, width: int) -> int:
        """Return the height of the card with all texts wrapped to `width`."""
        known = self._heights.get(width)
        if known is None:
            known = self._heights[width] = self._measure(width)
        return known

    def _measure(self, width: int) -> int:
        inner = width - 2 * px(_PAD)
        height = px(_PAD) + px(_ICON) + px(10) + self._badge_rows(inner) * px(24)
        height += px(4) + _text_height(font("small"), translated(self.model.purpose), inner)
        height += px(_EXAMPLE) + px(8) if self.has_example else 0
        for remark in remarks(self.model):
            height += px(4) + _text_height(font("small"), remark, inner - px(20))
        if too_large_text(self.quote):
            height += px(6) + px(18)
        return height + px(12) + px(36)

    def _badge_rows(self, inner: int) -> int:
        rows, left = 1, 0
        for kind, words in [(self.model.tier.value, ""), *self.notes()]:
            width = badge_width(kind, words)
            if left and left + width > inner:
                rows, left = rows + 1, 0
            left += width + px(6)
        return rows

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole card."""
        return QRectF(self.rect()), px(8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the star in its corner, and the ⓘ beside it."""
        super().resizeEvent(event)
        side, room, box_ = self.star.sizeHint().width(), self.mark.sizeHint(), px(_ICON)
        left = self.width() - side - px(10)
        mark = QRectF(px(_PAD) + (box_ - px(16)) // 2, px(_PAD) + (box_ - room.height()) // 2, *room.toTuple())
        for part, place in (
            (self.star, QRectF(left, px(10), side, side)),
            (self.about, QRectF(left - side, px(10), side, side)),
            (self.mark, mark),
        ):
            part.setGeometry(mirrored_rect(self, place).toRect())

    # events

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the check box."""
        super().enterEvent(event)
        self._show_mark()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the check box again."""
        super().leaveEvent(event)
        self._show_mark()

    def checkStateSet(self) -> None:
        """Show the check box on the chosen card, for whoever has no pointer."""
        super().checkStateSet()
        self._show_mark()

    def changeEvent(self, event: QEvent) -> None:
        """Measure the texts again with a new font."""
        self._heights.clear()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Return (use), F (favourite), I (about), P (preview) and Space (choose, as on every button)."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.setChecked(True)
            self.used.emit()
        elif plain and event.key() == Qt.Key.Key_F:
            self.starred.emit()
        elif plain and event.key() == Qt.Key.Key_Delete and self.has_example:
            self.remove_example()
        elif plain and event.key() == Qt.Key.Key_P and self._is_markable:
            self.mark.click()
        elif plain and event.key() == Qt.Key.Key_I and about_text(self.model):
            self.show_about()
        else:
            event.ignore() if event.key() in _MOVES else super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to remove the before/after picture."""
        if self.has_example:
            menu = Menu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(tr("Remove the before/after picture")).triggered.connect(self.remove_example)
            menu.popup(event.globalPos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Use the model; this costs nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setChecked(True)
            self.used.emit()

    def nextCheckState(self) -> None:
        """Keep a chosen card chosen."""
        self.setChecked(True)

    # looks

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint background, task icon, name, badges, purpose, cautions, price and limits."""
        t = tokens()
        painter = painter_for(self)
        edge, width = (t.mark, px(2)) if self.isChecked() else (t.track if self.hovered else t.line, t.outline)
        box(painter, QRectF(self.rect()), px(8), t.raised, edge, width=width)
        pad, inner = px(_PAD), self.width() - 2 * px(_PAD)
        side = px(_ICON)
        plate = QRectF(pad, pad, side, side)
        box(painter, plate, px(6), t.panel, None if t.tinted else t.edge)
        icon = TASKS.get(self.model.tasks[0], ("models",))[0] if self.model.tasks else "models"
        rim = (side - px(18)) / 2
        if self.mark.isHidden():
            paint_icon(painter, plate.adjusted(rim, rim, -rim, -rim), icon, t.text2)
        name_left = pad + side + px(10)
        beside = QRectF((self.star if self.about.isHidden() else self.about).geometry())
        name_room = mirrored_rect(self, beside).left() - px(6) - name_left
        name_font = font("title")
        painter.setFont(name_font)
        painter.setPen(t.text)
        if QFontMetrics(name_font).horizontalAdvance(self.model.name) > name_room:  # on two lines, before it is cut
            painter.setFont(font("base", 600))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(name_left, pad, name_room, side), flags, self.model.name)
        top = self._paint_badges(painter, pad, pad + side + px(10), inner) + px(4)
        if self._example is not None:
            paint_example(painter, QRectF(pad, top, inner, px(_EXAMPLE)), self._example)
            top += px(_EXAMPLE) + px(8)
        top = _paragraph(painter, QRect(pad, top, inner, 0), translated(self.model.purpose), font("small"), "text2")
        for remark in remarks(self.model):
            top += px(4)
            paint_icon(painter, QRectF(pad, top + px(1), px(14), px(14)), "info", t.text3)
            top = _paragraph(painter, QRect(pad + px(20), top, inner - px(20), 0), remark, font("small"), "text3")
        self._paint_foot(painter, pad, inner)
        painter.end()

    def _paint_badges(self, painter: QPainter, pad: int, top: int, inner: int) -> int:
        left = 0
        for kind, words in [(self.model.tier.value, ""), *self.notes()]:
            width = badge_width(kind, words)
            if left and left + width > inner:
                left, top = 0, top + px(24)
            paint_badge(painter, QRectF(pad + left, top, min(width, inner), px(20)), kind, words)
            left += width + px(6)
        return top + px(24)

    def _paint_foot(self, painter: QPainter, pad: int, inner: int) -> None:
        t = tokens()
        foot = px(36)
        line = self.height() - foot
        warning = too_large_text(self.quote)
        if warning:
            side = px(14)
            paint_icon(painter, QRectF(pad, line - px(8) - px(16), side, px(16)), "warning", t.warn)
            painter.setFont(font("small"))
            painter.setPen(t.warn)
            place = QRectF(pad + side + px(6), line - px(8) - px(16), inner - side - px(6), px(16))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, warning)
        painter.setPen(QPen(t.line, 1))
        painter.drawLine(pad, line, pad + inner, line)
        room = QRectF(pad, line, inner, foot)
        left, right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
        right |= Qt.AlignmentFlag.AlignRight
        price, limits, bold, small = (
            price_text(self.model, self.quote),
            limits_text(self.model),
            font("base", 600, tabular=True),
            font("small", tabular=True),
        )
        painter.setFont(bold)
        painter.setPen(t.text)
        painter.drawText(room, left, price)
        painter.setFont(small)
        painter.setPen(t.text2)
        room_left = inner - QFontMetrics(bold).horizontalAdvance(price) - px(8)
        limits = fitting_limits(limits, QFontMetrics(small), room_left)
        painter.drawText(room, right, limits)
        if self.seconds is not None:
            taken = QFontMetrics(bold).horizontalAdvance(price) + px(4)
            words = f"· {time_left_text(self.seconds, is_sure=True)}"  # a narrow card has room for no more
            free = inner - taken - QFontMetrics(small).horizontalAdvance(limits) - px(8)
            if QFontMetrics(small).horizontalAdvance(words) <= free:
                painter.drawText(room.adjusted(taken, 0, 0, 0), left, words)

    def _speak(self) -> None:
        model = self.model
        marks = [badge_word(model.tier.value), *(words for _kind, words in self.notes())]
        if self.favourite:
            marks.append(tr("favourite"))
        if self.is_marked:
            marks.append(tr("marked for a preview"))
        self.setAccessibleName(comma().join((model.name, *marks)))
        facts = (
            *(translated(model.purpose), *remarks(model), about_text(model)),
            *(price_text(model, self.quote), too_large_text(self.quote)),
        )
        taken = tr("{time} a picture").format(time=time_left_text(self.seconds)) if self.seconds is not None else ""
        self.setToolTip(plain_tip(tr("The service says: {time}").format(time=taken) if taken else ""))
        example = tr("Shows before and after of your own trial; Delete removes it") if self.has_example else ""
        said = (*facts, example, taken, limits_text(model))
        self.setAccessibleDescription(" ".join(f"{part.rstrip('.')}." for part in said if part))
        self.update()


def fitting_limits(limits: str, metrics: QFontMetrics, room: int) -> str:
    """Return limits for so many pixels: both, or that of the result, which counts more, before any is cut."""
    if metrics.horizontalAdvance(limits) > room:
        limits = limits.split(comma())[-1]
    if metrics.horizontalAdvance(limits) <= room:
        return limits
    return metrics.elidedText(limits, Qt.TextElideMode.ElideRight, room)


def outdated_text(model: Model) -> str:
    """Return the badge's words for an outdated model, such as "Outdated: use Recover 3 instead"."""
    if model.replacement:
        return tr("Outdated: use {model} instead").format(model=model.replacement)
    return badge_word("outdated")


def remarks(model: Model) -> list[str]:
    """Return the sentences below the purpose: what to watch out for, and until when it works."""
    found = [translated(model.caution)] if model.caution else []
    if model.retires:
        found.append(tr("May be switched off from {day}.").format(day=model.retires))
    return found


def about_text(model: Model) -> str:
    """Return what is not confirmed about the model, or what its service says of its future; "" in most cases."""
    return translated(model.standing_note)


_MOVES = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)


def _text_height(used: QFont, text: str, width: int) -> int:
    return QFontMetrics(used).boundingRect(QRect(0, 0, width, 10_000), _WRAP, text).height()


def _paragraph(painter: QPainter, place: QRect, text: str, used: QFont, role: str) -> int:
    """Paint wrapped text and return the y coordinate below it."""
    height = _text_height(used, text, place.width())
    painter.setFont(used)
    painter.setPen(tokens().colour(role))
    painter.drawText(QRect(place.x(), place.y(), place.width(), height + px(2)), _WRAP, text)
    return place.y() + height
