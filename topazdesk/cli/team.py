"""`topazdesk team`: a database becomes a team's, how the team stands, and where its roots are on this machine."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from topazdesk.app.app_context import AppContext
from topazdesk.app.keys import Keys
from topazdesk.app.own_folders import ensure
from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings
from topazdesk.app.team_context import (
    check_parts,
    joined,
    left,
    left_behind,
    machine_name,
    open_team,
    read_machine_name,
    roots_of,
    settle_roots,
)
from topazdesk.cli.money import read_day_cap
from topazdesk.cli.options import JsonOption, ProfileOption, ServiceOption
from topazdesk.cli.output import EventPrinter, state_word
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.disk.names import shown_path
from topazdesk.domain.account import Account
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ExitCode, TopazdeskError, UseError
from topazdesk.language import comma, nsay, say

if TYPE_CHECKING:
    from topazdesk.team.team_status import TeamStatus
    from topazdesk.team.team_store import TeamStore

UrlArgument = Annotated[str, Argument("URL", help="The database: postgresql://user@host/database.")]


def init(
    url: UrlArgument,
    member: Annotated[
        str, Option("--member", metavar="NAME", help="A user of the database who may work with it from now on.")
    ] = "",
    as_json: JsonOption = False,
) -> ExitCode:
    """Make a database a team's, or bring one up to date; its own user must be allowed to make tables and roles.

    Members get a role with the least rights: they read and write jobs and books, and change no table.
    """
    check_parts()
    from topazdesk.team.setup import MEMBERS
    from topazdesk.team.setup import init as make

    output = EventPrinter(as_json)
    before = make(url, member=member)
    text = say("The database is a team's now.") if before == 0 else say("The team's database is up to date.")
    more = say("Users work with it as members of the role {role}.", role=MEMBERS)
    if member:
        said = say("{member} has no password from here. In psql \\password {member} sets one.", member=member)
        more = f"{more}\n{said}"
    output.event("summary", f"{text}\n{more}", version_before=before, member=member, role=MEMBERS)
    return ExitCode.DONE


def root(
    name: Annotated[str, Argument("NAME", help="What all machines call the folder: scans.")] = "",
    folder: Annotated[Path | None, Argument("FOLDER", help="Where it is on this machine.")] = None,
    moved: Annotated[bool, Option("--moved", help="The team's pictures are in this folder from now on.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Say where a folder of the team is mounted on this machine; without words show those that are known.

    The first machine puts a small hidden file there, by which all know the folder: another folder of the same name, or
    one whose share is not mounted, is noticed.
    """
    return run_stoppable(_root(name, folder, moved, profile, EventPrinter(as_json)))


async def _root(name: str, folder: Path | None, moved: bool, profile: Path | None, output: EventPrinter) -> ExitCode:
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    roots = dict(settings.team_roots)
    if name and folder is not None:
        check_parts()
        there = await asyncio.to_thread(folder.absolute)
        if not await asyncio.to_thread(there.is_dir):
            raise UseError(
                "This is no folder", "Mount it first, or check its name.", details=str(there), code=Code.USE_TEAM_ROOT
            )
        roots[name] = str(there)
        roots_of(roots)
        if settings.team_url:
            await settle_roots(settings, paths.profile, {name: there}, is_asked=True, is_moved=moved)
        await asyncio.to_thread(settings.with_(team_roots=roots).save, paths.settings)
    for each, where in sorted(roots.items()):
        output.event("team_root", f"{each} = {shown_path(Path(where))}", name=each, folder=where)
    output.event("summary", "" if roots else say("This machine has no roots yet."), roots=len(roots))
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine as its row tells of it."""

    name: str
    version: str
    roots: str
    uploads: int
    downloads: int
    trouble: str | None
    away: str
    clock_ahead: float
    seen_ago: float


def status(profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Show the team's jobs, accounts and machines."""
    return run_stoppable(_status(profile, EventPrinter(as_json)))


#: A clock that differs by more is worth a word; what is due goes by the database's.
_CLOCK_S = 5.0
_GONE_S = 60.0


async def _opened(profile: Path | None) -> TeamStore:
    """Open the database of this machine's team. Raises UseError in none."""
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    if not settings.team_url:
        raise no_team()
    return await open_team(settings, paths.profile)


async def _status(profile: Path | None, output: EventPrinter) -> ExitCode:
    store = await _opened(profile)
    try:
        from topazdesk.team.team_status import read

        found = await read(store)
        by_state = {state.value: number for state, number in found.jobs.items()}
        shown = " · ".join(f"{state_word(state)}: {number:,}" for state, number in found.jobs.items())
        output.event("team_jobs", shown or say("No unfinished jobs."), jobs=by_state)
        if found.is_paused:
            said = say("The queue is paused. It goes on with topazdesk jobs resume.")
            if found.paused_on:
                said = say(
                    "The queue was paused on {machine}, for all. It goes on with topazdesk jobs resume.",
                    machine=found.paused_on,
                )
            output.event("team_paused", said, paused_on=found.paused_on)
        if found.restored is not None:
            said = say("{title:text}. {hint:text}", title=found.restored.title, hint=found.restored.hint)
            output.event("team_restored", said, title=found.restored.title, details=found.restored.details)
        for account in found.accounts:
            name = account.account.service.label
            said = say(
                "{service}: {taken:,} of {places:,} places taken, kept by {keeper}",
                service=name if account.account.is_default else f"{name} ({account.account.id})",
                taken=account.taken,
                places=account.places,
                keeper=account.keeper or "–",
            )
            if not account.is_verified:
                said = f"{said}\n  {say('What is in its queue is looked up at the service before any of it is sent.')}"
            if account.lost:
                lost = nsay(
                    "1 result there is not known here: topazdesk jobs recover fetches it without paying again.",
                    "{n} results there are not known here: topazdesk jobs recover fetches them without paying again.",
                    account.lost,
                )
                said = f"{said}\n  {lost}"
            if account.paused is not None:
                said = f"{said}\n  {account.paused.title}. {account.paused.hint}"
            output.event(
                "team_account",
                said,
                service=account.account.service,
                account=account.account.id,
                taken=account.taken,
                places=account.places,
                keeper=account.keeper,
                verified=account.is_verified,
                lost=account.lost,
                paused=None if account.paused is None else account.paused.title,
            )
        for row in found.machines:
            _tell_machine(_Machine(*row), output)
        working = sum(1 for row in found.machines if row[3] or row[4])
        if found.jobs and not working:
            output.event("team_idle", say("No machine works for the team. Start topazdesk worker on one of them."))
        elif working:
            _tell_unserved(found, output)
        output.event("summary", nsay("1 machine", "{n} machines", working), machines=working, version=found.version)
        return ExitCode.DONE
    finally:
        await store.close()


def _tell_unserved(found: TeamStatus, output: EventPrinter) -> None:
    """Say which roots keep jobs in the queue, as no machine that sends has them."""
    from topazdesk.team.roots import named

    machines = [set(row[2].split("+")) for row in found.machines if row[3] and row[8] <= _GONE_S]
    lacking = [each for each in found.needed if not any(set(each.split("+")) <= has for has in machines)]
    read, written = set(), set()
    for needs in lacking:
        names = {name for name, _ in named(needs)}
        if any(names <= has for has in machines):
            written |= {name for name, is_written in named(needs) if is_written}
        else:
            read |= {name for name in names if not all(name in has for has in machines)} or names
    if read:
        said = say("No machine at work has the root {names:text}. Its jobs wait.", names=comma().join(sorted(read)))
        output.event("team_root_lacking", said, roots=sorted(read))
    if written:
        names_text = comma().join(sorted(written))
        said = say("No machine at work can write in the root {names:text}. Its jobs wait.", names=names_text)
        output.event("team_root_unwritten", said, roots=sorted(written))


def _tell_machine(machine: _Machine, output: EventPrinter) -> None:
    from topazdesk.cli.live import duration_text
    from topazdesk.team.root_marks import RootState

    away = {name: RootState(state) for name, state in json.loads(machine.away).items()}
    readable = [each for each in machine.roots.split("+") if each and not each.endswith("!")]
    said = say(
        "{name} (topazdesk {version}): {uploads:,} uploads and {downloads:,} downloads at once, roots: {roots}",
        name=machine.name,
        version=machine.version,
        uploads=machine.uploads,
        downloads=machine.downloads,
        roots=", ".join(readable) or "–",
    )
    more = [say("Its root {name}: {state:text}", name=name, state=state.words) for name, state in sorted(away.items())]
    if machine.trouble:
        more.append(say("It sends nothing: {why:text}", why=machine.trouble))
    if machine.seen_ago > _GONE_S and (machine.uploads or machine.downloads):
        more.append(
            nsay("It was not heard of for 1 second.", "It was not heard of for {n} seconds.", round(machine.seen_ago))
        )
    if abs(machine.clock_ahead) > _CLOCK_S:
        more.append(
            say("Its clock is {time:text} off; the database's counts.", time=duration_text(abs(machine.clock_ahead)))
        )
    output.event(
        "team_machine",
        "\n  ".join((said, *more)),
        name=machine.name,
        version=machine.version,
        roots=readable,
        away=away,
        uploads=machine.uploads,
        downloads=machine.downloads,
        trouble=machine.trouble,
        clock_ahead=round(machine.clock_ahead, 1),
        seen_ago=round(machine.seen_ago, 1),
    )


def cap(
    credits: Annotated[str, Argument("CREDITS", help="The most a day, or none; without it the limit is shown.")] = "",
    service: ServiceOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Show or set how many credits the team may spend a day from an account, whichever machine sends.

    A day begins at midnight where the database is. Each machine's own limits hold beside it.
    """
    return run_stoppable(_cap(credits, service or ServiceName.TOPAZ, profile, EventPrinter(as_json)))


async def _cap(word: str, service: ServiceName, profile: Path | None, output: EventPrinter) -> ExitCode:
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    if not settings.team_url:
        raise no_team()
    account = Account(service)
    store = await open_team(settings, paths.profile)
    try:
        if word:
            await store.cap_day(account, None if word == "none" else read_day_cap(word, Unit.CREDIT))
        found = await store.day_cap(account)
        text = say("No limit a day.") if found is None else amount_text(found, Unit.CREDIT)
        output.event("summary", text, cap=found, service=service)
        return ExitCode.DONE
    finally:
        await store.close()


def no_team() -> UseError:
    """Return the error of a command that needs a team where there is none."""
    return UseError(
        "This machine is in no team",
        say("It joins one with topazdesk team join postgresql://user@host/database."),
        code=Code.USE_TEAM_URL,
    )


def accept(profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Send again what is in the queue of a team's database that was restored, without waiting for the look-up.

    Only for who is sure that nothing of the queue was sent after the backup: what was would be paid twice.
    """
    return run_stoppable(_accept(profile, EventPrinter(as_json)))


async def _accept(profile: Path | None, output: EventPrinter) -> ExitCode:
    store = await _opened(profile)
    try:
        await store.accept()
        output.event("summary", say("The team goes on with its database as it is."))
        return ExitCode.DONE
    finally:
        await store.close()


def join(url: UrlArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Use a team's queue on this machine from now on. The jobs of the profile stay in it for when it leaves."""
    return run_stoppable(_join(url, profile, EventPrinter(as_json)))


async def _join(url: str, profile: Path | None, output: EventPrinter) -> ExitCode:
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    changed = await joined(settings, paths.profile, url, Keys(paths.keys))
    # What is wrong with the roots is said now. The user named them a moment ago, so an empty one is meant, too.
    roots = {name: Path(folder) for name, folder in changed.team_roots.items()}
    await settle_roots(changed, paths.profile, roots, is_asked=True)
    await asyncio.to_thread(changed.save, paths.settings)
    output.event("summary", say("This machine shares the team's queue from now on."))
    return ExitCode.DONE


def name(
    new: Annotated[str, Argument("NAME", help="What the team calls this machine from now on.")] = "",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Show or set what the team calls this machine: no two may have one name. Workers that run keep the old one."""
    return run_stoppable(_name(new, profile, EventPrinter(as_json)))


async def _name(new: str, profile: Path | None, output: EventPrinter) -> ExitCode:
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    if new:
        settings = settings.with_(team_name=read_machine_name(new))
        await asyncio.to_thread(settings.save, paths.settings)
    called = settings.team_name or machine_name()
    output.event("summary", called, name=called)
    return ExitCode.DONE


def leave(profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """Use the profile's own queue again. The team goes on without this machine."""
    return run_stoppable(_leave(profile, EventPrinter(as_json)))


async def _leave(profile: Path | None, output: EventPrinter) -> ExitCode:
    paths = await asyncio.to_thread(lambda: ensure(Paths.choose(profile)))
    settings = await asyncio.to_thread(Settings.load, paths.settings)
    if not settings.team:
        raise no_team()
    fields: dict[str, Any] = {}
    try:
        store = await open_team(settings, paths.profile, keys=Keys(paths.keys), url=settings.team)
        try:
            stays = await left_behind(store)
        finally:
            await store.close()
        said = stays.words
        if stays.works:
            said.append(say("The worker that runs here goes on for the team until it is stopped."))
        fields = {"unsent": stays.unsent, "sent": stays.sent, "others_at_work": stays.others}
    except TopazdeskError as error:  # it may be gone for good, which is a reason to leave
        said = [
            say(
                "What was started here stays in the team; how much that is could not be asked: {why:text}.",
                why=error.title,
            )
        ]
    changed = await left(settings, Keys(paths.keys))
    await asyncio.to_thread(changed.save, paths.settings)
    output.event("summary", "\n  ".join((say("This machine has its own queue again."), *said)), **fields)
    return ExitCode.DONE


def worker(
    uploads: Annotated[int, Option("--uploads", metavar="N", min=0, max=64, help="Most at once. Default: 4.")] = 4,
    downloads: Annotated[int, Option("--downloads", metavar="N", min=0, max=64, help="Most at once. Default: 6.")] = 6,
    name: Annotated[str, Option("--name", metavar="NAME", help="This worker's name. Default: the machine's.")] = "",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Work for a team until stopped: send, follow and fetch what any of its machines has started.

    Keys come from this machine's key ring or environment. Told to stop, it finishes what it has begun.
    """
    return run_stoppable(_worker(uploads, downloads, name, profile, EventPrinter(as_json)))


async def _worker(uploads: int, downloads: int, name: str, profile: Path | None, output: EventPrinter) -> ExitCode:
    check_parts()
    from topazdesk.app.team_worker import work

    context = await AppContext.open(profile, exclusive=False, machine=name)
    try:
        if not context.is_team:
            raise no_team()
        await work(context, output, uploads=uploads, downloads=downloads)
        return ExitCode.DONE
    finally:
        await context.close()
