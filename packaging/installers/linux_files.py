"""What a Linux desktop wants to know of a program: menu entry, description, icons, manual page, completion of words."""

from __future__ import annotations

import datetime
import gzip
import os
import subprocess
from pathlib import Path

from commands import need, run
from icons import SIZES
from places import HERE, RESOURCES, ROOT, WORK, version

LINUX = HERE / "linux"
#: The program's name below a domain of whoever publishes it, for AppStream and Flatpak; "" where nobody does yet.
APP_ID = os.environ.get("TOPAZDESK_APP_ID", "")
_COMPLETIONS = {
    "bash": "share/bash-completion/completions/topazdesk",
    "zsh": "share/zsh/vendor-completions/_topazdesk",
    "fish": "share/fish/vendor_completions.d/topazdesk.fish",
}


def install(prefix: Path, program: Path, *, name: str = "topazdesk") -> None:
    """Put all of it under `prefix` (`/usr` of a package); `name` is that of the desktop file and the icons."""
    desktop = (LINUX / "topazdesk.desktop").read_text("utf-8").replace("Icon=topazdesk", f"Icon={name}")
    _write(prefix / f"share/applications/{name}.desktop", desktop)
    about = (LINUX / "topazdesk.metainfo.xml").read_text("utf-8")
    about = about.replace("@VERSION@", version()).replace("@DATE@", released().date().isoformat())
    about = about.replace("<id>topazdesk</id>", f"<id>{APP_ID or name}</id>").replace(
        "topazdesk.desktop", f"{name}.desktop"
    )
    _write(prefix / f"share/metainfo/{name}.metainfo.xml", about)
    icons = prefix / "share/icons/hicolor"
    for size in SIZES:
        _write(icons / f"{size}x{size}/apps/{name}.png", (WORK / f"topazdesk-{size}.png").read_bytes())
    _write(icons / f"scalable/apps/{name}.svg", (RESOURCES / "icons" / "topazdesk.svg").read_bytes())
    page = run([program, "manual"]).encode()
    _write(prefix / "share/man/man1/topazdesk.1.gz", gzip.compress(page, 9, mtime=0))
    for shell, place in _COMPLETIONS.items():
        _write(prefix / place, run([program, "completion", shell]))


def check(prefix: Path) -> None:
    """Let the desktop's own judges look at it. Raises SystemExit with what they say."""
    need("desktop-file-validate", "desktop-file-utils")
    need("appstreamcli", "appstream")
    for entry in prefix.glob("share/applications/*.desktop"):
        if told := run(["desktop-file-validate", entry]):
            raise SystemExit(told)
    for about in prefix.glob("share/metainfo/*.xml"):
        # A name below a domain is asked for; without a domain none is invented.
        overrides = [] if APP_ID else ["--override=cid-desktopapp-is-not-rdns=info"]
        run(["appstreamcli", "validate", "--no-net", *overrides, about])


def released() -> datetime.datetime:
    """Return when the source was last changed, so that the same source makes the same package."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told is None:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        told = asked.stdout.strip() if asked.returncode == 0 and asked.stdout.strip() else None
    if told is None:
        return datetime.datetime.now(datetime.UTC)
    return datetime.datetime.fromtimestamp(int(told), datetime.UTC)


def _write(target: Path, content: str | bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
