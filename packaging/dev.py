#!/usr/bin/env python3
"""Set up the project and run its daily commands: `run`, `test`, `check`, `bench`, `build`, and `lock` (lock files).

It is one file of over 400 lines that uses only the standard library, so that it works in a fresh clone on a machine
that has nothing but Python 3.11 or newer and pip. It makes `.venv` beside pyproject.toml and installs there the
versions in the lock files, each verified by its hash, and the project itself. On Debian and Ubuntu it also installs the
system libraries that Qt's wheels do not contain. Only those packages change anything outside the clone, and only when
it runs as root.
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
VENV = ROOT / os.environ.get("TOPAZDESK_VENV", ".venv")
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: The lock files of what builds the project, what it needs, and what development and installers need in addition.
LOCK_BUILD = ROOT / "requirements-build.lock"
LOCK = ROOT / "requirements.lock"
LOCK_DEV = ROOT / "requirements-dev.lock"
LOCK_PACKAGE = ROOT / "requirements-package.lock"
SAMPLES = ROOT / "resources" / "samples"
LINUX = sys.platform.startswith("linux")
ADVISORIES_S = 30
#: The minor versions of Python 3 that the program supports; `test --each` looks for each of them.
MINORS = (11, 12, 13, 14)
#: The systems whose types are checked beside this one's, each with a place to remember what was checked.
OTHER_SYSTEMS = {
    name: ("--cache-dir", f".mypy_cache/{name}") for name in ("linux", "win32", "darwin") if name != sys.platform
}

# Debian package → a library whose absence shows that the package is missing. These are all that Qt's platform plug-ins
# (X, Wayland, offscreen) and QtGui name as NEEDED and the wheels do not contain, found with objdump and ldd on a bare
# Debian 12.
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
# Debian package → a program or file in it. Without them the tests of the real window, of the real key ring, of screen
# readers and of teams are skipped.
TEST_PROGRAMS = {
    "xvfb": "Xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "gnome-keyring": "gnome-keyring-daemon",
    "dbus-daemon": "dbus-run-session",
    "postgresql": "/usr/bin/pg_ctlcluster",
    "faketime": "faketime",
    "python3-pyatspi": "/usr/lib/python3/dist-packages/pyatspi/__init__.py",
}
BENCH_PROGRAMS = {"libvips-tools": "vipsthumbnail"}


def say(text: str = "") -> None:
    """Print a line at once, so that it keeps its order with the output of the programs started here."""
    print(text, flush=True)


def call(command: Sequence[str | Path], **kwargs: object) -> int:
    """Run a program in the clone's folder and return its exit code; an interruption counts as 130."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **kwargs)  # type: ignore[call-overload]
    except KeyboardInterrupt:
        return 130
    return int(done.returncode)


# --- system packages ---


def missing_libraries() -> list[str]:
    """Return the Debian packages of those Qt libraries that the dynamic linker does not find."""
    probe = "import ctypes, sys\nfor n in sys.argv[1:]:\n try: ctypes.CDLL(n)\n except OSError: print(n)"
    answer = subprocess.run(
        [sys.executable, "-c", probe, *QT_LIBRARIES.values()], capture_output=True, text=True, check=False
    )
    absent = set(answer.stdout.split())
    return [package for package, library in QT_LIBRARIES.items() if library in absent]


def font_is_there() -> bool:
    """Return whether there is an outline font where fontconfig looks by default."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(path.suffix.lower() in {".ttf", ".otf", ".ttc"} for folder in folders for path in folder.rglob("*"))


def missing_programs(wanted: dict[str, str]) -> list[str]:
    """Return the Debian packages of those programs that are not on the path or in the system's folders.

    What has a whole path is looked for there.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return [
        package
        for package, program in wanted.items()
        if not (Path(program).is_file() or shutil.which(program, path=path))
    ]


def apt_install(packages: list[str], without: str) -> bool:
    """Install Debian packages as root, or print the command for it; return whether they are installed afterwards.

    `without` says what does not work as long as they are missing.
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
    # A fresh system has empty or old package lists; update them only when the first try fails.
    if call(install, **{**quiet, "stderr": subprocess.DEVNULL}) == 0:
        return True
    if call(["apt-get", "update", "-q"], **quiet) == 0 and call(install, **quiet) == 0:
        return True
    say(f"apt-get could not install them. Without them: {without}")
    return False


def system_packages(command: str) -> bool:
    """Install the Debian packages that `command` needs, on Linux only; return whether Qt can open a window."""
    if not LINUX or command == "check":
        return True
    libraries = missing_libraries()
    fonts = [] if font_is_there() else [FONT_PACKAGE]
    trouble = "Qt cannot reach the screen and the window does not open." if libraries else "the window shows no text."
    apt_install([*libraries, *fonts], trouble)
    if command == "test":
        apt_install(
            missing_programs(TEST_PROGRAMS),
            "the tests of the real window under X, of the real key ring, of screen readers and of teams are skipped.",
        )
    if command == "bench":
        apt_install(missing_programs(BENCH_PROGRAMS), "thumbnails are measured without a reference.")
    return not libraries or not missing_libraries()


# --- the environment ---


def pip_works(python: Path) -> bool:
    """Return whether `python -m pip` works."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def make_venv() -> None:
    """Make `.venv` with a working pip, whatever parts of Python the distribution left out.

    Debian ships `venv` without `ensurepip` unless python3-venv is installed. The way around that needs no root: make an
    environment without pip and let the system's pip install it there (`--python`). If even the `venv` module is
    missing, virtualenv makes the environment.
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
    """Install pip into the bare `.venv` with the pip of the Python that runs this file."""
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", *verified(LOCK_BUILD)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0 and pip_works(PYTHON)


def venv_by_virtualenv() -> bool:
    """Make `.venv` with virtualenv, which is installed in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "virtualenv"]
        if subprocess.run(fetch, check=False).returncode != 0:
            return False
        env = {**os.environ, "PYTHONPATH": folder}
        made = subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", str(VENV)], env=env, check=False)
        return made.returncode == 0 and pip_works(PYTHON)


def verified(*locks: Path) -> list[str]:
    """Return pip's options to install exactly what these locks name, verified by the hashes in them.

    Source packages are built with the tools of `LOCK_BUILD`: pip's own build environments would fetch unverified ones.
    """
    options = ["--require-hashes", "--no-deps", "--no-build-isolation"]
    if locks == (LOCK_BUILD,):
        options += ["--only-binary", ":all:"]
    return [*options, *(part for lock in locks for part in ("--requirement", str(lock)))]


def digest(what: str) -> str:
    """Return a digest of `what` and of everything that determines what gets installed."""
    parts = [what, sys.version, str(ROOT)]
    parts += [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "pyproject.toml", LOCK_BUILD, LOCK, LOCK_DEV)
        if path.exists()
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def install(extras: str) -> None:
    """Install the project (editable) with `extras` ("" or "[dev]"), unless nothing changed since the last time."""
    make_venv()
    stamp = VENV / "topazdesk-installed.json"
    done: dict[str, str] = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
    # An environment with the development tools can also run the program.
    if digest("[dev]") == done.get("digest") or digest(extras) == done.get("digest"):
        return
    say("Installing topazdesk and what it needs (once; takes a few minutes)")
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    steps = [
        verified(LOCK_BUILD),
        verified(LOCK, *([LOCK_DEV] if extras else [])),
        # By now everything is installed, and pip fails if not: the project needs nothing that the locks do not name.
        ["--no-index", "--no-build-isolation", "--editable", f".{extras}"],
    ]
    for step in steps:
        if code := call([PYTHON, "-m", "pip", "install", "--quiet", *step], env=env):
            raise SystemExit(
                "pip could not install what topazdesk needs (see its message above). "
                "Check the connection to the package index and try again; nothing outside .venv was changed."
                if code != 130
                else 130
            )
    stamp.write_text(json.dumps({"digest": digest(extras)}), encoding="utf-8")


# --- commands ---


def offscreen() -> dict[str, str]:
    """Return the environment variables for a program whose window is drawn to memory."""
    env = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    # The tests start the program hundreds of times, so they need bytecode files, as every installed program has.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def command_run(paths: list[str]) -> int:
    """Open the window with `paths` or a sample; without a display enhance them headless."""
    has_window = system_packages("run")
    install("")
    pictures = [str(Path(path).resolve()) for path in paths] or [str(sample())]
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if has_window and (screen or not LINUX):
        return call([PYTHON, "-m", "topazdesk", *pictures])
    why = "No display here" if has_window else "No window without the missing packages"
    return headless(pictures, why, has_window=has_window)


def sample() -> Path:
    """Return a copy of the sample picture, so that results are written beside the copy, not into the repository."""
    folder = ROOT / "build" / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(SAMPLES / "mountain-lake.jpg", folder))


@contextmanager
def scratch_profile() -> Iterator[Path]:
    """Yield a temporary profile folder, so that a trial run leaves the user's own jobs and settings alone."""
    with tempfile.TemporaryDirectory(prefix="topazdesk-") as folder:
        yield Path(folder)


def headless(pictures: list[str], why: str, *, has_window: bool) -> int:
    """Enhance through the sandbox, then write a before/after picture and, if Qt works, a screenshot of the window."""
    out = ROOT / "build" / "first-run"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    say(f"{why}, so the pictures are enhanced without one. Output folder: {out}")
    program: list[str | Path] = [PYTHON, "-m", "topazdesk"]
    with scratch_profile() as profile:
        options = ["--model", "Low Resolution 2", "--scale", "2", "--service", "sandbox", "--yes", "--json"]
        done = enhance([*program, "enhance", *pictures, *options, "--out", out, "--profile", profile])
        if done is None:
            return 1
        before, after = done
        say(f"Result:        {after}")
        compared = out / f"{before.stem}-before-after.png"
        code = call([PYTHON, "-m", "topazdesk.media.comparison", before, after, compared])
        if code == 0:
            say(f"Before/after:  {compared}")
        if not has_window:
            say("Screenshot:    skipped, Qt's system libraries are missing (see above)")
            return code
        shot = out / "window.png"
        window = [*program, "--profile", profile, "--screenshot", shot, "--result", *pictures]
        shot_code = call(window, env=offscreen())
        if shot_code == 0:
            say(f"Screenshot:    {shot}")
    return code or shot_code


def enhance(command: list[str | Path]) -> tuple[Path, Path] | None:
    """Run `enhance --json` and print its progress; return the first source with its result, or None without any."""
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
    """Run all checkers; return the first exit code that is not 0, or 0."""
    checks: dict[str, list[str | Path]] = {
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "mypy": [PYTHON, "-m", "mypy"],
        # What is left out on a system cannot be reached there: that is no fault.
        **{
            f"mypy ({name})": [PYTHON, "-m", "mypy", "--platform", name, "--no-warn-unreachable", *cache]
            for name, cache in OTHER_SYSTEMS.items()
        },
        "import-linter": [PYTHON.parent / "lint-imports"],
    }
    worst = 0
    for name, command in checks.items():
        # A checker's output is of interest only when it found something.
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
    """Look for security advisories on the locked versions, once a day.

    Returns 1 when there are any, 0 when there are none or they could not be checked.
    """
    stamp = VENV / "topazdesk-advisories.json"
    asked = {"day": datetime.datetime.now(datetime.UTC).date().isoformat(), "digest": digest("advisories")}
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == asked:
        say("advisories: none known (checked today)")
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
    reason = ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else "no index to ask"
    say(f"advisories: not checked: {reason}")
    return 0


def command_check() -> int:
    """Run the checkers and look for advisories on the locked versions."""
    install("[dev]")
    checked = linters()
    return checked or advisories()


def command_lock(arguments: list[str]) -> int:
    """Renew the hashes in the lock files; with `--upgrade` also the versions."""
    make_venv()
    return call([PYTHON, ROOT / "packaging" / "lock.py", "lock", *arguments])


def command_texts(arguments: list[str]) -> int:
    """Gather the texts for the translators, and compile the translations (see texts.py)."""
    install("[dev]")
    return call([PYTHON, ROOT / "packaging" / "texts.py", *arguments])


def command_test(arguments: list[str]) -> int:
    """Run the checkers, then the tests; pytest's summary is the last line printed. Fails when either fails."""
    system_packages("test")
    install("[dev]")
    checked = linters()
    if checked:
        say("The checkers failed (see above), so this run fails; the tests still follow.")
    # A debugger needs the terminal, and a number of processes that the user gave is respected.
    alone = any(argument.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argument in arguments)
    # Half of the time of a test that runs whole programs goes by waiting for them: other tests use it.
    parallel = [] if alone else ["-n", str(max(4, min(8, (os.cpu_count() or 2) * 3 // 2))), "--dist", "worksteal"]
    tested = call([PYTHON, "-m", "pytest", *parallel, *arguments], env=offscreen())
    return tested or checked


def interpreters() -> dict[int, Path]:
    """Return an interpreter of each supported version that is installed, by minor version; this one for its own."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[int, Path] = {}
    for minor in MINORS:
        name = f"python3.{minor}"
        places = [Path(place)] if (place := shutil.which(name)) else []
        places += sorted(versions.glob(f"3.{minor}.*/bin/{name}"), reverse=True)
        if minor == sys.version_info.minor:
            places = [Path(sys.executable)]
        for path in places:
            # A shim of pyenv is there for versions, too, that are not chosen: it has to run.
            if (
                minor not in found
                and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
            ):
                found[minor] = path
    return found


def test_each(arguments: list[str]) -> int:
    """Run checkers and tests on each Python that is installed, each in an environment of its own."""
    codes = {}
    for minor, python in interpreters().items():
        say(f"Python 3.{minor}: {python}")
        folder = ".venv" if minor == sys.version_info.minor else f".venv-3.{minor}"
        codes[minor] = call([python, Path(__file__), "test", *arguments], env={**os.environ, "TOPAZDESK_VENV": folder})
    say(", ".join(f"Python 3.{minor}: {'passed' if code == 0 else 'FAILED'}" for minor, code in codes.items()))
    missing = [f"3.{minor}" for minor in MINORS if minor not in codes]
    say(f"Not installed here: {', '.join(missing)}" if missing else "All supported versions were there.")
    return next((code for code in codes.values() if code), 0)


def command_bench(names: list[str]) -> int:
    """Run the measurements, each next to its reference."""
    system_packages("bench")
    install("[dev]")
    return call([PYTHON, "-m", "tests.benchmarks", *names], env=offscreen())


def command_shots(arguments: list[str]) -> int:
    """Take pictures of every screen, for people to look at; the last line is the folder that they are in."""
    system_packages("shots")
    install("[dev]")
    return call([PYTHON, "-m", "tests.shots.every_screen", *arguments], env=offscreen())


def command_build(arguments: list[str]) -> int:
    """Make packages and installers; the last line is the path of what was made."""
    install("")
    return call([PYTHON, ROOT / "packaging" / "installers" / "build.py", *arguments])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command given on the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Set up, run, test, check and measure topazdesk.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="open the window (without a display: enhance headless)")
    run.add_argument("paths", nargs="*", metavar="PATH", help="pictures or folders; a sample when none is given")
    commands.add_parser(
        "test", help="checkers and tests (--each: on each Python here); further arguments go to pytest", add_help=False
    )
    commands.add_parser("check", help="checkers only, and advisories on the locked versions")
    lock = commands.add_parser("lock", help="renew the hashes of the lock files")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions that fit together")
    texts = commands.add_parser("texts", help="gather the texts for translators, compile the translations")
    texts.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    bench = commands.add_parser("bench", help="measure against the references")
    bench.add_argument(
        "names", nargs="*", metavar="NAME", help="start, books, transfer, view and others; all when none is given"
    )
    commands.add_parser(
        "shots",
        help="pictures of every screen: languages, themes, scales; FOLDER to have them elsewhere",
        add_help=False,
    )
    commands.add_parser("build", help="make wheel, app, appimage, deb, flatpak or all in dist/", add_help=False)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.version_info < (3, 11):  # noqa: UP036  any python3 may run this, before pyproject's check
        raise SystemExit(f"topazdesk needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if given[:2] == ["test", "--each"]:
        return test_each(given[2:])
    if given[:1] == ["test"]:
        return command_test(given[1:])
    if given[:1] == ["shots"]:
        return command_shots(given[1:])
    if given[:1] == ["build"]:
        return command_build(given[1:])
    known = parser.parse_args(given)
    if known.command == "run":
        return command_run(known.paths)
    if known.command == "check":
        return command_check()
    if known.command == "lock":
        return command_lock(["--upgrade"] if known.upgrade else [])
    if known.command == "texts":
        return command_texts(["--check"] if known.check else [])
    return command_bench(known.names)


if __name__ == "__main__":
    sys.exit(main())
