"""Prove a Debian package where nothing else is: on a bare Debian in a folder (chroot), as a user without any settings.

It is installed, started from its menu entry under a virtual screen, used and removed; the user's profile must stay.
It needs root and the network, and takes some minutes: `dev.py build deb --prove`.
"""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import need, run, say
from places import RESOURCES, WORK, version

_SUITE = "bookworm"
_USER = "somebody"
_SECONDS = 900
#: What the user's session has beside the package: a screen, a window manager, something that presses keys.
_SESSION = ("xvfb", "xauth", "openbox", "xdotool", "scrot", "dbus-daemon", "man-db")


def prove(package: Path) -> Path:
    """Do all of it; return a picture of the window. Raises SystemExit at the first thing that does not work."""
    if os.geteuid() != 0:
        raise SystemExit("Only root can prove the package on a bare system.")
    need("debootstrap", "debootstrap")
    root = WORK / "bare-debian"
    if not (root / "usr/bin/apt-get").exists():
        say(f"Making a bare Debian ({_SUITE})")
        run(["debootstrap", "--variant=minbase", _SUITE, root])
    for name in ("etc/resolv.conf", "etc/hosts"):
        shutil.copyfile(f"/{name}", root / name)
    with _mounted(root):
        _in(root, "apt-get -q update")
        _in(root, "apt-get -q -y purge topazdesk", may_fail=True)
        # Whoever was here before may still have a practice service that waits for two minutes: the user stays.
        _in(
            root,
            f"id {_USER} || useradd -s /bin/bash {_USER}; rm -rf /home/{_USER}; install -d -o {_USER} /home/{_USER}",
        )
        say("Installing it")
        shutil.copyfile(package, root / "tmp" / package.name)
        _in(root, f"apt-get -q -y install --no-install-recommends /tmp/{package.name}")
        return _use_and_remove(root)


def _use_and_remove(root: Path) -> Path:
    home = root / "home" / _USER
    shutil.copyfile(RESOURCES / "samples" / "statue.jpg", home / "statue.jpg")
    as_user(root, "chmod 644 statue.jpg; topazdesk --version", expect=f"topazdesk {version()}")
    as_user(root, "topazdesk doctor --offline")
    for service, model in (("sandbox", "Low Resolution 2"), ("local", "real-esrgan-fast")):
        as_user(
            root, f"topazdesk enhance statue.jpg --service {service} --model '{model}' --scale 2 --yes --out {service}"
        )
        if not list((home / service).glob("*.jpg")):
            raise SystemExit(f"no result by {service}")
    say("Opening it from its menu entry")
    _in(root, f"apt-get -q -y install --no-install-recommends {' '.join(_SESSION)}")
    as_user(root, "man topazdesk | head -3", expect="TOPAZDESK")
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(root / "usr/share/applications/topazdesk.desktop", "utf-8")
    command = entry["Desktop Entry"]["Exec"].replace("%F", "statue.jpg")
    (home / "session.sh").write_text(_session(command), "utf-8")
    as_user(root, "LANG=C.UTF-8 xvfb-run -a -s '-screen 0 1400x900x24' dbus-run-session -- bash session.sh")
    picture = WORK / "bare-debian-window.png"
    shutil.copyfile(home / "window.png", picture)
    say("Removing it")
    files = [line for line in _in(root, "dpkg -L topazdesk").splitlines() if (root / line[1:]).is_file()]
    _in(root, "apt-get -q -y remove topazdesk")
    left = [name for name in files if (root / name[1:]).exists()]
    if left:
        raise SystemExit(f"left behind: {left[:5]}")
    profiles = list((home / ".local/share/topazdesk").glob("*"))
    if not profiles:
        raise SystemExit("the profile is gone, too")
    say("On a bare Debian it installs, works from its menu entry, and is removed; the profile stays.")
    return picture


def _session(command: str) -> str:
    """Return what the user does: open the entry, wait for the window, take its picture, leave by the keyboard."""
    return textwrap.dedent(
        f"""\
        set -e
        openbox & manager=$!
        {command} & program=$!
        window=$(timeout 120 xdotool search --sync --onlyvisible --name topazdesk | head -1)
        xdotool windowactivate --sync "$window"
        sleep 3
        scrot window.png
        xdotool key --window "$window" ctrl+q
        wait "$program"
        kill "$manager"
        """
    )


def as_user(root: Path, command: str, *, expect: str = "") -> str:
    """Run a command of the user's shell in the home folder. Raises SystemExit when it fails, or says something else."""
    told = _in(root, f"su - {_USER} -c {shlex.quote(command)}")
    if expect not in told:
        raise SystemExit(f"{command} said {told!r}")
    return told


def _in(root: Path, command: str, *, may_fail: bool = False) -> str:
    env = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    env |= {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "DEBIAN_FRONTEND": "noninteractive",
        "LANG": "C.UTF-8",
        "HOME": "/root",
    }
    return run(["chroot", root, "/bin/sh", "-c", command], env=env, timeout_s=_SECONDS, may_fail=may_fail)


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """Give the folder the kernel's file systems as long as it is used."""
    places = {"proc": ["-t", "proc", "proc"], "dev": ["--bind", "/dev"], "dev/shm": ["-t", "tmpfs", "tmpfs"]}
    done: list[Path] = []
    try:
        for name, words in places.items():
            (root / name).mkdir(exist_ok=True)
            run(["mount", *words, root / name])
            done.append(root / name)
        yield
    finally:
        for place in reversed(done):
            subprocess.run(["umount", "--lazy", place], check=False)
