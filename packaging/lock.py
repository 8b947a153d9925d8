"""Renew the lock files (versions with the hashes of their files) from pip's index, and look for security advisories.

`dev.py lock` and `dev.py check` run it with the environment's Python. It needs only pip and uses pip's own settings,
certificates and mirrors, so that it contains no address of an index.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pip._internal.commands import create_command
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pip._vendor.packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {name: ROOT / f"requirements{name}.lock" for name in ("-build", "", "-dev", "-package")}
#: What builds the project, pyvips and bagit, which are published only as source. pip's own build environments are not
#: verified, and bagit calls itself 0.0.0 where setuptools-scm is missing.
BUILD = (
    *("hatchling", "hatch-fancy-pypi-readme", "editables"),
    *("setuptools", "setuptools-scm", "pkgconfig", "cffi", "pip"),
)
_OLDEST = (3, 11)
_AUDIT_S = 20.0


@dataclass(frozen=True)
class Pin:
    """One line of a lock file: a version, and a marker that says where it is needed."""

    name: str
    version: str
    marker: str = ""

    @classmethod
    def read(cls, line: str) -> Pin:
        """Parse `name==version ; marker`, with or without the backslash before the hashes that follow."""
        requirement, _, marker = line.rstrip("\\ \n").partition(" ; ")
        name, _, version = requirement.strip().partition("==")
        return cls(name, version, marker.strip())

    @property
    def key(self) -> str:
        """The normalised name."""
        return str(canonicalize_name(self.name))

    @property
    def is_for_here(self) -> bool:
        """Whether this Python on this system installs it."""
        return not self.marker or bool(Marker(self.marker).evaluate())

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def read(path: Path) -> tuple[str, list[Pin]]:
    """Return the heading and the pins of a lock file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heading = "\n".join(line for line in lines if line.startswith("#"))
    return heading, [Pin.read(line) for line in lines if line and not line.startswith(("#", " "))]


# --- the index, as pip sees it ---


class Index:
    """The package index that pip is configured to use."""

    def __init__(self, session: Any, finder: Any) -> None:
        self._session = session
        self._links = finder._link_collector  # noqa: SLF001 - pip has no public API for all files of a version

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Index]:
        """Open the index with pip's own settings."""
        command: Any = create_command("download")
        options, _ = command.parse_args(["pip"])
        with command.main_context():
            session = command.get_default_session(options)
            yield cls(session, command._build_package_finder(options=options, session=session))  # noqa: SLF001

    def hashes(self, pin: Pin) -> list[str]:
        """Return the SHA-256 of every file of this version that a supported Python may install."""
        found = set()
        for link in self._files(pin):
            if self._fits(pin, link.filename) and link.hash_name == "sha256":
                found.add(str(link.hash))
        return sorted(found)

    def _files(self, pin: Pin) -> Iterator[Any]:
        def of_page(page: Any) -> list[Any]:
            content = self._links.fetch_response(page)
            if content is None:
                return []
            from pip._internal.index.collector import parse_links

            return list(parse_links(content))

        sources = self._links.collect_sources(pin.key, candidates_from_page=of_page)
        for source in [*sources.find_links, *sources.index_urls]:
            if source is not None:
                yield from source.page_candidates()
                yield from source.file_links()

    @staticmethod
    def _fits(pin: Pin, filename: str) -> bool:
        try:
            if not filename.endswith(".whl"):
                name, version = parse_sdist_filename(filename)
                return name == pin.key and version == Version(pin.version)
            name, version, _, tags = parse_wheel_filename(filename)
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
            return False
        return name == pin.key and version == Version(pin.version) and any(_is_supported(tag) for tag in tags)

    def advisories(self, pin: Pin) -> list[str] | None:
        """Return the known advisories on this version; None when the index does not offer any."""
        for address in self._links.search_scope.index_urls:
            root, found, _ = address.rstrip("/").rpartition("/simple")
            if not found or not root.startswith("http"):
                continue
            answer = self._session.get(f"{root}/pypi/{pin.key}/{pin.version}/json", timeout=5)
            if answer.status_code == 200:
                data = answer.json()
                known = data.get("vulnerabilities")
                if isinstance(known, list):
                    return [_summary(item) for item in known if not item.get("withdrawn")]
        return None


def _summary(item: dict[str, Any]) -> str:
    fixed = ", ".join(item.get("fixed_in") or []) or "no version yet"
    return f"{item.get('id', 'an advisory')} (fixed in {fixed})"


def _is_supported(tag: Any) -> bool:
    """Return whether a supported CPython may install a wheel with this tag."""
    found = re.fullmatch(r"(cp|py)(\d)(\d*)", tag.interpreter)
    if found is None:
        return False  # another implementation
    version = (int(found[2]), int(found[3] or 0))
    return version >= _OLDEST or tag.abi == "abi3" or found[1] == "py"


# --- renewing ---


def resolved(*wanted: str) -> dict[str, Pin]:
    """Return what pip would install here for these requirements, by normalised name."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    ran = subprocess.run([*command, *wanted], stdout=subprocess.PIPE, check=True)
    packages = [item["metadata"] for item in json.loads(ran.stdout)["install"]]
    pins = [Pin(package["name"], package["version"]) for package in packages]
    return {pin.key: pin for pin in pins if pin.key != "topazdesk"}


def upgraded(old: dict[str, list[Pin]], resolve: Callable[..., dict[str, Pin]] = resolved) -> dict[str, list[Pin]]:
    """Return the pins of all locks at the newest versions that fit together on this system and this Python.

    What only other systems or Pythons install cannot be resolved here: it keeps its version and marker.
    """
    everything = resolve(f"{ROOT}[dev,package]", *BUILD)
    package = resolve(f"{ROOT}[package]").keys()
    program = resolve(str(ROOT)).keys()
    build = resolve(*BUILD).keys()
    development = resolve(f"{ROOT}[dev]").keys()
    markers = {pin.key: pin.marker for pins in old.values() for pin in pins if pin.is_for_here}
    seen = {key: replace(pin, marker=markers.get(key, "")) for key, pin in everything.items()}
    beside = {key: pin for key, pin in seen.items() if key not in program and key not in build}
    new = {
        "-build": [pin for key, pin in seen.items() if key in build],
        "": [pin for key, pin in seen.items() if key in program],
        "-dev": [pin for key, pin in beside.items() if key in development],
        "-package": [pin for key, pin in beside.items() if key in package],
    }
    for name, pins in old.items():
        new[name] += [pin for pin in pins if not pin.is_for_here]
    return new


def write(path: Path, heading: str, pins: list[Pin], index: Index) -> None:
    """Write a lock file with all hashes. Raises SystemExit when the index has no file of a version."""
    blocks = []
    with ThreadPoolExecutor(8) as threads:
        ordered = sorted(pins, key=lambda pin: str(pin).lower())
        for pin, hashes in zip(ordered, threads.map(index.hashes, ordered), strict=True):
            if not hashes:
                raise SystemExit(f"The index has no file of {pin}.")
            blocks.append(" \\\n    ".join([str(pin), *(f"--hash=sha256:{one}" for one in hashes)]))
    path.write_text(heading + "\n\n" + "\n".join(blocks) + "\n", encoding="utf-8")


def command_lock(*, upgrade: bool) -> int:
    """Renew the hashes, with `upgrade` also the versions."""
    pins = {name: read(path)[1] for name, path in LOCKS.items()}
    if upgrade:
        pins = upgraded(pins)
    with Index.opened() as index:
        for name, path in LOCKS.items():
            write(path, read(path)[0], pins[name], index)
            print(f"{path.name}: {len(pins[name])} versions")
    return 0


def command_audit() -> int:
    """Print the advisories on the locked versions. Exit code 0: none, 1: some, 3: not checked."""
    pins = [pin for path in LOCKS.values() for pin in read(path)[1]]
    known: dict[str, list[str]] = {}
    with Index.opened() as index:
        try:
            if index.advisories(pins[0]) is None:
                print("the package index offers no advisories")
                return 3
            threads = ThreadPoolExecutor(12)
            asked = {threads.submit(index.advisories, pin): pin for pin in pins}
            done, late = wait(asked, timeout=_AUDIT_S)
            threads.shutdown(wait=False, cancel_futures=True)
            known = {str(asked[one]): found for one in done if (found := one.result())}
        except Exception as error:  # noqa: BLE001 - what pip's session raises has no common base class
            print(f"the advisories could not be read ({type(error).__name__})")
            return 3
    for name, found in sorted(known.items()):
        print(f"{name}: {'; '.join(found)}")
    if known:
        return 1
    if late:
        print(f"{len(late)} of {len(pins)} versions had no answer within {_AUDIT_S:g} s")
        return 3
    return 0


def main() -> int:
    """Run the command given on the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="lock.py", description="Renew the lock files, or ask for advisories.")
    parser.add_argument("command", choices=["lock", "audit"])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit together")
    given = parser.parse_args()
    return command_audit() if given.command == "audit" else command_lock(upgrade=given.upgrade)


if __name__ == "__main__":
    sys.exit(main())
