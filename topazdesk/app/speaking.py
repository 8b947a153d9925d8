"""Which language is spoken: the option --language, else the setting, else the system's."""

from __future__ import annotations

import os
import re
from pathlib import Path

from topazdesk.language import LANGUAGES, SYSTEM, use, wanted
from topazdesk.locale_forms import Clock, Marks, clock_of, time_locale

#: What the option becomes for this process and those that it starts; scripts may set it as well.
VARIABLE = "TOPAZDESK_LANGUAGE"
_OPTION = "--language"
#: A smaller catalogue is one that has been begun.
_LEAST_BYTES = 50_000
_SETTING = re.compile(r'^language\s*=\s*"([\w-]{2,10})"', re.MULTILINE)


def take_option(arguments: list[str]) -> list[str]:
    """Return the words of a command line without --language, which counts from now on. Raises ValueError."""
    rest = list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for place, word in enumerate(rest[:end]):
        name, has_value, code = word.partition("=")
        if name != _OPTION:
            continue
        if not has_value:
            code = rest[place + 1] if place + 1 < len(rest) else ""
        if code not in (*LANGUAGES, SYSTEM):
            raise ValueError(f"--language is one of {', '.join(LANGUAGES)}, or {SYSTEM}.")
        os.environ[VARIABLE] = code
        del rest[place : place + (1 if has_value else 2)]
        return rest
    return rest


def setting_in(path: Path) -> str:
    """Return the language that a settings file names; the system's if it names none or cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(100_000).decode("utf-8", "replace")
    except OSError:
        return SYSTEM
    found = _SETTING.search(text)
    return found[1] if found is not None else SYSTEM


def chosen(setting: str, system: str = "") -> str:
    """Return the code of the language to speak; `system` is that of the desktop, such as "de_AT"."""
    return wanted(os.environ.get(VARIABLE) or setting, system)


def available() -> list[str]:
    """Return the languages that have a translation, in the order of a list of them."""
    from topazdesk.app.resources_folder import folder

    catalogues = folder() / "languages"
    return [code for code in LANGUAGES if code == "en" or _size(catalogues / f"{code}.mo") > _LEAST_BYTES]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def speak(code: str, marks: Marks | None = None, clock: Clock | None = None) -> None:
    """Speak a language from now on; without `clock` times of day are written as the environment has it."""
    clock = clock or clock_of(code, time_locale())
    if code == "en":
        use(code, marks=marks, clock=clock)
        return
    from topazdesk.app.resources_folder import folder  # not for English, which needs none of it

    use(code, folder() / "languages", marks, clock)
