"""Paints a row of the queue, and computes where its buttons are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from topazdesk.language import language
from topazdesk.ui.controls.paint import (
    box,
    content_width,
    fitting,
    icon_and_text,
    paint_icon,
    paint_name,
    paint_thumbnail,
)
from topazdesk.ui.controls.progress import paint_progress
from topazdesk.ui.models.job_texts import Act, Action, Line
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import font, px, tokens

ROW = 60
_PAD, _GAP = 16, 12
_THUMB_WIDTH, _THUMB_HEIGHT = 60, 40
_NAME, _CREDITS = 168, 104
_ACTIONS, _WIDE_ACTIONS = 212, 248  # the wider one has room for "Cancel · up to 100 credits" and the three dots
_WIDE = 1000  # below this width only the rows that need it take the wider one: titles need the room
_TINY = 560  # below this width there is no column of its own for what happens
_NARROW = 900  # below this width buttons that cost nothing become icons
_MOST_CREDITS = 140
_TIGHT = 700  # below this width a row without words on its buttons gives their room to the stage
_HEIGHT, _INNER, _ICON = 28, 10, 14

_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight

#: The button with three dots, which opens the menu of a row.
MORE = Action(Act.DETAILS, "", "more")


@dataclass(frozen=True, slots=True)
class RowLook:
    """The state of a row: hovered, the one that keys are meant for (`chosen`), or that with a ring, too (`focused`).

    `over` and `focus` are the indexes of the buttons under the pointer and with the keyboard focus, -1 for none.
    """

    hovered: bool = False
    chosen: bool = False
    focused: bool = False
    over: int = -1
    focus: int = -1
    pressed: bool = False
    busy: bool = False


@dataclass(frozen=True, slots=True)
class ButtonPlace:
    """A button of a row and its rectangle."""

    action: Action
    rect: QRectF
    icon_only: bool


def places(rect: QRectF, line: Line) -> list[ButtonPlace]:
    """Return the buttons of a row from left to right. The last one opens the menu, unless Details is shown instead."""
    narrow = rect.width() < px(_NARROW)
    most = actions_width(rect, line)
    right, middle = rect.right() - px(_GAP), rect.center().y()
    if sum(action.strong for action in line.actions) > 1:
        return _stacked(rect, line, right)
    shown = list(line.actions)
    words = [_button_width(a, icon_only=narrow and not a.spends and bool(a.icon)) for a in shown]
    if any(a.act is Act.DETAILS for a in shown) and sum(words) + px(4) * len(words) > most:
        shown, words = shown[:-1], words[:-1]
    if not any(a.act is Act.DETAILS for a in shown):
        shown.append(MORE)
    made: list[ButtonPlace] = []
    for action in reversed(shown):
        only = action is MORE or (narrow and not action.spends and bool(action.icon))
        width = _button_width(action, icon_only=only)
        place = QRectF(right - width, middle - px(_HEIGHT) / 2, width, px(_HEIGHT))
        made.append(ButtonPlace(action, place, only))
        right -= width + px(4)
    return made[::-1]


def _stacked(rect: QRectF, line: Line, right: float) -> list[ButtonPlace]:
    """Return two buttons that must both be readable, one above the other."""
    height, made = px(24), []
    dots = _button_width(MORE, icon_only=True)
    plain = rect.width() < px(_NARROW)
    actions = [replace(action, icon="") if plain else action for action in line.actions]
    width = max(_button_width(action, icon_only=False) for action in actions)
    width = min(width, actions_width(rect, line) - dots - px(4))
    top = rect.center().y() - height - px(1)
    for number, action in enumerate(actions):
        place = QRectF(right - dots - px(4) - width, top + number * (height + px(2)), width, height)
        made.append(ButtonPlace(action, place, False))
    return [
        *made,
        ButtonPlace(MORE, QRectF(right - dots, rect.center().y() - px(_HEIGHT) / 2, dots, px(_HEIGHT)), True),
    ]


def paint_queue_row(painter: QPainter, rect: QRectF, line: Line, image: QImage | None, look: RowLook) -> None:
    """Paint background, thumbnail, name, stage, progress, price, buttons and focus of a row."""
    t = tokens()
    if look.chosen:
        painter.fillRect(rect, t.sel)
        painter.fillRect(QRectF(rect.left(), rect.top(), px(3), rect.height()), t.mark)
    elif look.hovered:
        painter.fillRect(rect, t.raised)
    painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.line)
    narrow, is_tiny = rect.width() < px(_NARROW), rect.width() < px(_TINY)
    left = rect.left() + px(_PAD)
    thumb = QRectF(left, rect.center().y() - px(_THUMB_HEIGHT) / 2, px(_THUMB_WIDTH), px(_THUMB_HEIGHT))
    paint_thumbnail(painter, thumb, image)
    left = thumb.right() + px(_GAP)
    right = rect.right() - px(_GAP) - actions_width(rect, line) - px(_GAP)
    credits_width = px(_CREDITS if not narrow else 92)
    credits_width = max(credits_width, min(_note_width(line), px(_MOST_CREDITS)))
    credits = QRectF(right - credits_width, rect.top(), credits_width, rect.height())
    _two_lines(painter, credits, line.credits, line.credits_note, at_right=True)
    name_width = credits.left() - px(_GAP) - left if is_tiny else px(120 if narrow else _NAME)
    top = rect.top() + (rect.height() - px(34)) / 2
    paint_name(painter, QRectF(left, top, name_width, px(18)), line.name, line.folder)
    if is_tiny:  # what happens stands below the name, in place of the recipe, which the tool tip has
        _paint_brief_stage(painter, QRectF(left, top + px(18), name_width, px(16)), line)
    else:
        _two_lines(painter, QRectF(left, rect.top(), name_width, rect.height()), "", line.recipe)
        left += name_width + px(_GAP)
        stage = QRectF(left, rect.top(), credits.left() - px(_GAP) - left, rect.height())
        _paint_stage(painter, stage, line)
    for number, place in enumerate(places(rect, line)):
        _paint_button(
            painter,
            place,
            over=number == look.over and not look.busy,
            down=look.pressed and number == look.over,
            focused=number == look.focus,
            enabled=not look.busy or place.action is MORE,
        )
    if look.focused and look.focus < 0:
        _ring(painter, rect.adjusted(px(3), px(3), -px(3), -px(4)), px(4))


def _paint_brief_stage(painter: QPainter, rect: QRectF, line: Line) -> None:
    t, small = tokens(), font("small", tabular=True)
    side, ink = px(14), t.colour(line.role)
    paint_icon(painter, QRectF(rect.left(), rect.top() + px(1), side, side), line.icon, ink)
    words = rect.adjusted(side + px(4), 0, 0, 0)
    fits = QFontMetrics(small).horizontalAdvance(line.title) <= words.width()
    _elided(painter, words, line.title if fits or line.share is None else line.brief, small, ink)
    if line.share is not None:
        bar = QRectF(rect.left(), rect.bottom() + px(2), rect.width(), px(4))
        paint_progress(painter, bar, line.share * 100, t.mark if line.moving else t.text2)


def _paint_stage(painter: QPainter, rect: QRectF, line: Line) -> None:
    t = tokens()
    ink = t.colour(line.role)
    has_bar = line.share is not None
    sentence = " · ".join(part for part in (line.place, line.sentence) if part)
    title_font, small = font("base", 600), font("small", tabular=True)
    sentence_lines = 1 if has_bar else _lines_for(small, sentence, int(rect.width()))
    used = px(18) + px(16) * sentence_lines + (px(9) if has_bar else 0)
    top = rect.top() + (rect.height() - used) / 2
    side = px(16)
    time_width = QFontMetrics(small).horizontalAdvance(line.time) + px(8) if line.time else 0
    if QFontMetrics(title_font).horizontalAdvance(line.title) + side + px(5) + time_width > rect.width():
        time_width = 0  # what is happening matters more than how long it takes
    paint_icon(painter, QRectF(rect.left(), top + px(1), side, side), line.icon, ink)
    words = QRectF(rect.left() + side + px(5), top, rect.width() - side - px(5) - time_width, px(18))
    fits = QFontMetrics(title_font).horizontalAdvance(line.title) <= words.width()
    _elided(painter, words, line.title if fits or line.share is None else line.brief, title_font, ink)
    if time_width:
        painter.setFont(small)
        painter.setPen(t.text2)
        painter.drawText(QRectF(rect.left(), top, rect.width(), px(18)), _RIGHT, line.time)
    below = QRectF(rect.left(), top + px(18), rect.width(), px(16) * sentence_lines)
    if sentence_lines == 1:
        _elided(painter, below, fitting(sentence, QFontMetrics(small), rect.width()), small, t.text2)
    else:
        painter.setFont(small)
        painter.setPen(t.text2)
        painter.drawText(below, _WRAP, _fit_two(small, _broken(small, sentence, rect.width()), int(rect.width())))
    if line.share is not None:
        bar = QRectF(rect.left(), below.bottom() + px(5), rect.width(), px(4))
        paint_progress(painter, bar, line.share * 100, t.mark if line.moving else t.text2)


_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


def _lines_for(used: QFont, text: str, width: int) -> int:
    return 1 if QFontMetrics(used).horizontalAdvance(text) <= width else 2


def _broken(used: QFont, text: str, width: float) -> str:
    """Break a list such as "3000 × 2000 · high-street_2x.jpg" between its parts, not within a name, if both lines fit.

    A sentence breaks wherever it has to.
    """
    head, _, last = text.rpartition(" · ")
    metrics = QFontMetrics(used)
    fits = head and metrics.horizontalAdvance(head) <= width and metrics.horizontalAdvance(last) <= width
    return f"{head}\n{last}" if fits else text


def _fit_two(used: QFont, text: str, width: int) -> str:
    """Return as many words as two lines hold; the rest is in the tool tip and under Details."""
    metrics = QFontMetrics(used)
    most = 2 * metrics.lineSpacing() + 2

    def fits(words: str) -> bool:
        return metrics.boundingRect(QRect(0, 0, width, 10_000), _WRAP, words).height() <= most

    if fits(text):
        return text
    gap = "" if language() == "ja" else " "  # which is broken between any two letters
    words = text.split() if gap else list(text)
    while len(words) > 1 and not fits(gap.join(words) + "…"):
        words.pop()
    return gap.join(words).rstrip(",.;:、。") + "…"


def _two_lines(painter: QPainter, rect: QRectF, strong: str, light: str, *, at_right: bool = False) -> None:
    t = tokens()
    top = rect.top() + (rect.height() - px(34 if light else 18)) / 2
    flags = _RIGHT if at_right else _LEFT
    for text, role, colour, offset, height in (
        (strong, "base", t.text, 0, px(18)),
        (light, "small", t.text2, px(18), px(16)),
    ):
        used = font(role, tabular=True)
        painter.setFont(used)
        painter.setPen(colour)
        shown = fitting(text, QFontMetrics(used), rect.width())
        painter.drawText(QRectF(rect.left(), top + offset, rect.width(), height), flags, shown)


def _elided(painter: QPainter, rect: QRectF, text: str, used: QFont, colour: QColor) -> None:
    painter.setFont(used)
    painter.setPen(colour)
    shown = QFontMetrics(used).elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(rect.width())))
    painter.drawText(rect, _LEFT, shown)


def _note_width(line: Line) -> int:
    return QFontMetrics(font("small", tabular=True)).horizontalAdvance(line.credits_note) + px(1)


def actions_width(rect: QRectF, line: Line) -> int:
    """Return the width of the column with a row's buttons, in device-independent pixels."""
    if rect.width() >= px(_WIDE):
        return px(_WIDE_ACTIONS)
    if rect.width() >= px(_NARROW):
        widths = [_button_width(action, icon_only=False) for action in line.actions if action.act is not Act.DETAILS]
        fits = sum(widths) + px(4) * len(widths) + px(_HEIGHT) <= px(_ACTIONS)
        return px(_ACTIONS if fits or sum(action.strong for action in line.actions) > 1 else _WIDE_ACTIONS)
    needs_words = any(not action.icon or action.spends for action in line.actions if action.act is not Act.DETAILS)
    is_tight = rect.width() < px(_TIGHT) and len(line.actions) <= 1 and not needs_words
    words = max((_button_width(action, icon_only=False) for action in line.actions if action.spends), default=0)
    return px(64) if is_tight else max(px(176), min(words + px(4) + px(_HEIGHT), px(_WIDE_ACTIONS)))


def _button_width(action: Action, *, icon_only: bool) -> int:
    if icon_only:
        return px(_HEIGHT)
    metrics = QFontMetrics(font("base", 500))
    width = content_width(metrics, action.icon or None, action.text, size=px(_ICON), gap=px(6))
    return width + 2 * px(_INNER)


def _paint_button(
    painter: QPainter, place: ButtonPlace, *, over: bool, down: bool, focused: bool, enabled: bool
) -> None:
    t = tokens()
    strong = place.action.strong
    fill: QColor | None = t.control if strong else None
    edge: QColor | None = t.edge if strong else None
    ink = t.text
    if not enabled:
        fill = None
        edge = t.line if strong else None
        ink = t.off
    elif down:
        fill = t.pressed
    elif over:
        fill = t.hover
    box(painter, place.rect, px(6), fill, edge, width=t.outline)
    if place.icon_only:
        rim = (place.rect.height() - px(16)) / 2
        rim_x = (place.rect.width() - px(16)) / 2
        paint_icon(painter, place.rect.adjusted(rim_x, rim, -rim_x, -rim), place.action.icon, ink)
    else:
        used = font("base" if place.rect.height() >= px(_HEIGHT) else "small", 500)
        inner = place.rect.adjusted(px(4), 0, -px(4), 0)
        icon = place.action.icon or None
        icon_and_text(painter, inner, icon, place.action.text, ink, used, size=px(_ICON), gap=px(6))
    if focused:
        _ring(painter, place.rect.adjusted(-2, -2, 2, 2), px(8))


def _ring(painter: QPainter, rect: QRectF, radius: float) -> None:
    painter.setPen(QPen(tokens().ring, px(2)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, radius, radius)


def place_name(place: ButtonPlace) -> str:
    """Return the name of a button for tool tips and screen readers."""
    return tr("More") if place.action is MORE else place.action.whole_text
