"""`topazdesk watch`: a folder whose new pictures are enhanced as they come, by the same steps as `enhance`."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from topazdesk.app.app_context import AppContext
from topazdesk.app.presets import Preset
from topazdesk.app.recipe_words import read_budget
from topazdesk.app.watched_folder import WatchedFolder, WatchLock, move_done
from topazdesk.cli.after_run import AfterRunStep
from topazdesk.cli.before_sending import tell_leaving, tell_reservations
from topazdesk.cli.live import drawn
from topazdesk.cli.money import budget_option
from topazdesk.cli.options import (
    AccountOption,
    AfterOption,
    CountdownOption,
    JsonOption,
    ModelsOption,
    PresetOption,
    ProfileOption,
    QuietOption,
    SavingOptions,
    ServiceOption,
    SetOption,
    SizeOptions,
    SpeedOption,
    YesOption,
    at_speed,
    read_recipes,
)
from topazdesk.cli.output import EventPrinter, results_text, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.paying import check_money, tell_unsent
from topazdesk.cli.picture_run import Had, PictureRun, ReadRecipes
from topazdesk.cli.run import RunReport
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.cli.waiting import last_answers, until_idle
from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.mirrored import Mirror
from topazdesk.domain.money import amount_text
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Bill
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.spending_limit import LimitSpan, SpendingLimit
from topazdesk.engine.events import Event, JobChanged
from topazdesk.engine.originals import OriginalState, original_state
from topazdesk.errors import (
    AccountError,
    BudgetError,
    Code,
    ComputerError,
    ExitCode,
    ServiceError,
    TopazdeskError,
    UseError,
)
from topazdesk.language import nsay, say

#: Pictures that are taken up at a time: a folder of thousands is not priced in one go.
_AT_ONCE = 200
#: Seconds between two looks: while a file is being written, and otherwise, for drives that tell of no changes.
_SOON_S, _LATER_S = 0.5, 20.0
#: Seconds until it is tried again after the account refused, or a limit was reached.
_HELD_S = 60.0
#: So often what the limits leave is worked out again where somebody else uses it up meanwhile.
_TRIES = 3


class _Batch(PictureRun):
    """Some pictures of the watched folder, as a run of `enhance` that nobody named singly: results are left out."""

    def __init__(self, watch: _Watch, paths: list[Path]) -> None:
        super().__init__(watch.output, paths, watch.service, watch.read, watch.preset, None, watch.yes)
        self._named = set()
        self._mirror = Mirror([watch.folder.folder])
        self._limits = watch.limits

    @property
    def codes(self) -> list[str]:
        """The codes of what was refused."""
        return self._codes

    async def start(
        self, context: AppContext, report: RunReport, drafts: Sequence[Draft], free: Sequence[Had] = ()
    ) -> None:
        """Start what is agreed to, and what is made from results that are there; see `enhance`."""
        await self._start(context, report, drafts, uuid.uuid4().hex, free)

    async def drafts(self, context: AppContext) -> tuple[list[Draft], list[Had]]:
        """Return what is to be paid, and that of which there is a job already."""
        drafts, before = await self._wanted(context)
        ready = [each.draft for each in await self._ready(context, drafts, or_raise=False)]
        return ready, before


class _Watch:
    """One watched folder, from the command to its end."""

    def __init__(
        self,
        output: EventPrinter,
        folder: WatchedFolder,
        done_folder: Path | None,
        service: ServiceName | None,
        read: ReadRecipes,
        preset: str | None,
        limits: tuple[str | None, str | None],
        *,
        yes: bool,
        once: bool,
        after: AfterRunStep,
        account: str | None = None,
    ) -> None:
        self.output = output
        self.folder = folder
        self.service = service
        self.read = read
        self.preset = preset
        self.yes = yes
        self._done_folder = done_folder
        self._limits_text = limits
        self.limits: tuple[SpendingLimit, ...] = ()
        self._once = once
        self._after = after
        self._account = account
        self._report: RunReport | None = None
        self._codes: list[str] = []
        self._skipped = 0
        self._ended: list[ImageInfo] = []
        self._moved: set[str] = set()
        self._places: dict[tuple[Path, str], Path] = {}  # of moved pictures, by old path and digest
        self._is_away = False
        self._held_until = 0.0
        self._held_why = ""
        self._changed = asyncio.Event()

    async def run(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        """Watch until Ctrl-C, or with `--once` until all that is there is done. Return the exit code."""
        await self._after.check()
        return await self._after.carry_out(await self._watch(profile, sandbox_speed))

    async def _watch(self, profile: Path | None, sandbox_speed: float | None) -> ExitCode:
        lock = WatchLock(self.folder.folder)
        await asyncio.to_thread(lock.take)
        listener = asyncio.create_task(self._listen(), name="changes of the watched folder")
        try:
            while True:
                context = await AppContext.open(
                    profile, exclusive=False, change=at_speed(sandbox_speed), account=(self.service, self._account)
                )
                try:
                    code = await self._with(context)
                    if code is not None:
                        return code
                finally:
                    await context.close()
        finally:
            listener.cancel()
            lock.release()

    async def _with(self, context: AppContext) -> ExitCode | None:
        """Work until the end, or until another program that did the work has ended: then return None."""
        service = self.service or context.settings.service_name
        report = self._report
        if report is None:
            report = self._report = RunReport(self.output, set(), service.unit, context.settings_report_of)
            named = zip((LimitSpan.HOUR, LimitSpan.DAY), self._limits_text, strict=True)
            read = ((span, read_budget(text, service.unit, f"--per-{span.value}")) for span, text in named)
            self.limits = tuple(SpendingLimit(span, most) for span, most in read if most is not None)
            self._check_agreed(service)
            self._tell_start(service)
            await tell_unsent(context, self.output)
        context.events.subscribe(report)
        context.events.subscribe(self._heard)
        try:
            await context.begin()
            report.watch([await context.engine.recall(job_id) for job_id in sorted(report.unfinished)])
            while context.lost_owner is None:
                async with drawn(self.output, report):
                    is_over = await self._steps(context, report, service)
                if is_over:
                    await until_idle(context, self.output, jobs=report.watched, view=report)
                    await self._tidy(report)
                    await report.see_originals(self._places)
                    return await self._after.close_run(
                        context,
                        lambda: report.jobs,
                        lambda: report.finish(self._codes, self._skipped, nothing=say("No new pictures")),
                    )
        except ComputerError as error:
            if error.code != Code.COMPUTER_OWNER_GONE:
                raise
        except asyncio.CancelledError:
            await last_answers(context, self.output)
            await self._tidy(report)
            return report.stopped(self._codes, self._skipped, goes_on=context.is_joined)
        return None

    def _heard(self, event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.state.is_final:
            self._changed.set()

    def _check_agreed(self, service: ServiceName) -> None:
        if service.traits.is_free or self.yes or self.limits:
            return
        way = budget_option(100, service.unit).replace("--budget", "--per-day")
        raise UseError(
            "Nobody agreed to what this may cost",
            say(
                "Nothing was sent. Set the most it may cost with --per-hour or --per-day, for example {way}, or "
                "agree to any price with --yes.",
                way=way,
            ),
            code=Code.USE_NOT_AGREED,
        )

    def _tell_start(self, service: ServiceName) -> None:
        unit = service.unit
        most = [
            say("at most {amount:text} {limit:text}", amount=amount_text(limit.amount, unit), limit=limit.text)
            for limit in self.limits
        ]
        amounts = {limit.span: limit.amount for limit in self.limits}
        hour, day = amounts.get(LimitSpan.HOUR), amounts.get(LimitSpan.DAY)
        text = say(
            "Watching {folder}: new pictures go to {service}", folder=shown(self.folder.folder), service=service.label
        )
        text = ", ".join([text, *most])
        if not self._once:
            text = f"{text}. {say('Ctrl-C ends it.')}"
        self.output.event("watching", text, path=self.folder.folder, per_hour=hour, per_day=day)

    # -- one look ------------------------------------------------------------------------------------------------------

    async def _steps(self, context: AppContext, report: RunReport, service: ServiceName) -> bool:
        """Look again and again; return True when `--once` has nothing left to take up, False when the owner is lost."""
        while context.lost_owner is None:
            if await self._step(context, report, service):
                return True
        return False

    async def _step(self, context: AppContext, report: RunReport, service: ServiceName) -> bool:
        """Take up what is new and whole, move what is done; return True when `--once` has nothing left to take up."""
        self._changed.clear()
        ready = await self._look()
        held = time.monotonic() < self._held_until
        taken = 0
        if ready and not held:
            taken = await self._take_up(context, report, service, ready[:_AT_ONCE])
        await self._tidy(report)
        is_quiet = not self._is_away and not self.folder.waits
        if self._once and is_quiet and not taken and (not ready or time.monotonic() < self._held_until):
            return True
        if self._once and self._is_away:
            raise UseError(
                "The watched folder cannot be read",
                "Is its drive there? Connect it, then start the command again.",
                code=Code.USE_WATCHED_FOLDER,
            )
        if not taken:
            is_soon = self.folder.waits or self._is_away or (bool(ready) and not held)
            await self._sleep(_SOON_S if is_soon else _LATER_S, context)
        return False

    async def _sleep(self, seconds: float, context: AppContext) -> None:
        """Wait for a change in the folder, `seconds` at most, and no longer than somebody else does the work."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and context.lost_owner is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _SOON_S)):
                    await self._changed.wait()
                    return

    async def _look(self) -> list[Path]:
        try:
            ready = await asyncio.to_thread(self.folder.look)
        except OSError as error:
            if not self._is_away:
                self._is_away = True
                text = say(
                    "{folder} cannot be read: {why}. It is looked for again.",
                    folder=shown(self.folder.folder),
                    why=error.strerror,
                )
                self.output.event("folder_gone", text, path=self.folder.folder, to_stderr=True)
            return []
        if self._is_away:
            self._is_away = False
            self.output.event(
                "folder_back", say("{folder} is there again", folder=shown(self.folder.folder)), path=self.folder.folder
            )
        return ready

    async def _take_up(self, context: AppContext, report: RunReport, service: ServiceName, ready: list[Path]) -> int:
        """Start jobs for pictures that are whole; return how many were dealt with. What a limit holds back stays."""
        places = {job.target for job in context.engine.unfinished() if job.target is not None}
        ready = [path for path in ready if path not in places]
        if not ready:
            return 0
        batch = _Batch(self, ready)
        try:
            drafts, before = await batch.drafts(context)
            drafts = await self._without_failed(context, drafts)
            lacking = [each for each in before if each.lacks]
            if lacking:
                await batch.start(context, report, (), lacking)
            held = await self._pay_within(context, report, service, batch, drafts)
        except UseError as error:
            if error.code != Code.USE_NO_PICTURES:
                raise
            held, before = [], []
        except (AccountError, ServiceError) as error:  # no connection is no end: it is tried again
            self._hold(error)
            return 0
        report.watch(
            await context.engine.take_up(
                [job.id for _, job, lacks in before if not lacks and job.state is not JobState.DONE]
            )
        )
        for each, job, lacks in before:
            if job.state is JobState.DONE:
                if lacks:
                    pass  # it was reported with what was made of it
                elif job.picture == each.info.path:
                    report.count_before(job)
                else:  # a copy: its result is elsewhere, and nobody would look for it there
                    report.before(each.info, job)
                self._ended.append(each.info)
        self._codes += batch.codes
        if not held:
            self._held_why = ""  # what holds it the next time is said again
        waiting = {Path(draft.info.path) for draft in held}
        for path in ready:
            if path not in waiting:
                self.folder.take(path)
        return len(ready) - len(waiting)

    async def _pay_within(
        self, context: AppContext, report: RunReport, service: ServiceName, batch: _Batch, drafts: list[Draft]
    ) -> list[Draft]:
        """Start what the limits leave room for; return the others. Raises BudgetError where others use the room up."""
        for left in reversed(range(_TRIES)):
            wanted, held = await self._within_limits(context, service, drafts)
            try:
                if wanted:
                    await self._pay(context, report, service, batch, wanted)
            except BudgetError as error:  # somebody else has started something since the books were read
                if error.code != Code.BUDGET_LIMIT or not left:
                    raise
            else:
                return held
        return drafts

    async def _pay(
        self, context: AppContext, report: RunReport, service: ServiceName, batch: _Batch, drafts: list[Draft]
    ) -> None:
        tell_reservations(self.output, drafts)
        tell_leaving(self.output, drafts, context.settings)
        counts = {"pictures": len({draft.info.key for draft in drafts}), "results": len(drafts)}
        bill = Bill.of((draft.estimate for draft in drafts), service.unit)
        agreed = self.yes or bool(self.limits)
        await check_money(
            context, self.output, service, bill, results_text(**counts), budget=None, yes=agreed, **counts
        )
        await batch.start(context, report, drafts)

    async def _without_failed(self, context: AppContext, drafts: list[Draft]) -> list[Draft]:
        """Return the drafts without those that failed or were cancelled before: no timer pays for them each night."""
        last: dict[tuple[Path, str], Job] = {}
        for job in await context.engine.jobs_on({Path(draft.info.path) for draft in drafts}):
            last.setdefault((job.picture, job.recipe.digest), job)  # the newest first
        found: list[Draft] = []
        for draft in drafts:
            path = Path(draft.info.path)
            was = last.get((path, draft.recipe.digest))
            facts = draft.info.bytes_on_disk, draft.info.mtime_ns
            has_ended = was is not None and (was.state.has_failed or was.state is JobState.CANCELLED)
            if was is None or not has_ended or facts != (was.source_bytes, was.source_mtime_ns):
                found.append(draft)
                continue
            why = was.trouble.title if was.trouble is not None else was.state.traits.word
            text = (
                say("{path}: left out, it ended so before: {why:text}", path=shown(path), why=why)
                + f"\n  topazdesk jobs retry {was.id[:8]}"
            )
            self.output.event("failed_before", text, to_stderr=True, path=path, job=was.id, title=why)
        return found

    async def _within_limits(
        self, context: AppContext, service: ServiceName, drafts: list[Draft]
    ) -> tuple[list[Draft], list[Draft]]:
        """Return the drafts that the limits leave room for, and the others; all results of a picture or none."""
        left = await context.engine.room(self.limits, service.unit, is_play=service.traits.is_free)
        if left is None:
            return drafts, []
        unknown = {draft.info.path for draft in drafts if not draft.estimate.is_known}
        for path in sorted(unknown):
            error = BudgetError(
                "A limit cannot be kept where the price is not known",
                "No price is published for this size. Choose a smaller one, or leave the limit out. Nothing was sent.",
                code=Code.BUDGET_RUN,
            )
            self.output.error(error, path)
            self._codes.append(error.code)
        drafts = [draft for draft in drafts if draft.info.path not in unknown]
        for draft in drafts:
            if draft.estimate.credits > left:
                cut = next(number for number, each in enumerate(drafts) if each.info.path == draft.info.path)
                title = say("The limit of the watched folder is reached")
                hint = nsay(
                    "1 picture waits in it; left for now: {room:text}.",
                    "{n} pictures wait in it; left for now: {room:text}.",
                    len({each.info.key for each in drafts[cut:]}),
                    room=amount_text(max(0, left), service.unit),
                )
                self._hold(BudgetError(title, hint, code=Code.BUDGET_LIMIT))
                return drafts[:cut], drafts[cut:]
            left -= draft.estimate.credits
        return drafts, []

    def _hold(self, error: TopazdeskError) -> None:
        """Take nothing up for a while, and say why, once."""
        self._held_until = time.monotonic() + _HELD_S
        if self._held_why != error.title:
            self._held_why = error.title
            self.output.error(error)
        if self._once:
            self._codes.append(error.code)

    # -- what is done --------------------------------------------------------------------------------------------------

    async def _tidy(self, report: RunReport) -> None:
        """Move the pictures that are done, all their results included, if that is wished."""
        if self._done_folder is None:
            self._ended.clear()
            return
        by_picture: dict[Path, list[Job]] = {}
        for job in report.jobs:
            by_picture.setdefault(job.picture, []).append(job)
        for path, jobs in by_picture.items():
            if not all(job.state is JobState.DONE for job in jobs) or {job.id for job in jobs} <= self._moved:
                continue
            self._moved.update(job.id for job in jobs)
            # A file that was replaced meanwhile has older jobs, too, which were about another picture of its name.
            now = await asyncio.to_thread(_as_sent, jobs)
            if now and (place := await self._move(path)) is not None:
                self._places |= {(job.source, job.source_digest): place for job in now if job.source == path}
        ended, self._ended = self._ended, []
        for info in ended:
            if await asyncio.to_thread(_is_still, info):  # else another picture came under its name meanwhile
                await self._move(info.path)

    async def _move(self, path: Path) -> Path | None:
        """Move a picture; return its new path, None where it stays."""
        assert self._done_folder is not None  # noqa: S101 - asked before
        if not path.is_relative_to(self.folder.folder):
            return None
        try:
            place = await asyncio.to_thread(move_done, path, self.folder.folder, self._done_folder)
        except FileNotFoundError:
            return None  # moved before, or taken away
        except OSError as error:
            text = say("{path} could not be moved: {why}. Its result is there.", path=shown(path), why=error.strerror)
            self.output.event("not_moved", text, to_stderr=True, path=path)
            return None
        self.output.event("moved", "", path=path, to=place)
        return place

    async def _listen(self) -> None:
        """Ring at each change, for as long as the system tells of them; `_step` also looks by itself."""
        from watchfiles import awatch

        while True:
            with suppress(Exception):  # a drive that is gone, no more watches: looking goes on without
                async for _ in awatch(self.folder.folder, step=200):
                    self._changed.set()
            await asyncio.sleep(_LATER_S)


def _as_sent(jobs: Iterable[Job]) -> list[Job]:
    """Return those of the jobs whose original is still what was sent. Blocking."""
    return [job for job in jobs if original_state(job) is OriginalState.UNCHANGED]


def _is_still(info: ImageInfo) -> bool:
    try:
        state = info.path.stat()
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (info.bytes_on_disk, info.mtime_ns)


def watch(
    folder: Annotated[Path, Argument(metavar="DIR", help="The folder, with all below it.", parser=path_of_word)],
    *,
    model: ModelsOption = [],  # noqa: B006 - the default is read once and never changes it
    preset: PresetOption = None,
    service: ServiceOption = None,
    account: AccountOption = None,
    settings: SetOption = [],  # noqa: B006 - as above
    sizes: SizeOptions,
    saving: SavingOptions,
    done_dir: Annotated[
        Path | None,
        Option("--done-dir", metavar="DIR", help="Move each picture there once it is done. Default: leave it."),
    ] = None,
    per_hour: Annotated[
        str | None, Option("--per-hour", metavar="AMOUNT", help="Most that any 60 minutes may cost in this profile.")
    ] = None,
    per_day: Annotated[
        str | None, Option("--per-day", metavar="AMOUNT", help="Most that a day may cost in this profile.")
    ] = None,
    still: Annotated[
        float,
        Option("--still", min=0.0, max=3600.0, help="Seconds for which a file must stand still to be whole."),
    ] = 5.0,
    once: Annotated[
        bool, Option("--once", help="Do what is there, then end: for cron and the task scheduler.")
    ] = False,
    after: AfterOption = AfterRun.NOTHING,
    countdown: CountdownOption = COUNTDOWN_S,
    yes: YesOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    sandbox_speed: SpeedOption = None,
) -> ExitCode:
    """Enhance the pictures that come into a folder, each once it is completely written, until Ctrl-C."""

    def read(catalogue: Catalogue, chosen: ServiceName, found: Preset | None) -> list[tuple[Model, Recipe]]:
        return read_recipes(catalogue, chosen, model, settings, sizes, preset=found, saving=saving)

    if after is not AfterRun.NOTHING and not once:
        raise UseError(
            "--after needs --once",
            "Without it a watched folder has no end after which the computer could do anything.",
            code=Code.USE_OPTIONS,
        )
    place = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - a link keeps its name
    done = None if done_dir is None else Path(os.path.abspath(done_dir.expanduser()))  # noqa: PTH100
    _check_folders(place, done)
    results = None if saving.out is None else Path(os.path.abspath(saving.out.expanduser()))  # noqa: PTH100
    but = [each for each in (done, results) if each is not None and each != place]
    # A link into the watched folder, too: what was moved there would be found there and moved again, without an end.
    but += [place / _real(each).relative_to(_real(place)) for each in but if _is_below(each, place)]
    printer = EventPrinter(as_json, is_quiet=quiet)

    async def run() -> ExitCode:
        found = WatchedFolder(place, still, but=but)
        step = AfterRunStep(printer, after, countdown)
        limits = (per_hour, per_day)
        work = _Watch(
            printer, found, done, service, read, preset, limits, yes=yes, once=once, after=step, account=account
        )
        return await work.run(profile, sandbox_speed)

    return run_stoppable(run())


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_below(path: Path, folder: Path) -> bool:
    return _real(path) != _real(folder) and _real(path).is_relative_to(_real(folder))


def _check_folders(folder: Path, done: Path | None) -> None:
    """Raise UseError where they cannot be used so."""
    if not folder.is_dir():
        hint = say("Make it first, or name another one: topazdesk watch DIR")
        raise UseError("There is no such folder to watch", hint, details=str(folder), code=Code.USE_WATCHED_FOLDER)
    if done is None:
        return
    if _real(folder).is_relative_to(_real(done)):
        raise UseError(
            "--done-dir must be another folder", "It may be below the watched one.", code=Code.USE_WATCHED_FOLDER
        )
    there = next(each for each in (done, *done.parents) if each.exists())
    if there.stat().st_dev != folder.stat().st_dev:
        raise UseError(
            "--done-dir is on another drive",
            "Pictures are moved without copying them: choose a folder on the drive of the watched one.",
            code=Code.USE_WATCHED_FOLDER,
        )
