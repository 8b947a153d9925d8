"""Where the profile lives and what is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The profile folder: settings, job database, caches and logs. Nothing here touches the disk: `own_folders.ensure` makes it."""

    profile: Path

    @classmethod
    def choose(cls, profile: Path | None = None) -> Paths:
        """`profile`, else TOPAZDESK_PROFILE, else the platform's data folder."""
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
        """Settings, TOML."""
        return self.profile / "settings.toml"

    @property
    def session(self) -> Path:
        """The window's pictures, recipe and selection, JSON."""
        return self.profile / "session.json"

    @property
    def window_note(self) -> Path:
        """Where the window that runs on this profile can be reached, while it does."""
        return self.profile / "window.json"

    @property
    def jobs(self) -> Path:
        """The job database."""
        return self.profile / "jobs.sqlite3"

    @property
    def uploads(self) -> Path:
        """Temporary upload copies."""
        return self.profile / "uploads"

    @property
    def cache(self) -> Path:
        """Pyramids and thumbnails; can be deleted at any time."""
        return self.profile / "cache"

    @property
    def pyramids(self) -> Path:
        """The viewer's part of it, where the engine leaves previews of very large results too."""
        return self.cache / "pyramids"

    @property
    def sandbox(self) -> Path:
        """State of the local practice service."""
        return self.profile / "sandbox"

    @property
    def own_models(self) -> Path:
        """Catalogue files that add to or override the packaged ones, one folder a service."""
        return self.profile / "catalogue.d"

    @property
    def samples(self) -> Path:
        """The user's copies of the sample pictures, and the results made of them."""
        return self.profile / "samples"

    @property
    def offers(self) -> Path:
        """What the services said of models whose names are not verified, JSON."""
        return self.profile / "offers.json"

    @property
    def presets(self) -> Path:
        """Saved recipes, one JSON file each."""
        return self.profile / "presets"

    @property
    def trials(self) -> Path:
        """Patches that were tried, and the results of trials; each is kept for 7 days."""
        return self.profile / "trials"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.profile / "logs"
