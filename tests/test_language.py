"""One mechanism for the languages of all layers."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date, format_time
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal, format_percent

from topazdesk import language
from topazdesk.app.resources_folder import folder
from topazdesk.app.speaking import setting_in, speak, take_option
from topazdesk.cli.reasons import Reason
from topazdesk.domain.params import Parameter, ParameterKind
from topazdesk.domain.sending import at_most_text
from topazdesk.errors import told
from topazdesk.language import (
    day_text,
    nsay,
    ntr,
    number,
    percent,
    say,
    sentences,
    small,
    titled,
    tr,
    translated,
    use,
    wanted,
)
from topazdesk.locale_forms import DATES, MARKS, clock_of, typed_time
from topazdesk.retelling import reteller
from topazdesk.services.facts import TOPAZ_ERRORS
from topazdesk.services.retry_after import when_text

SOURCE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "No connection to {service}"
msgstr "Keine Verbindung zu {service}"

msgid "the sandbox"
msgstr "die Sandbox"

msgid "Nothing is lost."
msgstr "Nichts ist verloren."

msgid "It takes files up to {most:,.1f} MB. {advice:text}"
msgstr "Höchstens {most:,.1f} MB. {advice:text}"

msgid "Choose {name}."
msgstr "Nimm {name}."

msgid "{n} picture"
msgid_plural "{n} pictures"
msgstr[0] "{n} Bild"
msgstr[1] "{n} Bilder"

msgid "1 job"
msgid_plural "{n} jobs"
msgstr[0] "1 Auftrag"
msgstr[1] "{n} Aufträge"

msgid "{name} → {result}  done before (--again)"
msgstr "{name} → {result}  schon fertig (--again)"

msgid "{some:text} and {last:text}"
msgstr "{some:text} und {last:text}"

msgid "{charged:text} charged"
msgstr "abgebucht: {charged:text}"

msgid "This is not a picture"
msgstr "Das ist kein Bild"

msgid "{time} a picture"
msgstr "{time} je Bild"

msgid "{bill:text} for {what:text}"
msgstr "{bill:text} für {what:text}"

msgid "colour profile"
msgstr "Farbprofil"

msgid "Open"
msgstr "Öffnen"

msgctxt "state"
msgid "Open"
msgstr "Offen"
"""


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    spec = importlib.util.spec_from_file_location("texts", Path(__file__).parents[1] / "packaging" / "texts.py")
    assert spec is not None
    assert spec.loader is not None
    texts = importlib.util.module_from_spec(spec)
    sys.modules["texts"] = texts
    spec.loader.exec_module(texts)
    (tmp_path / "de.po").write_text(SOURCE, "utf-8")
    (tmp_path / "de.mo").write_bytes(texts.mo_bytes(texts._read(tmp_path / "de.po"), "de"))
    use("de", tmp_path)
    yield
    use("en")


@pytest.fixture
def spanish() -> Iterator[None]:
    use("es", Path(__file__).parents[1] / "resources" / "languages")
    yield
    use("en")


@pytest.mark.usefixtures("german")
def test_a_stored_sentence_is_found_again_with_its_values() -> None:
    """What is stored and sent is English; jobs of an older version have no other form."""
    assert translated("No connection to Topaz") == "Keine Verbindung zu Topaz"
    assert translated(say("No connection to {service}", service="the sandbox")) == "Keine Verbindung zu die Sandbox"
    assert translated(told("No connection to Topaz", "Nothing is lost.")) == (
        "Keine Verbindung zu Topaz. Nichts ist verloren."
    )
    hint = say(
        "It takes files up to {most:,.1f} MB. {advice:text}", most=1234.5, advice=say("Choose {name}.", name="x")
    )
    assert hint == "It takes files up to 1,234.5 MB. Choose x."
    assert translated(hint) == "Höchstens 1.234,5 MB. Nimm x."
    assert translated("Colour profile") == "Farbprofil"
    assert translated("colour profile, 1,200 pictures · 1 job") == "Farbprofil, 1.200 Bilder · 1 Auftrag"
    assert translated("never heard of") == "never heard of"


@pytest.mark.usefixtures("german")
def test_texts_are_found_in_the_lines_that_a_command_prints() -> None:
    """Names before a colon, columns, indented lines, remarks in brackets; "a and b" is no sentence that says much."""
    assert translated("photo.jpg: Nothing is lost\n  Nothing is lost.") == (
        "photo.jpg: Nichts ist verloren\n  Nichts ist verloren."
    )
    assert translated("topaz  1 job      colour profile") == "topaz  1 Auftrag      Farbprofil"
    assert translated("in.jpg → out.jpg  done before (--again)") == "in.jpg → out.jpg  schon fertig (--again)"
    assert translated("1,200 pictures (colour profile)") == "1.200 Bilder (Farbprofil)"
    assert translated("Qt for Python 6.11 and others") == "Qt for Python 6.11 and others"
    assert translated("colour profile and 1 job") == "Farbprofil und 1 Auftrag"
    assert translated("1 job · 1 job charged") == "1 Auftrag · abgebucht: 1 Auftrag"
    assert translated("a.jpg: This is not a picture") == "a.jpg: Das ist kein Bild"
    assert translated('Schema: {"a": "Nothing is lost."}') == 'Schema: {"a": "Nothing is lost."}'


def test_japanese_has_its_own_stops_and_commas() -> None:
    use("ja", Path(__file__).parents[1] / "resources" / "languages")
    both = "Topazに接続できません。失われるものはありません。"
    assert translated(told("No connection to Topaz", "Nothing is lost.")) == both
    assert titled("No connection to Topaz", "Nothing is lost.") == both
    assert titled("No connection to Topaz") == "Topazに接続できません。"
    assert translated("colour profile, 1,200 pictures") == "カラープロファイル、画像 1,200 枚"
    assert translated("No such command 'limit'") == "コマンド「limit」はありません"
    assert translated("4 credits for 2 pictures · 500 left before, 496 after") == (
        "4 クレジット · 画像 2 枚 · 処理前の残り 500、処理後 496"
    )
    assert translated("Never heard of. Nothing is lost.") == "Never heard of. 失われるものはありません。"
    use("en")


def test_a_text_after_a_colon_keeps_the_capital_of_a_german_noun(german: None) -> None:
    assert small("Ergebnis zu groß") == "Ergebnis zu groß"
    use("en")
    assert small("Result too large") == "result too large"


@pytest.mark.usefixtures("german")
def test_a_value_is_not_taken_for_a_text() -> None:
    """A file may be called as a word of the program, or have a brace in its name."""
    assert translated("Choose colour profile.") == "Nimm colour profile."
    assert translated("Choose {name}.jpg.") == "Nimm {name}.jpg."


@pytest.mark.usefixtures("german")
def test_counts_have_the_forms_of_the_language() -> None:
    assert [ntr("{n} picture", "{n} pictures", n).format(n=number(n)) for n in (0, 1, 4096)] == [
        "0 Bilder",
        "1 Bild",
        "4.096 Bilder",
    ]
    assert nsay("1 job", "{n} jobs", 1_234) == "1,234 jobs"
    assert [translated(nsay("1 job", "{n} jobs", n)) for n in (1, 2, 1_234)] == [
        "1 Auftrag",
        "2 Aufträge",
        "1.234 Aufträge",
    ]


@pytest.mark.usefixtures("german")
def test_one_word_may_have_two_meanings() -> None:
    assert (tr("Open"), tr("Open", "state"), tr("Other")) == ("Öffnen", "Offen", "Other")


def test_english_needs_no_catalogue(tmp_path: Path) -> None:
    use("en", tmp_path)
    assert language.language() == "en"
    assert translated("No connection to Topaz") == "No connection to Topaz"
    use("de", tmp_path)  # where the file is missing
    assert (language.language(), tr("Open")) == ("en", "Open")


@pytest.mark.parametrize("code", list(MARKS))
def test_numbers_are_those_of_the_cldr(code: str) -> None:
    """The percent sign of English stands apart, which is this program's style; all else is the CLDR's."""
    use(code, marks=MARKS[code])
    try:
        for value in (0, 7, 999, 1_000, 4_096, 10_000, 1_234_567, -4_096):
            # Babel does not know that Spanish groups from five digits on (minimumGroupingDigits).
            bare = code == "es" and abs(value) < 10_000
            assert number(value) == format_decimal(value, locale=code, group_separator=not bare)
        assert number(12345.5, 1) == format_decimal(12345.5, locale=code)
        if code != "en":
            assert percent(62) == format_percent(0.62, locale=code)
            assert percent(8.3, 1) == format_percent(0.083, "0.0" + ("" if code == "ja" else "\xa0") + "%", locale=code)
    finally:
        use("en")


def test_a_value_that_is_the_same_in_both_languages_is_known_all_the_same() -> None:
    """ "in 41 s" stayed English in Spanish: "41 s" is Spanish, too, and was taken for a word that nobody knows."""
    speak("es")
    assert translated("12 min left") == "quedan 12 min"
    assert translated("2 pictures done · it took 41 s") == "2 imágenes: hecho · duración 41 s"
    use("en")


@pytest.mark.parametrize("code", list(DATES))
def test_days_are_those_of_the_cldr(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language._spoken, "language", code)
    for month in range(1, 13):
        for day in (date(2026, month, 1), date(2026, month, 28)):
            assert day_text(day) == format_date(day, locale=code)


@pytest.mark.parametrize(
    ("environment", "setting", "system", "code"),
    [
        ({"LANG": "de_AT.UTF-8"}, "system", "", "de"),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}, "system", "", "en"),
        ({"LANG": "pt_BR.UTF-8", "LANGUAGE": "pt:es"}, "system", "", "es"),
        ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "de_DE"}, "system", "", "ja"),
        ({}, "system", "fr_CA", "fr"),
        ({"LANG": "de_DE.UTF-8"}, "es", "", "es"),
        ({"LANG": "de_DE.UTF-8"}, "tlh", "", "en"),
        ({}, "system", "", "en"),
    ],
)
def test_the_language_follows_setting_and_system(
    environment: dict[str, str], setting: str, system: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wanted(setting, system) == code


def test_the_option_is_taken_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPAZDESK_LANGUAGE", "")
    assert take_option(["models", "--language", "de", "--all"]) == ["models", "--all"]
    assert take_option(["--language=ja"]) == []
    assert take_option(["a", "--", "--language"]) == ["a", "--", "--language"]
    with pytest.raises(ValueError, match="de, fr, es, ja"):
        take_option(["--language", "tlh"])


def test_a_settings_file_is_glanced_at(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    assert setting_in(path) == "system"
    path.write_bytes(b'theme = "dark"\nlanguage = "fr"\n\xff')
    assert setting_in(path) == "fr"


@pytest.mark.parametrize(("wait_s", "ending"), [(0.0, r": in Kürze\."), (3_600.0, r": um \d\d:\d\d\.")])
def test_when_a_service_goes_on_is_said_in_the_language_too(wait_s: float, ending: str) -> None:
    """The sentence was German, the time in it English: "Es geht automatisch weiter: in a moment."."""
    sentence = next(text.hint for text in TOPAZ_ERRORS.values() if "{when:text}" in text.hint)
    use("de", Path(__file__).parents[1] / "resources" / "languages")
    try:
        german = translated(sentence.replace("{when:text}", when_text(wait_s)))
    finally:
        use("en")
    assert re.search(f"{ending}$", german), german


@pytest.mark.usefixtures("spanish")
def test_a_count_within_a_list_is_a_text_of_its_own() -> None:
    """Its "or" does not join the whole line before it with the rest."""
    assert translated("3 credits for 3 pictures, 1 started or done before, 0 refused. Nothing was sent.") == (
        "3 créditos por 3 imágenes, 1 iniciada o hecha antes, 0 rechazadas. No se ha enviado nada."
    )


@pytest.mark.usefixtures("spanish")
def test_a_reason_is_translated_beside_names_and_numbers() -> None:
    reason = Reason("input.damaged", "The picture is cut off", "", (Path("a.jpg"),))
    assert [translated(line) for line in reason.lines] == ["  1 × La imagen está cortada: a.jpg"]


def test_limits_have_the_decimal_point_of_the_language() -> None:
    """ "höchstens 0.2 MB": another sentence with the same beginning was found, whose value is no number."""
    use("de", folder() / "languages")
    try:
        assert translated(at_most_text(200_000)) == "höchstens 0,2 MB"
        assert translated(at_most_text(1_234_000_000)) == "höchstens 1.234 MB"
        both = Parameter("strength", ParameterKind.NUMBER, "Strength", minimum=0.1, maximum=0.5)
        assert translated(both.range_text()) == "zwischen 0,1 und 0,5"
        assert translated(replace(both, minimum=None).range_text()) == "höchstens 0,5"
    finally:
        use("en")


@pytest.mark.usefixtures("spanish")
def test_words_that_a_command_takes_are_not_translated() -> None:
    assert translated("true or false") == "true o false"


def _regions() -> list[Locale]:
    found = [Locale.parse(name) for name in locale_identifiers() if not name.endswith("POSIX")]
    return [each for each in found if each.language in language.LANGUAGES and not each.script]


def test_times_are_those_of_the_cldr() -> None:
    """Times were written as 15:30 wherever English is spoken, also where everybody else writes 3:30 PM."""
    regions = [each for each in _regions() if each.territory and each.territory.isalpha()]
    assert len(regions) > 150
    for each in regions:
        clock = clock_of(each.language, str(each))
        for moment in (time(0, 5), time(9, 30), time(12, 0), time(15, 45, 7)):
            said = clock.text(moment.hour, moment.minute)
            halves = ("mat.", "soir") if str(each) == "fr_CM" else ()  # which it never writes
            assert halves or said == format_time(moment, "short", locale=each), each
            if not halves:
                with_second = clock.text(moment.hour, moment.minute, moment.second)
                assert with_second == format_time(moment, "medium", locale=each), each


@pytest.mark.parametrize(
    ("code", "system", "said"),
    [
        ("en", "en_US", "3:30\u202fPM"),
        ("en", "en_GB", "15:30"),
        ("en", "en_AU", "3:30\u202fpm"),
        ("en", "C", "15:30"),
        ("en", "", "15:30"),
        ("en", "de_DE", "15:30"),
        ("en", "es_MX", "3:30\u202fpm"),
        ("de", "en_US", "15:30"),
        ("de", "de_AT", "15:30"),
        ("fr", "fr_CA", "15 h 30"),
        ("es", "es_MX", "3:30\u202fp.m."),
    ],
)
def test_a_time_follows_the_region_of_the_system(code: str, system: str, said: str) -> None:
    assert clock_of(code, system).text(15, 30) == said


@pytest.mark.parametrize(
    ("typed", "read"),
    [("10 pm", "22:00"), ("10:30 p. m.", "22:30"), ("12:05\u202fAM", "00:05"), ("12 PM", "12:00"), ("22:00", "22:00")],
)
def test_a_time_can_be_typed_as_it_is_shown(typed: str, read: str) -> None:
    assert typed_time(typed) == read


def test_times_in_stored_texts_follow_the_reader() -> None:
    """The text of an error is kept in English, with its time as programs read it; who reads it sees it as usual."""
    stored = "The result is still kept at the service. It resumes automatically at 15:30."
    hours = "between 22:00 and 06:00"
    try:
        use("en", clock=clock_of("en", "en_US"))
        assert translated(stored).endswith("automatically at 3:30\u202fPM.")
        assert translated(f"Sent {hours} only.") == "Sent between 10:00\u202fPM and 6:00\u202fAM only."
        assert translated("Meeting at 10:30 today.jpg") == "Meeting at 10:30 today.jpg"
        speak("es", clock=clock_of("es", "es_MX"))
        assert translated(hours) == "entre las 10:00\u202fp.m. y las 6:00\u202fa.m."
        speak("fr", clock=clock_of("fr", "fr_CA"))
        assert "15 h 30" in translated(stored)
    finally:
        use("en")
    assert translated(stored) == stored


@pytest.mark.parametrize(("before", "after"), [("en", "de"), ("de", "fr"), ("ja", "en"), ("fr", "ja")])
def test_what_was_said_is_said_again_in_another_language(before: str, after: str) -> None:
    def texts() -> list[str]:
        return [
            tr("The keyring refused the key"),
            tr("“{name}” was deleted").format(name="Müller.jpg"),
            ntr("1 earlier result left out", "{n} earlier results left out", 3).format(n="3"),
            tr("{whose} for today is enough for {n} of {pictures}").format(
                whose=tr("Your limit"), n="2", pictures=ntr("1 picture", "{n} pictures", 5).format(n="5")
            ),
            "/home/anna/one.jpg",
        ]

    try:
        speak(before)
        said, again = texts(), reteller()
        speak(after)
        assert [again(text) for text in said] == texts()
        hint = sentences(tr("Nothing is lost."), tr("Nothing was sent."))
        speak(before)
        first = sentences(tr("Nothing is lost."), tr("Nothing was sent."))
        again = reteller()
        speak(after)
        assert again(first) == hint
    finally:
        use("en")
