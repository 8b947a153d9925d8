"""Every pair of colours that the window uses can be read: 4.5 for text, 3 for lines that carry meaning (WCAG 2)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from topazdesk.ui.theme.design_tokens import (
    DARK,
    DARK_HIGH_CONTRAST,
    LIGHT,
    LIGHT_HIGH_CONTRAST,
    Tokens,
    contrast,
)

GROUNDS = ("panel", "raised", "window", "field", "groove", "control", "hover", "sel")
TINTS = ("okbg", "warnbg", "errbg", "infobg")
TEXT_PAIRS: list[tuple[str, str]] = [
    *((ink, ground) for ink in ("text", "text2", "text3") for ground in GROUNDS),
    *((ink, ground) for ink in ("text", "text2") for ground in TINTS),
    *((ink, ground) for ink in ("link", "ok", "warn", "err") for ground in GROUNDS if ground != "groove"),
    *(("off", ground) for ground in ("window", "panel", "raised", "field")),
    ("text", "pressed"),
    ("ok", "okbg"),
    ("warn", "warnbg"),
    ("err", "errbg"),
    ("link", "infobg"),
    ("link", "pressed"),  # a button of a free service, held down
    *(("on_accent", fill) for fill in ("accent", "accent_hover", "accent_pressed")),
    *(("on_accent", fill) for fill in ("errfill", "errfill_hover", "errfill_pressed")),
    ("overlay_text", "overlay"),
    ("overlay_text2", "overlay"),
    ("overlay_text", "tip"),
]
LINE_PAIRS: list[tuple[str, str]] = [
    *(("ring", ground) for ground in ("panel", "raised", "window", "field", "control", "canvas", *TINTS)),
    *(("mark", ground) for ground in ("panel", "raised", "window", "sel")),
    *(("track", ground) for ground in ("panel", "raised", "field")),
    ("err", "field"),
    ("text2", "field"),  # knob of a switch that is off
    ("overlay_line", "overlay"),
]
THEMES = {
    "dark": DARK,
    "light": LIGHT,
    "dark-contrast": DARK_HIGH_CONTRAST,
    "light-contrast": LIGHT_HIGH_CONTRAST,
}


@pytest.mark.parametrize("name", THEMES)
def test_texts_can_be_read(name: str) -> None:
    assert _poor(THEMES[name], TEXT_PAIRS, 4.5) == []


@pytest.mark.parametrize("name", THEMES)
def test_lines_can_be_seen(name: str) -> None:
    assert _poor(THEMES[name], LINE_PAIRS, 3.0) == []


@pytest.mark.parametrize("name", ["dark-contrast", "light-contrast"])
def test_high_contrast_outlines_are_strong(name: str) -> None:
    t = THEMES[name]
    assert t.outline == 2
    assert contrast(t.edge, t.panel) >= 7
    assert t.text2 == t.text3 == t.text
    assert {t.okbg.name(), t.warnbg.name(), t.errbg.name(), t.infobg.name()} == {t.panel.name()}


@pytest.mark.parametrize("name", ["dark", "light"])
def test_greys_are_neutral(name: str) -> None:
    """A tinted surface would tint the picture beside it."""
    for token in ("window", "panel", "raised", "control", "hover", "pressed", "field", "groove", "canvas", "line"):
        colour = THEMES[name].colour(token)
        assert colour.red() == colour.green() == colour.blue(), token


def test_contrast_is_the_published_formula() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), QColor("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


def _poor(t: Tokens, pairs: list[tuple[str, str]], least: float) -> list[str]:
    found = []
    for ink, ground in pairs:
        ratio = contrast(t.colour(ink), t.colour(ground))
        if ratio < least:
            found.append(f"{ink} on {ground}: {ratio:.2f}")
    return found
