"""The settings of a profile: one TOML file that people may edit; unknown keys and comments are kept."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_text
from topazdesk.domain.after_run import AfterRun
from topazdesk.domain.compute_device import AUTO
from topazdesk.domain.kept import CredentialsMode, MetadataChoice, MetadataMode, ResolutionMode
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import SYSTEM, say

#: Most bytes of the file; a thousand times what it needs.
_MOST_BYTES = 1_000_000
#: Most shortcuts of an action, and most characters of one.
_MOST_KEYS, _LONGEST_KEY = 4, 40
#: The settings about the originals' metadata in results.
METADATA = ("metadata", "credentials", "resolution", "keep_location", "keep_people", "keep_serials")
#: What limits spending.
_LIMITS = ("day_cap", "run_cap", "day_cap_usd", "run_cap_usd")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults.

    `addresses` holds the roots above `/image/v1` or `/v1` that the user has set, by service; in the file each is a key
    of its own, such as `topaz_url`, and "" means the service's own address. `geometry` is a Qt state in base64,
    `splitter` the widths of the side panels and which of them are hidden, `compare_mode` the word of a mode of the
    viewer. `keys` are the shortcuts that the user has changed, by the name of the window's action, in Qt's portable
    format; in the file they are a table of their own. `sandbox_speed` 1 takes about as long as a real service, 0
    no time. `day_cap` and `run_cap` are the most credits that a day and a run may cost, `…_usd` the same in dollars; 0
    means no cap.
    """

    service: str = ServiceName.SANDBOX.value
    theme: str = "system"
    language: str = SYSTEM  # a code such as "de", or that of the system
    contrast: str = "system"  # or high
    motion: str = "system"  # or reduced
    output_folder: str = ""
    sandbox_speed: float = 1.0
    geometry: str = ""
    splitter: str = ""
    compare_mode: str = "split"
    favourites: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    day_cap: int = 0
    metadata: str = MetadataMode.EMBED.value  # where the original's metadata goes: embed, sidecar, off
    credentials: str = CredentialsMode.KEEP.value  # results with content credentials: keep, replace
    resolution: str = ResolutionMode.PRINT_SIZE.value  # print-size, same-dpi
    keep_location: bool = True  # of the original's metadata, in results; uploads never carry any
    keep_people: bool = True
    keep_serials: bool = True
    sidecars: bool = False  # write a file next to each result that says how it was made
    labels: bool = False  # save a copy of each result with the caption "AI-enhanced", too
    hints: tuple[str, ...] = ()  # of the first run, those that are still to be shown: see `first_run`
    notifications: bool = True  # of the desktop, while no window is active
    stay_awake: bool = True  # keep the computer awake while jobs are in progress
    leaving_told: bool = True  # say what happens to unfinished pictures before the window closes
    after_run: str = AfterRun.NOTHING.value  # what the computer does after every run
    run_cap: int = 0
    day_cap_usd: float = 0.0
    run_cap_usd: float = 0.0
    #: What the service on this computer computes with: auto, cpu, or the name of a graphics card.
    compute_device: str = AUTO
    #: The database of the team whose queue this machine shares; "" for a queue of its own. And where the roots of the
    #: team are mounted here, by name.
    team: str = ""
    team_password: bool = False  # whether the key ring has its password, which is never here
    team_work: bool = False  # whether a window works for the team while it is open
    team_name: str = ""  # what this machine is called there; "" for its own name
    team_roots: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The largest batches that were confirmed with models that change pictures, by "service/model".
    confirmed: Mapping[str, int] = field(default_factory=dict)

    @property
    def team_url(self) -> str:
        """The team's database: by --team or the environment, else by the setting; "" for none."""
        return team_in_environment() or self.team

    @property
    def local_device(self) -> str:
        """What the service on this computer computes with: by the environment, else by the setting."""
        return device_in_environment() or self.compute_device or AUTO

    def url_of(self, service: ServiceName) -> str:
        """Return the root URL of a service: from the environment, else the setting, else the published address.

        Raises UseError for an address that must not be used.
        """
        chosen = url_in_environment(service) or self.addresses.get(service, "") or service.traits.address
        check_url(chosen)
        return chosen.rstrip("/")

    def host_of(self, service: ServiceName) -> str:
        """Return the host that pictures are sent to, "" where they stay on this computer. Raises what `url_of` does."""
        return "" if service.traits.is_local else urlsplit(self.url_of(service)).hostname or ""

    def with_address(self, service: ServiceName, address: str) -> Self:
        """Return a copy in which a service has another address; "" means its own."""
        changed = {**self.addresses, service: address}
        return replace(self, addresses={name: url for name, url in changed.items() if url})

    def caps(self, unit: Unit) -> tuple[int | None, int | None]:
        """Return the most that a run and a day may cost, in whole `unit`s; None means no limit."""
        if unit is Unit.CREDIT:
            found = (self.run_cap, self.day_cap)
        elif unit is Unit.NONE:
            return None, None
        else:
            found = (round(self.run_cap_usd * MICRO_USD), round(self.day_cap_usd * MICRO_USD))
        run, day = (cap if cap > 0 else None for cap in found)
        return run, day

    @property
    def service_name(self) -> ServiceName:
        """The service in use; the sandbox if the file names an unknown one."""
        try:
            return ServiceName(self.service)
        except ValueError:
            return ServiceName.SANDBOX

    @property
    def after_run_action(self) -> AfterRun:
        """What the computer does after every run; nothing if the file names something unknown."""
        return next((action for action in AfterRun if action.value == self.after_run), AfterRun.NOTHING)

    @property
    def metadata_choice(self) -> MetadataChoice:
        """How results get their metadata; a word in the file that is none of the choices counts as the default."""
        default = MetadataChoice()
        return MetadataChoice(
            next((mode for mode in MetadataMode if mode.value == self.metadata), default.mode),
            next((mode for mode in CredentialsMode if mode.value == self.credentials), default.credentials),
            next((mode for mode in ResolutionMode if mode.value == self.resolution), default.resolution),
            keeps_location=self.keep_location,
            keeps_people=self.keep_people,
            keeps_serials=self.keep_serials,
        )

    def with_(self, **changes: Any) -> Self:
        """Return a copy with these changes."""
        return replace(self, **changes)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Return the settings in a file, or the defaults if it is missing. Raises UseError if it cannot be read."""
        try:
            data = tomllib.loads(read_text(path, _MOST_BYTES))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, RecursionError) as error:
            raise _unread(path, str(error)) from error
        known: dict[str, Any] = {}
        for item in fields(cls):
            if item.name == "addresses":
                kept = {service: data.get(f"{service}_url") for service in SERVICES.with_key}
                known[item.name] = {service: url for service, url in kept.items() if url and isinstance(url, str)}
                continue
            if item.name == "keys":
                known[item.name] = _keys(data.get("keys"))
                continue
            if item.name == "confirmed":
                known[item.name] = _confirmed(data.get("confirmed"))
                continue
            if item.name == "team_roots":
                table = data.get("team_roots")
                named = table.items() if isinstance(table, dict) else ()
                known[item.name] = {name: folder for name, folder in named if isinstance(folder, str)}
                continue
            default: Any = item.default
            value = data.get(item.name)
            if item.name in _LIMITS and not _is_limit(value, default):  # else what is meant to limit would be no limit
                raise _unread(path, f"{item.name}: {value!r}")
            if isinstance(default, tuple) and isinstance(value, list):
                known[item.name] = tuple(str(v) for v in value)
            elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
                known[item.name] = float(value)
            elif isinstance(value, type(default)):
                known[item.name] = value
        return cls(**known)

    def save(self, path: Path) -> None:
        """Write the file atomically; unknown keys in it are kept. Raises ComputerError."""
        # Here, because to read the settings takes less, and every start does that.
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(read_text(path, _MOST_BYTES)) if path.exists() else tomlkit.document()
            for service in SERVICES.with_key:
                document[f"{service}_url"] = self.addresses.get(service, "")
            for item in fields(self):
                if item.name in ("addresses", "keys", "confirmed", "team_roots"):
                    continue
                value = getattr(self, item.name)
                document[item.name] = list(value) if isinstance(value, tuple) else value
            if self.keys or "keys" in document:
                table = tomlkit.table()
                table.update({name: list(keys) for name, keys in sorted(self.keys.items())})
                document["keys"] = table
            if self.confirmed or "confirmed" in document:
                table = tomlkit.table()
                table.update(dict(sorted(self.confirmed.items())))
                document["confirmed"] = table
            if self.team_roots or "team_roots" in document:
                table = tomlkit.table()
                table.update(dict(sorted(self.team_roots.items())))
                document["team_roots"] = table
            private_file.write(path, tomlkit.dumps(document))
        except (OSError, ValueError, TOMLKitError, RecursionError) as error:
            raise ComputerError(
                "The settings could not be saved",
                "Check the free space and the permissions of the profile folder.",
                details=str(error),
                code=Code.DISK_SETTINGS,
            ) from error


def _unread(path: Path, details: str) -> UseError:
    return UseError(
        "The settings file cannot be read",
        say("Correct or delete it: {path}", path=path),
        details=details,
        code=Code.USE_SETTINGS_FILE,
    )


def _is_limit(value: object, default: object) -> bool:
    """Tell whether a value of the settings file is a number that can limit what is spent, or is left out."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or (isinstance(default, float) and math.isfinite(value))


def _keys(table: object) -> dict[str, tuple[str, ...]]:
    """Return the changed shortcuts of a settings file; what is no list of short texts is left out."""
    if not isinstance(table, dict):
        return {}
    lists = {name: keys for name, keys in table.items() if isinstance(keys, list) and len(keys) <= _MOST_KEYS}
    return {
        name: tuple(keys)
        for name, keys in lists.items()
        if all(isinstance(key, str) and len(key) <= _LONGEST_KEY for key in keys)
    }


def _confirmed(table: object) -> dict[str, int]:
    """Return what was confirmed, from a settings file; what is no number of pictures is left out."""
    if not isinstance(table, dict):
        return {}
    return {name: n for name, n in table.items() if isinstance(n, int) and not isinstance(n, bool) and n > 0}


def url_in_environment(service: ServiceName) -> str:
    """Return the address that the environment sets for a service, or ""."""
    return os.environ.get(f"TOPAZDESK_{service.upper()}_URL", "")


def team_in_environment() -> str:
    """Return the team that --team or the environment names, or ""."""
    return os.environ.get("TOPAZDESK_TEAM", "").strip()


def device_in_environment() -> str:
    """Return what the environment sets the service on this computer to compute with, or ""."""
    return os.environ.get("TOPAZDESK_LOCAL_DEVICE", "").strip()


def check_url(url: str) -> None:
    """Raise UseError unless `url` is https, or plain http to this computer."""
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
        "This service address cannot be used",
        "It must begin with https://. Plain http:// works only for a service on this computer.",
        details=url.rsplit("@", 1)[-1],
        code=Code.USE_URL,
    )
