"""The list of accounts by name: what is damaged in it is left out, and an id never becomes another account's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from topazdesk.app.accounts import Accounts
from topazdesk.domain.account import Account, is_account_id
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError

TOPAZ = ServiceName.TOPAZ
OWN = Account(TOPAZ)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts.json")


def add(accounts: Accounts, name: str, *, beside_default: bool = True) -> Account:
    account = accounts.place_for(TOPAZ, name)
    accounts.add(account, name, beside_default=beside_default)
    return account


def test_each_service_has_an_account_from_the_start(accounts: Accounts) -> None:
    assert [each.account for each in accounts.of(TOPAZ)] == [OWN]
    assert accounts.selected(TOPAZ) == OWN
    assert not accounts.has_several(TOPAZ)


def test_an_account_is_known_by_its_name_and_keeps_its_id(accounts: Accounts, tmp_path: Path) -> None:
    studio = add(accounts, "  Studio \t Berlin ")
    assert studio.id == "studio-berlin"
    assert [each.label for each in accounts.of(TOPAZ)] == ["Default account", "Studio Berlin"]
    accounts.rename(studio, "Atelier")
    later = Accounts(tmp_path / "accounts.json")
    later.load()
    assert later.named(TOPAZ, "ATELIER") == later.named(TOPAZ, "studio-berlin") == later.selected(TOPAZ) == studio
    with pytest.raises(UseError) as caught:
        later.named(TOPAZ, "Studio Berlin")
    assert "Atelier" in caught.value.hint


def test_a_removed_account_is_not_taken_over_by_another(accounts: Accounts) -> None:
    """Its jobs and books name it by its id; under its old name it comes back as the same."""
    studio = add(accounts, "Studio")
    accounts.remove(studio)
    assert [each.account for each in accounts.of(TOPAZ)] == [OWN]
    assert accounts.selected(TOPAZ) == OWN
    assert accounts.label(studio) == "Studio"
    assert add(accounts, "studio!") != studio
    assert add(accounts, "STUDIO") == studio


def test_two_accounts_have_two_names_and_ids(accounts: Accounts) -> None:
    ids = [add(accounts, name).id for name in ("スタジオ", "写真館", "A b", "a.b")]
    assert ids == ["account", "account-2", "a-b", "a-b-2"]
    with pytest.raises(UseError):
        accounts.rename(Account(TOPAZ, "account"), "写真館")
    for wrong in ("", " \n", "x" * 41, "\u200b"):
        with pytest.raises(UseError):
            accounts.rename(OWN, wrong)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"topaz": 5}',
        '{"topaz": {"accounts": [], "selected": 5}}',
        json.dumps({"topaz": {"accounts": {"../x": {}, "studio": 7}, "selected": "nobody"}}),
    ],
)
def test_a_damaged_list_is_none(accounts: Accounts, tmp_path: Path, content: str) -> None:
    (tmp_path / "accounts.json").write_text(content)
    accounts.load()
    assert [each.account for each in accounts.of(TOPAZ)] == [OWN]
    assert accounts.selected(TOPAZ) == OWN


def test_one_odd_entry_spoils_no_other(accounts: Accounts, tmp_path: Path) -> None:
    entries = {"studio": {"name": "a\nb", "day_cap": -5}, "other": {"name": "Other", "day_cap": 7, "removed": "yes"}}
    (tmp_path / "accounts.json").write_text(json.dumps({"topaz": {"accounts": entries}}))
    accounts.load()
    assert [(each.label, each.day_cap) for each in accounts.of(TOPAZ)] == [("studio", 0), ("Other", 7)]


@pytest.mark.parametrize("word", ["topaz", "topaz/studio", "runflow/a-2"])
def test_an_account_is_one_word_and_read_from_it(word: str) -> None:
    assert str(Account.parse(word)) == word


@pytest.mark.parametrize("word", ["", "nobody", "topaz/", "topaz/../x", "topaz/A", f"topaz/{'x' * 41}"])
def test_anything_else_is_no_account(word: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        Account.parse(word)


def test_a_new_account_by_a_name_that_another_once_had_is_another_account(accounts: Accounts) -> None:
    """Its key took the place of the other's, and the jobs in progress of that one went on with it."""
    first = add(accounts, "Studio")
    accounts.rename(first, "Home")
    second = add(accounts, "Studio")
    assert second != first
    assert [each.name for each in accounts.of(TOPAZ)] == ["", "Home", "Studio"]
    assert (accounts.named(TOPAZ, "home"), accounts.named(TOPAZ, "studio")) == (first, second)


def test_a_name_that_another_account_once_had_is_free(accounts: Accounts) -> None:
    first, second = add(accounts, "Studio"), add(accounts, "Archive")
    accounts.rename(first, "Home")
    accounts.rename(second, "Studio")
    assert (accounts.named(TOPAZ, "Home"), accounts.named(TOPAZ, "Studio")) == (first, second)
    with pytest.raises(UseError):
        accounts.rename(first, "studio")


def test_the_name_of_before_goes_on_meaning_the_account_while_nobody_else_has_it(accounts: Accounts) -> None:
    first = add(accounts, "Studio")
    accounts.rename(first, "Home")
    assert accounts.named(TOPAZ, "studio") == first, "a run file was written before"


@pytest.mark.parametrize("word", ["default", "Default account", "default ACCOUNT "])
def test_an_account_without_a_name_answers_to_what_is_shown_for_it(accounts: Accounts, word: str) -> None:
    """The refusal of another name listed "Default account", and that was refused, too."""
    add(accounts, "Studio")
    assert accounts.named(TOPAZ, word) == Account(TOPAZ)


def test_who_pays_is_known_while_the_file_is_being_read(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread reads it, and between two entries the list was empty: a click was paid by the default account."""
    studio = add(accounts, "Studio")
    add(accounts, "Archive")
    accounts.select(studio)
    seen: list[tuple[Account, bool]] = []

    def look(word: object) -> bool:
        seen.append((accounts.selected(TOPAZ), accounts.has_several(TOPAZ)))
        return is_account_id(word)

    monkeypatch.setattr("topazdesk.app.accounts.is_account_id", look)
    accounts.load()
    assert seen
    assert set(seen) == {(studio, True)}
