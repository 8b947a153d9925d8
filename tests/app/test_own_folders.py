"""The profile's own folder: nobody else's files are in it, none but its own are cleaned, and nobody else may look into it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from topazdesk.app.app_context import AppContext
from topazdesk.app.own_folders import ensure, patches_folder, results_folder
from topazdesk.app.paths import Paths
from topazdesk.app.trials import KEPT_S
from topazdesk.engine.store import Store
from topazdesk.engine.uploads import uploads_folder
from topazdesk.errors import UseError
from topazdesk.media.tilecache import TileCache

_OLD = time.time() - 2 * KEPT_S
#: Names of the program's own shape, and of a user's who keeps pictures there.
_FILES = {
    "uploads/uploads": ("td-0123456789abcdef0123456789abcdef.png", "holiday.png"),
    "trials/patches": ("street_area_0123456789abcdef.png", "street, area 256x200 at 40,30 (2).png", "scan.png"),
    "trials/results": ("a_standard-2_2x.png", "wedding.jpg"),
    "cache/pyramids": ("0123456789abcdef0123456789abcdef01234567.tif", "slides.tif"),
}


def _fill(profile: Path) -> list[Path]:
    made = []
    for folder, names in _FILES.items():
        (profile / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            path = profile / folder / name
            path.write_bytes(b"x" * 1000)
            os.utime(path, (_OLD, _OLD))
            made.append(path)
    return made


def _use(profile: Path) -> None:
    async def story() -> None:
        context = await AppContext.open(profile)
        try:
            await context.engine.start()
            await context.trials.tidy()
            await asyncio.to_thread(TileCache(context.paths.pyramids).trim, None, 0)
        finally:
            await context.close()

    asyncio.run(story())


def test_a_folder_with_other_files_is_no_profile(tmp_path: Path) -> None:
    """`--profile` with a folder of pictures: its folders `uploads`, `trials` and `cache` were emptied, 12 of 12."""
    (tmp_path / "letter.odt").write_bytes(b"x")
    made = _fill(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UseError) as caught:
        _use(tmp_path)
    assert caught.value.code == "use.profile_folder"
    assert sorted(tmp_path.rglob("*")) == before
    assert all(path.exists() for path in made)


def test_folders_that_were_full_before_the_first_start_stay_as_they_are(tmp_path: Path) -> None:
    """Named as a profile's folders are, so that it is taken for a profile that somebody prepared."""
    made = _fill(tmp_path)
    _use(tmp_path)
    _use(tmp_path)
    assert all(path.exists() for path in made)


def test_own_folders_are_cleaned_and_strangers_in_them_stay(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    _use(profile)
    TileCache(profile / "cache" / "pyramids").own.claim()
    made = _fill(profile)
    _use(profile)
    assert [path.name for path in made if path.exists()] == ["holiday.png", "scan.png", "wedding.jpg", "slides.tif"]


def test_a_profile_of_an_earlier_program_is_cleaned_where_it_is_certainly_its_own(tmp_path: Path) -> None:
    async def earlier() -> None:
        await (await Store.open(tmp_path / "jobs.sqlite3")).close()

    asyncio.run(earlier())
    made = _fill(tmp_path)
    for path in made:
        if path.name in ("holiday.png", "scan.png"):
            path.unlink()
    _use(tmp_path)
    left = [path.name for path in made if path.exists()]
    assert left == ["a_standard-2_2x.png", "wedding.jpg", made[7].name, "slides.tif"]
    paths = Paths(tmp_path)
    assert uploads_folder(paths.uploads).is_marked
    assert patches_folder(paths.trials).is_marked
    assert not results_folder(paths.trials).is_marked


@pytest.mark.parametrize("names", [(), ("settings.toml",), (".DS_Store",), ("presets", "catalogue.d")])
def test_what_somebody_prepared_is_a_profile(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        path = tmp_path / name
        path.write_text("") if "." in name and not name.endswith(".d") else path.mkdir()
    ensure(Paths.choose(tmp_path))
    ensure(Paths.choose(tmp_path))


def test_a_file_that_comes_later_closes_no_profile(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    ensure(Paths.choose(profile))
    (profile / "note to myself.txt").write_text("x")
    ensure(Paths.choose(profile))


@pytest.mark.skipif(os.name != "posix", reason="modes are for POSIX")
def test_an_open_profile_is_closed_to_others(tmp_path: Path) -> None:
    profile, outside = tmp_path / "profile", tmp_path / "outside.txt"
    outside.write_text("x")
    outside.chmod(0o644)
    _use(profile)
    names = (
        "settings.toml",
        "jobs.sqlite3",
        "jobs.sqlite3.v1.bak",
        "session.json",
        "logs/topazdesk.log",
        "logs/sandbox.log",
    )
    for name in names:
        (profile / name).touch()
        (profile / name).chmod(0o644)
    for folder in (profile, profile / "logs", profile / "uploads"):
        folder.chmod(0o755)
    (profile / "offers.json").symlink_to(outside)
    ensure(Paths.choose(profile))
    assert {name: (profile / name).stat().st_mode & 0o777 for name in names} == dict.fromkeys(names, 0o600)
    assert {path.stat().st_mode & 0o777 for path in (profile, profile / "logs", profile / "uploads")} == {0o700}
    assert outside.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name != "posix", reason="modes are for POSIX")
def test_a_folder_that_is_not_ours_alone_keeps_its_mode(tmp_path: Path) -> None:
    """An earlier program took a home folder as its profile: the home folder must not be closed to others now."""

    async def earlier() -> None:
        await (await Store.open(tmp_path / "jobs.sqlite3")).close()

    asyncio.run(earlier())
    (tmp_path / "public_html").mkdir()
    tmp_path.chmod(0o755)
    (tmp_path / "jobs.sqlite3").chmod(0o644)
    ensure(Paths.choose(tmp_path))
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "jobs.sqlite3").stat().st_mode & 0o777 == 0o600
