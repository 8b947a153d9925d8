"""Which of a picture's results is compared with what, and the user's marks on them.

One side stays while the other steps through all results of the picture. They are found by its content, so that a
picture that was renamed or moved has them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topazdesk.domain.job import Job, Verdict
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.panel import ShownPair

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.viewer.panel import ViewerPanel


@dataclass(slots=True)
class _Choice:
    """What is on screen of one picture, by the results' numbers from 1; 0 is the picture itself."""

    picture_id: int = 0
    results: tuple[Job, ...] = ()  # oldest first
    before: int = 0
    after: int = 0

    @property
    def job(self) -> Job | None:
        """The result on the after side."""
        return self.results[self.after - 1] if self.after else None

    def has(self, job: Job) -> bool:
        """Return whether a job's result is one of them."""
        return any(each.id == job.id for each in self.results)


class ShownResults(Feature):
    """Provides the steps through results and the marks."""

    def __init__(self, host: Host, viewer: ViewerPanel) -> None:
        super().__init__(host.widget)
        self._session = host.session
        self._library = host.session.library
        self._recipe = host.session.pricing.recipe
        self._commands = host.commands
        self._viewer = viewer
        self._choice = _Choice()
        self._back: list[tuple[Job, Verdict]] = []  # a marked result, and its mark before
        self._forward: list[tuple[Job, Verdict]] = []
        self._is_last = False  # the last step that can be undone was a mark, not a change of settings
        viewer.choose_by(self._pair_of)
        viewer.result.stepped.connect(self.step)
        viewer.result.judged.connect(self.judge)
        give = host.commands.provide
        give("next_result", lambda: self.step(1))
        give("previous_result", lambda: self.step(-1))
        give("next_before", lambda: self.step_before(1))
        give("previous_before", lambda: self.step_before(-1))
        give("keep", lambda: self.judge(Verdict.KEPT))
        give("reject", lambda: self.judge(Verdict.REJECTED))
        give("undo", self._undo)
        give("redo", self._redo)
        self._recipe.changed.connect(self._settings_changed)
        bind(self._look, self._library.current_changed)

    # steps

    def step(self, by: int) -> None:
        """Show the next result on the after side, wrapping around; -1 the previous one."""
        choice, count = self._choice, len(self._choice.results)
        others = [number for number in range(1, count + 1) if number != choice.before]
        if choice.after in others and len(others) > 1 and self._is_shown:
            choice.after = others[(others.index(choice.after) + by) % len(others)]
            self._show()

    def step_before(self, by: int) -> None:
        """Show the next result on the before side, where the picture itself is one of them; -1 the previous one."""
        choice, count = self._choice, len(self._choice.results)
        others = [number for number in range(count + 1) if number != choice.after]
        if choice.before in others and len(others) > 1 and self._is_shown:
            choice.before = others[(others.index(choice.before) + by) % len(others)]
            self._show()

    @property
    def _is_shown(self) -> bool:
        """Whether the viewer shows a picture with its results, and nothing else in their place."""
        return not self._viewer.has_tray and self._viewer.compared is None

    def _pair_of(self, picture: Picture) -> ShownPair | None:
        choice, job = self._choice, self._choice.job
        newest = picture.result
        if choice.picture_id != picture.id or job is None or newest is None or not choice.has(newest):
            return None  # it has got another result, which is what people want to see
        if choice.before == 0:
            word = self._word(choice.after) if len(choice.results) > 1 else ""
            return ShownPair(picture.path, job.result, picture.size, job.result_size, after_word=word)
        other = choice.results[choice.before - 1]
        return ShownPair(
            other.result or picture.path,
            job.result,
            other.result_size,
            job.result_size,
            self._word(choice.before),
            self._word(choice.after),
        )

    def _word(self, number: int) -> str:
        name = self._session.context.model_name(self._choice.results[number - 1])
        words = tr("{n} of {all} · {model}")
        return words.format(n=number, all=len(self._choice.results), model=name)

    def _show(self) -> None:
        picture = self._library.picture
        if picture is not None:
            self._tell()
            self._viewer.show_picture(picture, is_empty=False)

    def _tell(self) -> None:
        choice = self._choice
        self._viewer.result.show_choice(choice.job, choice.after, len(choice.results))
        for name in ("keep", "reject"):
            self._commands[name].setEnabled(choice.job is not None)
        for name in ("next_result", "previous_result", "next_before", "previous_before"):
            self._commands[name].setEnabled(len(choice.results) > 1)

    # which results there are

    def _look(self) -> None:
        """Look for all results of the picture in the viewer, if it is another one or has got another result."""
        picture, choice = self._library.picture, self._choice
        newest = picture.result if picture is not None else None
        is_known = newest is None or choice.has(newest)
        if picture is None or picture.id != choice.picture_id or not is_known:
            results = (newest,) if newest is not None else ()
            self._choice = _Choice(picture.id if picture is not None else 0, results, 0, len(results))
            if picture is not None and newest is not None and picture.info is not None:
                self._session.spawn("results of the picture", self._find(picture))
        self._tell()
        if picture is not None:
            self._viewer.show_result(picture)  # the window has shown it already, with what was chosen of the last one

    async def _find(self, picture: Picture) -> None:
        if picture.info is None:
            return
        found = await self._session.context.engine.results_of(picture.info)
        choice, newest = self._choice, picture.result
        if choice.picture_id != picture.id or newest is None:
            return  # another picture is looked at by now
        others = [job for job in found if job.id != newest.id]
        for job in others:
            picture.judge(job)
        choice.results = tuple(sorted((*others, newest), key=lambda job: job.created_at))
        choice.after = [job.id for job in choice.results].index(newest.id) + 1
        if others:
            self._library.pictures.touched(picture)
            self._show()

    # marks

    def judge(self, verdict: Verdict) -> None:
        """Mark the result on the after side; the same mark once more takes it back."""
        job = self._choice.job
        if job is not None and self._is_shown:
            self._back.append((job, job.verdict))
            self._forward.clear()
            self._is_last = True
            self._mark(job, Verdict.NONE if job.verdict is verdict else verdict)

    def _mark(self, job: Job, verdict: Verdict) -> None:
        self._session.spawn("mark a result", self._write(job, verdict))

    async def _write(self, job: Job, verdict: Verdict) -> None:
        marked = await self._session.context.engine.judge(job.id, verdict)
        choice = self._choice
        choice.results = tuple(marked if each.id == job.id else each for each in choice.results)
        for picture in self._library.pictures.pictures():
            if job.id in picture.verdicts:
                picture.judge(marked)
                if picture.result is not None and picture.result.id == job.id:
                    picture.result = marked
                self._library.pictures.touched(picture)
        self._tell()
        self._enable_undo()

    def _settings_changed(self, by_user: bool) -> None:
        self._is_last = self._is_last and not by_user
        self._enable_undo()

    def _enable_undo(self) -> None:
        if self._is_last and self._is_shown:
            history = self._recipe.history
            self._commands["undo"].setEnabled(bool(self._back) or history.can_undo)
            self._commands["redo"].setEnabled(bool(self._forward) or history.can_redo)

    def _undo(self) -> None:
        self._turn(self._back, self._forward, self._recipe.undo)

    def _redo(self) -> None:
        self._turn(self._forward, self._back, self._recipe.redo)

    def _turn(
        self, source: list[tuple[Job, Verdict]], other: list[tuple[Job, Verdict]], settings: Callable[[], None]
    ) -> None:
        """Take the last mark back, or else the last change of settings: whichever was later."""
        if not (self._is_last and source):
            settings()
            return
        job, before = source.pop()
        now = next((p.verdicts[job.id] for p in self._library.pictures.pictures() if job.id in p.verdicts), job.verdict)
        other.append((job, now))
        self._mark(job, before)
