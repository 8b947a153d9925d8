"""The language in which people are spoken to: the one mechanism of all layers, without Qt.

English is in the source, and it is the key of every translation (gettext catalogues, `resources/languages`). There are
two ways to speak, by who reads first:

- A face (window, command line) translates at once: `tr("Saved as {name}").format(name=…)`, and with a count
  `ntr("{n} picture", "{n} pictures", count).format(n=number(count))`.
- All below a face has programs for readers, too: databases, `--json`, logs, sidecars, other processes. So it speaks
  English always: `say("No connection to {service}", service=…)`. A face that shows such a text to a person passes it
  through `translated`, which finds the sentence that it was made from, and its values, and says it in the user's
  language. A stored text follows a later change of the language, also one that an older version stored. Titles and
  hints of errors are such sentences; one without values is written as it is.

A placeholder of `say` may tell what its value is, because `translated` has only the text: `{n:,}` a whole number,
`{mp:.1f}` a number with decimal places, `{sum:number}` a number that is written already, `{at:time}` a time of day as
"14:32", `{why:text}` a text that is itself made by `say`, like `{service}`. All others are data and stay as they are.

Nothing is loaded for English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from topazdesk.locale_forms import DATES, MARKS, Clock, Dates, Marks, clock_of

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

#: The languages by their own names, in the order of a list of them.
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語"}
#: The setting that follows the system.
SYSTEM = "system"

_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_PLURAL_MARK = "\0"  # between the forms of a plural, in a compiled catalogue
#: Places for a service ("the sandbox"), whose name is a text of its own.
_SERVICES = frozenset(("service", "Service", "where"))
#: Between the columns of a line, and before an indented one.
_COLUMNS = re.compile(r"(^ +| {2,})")
_SEPARATORS = (" · ", "; ")
#: A word that somebody else chose, between quotes.
_QUOTED = "“{words}”"
#: A sentence with fewer letters of its own is no proof that a text is meant as one; with still fewer, names neither.
_FEW_LETTERS, _FEWEST_LETTERS = 6, 4
#: A time of day at the end of a sentence of `say`, or two: what English needs where its clock counts to twelve.
_TOLD_TIME = re.compile(
    r"(?<=\bat )\d\d:\d\d(?=[.;](?:\s|$)|$)|(?<=\bbetween )\d\d:\d\d(?= and \d\d:\d\d\b)|"
    r"(?<=\bbetween \d\d:\d\d and )\d\d:\d\d\b"
)
_MOST_REMEMBERED = 4_096
_LONGEST = 4_000


class Plural(NamedTuple):
    """The second English form, and the forms of the language."""

    many: str
    forms: tuple[str, ...]


class _Sentence(NamedTuple):
    """An English sentence with places for values, and what finds them in a text."""

    key: str
    pattern: Callable[[str], re.Match[str] | None]
    literals: tuple[str, ...]
    specs: dict[str, str]
    plural: bool


class _Spoken:
    """The language in use."""

    def __init__(self) -> None:
        self.language = "en"
        self.marks = Marks()
        self.clock = Clock()
        self.single: dict[str, str] = {}
        self.plural: dict[str, Plural] = {}
        self.form: Callable[[int], int] = lambda n: int(n != 1)
        self.sentences: list[_Sentence] | None = None
        self.remembered: dict[str, str] = {}


_spoken = _Spoken()


def language() -> str:
    """Return the code of the language in use, such as "de"."""
    return _spoken.language


def catalogue() -> tuple[dict[str, str], dict[str, tuple[str, tuple[str, ...]]]]:
    """Return the texts of the language in use by the English ones, single ones and plurals; nothing for English."""
    return _spoken.single, {one: (plural.many, plural.forms) for one, plural in _spoken.plural.items()}


def use(code: str, folder: Path | None = None, marks: Marks | None = None, clock: Clock | None = None) -> None:
    """Speak a language from now on: the catalogue `<code>.mo` in `folder`; English where there is none.

    Without `clock` times of day are written as where the language comes from, English ones from 00:00 to 23:59.
    """
    spoken = _Spoken()
    path = folder / f"{code}.mo" if folder is not None and code != "en" else None
    if path is not None and path.is_file():
        _read(path, spoken)
        spoken.language = code
    spoken.marks = marks or MARKS.get(spoken.language, Marks())
    spoken.clock = clock or clock_of(spoken.language, "")
    global _spoken
    _spoken = spoken


def _read(path: Path, spoken: _Spoken) -> None:
    """Read a compiled catalogue. gettext's own reader keeps no second form of a plural, which `translated` needs."""
    import gettext
    import struct

    data = path.read_bytes()
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, keys_at, texts_at = struct.unpack_from(f"{order}3I", data, 8)
    for index in range(count):
        key, text = (
            data[start : start + length].decode("utf-8")
            for length, start in (struct.unpack_from(f"{order}2I", data, at + 8 * index) for at in (keys_at, texts_at))
        )
        if not key:
            if formula := re.search(r"plural=([^;\n]+)", text):
                spoken.form = gettext.c2py(formula[1])
        elif _PLURAL_MARK in key:
            one, many = key.split(_PLURAL_MARK, 1)
            spoken.plural[one] = Plural(many, tuple(text.split(_PLURAL_MARK)))
        else:
            spoken.single[key] = text


def wanted(setting: str = SYSTEM, system: str = "") -> str:
    """Return the language for a setting: a code, or SYSTEM for the user's environment, then `system`, such as "de_AT".

    A language without a catalogue gives English.
    """
    if setting not in ("", SYSTEM):
        return setting if setting in LANGUAGES else "en"
    named = ""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if named := os.environ.get(name, ""):
            break
    # As gettext has it: a list that counts before all of these, but not where the locale is C.
    several = os.environ.get("LANGUAGE", "").split(":") if named.split(".")[0] not in ("C", "POSIX") else []
    for each in (*several, named or system):
        code = re.split(r"[_.@-]", each)[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


# speaking


def tr(text: str, context: str = "") -> str:
    """Return a text of a face in the user's language. `context` tells one word with two meanings apart."""
    single = _spoken.single
    if not single:
        return text
    if context and (found := single.get(f"{context}\x04{text}")):
        return found
    if (said := single.get(text)) is None and (plural := _spoken.plural.get(text)) is not None:
        return plural.forms[_spoken.form(1)]  # it is counted elsewhere
    return said or text


def ntr(one: str, many: str, count: int) -> str:
    """Return the form of a text of a face for a count."""
    found = _spoken.plural.get(one)
    return found.forms[_spoken.form(abs(count))] if found else one if count == 1 else many


def say(text: str, /, **values: object) -> str:
    """Return an English sentence that a face can say in the user's language (`translated`).

    Without values it marks a text for translation and returns it.
    """
    return re.sub(r":(?:text|number|time)\}", "}", text).format(**values) if values else text


def nsay(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of an English sentence for a count, which is its value `n`: "{n} pictures"."""
    return say(one if count == 1 else many, n=f"{count:,}", **values)


def all_of(texts: Sequence[str]) -> str:
    """Return texts of `say` as a list: "a, b and c"."""
    if len(texts) < 2:
        return "".join(texts)
    return say("{some:text} and {last:text}", some=", ".join(texts[:-1]), last=texts[-1])


def one_of(texts: Sequence[str]) -> str:
    """Return texts of `say` as a choice: "a, b or c"."""
    if len(texts) < 2:
        return "".join(texts)
    return say("{some:text} or {last:text}", some=", ".join(texts[:-1]), last=texts[-1])


def translated(text: str) -> str:
    """Return in the user's language what `say` or `nsay` said, now or in an earlier version. Anything else stays."""
    spoken = _spoken
    if not spoken.single or not text:
        return _TOLD_TIME.sub(lambda place: local_time(place[0]), text) if ":" in text else text
    known = spoken.remembered.get(text)
    if known is None:
        known = _line_by_line(spoken, text)
        if len(spoken.remembered) >= _MOST_REMEMBERED:
            spoken.remembered.clear()
        spoken.remembered[text] = known
    return known


def _line_by_line(spoken: _Spoken, text: str) -> str:
    """Return a text whose lines and columns may be sentences of their own, as the command line prints them."""
    if exact := spoken.single.get(text):
        return exact
    if "\n" in text:
        return "\n".join(translated(line) for line in text.split("\n"))
    cells = _COLUMNS.split(text)
    if len(cells) > 1:
        if found := _found(spoken, text):
            return found
        return "".join(translated(cell) if cell.strip() else cell for cell in cells)
    if len(text) > _LONGEST or '{"' in text:
        return text  # JSON, or what somebody else wrote
    return _found(spoken, text) or _before_brackets(text) or _in_parts(spoken, text) or _as_title(spoken, text) or text


def _as_title(spoken: _Spoken, text: str) -> str:
    """Return a sentence about a quoted word that lost its full stop, as the title of an error does."""
    return _found(spoken, f"{text}.").rstrip(".。") if text[-1] in "'”" else ""


def _before_brackets(text: str) -> str:
    """Return a text whose end is a remark: "4 credits (published price)"."""
    place = text.rfind("(")
    if place < 0 or not text.endswith(")") or text.count("(") > 1:
        return ""
    first, remark = text[:place], text[place + 1 : -1]
    said = f"{translated(first.rstrip())}{' ' * (len(first) - len(first.rstrip()))}({translated(remark)})"
    return said if said != text else ""


def _found(spoken: _Spoken, text: str) -> str:
    if exact := spoken.single.get(text):
        return exact
    if text and text[-1] != "." and (exact := spoken.single.get(f"{text}.")):
        return exact.removesuffix(".").removesuffix("。")
    if text[:1].isupper():  # a part of a sentence, where it begins one
        small = text[:1].lower() + text[1:]
        if small in spoken.single or small in spoken.plural:
            return capital(_found(spoken, small))
    if spoken.sentences is None:
        spoken.sentences = _sentences(spoken)
    has_facts = _SEPARATORS[0] in text
    for sentence in spoken.sentences:
        if has_facts and _SEPARATORS[0] not in sentence.key:
            continue  # each of the facts is a sentence, not all of them a value of one
        place = 0
        for literal in sentence.literals:
            place = text.find(literal, place)
            if place < 0:
                break
            place += len(literal)
        else:
            match = sentence.pattern(text)
            if match and _is_likely(sentence, match.groupdict()) and not _is_followed(sentence, match.groupdict()):
                said = _said_again(spoken, sentence, match.groupdict())
                return said if text[-1] == "." or sentence.key[-1] != "." else said.rstrip(".。")
    return ""


def _is_followed(sentence: _Sentence, values: dict[str, str]) -> bool:
    """Return whether the value at the end of a sentence holds its full stop and the next sentence, which is known.

    In most languages the value is at the end, too, and nobody sees it.
    """
    if not values or not sentence.key.endswith("}"):
        return False
    name, value = list(values.items())[-1]
    if sentence.specs.get(name) == "text":
        return False
    rest = " ".join(_SENTENCE_END.split(value)[1:])
    return value.endswith(".") if not rest else translated(rest) != rest


def _is_likely(sentence: _Sentence, values: dict[str, str]) -> bool:
    """Return whether a text is this sentence: with few letters of its own, such as "{some} and {last}", many fit it.

    Then a value has to be a text that is known, or a single word.
    """
    if any("  " in value for value in values.values()):
        return False  # columns of a line
    if first := _PLACEHOLDER.match(sentence.key):
        begins = values.get(first[1], "")
        # "a.jpg: This is not a picture" is not "{time} a picture", "1 done · 2 credits charged" not "{sum} charged".
        if " · " in begins or (first[2] is None and ": " in begins):
            return False
    letters = sum(letter.isalpha() for literal in sentence.literals for letter in literal)
    if sentence.key == _QUOTED:
        return not any(mark in value for value in values.values() for mark in "“”")
    if letters >= _FEW_LETTERS or sentence.plural:
        return True
    if ", " in values.get("last", ""):
        return False  # what is last in a list has none behind it: "2 pictures, 1 started or done before, 0 refused"
    names_may_have_spaces = letters >= max(_FEWEST_LETTERS, 2 * len(values))
    return all(
        " " not in value
        or (spec not in ("", "text") and name not in _SERVICES)
        or (spec != "" and (translated(value) != value or _found(_spoken, value) != ""))
        or (spec == "" and names_may_have_spaces)
        for name, value in values.items()
        for spec in (sentence.specs.get(name, ""),)
    )


def _after_colon(text: str, find: Callable[[str], str]) -> str:
    """Return a text behind the name of what it is about: "photo.jpg: The picture is damaged"."""
    place = text.find(": ")
    while place > 0:
        rest = text[place + 2 :]
        if (said := find(rest)) not in ("", rest):
            return text[: place + 2] + said
        place = text.find(": ", place + 2)
    return ""


def _in_parts(spoken: _Spoken, text: str) -> str:
    """Return a text of several sentences or a list, of which each part may be known."""
    if said := _after_colon(text, lambda rest: _found(spoken, rest)):
        return said
    for mark in _SEPARATORS:
        if mark in text:
            return mark.join(translated(part) for part in text.split(mark))
    parts = _SENTENCE_END.split(text)
    told: list[str] = []
    while parts:
        for end in range(len(parts), 0, -1):
            whole = " ".join(parts[:end])
            # A title gets its full stop only where a hint follows it.
            if found := (_found(spoken, whole) if whole != text else ""):
                break
            if whole.endswith(".") and (found := _found(spoken, whole[:-1])):
                found += full_stop()
                break
        else:
            end, found = 1, _after_colon(parts[0], translated) or parts[0]
        told.append(found)
        parts = parts[end:]
    if len(told) > 1 or told[0] != text:
        return sentences(*told)
    parts = text.split(", ")
    if len(parts) > 1 and (told := [_found(spoken, part) or part for part in parts]) != parts:
        return comma().join(told)
    return _after_colon(text, translated)


def comma() -> str:
    """Return what stands between the words of a list."""
    return "、" if _spoken.language == "ja" else ", "


def full_stop() -> str:
    """Return the end of a sentence."""
    return "。" if _spoken.language == "ja" else "."


def titled(title: str, hint: str = "") -> str:
    """Return title and hint of an error in the user's language, as sentences in one text; see `errors.told`."""
    return sentences(f"{translated(title).rstrip('.。')}{full_stop()}", translated(hint))


def capital(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Return a text of a face as it stands after a colon: with a small letter, but not where nouns begin large."""
    return text if _spoken.language == "de" else text[:1].lower() + text[1:]


def sentences(*texts: str) -> str:
    """Return whole sentences as one text; Japanese has no space between them."""
    said = ""
    for text in filter(None, texts):
        gap = "" if not said or (_spoken.language == "ja" and not said.isascii() and said[-1] != ".") else " "
        said += gap + text
    return said


def _said_again(spoken: _Spoken, sentence: _Sentence, values: dict[str, str]) -> str:
    if sentence.plural:
        count = int(re.sub(r"\D", "", values.get("n", "")) or 1)
        values["n"] = values.get("n", "1")
        said = spoken.plural[sentence.key].forms[spoken.form(count)]
    else:
        said = spoken.single[sentence.key]
    told = {
        name: _value(value, "text" if name in _SERVICES else sentence.specs.get(name, ""))
        for name, value in values.items()
    }
    if sentence.plural:
        told["n"] = localised(values["n"])
    return _PLACEHOLDER.sub(lambda place: told.get(place[1], ""), said)


def _value(value: str, spec: str) -> str:
    if spec == "text":
        return translated(value)
    if spec == "time":
        return local_time(value)
    return localised(value) if spec else value


def _sentences(spoken: _Spoken) -> list[_Sentence]:
    """Return all sentences with values, those first that leave least to them."""
    forms = [(key, key, False) for key in spoken.single if "{" in key and "\x04" not in key]
    for one, plural in spoken.plural.items():
        forms += [(one, one, True), (one, plural.many, True)]
    made = [_sentence(*each) for each in forms]
    return sorted(made, key=lambda each: -sum(map(len, each.literals)))


_NUMBERS = {",": r"-?\d[\d,]*", "d": r"-?\d+", "time": r"\d\d:\d\d"}


def _sentence(key: str, form: str, plural: bool) -> _Sentence:
    specs: dict[str, str] = {}
    parts, literals, end = [], [], 0
    for place in _PLACEHOLDER.finditer(form):
        name, spec = place[1], place[2] or ""
        literal = form[end : place.start()].replace("{{", "{").replace("}}", "}")
        literals.append(literal)
        parts.append(re.escape(literal))
        if name in specs:
            parts.append(f"(?P={name})")
        elif spec and spec != "text":
            parts.append(f"(?P<{name}>{_NUMBERS.get(spec, r'-?[0-9][0-9,.e+-]*')})")
        else:
            parts.append(f"(?P<{name}>.+?)" if spec or name != "n" else rf"(?P<{name}>-?\d[\d,]*)")
        specs[name] = spec
        end = place.end()
    last = form[end:].replace("{{", "{").replace("}}", "}")
    if last.endswith(".") and any(letter.isalpha() for letter in last):
        last = last[:-1]  # a title has no full stop
        parts += [re.escape(last), r"\.?"]
    else:
        parts.append(re.escape(last))
    expression = "".join(parts)

    def match(text: str) -> re.Match[str] | None:
        return re.fullmatch(expression, text, re.DOTALL)

    return _Sentence(key, match, tuple(part for part in (*literals, last) if part), specs, plural)


def quoted(text: str) -> str:
    """Return a text between the quotes of the user's language: "“Loupe”", "„Lupe“"."""
    return tr(_QUOTED).format(words=text)


# numbers


def localised(english: str) -> str:
    """Return a number that is written in English, such as "1,024.5", as the user writes it."""
    marks = _spoken.marks
    if english.count(",") == 1 and "." not in english and marks.least_grouped > 1_000:
        bare = english.replace(",", "")
        if bare.lstrip("-").isdigit() and abs(int(bare)) < marks.least_grouped:
            return bare
    return english.translate({ord(","): marks.group, ord("."): marks.point})


def number(value: float, places: int = 0) -> str:
    """Return a number with its decimal places as the user writes it: "1,024", "8.3"."""
    return localised(f"{value:,.{places}f}")


def percent(value: float, places: int = 0) -> str:
    """Return a percentage as the user writes it: "62%", "8,3 %"."""
    return _spoken.marks.percent.format(n=number(value, places))


def day_text(day: date) -> str:
    """Return a day as the user writes it: "Nov 29, 2026", "29.11.2026"."""
    dates = DATES.get(_spoken.language, Dates())
    name = dates.months[day.month - 1] if dates.months else ""
    return dates.pattern.format(day=day.day, month=day.month, year=day.year, name=name)


def time_text(moment: datetime, *, seconds: bool = False) -> str:
    """Return a time of day as the user writes it: "14:32", "2:32 PM"."""
    return _spoken.clock.text(moment.hour, moment.minute, moment.second if seconds else None)


def local_time(english: str) -> str:
    """Return a time of day that is written as "14:32" as the user writes it."""
    hour, minute = english.split(":")
    return _spoken.clock.text(int(hour), int(minute))
