"""Colours, sizes, fonts and icons: what every widget paints with."""

from topazdesk.ui.runtime import guard as _guard  # noqa: F401 must be imported before our first Qt class
from topazdesk.ui.theme.application_theme import Mode, Theme, font, make_application, px, sheet, theme, tokens

__all__ = ["Mode", "Theme", "font", "make_application", "px", "sheet", "theme", "tokens"]
