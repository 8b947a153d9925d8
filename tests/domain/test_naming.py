"""Names of results are safe whatever the source is called."""

from __future__ import annotations

import os
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.naming import (
    FIELDS,
    NameFacts,
    counter_text,
    filled_in,
    result_name,
    safe_name,
    template_problem,
    told_apart,
    unique_path,
)
from topazdesk.domain.recipe import DEFAULT_TEMPLATE


def name_of(source: str, template: str = DEFAULT_TEMPLATE) -> str:
    facts = NameFacts(
        *(Path(source), "recover-3", "generative", "topaz", Size(1500, 1000), Size(6000, 4000), FileFormat.TIFF),
        day=date(2026, 11, 28),
        taken=date(1911, 6, 3),
        counter="007",
        hash="1a2b3c4d",
    )
    return result_name(template, facts)


def test_default_template():
    assert name_of("/p/mountain-lake.jpg") == "mountain-lake_recover-3_4x.tif"


def test_newline_and_foreign_bytes():
    assert name_of("/p/a\nb.jpg") == "a_b_recover-3_4x.tif"
    name_of(os.fsdecode(b"/p/\xff\xfe.jpg")).encode("utf-8")


BAD = [
    *("{name", "{nome}", "  ", "{0}", "{}", "{name}}", "a" * 501),
    *("{scale:.1f}", "{name:d}", "{name!x}", "{name!r}", "{name:x>400000000}", "{width:400000000}", "{width:,}"),
    *("{name.__class__}", "{name[0]}", "{name:{width}}", "{name:{name.__class__.__mro__}}", "{" * 499, "{name!}"),
]


@pytest.mark.parametrize("template", BAD)
def test_a_bad_template_has_a_sentence(template):
    problem = template_problem(template)
    assert problem
    assert len(problem) < 250
    with pytest.raises(ValueError, match=r"\w"):
        name_of("/p/a.jpg", template)


@given(
    st.text() | st.lists(st.sampled_from(["{name}", "{scale}", "{{", "}}", "{", "}", ":", "!r", "x", "ü"])).map("".join)
)
def test_every_template_that_passes_makes_a_name(template):
    """What is not refused beforehand cannot fail once a result is paid."""
    if template_problem(template) is None:
        assert name_of("/p/a.jpg", template).endswith(".tif")


def test_braces_that_are_meant():
    assert name_of("/p/a.jpg", "{{{name}}}") == "{a}.tif"


@given(st.text(st.characters(min_codepoint=0xD7FE, max_codepoint=0xE001, categories=["Cs", "Lo", "Co"])))
def test_halves_of_characters_are_no_reason_to_fail(text):
    name_of(f"/p/{text}.jpg", "{name}" + text).encode()


def test_a_very_long_name_is_cut_in_no_time():
    assert len(safe_name("ü" * 10_000_000).encode()) <= 230


#: One each, as people see them.
CHARACTERS = [
    "a",
    "ü",
    "漢",
    "👩‍👩‍👧",
    "e\u0301\u0302",
    "🇺🇸",
    "1\ufe0f\u20e3",
    "\u0915\u093e",
    "\u1112\u1161\u11ab",
    "👍🏽",
    "🏴\U000e0067\U000e0062\U000e007f",
]

#: What names are made of that cause trouble: marks, directions, joiners, halves, devices, dots, and other scripts.
NASTY = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.characters(categories=["Mn", "Mc", "Me", "Cf", "Cs", "Co", "Zs", "Cc"]),
        st.sampled_from(
            ["con", "NUL", "com1", ".", " ", "..", "-2", "/", "\\", ":", "é", "e\u0301", "\u202e", "\u200d"]
        ),
        st.sampled_from(
            ["👩‍👩‍👧", "🇺🇸", "ש\u05c1\u05bc", "\u1112\u1161\u11ab", "漢" * 90, "a" * 255, "\udcff", "İ", "ß", "ﬁ"]
        ),
    ),
    max_size=12,
).map("".join)
TEMPLATES = st.sampled_from(
    [
        DEFAULT_TEMPLATE,
        "{name}",
        "{folder}_{name}",
        "{name}-{counter}",
        "{taken} {name}.{hash}",
        "{{{name}}}. ",
        "con.{name}",
    ]
)


def assert_valid_everywhere(name: str) -> None:
    """On Linux, macOS and Windows, with the sidecar's ending too."""
    assert len(f"{name}.topazdesk.json".encode()) <= 255
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('<>:"/\\|?*')
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
    assert not any(unicodedata.bidirectional(letter) in BIDI_CONTROLS for letter in name)
    assert name == name.strip(" ")
    assert not name.endswith(".")
    assert name.split(".")[0].rstrip(" ").lower() not in DEVICES
    assert Path(name).name == name


BIDI_CONTROLS = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
DEVICES = {"", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}


@given(NASTY, NASTY, TEMPLATES)
def test_any_picture_gets_a_name_that_is_valid_everywhere(folder, stem, template):
    source = (
        Path("/p")
        / (folder.replace("/", "_").replace("\0", "") or "f")
        / (stem.replace("/", "_").replace("\0", "") + ".jpg")
    )
    name = name_of(str(source), template)
    assert_valid_everywhere(name)
    assert name == name_of(unicodedata.normalize("NFD", str(source)), template), "two spellings are one name"
    for each in (
        safe_name(stem),
        *(path.name for path in told_apart(Path("/out", name), source, Path("/other/x.jpg"))),
    ):
        assert_valid_everywhere(each)


@given(st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=40))
def test_a_name_is_cut_between_characters(letters):
    """As people see them: half a flag or a vowel without its sign is another word, or none."""
    letters = [unicodedata.normalize("NFC", letter) for letter in letters] * 240
    kept = name_of(f"/p/{''.join(letters)}.jpg", "{name}_x").removesuffix("_x.tif")
    while letters and kept:
        letter = letters.pop(0)
        assert kept.startswith(letter)
        kept = kept.removeprefix(letter)
    assert letters
    assert not kept


def test_unique_counts_on():
    taken = {Path("a.png"), Path("a-2.png")}
    assert unique_path(Path("a.png"), taken.__contains__) == Path("a-3.png")
    assert unique_path(Path("b.png"), taken.__contains__) == Path("b.png")


def test_every_field_stands_for_something():
    assert name_of("/box 1/a.jpg", "{folder}-{counter}-{tier}-{date}-{hash}") == (
        "box 1-007-generative-2026-11-28-1a2b3c4d.tif"
    )
    for field in FIELDS:
        assert name_of("/p/a.jpg", f"{{{field}}}") not in (".tif", "result.tif"), field


def test_the_counter_is_filled_in_by_the_run_and_the_rest_stays():
    assert filled_in("{{x}} {name}-{counter}", counter="012") == "{{x}} {name}-012"
    assert name_of("/p/a.jpg", filled_in("{{x}} {name}-{counter}", counter="012")) == "{x} a-012.tif"
    assert filled_in("{wrong", counter="012") == "{wrong"
    assert (counter_text(7, 120), counter_text(7, 12_000)) == ("007", "00007")


@pytest.mark.parametrize("letter", CHARACTERS)
def test_only_the_name_is_shortened_and_never_within_a_character(letter):
    """The end of a long name took model and scale with it, so two models of one picture had one name."""
    name = name_of(f"/p/{letter * 300}.jpg")
    assert name.endswith("_recover-3_4x.tif")
    assert len(f"{name}.topazdesk.json".encode()) <= 255
    kept = name.removesuffix("_recover-3_4x.tif")
    whole = unicodedata.normalize("NFC", letter)
    assert kept == whole * (len(kept) // len(whole))
    assert len(kept.encode()) > 180


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/p/con.jpg", "_con.tif"),
        ("/p/con.old.jpg", "_con.old.tif"),
        ("/p/COM¹.jpg", "_COM¹.tif"),
        ("/p/end. . .jpg", "end.tif"),
        ("/p/a\u202egpj.exe.jpg", "a_gpj.exe.tif"),
        ("/p/a\x85b.jpg", "a_b.tif"),
        ("/p/u\u0308ber.jpg", "\u00fcber.tif"),
        ("/p/nul  .x.jpg", "_nul  .x.tif"),
        ("/p/a\u061cb\uffffc.jpg", "a_b_c.tif"),
    ],
)
def test_names_are_good_on_windows_and_macos_too(source, name):
    assert name_of(source, "{name}") == name


def test_two_pictures_of_one_name_are_told_apart_by_folder_or_ending():
    wanted = Path("/out/scan001_2x.png")
    assert told_apart(wanted, Path("/box/roll2/scan001.png"), Path("/box/roll1/scan001.png")) == (
        Path("/out/scan001_2x_roll2.png"),
        Path("/out/scan001_2x_box_roll2.png"),
    )
    assert told_apart(wanted, Path("/box/scan001.tif"), Path("/box/scan001.png")) == (Path("/out/scan001_2x_tif.png"),)
