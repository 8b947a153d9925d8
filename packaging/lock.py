"""The lock files: every version with the hashes of its files, renewed from whatever index pip is set up for; and known advisories.

Run by `dev.py lock` and `dev.py check` with the environment's Python. It stands on pip alone, and uses pip's own view of the
index (its settings, certificates and mirrors), so that no address is written down here.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pip._internal.commands import create_command
from pip._vendor.packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pip._vendor.packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {name: ROOT / f"requirements{name}.lock" for name in ("-build", "", "-dev")}
#: What builds the project, and pyvips, which comes as source only; pip's own build environments would not be verified.
BUILD = ("hatchling", "editables", "setuptools", "pkgconfig", "cffi", "pip")
_OLDEST = (3, 11)
_AUDIT_S = 20.0


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a version, and where it is needed."""

    name: str
    version: str
    marker: str = ""

    @classmethod
    def read(cls, line: str) -> Pin:
        """From `name==version ; marker`, with or without the backslash of the hashes that follow."""
        what, _, marker = line.rstrip("\\ \n").partition(" ; ")
        name, _, version = what.strip().partition("==")
        return cls(name, version, marker.strip())

    @property
    def key(self) -> str:
        """The name in the one spelling that all have."""
        return str(canonicalize_name(self.name))

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def read(path: Path) -> tuple[str, list[Pin]]:
    """The heading and the pins of a lock."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heading = "\n".join(line for line in lines if line.startswith("#"))
    return heading, [Pin.read(line) for line in lines if line and not line.startswith(("#", " "))]


# --- the index, as pip sees it --------------------------------------------------------------------------------------------------


class Index:
    """What pip finds where it is set up to look."""

    def __init__(self, session: Any, finder: Any) -> None:
        self._session = session
        self._links = finder._link_collector  # noqa: SLF001 - pip offers no view of all files of a version

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Index]:
        """With pip's own settings."""
        command: Any = create_command("download")
        options, _ = command.parse_args(["pip"])
        with command.main_context():
            session = command.get_default_session(options)
            yield cls(session, command._build_package_finder(options=options, session=session))  # noqa: SLF001

    def hashes(self, pin: Pin) -> list[str]:
        """SHA-256 of every file of this version that a supported Python may install."""
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
        """Known advisories on this version; None where the index tells none at all."""
        for address in self._links.search_scope.index_urls:
            root, found, _ = address.rstrip("/").rpartition("/simple")
            if not found or not root.startswith("http"):
                continue
            answer = self._session.get(f"{root}/pypi/{pin.key}/{pin.version}/json", timeout=5)
            if answer.status_code == 200:
                data = answer.json()
                known = data.get("vulnerabilities")
                if isinstance(known, list):
                    return [_told(item) for item in known if not item.get("withdrawn")]
        return None


def _told(item: dict[str, Any]) -> str:
    fixed = ", ".join(item.get("fixed_in") or []) or "no version yet"
    return f"{item.get('id', 'an advisory')} (mended in {fixed})"


def _is_supported(tag: Any) -> bool:
    """Whether a supported CPython may take a wheel with this tag."""
    found = re.fullmatch(r"(cp|py)(\d)(\d*)", tag.interpreter)
    if found is None:
        return False  # another implementation
    version = (int(found[2]), int(found[3] or 0))
    return version >= _OLDEST or tag.abi == "abi3" or found[1] == "py"


# --- renewing -------------------------------------------------------------------------------------------------------------------


def resolved(*wanted: str) -> dict[str, Pin]:
    """What pip would install here for these, by its name in one spelling."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    ran = subprocess.run([*command, *wanted], stdout=subprocess.PIPE, check=True)
    packages = [item["metadata"] for item in json.loads(ran.stdout)["install"]]
    pins = [Pin(package["name"], package["version"]) for package in packages]
    return {pin.key: pin for pin in pins if pin.key != "topazdesk"}


def upgraded(old: dict[str, list[Pin]]) -> dict[str, list[Pin]]:
    """The pins of all locks at the newest versions that fit together here.

    What only other systems need is not seen from here: it keeps its version and its marker.
    """
    everything = resolved(f"{ROOT}[dev]", *BUILD)
    program, build = resolved(str(ROOT)).keys(), resolved(*BUILD).keys()
    markers = {pin.key: pin.marker for pins in old.values() for pin in pins}
    seen = {key: replace(pin, marker=markers.get(key, "")) for key, pin in everything.items()}
    new = {
        "-build": [pin for key, pin in seen.items() if key in build],
        "": [pin for key, pin in seen.items() if key in program],
        "-dev": [pin for key, pin in seen.items() if key not in program and key not in build],
    }
    for name, pins in old.items():
        new[name] += [pin for pin in pins if pin.marker and pin.key not in seen]
    return new


def write(path: Path, heading: str, pins: list[Pin], index: Index) -> None:
    """Write a lock with all hashes. Raises SystemExit where the index has no file of a version."""
    blocks = []
    with ThreadPoolExecutor(8) as threads:
        ordered = sorted(pins, key=lambda pin: str(pin).lower())
        for pin, hashes in zip(ordered, threads.map(index.hashes, ordered), strict=True):
            if not hashes:
                raise SystemExit(f"The index has no file of {pin}.")
            blocks.append(" \\\n    ".join([str(pin), *(f"--hash=sha256:{one}" for one in hashes)]))
    path.write_text(heading + "\n\n" + "\n".join(blocks) + "\n", encoding="utf-8")


def command_lock(*, upgrade: bool) -> int:
    """Renew the hashes, or with `upgrade` the versions too."""
    pins = {name: read(path)[1] for name, path in LOCKS.items()}
    if upgrade:
        pins = upgraded(pins)
    with Index.opened() as index:
        for name, path in LOCKS.items():
            write(path, read(path)[0], pins[name], index)
            print(f"{path.name}: {len(pins[name])} versions")
    return 0


def command_audit() -> int:
    """Say what is known against the locked versions. Exit code 0 clean, 1 something is known, 3 not checked."""
    pins = [pin for path in LOCKS.values() for pin in read(path)[1]]
    known: dict[str, list[str]] = {}
    with Index.opened() as index:
        try:
            if index.advisories(pins[0]) is None:
                print("the index of packages tells no advisories")
                return 3
            threads = ThreadPoolExecutor(12)
            asked = {threads.submit(index.advisories, pin): pin for pin in pins}
            done, late = wait(asked, timeout=_AUDIT_S)
            threads.shutdown(wait=False, cancel_futures=True)
            known = {str(asked[one]): found for one in done if (found := one.result())}
        except Exception as error:  # noqa: BLE001 - whatever pip's own session raises: it has no one family
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
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="lock.py", description="Renew the lock files, or ask for advisories.")
    parser.add_argument("command", choices=["lock", "audit"])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit together")
    given = parser.parse_args()
    return command_audit() if given.command == "audit" else command_lock(upgrade=given.upgrade)


if __name__ == "__main__":
    sys.exit(main())
