"""Price steps below the size control: a ruler with one field per step, and a line that offers a better size.

That size is the largest of the next cheaper step if it is close, else the largest of the present step.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from topazdesk.domain.advisor import Advice, PriceStep, advise, step_number, step_pixels, steps
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit
from topazdesk.ui.controls import Button, Text
from topazdesk.ui.controls.paint import painter_for
from topazdesk.ui.texts import (
    localised,
    megapixels_text,
    money_text,
    percent_text,
    plain_tip,
    sentences,
    size_text,
    small,
    tr,
)
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.mirrored import from_start, is_mirrored

_SHOWN = 8  # steps at a time, including the current one
_AHEAD = 2  # of them after the current one, if the model makes such sizes
#: A larger size of the same price is offered if it has so many times the pixels: less is nothing to look at.
_WORTH = 1.01


class PriceSteps(QWidget):
    """Ruler and line for one picture; hidden when there is no advice to give.

    `edited` is emitted with the `OutputSize` that the user chose.
    """

    begun = Signal()  # right before `edited`, so that earlier changes become an undo step of their own
    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.ruler = PriceRuler()
        self.line = Text("", "caption", "text2", wrap=True)
        self.line.setMinimumHeight(px(28))  # two lines, so that nothing below moves
        self.take = Button(tr("Apply"), size="small")
        self._wanted: PriceStep | None = None
        self._advice: Advice | None = None
        self._is_many = False
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.line, 1)
        row.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addWidget(self.ruler)
        column.addLayout(row)
        # The line never grows or shrinks the column while a value moves.
        self.take.setSizePolicy(_keeps_room(self.take.sizePolicy()))
        self.ruler.chosen.connect(self._chosen)
        self.take.clicked.connect(lambda: self._chosen(self._wanted))

    def show_size(self, model: Model, source: Size | None, target: Size | None) -> None:
        """Show steps and advice for a result of size `target` from a picture of size `source`."""
        advice = advise(model, source, target) if source is not None and target is not None else None
        self.setVisible(advice is not None)
        if source is None or advice is None:
            return
        self.ruler.show_steps(model, source, advice.target)
        self._advice = advice
        self._say()
        self._wanted = advice.cheaper or advice.step
        useful = self._wanted is not None and _is_worth_it(self._wanted.up_to, advice.target)
        self.take.setVisible(useful)
        if useful and self._wanted is not None:
            size = self._wanted.up_to
            _, offered = _apart(advice.target, size)
            self.take.setText(tr("Use {mp}").format(mp=offered))
            about = tr("Sets the size to {w} × {h}, {price}").format(
                w=size.width,
                h=size.height,
                price=money_text(self._wanted.estimate.credits, self._wanted.estimate.unit),
            )
            self.take.setToolTip(plain_tip(about))
            self.take.setAccessibleDescription(about)

    def set_many(self, is_many: bool) -> None:
        """Set whether the size applies to several pictures; the line then says that its prices are for this one."""
        if is_many != self._is_many:
            self._is_many = is_many
            self._say()

    def _say(self) -> None:
        if self._advice is not None:
            said = advice_text(self._advice)
            self.line.setText(tr("This picture: {what}").format(what=small(said)) if self._is_many else said)

    def _chosen(self, step: object) -> None:
        if isinstance(step, PriceStep):
            self.begun.emit()
            self.edited.emit(step.setting)


class PriceRuler(QAbstractSlider):
    """One field per price step, with the current one filled up to the current size.

    A click or the arrow keys choose the largest size of a step.
    """

    chosen = Signal(object)  # PriceStep

    def __init__(self) -> None:
        super().__init__()
        self.steps: tuple[PriceStep, ...] = ()
        self._key: tuple[object, ...] = ()
        self._here = 0
        self._share = 0.0
        self._ends_unknown = False
        self._beyond = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(tr("Price steps"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, model: Model, source: Size, target: Size) -> None:
        """Show the steps around `target` for a picture of size `source`, without emitting `chosen`."""
        number = step_number(model, target)
        while number > 1 and step_pixels(model, number - 1) is None:
            number -= 1  # all sizes without a price share one place, right after the last step
        first = max(1, number + _AHEAD - _SHOWN + 1)
        key = (model.service, model.slug, source, first)
        if key != self._key:
            self._key = key
            self.steps = steps(model, source, first, _SHOWN)
        self._ends_unknown = model.price.known_to_mp is not None
        self._here = number
        lower = step_pixels(model, number - 1) or 0
        upper = step_pixels(model, number)
        self._beyond = upper is None
        self._share = (target.pixels - lower) / (upper - lower) if upper is not None else 0.5
        if self.steps:
            self.setRange(self.steps[0].number, self.steps[-1].number)
            self.setValue(number)
        self.setAccessibleDescription(self._words(number))
        self.update()

    def step_at(self, x: float) -> PriceStep | None:
        """Return the step drawn at `x` (widget coordinates), or None."""
        width = self._width()
        place = int(x // width) if width > 0 else -1
        return self.steps[place] if 0 <= place < len(self.steps) else None

    def sizeHint(self) -> QSize:
        """Return a height of 26 design pixels."""
        return QSize(px(200), px(26))

    def minimumSizeHint(self) -> QSize:
        """Return the width at which the prices are still readable."""
        return QSize(px(120), px(26))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return rectangle and corner radius of the focus ring: around the whole ruler."""
        return QRectF(self.rect()), px(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint line, ticks, the filled step, the current point and the prices."""
        t = tokens()
        painter = painter_for(self)
        middle, width = float(px(7)), self._width()
        end = width * len(self.steps)
        painter.setPen(QPen(t.track, 1))
        painter.drawLine(QPointF(0, middle), QPointF(end, middle))
        for place in range(len(self.steps) + 1):
            x = min(round(place * width) + 0.5, self.width() - 0.5)
            painter.drawLine(QPointF(x, middle - px(3)), QPointF(x, middle + px(4)))
        if self._ends_unknown and self.steps:
            painter.setPen(QPen(t.track, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(end, middle), QPointF(self.width(), middle))
        self._paint_here(painter, middle, width)
        for place, step in enumerate(self.steps):
            self._paint_number(painter, QRectF(place * width, px(12), width, px(14)), step, first=place == 0)
        if self._ends_unknown and self.steps:
            painter.setFont(font("caption"))
            painter.setPen(t.text if self._beyond else t.text3)
            rest = QRectF(end, px(12), self.width() - end, px(14))
            painter.drawText(rest, Qt.AlignmentFlag.AlignCenter, tr("price not published"))
        painter.end()

    def _paint_here(self, painter: QPainter, middle: float, width: float) -> None:
        t = tokens()
        place = self._here - (self.steps[0].number if self.steps else 1)
        if not 0 <= place <= len(self.steps) or (place == len(self.steps) and not self._ends_unknown):
            return
        left = place * width
        room = self.width() - left if self._beyond else width
        x = min(left + room * max(0.0, min(1.0, self._share)), self.width() - float(px(4)))
        if not self._beyond:
            painter.setPen(QPen(t.mark, px(4)))
            painter.drawLine(QPointF(left, middle), QPointF(x, middle))
        painter.setPen(QPen(t.panel, px(2)))
        painter.setBrush(t.text)
        painter.drawEllipse(QPointF(max(x, float(px(4))), middle), px(4), px(4))

    def _paint_number(self, painter: QPainter, box: QRectF, step: PriceStep, *, first: bool) -> None:
        t = tokens()
        here = step.number == self._here
        painter.setFont(font("caption", 600 if here else 400, tabular=True))
        painter.setPen(t.text if here else t.text3)
        estimate = step.estimate
        if estimate.unit is not Unit.CREDIT:
            text = money_text(estimate.credits, estimate.unit)
        else:
            text = tr("{n} cr").format(n=estimate.credits) if first else str(estimate.credits)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
        painter.drawText(box, flags, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next or previous step by arrow key, the first or last one shown by Home and End."""
        known = [step for step in self.steps if step.number != self._here]
        wanted: PriceStep | None = None
        onwards, back = (
            (Qt.Key.Key_Left, Qt.Key.Key_Right) if is_mirrored(self) else (Qt.Key.Key_Right, Qt.Key.Key_Left)
        )
        if event.key() in (onwards, Qt.Key.Key_Up):
            wanted = next((step for step in known if step.number > self._here), None)
        elif event.key() in (back, Qt.Key.Key_Down):
            wanted = next((step for step in reversed(known) if step.number < self._here), None)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and known:
            wanted = self.steps[0] if event.key() == Qt.Key.Key_Home else self.steps[-1]
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            wanted = None
        else:
            event.ignore()
            return
        if wanted is not None:
            self.chosen.emit(wanted)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the largest size of the clicked step."""
        if event.button() == Qt.MouseButton.LeftButton:
            step = self.step_at(from_start(self, event.position().x()))
            if step is not None:
                self.chosen.emit(step)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Do nothing, unlike a slider: the ruler cannot be dragged."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do nothing, unlike a slider: the ruler cannot be dragged."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel: scrolling past the ruler must not change a price."""
        event.ignore()

    def event(self, event: QEvent) -> bool:
        """Show price and size of the step under the pointer as a tool tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            step = self.step_at(from_start(self, event.pos().x()))
            QToolTip.showText(event.globalPos(), plain_tip(step_text(step) if step is not None else ""), self)
            return True
        return super().event(event)

    def _width(self) -> float:
        places = len(self.steps) + (1 if self._ends_unknown else 0)
        return self.width() / max(1, places)

    def _words(self, number: int) -> str:
        here = next((step for step in self.steps if step.number == number), None)
        now = step_text(here) if here is not None else tr("No price is published for this size")
        return sentences(f"{now}.", tr("The arrow keys take the next or the previous step"))


def step_text(step: PriceStep) -> str:
    """Return price and largest size of a step, as in "6 credits up to 6000 × 4000 · 24.0 MP"."""
    price = money_text(step.estimate.credits, step.estimate.unit)
    return tr("{price} up to {size}").format(price=price, size=size_text(step.up_to, exact=True))


def advice_text(advice: Advice) -> str:
    """Return advice, as in "24.3 MP costs 2, 23.9 MP (99 %) costs 1" or "Same price up to 48.0 MP"."""
    cheaper = advice.cheaper
    if cheaper is not None:
        high, low = _apart(advice.target, cheaper.up_to)
        share = percent_text(advice.percent)
        less = _amount(cheaper.estimate.credits, cheaper.estimate.unit)
        if not advice.estimate.is_known:
            text = tr("No price is published for {high}, {low} ({share}) costs {less}")
            return text.format(high=high, low=low, share=share, less=less)
        more = _amount(advice.estimate.credits, advice.estimate.unit)
        text = tr("{high} costs {more}, {low} ({share}) costs {less}")
        return text.format(high=high, more=more, low=low, share=share, less=less)
    if advice.step is None:
        return tr("No price is published for this size")
    if advice.step.limited:
        upto = megapixels_text(advice.step.up_to, exact=True)
        return tr("Same price up to {mp}, the most that this model makes").format(mp=upto)
    return tr("Same price up to {mp}").format(mp=_mp(advice.step.up_to_px, 1, down=True))


def _amount(credits_: int, unit: Unit) -> str:
    return str(credits_) if unit is Unit.CREDIT else money_text(credits_, unit)


def _is_worth_it(offered: Size, present: Size) -> bool:
    """Return whether the difference to the present size is one that anybody would see: smaller is always cheaper."""
    return offered.pixels < present.pixels or offered.pixels >= present.pixels * _WORTH


def _apart(present: Size, offered: Size) -> tuple[str, str]:
    """Return two sizes in megapixels as they are said everywhere, with more decimals if they would look alike."""
    texts = megapixels_text(present, exact=True), megapixels_text(offered, exact=True)
    for places in (2, 3, 6):
        if texts[0] != texts[1]:
            break
        texts = _mp(present.pixels, places), _mp(offered.pixels, places, down=True)
    return texts


def _mp(pixels: int, places: int, *, down: bool = False) -> str:
    """Format a pixel count as megapixels with `places` decimals, rounded or (`down`, for "at most") truncated."""
    scale = 10**places
    value = pixels * scale // 1_000_000 / scale if down else pixels / 1_000_000
    return tr("{mp} MP").format(mp=localised(f"{value:,.{places}f}"))


def _keeps_room(policy: QSizePolicy) -> QSizePolicy:
    policy.setRetainSizeWhenHidden(True)
    return policy
