"""Programs of a desktop for tests: real ones with real `.desktop` files, which write down what they were given."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """import os, sys
with open({told!r}, "ab") as file:
    file.write(b"\\0".join(map(os.fsencode, sys.argv[1:])) + b"\\n")
"""


@dataclass(frozen=True)
class FakeDesktop:
    """Folders in place of the user's own. `environment` makes a program see them and nothing else."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        (self.root / "bin").mkdir(parents=True, exist_ok=True)
        return {
            "XDG_DATA_HOME": str(self.root / "data"),
            "XDG_DATA_DIRS": str(self.root / "shared"),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "PATH": str(self.root / "bin"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.root / 'no-bus'}",
        }

    def add(self, name: str, *, kinds: str = "image/png;image/jpeg;", field: str = "%f", **facts: str) -> Path:
        """A program with an entry of the user's. Returns the file to which it writes the arguments of each call."""
        told = self.root / f"{name}.told"
        script = self.root / f"{name}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_SCRIPT.format(told=str(told)))
        command = f"{shlex.join([sys.executable, str(script)])} {field}"
        lines = {"Type": "Application", "Name": name, "Exec": command, "MimeType": kinds, **facts}
        entry = self.root / "data" / "applications" / f"{name}.desktop"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text("[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in lines.items()))
        return told

    def prefer(self, name: str, kind: str = "image/png") -> None:
        """Make a program the user's default for a MIME type."""
        chosen = self.root / "config" / "mimeapps.list"
        chosen.parent.mkdir(parents=True, exist_ok=True)
        chosen.write_text(f"[Default Applications]\n{kind}={name}.desktop\n")

    def command(self, name: str) -> Path:
        """A command on the PATH. Returns the file to which it writes the arguments of each call."""
        told, script = self.root / f"{name}.told", self.root / "bin" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"#!{sys.executable}\n" + _SCRIPT.format(told=str(told)))
        script.chmod(0o755)
        return told


def arguments(told: Path) -> list[list[bytes]]:
    """What a program was given in each of its calls."""
    if not told.exists():
        return []
    return [line.split(b"\0") for line in told.read_bytes().split(b"\n")[:-1]]


def odd_name(folder: Path) -> Path:
    """A path whose name is not UTF-8, as old archives have them."""
    return folder / os.fsdecode(b"caf\xe9 50%,#.png")
