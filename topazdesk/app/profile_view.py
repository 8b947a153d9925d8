"""What can be known of a profile without opening it: nothing is made or written, and there may be no profile yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from topazdesk.app.paths import Paths
from topazdesk.app.policy_file import PolicyFile, policy_file
from topazdesk.app.resources import load_catalogue
from topazdesk.app.settings import Settings
from topazdesk.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class ProfileView:
    """Where a profile is, its settings, and the models that it may use."""

    paths: Paths
    settings: Settings
    catalogue: Catalogue

    @classmethod
    def of(cls, profile: Path | None = None) -> ProfileView:
        """Read a profile (see `Paths.choose`). Blocking. Raises UseError for settings that cannot be read."""
        paths = Paths.choose(profile)
        catalogue, _ = load_catalogue(paths.own_models)
        return cls(paths, Settings.load(paths.settings), catalogue.under(PolicyFile(policy_file()).read()))
