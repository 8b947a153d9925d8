"""The report of a run: prints what the engine does and sums it up. Shared by all commands that run jobs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from topazdesk.cli.copies import (
    copies_fields,
    copies_remarks,
    copies_text,
    count_of,
    count_text,
    missing_fields,
    missing_of,
    missing_text,
    result_in,
)
from topazdesk.cli.doubts import doubt_text
from topazdesk.cli.exit import code_of_run
from topazdesk.cli.live import can_draw, duration_text
from topazdesk.cli.moments import moment_text
from topazdesk.cli.money import money_fields, plain
from topazdesk.cli.output import EventPrinter, page_fields, results_text, shown, shown_page
from topazdesk.cli.reasons import Reason, grouped_reasons
from topazdesk.cli.waiting import next_try_text
from topazdesk.cli.wording import in_commands
from topazdesk.domain.alterations import Alteration
from topazdesk.domain.charges import Sum, sums
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState, openings
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.settings_report import NO_ECHO, SettingsReport
from topazdesk.engine.attention import is_undecided
from topazdesk.engine.events import EngineError, Event, JobChanged, JobProgress, LineChanged, QueuePaused
from topazdesk.engine.originals import Witness, witness
from topazdesk.engine.result_paths import SKIPPED
from topazdesk.errors import Code, ExitCode, told
from topazdesk.language import nsay, say

#: So many folders of results are named.
_NAMED = 3


class RunReport:
    """Listens to the engine for the jobs in `watched` (all jobs when None), prints lines and keeps counts."""

    def __init__(
        self,
        output: EventPrinter,
        watched: set[str] | None,
        unit: Unit = Unit.CREDIT,
        echo_of: Callable[[Job], SettingsReport] = lambda _job: NO_ECHO,
        model_name: Callable[[Job], str] = lambda job: job.recipe.model,
    ) -> None:
        self._model_name = model_name
        self._echo_of = echo_of
        self._output = output
        self._watched = watched
        self._unit = unit
        self._jobs: dict[str, Job] = {}
        self._percents: dict[str, float | None] = {}
        self._waits_told: set[str] = set()
        self._remarks_told: set[str] = set()
        self._is_drawn = can_draw(output)
        self._began = time.monotonic()
        self._seconds: float | None = None  # of a run that was; else it is timed
        self._before: list[Job] = []
        self._made_now = self._missing_now = 0  # copies of results that were there before
        self._likes: Counter[tuple[PictureKey, str]] = Counter()  # how many results a model makes of a picture
        self._is_paused = False
        self._is_elsewhere = False
        self._is_cut_short = False  # the program that did the work has ended
        self.account_troubles: list[str] = []
        self._witness = Witness()
        #: What is changed of each picture before it is sent.
        self.changes: dict[PictureKey, tuple[Alteration, ...]] = {}

    @property
    def jobs(self) -> list[Job]:
        """The jobs of the run as they stand, those that were done before included."""
        return [*self._jobs.values(), *self._before]

    @property
    def unfinished(self) -> frozenset[str]:
        """The ids of those that were not over when they were last heard of."""
        return frozenset(job.id for job in self._jobs.values() if not job.state.is_final)

    @property
    def watched(self) -> frozenset[str]:
        """The ids of the jobs that are reported."""
        return frozenset(self._jobs)

    def jobs_now(self) -> Sequence[Job]:
        """Return the jobs of the run as they stand at the moment."""
        return list(self._jobs.values())

    def percent_of(self, job: Job) -> float | None:
        """Return how far the job's present step is; None if the step does not tell."""
        if job.state is JobState.RUNNING:
            return job.percent if job.recipe.service.traits.tells_progress else None
        return self._percents.get(job.id) if job.state.traits.has_percent else None

    def watch(self, jobs: Iterable[Job]) -> None:
        """Add jobs to the report."""
        EventPrinter.has_run_jobs = True
        for job in jobs:
            if self._watched is not None:
                self._watched.add(job.id)
            if job.id not in self._jobs:
                self._likes[job.key, job.recipe.model] += 1
            self._jobs[job.id] = job

    def recall(self, jobs: Sequence[Job]) -> None:
        """Take the jobs of a run that was, to sum it up: its time is that from its start to its last change.

        It is unknown, and not told, where the clock was set back meanwhile.
        """
        self._jobs = {job.id: job for job in jobs}
        ended, began = (job.changed_at for job in jobs), (job.created_at for job in jobs)
        self._seconds = max(0.0, max(ended, default=0.0) - min(began, default=0.0))

    def follow(self, jobs: Iterable[Job]) -> None:
        """Add jobs of earlier runs, and say where each new one stands, because it may stay there for long."""
        new = [job for job in jobs if job.id not in self._jobs]
        self.watch(new)
        for job in new:
            self._changed(job, is_news=True)

    def count_before(self, job: Job) -> None:
        """Count a picture that was done before, without a line of its own: a watched folder is full of them."""
        self._before.append(job)

    def before(
        self, info: ImageInfo, job: Job, wanted: CopyForm | None = None, lacked: Collection[CopyForm] = ()
    ) -> None:
        """Report a picture that has a job with this recipe already.

        A finished job is reported as done; one that is not finished is followed with the others. `wanted` is the form
        that was asked for; `lacked` are those that were to be made from its result now.
        """
        page = info.page if info.is_page_chosen else None
        name = shown_page(info.path, page)
        common: dict[str, Any] = {"path": info.path, **page_fields(page), "job": job.id, "model": job.recipe.model}
        common["stage"] = job.state.value
        if job.state is not JobState.DONE:
            text = f"{name}: {started_text(job)}"
            self._output.event("progress", text, **common, before=True)
            return
        self._before.append(job)
        made = {copy.form for copy in job.copies if not copy.is_labelled}.intersection(lacked)
        self._made_now += len(made)
        self._missing_now += len(set(lacked) - made)
        result = job.result if wanted is None else result_in(job, wanted)
        size = job.result_size or job.target_size
        self._output.event(
            "done",
            f"{name} → {shown(result) if result else ''}  "
            + say("done before, nothing is paid (--again makes it anew)")
            + copies_text(job, made)
            + copies_remarks(job, lacked),
            **common,
            before=True,
            result=result,
            copies=copies_fields(job),
            width=size.width,
            height=size.height,
            **money_fields(0, job.recipe.service.unit),
        )

    def __call__(self, event: Event) -> None:
        """Handle an event of the engine, as its listener."""
        match event:
            case JobChanged(job) if self._watched is None or job.id in self._watched:
                self._jobs[job.id] = job
                self._percents.pop(job.id, None)
                self._changed(job)
            case JobProgress(job_id, percent) if job_id in self._jobs:
                job = self._jobs[job_id]
                self._percents[job_id] = percent
                if not self._output.as_json:
                    return
                if job.state is JobState.RUNNING and not job.recipe.service.traits.tells_progress:
                    return
                self._output.event("progress", path=job.picture, job=job.id, stage=job.state.value, percent=percent)
            case QueuePaused(is_paused, reason):
                self._is_paused = is_paused
                if reason is not None:
                    self.account_troubles.append(reason.code)
                    self._output.error(reason)
            case LineChanged(error) if error is not None:
                self._output.error(error)
            case EngineError(error):
                self._is_cut_short |= error.code == Code.COMPUTER_OWNER_GONE
                self._output.error(error)
            case _:
                pass

    def _changed(self, job: Job, *, is_news: bool = False) -> None:
        """Print what became of a job. For people, only what is over or waits is a line, unless all of it `is_news`."""
        name = shown_page(job.picture, job.recipe.page)
        name = f"{name} · {self._model_name(job)}" if job.trial or job.upload_group else name
        if self._likes[job.key, job.recipe.model] > 1 and job.state is not JobState.DONE:  # then its file is named
            name += f" · {job.target_size.width} × {job.target_size.height} {job.format.suffix}"
        common: dict[str, Any] = {
            "path": job.picture,
            **page_fields(job.recipe.page),
            "job": job.id,
            "model": job.recipe.model,
            "stage": job.state.value,
        }
        if job.trial is not None:
            common["patch"] = job.trial.patch and list(astuple(job.trial.patch))
        trouble = job.trouble
        if job.state is JobState.DONE:
            charged = job.charged if job.charged is not None else job.estimate.credits
            size = job.result_size or job.target_size
            echo = self._echo_of(job)
            changes = self.changes.get(job.key, ())
            text = (
                f"{name} → {shown(job.result) if job.result else ''}  "
                f"{size.width} × {size.height} · {amount_text(charged, job.recipe.service.unit)}"
            ) + copies_text(job)
            remark: dict[str, Any] = {}
            if trouble is not None:  # the result is there, but not quite as asked for
                text += f"\n  {told(trouble.title, trouble.hint)}"
                remark = {"title": trouble.title, "hint": in_commands(trouble.hint), "code": trouble.code}
            if job.kept is not None:
                text += "".join(f"\n  {line}" for line in job.kept.lines)
            text += changes_text(changes) + echo_text(echo)
            if self._is_drawn and trouble is None and not echo.differences:
                text = ""  # the picture of the run and the summary tell of it
            self._output.event(
                "done",
                text,
                **common,
                metadata=None if job.kept is None else job.kept.to_json(),
                **remark,
                changes=[change.to_json() for change in changes],
                settings_differ=[difference.to_json() for difference in echo.differences],
                percent=100,
                result=job.result,
                label=job.label,
                copies=copies_fields(job),
                **missing_fields(job),
                width=size.width,
                height=size.height,
                **money_fields(charged, job.recipe.service.unit),
            )
        elif job.state in (JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED):
            title = trouble.title if trouble else job.state.traits.word
            hint = trouble.hint if trouble else ""
            is_skipped = trouble is not None and trouble.code == SKIPPED
            ended = "cancelled" if job.state is JobState.CANCELLED else "failed"
            self._output.event(
                "skipped" if is_skipped else ended,
                f"{name}: {title}" + (f"\n  {hint}" if hint else ""),
                to_stderr=True,
                **common,
                title=title,
                hint=in_commands(hint),
                details=trouble.details if trouble else "",
                **money_fields(job.charged or 0, job.recipe.service.unit),
                code=trouble.code if trouble else "",
            )
        else:
            text = "starting" if job.by_source and job.state is JobState.SUBMITTING else job.state.traits.said
            if job.state in (JobState.WAITING, JobState.DOUBTFUL) and trouble:
                text = f"{told(trouble.title, trouble.hint)} {next_try_text(job)}".strip()
                is_asked = trouble.code == Code.SERVICE_UNDECIDED
                told_as = f"{trouble.code} {job.id}" if is_asked else trouble.code
                is_told = told_as in self._waits_told
                self._waits_told.add(told_as)
                if is_told or (self._is_drawn and not is_asked):
                    text = ""
                elif is_asked:
                    text += f"\n  {doubt_text(job)}"
            elif job.remark is not None and job.id not in self._remarks_told:
                self._remarks_told.add(job.id)
                text = told(job.remark.title, job.remark.hint)
            elif not is_news or self._is_drawn:
                text = ""
            tells = job.state is JobState.RUNNING and job.recipe.service.traits.tells_progress
            percent = job.percent if tells else None
            fields: dict[str, Any] = {}
            if said := trouble or job.remark:
                fields = {
                    "title": said.title,
                    "hint": in_commands(said.hint),
                    "details": said.details,
                    "code": said.code,
                }
            if job.state is JobState.WAITING:
                fields["next_try"] = job.not_before
            self._output.event("progress", f"{name}: {text}" if text else "", **common, percent=percent, **fields)

    def stopped(self, refused_codes: Iterable[str] = (), skipped: int = 0, *, goes_on: bool = False) -> ExitCode:
        """Report Ctrl-C: what goes on without this program, what does not, and the summary. Return the exit code.

        `goes_on`: another topazdesk works on the jobs, and this one only watched.
        """
        open_ = [j for j in self._jobs.values() if not j.state.is_final]
        there = sum(j.is_at_service for j in open_)
        unsure = sum(not j.remote_id and j.state in (JobState.SUBMITTING, JobState.DOUBTFUL) for j in open_)
        sent = sum(bool(j.remote_id) for j in open_) - there
        parts = [say("Stopped.")]
        if there:
            parts.append(
                nsay(
                    "1 picture is finished at the service, and only to be fetched.",
                    "{n} pictures are finished at the service, and only to be fetched.",
                    there,
                )
            )
        if sent:
            parts.append(
                nsay(
                    "1 picture goes on at the service, which charges for it.",
                    "{n} pictures go on at the service, which charges for them.",
                    sent,
                )
            )
        if unsure:
            parts.append(
                nsay(
                    "Whether 1 picture arrived is not known yet: topazdesk jobs run finds out.",
                    "Whether {n} pictures arrived is not known yet: topazdesk jobs run finds out.",
                    unsure,
                )
            )
        unsent = len(open_) - sent - there - unsure
        if unsent:
            parts.append(nsay("1 picture was not sent yet.", "{n} pictures were not sent yet.", unsent))
        if goes_on:
            rest = nsay(
                "1 picture goes on in the topazdesk that is running.",
                "{n} pictures go on in the topazdesk that is running.",
                len(open_),
            )
            parts = [say("Stopped watching."), rest, say("To take one back: topazdesk jobs cancel JOB")]
        self._is_elsewhere = goes_on
        self._output.event("stopped", " ".join(parts), to_stderr=True, sent=sent + there + unsure, not_sent=unsent)
        self.finish(refused_codes, skipped)
        return ExitCode.INTERRUPTED

    async def see_originals(self, moved: Mapping[tuple[Path, str], Path] | None = None) -> None:
        """Read the originals again, for the summary; report those whose result is of what they were before."""
        self._witness = await witness(self._jobs.values(), moved)
        for path in self._witness.stale:
            text = say("{path} was changed after it was sent: its result is of the older picture", path=shown(path))
            self._output.event("original_changed", text, path=path)
        for path in self._witness.missing:
            self._output.event("original_missing", say("{path} cannot be read any more", path=shown(path)), path=path)

    def finish(
        self, refused_codes: Iterable[str] = (), skipped: int = 0, *, nothing: str = say("Nothing is unfinished")
    ) -> ExitCode:
        """Print the summary and return the exit code.

        `skipped`: pictures whose result was there already. `nothing` is said where there was nothing to do.
        """
        jobs = list(self._jobs.values())
        refused = list(refused_codes)
        done = [j for j in jobs if j.state is JobState.DONE]
        failed = [j for j in jobs if j.state.has_failed]
        open_ = [j for j in jobs if not j.state.is_final]
        cancelled = [j for j in jobs if j.state is JobState.CANCELLED]
        late = sum(j.trouble is not None and j.trouble.code == SKIPPED for j in cancelled)
        skipped += late
        # What somebody wanted cancelled did not fail, and no script has to look after it.
        stopped = len(cancelled) - late
        money = sums(jobs, self._unit)
        what = results_text(len({job.key for job in done}), len(done))
        parts = [say("{what:text} done", what=what), *(each.text for each in money)]
        copies = count_of(done) + self._made_now
        parts += [count_text(copies)] if copies else []
        missing = sum(len(missing_of(job)) for job in done) + self._missing_now
        parts += [missing_text(missing)] if missing else []
        parts += [nsay("{n} failed", "{n} failed", len(failed))] if failed else []
        parts += [nsay("{n} cancelled", "{n} cancelled", stopped)] if stopped else []
        parts += [nsay("{n} refused", "{n} refused", len(refused))] if refused else []
        parts += [nsay("{n} skipped", "{n} skipped", skipped)] if skipped else []
        parts += [nsay("{n} done before", "{n} done before", len(self._before))] if self._before else []
        seen, now = self._witness, time.time()
        if seen.checked:
            parts.append(seen.sentence)
        night = [] if self._is_paused else openings(open_, now)
        if night:
            parts.append(
                nsay(
                    "1 waits until {time:text}, when topazdesk jobs run sends it",
                    "{n} wait until {time:text}, when topazdesk jobs run sends them",
                    len(night),
                    time=moment_text(min(night), now),
                )
            )
        asked = sum(is_undecided(job) for job in open_)
        if asked:
            parts.append(
                nsay(
                    "{n} to be decided by you: topazdesk jobs show JOB says how",
                    "{n} to be decided by you: topazdesk jobs show JOB says how",
                    asked,
                )
            )
        if len(open_) > len(night) + asked:
            left = len(open_) - len(night) - asked
            if self._is_elsewhere:
                rest = nsay("1 not finished: goes on elsewhere", "{n} not finished: go on elsewhere", left)
            elif self._is_paused and not self.account_troubles:
                rest = nsay(
                    "1 not finished: the queue is paused, topazdesk jobs run fetches and continues it",
                    "{n} not finished: the queue is paused, topazdesk jobs run fetches and continues them",
                    left,
                )
            else:
                rest = nsay(
                    "1 not finished: topazdesk jobs run fetches and continues it",
                    "{n} not finished: topazdesk jobs run fetches and continues them",
                    left,
                )
            parts.append(rest)
        more = sum_fields(money) | ({"skipped": skipped} if skipped else {})
        more |= {"copies": copies} if copies else {}
        more |= {"copies_missing": missing} if missing else {}
        more |= {"cancelled": stopped} if stopped else {}
        more |= {"waiting_for_hours": len(night), "opens_at": min(night)} if night else {}
        if seen.checked:
            more["originals"] = seen.to_json()
        more |= {"done_before": len(self._before)} if self._before else {}
        seconds = time.monotonic() - self._began if self._seconds is None else self._seconds
        more["seconds"] = round(seconds, 3)
        more |= {"runs": runs} if (runs := list(dict.fromkeys(job.run_id for job in jobs))) else {}
        reasons = grouped_reasons(failed, self._output.refused)
        more |= {"reasons": [each.to_json() for each in reasons]} if reasons else {}
        if jobs and seconds > 0:
            parts.append(say("it took {time:text}", time=duration_text(seconds)))
        self._output.event(
            "summary",
            "\n".join([" · ".join(parts), *self._closing_lines(done, reasons, runs)])
            if jobs or refused or skipped or self._before
            else nothing,
            done=len(done),
            failed=len(failed),
            refused=len(refused),
            unfinished=len(open_),
            **more,
        )
        codes = refused + [j.trouble.code if j.trouble else Code.SERVICE_FAILED for j in failed]
        codes += self.account_troubles if open_ else []
        # What waits for its hours is as it was wished, and nothing for a script to look after: unless it was to be
        # waited for, and the program that would have sent it has ended.
        rests = [] if self._is_cut_short else night
        codes += [Code.SERVICE_UNFINISHED] if len(open_) > len(rests) and not self.account_troubles else []
        return code_of_run(len(done) + skipped + stopped + len(self._before) + len(rests), codes)

    def _closing_lines(self, done: Sequence[Job], reasons: Sequence[Reason], runs: Sequence[str]) -> list[str]:
        """Return what stands below the summary: why something failed, where the results are, how to have it again."""
        if len(self._jobs) + len(self._output.refused) < 2 and not (
            self._is_drawn or self._output.is_quiet or self._seconds is not None
        ):
            return []  # the line above has said it all
        found = [line for reason in reasons for line in reason.lines]
        results = [job.result for job in done if job.result is not None and job.trial is None]
        tried = Counter(job.result.parent for job in done if job.result is not None and job.trial is not None)
        found += [
            "  " + say("Kept for 7 days: {folder} ({count:,})", folder=shown(folder), count=count)
            for folder, count in tried.items()
        ]
        if len(results) == 1:
            found.append("  " + say("Result: {name}", name=shown(results[0])))
        elif results:
            folders = Counter(result.parent for result in results)
            named = [f"{shown(folder)} ({count:,})" for folder, count in folders.most_common(_NAMED)]
            listed = ", ".join(named)
            if len(folders) > _NAMED:
                listed = nsay(
                    "{names} and {n} more folder", "{names} and {n} more folders", len(folders) - _NAMED, names=listed
                )
            found.append("  " + say("Results: {names:text}", names=listed))
        if len(runs) == 1 and self._seconds is None and all(job.trial is None for job in done):
            found.append("  " + say("All of it once more: topazdesk jobs report {run}", run=runs[-1][:8]))
        return found


def started_text(job: Job) -> str:
    """Return what becomes of a job that an earlier command started.

    One that was sent is paid for already; one that was not is paid for now.
    """
    if job.hours is not None and job.is_unsent:
        agreed = say("for the {price:text} agreed to then", price=job.estimate.text)
        return say(
            "started before and not sent yet: it is sent {hours:text} only, {agreed:text}",
            hours=job.hours.text,
            agreed=agreed,
        )
    if job.is_unsent:
        return say(
            "started before and not sent yet: it is sent now, for the {price:text} agreed to then",
            price=job.estimate.text,
        )
    return say("started before, it is followed and not paid again")


def changes_text(changes: Iterable[Alteration]) -> str:
    """Return lines to put below a picture: what is changed before it is sent, and what to do about it."""
    return "".join(f"\n  {change.sentence}" for change in changes)


def echo_text(echo: SettingsReport) -> str:
    """Return lines to put below a finished job: the settings that were not used as they were sent."""
    return "".join(f"\n  {sentence}" for sentence in echo.sentences)


def sum_fields(money: Iterable[Sum]) -> dict[str, Any]:
    """Return the JSON fields of what a run cost: `credits` (or `usd`) is what was charged, whatever became of the jobs.

    What is reserved, refunded or perhaps charged stands beside it where there is any. Dollars and credits stand side
    by side where `jobs run` had both.
    """
    found: dict[str, Any] = {}
    for each in money:
        fields = money_fields(each.charged, each.unit)
        more = {"reserved": each.reserved, "refunded": each.refunded, "perhaps_charged": each.unsure}
        suffix = "_usd" if each.unit is Unit.USD else ""
        fields |= {f"{name}{suffix}": plain(amount, each.unit) for name, amount in more.items() if amount}
        found |= {name: value for name, value in fields.items() if value is not None or name not in found}
    return found


def tell_handed_over(output: EventPrinter, jobs: Sequence[Job]) -> None:
    """Say that another program works on these jobs, if there are any."""
    if jobs:
        what = results_text(len({job.key for job in jobs}), len(jobs))
        text = say("{what:text} handed to the topazdesk that is running. Ctrl-C here only stops watching.", what=what)
        output.event("handed_over", text, jobs=len(jobs))
