"""Finds texts that are cut off: words that have less room than they need, are elided, or lie under an edge.

Names of files and other words of the user may be elided; the program's own words may not.
"""

from __future__ import annotations

import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from tests.support.pseudo import all_texts, write_catalogue
from tests.support.shots import keep
from topazdesk.app.resources_folder import folder
from topazdesk.language import use
from topazdesk.ui.controls import ElidedLabel, LineField
from topazdesk.ui.controls.label import MAY_BREAK

LANGUAGES = folder() / "languages"
#: A pixel of rounding is no fault.
_SPARE = 1
#: Shorter parts of a sentence could be in the name of a file by chance.
_SHORTEST_PART = 5
#: Cards are thumbnails of words: a tool tip says all that one does not show when texts are longer than in English.
_CARDS = ("trials/card.py", "gallery/model_tile.py")
_OF_THE_WINDOW = ("topazdesk/ui", "topazdesk/domain", "resources/catalogue")
_PLACE = re.compile(r"\{[^{}]*\}")
_TAG = re.compile(r"<[^<>]*>")
_ANYWHERE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")
_LINE_BREAKS = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere


class Words:
    """The program's own words, made longer by a share, or in one of its languages."""

    def __init__(self, share: float = 0.0, language: str = "") -> None:
        self.share = share
        self.language = language
        self._parts: set[str] = set()
        if language:
            with (LANGUAGES / f"{language}.po").open("rb") as file:
                for message in read_po(file):
                    forms = message.string if isinstance(message.string, tuple) else (message.string,)
                    self._parts.update(part for form in forms for part in _PLACE.split(form) if len(part.strip()) > 2)
            return
        for message in all_texts():
            places = [place for place, _ in message.locations]
            # Of more than three places three are named.
            if len(places) < 3 and not any(place.startswith(_OF_THE_WINDOW) for place in places):
                continue
            for form in filter(None, message.id if isinstance(message.id, tuple) else (message.id,)):
                said = self.longer(form)
                self._parts.update(part for part in _PLACE.split(said) if len(part.strip()) >= _SHORTEST_PART)

    def longer(self, text: str) -> str:
        """Return the text, with more words at its end."""
        more = math.ceil(len(_PLACE.sub("", text)) * self.share)
        return text + (" " + "mehr " * math.ceil(more / 5))[:more].rstrip()

    def are_in(self, text: str) -> bool:
        """Return whether a text has words of the program in it."""
        return any(part in text for part in self._parts)


@contextmanager
def words_of(_app: QApplication, share: float, language: str = "") -> Iterator[Words]:
    """The texts of the program, longer by a share or in a language, for windows that are made inside."""
    words = Words(share, language)
    if language:
        use(language, LANGUAGES)
        try:
            yield words
        finally:
            use("en")
        return
    if not share:
        yield words
        return
    with tempfile.TemporaryDirectory() as folder:
        write_catalogue(Path(folder), "xx", words.longer)
        use("xx", Path(folder))
        try:
            yield words
        finally:
            use("en")


def clipped(window: QWidget, words: Words, picture: Path | None = None) -> list[str]:
    """Return a line for each visible text that is not whole, and write what was seen to `picture`.

    Await `painted` before, or else process events.

    It must not do so itself: a loop inside of a task stops other tasks for ever.
    """
    found: list[str] = []
    with _painted_texts(words, found.append):
        seen = window.grab()  # which lays everything out first
    found += [line for widget in (window, *window.findChildren(QWidget)) for line in _of(widget, window)]
    if picture is not None:
        keep(seen, picture)
    return list(dict.fromkeys(found))


def _of(widget: QWidget, window: QWidget) -> Iterator[str]:
    if not widget.isVisibleTo(window) or widget.isWindow():
        return
    text = _text(widget)
    lacks = _lacks(widget) if text else ""
    if text or isinstance(widget, QLineEdit | ElidedLabel):
        lacks = lacks or _under_an_edge(widget, window)
    if lacks:
        yield f"{_place(widget)}: “{text[:60]}” {lacks}"


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLabel):
        return widget.text()
    if isinstance(widget, QLineEdit):
        return "" if widget.text() else widget.placeholderText()
    if isinstance(widget, QAbstractButton):
        shown = getattr(widget, "shown_words", None) or getattr(widget, "label", None)
        return str(shown()) if callable(shown) else widget.text()
    return ""


def _lacks(widget: QWidget) -> str:
    wanted, size = widget.sizeHint(), widget.size()
    if isinstance(widget, QLineEdit):
        room = widget.hint_room() if isinstance(widget, LineField) else size.width()
        needed = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
        return f"needs {needed} px and has {room}" if needed > room + _SPARE else ""
    if isinstance(widget, QLabel) and widget.wordWrap():
        needed = widget.heightForWidth(size.width())
        if needed > size.height() + _SPARE:
            return f"needs {needed} px of height and has {size.height()}"
        shown = QLabel.text(widget)
        if widget.textFormat() is Qt.TextFormat.RichText:
            shown = _TAG.sub("", shown)
        # Where no word ends at a space, lines break between any two letters.
        parts = _ANYWHERE.sub(" ", shown).replace(MAY_BREAK, " ").split()
        longest = max((widget.fontMetrics().horizontalAdvance(part) for part in parts), default=0)
        return f"a word needs {longest} px and has {size.width()}" if longest > size.width() + _SPARE else ""
    if wanted.width() > size.width() + _SPARE:
        return f"needs {wanted.width()} px and has {size.width()}"
    if wanted.height() > size.height() + _SPARE:
        return f"needs {wanted.height()} px of height and has {size.height()}"
    return ""


def _under_an_edge(widget: QWidget, window: QWidget) -> str:
    """Return whether an edge of the window, or of something in it, cuts the widget; what scrolls may be below."""
    part = QRect(QPoint(0, 0), widget.size())
    inner = widget
    while inner is not window:
        outer = inner.parentWidget()
        if outer is None:
            return ""
        part.translate(inner.pos())
        room = outer.rect().adjusted(-_SPARE, -_SPARE, _SPARE, _SPARE)
        area = outer.parentWidget()
        if isinstance(area, QScrollArea) and area.viewport() is outer:
            never = area.horizontalScrollBarPolicy() is Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            scrolls = area.horizontalScrollBar().maximum() > 0 and not never
            is_in = scrolls or (part.left() >= room.left() and part.right() <= room.right())
            part = part.intersected(outer.rect())
            if is_in and part.isEmpty():
                return ""  # scrolled away
        elif isinstance(area, QAbstractScrollArea):
            return ""
        else:
            is_in = room.contains(part)
        if not is_in:
            return f"is cut by the edge of {type(outer).__name__}"
        inner = outer
    return ""


def _place(widget: QWidget) -> str:
    names = []
    at: QWidget | None = widget
    while at is not None and len(names) < 4:
        names.append(type(at).__name__)
        at = at.parentWidget()
    return " < ".join(names)


@contextmanager
def _painted_texts(words: Words, found: Callable[[str], object]) -> Iterator[None]:
    """Tell of the program's words that are painted elided, or into less room than they need."""
    elide, draw = QFontMetrics.elidedText, QPainter.drawText

    def elided(metrics: QFontMetrics, text: str, *rest: Any) -> str:
        shown = elide(metrics, text, *rest)
        if shown != text and words.are_in(text) and not (words.share and any(card in _painter() for card in _CARDS)):
            found(f"{_painter()}: “{text}” is shown as “{shown}”")
        return shown

    def drawn(painter: QPainter, *given: Any) -> Any:
        if isinstance(given[0], QRectF | QRect) and isinstance(given[-1], str):
            rect, text = QRectF(given[0]), given[-1]
            flags = int(given[1].value if hasattr(given[1], "value") else given[1]) if len(given) > 2 else 0
            metrics = QFontMetricsF(painter.font(), painter.device())
            if flags & int(Qt.TextFlag.TextDontClip.value):
                needed, room = 0.0, 0.0
            elif flags & int(_LINE_BREAKS.value):
                needed, room = metrics.boundingRect(rect, flags, text).height(), rect.height()
            else:
                needed, room = metrics.horizontalAdvance(text), rect.width()
            if needed > room + 2 * _SPARE and words.are_in(text):
                found(f"{_painter()}: “{text}” is painted {needed:.0f} px long into {room:.0f} px")
        return draw(painter, *given)

    QFontMetrics.elidedText, QPainter.drawText = elided, drawn  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        QFontMetrics.elidedText, QPainter.drawText = elide, draw  # type: ignore[method-assign]


def _painter() -> str:
    """Return which code paints: the nearest callers outside of this module and of the shared painting functions."""
    frame, seen = sys._getframe(2), []
    while frame is not None and len(seen) < 3:
        code = frame.f_code
        if code.co_filename != __file__:
            seen.append(f"{code.co_filename.rpartition('topazdesk/')[2]}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(seen)
