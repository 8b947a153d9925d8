"""The colours of the window by name: dark, light and high contrast.

All greys are neutral, so that no surface tints the picture. There is one accent colour; green, amber and red only mark
states. Widgets use these names, never a hex value. Contrast is the WCAG 2 ratio; the tests check every pair in use.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtGui import QColor


class Tokens(NamedTuple):
    """One palette. Every field but the last three is a `QColor`; all are opaque except `shade`.

    A named tuple, because a data class with this many fields costs 3 to 6 ms at every start.
    """

    window: QColor  # window background, dialog footers
    panel: QColor  # columns, header, footer, dialogs
    raised: QColor  # cards, hovered rows
    control: QColor  # secondary buttons, drop-downs
    hover: QColor
    pressed: QColor
    field: QColor  # text and number fields
    groove: QColor  # background of a row of segments
    canvas: QColor  # around pictures
    line: QColor  # decorative separators
    edge: QColor  # outline of controls
    track: QColor  # slider groove, ticks, switch outline, dashes: carries meaning
    text: QColor
    text2: QColor
    text3: QColor
    off: QColor  # disabled text; on window, panel, raised and field only
    accent: QColor
    accent_hover: QColor
    accent_pressed: QColor
    on_accent: QColor
    mark: QColor  # slider fill, progress, selection bar, dot of a changed value
    ring: QColor  # keyboard focus
    link: QColor
    sel: QColor  # selected row, chosen size
    ok: QColor
    okbg: QColor
    okln: QColor
    warn: QColor
    warnbg: QColor
    warnln: QColor
    err: QColor
    errbg: QColor
    errln: QColor
    infobg: QColor
    infoln: QColor
    errfill: QColor
    errfill_hover: QColor
    errfill_pressed: QColor
    tip: QColor  # background of tool tips
    overlay: QColor  # over pictures, the same in every theme
    overlay_text: QColor
    overlay_text2: QColor
    overlay_line: QColor
    shade: QColor  # over the window behind a dialog, with alpha
    outline: int = 1  # px, width of control outlines
    dark: bool = True
    tinted: bool = True  # False in high contrast: no tinted backgrounds

    def colour(self, name: str) -> QColor:
        """Return the colour called `name`. Raises AttributeError for a name that does not exist."""
        value = getattr(self, name)
        if not isinstance(value, QColor):
            raise AttributeError(name)
        return value


COLOUR_NAMES: tuple[str, ...] = tuple(name for name in Tokens._fields if name not in ("outline", "dark", "tinted"))

_OVERLAYS = {
    "overlay": "#161616",
    "overlay_text": "#F2F2F2",
    "overlay_text2": "#CFCFCF",
    "overlay_line": "#FFFFFF",
    "shade": "#73000000",
    "on_accent": "#FFFFFF",
}
_DARK = {
    "window": "#191919",
    "panel": "#212121",
    "raised": "#2B2B2B",
    "control": "#353535",
    "hover": "#404040",
    "pressed": "#2A2A2A",
    "field": "#171717",
    "groove": "#171717",
    "canvas": "#2E2E2E",
    "line": "#373737",
    "edge": "#565656",
    "track": "#7A7A7A",
    "text": "#EDEDED",
    "text2": "#C4C4C4",
    "text3": "#ADADAD",
    "off": "#969696",
    "accent": "#2C6BDB",
    "accent_hover": "#3070E0",
    "accent_pressed": "#235AC0",
    "mark": "#5E9BFA",
    "ring": "#8DB8FF",
    "link": "#8DB8FF",
    "sel": "#2D3541",
    "ok": "#74CF92",
    "okbg": "#1E3026",
    "okln": "#34644A",
    "warn": "#F2BE66",
    "warnbg": "#352B18",
    "warnln": "#74592A",
    "err": "#FF9A8F",
    "errbg": "#3C2321",
    "errln": "#84443E",
    "infobg": "#1F2C40",
    "infoln": "#3A588A",
    "errfill": "#B3362B",
    "errfill_hover": "#9F2A20",
    "errfill_pressed": "#8A2118",
    "tip": "#111111",
}
_LIGHT = {
    "window": "#E9E9E9",
    "panel": "#F6F6F6",
    "raised": "#FFFFFF",
    "control": "#FFFFFF",
    "hover": "#EDEDED",
    "pressed": "#DEDEDE",
    "field": "#FFFFFF",
    "groove": "#EDEDED",
    "canvas": "#C6C6C6",
    "line": "#DADADA",
    "edge": "#A8A8A8",
    "track": "#8A8A8A",
    "text": "#1B1B1B",
    "text2": "#4D4D4D",
    "text3": "#595959",
    "off": "#676767",
    "accent": "#1F5FCC",
    "accent_hover": "#174FB0",
    "accent_pressed": "#123F8F",
    "mark": "#2C6BDB",
    "ring": "#1F5FCC",
    "link": "#1A55BD",
    "sel": "#DCE6F6",
    "ok": "#1A6F3A",
    "okbg": "#E3F3E8",
    "okln": "#9CCDAD",
    "warn": "#7D5000",
    "warnbg": "#FBF0D9",
    "warnln": "#DDBD78",
    "err": "#AD241B",
    "errbg": "#FBE7E5",
    "errln": "#E6A8A2",
    "infobg": "#E4EDFB",
    "infoln": "#A5C0EE",
    "errfill": "#B3261E",
    "errfill_hover": "#9F2A20",
    "errfill_pressed": "#8A2118",
    "tip": "#111111",
}


def _tokens(colours: dict[str, str], *, dark: bool) -> Tokens:
    values: dict[str, Any] = {name: QColor(value) for name, value in (_OVERLAYS | colours).items()}
    return Tokens(**values, dark=dark)


def high_contrast(base: Tokens, outline: QColor | None = None) -> Tokens:
    """Return `base` without grey text and tinted backgrounds, with 2 px outlines in `outline` (or text colour)."""
    strong = outline or base.text
    ground = base.panel
    return base._replace(
        edge=strong,
        track=strong,
        line=base.track,
        text2=base.text,
        text3=base.text,
        okbg=ground,
        warnbg=ground,
        errbg=ground,
        infobg=ground,
        okln=base.ok,
        warnln=base.warn,
        errln=base.err,
        infoln=base.link,
        outline=2,
        tinted=False,
    )


DARK = _tokens(_DARK, dark=True)
LIGHT = _tokens(_LIGHT, dark=False)
DARK_HIGH_CONTRAST = high_contrast(DARK)
LIGHT_HIGH_CONTRAST = high_contrast(LIGHT)

# Colours around pictures that the user may choose instead of the theme's `canvas`.
CANVAS_CHOICES: dict[str, QColor] = {
    "black": QColor("#000000"),
    "dark": QColor("#2E2E2E"),
    "middle": QColor("#777777"),
    "light": QColor("#C6C6C6"),
    "white": QColor("#FFFFFF"),
}


def contrast(one: QColor, other: QColor) -> float:
    """Return the WCAG 2 contrast ratio of two opaque colours, 1 to 21."""
    first, second = _luminance(one), _luminance(other)
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
