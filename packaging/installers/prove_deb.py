"""Prove a Debian package where nothing else is: on a bare Debian in a folder (chroot), as a user without any settings.

It is installed and used in a terminal, alone and in a team with a database (`team_day.py`); then somebody else lives
through a first day with it (`first_day.py`) under a virtual screen, from the menu entry on; it is removed, and the
users' profiles must stay.
It needs root and the network, and takes some minutes: `dev.py build deb --prove`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import need, run, say
from places import HERE, RESOURCES, ROOT, WORK, version

_SUITE = "bookworm"
#: Who uses the terminal, and who the window: each begins without a profile.
_USER, _NEWCOMER = "somebody", "newcomer"
_SECONDS = 900
#: What the newcomer's session has beside the package: a screen, a window manager, a key ring, Japanese letters, what
#: opens menu entries (gio), presses keys, and reads the screen as a screen reader does.
_SESSION = (
    *("xvfb", "xauth", "openbox", "xdotool", "scrot", "dbus-daemon", "man-db", "libglib2.0-bin", "gnome-keyring"),
    *("at-spi2-core", "python3-pyatspi", "fonts-ipafont-gothic"),
    "postgresql",  # for the day of a team
)
_BESIDE = (
    HERE / "first_day.py",
    ROOT / "tests" / "stories" / "screen_reader.py",
    *(RESOURCES / "samples" / f"{name}.jpg" for name in ("statue", "mountain-lake")),
)


def prove(package: Path) -> Path:
    """Do all of it; return the folder with pictures of the day. Raises SystemExit at the first fault."""
    if os.geteuid() != 0:
        raise SystemExit("Only root can prove the package on a bare system.")
    need("debootstrap", "debootstrap")
    root = WORK / "bare-debian"
    if not (root / "usr/bin/apt-get").exists():
        say(f"Making a bare Debian ({_SUITE})")
        run(["debootstrap", "--variant=minbase", _SUITE, root])
    for name in ("etc/resolv.conf", "etc/hosts"):
        shutil.copyfile(f"/{name}", root / name)
    # What is installed for the proof must not start services of its own.
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", "ascii")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    with _mounted(root):
        _in(root, "apt-get -q update")
        _in(root, "apt-get -q -y purge topazdesk", may_fail=True)
        # Whoever was here before may still have a practice service that waits for two minutes: the user stays.
        for user in (_USER, _NEWCOMER):
            _in(
                root,
                f"id {user} || useradd -s /bin/bash {user}; rm -rf /home/{user}; install -d -o {user} /home/{user}",
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
    _in(root, f"apt-get -q -y install --no-install-recommends {' '.join(_SESSION)}")
    say("A team with it")
    say(_team_day(root).strip().splitlines()[-1])
    say("A first day with it, from its menu entry on")
    as_user(root, "man topazdesk | head -3", expect="TOPAZDESK")
    pictures = _first_day(root)
    say("Removing it")
    files = [line for line in _in(root, "dpkg -L topazdesk").splitlines() if (root / line[1:]).is_file()]
    _in(root, "apt-get -q -y remove topazdesk")
    left = [name for name in files if (root / name[1:]).exists()]
    if left:
        raise SystemExit(f"left behind: {left[:5]}")
    for user in (_USER, _NEWCOMER):
        if not (root / "home" / user / ".local/share/topazdesk/jobs.sqlite3").exists():
            raise SystemExit(f"the profile of {user} is gone, too")
    say("On a bare Debian it installs, works from its menu entry, and is removed; the profiles stay.")
    return pictures


def _team_day(root: Path) -> str:
    """Let the user have a database, work for it, and order from it; return what came of it."""
    home = root / "home" / _USER
    (home / "scans").mkdir()
    shutil.copyfile(RESOURCES / "samples" / "statue.jpg", home / "scans" / "statue.jpg")
    shutil.copyfile(HERE / "team_day.py", home / "team_day.py")
    (home / "team.sh").write_text(_TEAM_SCRIPT, "utf-8")
    _in(root, f"chown -R {_USER} /home/{_USER}")
    return as_user(root, "LANG=C.UTF-8 bash team.sh")


#: A throw-away PostgreSQL on a socket in the user's home, and the day.
_TEAM_SCRIPT = """\
set -e
test -f /usr/share/doc/topazdesk/examples/topazdesk-worker.service
programs=$(echo /usr/lib/postgresql/*/bin)
$programs/initdb -D database -U owner -A trust -E UTF8 --no-sync > /dev/null
$programs/pg_ctl -D database -w -l database.log -o "-c listen_addresses='' -k $HOME" start > /dev/null
trap "$programs/pg_ctl -D database -m immediate stop > /dev/null" EXIT
$programs/createdb -h $HOME -U owner pictures
/usr/bin/python3 team_day.py "postgresql://owner@/pictures?host=$HOME"
"""


def _first_day(root: Path) -> Path:
    """Let the newcomer live through it; return the folder with its pictures."""
    home = root / "home" / _NEWCOMER
    for file in _BESIDE:
        shutil.copyfile(file, home / file.name)
        (home / file.name).chmod(0o644)
    (home / "session.sh").write_text(_SESSION_SCRIPT, "utf-8")
    # On a busy machine a key that is typed is let go of late: the server must not repeat it.
    screen = "xvfb-run -a -s '-screen 0 1400x900x24 -ardelay 60000'"
    told = as_user(root, f"LANG=C.UTF-8 {screen} dbus-run-session -- bash session.sh", user=_NEWCOMER)
    say(told.strip().splitlines()[-1])
    pictures = WORK / "first-day"
    shutil.rmtree(pictures, ignore_errors=True)
    shutil.copytree(home / "shots", pictures)
    return pictures


#: The newcomer's session: a window manager, an open key ring, and the day.
_SESSION_SCRIPT = """\
set -e
openbox & manager=$!
printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null
export QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1
/usr/bin/python3 first_day.py /usr/share/applications/topazdesk.desktop \
    /usr/lib/topazdesk/_internal/topazdesk/resources/languages
kill $manager
"""


def as_user(root: Path, command: str, *, user: str = _USER, expect: str = "") -> str:
    """Run a command of the user's shell in the home folder. Raises SystemExit when it fails, or says something else."""
    told = _in(root, f"su - {user} -c {shlex.quote(command)}")
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
