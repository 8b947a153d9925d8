"""The password of a team's database is in the key ring, and nowhere that can be read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import keyring
import keyring.core
import pytest
from keyring.backends import fail

from tests.support.ring import RingInMemory, ring  # noqa: F401
from tests.support.secrets import assert_unwritten
from topazdesk.app.app_context import AppContext
from topazdesk.app.keys import Keys
from topazdesk.app.settings import Settings
from topazdesk.app.team_context import joined, left, ring_name
from topazdesk.errors import Code, ComputerError
from topazdesk.team.connections import options_of, with_password, without_password

SECRET = "geheim-7/@:"


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("postgresql://anna:geheim-7%2F%40%3A@archive/pictures", "postgresql://anna@archive/pictures"),
        ("postgresql://anna:geheim-7%2F%40%3A@archive:5433/p?sslmode=require", "postgresql://anna@archive:5433/p?sslmode=require"),
        ("postgresql://anna@/p?host=/tmp/x&password=geheim-7%2F%40%3A", "postgresql://anna@/p?host=%2Ftmp%2Fx"),
        ("host=archive user=anna dbname=p password='geheim-7/@:'", "postgresql://anna@archive/p"),
    ],
)  # fmt: skip
def test_an_address_is_told_from_its_password(url: str, plain: str) -> None:
    assert without_password(url) == (plain, SECRET)
    assert without_password(plain) == (plain, "")
    # With it, it is what it was.
    assert set(options_of(with_password(plain, SECRET), "m").split()) == set(options_of(url, "m").split())


def test_who_joins_keeps_the_password_in_the_ring_alone(tmp_path: Path, team_url: str, ring: RingInMemory) -> None:  # noqa: F811
    """It stood in the settings as it was typed, where every backup has it."""
    profile, with_it = tmp_path / "profile", team_url.replace("owner@", "owner:geheim-7%2F%40%3A@")
    profile.mkdir()

    async def whole() -> None:
        settings = await joined(Settings(), tmp_path, with_it, Keys())
        assert without_password(settings.team) == (settings.team, "")
        assert settings.team_password
        assert ring.kept == {("topazdesk", ring_name(settings.team)): SECRET}
        await asyncio.to_thread(settings.save, profile / "settings.toml")
        context = await AppContext.open(profile)
        try:
            assert f"password='{SECRET}'" in context.store.connections.url or SECRET in context.store.connections.url  # type: ignore[attr-defined]
            assert context.team is not None
            assert SECRET not in context.team.place
        finally:
            await context.close()
        gone = await left(settings, Keys())
        assert (gone.team, gone.team_password, ring.kept) == ("", False, {})

    asyncio.run(whole())
    assert_unwritten(tmp_path, SECRET)


def test_one_that_was_written_into_the_settings_by_hand_goes_to_the_ring(
    tmp_path: Path,
    team_url: str,
    ring: RingInMemory,  # noqa: F811
) -> None:
    file = tmp_path / "settings.toml"
    Settings(team=team_url.replace("owner@", "owner:geheim-7%2F%40%3A@")).save(file)

    async def whole() -> None:
        context = await AppContext.open(tmp_path)
        await context.save_settings(context.settings.with_(theme="dark"))
        await context.close()
        await (await AppContext.open(tmp_path)).close()

    asyncio.run(whole())
    assert Settings.load(file).team_password
    assert list(ring.kept.values()) == [SECRET]
    assert_unwritten(tmp_path, "geheim")


def test_without_a_ring_a_password_is_not_kept(tmp_path: Path, team_url: str) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        with pytest.raises(ComputerError) as caught:
            asyncio.run(joined(Settings(), tmp_path, team_url.replace("owner@", "owner:geheim@"), Keys()))
        assert caught.value.code == Code.COMPUTER_TEAM_RING
        assert "geheim" not in f"{caught.value.hint} {caught.value.details}"
    finally:
        keyring.set_keyring(before)
