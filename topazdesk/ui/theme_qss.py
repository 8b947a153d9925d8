"""One style sheet, generated from the tokens, for Qt's own widgets: fields, menus, lists, scroll bars, tool tips.

The controls of `ui.controls` paint themselves and take nothing from here.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Template

from topazdesk.ui.theme_tokens import COLOUR_NAMES, Tokens

_SHEET = Template("""
QToolTip { background: $tip; color: $overlay_text; border: 1px solid $edge; border-radius: ${r4}px; padding: ${p4}px ${p8}px; }
QLineEdit, QPlainTextEdit, QTextEdit {
  background: $field; color: $text; border: ${outline}px solid $edge; border-radius: ${r4}px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { padding: 0 ${p8}px; min-height: ${field}px; }
QLineEdit[number="true"] { padding: 0 ${p5}px; }
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $text3; }
QPlainTextEdit, QTextEdit { padding: 0; }
QLineEdit:hover, QPlainTextEdit:hover, QTextEdit:hover { border-color: $track; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $ring; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled { background: $panel; color: $off; border-color: $line; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"] { border: 2px solid $err; }
QPlainTextEdit[plain="true"] { background: $field; border: 1px solid $edge; }
QMenu { background: $raised; color: $text; border: 1px solid $edge; padding: ${p4}px; }
QMenu::item { padding: ${p5}px ${p24}px ${p5}px ${p8}px; border-radius: ${r4}px; }
QMenu::icon { padding-left: ${p8}px; }
QMenu::item:selected { background: $sel; color: $text; }
QMenu::item:disabled { color: $off; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: ${p4}px ${p8}px; }
QAbstractItemView { background: $panel; color: $text; border: 0; outline: 0;
  selection-background-color: $sel; selection-color: $text; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $edge; padding: ${p4}px; }
QComboBox QAbstractItemView::item { min-height: ${row}px; padding: 0 ${p4}px; border: 0; border-radius: ${r4}px; color: $text; }
QComboBox QAbstractItemView::item:selected { background: $sel; color: $text; border: 0; }
QScrollArea { background: transparent; border: 0; }
QAbstractScrollArea::corner { background: transparent; }
QScrollBar:vertical { background: transparent; width: ${bar}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${bar}px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: ${r3}px; margin: ${p2}px; }
QScrollBar::handle:vertical { min-height: ${p24}px; }
QScrollBar::handle:horizontal { min-width: ${p24}px; }
QScrollBar::handle:hover { background: $track; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $mark; }
""")


def style_sheet(tokens: Tokens, px: Callable[[float], int]) -> str:
    """The sheet for `tokens`; `px` turns design measures into pixels."""
    colours = {name: tokens.colour(name).name() for name in COLOUR_NAMES}
    measures = {
        "outline": tokens.outline,
        "r3": px(3),
        "r4": px(4),
        "p2": px(2),
        "p4": px(4),
        "p5": px(5),
        "p8": px(8),
        "p24": px(24),
        "row": px(26),
        "field": px(28) - 2 * tokens.outline,
        "bar": px(10),
    }
    return _SHEET.substitute(colours, **{name: str(value) for name, value in measures.items()})
