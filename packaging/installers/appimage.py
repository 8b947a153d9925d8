"""The AppImage: one file that runs on most Linux systems without being installed.

It is a small program, AppImage's "runtime", with the frozen folder behind it as a compressed file system. The runtime
comes from the AppImage project and is in no package registry, so its file is named by TOPAZDESK_APPIMAGE_RUNTIME;
without it the folder (AppDir) and the file system are made, and the one step that is left is said.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import linux_files
from commands import need, run, say
from places import DIST, WORK, version

RUNTIME = "TOPAZDESK_APPIMAGE_RUNTIME"
_ELF = b"\x7fELF"
#: Bytes 8 to 10 of a runtime say that it is one, of the second kind.
_MAGIC = b"AI\x02"


def build(folder: Path) -> Path:
    """Make the AppImage from a frozen folder, or what it is made of; return it."""
    need("mksquashfs", "squashfs-tools")
    place = WORK / "topazdesk.AppDir"
    shutil.rmtree(place, ignore_errors=True)
    program = place / "usr/lib/topazdesk"
    shutil.copytree(folder, program, symlinks=True)
    linux_files.install(place / "usr", program / "topazdesk")
    linux_files.check(place / "usr")
    for file in ("share/applications/topazdesk.desktop", "share/icons/hicolor/256x256/apps/topazdesk.png"):
        shutil.copyfile(place / "usr" / file, place / Path(file).name)
    (place / ".DirIcon").symlink_to("topazdesk.png")
    (place / "AppRun").symlink_to("usr/lib/topazdesk/topazdesk")
    packed = DIST / f"topazdesk-{version()}-{platform.machine()}.squashfs"
    packed.unlink(missing_ok=True)
    run(["mksquashfs", place, packed, "-root-owned", "-noappend", "-no-progress", "-comp", "zstd"])
    runtime = os.environ.get(RUNTIME)
    if not runtime:
        say(
            f"No AppImage yet: {RUNTIME} names no runtime file (runtime-{platform.machine()} of the AppImage project's "
            "type2-runtime). With it, run this again; packaging/RELEASE.md tells more."
        )
        return packed
    return _joined(Path(runtime), packed)


def _joined(runtime: Path, packed: Path) -> Path:
    """Put the runtime before the file system."""
    head = runtime.read_bytes()
    if not head.startswith(_ELF) or head[8:11] != _MAGIC:
        raise SystemExit(f"{runtime} is no runtime of an AppImage")
    target = packed.with_suffix(".AppImage")
    with target.open("wb") as file, packed.open("rb") as content:
        file.write(head)
        shutil.copyfileobj(content, file)
    target.chmod(0o755)
    packed.unlink()
    return target
