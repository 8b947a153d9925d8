"""`--after`: what the computer does once a run is over, with a countdown that Ctrl-C stops."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from topazdesk.app.app_context import AppContext
from topazdesk.cli.live import can_draw
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.waiting import until_idle
from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun, keeps_on
from topazdesk.domain.job import Job
from topazdesk.engine.events import JobAdded
from topazdesk.errors import Code, ComputerError, ExitCode, told
from topazdesk.language import all_of, say, translated

#: Begins the line of a terminal anew.
_CLEARED = "\r\x1b[K"


class AfterRunStep:
    """What `--after` says, from before the run to its end.

    `check` before anything is paid, `close_run` in place of the report's end, `carry_out` once the profile is closed.
    """

    def __init__(self, output: EventPrinter, action: AfterRun = AfterRun.NOTHING, seconds: float = COUNTDOWN_S) -> None:
        self._output, self._action, self._seconds = output, action, seconds
        self._is_due = False

    @property
    def is_wanted(self) -> bool:
        """Whether something is to be done after the run."""
        return self._action is not AfterRun.NOTHING

    async def check(self) -> None:
        """Raise ComputerError if this computer does not do it."""
        if not self._action.ends_work:
            return
        from topazdesk.app.power import offered

        allowed = await asyncio.to_thread(offered)
        if self._action not in allowed:
            raise ComputerError(
                say("This computer cannot be put to sleep by topazdesk")
                if self._action is AfterRun.SLEEP
                else say("This computer cannot be shut down by topazdesk"),
                say(
                    "Nothing was sent. The system does not allow it without a password. --after takes here: {words}.",
                    words=all_of([action.value for action in allowed]),
                ),
                code=Code.COMPUTER_POWER,
            )

    async def close_run(
        self, context: AppContext, jobs: Callable[[], Iterable[Job]], finish: Callable[[], ExitCode]
    ) -> ExitCode:
        """Sum the run up by `finish`, count down, and return the exit code. `jobs` are those of the run.

        For programs all is said before the summary, which is their last line.
        """
        if not self.is_wanted:
            return finish()
        why = await self._why_on(context, jobs())
        if self._output.as_json:
            counted = self._seconds if self._action.ends_work and not why else None
            self._output.event("after_run", action=self._action.value, countdown_s=counted, kept_on=why)
        code = finish()
        while not why:
            if not self._action.ends_work:
                self._is_due = True
                return code
            try:
                if await self._count_down(context):
                    self._is_due = True
                    return code
            except asyncio.CancelledError:
                self._tell(say("Stopped: the computer stays on."))
                return code
            if not context.is_joined:  # another command has handed something over: it is begun anew after that
                self._tell(say("Stopped for now: there is something new to do."))
                await until_idle(context, self._output)
            why = await self._why_on(context, jobs())
        self._tell(f"{why}.")
        return code

    async def carry_out(self, code: ExitCode) -> ExitCode:
        """Do it, if it is due; return the exit code. Trouble is said, and undoes nothing of the run."""
        if not self._is_due:
            return code
        from topazdesk.app.finish_sound import play
        from topazdesk.app.power import end_work

        if self._action is AfterRun.SOUND:
            if not await asyncio.to_thread(play):
                sys.stderr.write("\a")
                sys.stderr.flush()
            return code
        try:
            await asyncio.to_thread(end_work, self._action)
        except ComputerError as error:
            if self._output.as_json:  # the summary was the last line
                sys.stderr.write(f"{told(error.title, error.hint)}\n")
            else:
                self._output.error(error)
            return error.exit_code
        return code

    async def _why_on(self, context: AppContext, jobs: Iterable[Job]) -> str:
        """Return why the computer has to stay on; a sound may always be played."""
        return keeps_on(await context.unfinished_jobs(), jobs) if self._action.ends_work else ""

    async def _count_down(self, context: AppContext) -> bool:
        """Count down; return False as soon as there is something to do again, even if that is over in no time."""
        news = asyncio.Event()
        unsubscribe = context.events.subscribe(lambda event: news.set() if isinstance(event, JobAdded) else None)
        try:
            return await self._counted(context, news)
        finally:
            unsubscribe()
            if can_draw(self._output):
                sys.stdout.write(_CLEARED)
                sys.stdout.flush()

    async def _counted(self, context: AppContext, news: asyncio.Event) -> bool:
        until = time.monotonic() + self._seconds
        is_drawn, is_told = can_draw(self._output), False
        stop = say("Ctrl-C keeps it on.")
        while (left := until - time.monotonic()) > 0:
            if news.is_set() or await context.unfinished_jobs():  # another program's work is in the list alone
                return False
            words = f"{translated(self._action.countdown(max(1, round(left))))}. {translated(stop)}"
            if is_drawn:
                sys.stdout.write(f"{_CLEARED}{words}")
                sys.stdout.flush()
            elif not is_told:
                self._tell(words)
                is_told = True
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, left)):
                    await news.wait()
        return True

    def _tell(self, text: str) -> None:
        if not self._output.as_json:
            self._output.event("after_run", text)
