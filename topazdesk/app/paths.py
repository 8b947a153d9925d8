"""The location of the profile and of the files in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths in a profile folder: settings, job database, caches and logs.

    Nothing here touches the disk; `own_folders.ensure` creates the folders.
    """

    profile: Path

    @classmethod
    def choose(cls, profile: Path | None = None) -> Paths:
        """Return the paths in `profile`, else in TOPAZDESK_PROFILE, else in the platform's data folder."""
        if profile is None:
            named = os.environ.get("TOPAZDESK_PROFILE")
            if named:
                profile = Path(named)
            else:
                from platformdirs import user_data_path

                profile = user_data_path("topazdesk", appauthor=False)
        return cls(profile.expanduser().absolute())

    @property
    def settings(self) -> Path:
        """The settings (TOML)."""
        return self.profile / "settings.toml"

    @property
    def keys(self) -> Path:
        """The keys that the user wants in a file, unencrypted."""
        return self.profile / "keys.json"

    @property
    def accounts(self) -> Path:
        """The names of the accounts and which are in use (JSON), without any key."""
        return self.profile / "accounts.json"

    @property
    def session(self) -> Path:
        """The window's pictures, recipe and selection (JSON)."""
        return self.profile / "session.json"

    @property
    def owner_note(self) -> Path:
        """Where the program that works on this profile listens (JSON); exists only while it runs."""
        return self.profile / "owner.json"

    @property
    def run_log(self) -> Path:
        """The log of all runs (CSV), which only grows."""
        return self.profile / "runs.csv"

    @property
    def jobs(self) -> Path:
        """The job database."""
        return self.profile / "jobs.sqlite3"

    @property
    def uploads(self) -> Path:
        """Temporary copies for uploads."""
        return self.profile / "uploads"

    @property
    def cache(self) -> Path:
        """Pyramids and thumbnails; may be deleted at any time."""
        return self.profile / "cache"

    @property
    def pyramids(self) -> Path:
        """The viewer's part of the cache, where the engine also puts previews of very large results."""
        return self.cache / "pyramids"

    @property
    def examples(self) -> Path:
        """What models made of the user's own pictures, for the cards of the gallery; a part of the cache."""
        return self.cache / "examples"

    @property
    def sandbox(self) -> Path:
        """The state of the sandbox, the practice service on this computer."""
        return self.profile / "sandbox"

    @property
    def local(self) -> Path:
        """The jobs of the service on this computer."""
        return self.profile / "local"

    @property
    def own_models(self) -> Path:
        """The user's catalogue files, which add to or replace the packaged ones; one folder per service."""
        return self.profile / "catalogue.d"

    @property
    def samples(self) -> Path:
        """The user's copies of the sample pictures, and the results made of them."""
        return self.profile / "samples"

    @property
    def offers(self) -> Path:
        """The services' answers about models whose names are not verified (JSON)."""
        return self.profile / "offers.json"

    @property
    def presets(self) -> Path:
        """Saved recipes, one JSON file each."""
        return self.profile / "presets"

    @property
    def plans(self) -> Path:
        """The plans that were made, one JSON file each."""
        return self.profile / "plans"

    @property
    def runs(self) -> Path:
        """The files of the runs that commands started (TOML)."""
        return self.profile / "runs"

    @property
    def trials(self) -> Path:
        """The patches and results of trials; each is kept for 7 days."""
        return self.profile / "trials"

    @property
    def logs(self) -> Path:
        """The log files."""
        return self.profile / "logs"

    @property
    def local_log(self) -> Path:
        """The log of the process that enhances pictures on this computer."""
        return self.logs / "local.log"
