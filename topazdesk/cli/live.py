"""The picture of a run on a terminal: a bar for all of it, rate, time left, credits so far, and a line per job at work.

It is redrawn in place. Lines that need eyes are printed above it and stay; where nothing can be redrawn (a pipe, a
terminal that is "dumb", `--json`, `--quiet`), there is no such picture, and each finished result is a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from topazdesk.cli.moments import moment_text
from topazdesk.cli.output import EventPrinter, shown_page
from topazdesk.domain.charges import sums
from topazdesk.domain.displayed_text import lines, one_line
from topazdesk.domain.job import Job, JobState, openings
from topazdesk.domain.money import amount_text
from topazdesk.language import all_of, nsay, number, say, tr, translated
from topazdesk.language import percent as percent_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

_REDRAWN_S = 0.125
_MOST_JOBS = 8
#: A rate out of fewer results is a guess.
_FEWEST = 2
#: A shorter wait is over before anybody wonders; one further ahead was written while the clock was wrong.
_SHORT_S, _DAY_S = 60.0, 86_400.0
#: A job that stands in the queue is no line of its own.
_STILL = (JobState.QUEUED,)


class View(Protocol):
    """A run as it stands at the moment."""

    def jobs_now(self) -> Sequence[Job]:
        """Return the jobs of the run."""

    def percent_of(self, job: Job) -> float | None:
        """Return how far the job's present step is; None if the step does not tell."""


def can_draw(output: EventPrinter) -> bool:
    """Return whether stdout is a terminal on which lines can be redrawn, and a person reads them."""
    if output.as_json or output.is_quiet or os.environ.get("TERM", "") in (("dumb", "") if os.name != "nt" else ()):
        return False
    stream: TextIO | None = sys.stdout
    return stream is not None and not stream.closed and stream.isatty()


@contextlib.asynccontextmanager
async def drawn(output: EventPrinter, view: View | None) -> AsyncIterator[None]:
    """Keep the picture of a run on the terminal meanwhile, where that is possible."""
    if view is None or not can_draw(output):
        yield
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    picture = RunPicture(view)
    live = Live(
        picture,
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        vertical_overflow="crop",
    )

    async def redraw() -> None:
        while True:
            live.refresh()
            await asyncio.sleep(_REDRAWN_S)

    with live, _above(console):
        drawing = asyncio.create_task(redraw(), name="picture of the run")
        try:
            yield
        finally:
            drawing.cancel()
            await asyncio.wait({drawing})
    if not drawing.cancelled():
        drawing.result()  # only a bug ends it: raise that


@contextlib.contextmanager
def _above(console: Console) -> Iterator[None]:
    """Have lines for this terminal printed above the picture."""

    def write(text: str, stream: TextIO) -> bool:
        if not stream.isatty():
            return False
        console.print(lines(text, 200_000), soft_wrap=True)
        return True

    before, EventPrinter.above = EventPrinter.above, write
    try:
        yield
    finally:
        EventPrinter.above = before


class RunPicture:
    """Draws jobs as they stand at the moment, as wide as the terminal is at the moment."""

    def __init__(self, view: View, now: Callable[[], float] = time.monotonic) -> None:
        self._view, self._now = view, now
        self._began = now()
        self._over_before = sum(job.state.is_final for job in view.jobs_now())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        jobs = self._view.jobs_now()
        if not jobs:  # a watched folder before the first picture
            return
        over = sum(job.state.is_final for job in jobs)
        head = tr("{n} of {all}").format(n=number(over), all=number(len(jobs)))
        percent = percent_text(100 * over // max(1, len(jobs))).replace("\N{NARROW NO-BREAK SPACE}", " ")
        whole = Table.grid(padding=(0, 1))
        bar = ProgressBar(
            total=max(1, len(jobs)),
            completed=sum(map(self._share, jobs)),
            width=max(8, options.max_width - len(head) - len(percent) - 2),
            complete_style="blue",
            finished_style="green",
            style="bright_black",
        )
        whole.add_row(head, bar, percent)
        yield whole
        yield _clipped(Text(translated(" · ".join(self._facts(jobs, over)))), options.max_width)
        at_work = [job for job in jobs if not job.state.is_final and job.state not in _STILL]
        at_work.sort(key=lambda job: job.position)
        room = max(0, min(_MOST_JOBS, options.size.height - 4))
        for job in at_work[:room]:
            stage = translated(self._stage(job))
            name = Text(shown_page(Path(job.picture.name), job.recipe.page))
            name.truncate(max(6, options.max_width - len(stage) - 5), overflow="ellipsis")
            yield _clipped(Text("  ") + name + Text("  ") + Text(stage, style="dim"), options.max_width)
        if len(at_work) > room:
            yield _clipped(
                Text("  " + translated(nsay("and {n} more", "and {n} more", len(at_work) - room))), options.max_width
            )

    def _facts(self, jobs: Sequence[Job], over: int) -> Iterable[str]:
        made, seconds = over - self._over_before, self._now() - self._began
        if made >= _FEWEST and seconds > 0:
            rate = made / seconds
            yield (say("{n:,.0f} a minute", n=60 * rate) if rate >= 1 / 60 else say("{n:,.0f} an hour", n=3600 * rate))
            yield say("{time:text} left", time=duration_text((len(jobs) - over) / rate))
        waiting = sum(job.state in (JobState.WAITING, JobState.DOUBTFUL) for job in jobs)
        if waiting:
            yield nsay("{n} waiting", "{n} waiting", waiting)
        now = time.time()
        opens = openings(jobs, now)
        if opens:
            until = moment_text(min(opens), now)
            yield nsay("1 waits until {time:text}", "{n} wait until {time:text}", len(opens), time=until)
        failed = sum(job.state.has_failed for job in jobs)
        if failed:
            yield nsay("{n} failed", "{n} failed", failed)
        unit = jobs[0].recipe.service.unit if jobs else None
        if unit is not None:
            yield all_of(
                [say("{charged:text} so far", charged=amount_text(e.charged, e.unit)) for e in sums(jobs, unit)]
            )

    def _share(self, job: Job) -> float:
        if job.state.is_final:
            return 1.0
        share = job.state.traits.share
        return 0.0 if share is None else share[0] + share[1] * (self._view.percent_of(job) or 0.0) / 100

    def _stage(self, job: Job) -> str:
        if job.state is JobState.WAITING:
            return one_line(job.trouble.title, 200) if job.trouble is not None else say("waiting")
        if job.state is JobState.DOUBTFUL:
            if _SHORT_S < job.not_before - time.time() < _DAY_S:
                return say("its answer is looked for until {time:text}", time=moment_text(job.not_before, time.time()))
            return say("its answer is looked for")
        word = job.state.traits.said or job.state.traits.word
        percent = self._view.percent_of(job)
        return say("{state:text} {n:.0f} %", state=word, n=percent) if percent else word


def duration_text(seconds: float) -> str:
    """Return a time such as "40 s", "12 min" or "3 h 5 min"."""
    if seconds < 60:
        return say("{n:d} s", n=max(1, round(seconds)))
    minutes = round(seconds / 60)
    return say("{n:d} min", n=minutes) if minutes < 60 else say("{h:,} h {n:d} min", h=minutes // 60, n=minutes % 60)


def _clipped(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    text.no_wrap = True
    return text
