"""The side of the program that works on a profile: what a second one asks for is done here, by the same engine.

A second command sends what its user agreed to, and is told what becomes of it. When it leaves, what it had begun to ask
for is dropped, unless it is being written already; what was started goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from topazdesk import __version__
from topazdesk.app.channel import HOST, LONGEST, PROTOCOL, SOON_S, Note, decoded, encoded, new_nonce
from topazdesk.app.job_wire import (
    WireError,
    drafts_from_json,
    error_to_json,
    hours_from_json,
    job_to_json,
    limits_from_json,
    pause_to_json,
)
from topazdesk.app.services import Services
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account, is_account_id
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import (
    AccountChanged,
    EngineError,
    Event,
    EventHub,
    JobAdded,
    JobChanged,
    JobProgress,
    QueuePaused,
)
from topazdesk.engine.supervisor import Supervisor, as_shown
from topazdesk.errors import AccountError, Code, UseError
from topazdesk.language import say

T = TypeVar("T")
Json = dict[str, Any]
#: Connections, and requests of one of them, at a time: more are nonsense.
_MOST_GUESTS, _MOST_REQUESTS = 64, 32
#: Seconds between two looks at what the jobs wait for; each is also a sign of life.
_LOOK_S = 2.0


class Owner:
    """Listens for second programs while this one works on the profile. `show` brings its window to the front."""

    def __init__(
        self,
        note: Path,
        engine: Engine,
        events: EventHub,
        services: Services,
        catalogue: Catalogue,
        *,
        change_settings: Callable[[Mapping[str, Any]], Coroutine[Any, Any, None]],
        account_changed: Callable[[Account, bool], Coroutine[Any, Any, None]],
        submits: bool,
        show: Callable[[list[Path]], None] | None,
    ) -> None:
        self._path = note
        self.engine = engine
        self.events = events
        self.services = services
        self.catalogue = catalogue
        self.change_settings = change_settings
        self.account_changed = account_changed
        self.submits = submits
        self.show = show
        self.supervisor = Supervisor(events)
        self.note = Note.new(0, "window" if show is not None else "command")
        self._server: asyncio.Server | None = None
        self._guests: set[_Guest] = set()

    async def open(self) -> None:
        """Start to listen; only for the program that has claimed the profile. Where that fails, it works without."""
        with suppress(OSError):
            self._server = await asyncio.start_server(self._serve, HOST, 0, limit=LONGEST)
            port = int(self._server.sockets[0].getsockname()[1])
            self.note = Note.new(port, self.note.program)
            await asyncio.to_thread(self.note.write, self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guest = _Guest(self, reader, writer)
        if len(self._guests) >= _MOST_GUESTS:
            writer.close()
            return
        self._guests.add(guest)
        try:
            await guest.live()
        finally:
            self._guests.discard(guest)

    async def close(self) -> None:
        """Stop listening, let go of all guests, and remove the note if it is still this program's."""
        if self._server is not None:
            self._server.close()
        for guest in tuple(self._guests):
            guest.leave()
        await self.supervisor.close()
        if self._server is not None:
            await asyncio.to_thread(self._remove_note)

    def _remove_note(self) -> None:
        if (found := Note.read(self._path)) is not None and found.secret == self.note.secret:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


class _Guest:
    """A second program, from its proof until it leaves."""

    def __init__(self, owner: Owner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._owner = owner
        self._reader = reader
        self._writer = writer
        self._watched: set[str] | None = set()  # None: all jobs
        self._outbox: dict[object, Json] = {}  # by what a later message of the same kind replaces
        self._ready = asyncio.Event()
        self._requests: set[asyncio.Task[Any]] = set()
        self._writes: set[asyncio.Task[Any]] = set()

    async def live(self) -> None:
        forget: Callable[[], None] = lambda: None  # noqa: E731 - until there is one
        sender: asyncio.Task[Any] | None = None
        try:
            async with asyncio.timeout(SOON_S):
                if not await self._greet():
                    return
            forget = self._owner.events.subscribe(self._heard)
            sender = self._owner.supervisor.spawn("news for a second program", self._send())
            self._spawn(self._tell_pauses())
            while line := await self._reader.readline():
                self._begin(decoded(line))
        except (OSError, ValueError, EOFError, TimeoutError, WireError):
            pass  # it has left, or is no program of ours
        finally:
            forget()
            for task in tuple(self._requests):
                task.cancel()
            # What is being written is written to its end: the other side takes the end of the line for that.
            if self._writes:
                await asyncio.wait(self._writes)
            if sender is not None:
                sender.cancel()
            self._writer.close()

    def leave(self) -> None:
        """Let go of it: this program ends."""
        self._writer.close()

    async def _greet(self) -> bool:
        """Exchange proofs; return whether the other side has read the note."""
        note, nonce = self._owner.note, new_nonce()
        self._writer.write(encoded({"topazdesk": __version__, "protocol": PROTOCOL, "nonce": nonce}))
        said = decoded(await self._reader.readline())
        if not note.is_proven("guest", nonce, said.get("proof")) or not isinstance(said.get("nonce"), str):
            return False
        hello = {"proof": note.proof("owner", said["nonce"]), "submits": self._owner.submits}
        self._writer.write(encoded({**hello, "program": note.program, "pid": note.pid}))
        await self._writer.drain()
        return True

    # -- requests ------------------------------------------------------------------------------------------------------

    def _begin(self, message: Json) -> None:
        number = message.get("id")
        if type(number) is not int or len(self._requests) > _MOST_REQUESTS:
            raise ValueError("no request, or too many of them")
        self._spawn(self._answer(number, message))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._owner.supervisor.spawn("request of a second program", work)
        if task is not None:
            self._requests.add(task)
            task.add_done_callback(self._requests.discard)

    async def _answer(self, number: int, message: Json) -> None:
        try:
            self._put(("answer", number), {"id": number, "ok": await self._do(str(message.get("do")), message)})
        except WireError as error:
            failed = UseError(
                "The running topazdesk does not understand this", details=str(error), code=Code.USE_OPTIONS
            )
            self._put(("answer", number), {"id": number, "error": error_to_json(failed)})
        except Exception as error:  # noqa: BLE001 told to the one who asked, a bug with its traceback
            self._put(("answer", number), {"id": number, "error": error_to_json(as_shown(error))})

    async def _do(self, what: str, message: Json) -> Any:
        engine = self._owner.engine
        match what:
            case "show":
                if self._owner.show is None:
                    return False
                self._owner.show([Path(word) for word in _words(message, "paths")])
                return True
            case "follow":
                return await self._follow(message)
            case "admit":
                return await self._admit(message)
            case "take_up":
                jobs = await self._whole(engine.take_up(_words(message, "jobs")))
                self._watch(jobs)
                return [job.id for job in jobs]
            case "cancel":
                await self._whole(engine.cancel(_word(message, "job")))
            case "cancel_price":
                return list(await engine.cancel_price(_word(message, "job")))
            case "retry":
                return await self._retry(message)
            case "resolve":
                await self._check_account(message)
                await self._whole(engine.resolve(_word(message, "job"), message.get("resend") is True))
            case "fetch":
                return await self._fetch(message)
            case "settings":
                await self._whole(self._owner.change_settings(_changes(message)))
            case "pause":
                await self._whole(engine.pause())
            case "resume":
                await self._whole(engine.resume())
            case "mended":
                account = _account(_word(message, "account"))
                await self._whole(self._owner.account_changed(account, message.get("used") is True))
            case "reorder":
                await self._whole(engine.reorder(_words(message, "jobs")))
            case "move":
                await self._whole(engine.move(_word(message, "job"), up=message.get("up") is True))
            case "idle":
                wanted = None if message.get("jobs") is None else _words(message, "jobs")
                await engine.idle(wanted, for_hours=message.get("for_hours") is not False)
            case _:
                raise WireError(f"no such request: {what[:100]}")
        return None

    async def _follow(self, message: Json) -> None:
        """Tell of these jobs from now on, of all that are not over where none are named, and how each stands."""
        if message.get("jobs") is None:
            self._watched = None
            self._watch(self._owner.engine.unfinished())
        else:
            self._watch([await self._owner.engine.recall(job_id) for job_id in _words(message, "jobs")])

    async def _admit(self, message: Json) -> Json:
        await self._check_account(message)
        budget = message.get("budget")
        if budget is not None and (type(budget) is not int or budget < 0):
            raise WireError("no budget")
        run_id = _word(message, "run")
        if len(run_id) != 32 or not run_id.isalnum():
            raise WireError("no name of a run")
        limits = limits_from_json(message.get("limits"))
        hours = hours_from_json(message.get("hours"))
        drafts, refused = await drafts_from_json(message, self._owner.catalogue)
        account_id = message.get("account")
        if not is_account_id(account_id):
            raise WireError("no account")
        places = list(drafts)
        again = message.get("again") is True
        found = await self._whole(
            self._owner.engine.admit(
                list(drafts.values()),
                again=again,
                run_budget=budget,
                run_id=run_id,
                limits=limits,
                hours=hours,
                account_id=str(account_id),
            )
        )
        before = {places[number]: job for number, job in found.before.items()}
        self._watch((*found.jobs, *before.values()))
        return {
            "jobs": [job.id for job in found.jobs],
            "before": {str(number): job.id for number, job in before.items()},
            "refused": {str(number): error_to_json(error) for number, error in refused.items()},
        }

    async def _fetch(self, message: Json) -> list[str]:
        """Fetch those of the named results that this program finds at the service, too, and does not know."""
        await self._check_account(message)
        folder = Path(_word(message, "folder"))
        account = _account(_word(message, "account"))
        if not folder.is_absolute() or "\0" in str(folder):
            raise WireError("no folder")
        wanted, engine = set(_words(message, "processes")), self._owner.engine
        found = [remote for remote in await engine.recover(account) if remote.remote_id in wanted]
        jobs = await self._whole(engine.fetch(account, found, folder))
        self._watch(jobs)
        return [job.id for job in jobs]

    async def _retry(self, message: Json) -> str:
        await self._check_account(message)
        job = await self._whole(self._owner.engine.retry(_word(message, "job")))
        self._watch([job])
        return job.id

    async def _check_account(self, message: Json) -> None:
        """Raise AccountError where the other side means another account: its user saw that one's price and credits."""
        accounts = message.get("accounts")
        if not isinstance(accounts, dict):
            raise WireError("no accounts")
        for word, mark in accounts.items():
            account = _account(word)
            if self._owner.note.account(*await self._owner.services.credentials(account)) != mark:
                name = account.service.label
                raise AccountError(
                    say("The topazdesk that is running uses another {name} account or address", name=name),
                    "Nothing was sent. Wait until it has ended, or close it; then start this command again.",
                    code=Code.ACCOUNT_OTHER,
                )

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what changes jobs to its end, even if the one who asked leaves in between: half of it would be worse."""
        done: list[T] = []
        failed: list[Exception] = []

        async def run() -> None:
            try:
                done.append(await work)
            except Exception as error:  # noqa: BLE001 raised where it was asked for
                failed.append(error)

        task = self._owner.supervisor.spawn("wish of a second program", run())
        if task is None:
            raise UseError("This topazdesk is ending", "Start the command again.", code=Code.USE_STOPPED)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        await asyncio.shield(task)
        if failed:
            raise failed[0]
        return done[0]

    # -- news ----------------------------------------------------------------------------------------------------------

    def _watch(self, jobs: Collection[Job]) -> None:
        """Tell of these jobs from now on, and how they stand, which may be another way than when they were found."""
        for found in jobs:
            job = self._owner.engine.get(found.id) or found
            if self._watched is not None:
                self._watched.add(job.id)
            self._put(("job", job.id), {"event": "job", "job": job_to_json(job)})

    def _heard(self, event: Event) -> None:
        watched = self._watched
        match event:
            case JobAdded(job) | JobChanged(job) if watched is None or job.id in watched:
                self._put(("job", job.id), {"event": "job", "job": job_to_json(job)})
            case JobProgress(job_id, percent, done, total) if watched is None or job_id in watched:
                news = {"event": "progress", "job": job_id, "percent": percent, "done": done, "total": total}
                self._put(("progress", job_id), news)
            case QueuePaused(paused, reason):
                why = None if reason is None else error_to_json(reason)
                self._put("paused", {"event": "paused", "paused": paused, "reason": why})
            case AccountChanged(account, is_used):
                news = {"event": "account", "account": str(account), "used": is_used}
                self._put(("account", account, is_used), news)
            case EngineError(error):
                self._put(("error", error.code), {"event": "error", "error": error_to_json(error)})
            case _:
                pass

    async def _tell_pauses(self) -> None:
        while True:
            found = [pause_to_json(pause) for pause in self._owner.engine.pauses()]
            self._put("pauses", {"event": "pauses", "pauses": found})
            await asyncio.sleep(_LOOK_S)

    def _put(self, key: object, message: Json) -> None:
        """Send a message soon. One that is not sent yet gives way to a newer one about the same.

        So a reader who has stopped costs this program no more than one message for each job.
        """
        self._outbox.pop(key, None)
        self._outbox[key] = message
        self._ready.set()

    async def _send(self) -> None:
        with suppress(OSError):
            while True:
                await self._ready.wait()
                self._ready.clear()
                while self._outbox:
                    key = next(iter(self._outbox))
                    self._writer.write(encoded(self._outbox.pop(key)))
                    await self._writer.drain()


def _account(word: str) -> Account:
    try:
        return Account.parse(word)
    except ValueError:
        raise WireError("no account") from None


def _word(message: Json, name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not value or len(value) > 10_000:
        raise WireError(f"no {name}")
    return value


def _words(message: Json, name: str) -> list[str]:
    values = message.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise WireError(f"no {name}")
    return values


def _changes(message: Json) -> Json:
    """Return changed settings by name. Raises WireError for any that there are not, or of another type."""
    changes, known = message.get("changes"), Settings()
    if not isinstance(changes, dict) or not changes:
        raise WireError("no changes")
    for name, value in changes.items():
        if type(value) not in (int, float, str, bool) or type(getattr(known, name, None)) is not type(value):
            raise WireError(f"no such setting: {name[:100]}")
    return changes
