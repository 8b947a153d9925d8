"""Settings of a profile: one TOML file that people may edit; unknown keys and comments survive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_text
from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.errors import ComputerError, UseError

DEFAULT_URLS: Mapping[ServiceName, str] = {
    ServiceName.TOPAZ: "https://api.topazlabs.com",
    ServiceName.RUNFLOW: "https://api.runflow.io",
}
#: A thousand times what it takes.
_MOST_BYTES = 1_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults. `*_url` is the root above `/image/v1` or `/v1`; `""` means the service's own.

    `geometry` and `splitter` are Qt's base64 texts; `sandbox_speed` 1 is believable, 0 at once. `day_cap` and `run_cap` are
    the most credits a day and a run may cost, `…_usd` the same in dollars; 0 is no cap.
    """

    service: str = ServiceName.SANDBOX.value
    theme: str = "system"
    topaz_url: str = ""
    output_folder: str = ""
    sandbox_speed: float = 1.0
    geometry: str = ""
    splitter: str = ""
    compare_mode: str = "split"
    favourites: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    runflow_url: str = ""
    day_cap: int = 0
    sidecars: bool = False  # a file beside each result says how it was made
    run_cap: int = 0
    day_cap_usd: float = 0.0
    run_cap_usd: float = 0.0

    def url_of(self, service: ServiceName) -> str:
        """Root URL of a service: environment, then setting, then the published address."""
        named = os.environ.get(f"TOPAZDESK_{service.upper()}_URL", "")
        kept = {ServiceName.TOPAZ: self.topaz_url, ServiceName.RUNFLOW: self.runflow_url}.get(service, "")
        chosen = named or kept or DEFAULT_URLS.get(service, "")
        check_url(chosen)
        return chosen.rstrip("/")

    def caps(self, unit: Unit) -> tuple[int | None, int | None]:
        """The most a run and a day may cost, in whole `unit`s; None for no limit."""
        if unit is Unit.CREDIT:
            found = (self.run_cap, self.day_cap)
        else:
            found = (round(self.run_cap_usd * MICRO_USD), round(self.day_cap_usd * MICRO_USD))
        run, day = (cap if cap > 0 else None for cap in found)
        return run, day

    @property
    def service_name(self) -> ServiceName:
        """The service in use; the sandbox when the file names something else."""
        try:
            return ServiceName(self.service)
        except ValueError:
            return ServiceName.SANDBOX

    def with_(self, **changes: Any) -> Self:
        """A changed copy."""
        return replace(self, **changes)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Settings from a file; defaults where it is missing. Raises UseError when it cannot be read."""
        try:
            data = _parsed(path).unwrap()
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TOMLKitError, RecursionError) as error:
            raise UseError(
                "The settings file cannot be read.",
                f"Mend or delete it: {path}",
                details=str(error),
                code="use.settings_file",
            ) from error
        known: dict[str, Any] = {}
        for item in fields(cls):
            default: Any = item.default
            value = data.get(item.name)
            if isinstance(default, tuple) and isinstance(value, list):
                known[item.name] = tuple(str(v) for v in value)
            elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
                known[item.name] = float(value)
            elif isinstance(value, type(default)):
                known[item.name] = value
        return cls(**known)

    def save(self, path: Path) -> None:
        """Writes the file in one step; what it does not know in it stays. Raises ComputerError."""
        try:
            document = _parsed(path) if path.exists() else tomlkit.document()
            for item in fields(self):
                value = getattr(self, item.name)
                document[item.name] = list(value) if isinstance(value, tuple) else value
            private_file.write(path, tomlkit.dumps(document))
        except (OSError, ValueError, TOMLKitError, RecursionError) as error:
            raise ComputerError(
                "The settings could not be saved.", "Check the space and rights of the profile folder.",
                details=str(error), code="disk.settings",
            ) from error  # fmt: skip


def _parsed(path: Path) -> tomlkit.TOMLDocument:
    """Raises OSError, ValueError, TOMLKitError, RecursionError."""
    return tomlkit.parse(read_text(path, _MOST_BYTES))


def check_url(url: str) -> None:
    """Raises UseError unless `url` is https, or plain http to this computer."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme == "https" and host and not parts.username:
        return
    if parts.scheme == "http" and host in _LOOPBACK and not parts.username:
        return
    raise UseError(
        "This service address cannot be used.",
        "It must begin with https://. Plain http:// works only for a service on this computer.",
        details=url.rsplit("@", 1)[-1],
        code="use.url",
    )
