"""Makes Tab follow reading order. In Qt's own order, parts created late (viewer, form) would come after the footer."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)


def focus_in_order(root: QWidget, *, forward: bool) -> bool:
    """Focus the next (or previous) tab stop of `root`, wrapping around. Return False if none of them has the focus."""
    stops = list(tab_stops(root))
    focus = QApplication.focusWidget()
    if focus not in stops:
        return False
    chosen = stops[(stops.index(focus) + (1 if forward else -1)) % len(stops)]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    chosen.setFocus(reason)
    above = chosen.parentWidget()
    while above is not None and above is not root:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(chosen)
        above = above.parentWidget()
    return True


def is_leaving(focus: QWidget | None) -> bool:
    """Return whether the focused widget has just been hidden or disabled, so that the focus must go elsewhere."""
    return focus is not None and not (focus.isVisible() and focus.isEnabled())


def tab_stops(root: QWidget) -> Iterator[QWidget]:
    """Yield all tab stops in reading order: layout order first, then widgets without a layout by position.

    A widget may define `tab_parts() -> list[QWidget]` to choose which of its parts are visited, and in which order.
    """
    for child in _children(root):
        if child.isWindow() or not child.isVisible():
            continue
        takes_tab = bool(child.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_tab and child.isEnabled() and child.focusProxy() is None:
            yield child
        yield from tab_stops(child)


def _children(widget: QWidget) -> list[QWidget]:
    own = getattr(widget, "tab_parts", None)
    if own is not None:
        return list(own())
    if isinstance(widget, QSplitter):
        parts = (widget.widget(place) for place in range(widget.count()))
        return [part for part in parts if part is not None]
    if isinstance(widget, QStackedWidget):
        shown = widget.currentWidget()
        pages = [widget.widget(place) for place in range(widget.count())]
        above = [each for each in widget.children() if isinstance(each, QWidget) and each not in pages]  # a toast
        return [*above, *([shown] if shown is not None else [])]
    if isinstance(widget, QAbstractScrollArea):
        return [widget.viewport()]
    laid = list(_laid_out(widget.layout()))
    free = [
        each
        for each in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if each not in laid
    ]
    return laid + sorted(free, key=lambda each: (each.y(), each.x()))


def _laid_out(layout: QLayout | None) -> Iterator[QWidget]:
    for place in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(place) if layout is not None else None
        if item is None:
            continue
        widget = item.widget()
        if widget is not None:
            yield widget
        else:
            yield from _laid_out(item.layout())
