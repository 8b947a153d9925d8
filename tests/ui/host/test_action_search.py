"""Finding a command by words: by the beginning of words, usable ones first, then those used last."""

from __future__ import annotations

from topazdesk.ui.host.action_search import Findable, found

ALL = [
    Findable("trials", "Try on an area", "Work"),
    Findable("next_area", "Next changed area", "Compare"),
    Findable("add", "Bilder hinzufügen", "Bilder"),
    Findable("redo", "Redo", "Work", is_usable=False),
    Findable("reset", "Reset all settings", "Work"),
]


def names(typed: str, recent: tuple[str, ...] = ()) -> list[str]:
    return [each.name for each in found(typed, ALL, recent)]


def test_each_typed_word_begins_a_word() -> None:
    assert names("area") == ["next_area", "trials"], "nearer to the beginning first"
    assert names("ar try") == ["trials"]
    assert names("rea") == []
    assert names("area nothing") == []


def test_words_without_spaces_between_them_are_found_within() -> None:
    among = [Findable("add", "画像を追加", "画像"), Findable("report", "問題を報告", "ヘルプ")]
    assert [each.name for each in found("報告", among)] == ["report"]
    assert [each.name for each in found("追加", among)] == ["add"]
    assert [each.name for each in found("プ", among)] == ["report"]


def test_a_group_counts_too_but_less_than_the_words() -> None:
    assert names("work") == ["reset", "trials", "redo"], "the group counts as words after those of the text"
    assert names("work all") == ["reset"]


def test_accents_and_case_are_ignored() -> None:
    assert names("HINZUFUGEN") == ["add"]


def test_what_cannot_be_used_now_comes_last_and_what_was_used_first() -> None:
    assert names("") == ["trials", "next_area", "add", "reset", "redo"]
    assert names("", ("reset", "add")) == ["reset", "add", "trials", "next_area", "redo"]
    assert names("re") == ["reset", "redo"]
