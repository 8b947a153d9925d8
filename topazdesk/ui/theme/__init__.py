"""Colours, measures, fonts and icons: what every widget paints with."""

from topazdesk.ui.theme.application_theme import Mode, Theme, font, px, sheet, theme, tokens

__all__ = ["Mode", "Theme", "font", "px", "sheet", "theme", "tokens"]
