"""The look of the window: the colour tokens in use, the scale of sizes, and the font of each role.

`Theme.apply(app, mode)` sets palette and fonts for the whole application; there is no application-wide style sheet (see
`style_sheets`). Painted widgets call `tokens()`, `px()` and `font()` each time they paint. New colours reach them as
Qt's palette change, which repaints every widget, and new sizes as a style change, which also measures it again;
`theme().changed` is for whatever caches drawings. Design sizes are for a 13 px base font; `px` scales them with the
user's font size. Qt handles high-density screens.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from topazdesk.language import language
from topazdesk.ui.theme import design_tokens as theme_tokens
from topazdesk.ui.theme.design_tokens import Tokens
from topazdesk.ui.theme.focus_ring import FocusRing
from topazdesk.ui.theme.style_sheets import style_sheet

Mode = Literal["dark", "light", "system"]
Role = Literal["caption", "small", "base", "main", "title", "dialog", "hero", "mono"]

_BASE_PX = 13  # the design's base font
_ROLES: dict[str, tuple[int, int, QFont.Weight]] = {  # role: px, line, weight
    "caption": (11, 14, QFont.Weight.Normal),
    "small": (12, 16, QFont.Weight.Normal),
    "base": (13, 18, QFont.Weight.Normal),
    "main": (14, 20, QFont.Weight.DemiBold),
    "title": (15, 20, QFont.Weight.DemiBold),
    "dialog": (20, 28, QFont.Weight.DemiBold),
    "hero": (26, 32, QFont.Weight.DemiBold),
    "mono": (12, 16, QFont.Weight.Normal),
}
#: A property of an application that has the right style. Asking for the style itself loads its class, in 5 ms.
_STYLED = "hasFusionStyle"
_PREFERRED = ("Inter", "Noto Sans", "DejaVu Sans")
#: Fonts with the letters of a language as it writes them: a system's first choice may have the Chinese forms.
_OF_LANGUAGE = {
    "ja": (
        "Hiragino Sans",
        "Yu Gothic UI",
        "Meiryo",
        "Noto Sans CJK JP",
        "Noto Sans JP",
        "Source Han Sans JP",
        "IPAexGothic",
    )
}
_GENERIC = {"", "sans", "sans serif", "sans-serif", "helvetica", "arial", "ms shell dlg 2"}


def make_application(name: str) -> QApplication:
    """Return a new application in the right style."""
    made = QApplication([name, "-style", "Fusion"])
    made.setProperty(_STYLED, True)
    return made


class Theme(QObject):
    """The tokens, sizes and fonts in use. One per process; `theme()` returns it."""

    changed = Signal()  # emitted after the application has new tokens, sizes or fonts

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mode: Mode = "dark"
        self.tokens: Tokens = theme_tokens.DARK
        self.reduced_motion = False
        self._system_reduces_motion = False
        self._wanted: tuple[bool | None, float, bool | None] = (None, 1.0, None)
        self._scale = 1.0
        self._families: list[str] = list(_PREFERRED)
        self._watching = False
        self._fonts: dict[tuple[str, int, bool, str], QFont] = {}
        self._sheets: dict[str, str] = {}

    @staticmethod
    def apply(
        app: QApplication,
        mode: Mode = "system",
        *,
        high_contrast: bool | None = None,
        text_scale: float = 1.0,
        reduced_motion: bool | None = None,
    ) -> Theme:
        """Apply the theme, install the focus ring, and return the theme.

        `None` follows the system, in motion as far as `take_motion` was told of it. `text_scale` multiplies the user's
        own font size (1.0 keeps it).
        """
        current = theme()
        current.put(app, mode, high_contrast, text_scale, reduced_motion)
        return current

    @staticmethod
    def apply_settings(app: QApplication, *, theme: str, contrast: str, motion: str) -> Theme:
        """Apply the theme in the words of the settings; what they do not know follows the system."""
        mode: Mode = "dark" if theme == "dark" else "light" if theme == "light" else "system"
        return Theme.apply(
            app, mode, high_contrast=contrast == "high" or None, reduced_motion=motion == "reduced" or None
        )

    def px(self, design: float) -> int:
        """Return the pixels for a design size, at least 1 for anything above 0."""
        if design <= 0:
            return 0
        return max(1, round(design * self._scale))

    def font(self, role: str, weight: int | None = None, *, tabular: bool = False) -> QFont:
        """Return the font of a role, optionally with another weight (400, 500, 600) or with digits of equal width."""
        key = (role, weight or 0, tabular, language())
        known = self._fonts.get(key)
        if known is None:
            known = self._fonts[key] = self._make_font(role, weight, tabular)
        return QFont(known)

    def line_height(self, role: str) -> int:
        """Return the height of a text line of a role in pixels."""
        return self.px(_ROLES[role][1])

    def duration(self, ms: int) -> int:
        """Return the duration of an animation in milliseconds: 0 if the user wants no motion."""
        return 0 if self.reduced_motion else ms

    def _make_font(self, role: str, weight: int | None, tabular: bool) -> QFont:
        size, _line, usual = _ROLES[role]
        made = QFont()
        if role == "mono":
            monospaced = ["Noto Sans Mono", "DejaVu Sans Mono", "Menlo", "Consolas"]
            made.setFamilies([*monospaced, *_OF_LANGUAGE.get(language(), ()), "monospace"])
            made.setStyleHint(QFont.StyleHint.Monospace)
        else:
            *first, last = self._families
            made.setFamilies([*first, *_OF_LANGUAGE.get(language(), ()), last])
        made.setPixelSize(self.px(size))
        made.setWeight(QFont.Weight(weight) if weight else usual)
        if tabular:
            made.setFeature(QFont.Tag("tnum"), 1)
        return made

    def put(
        self,
        app: QApplication,
        mode: Mode,
        high_contrast: bool | None,
        text_scale: float,
        reduced_motion: bool | None,
    ) -> None:
        """Apply the theme; see `apply`."""
        if not self._watching:
            self._watching = True
            self._system_font = QFont(app.font())
            FocusRing.install(app, self)
            hints = QGuiApplication.styleHints()
            hints.colorSchemeChanged.connect(self._system_changed)
            if (accessibility := getattr(hints, "accessibility", None)) is not None:  # from Qt 6.10 on
                accessibility().contrastPreferenceChanged.connect(self._system_changed)
        self.mode = mode
        self._wanted = (high_contrast, text_scale, reduced_motion)
        self.reduced_motion = self._system_reduces_motion if reduced_motion is None else reduced_motion
        self.tokens = _choose(mode, high_contrast)
        before = self._scale
        self._scale = _font_scale(self._system_font) * text_scale
        family = self._system_font.family()
        own = [] if family.lower() in _GENERIC else [family]
        self._families = [*own, *(name for name in _PREFERRED if name not in own), family]
        self._fonts.clear()
        self._sheets.clear()
        if app.property(_STYLED) is None:
            app.setStyle("Fusion")
            app.setProperty(_STYLED, True)
        if app.font() != self.font("base"):
            app.setFont(self.font("base"))
        for name, palette in _palettes(self.tokens).items():
            app.setPalette(palette, name or None)  # type: ignore[arg-type]  # a str is right; the stub says bytes
        QToolTip.setPalette(app.palette())
        if self._scale != before:  # the palette brings new colours, but new sizes need this event
            for widget in app.allWidgets():
                QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
        self.changed.emit()

    def take_motion(self, is_reduced: bool) -> None:
        """Take in whether the system asks for less motion, and follow it unless the user has decided otherwise."""
        self._system_reduces_motion = is_reduced
        if self._wanted[2] is None and self.reduced_motion != is_reduced:
            self.reduced_motion = is_reduced
            self.changed.emit()

    def sheet(self, kind: str) -> str:
        """Return the style sheet of a kind of widget; see `style_sheets`."""
        known = self._sheets.get(kind)
        if known is None:
            known = self._sheets[kind] = style_sheet(kind, self.tokens, self.px)
        return known

    def _system_changed(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and (self.mode == "system" or self._wanted[0] is None):
            self.put(app, self.mode, *self._wanted)


_current: list[Theme] = []


def theme() -> Theme:
    """Return the theme of the process; dark and with design sizes until `Theme.apply` is called."""
    if not _current:
        _current.append(Theme())
    return _current[0]


def tokens() -> Tokens:
    """Return the colours in use."""
    return theme().tokens


def px(design: float) -> int:
    """Return the pixels for a design size."""
    return theme().px(design)


def font(role: str, weight: int | None = None, *, tabular: bool = False) -> QFont:
    """Return the font of a role; see `Theme.font`."""
    return theme().font(role, weight, tabular=tabular)


def sheet(kind: str) -> str:
    """Return the style sheet of a kind of widget; see `style_sheets`."""
    return theme().sheet(kind)


def _choose(mode: Mode, high_contrast: bool | None) -> Tokens:
    hints = QGuiApplication.styleHints()
    dark = mode == "dark" or (mode == "system" and hints.colorScheme() != Qt.ColorScheme.Light)
    if high_contrast is None:
        high_contrast = _system_wants_contrast()
    if high_contrast:
        return theme_tokens.DARK_HIGH_CONTRAST if dark else theme_tokens.LIGHT_HIGH_CONTRAST
    return theme_tokens.DARK if dark else theme_tokens.LIGHT


def _system_wants_contrast() -> bool:
    """Return whether the system asks for high contrast."""
    accessibility = getattr(QGuiApplication.styleHints(), "accessibility", None)
    if accessibility is None:
        return False
    return bool(accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast)


def _font_scale(system: QFont) -> float:
    """Return the user's font size relative to the design's base; a system without a preference (9 pt) counts as 1."""
    size = QFontInfo(system).pixelSize()
    return max(1.0, size / _BASE_PX) if size > 0 else 1.0


def _palettes(t: Tokens) -> dict[str, QPalette]:
    """Return the application's palette (under ""), and by class name those of widgets on another background."""
    role = QPalette.ColorRole
    whole = _palette(t)  # the others are copies of it: Qt does not fill in missing roles from the application's
    lists, menus, fields = QPalette(whole), QPalette(whole), QPalette(whole)
    for palette, ground in ((lists, t.panel), (menus, t.raised)):
        for where, colour in {role.Base: ground, role.Highlight: t.sel, role.HighlightedText: t.text}.items():
            palette.setColor(where, colour)
    for where in (role.Window, role.Button):
        menus.setColor(where, t.raised)
    fields.setColor(role.Base, QColor(Qt.GlobalColor.transparent))  # they paint their background themselves
    return {"": whole, "QAbstractItemView": lists, "QMenu": menus, "LineField": fields}


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for where, colour in {
        role.Window: t.panel,
        role.WindowText: t.text,
        role.Base: t.field,
        role.AlternateBase: t.raised,
        role.Text: t.text,
        role.Button: t.control,
        role.ButtonText: t.text,
        role.BrightText: t.on_accent,
        role.ToolTipBase: t.tip,
        role.ToolTipText: t.overlay_text,
        role.PlaceholderText: t.text3,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Link: t.link,
        role.LinkVisited: t.link,
        role.Light: t.raised,
        role.Midlight: t.line,
        role.Mid: t.edge,
        role.Dark: t.edge,
        role.Shadow: QColor("#000000"),
        role.Accent: t.accent,
    }.items():
        palette.setColor(where, colour)
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, t.off)
    return palette
