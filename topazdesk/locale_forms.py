"""How numbers, days and times of day are written in each language and region: the forms of the Unicode CLDR.

A test compares all of them with the CLDR.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple


class Marks(NamedTuple):
    """How numbers are written: the decimal point, what stands between groups of three, and the percent sign.

    `least_grouped`: whole numbers below it have no groups ("4096" in Spanish).
    """

    point: str = "."
    group: str = ","
    percent: str = "{n}\N{NARROW NO-BREAK SPACE}%"
    least_grouped: int = 1_000


#: By the Unicode CLDR, which a test compares; the percent sign stands apart in English, too.
MARKS = {
    "en": Marks(),
    "de": Marks(",", ".", "{n}\N{NO-BREAK SPACE}%"),
    "fr": Marks(",", "\N{NARROW NO-BREAK SPACE}", "{n}\N{NO-BREAK SPACE}%"),
    "es": Marks(",", ".", "{n}\N{NO-BREAK SPACE}%", 10_000),
    "ja": Marks(percent="{n}%"),
}


class Dates(NamedTuple):
    """How a day is written in short: the names of months where they are words, and the order."""

    pattern: str = "{year}-{month:02d}-{day:02d}"
    months: tuple[str, ...] = ()


#: The medium form of the Unicode CLDR, which a test compares.
DATES = {
    "en": Dates(
        "{name} {day}, {year}", ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    ),
    "de": Dates("{day:02d}.{month:02d}.{year}"),
    "fr": Dates(
        "{day} {name} {year}",
        ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ),
    "es": Dates(
        "{day} {name} {year}", ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic")
    ),
    "ja": Dates("{year}/{month:02d}/{day:02d}"),
}


class Clock(NamedTuple):
    """How a time of day is written: a pattern of the CLDR (H, h, mm, a; words in quotes), and its words for `a`."""

    pattern: str = "HH:mm"
    halves: tuple[str, str] = ("AM", "PM")

    @property
    def has_halves(self) -> bool:
        """Whether it counts to twelve."""
        return "a" in re.sub("'[^']*'", "", self.pattern)

    def text(self, hour: int, minute: int, second: int | None = None) -> str:
        """Return a time of day: "14:32", "2:32 PM", with a second "14:32:07"."""
        found = {
            "HH": f"{hour:02d}",
            "H": f"{hour}",
            "h": f"{hour % 12 or 12}",
            "mm": f"{minute:02d}",
            "ss": "" if second is None else f"{second:02d}",
            "a": self.halves[hour // 12],
        }
        pattern = self.pattern
        if second is not None:
            between = re.search("[Hh]([:.])mm", pattern)
            pattern = pattern.replace("mm", f"mm{between[1]}ss") if between else f"{pattern} 'min' ss 's'"
        return re.sub(
            r"'([^']*)'|HH|H|h|mm|ss|a",
            lambda place: found.get(place[0], place[1] or ""),
            pattern,
        )


_TWELVE = "h:mm\N{NARROW NO-BREAK SPACE}a"
_SPACED = ("a.\N{NARROW NO-BREAK SPACE}m.", "p.\N{NARROW NO-BREAK SPACE}m.")
#: The short form by language, and by its regions where they differ.
_CLOCKS: dict[str, tuple[Clock, dict[Clock, str]]] = {
    "en": (
        Clock(_TWELVE, ("am", "pm")),
        {
            Clock(_TWELVE): "AE AS GU IN MH MP PH PR UM US VI",
            Clock(_TWELVE, ("a.m.", "p.m.")): "CA",
            Clock(): "AI AT BE BI BW BZ CC CH CK CM CX CZ DE DG EE ES FK FR GB GE GG GI GS HU IE IM IO IT JE KE LT LV "
            "MG MS MT MU MV NF NG NL NO NR NU PL PN PT RO RW SC SE SH SI SK SX TK TV TZ UA UG ZA ZM ZW",
            Clock("HH.mm"): "DK ID",
            Clock("H.mm"): "FI",
            Clock("H:mm"): "IL JP",
        },
    ),
    "de": (Clock(), {}),
    "fr": (Clock(), {Clock("HH 'h' mm"): "CA", Clock(_TWELVE): "DJ DZ MR SY TD TN VU"}),
    "es": (
        Clock("H:mm"),
        {
            Clock(): "AR BR BZ CL PY UY",
            Clock(_TWELVE, _SPACED): "BO CO CR DO EC GT HN NI PA PE PH PR SV VE",
            Clock(_TWELVE, ("a.m.", "p.m.")): "CU MX US",
        },
    ),
    "ja": (Clock("H:mm"), {}),
}


def time_locale() -> str:
    """Return what the environment says of times of day, such as "en_US"; "" where it says nothing."""
    named = next(filter(None, (os.environ.get(name, "") for name in ("LC_ALL", "LC_TIME", "LANG"))), "")
    return re.split(r"[.@]", named)[0]


def clock_of(language: str, locale: str) -> Clock:
    """Return how a time of day is written in a language where `locale` is that of the system, such as "en_GB".

    Of another language only that counts whether it has halves of the day: who reads "14:32" everywhere else does here.
    """
    usual, regions = _CLOCKS.get(language, (Clock(), {}))
    spoken, _, region = locale.replace("-", "_").partition("_")
    if spoken != language:
        other = clock_of(spoken, locale) if spoken in _CLOCKS else Clock()
        return Clock() if usual.has_halves and not other.has_halves else usual
    region = region.rpartition("_")[2]
    return next((clock for clock, names in regions.items() if region in names.split()), usual)


_TYPED = re.compile(r"(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))?([ap])m", re.IGNORECASE)


def typed_time(text: str) -> str:
    """Return a time that somebody typed with a half of the day ("10 pm", "10:30 p. m.") as "22:30"; others as typed."""
    found = _TYPED.fullmatch(re.sub(r"\s|(?<=[apm])\.", "", text, flags=re.IGNORECASE))
    if found is None:
        return text
    hour = int(found[1]) % 12 + 12 * (found[3].lower() == "p")
    return f"{hour:02d}:{found[2] or '00'}"
