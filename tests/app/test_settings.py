"""Settings survive, foreign keys stay, broken files are said, addresses are checked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import Settings, check_url
from topazdesk.domain.kept import CredentialsMode, MetadataChoice, MetadataMode, ResolutionMode
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError


def test_round_trip_keeps_what_it_does_not_know(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('# mine\nservice = "topaz"\nfuture = 3\n')
    settings = Settings.load(path).with_(theme="dark", favourites=("recover-3",))
    settings.save(path)
    text = path.read_text()
    assert "# mine" in text
    assert "future = 3" in text
    again = Settings.load(path)
    assert again == settings
    assert again.service_name is ServiceName.TOPAZ


def test_wrong_types_fall_back_to_the_default(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('service = 3\nsandbox_speed = 2\ntheme = "dark"\n')
    settings = Settings.load(path)
    assert (settings.service, settings.sandbox_speed, settings.theme) == ("sandbox", 2.0, "dark")


def test_a_broken_file_is_said(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("service = ")
    with pytest.raises(UseError) as caught:
        Settings.load(path)
    assert str(path) in caught.value.hint


@pytest.mark.parametrize(
    "url", ["https://api.topazlabs.com", "http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:9"]
)
def test_good_addresses(url):
    check_url(url)


@pytest.mark.parametrize(
    "url", ["http://api.topazlabs.com", "ftp://x", "", "https://", "https://key@host", "http://[bad"]
)
def test_addresses_that_would_show_the_key_are_refused(url):
    with pytest.raises(UseError):
        check_url(url)


def test_the_environment_names_another_root(monkeypatch):
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", "http://127.0.0.1:5/")
    assert Settings().url_of(ServiceName.TOPAZ) == "http://127.0.0.1:5"


def test_limits_are_read_by_unit_and_nothing_is_no_limit(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("run_cap = 40\nday_cap_usd = 2.5\nday_cap = -1\n", "utf-8")
    found = Settings.load(path)
    assert found.caps(Unit.CREDIT) == (40, None)
    assert found.caps(Unit.USD) == (None, 2_500_000)


@pytest.mark.parametrize(
    "line",
    ['day_cap = "50"', "day_cap = 50.5", "day_cap = true", "run_cap = [1]", "day_cap_usd = nan", "run_cap_usd = inf"],
)
def test_a_limit_that_is_none_stops_the_program_instead_of_limiting_nothing(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"{line}\n", "utf-8")
    with pytest.raises(UseError) as caught:
        Settings.load(path)
    assert caught.value.details.startswith(line.split(" ")[0])


def test_changes_that_come_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """Two saves at a time wrote the same part file: one failed, or left half a file behind."""

    async def story() -> None:
        context = await AppContext.open(tmp_path / "profile", exclusive=False)
        try:
            await asyncio.gather(*(context.save_settings(context.settings.with_(run_cap=n)) for n in range(1, 40)))
            first = asyncio.create_task(context.save_settings(context.settings.with_(theme="light")))
            await asyncio.sleep(0)
            await context.save_settings(context.settings.with_(sidecars=True))
            await first
        finally:
            await context.close()

    asyncio.run(story())
    kept = Settings.load(tmp_path / "profile" / "settings.toml")
    assert (kept.theme, kept.sidecars, kept.run_cap) == ("light", True, 39)


def test_two_changes_of_one_turn_of_the_loop_are_both_kept(tmp_path: Path) -> None:
    """Each was made to the settings as they were before the other, and the one that began later undid the first."""

    async def story() -> None:
        context = await AppContext.open(tmp_path / "profile", exclusive=False)
        try:
            first = context.save_settings(context.settings.with_(theme="light"))
            second = context.save_settings(context.settings.with_(day_cap=5))
            await asyncio.gather(second, first)
            assert (context.settings.theme, context.settings.day_cap) == ("light", 5)
        finally:
            await context.close()

    asyncio.run(story())
    kept = Settings.load(tmp_path / "profile" / "settings.toml")
    assert (kept.theme, kept.day_cap) == ("light", 5)


def test_what_another_program_has_saved_is_not_undone_by_what_is_changed_here(tmp_path: Path) -> None:
    """A window of a team is no owner of its profile: a limit that a command had set was gone when the window closed."""
    file = tmp_path / "profile" / "settings.toml"

    async def story() -> None:
        context = await AppContext.open(tmp_path / "profile", exclusive=False)
        try:
            await context.save_settings(context.settings.with_(theme="dark"))
            Settings.load(file).with_(day_cap=5, theme="light").save(file)
            await context.save_settings(context.settings.with_(geometry="here"))
        finally:
            await context.close()

    asyncio.run(story())
    kept = Settings.load(file)
    assert (kept.geometry, kept.day_cap, kept.theme) == ("here", 5, "light")


def test_what_stays_out_of_results_is_kept_and_a_wrong_word_is_the_default(tmp_path: Path) -> None:
    """The three switches are each for themselves; a word that is no choice must not switch metadata off."""
    path = tmp_path / "settings.toml"
    assert Settings().metadata_choice == MetadataChoice()
    Settings(keep_location=False, metadata="sidecar", resolution="same-dpi", credentials="replace").save(path)
    assert Settings.load(path).metadata_choice == MetadataChoice(
        MetadataMode.SIDECAR, CredentialsMode.REPLACE, ResolutionMode.SAME_DPI, keeps_location=False
    )
    path.write_text('keep_people = false\nkeep_serials = "no"\nmetadata = "none"\n', "utf-8")
    assert Settings.load(path).metadata_choice == MetadataChoice(keeps_people=False)
    path.write_text("keep_serials = false\n", "utf-8")
    assert Settings.load(path).metadata_choice == MetadataChoice(keeps_serials=False)


def test_changed_shortcuts_are_kept_and_nonsense_among_them_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    Settings().save(path)
    assert "keys" not in path.read_text("utf-8"), "a table of nothing would only puzzle who reads the file"
    Settings(keys={"trials": ("F5",), "pause": ()}).save(path)
    assert Settings.load(path).keys == {"trials": ("F5",), "pause": ()}
    Settings().save(path)
    assert Settings.load(path).keys == {}
    path.write_text('[keys]\ntrials = "F5"\nundo = [5]\nredo = ["F6"]\nqueue = ["' + "F" * 50 + '"]\n', "utf-8")
    assert Settings.load(path).keys == {"redo": ("F6",)}
    path.write_text("keys = 5\n", "utf-8")
    assert Settings.load(path).keys == {}
