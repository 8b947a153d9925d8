"""The language of the window: its texts, and numbers, dates and standard dialogs as Qt writes them."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from topazdesk.app import speaking
from topazdesk.app.key_names import key_names
from topazdesk.language import language
from topazdesk.locale_forms import Clock, Marks, clock_of, time_locale

#: Written from right to left; none of them has a catalogue yet, but Qt follows the layout.
_FROM_THE_RIGHT = ("ar", "fa", "he", "ur", "xr")

#: Where people choose in the settings of the system how times are written.
_FOLLOWS_SETTINGS = sys.platform.startswith(("win", "darwin"))


def speak(app: QApplication, setting: str) -> None:
    """Speak the language of a setting from now on. Windows that are there are told, by Qt's event for it."""
    system = QLocale.system()
    code = speaking.chosen(setting, system.name())
    # The country of the system counts where its language is spoken: German is written in other ways in Zurich.
    locale = system if system.name().partition("_")[0] == code else QLocale(code)
    speaking.speak(code, marks_of(locale), clock_in(code))
    QLocale.setDefault(locale)
    app.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if language() in _FROM_THE_RIGHT else Qt.LayoutDirection.LeftToRight
    )
    _take_standard_texts(app)
    for window in app.topLevelWidgets():
        app.postEvent(window, QEvent(QEvent.Type.LanguageChange))


def _take_standard_texts(app: QApplication) -> None:
    """Have Qt's own dialogs speak the language, where its translation is installed."""
    for before in app.findChildren(QTranslator):
        app.removeTranslator(before)
        before.deleteLater()
    if language() == "en":
        return
    translator = QTranslator(app)
    if translator.load(f"qtbase_{language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
    app.installTranslator(_KeyNames(app))  # the last one is asked first


class _KeyNames(QTranslator):
    """Names keys in shortcuts as the sentences about them do; Qt's own translation has other words."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._names = key_names()

    def isEmpty(self) -> bool:
        """Return that it has something."""
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        """Return the name of a key; of anything else nothing, for which Qt asks the next one."""
        return self._names.get(source, None) if context == "QShortcut" else None  # type: ignore[return-value]


def clock_in(code: str) -> Clock:
    """Return how times of day are written in a language: by the environment, elsewhere by the settings."""
    if not _FOLLOWS_SETTINGS:
        return clock_of(code, time_locale())
    system = QLocale.system()
    clock = clock_of(code, system.name())
    has_halves = "a" in system.timeFormat(QLocale.FormatType.ShortFormat).lower()
    if has_halves is clock.has_halves:
        return clock
    return clock_of(code, f"{code}_US") if has_halves else Clock()


def marks_of(locale: QLocale) -> Marks:
    """Return how numbers are written in a locale. Percent signs stand apart, but in Japanese."""
    sign = locale.percent()
    percent = {"en": f"{{n}}\N{NARROW NO-BREAK SPACE}{sign}", "ja": f"{{n}}{sign}"}
    spaced = percent.get(locale.name()[:2], f"{{n}}\N{NO-BREAK SPACE}{sign}")
    grouped = 10_000 if locale.toString(1_000) == "1000" else 1_000
    return Marks(locale.decimalPoint(), locale.groupSeparator(), spaced, grouped)
