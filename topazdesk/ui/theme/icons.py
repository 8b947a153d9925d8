"""Icons named by their meaning, drawn from the Phosphor font in the resources.

The font is opened at the first icon (under 2 ms), and its glyphs are painted as text. Icons take their colour from the
theme when they are drawn, so a theme change needs only a repaint.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from topazdesk.app.resources_folder import folder
from topazdesk.ui.runtime.guard import guarded
from topazdesk.ui.theme import tokens
from topazdesk.ui.theme.mirrored import MirroredPainter, is_mirrored, turn_around

#: The first part of a full name, and the font it stands for.
_PREFIX, _FACE, _CHARACTERS = "ph", "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"

#: Icons that point the way that is read, and so the other way where that is from right to left.
_ARROWS = frozenset({"open", "back", "undo", "redo"})
NAMES: dict[str, str] = {
    "add": "ph.plus",
    "minus": "ph.minus",
    "choose": "ph.folder-open",
    "sample": "ph.image",
    "undo": "ph.arrow-u-up-left",
    "redo": "ph.arrow-u-up-right",
    "presets": "ph.bookmark-simple",
    "help": "ph.question",
    "sort": "ph.sort-ascending",
    "search": "ph.magnifying-glass",
    "auto": "ph.magic-wand",
    "set": "ph.pencil-simple",
    "reset": "ph.arrow-counter-clockwise",
    "precise": "ph.crosshair",
    "generative": "ph.sparkle",
    "creative": "ph.paint-brush",
    "unverified": "ph.flask",
    "outdated": "ph.calendar-x",
    "menu": "ph.list",
    "more": "ph.dots-three",
    "fold": "ph.caret-down",
    "open": "ph.caret-right",
    "back": "ph.caret-left",
    "keep": "ph.thumbs-up",
    "reject": "ph.thumbs-down",
    "up": "ph.caret-up",
    "first": "ph.arrow-line-up",
    "earlier": "ph.arrow-up",
    "later": "ph.arrow-down",
    "key": "ph.key",
    "split": "ph.square-half",
    "side": "ph.columns",
    "fade": "ph.circle-half",
    "loupe": "ph.magnifying-glass-plus",
    "swap": "ph.swap",
    "difference": "ph.intersect",
    "grid": "ph.grid-four",
    "fit": "ph.corners-out",
    "turn": "ph.arrow-clockwise",
    "divider": "ph.arrows-left-right",
    "patch": "ph.crop",
    "link": "ph.link-simple",
    "queued": "ph.clock",
    "uploading": "ph.cloud-arrow-up",
    "running": "ph.sparkle",
    "downloading": "ph.cloud-arrow-down",
    "waiting": "ph.cloud-slash",
    "rename": "ph.pencil-simple",
    "advice": "ph.lightbulb",
    "show": "ph.eye",
    "hide": "ph.eye-slash",
    "checking": "ph.question",
    "enlarge": "ph.arrows-out",
    "sharpen": "ph.triangle",
    "denoise": "ph.funnel-simple",
    "restore": "ph.bandaids",
    "faces": "ph.smiley",
    "light": "ph.sun",
    "cutout": "ph.scissors",
    "favourite": "ph.star",
    "favourite_on": "ph.star-fill",
    "price": "ph.coin",
    "done": "ph.check",
    "ok": "ph.check-circle",
    "failed": "ph.x-circle",
    "warning": "ph.warning",
    "info": "ph.info",
    "retry": "ph.arrow-clockwise",
    "folder": "ph.folder",
    "file": "ph.file",
    "pause": "ph.pause",
    "play": "ph.play",
    "cancel": "ph.x",
    "close": "ph.x",
    "copy": "ph.copy",
    "delete": "ph.trash",
    "power": "ph.power",
    "save_picture": "ph.export",
    "sandbox": "ph.hard-drives",
    "service": "ph.cloud",
    "drop": "ph.download-simple",
    "settings": "ph.gear",
    "adjust": "ph.sliders-horizontal",
    "models": "ph.squares-four",
    "team": "ph.desktop-tower",
}


def icon(name: str, role: str = "text") -> QIcon:
    """Return the icon called `name` (a key of `NAMES`, or `ph.…`) in the token colour `role`.

    Raises BugError for an unknown name.
    """
    glyph(name)
    return _cached_icon(name, role)


def paint_icon(painter: QPainter, rect: QRectF | QRect, name: str, colour: QColor) -> None:
    """Draw an icon centred in `rect`; its size is the shorter side."""
    family, character = glyph(name)
    box = QRectF(rect)
    side = min(box.width(), box.height())
    drawn = QFont(family)
    drawn.setPixelSize(max(1, round(side)))
    drawn.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    drawn.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias | QFont.StyleStrategy.NoFontMerging)
    painter.save()
    painter.setFont(drawn)
    painter.setPen(colour)
    wide = box.adjusted(-side, -side, side, side)  # so that a glyph wider than its box is not cut off
    if name in _ARROWS and is_mirrored():
        if not isinstance(painter, MirroredPainter):
            turn_around(painter, box.center())
        QPainter.drawText(painter, wide, Qt.AlignmentFlag.AlignCenter, character)
    else:
        painter.drawText(wide, Qt.AlignmentFlag.AlignCenter, character)
    painter.restore()


@cache
def glyph(name: str) -> tuple[str, str]:
    """Return font family and character of an icon; the font is loaded at first use. Raises BugError if unknown."""
    full = NAMES.get(name, name)
    prefix, _, short = full.partition(".")
    if prefix != _PREFIX:
        raise _missing(f"no icon called {name!r}")
    family, characters = _font()
    code = characters.get(short)
    if code is None:
        raise _missing(f"{full} is not in the font")
    return family, chr(int(code, 16))


def _missing(details: str) -> Exception:
    from topazdesk.errors import BugError, Code  # not needed for the first picture on the screen

    return BugError("An icon is missing", details=details, code=Code.UI_ICON)


@cache
def _font() -> tuple[str, dict[str, str]]:
    fonts = folder() / "fonts"
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(fonts / _FACE)))
    with suppress(OSError, ValueError):
        characters = json.loads((fonts / _CHARACTERS).read_text(encoding="utf-8"))
        if families:
            return families[0], characters
    from topazdesk.errors import BugError, Code

    raise BugError("The icon font is missing", "Install topazdesk again.", details=_FACE, code=Code.UI_ICONS)


@cache
def _cached_icon(name: str, role: str) -> QIcon:
    return QIcon(_GlyphEngine(name, role))


@guarded
class _GlyphEngine(QIconEngine):
    """Draws a glyph at any size, in the theme's current colour."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into `rect`; disabled icons have the colour of disabled text."""
        t = tokens()
        colour = t.off if mode == QIcon.Mode.Disabled else t.colour(self._role)
        paint_icon(painter, rect, self._name, colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a transparent pixmap with the glyph."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        """Return a copy."""
        return _GlyphEngine(self._name, self._role)
