"""The Flatpak: the frozen folder on the Freedesktop runtime, in a sandbox of the system.

The program may see the user's files (`--filesystem=host`), as other programs for pictures do: results, sidecars and
bags lie beside their originals, folders are watched, cards and network drives are read. A portal hands over single
files, in a folder where nothing else can be written. So files dropped from a file manager arrive with their own paths,
and for those that come from another sandboxed program `topazdesk.disk.document_portal` finds the paths. The portal for
dropped files (FileTransfer) is not asked for that reason; without it a file in a place that no Flatpak sees (/usr,
/etc) is refused, and the hint says so.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from pathlib import Path

import linux_files
from commands import need, run, say
from places import DIST, WORK, version

#: The default is nobody's, for builds that stay at home.
APP_ID = linux_files.APP_ID or "localhost.topazdesk.topazdesk"
_RUNTIME, _BRANCH = "org.freedesktop.Platform", "24.08"


def manifest(tree: Path) -> dict[str, object]:
    """Return the manifest for a tree of files that lies ready to be copied to `/app`."""
    return {
        "id": APP_ID,
        "runtime": _RUNTIME,
        "runtime-version": _BRANCH,
        "sdk": "org.freedesktop.Sdk",
        "command": "topazdesk",
        "finish-args": [
            "--share=network",  # the services; the one on this computer needs none
            "--share=ipc",
            "--socket=wayland",
            "--socket=fallback-x11",
            "--device=dri",  # a graphics card for the networks of this computer
            "--filesystem=host",
            "--filesystem=/tmp",  # where other programs put what is dragged out of a message or an archive
            "--filesystem=xdg-run/gvfs",  # cameras and network places of GNOME's file manager
            "--talk-name=org.freedesktop.secrets",  # the key ring
            "--talk-name=org.kde.kwalletd6",
            "--talk-name=org.freedesktop.Notifications",
            "--talk-name=org.gnome.SessionManager",  # keeps the computer awake during a run
            "--talk-name=org.freedesktop.PowerManagement",
            "--system-talk-name=org.freedesktop.login1",  # sleeps or shuts down after a run, where that is chosen
        ],
        "modules": [
            {
                "name": "topazdesk",
                "buildsystem": "simple",
                "build-options": {"strip": False, "no-debuginfo": True},
                "build-commands": ["cp -a . /app/"],
                "sources": [{"type": "dir", "path": str(tree)}],
            }
        ],
    }


def build(folder: Path) -> Path:
    """Make the manifest with its files, and the Flatpak where the runtime is installed; return what was made."""
    need("flatpak-builder", "flatpak-builder")
    tree = WORK / "flatpak"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(folder, tree / "lib/topazdesk", symlinks=True)
    (tree / "bin").mkdir()
    (tree / "bin/topazdesk").symlink_to("../lib/topazdesk/topazdesk")
    linux_files.install(tree, tree / "lib/topazdesk/topazdesk", name=APP_ID)
    linux_files.check(tree)
    description = DIST / f"{APP_ID}.json"
    description.write_text(json.dumps(manifest(tree), indent=2) + "\n", "utf-8")
    run(["flatpak-builder", "--show-manifest", description])
    asked = subprocess.run(["flatpak", "info", f"{_RUNTIME}//{_BRANCH}"], capture_output=True, check=False)
    if asked.returncode != 0:
        say(
            f"No Flatpak yet: the runtime is not installed (flatpak install flathub {_RUNTIME}//{_BRANCH} and its Sdk)."
        )
        return description
    target = DIST / f"topazdesk-{version()}-{platform.machine()}.flatpak"
    repository = WORK / "flatpak-repository"
    run(["flatpak-builder", "--force-clean", "--repo", repository, WORK / "flatpak-build", description])
    run(["flatpak", "build-bundle", repository, target, APP_ID])
    return target
