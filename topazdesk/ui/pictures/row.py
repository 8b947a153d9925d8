"""Paints the rows of the picture list and the headings of its sections."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen

from topazdesk.domain.image import ImageInfo, PageKind
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.language import say
from topazdesk.ui.controls.paint import fitting, paint_name, paint_thumbnail
from topazdesk.ui.controls.progress import paint_progress
from topazdesk.ui.models.job_texts import eta_text, is_offline, is_undecided, stage_look, stage_text
from topazdesk.ui.models.picture import THUMB_HEIGHT, THUMB_WIDTH, Picture, Section
from topazdesk.ui.models.picture_list import Head, section_title
from topazdesk.ui.models.prices import PRICE_ASKED, Price
from topazdesk.ui.texts import megapixels_text, number, size_text, state_look, state_text, tr, translated
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon

ROW, HEAD = 60, 28  # design pixels
_MARGIN = 12

#: What replaces the state of a picture with marked results: icon, word and colour.
_VERDICTS = {Verdict.KEPT: ("keep", say("Kept"), "ok"), Verdict.REJECTED: ("reject", say("Rejected"), "text2")}

_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class Look:
    """State of a row: selected, under the pointer, holding the keyboard focus."""

    selected: bool = False
    hovered: bool = False
    focused: bool = False


def paint_row(
    painter: QPainter, rect: QRectF, picture: Picture, price: Price | None, look: Look, *, is_marked: bool = False
) -> None:
    """Paint background, selection bar, thumbnail, texts, state, progress and focus ring, in this order.

    `is_marked`: another picture is sent than the file has.
    """
    t = tokens()
    if look.selected:
        painter.fillRect(rect, t.sel)
        painter.fillRect(QRectF(rect.left(), rect.top(), px(3), rect.height()), t.mark)
    elif look.hovered:
        painter.fillRect(rect, t.raised)
    paint_thumbnail(painter, _thumb_rect(rect), picture.thumbnail)
    left = rect.left() + px(_MARGIN + THUMB_WIDTH + 10)
    room = QRectF(left, rect.top(), rect.right() - px(_MARGIN) - left, rect.height())
    running = picture.section is Section.PROGRESS
    top = px(8) if running else px(11)
    if picture.recipe is not None:  # the picture has its own settings: the dot that marks changed values in the form
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.mark)
        painter.drawEllipse(QPointF(left - px(5), rect.top() + top + px(9)), px(5) / 2, px(5) / 2)
    paint_name(painter, QRectF(room.left(), rect.top() + top, room.width(), px(18)), picture.name, picture.folder)
    second = QRectF(room.left(), rect.top() + top + px(18), room.width(), px(18))
    if running and picture.job is not None:
        _paint_running(painter, second, picture, picture.job)
    else:
        _paint_facts(painter, second, picture, price, is_marked=is_marked)
    if look.focused:
        painter.setPen(QPen(t.ring, px(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = px(2) + px(2) / 2 - 1
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), px(4), px(4))


def paint_head(painter: QPainter, rect: QRectF, head: Head, *, focused: bool = False, hovered: bool = False) -> None:
    """Paint caret, title and count, and the note at the right."""
    t = tokens()
    side = px(12)
    place = QRectF(rect.left() + px(_MARGIN), rect.center().y() - side / 2, side, side)
    paint_icon(painter, place, "open" if head.folded else "fold", t.text if hovered else t.text2)
    title = section_title(head.section)
    used = font("small", 600)
    painter.setFont(used)
    painter.setPen(t.text)
    left = place.right() + px(7)
    inner = rect.adjusted(left - rect.left(), 0, -px(_MARGIN), 0)
    painter.drawText(inner, _LEFT, title)
    width = QFontMetrics(used).horizontalAdvance(title) + px(6)
    painter.setFont(font("small", tabular=True))
    painter.setPen(t.text3)
    count = str(head.total) if head.count == head.total else tr("{n} of {all}").format(n=head.count, all=head.total)
    painter.drawText(inner.adjusted(width, 0, 0, 0), _LEFT, count)
    if head.note:
        taken = width + QFontMetrics(painter.font()).horizontalAdvance(count) + px(12)
        room = inner.width() - taken
        # The last part is the price, which is never left out.
        painter.drawText(inner, _RIGHT, fitting(head.note, QFontMetrics(painter.font()), room, keeps_last=True))
    if focused:
        painter.setPen(QPen(t.ring, px(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(px(4), px(2), -px(4), -px(2)), px(4), px(4))


def _thumb_rect(rect: QRectF) -> QRectF:
    height = px(THUMB_HEIGHT)
    return QRectF(rect.left() + px(_MARGIN), rect.top() + (rect.height() - height) / 2, px(THUMB_WIDTH), height)


def _paint_facts(painter: QPainter, rect: QRectF, picture: Picture, price: Price | None, *, is_marked: bool) -> None:
    """Paint the size (or the refusal) at the left, a mark behind it, and the price (or the outcome) at the right."""
    t = tokens()
    small = font("small", tabular=True)
    metrics = QFontMetrics(small)
    job = picture.outcome
    right, right_icon, ink = "", "", t.text
    left, left_ink = size_text(picture.size) if picture.size else tr("Reading…"), t.text2
    info = picture.info
    if info is not None and info.pages > 1 and not info.is_page_chosen:
        # Before the megapixels, which are left out first where there is no room.
        left = f"{_pages_text(info)} · {left}"
    if job is not None and picture.section is Section.FINISHED:
        right_icon, role = state_look(job.state)
        right, ink = state_text(job.state), t.colour(role)
        if job.state is JobState.DONE and picture.verdict in _VERDICTS:
            right_icon, word, role = _VERDICTS[picture.verdict]
            right, ink = translated(word), t.colour(role)
        if picture.is_stale:
            right, right_icon, ink = tr("Outdated"), "warning", t.warn
    elif price is not None and price.refusal is not None and price.refusal.code == PRICE_ASKED:
        right, ink = tr("price asked…"), t.text2
    elif price is not None and price.refusal is not None:
        left, left_ink, right_icon, ink = translated(price.refusal.title), t.warn, "warning", t.warn
    elif price is not None:
        right = price.text
    taken = 0.0
    if right or right_icon:
        icon = px(14) if right_icon else 0
        gap = px(5) if right and right_icon else 0
        width = metrics.horizontalAdvance(right)
        taken = icon + gap + width
        start = rect.right() - taken
        if right_icon:
            paint_icon(painter, QRectF(start, rect.center().y() - icon / 2, icon, icon), right_icon, ink)
        painter.setFont(small)
        painter.setPen(ink)
        painter.drawText(rect, _RIGHT, right)
        taken += px(6)
    side, gap = (px(13), px(5)) if is_marked else (0, 0)
    painter.setFont(small)
    painter.setPen(left_ink)
    shown = _fitting(metrics, left, int(rect.width() - taken) - side - gap, picture)
    painter.drawText(rect, _LEFT, shown)
    if is_marked:
        start = rect.left() + metrics.horizontalAdvance(shown) + gap
        paint_icon(painter, QRectF(start, rect.center().y() - side / 2, side, side), "info", t.text2)


def _pages_text(info: ImageInfo) -> str:
    words = {
        PageKind.PAGE: tr("Page {n} of {all}"),
        PageKind.FRAME: tr("Frame {n} of {all}"),
        PageKind.PICTURE: tr("Picture {n} of {all}"),
    }
    return words[info.page_kind].format(n=number(info.page + 1), all=number(info.pages))


def _fitting(metrics: QFontMetrics, text: str, room: int, picture: Picture) -> str:
    """Make a text fit into `room` pixels: leave out the megapixels first, or else all but them."""
    if metrics.horizontalAdvance(text) > room and picture.size is not None and "·" in text:
        text = text.rsplit(" · ", 1)[0]
    if metrics.horizontalAdvance(text) > room and "·" in text:
        text = text.split(" · ")[0]
    if metrics.horizontalAdvance(text) > room and picture.size is not None and size_text(picture.size).startswith(text):
        text = megapixels_text(picture.size)  # the shorter of the two, as a number must not be cut
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))


def _paint_running(painter: QPainter, rect: QRectF, picture: Picture, job: Job) -> None:
    t = tokens()
    icon_name, role = stage_look(job, picture.percent)
    ink = t.colour(role)
    side = px(14)
    paint_icon(painter, QRectF(rect.left(), rect.center().y() - side / 2, side, side), icon_name, ink)
    small = font("small", tabular=True)
    metrics = QFontMetrics(small)
    painter.setFont(small)
    left_time = eta_text(job)
    taken = metrics.horizontalAdvance(left_time) + px(6) if left_time else 0
    if left_time:
        painter.setPen(t.text2)
        painter.drawText(rect, _RIGHT, left_time)
    painter.setPen(ink)
    words = rect.adjusted(side + px(3), 0, -taken, 0)
    text = (
        tr("Unclear whether it arrived")
        if is_undecided(job)
        else tr("Offline, resumes automatically")
        if is_offline(job)
        else translated(job.trouble.title)
        if job.state is JobState.WAITING and job.trouble
        else stage_text(job, picture.percent)
    )
    painter.drawText(words, _LEFT, metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(words.width())))
    paint_progress(
        painter,
        QRectF(rect.left(), rect.bottom() + px(4), rect.width(), px(4)),
        picture.percent,
        t.text2 if job.state is JobState.WAITING else t.mark,
    )
