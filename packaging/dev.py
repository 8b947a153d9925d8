#!/usr/bin/env python3
"""Set-up and daily work in one file: `run`, `test`, `check`, `bench`; and `lock`, which renews the versions it installs.

It needs nothing but Python 3.11 or newer and pip, and uses the standard library only, so that it works in a fresh clone on a fresh
machine. It makes `.venv` beside pyproject.toml, installs there the versions of the lock files, each verified by its hash, and the
project over them. On Debian and Ubuntu it sees to the system libraries that Qt's wheels leave to the system. Nothing outside the clone is changed, save for those
Debian packages, and these only when started as root.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: What builds the project, what it needs, and what development needs beside that.
LOCK_BUILD, LOCK, LOCK_DEV = (ROOT / f"requirements{name}.lock" for name in ("-build", "", "-dev"))
SAMPLES = ROOT / "resources" / "samples"
LINUX = sys.platform.startswith("linux")
ADVISORIES_S = 30

# Debian package → the library whose absence shows that the package is missing: all that Qt's platform plug-ins (X, Wayland,
# offscreen) and QtGui name as NEEDED and the wheels do not bring, found with objdump and ldd in a bare Debian 12.
QT_LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libfontconfig1": "libfontconfig.so.1",
    "libfreetype6": "libfreetype.so.6",
    "libdbus-1-3": "libdbus-1.so.3",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcb1": "libxcb.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render0": "libxcb-render.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-shm0": "libxcb-shm.so.0",
    "libxcb-sync1": "libxcb-sync.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libwayland-client0": "libwayland-client.so.0",
    "libwayland-cursor0": "libwayland-cursor.so.0",
    "libwayland-egl1": "libwayland-egl.so.1",
}
FONT_PACKAGE = "fonts-dejavu-core"
# Debian package → a program that it brings. The tests of the real window and of the real key ring are skipped without them.
TEST_PROGRAMS = {
    "xvfb": "Xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "gnome-keyring": "gnome-keyring-daemon",
    "dbus-daemon": "dbus-run-session",
}
BENCH_PROGRAMS = {"libvips-tools": "vipsthumbnail"}


def say(text: str = "") -> None:
    """Print a line at once, so that it stands in order with the output of the programs started here."""
    print(text, flush=True)


def call(command: Sequence[str | Path], **kwargs: object) -> int:
    """Run a program in the clone's folder and return its exit code; an interruption counts as 130."""
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **kwargs).returncode  # type: ignore[call-overload,no-any-return]
    except KeyboardInterrupt:
        return 130


# --- system packages ------------------------------------------------------------------------------------------------------------


def missing_libraries() -> list[str]:
    """Debian packages of those Qt libraries that the dynamic linker does not find."""
    probe = "import ctypes, sys\nfor n in sys.argv[1:]:\n try: ctypes.CDLL(n)\n except OSError: print(n)"
    answer = subprocess.run(
        [sys.executable, "-c", probe, *QT_LIBRARIES.values()], capture_output=True, text=True, check=False
    )
    absent = set(answer.stdout.split())
    return [package for package, library in QT_LIBRARIES.items() if library in absent]


def font_is_there() -> bool:
    """Whether any outline font stands where fontconfig looks by default."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(path.suffix.lower() in {".ttf", ".otf", ".ttc"} for folder in folders for path in folder.rglob("*"))


def missing_programs(wanted: dict[str, str]) -> list[str]:
    """Debian packages of those programs that are not on the path (system folders included)."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return [package for package, program in wanted.items() if shutil.which(program, path=path) is None]


def apt_install(packages: list[str], without: str) -> bool:
    """Install Debian packages as root, or print the line that does. True when they are there afterwards.

    `without` says what will not work as long as they are missing.
    """
    if not packages:
        return True
    if shutil.which("apt-get") is None:
        say(f"Missing on this system (Debian names): {' '.join(packages)}\n  Without them: {without}")
        return False
    if os.geteuid() != 0:
        say(f"Missing system packages. To install them:\n\n  sudo apt-get install -y {' '.join(packages)}\n")
        say(f"Without them: {without}\n")
        return False
    say(f"Installing system packages: {' '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    quiet: dict[str, object] = {"env": env, "stdout": subprocess.DEVNULL}
    # The package lists of a fresh system are empty or old; fetch them only when the first try fails.
    if call(install, **{**quiet, "stderr": subprocess.DEVNULL}) == 0:
        return True
    if call(["apt-get", "update", "-q"], **quiet) == 0 and call(install, **quiet) == 0:
        return True
    say(f"apt-get could not install them. Without them: {without}")
    return False


def system_packages(command: str) -> bool:
    """See to the Debian packages that `command` needs; only on Linux. False when Qt cannot open a window."""
    if not LINUX or command == "check":
        return True
    libraries = missing_libraries()
    fonts = [] if font_is_there() else [FONT_PACKAGE]
    trouble = (
        "Qt finds no way to the screen and the window cannot open." if libraries else "the window shows no letters."
    )
    apt_install([*libraries, *fonts], trouble)
    if command == "test":
        apt_install(
            missing_programs(TEST_PROGRAMS),
            "the tests that drive the real window under X and those of the real key ring are skipped.",
        )
    if command == "bench":
        apt_install(missing_programs(BENCH_PROGRAMS), "thumbnails are measured without their reference.")
    return not libraries or not missing_libraries()


# --- the environment ------------------------------------------------------------------------------------------------------------


def pip_works(python: Path) -> bool:
    """Whether `python -m pip` answers."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def make_venv() -> None:
    """Make `.venv` with a working pip, whatever parts of Python the distribution has left out.

    Debian ships `venv` without `ensurepip` unless python3-venv is installed. The way round it needs no rights: an environment
    without pip, which the system's pip then fills (`--python`). Where even the `venv` module is missing, virtualenv does it.
    """
    if pip_works(PYTHON):
        return
    say("Making the environment in .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    attempts: tuple[tuple[str, ...], ...] = (("venv", str(VENV)), ("venv", "--without-pip", str(VENV)))
    for attempt in attempts:
        made = subprocess.run([sys.executable, "-m", *attempt], capture_output=True, text=True, check=False)
        if made.returncode == 0 and (pip_works(PYTHON) or pip_from_outside()):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if venv_by_virtualenv():
        return
    packaged = LINUX and apt_install(["python3-venv"], "no environment can be made.")
    if packaged and call([sys.executable, "-m", "venv", VENV]) == 0 and pip_works(PYTHON):
        return
    raise SystemExit(
        "Could not make a Python environment. Install Python's venv module or pip "
        "(Debian and Ubuntu: sudo apt-get install -y python3-venv python3-pip) and start again."
    )


def pip_from_outside() -> bool:
    """Put pip into the bare `.venv` with the pip of the Python that runs this file."""
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", *verified(LOCK_BUILD)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0 and pip_works(PYTHON)


def venv_by_virtualenv() -> bool:
    """Make `.venv` with virtualenv from a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "virtualenv"]
        if subprocess.run(fetch, check=False).returncode != 0:
            return False
        env = {**os.environ, "PYTHONPATH": folder}
        made = subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", str(VENV)], env=env, check=False)
        return made.returncode == 0 and pip_works(PYTHON)


def verified(*locks: Path) -> list[str]:
    """pip's options that install just what these locks name, and nothing whose hash is not in them.

    Nothing is built but with what the first of them brought: pip's own build environments would fetch unverified tools.
    """
    options = ["--require-hashes", "--no-deps", "--no-build-isolation"]
    if locks == (LOCK_BUILD,):
        options += ["--only-binary", ":all:"]
    return [*options, *(part for lock in locks for part in ("--requirement", str(lock)))]


def digest(what: str) -> str:
    """Fingerprint of all that decides what is installed."""
    parts = [what, sys.version, str(ROOT)]
    parts += [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "pyproject.toml", LOCK_BUILD, LOCK, LOCK_DEV)
        if path.exists()
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def install(extras: str) -> None:
    """Install the project (editable) with `extras` ("" or "[dev]"), unless nothing has changed since the last time."""
    make_venv()
    stamp = VENV / "topazdesk-installed.json"
    done: dict[str, str] = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
    # An environment with the tools of development also runs the program.
    if digest("[dev]") == done.get("digest") or digest(extras) == done.get("digest"):
        return
    say("Installing topazdesk and what it needs (once; takes a few minutes)")
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    steps = [
        verified(LOCK_BUILD),
        verified(LOCK, *([LOCK_DEV] if extras else [])),
        # From here on all is there, and pip says if not: the project asks for nothing that the locks do not name.
        ["--no-index", "--no-build-isolation", "--editable", f".{extras}"],
    ]
    for step in steps:
        if code := call([PYTHON, "-m", "pip", "install", "--quiet", *step], env=env):
            raise SystemExit(
                "pip could not install what topazdesk needs (its message stands above). "
                "Check the connection to the package index and start again; nothing outside .venv was changed."
                if code != 130
                else 130
            )
    stamp.write_text(json.dumps({"digest": digest(extras)}), encoding="utf-8")


# --- commands -------------------------------------------------------------------------------------------------------------------


def offscreen() -> dict[str, str]:
    """The environment of a program whose window is drawn to memory."""
    env = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    # The tests start the program hundreds of times: with bytecode, as every installed program has it.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def command_run(paths: list[str]) -> int:
    """Open the window with `paths` or a sample; without a display do the main job headless."""
    has_window = system_packages("run")
    install("")
    pictures = [str(Path(path).resolve()) for path in paths] or [str(sample())]
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if has_window and (screen or not LINUX):
        return call([PYTHON, "-m", "topazdesk", *pictures])
    why = "No display here" if has_window else "No window without the missing packages"
    return headless(pictures, why, has_window=has_window)


def sample() -> Path:
    """A copy of the picture that a newcomer sees first: results come to stand next to it, not among the sources."""
    folder = ROOT / "build" / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(SAMPLES / "mountain-lake.jpg", folder))


@contextmanager
def scratch_profile() -> Iterator[Path]:
    """A profile folder for one run, so that a try-out leaves the user's own jobs and settings alone."""
    with tempfile.TemporaryDirectory(prefix="topazdesk-") as folder:
        yield Path(folder)


def headless(pictures: list[str], why: str, *, has_window: bool) -> int:
    """Enhance through the sandbox, then write a before/after picture and, where Qt can, a screenshot of the window."""
    out = ROOT / "build" / "first-run"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    say(f"{why}, so the main job is done without one. Output folder: {out}")
    program: list[str | Path] = [PYTHON, "-m", "topazdesk"]
    with scratch_profile() as profile:
        wish = ["--model", "Low Resolution 2", "--scale", "2", "--service", "sandbox", "--yes", "--json"]
        done = enhance([*program, "enhance", *pictures, *wish, "--out", out, "--profile", profile])
        if done is None:
            return 1
        before, after = done
        say(f"Result:        {after}")
        compared = out / f"{before.stem}-before-after.png"
        code = call([PYTHON, "-m", "topazdesk.media.comparison", before, after, compared])
        if code == 0:
            say(f"Before/after:  {compared}")
        if not has_window:
            say("Screenshot:    left out, Qt's system libraries are missing (see above)")
            return code
        shot = out / "window.png"
        window = [*program, "--profile", profile, "--screenshot", shot, "--result", *pictures]
        shot_code = call(window, env=offscreen())
        if shot_code == 0:
            say(f"Screenshot:    {shot}")
    return code or shot_code


def enhance(command: list[str | Path]) -> tuple[Path, Path] | None:
    """Run `enhance --json`, print its progress in words; return the first source with its result, or None when none was made."""
    finished: tuple[Path, Path] | None = None
    last = ""
    with subprocess.Popen(
        [str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            kind = event.get("event")
            if kind == "progress" and event.get("stage") != last:
                last = str(event.get("stage"))
                say(f"  {Path(event['path']).name}: {last}")
            elif kind == "failed":
                say(f"  {event.get('path')}: {event.get('title')} {event.get('hint') or ''}")
            elif kind == "done":
                price = "1 credit" if event["credits"] == 1 else f"{event['credits']} credits"
                say(f"  {Path(event['path']).name}: done, {event['width']} × {event['height']}, {price}")
                finished = finished or (Path(event["path"]), Path(event["result"]))
    if process.returncode != 0:
        say(f"enhance ended with code {process.returncode}")
    return finished


def linters() -> int:
    """Run every checker to its end and return the first bad exit code, or 0."""
    checks: dict[str, list[str | Path]] = {
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "mypy": [PYTHON, "-m", "mypy"],
        "import-linter": [PYTHON.parent / "lint-imports"],
    }
    worst = 0
    for name, command in checks.items():
        # What a checker has to say is of interest only when it found something.
        ran = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        say(f"{name}: {'clean' if ran.returncode == 0 else 'FAILED'}")
        if ran.returncode:
            say(ran.stdout)
            worst = worst or ran.returncode
    return worst


def advisories() -> int:
    """Whether anything is known against the locked versions, asked once a day; 1 when something is, 0 when not or not to be had."""
    stamp = VENV / "topazdesk-advisories.json"
    asked = {"day": datetime.datetime.now(datetime.UTC).date().isoformat(), "digest": digest("advisories")}
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == asked:
        say("advisories: none known (asked today)")
        return 0
    command = [str(PYTHON), str(ROOT / "packaging" / "lock.py"), "audit"]
    try:
        ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=ADVISORIES_S)
    except subprocess.TimeoutExpired:
        say(f"advisories: not checked: no answer within {ADVISORIES_S} s")
        return 0
    if ran.returncode == 0:
        stamp.write_text(json.dumps(asked), encoding="utf-8")
        say("advisories: none known")
        return 0
    if ran.returncode == 1:
        say(f"advisories: FAILED\n{ran.stdout}")
        return 1
    say(f"advisories: not checked: {ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else 'no index to ask'}")
    return 0


def command_check() -> int:
    """The checkers, and what is known against the locked versions."""
    install("[dev]")
    checked = linters()
    return checked or advisories()


def command_lock(arguments: list[str]) -> int:
    """Renew the hashes of the lock files; with `--upgrade` the versions too."""
    make_venv()
    return call([PYTHON, ROOT / "packaging" / "lock.py", "lock", *arguments])


def command_test(arguments: list[str]) -> int:
    """The checkers, then the tests; pytest's summary is the last line printed. Fails when either fails."""
    system_packages("test")
    install("[dev]")
    checked = linters()
    if checked:
        say("The checkers failed (see above), so this run fails; the tests follow all the same.")
    # A debugger needs the terminal, and a wish for another number of processes stands.
    alone = any(argument.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argument in arguments)
    parallel = [] if alone else ["-n", "2", "--dist", "worksteal"]
    tested = call([PYTHON, "-m", "pytest", *parallel, *arguments], env=offscreen())
    return tested or checked


def command_bench(names: list[str]) -> int:
    """The measurements, each side by side with its reference."""
    system_packages("bench")
    install("[dev]")
    return call([PYTHON, "-m", "tests.benchmarks", *names], env=offscreen())


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Set up, run, test, check and measure topazdesk.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="open the window (without a display: do the main job headless)")
    run.add_argument("paths", nargs="*", metavar="PATH", help="pictures or folders; a sample when none is given")
    commands.add_parser("test", help="checkers and tests; further arguments go to pytest", add_help=False)
    commands.add_parser("check", help="checkers only, and advisories on the locked versions")
    lock = commands.add_parser("lock", help="renew the hashes of the lock files")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions that fit together")
    bench = commands.add_parser("bench", help="measure against the references")
    bench.add_argument(
        "names", nargs="*", metavar="NAME", help="start, books, transfer, view and others; all when none is given"
    )
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.version_info < (3, 11):  # noqa: UP036  started by whatever python3 is there, before pyproject's check
        raise SystemExit(f"topazdesk needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if given[:1] == ["test"]:
        return command_test(given[1:])
    known = parser.parse_args(given)
    if known.command == "run":
        return command_run(known.paths)
    if known.command == "check":
        return command_check()
    if known.command == "lock":
        return command_lock(["--upgrade"] if known.upgrade else [])
    return command_bench(known.names)


if __name__ == "__main__":
    sys.exit(main())
