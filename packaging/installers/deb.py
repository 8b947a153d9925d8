"""The package for Debian, Ubuntu and their relatives: the frozen folder in /usr/lib, a command, and what desktops read.

The folder and not a virtual environment: an environment is bound to the one version of Python that a release of Debian
has, so that each release would need a package of its own. The folder runs on any that has as new a C library.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import textwrap
from email.utils import format_datetime
from pathlib import Path

import elf
import environment
import linux_files
import needed
from commands import need, run, say
from places import DIST, HERE, ROOT, WORK, version

_REVISION = 1
#: What it may take on a disk, as Debian counts it. A quarter of it is the service "This computer".
_MOST_KIB = 300 * 1024
#: Debian's own variables for who makes a package; without them nobody can be asked, and lintian is told so.
_MAKER = (os.environ.get("DEBFULLNAME", "The topazdesk authors"), os.environ.get("DEBEMAIL", "root@localhost"))


def build(folder: Path) -> Path:
    """Make the package from a frozen folder, and let lintian judge it; return it."""
    need("dpkg-deb", "dpkg")
    need("lintian", "lintian")
    root = WORK / "deb"
    shutil.rmtree(root, ignore_errors=True)
    place = root / "usr/lib/topazdesk"
    shutil.copytree(folder, place, symlinks=True)
    _leave_to_debian(place)
    run([environment.PYTHON, HERE / "materials.py", place])
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/topazdesk").symlink_to("../lib/topazdesk/topazdesk")
    linux_files.install(root / "usr", place / "topazdesk")
    linux_files.check(root / "usr")
    _write_documents(root, place)
    overrides = root / "usr/share/lintian/overrides/topazdesk"
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(linux_files.LINUX / "lintian-overrides", overrides)
    _set_modes(root, place)
    _write_control(root, place)
    architecture = run(["dpkg", "--print-architecture"]).strip()
    target = DIST / f"topazdesk_{version()}-{_REVISION}_{architecture}.deb"
    run(["dpkg-deb", "--build", "--root-owner-group", "-Zxz", "-z4", root, target])
    told = run(["lintian", "--fail-on", "error,warning", "--tag-display-limit", "0", target])
    say(f"lintian: {told.strip() or 'clean'}")
    return target


def _leave_to_debian(place: Path) -> None:
    """Take out the libraries that the builder's Debian has packages of: the package depends on these instead.

    So they are there once, and get Debian's security updates. Python stays, which may have come from elsewhere.
    """
    places = needed.known_libraries()
    for path in (place / "_internal").glob("lib*.so*"):
        known = places.get(path.name)
        if elf.is_elf(path) and not path.name.startswith("libpython") and known and needed.owner_of(known):
            path.unlink()


def _write_documents(root: Path, place: Path) -> None:
    documents = root / "usr/share/doc/topazdesk"
    documents.mkdir(parents=True)
    shutil.move(place / "licences", documents / "licences")
    for name, target in (("README.md", "README.md.gz"), ("CHANGELOG.md", "changelog.gz")):
        (documents / target).write_bytes(gzip.compress((ROOT / name).read_bytes(), 9, mtime=0))
    for folder in ("watch", "systemd"):
        shutil.copytree(ROOT / "packaging" / folder, documents / "examples", dirs_exist_ok=True)
    entry = f"""\
        topazdesk ({version()}-{_REVISION}) unstable; urgency=medium

          * Version {version()}; changelog.gz tells what is new.

         -- {_MAKER[0]} <{_MAKER[1]}>  {format_datetime(linux_files.released())}
        """
    (documents / "changelog.Debian.gz").write_bytes(gzip.compress(textwrap.dedent(entry).encode(), 9, mtime=0))
    shutil.copyfile(linux_files.LINUX / "copyright", documents / "copyright")


def _set_modes(root: Path, place: Path) -> None:
    """Give what is in the package the rights that Debian wants, whatever the builder's are."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == place / "topazdesk" else 0o644)


def _write_control(root: Path, place: Path) -> None:
    control = root / "DEBIAN"
    control.mkdir(mode=0o755)
    files = sorted(
        path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and control not in path.parents
    )
    taken = sum((path.stat().st_size + 1023) // 1024 for path in files)
    if taken > _MOST_KIB:
        raise SystemExit(f"The package takes {taken:,} KiB, over {_MOST_KIB:,}: see what has come in.")
    fields = {
        "Package": "topazdesk",
        "Version": f"{version()}-{_REVISION}",
        "Architecture": run(["dpkg", "--print-architecture"]).strip(),
        "Maintainer": f"{_MAKER[0]} <{_MAKER[1]}>",
        "Installed-Size": str(taken),
        "Depends": ", ".join(needed.packages(place)),
        "Recommends": "fonts-dejavu-core | fonts-freefont-ttf, gnome-keyring | kwalletmanager, xdg-desktop-portal",
        "Section": "graphics",
        "Priority": "optional",
        "Description": (LINUX_TEXT),
    }
    (control / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), "utf-8")
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files]
    (control / "md5sums").write_text("".join(sums), "utf-8")
    for path in control.iterdir():
        path.chmod(0o644)


LINUX_TEXT = """enlarge, sharpen and restore pictures with cloud models
 A window and a command line for the paid picture models of Topaz Labs, also
 through Runflow, and for a free one that runs on this computer.
 .
 The price is known before the click, originals are never touched, no paid
 result is lost to a crash or a lost connection, and nothing is paid twice. A
 practice service shows how all of it works, without an account or cost."""
