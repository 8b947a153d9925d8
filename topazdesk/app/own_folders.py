"""Decides whether a folder may be a profile and which folders in it are cleaned, and keeps it private to the user."""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path

from topazdesk.app.paths import Paths
from topazdesk.disk import private_file
from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.names import shown_path
from topazdesk.disk.own_folder import NOBODYS, OwnFolder, is_mark, put_mark
from topazdesk.engine.uploads import uploads_folder
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import say
from topazdesk.media.thumbnail_store import private_folders
from topazdesk.media.tilecache import TileCache

#: All names that this and earlier versions of the program put into a profile.
_NAMES = re.compile(
    r"settings\.toml|keys\.json|session\.json|(window|owner)\.json|offers\.json|runs\.csv(\.complete)?|jobs\.sqlite3([-.].+)?"
    r"|uploads|cache|sandbox|local|catalogue\.d|samples|presets|trials|logs"
    r"|\.write-test-\d+|[a-z.]+\.part|\.[0-9a-f]{16}\.part"
)
_DATABASE = b"SQLite format 3\0"
#: A patch has the name of its picture, with its size and place; earlier versions named it by its content.
_PATCH = re.compile(
    r"\.?[0-9a-f]{32}\.(png|tif)(\.part)?|.+_area_[0-9a-f]{16}\.(png|tif)|\.[0-9a-f]{16}\.part"
    r"|.+, area \d+x\d+ at \d+,\d+( \(\d+\))?\.(png|tif)"
)
#: Result names as `domain.recipe.DEFAULT_TEMPLATE` makes them.
_TRIAL = re.compile(r".+_[a-z0-9-]+_[0-9.]+x(-\d+)?\.(jpg|png|tif)|\.td-[0-9a-f]{32}\.part")


def patches_folder(trials: Path) -> OwnFolder:
    """Return the folder with the patches of trials."""
    return OwnFolder(trials / "patches", "patches", _PATCH)


def results_folder(trials: Path) -> OwnFolder:
    """Return the folder with the results of trials."""
    return OwnFolder(trials / "results", "trials", _TRIAL)


def ensure(paths: Paths) -> Paths:
    """Create the folders of a profile, private to the user.

    Raises UseError if the profile is in a folder with other files, and ComputerError if it cannot be written.
    """
    try:
        take_profile(paths)
        for folder in (paths.profile, paths.uploads, paths.cache, paths.sandbox, paths.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = private_file.part_beside(paths.settings)
        private_file.create(probe, b"")
        probe.unlink()
    except OSError as error:
        raise ComputerError(
            "The profile folder cannot be written",
            say(
                "{remedy:text}, or choose another folder with --profile. Nothing was sent or charged.",
                remedy=remedy(cause_of(error), shown_path(paths.profile)),
            ),
            details=f"{paths.profile}: {error.strerror or error}",
            code=Code.DISK_PROFILE,
        ) from error
    return paths


def take_profile(paths: Paths) -> None:
    """Make sure that the profile is a folder of ours, marking a new or empty one, and that it is private to the user.

    Raises UseError for a folder with other files, before anything is written; OSError.
    """
    folder = OwnFolder(paths.profile, "profile", _NAMES)
    if not folder.is_marked:
        is_earlier = _is_earlier(paths)
        if not is_earlier and not _holds_ours_alone(paths.profile):
            raise UseError(
                "The profile cannot be in a folder with other files",
                say(
                    "Nothing was written. Choose a separate folder with --profile, for example {profile}",
                    profile=paths.profile / "topazdesk",
                ),
                details=str(paths.profile),
                code=Code.USE_PROFILE_FOLDER,
            )
        paths.profile.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_earlier:  # made by a version that set no marks: adopt, once, only what is certainly ours
            for own in (uploads_folder(paths.uploads), TileCache(paths.pyramids).own):
                _adopt(own)
            for own in (patches_folder(paths.trials), results_folder(paths.trials)):
                _adopt(own)
            for own in private_folders(paths.cache / "thumbnails").values():
                _adopt(own)
        put_mark(folder.mark)
    if os.name == "posix":
        _make_private(paths)


def _adopt(own: OwnFolder) -> None:
    with suppress(OSError):
        if own.path.is_dir() and own.looks_ours:
            own.claim(is_ours=True)


def _is_earlier(paths: Paths) -> bool:
    """Return whether an earlier version, which set no marks, has used this profile."""
    try:
        with paths.jobs.open("rb") as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False


def _holds_ours_alone(folder: Path) -> bool:
    """Return whether a folder is missing, empty, or has nothing in it except what belongs to a profile."""
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except FileNotFoundError:
        return True
    return all(_NAMES.fullmatch(name) or name in NOBODYS or is_mark(name) for name in names)


def _make_private(paths: Paths) -> None:
    """Remove the permissions of others from the profile; a folder that also has other files keeps its own mode."""
    if _holds_ours_alone(paths.profile):
        _mend(paths.profile)
    with suppress(OSError), os.scandir(paths.profile) as entries:
        for entry in entries:
            if _NAMES.fullmatch(entry.name):
                _mend(Path(entry.path))
    with suppress(OSError):
        for log in paths.logs.glob("*.log*"):
            _mend(log)


def _mend(path: Path) -> None:
    """Remove the permissions of group and others from a file or folder of this user; links are left alone.

    On Windows the folders of a user are private by their place.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        state = path.lstat()
        if not stat.S_IMODE(state.st_mode) & 0o077 or state.st_uid != os.geteuid():
            return
        if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            opened = os.fstat(descriptor)
            if (opened.st_dev, opened.st_ino) == (state.st_dev, state.st_ino):
                os.fchmod(descriptor, stat.S_IMODE(opened.st_mode) & ~0o077)
        finally:
            os.close(descriptor)
