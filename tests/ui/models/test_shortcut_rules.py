"""Shortcuts that the user chooses: what can be used, what becomes of who had them, and what a settings file may say."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QKeyCombination, Qt

from topazdesk.app.action_specs import SPECS
from topazdesk.ui.models.action_keys import ActionKeys
from topazdesk.ui.models.shortcut_rules import combination, freed, given, holder, usable, why_not


def doubles(keys: ActionKeys) -> list[tuple[str, str]]:
    """The pairs of actions that have a key in common, of which Qt would run neither."""
    has = {spec.name: set(map(combination, keys.of(spec.name))) for spec in SPECS}
    return [(one, other) for one, other in combinations(has, 2) if has[one] & has[other]]


def test_no_two_actions_begin_with_the_same_keys() -> None:
    assert doubles(ActionKeys()) == []


@pytest.mark.parametrize(
    "keys", ["Space", "Tab", "Esc", "Return", "Left", "Shift+Down", "Alt+Up", "0", "3", "M", "Ctrl+1"]
)
def test_keys_that_work_the_window_cannot_be_taken(keys: str) -> None:
    assert why_not(keys)


@pytest.mark.parametrize("keys", ["", "Ctrl+K, Ctrl+X", "Ctrl+Nonsense", "Shift"])
def test_what_is_not_one_key_is_refused(keys: str) -> None:
    assert why_not(keys)


@pytest.mark.parametrize("keys", ["Ctrl+Alt+T", "F5", "B", "Ctrl+Shift+1"])
def test_other_keys_can_be_taken(keys: str) -> None:
    assert why_not(keys) == ""


def test_who_had_the_keys_has_them_no_more_and_gets_them_back_by_its_default() -> None:
    keys = ActionKeys()
    assert holder(keys, "Ctrl+P", "trials") == "pause"
    keys.put(given(keys, "trials", ("Ctrl+P",)))
    assert (keys.of("trials"), keys.of("pause")) == (("Ctrl+P",), ())
    assert doubles(keys) == []
    keys.put(given(keys, "pause", keys.default("pause")))
    assert (keys.of("trials"), keys.of("pause")) == ((), ("Ctrl+P",))
    assert keys.changes == {"trials": ()}


def test_one_of_several_keys_is_taken_and_the_other_stays() -> None:
    keys = ActionKeys()
    keys.put(given(keys, "trials", ("F1",)))
    assert keys.of("help") == ("?", "Shift+?")


def test_a_settings_file_gives_no_keys_twice_whatever_it_says() -> None:
    keys = ActionKeys()
    keys.put(usable({"trials": ("Ctrl+P",), "queue": ("Ctrl+P",), "nobody": ("Ctrl+B",), "undo": ("Tab",), "redo": ()}))
    assert keys.changes == {"trials": ("Ctrl+P",), "pause": (), "redo": ()}
    assert doubles(keys) == []


def test_a_default_that_nobody_has_any_more_is_freed() -> None:
    keys = ActionKeys()
    assert freed(keys) == frozenset()
    keys.put(given(keys, "difference", ("Ctrl+Alt+D",)))
    assert freed(keys) == {QKeyCombination(Qt.KeyboardModifier.NoModifier, Qt.Key.Key_D)}
    keys.put(given(keys, "fade", ("D",)))
    assert freed(keys) == {QKeyCombination(Qt.KeyboardModifier.NoModifier, Qt.Key.Key_F)}
