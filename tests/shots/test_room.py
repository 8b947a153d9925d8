"""Nothing is cut off: every text of the window and its sheets, at small and large sizes, also 40 % longer than English.

800 × 560 is what a title bar leaves of the smallest screen, 960 × 500 of a full-HD one at 200 %, 1280 × 720 is one
at 150 %. What the window says is the same at every scale of the screen, as it is laid out in pixels that do not depend
on it; a few states are looked at in processes that really have these scales. German and Japanese are looked at in the
smallest window.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import QApplication, QWidget

from tests.support import quick_start
from tests.support.clipping import Words, clipped, words_of
from tests.support.pictures import encode, small_samples
from tests.support.shots import OUT
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import StateGroup
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ComputerError
from topazdesk.ui.controls import Sheet
from topazdesk.ui.models.job_list import Totals
from topazdesk.ui.queue.controller import QueueController
from topazdesk.ui.queue.panel import QueuePanel, counts_text
from topazdesk.ui.shell.columns import LIST_LEAST, RECIPE_LEAST, Columns
from topazdesk.ui.shell.window import Window
from topazdesk.ui.shell.workspace import Workspace
from topazdesk.ui.trials.controller import TrialsController

SIZES = ((800, 560), (960, 500), (1280, 720), (1920, 1080))
#: Sheets of a window with a finished picture in view.
SHEETS = (
    *("gallery", "saving", "settings", "limits", "key", "money", "recover", "help", "keys", "about", "report"),
    *("refused", "file_details", "save_preset", "save_bag", "job_details"),
)


@pytest.fixture(params=["english", "longer", "de", "ja"])
def words(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Words]:
    name = request.param
    with words_of(qapp, 0.4 if name == "longer" else 0.0, name if len(name) == 2 else "") as found:
        yield found


class Survey:
    """Looks at a window in all sizes and keeps what is cut."""

    def __init__(self, window: Window, words: Words) -> None:
        self.found: list[str] = []
        # Words that nobody says are longer than the smallest window has to have room for.
        self.sizes = SIZES[1:3] if words.share else SIZES[:1] if words.language else SIZES
        self._window = window
        self._words = words
        self._language = "longer" if words.share else words.language or "english"
        OUT.mkdir(parents=True, exist_ok=True)

    async def look(self, state: str, sizes: tuple[tuple[int, int], ...] = ()) -> None:
        """Look at the window in each size."""
        for size in sizes or self.sizes:
            await self._resize(size)
            await self._take(self._window.window(), state, size)

    async def sheet(self, name: str) -> None:
        """Open a sheet by its command, look at it over the smallest window, and close it; most have one width."""
        workspace = self._window.findChild(Workspace)
        assert workspace is not None
        for size in self.sizes if name == "gallery" else self.sizes[:1]:
            await self._resize(size)
            await until(lambda: workspace.dialogs.is_free, "the end of the sheet before")
            if name == "job_details":
                self._show_job()
            else:
                self._window.commands.run(name)
            await until(lambda: bool(self._sheets()), name)
            await until(lambda: not _asks_the_ring(), "the answer of the key ring")
            (sheet,) = self._sheets()
            await _laid_out()
            await self._take(sheet, name, size)
            sheet.reject()
            await until(lambda: not self._sheets(), f"{name} closed")

    def _show_job(self) -> None:
        queue = self._window.findChild(QueueController)
        picture = self._window.library.picture
        assert queue is not None
        assert picture is not None
        assert picture.result is not None
        queue.show_details(picture.result)

    async def _resize(self, size: tuple[int, int]) -> None:
        self._window.window().resize(QSize(*size))
        await _laid_out()

    async def _take(self, widget: QWidget, state: str, size: tuple[int, int]) -> None:
        name = f"{state} at {size[0]} × {size[1]}"
        picture = OUT / f"room-{state}-{size[1]}-{self._language}.png" if size in (SIZES[0], SIZES[2]) else None
        lines = clipped(widget, self._words, picture)
        if lines:  # words that give way let others have their room, one layout later
            await painted(widget)
            lines = clipped(widget, self._words, picture)
        self.found += [f"{name}: {line}" for line in lines]

    def _sheets(self) -> list[Sheet]:
        return [sheet for sheet in self._window.findChildren(Sheet) if sheet.isVisible()]


def _asks_the_ring() -> bool:
    """Return whether the sheet for a key still asks where the key can be kept, and if there is one already."""
    return any("key ring" in task.get_name() for task in asyncio.all_tasks())


async def _laid_out() -> None:
    """Let parts that give way, and those that get their room, be laid out. Painting is left to who looks."""
    for _ in range(4):
        await asyncio.sleep(0)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


@pytest.mark.parametrize(("scale", "size"), [(1.5, (1280, 690)), (2.0, (960, 500))])
def test_nothing_is_cut_or_blurred_where_the_screen_is_scaled(
    tmp_path: Path, scale: float, size: tuple[int, int]
) -> None:
    command = [sys.executable, "-m", "tests.shots.scaled_window", str(tmp_path), *map(str, size)]
    settings = {**os.environ, "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    ran = quick_start.run(command, env=settings)
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["scale"] == scale, "really"
    assert told["cut"] == []
    assert told["physical"] == pytest.approx([scale, scale], abs=0.01)
    assert told["line_off_px"] <= 1
    assert told["takes_the_divider"]
    assert told["thumbnail_px"] >= 66 * scale, "at least as many pixels as the row has on the screen"


@pytest.mark.slow_loop("each look paints the whole window at once")
def test_nothing_is_cut(
    qapp: QApplication, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, words: Words
) -> None:
    out, found = tmp_path_factory.mktemp("x") / "out", list[str]()  # words of the program are in no folder of it
    out.mkdir()
    long_name = (
        tmp_path / "in" / "DSC_0042_Grandmother_and_the_others_on_the_stairs_of_the_old_town_hall_in_1911_(3).jpg"
    )
    long_name.parent.mkdir()
    long_name.write_bytes(encode(FileFormat.JPEG, 900, 600))
    pictures = small_samples(tmp_path / "samples")
    letter = long_name.with_name("letter.txt")
    letter.write_text("no picture")

    async def story(window: Window) -> None:
        survey = Survey(window, words)
        session = session_of(window)
        pricing = session.pricing
        await until(lambda: window.viewer.empty.sample.isVisible(), "the empty window")
        await survey.look("empty")
        window.arrived.emit([long_name, *pictures, letter], False)
        await until(lambda: len(window.library.pictures) > len(pictures), "the pictures")
        pricing.recipe.set_output(replace(pricing.recipe.recipe.output, size=OutputSize.scale(2.0), folder=str(out)))
        await until(lambda: pricing.plan.is_confirmed, "prices")
        await quiet(window)
        await survey.look("pictures")
        window.recipe.output.head.set_open(True)
        await survey.look("output")
        if not (words.share or words.language):  # whose words are long leaves the columns wider
            window.panels.restore(Columns(LIST_LEAST, RECIPE_LEAST))
            await survey.look("narrow", SIZES[1:2])
        window.panels.restore(Columns(hides_list=True))
        await survey.look("alone", survey.sizes[:1])
        window.panels.restore(Columns(hides_recipe=True))
        await survey.look("no-recipe", survey.sizes[:1])
        window.panels.restore(Columns())
        window.commands.run("queue")
        session.pause(True)
        await until(lambda: window.library.queue.paused, "paused")
        session.enhance(pricing.held_all.plan)
        queued = len(pictures) + 1
        (panel,) = window.findChildren(QueuePanel)
        waiting = Totals(Counter({StateGroup.QUEUED: queued}))
        await until(
            lambda: panel.counts.text() == counts_text(waiting, paused=True), "the queue, which gathers its news"
        )
        said = window.library.queue.summary
        await until(lambda: said().active == queued and window.footer.status.text() == said().text, "the footer, too")
        await until(lambda: len(pricing.plan.scope.running) > 0, "the plan")
        await survey.look("waiting")
        session.pause(False)
        await until(lambda: not session.library.queue.active and window.notices.toasted is not None, "done")
        await until(lambda: window.viewer.view.stage.can_compare, "pair")
        await quiet(window)
        done = Totals(Counter({StateGroup.DONE: queued}))
        await until(lambda: panel.counts.text() == counts_text(done), "the queue, which gathers its news")
        await survey.look("finished-queue")
        window.commands.run("queue")
        await survey.look("finished")
        for name in SHEETS:
            await survey.sheet(name)
        window.tell(
            ComputerError(
                "Results cannot be saved in this folder",
                f"{long_name.name} was not saved. Nothing was sent or charged.",
                details="EROFS",
            )
        )
        await survey.look("notice")
        trials = window.findChild(TrialsController)
        assert trials is not None
        window.commands.run("trials")
        trials.state.add(pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: trials.state.board is not None and len(trials.state.board.candidates) > 1, "two")
        await quiet(window)
        await survey.look("trials")
        found.extend(survey.found)

    with profile_with_sandbox(tmp_path) as (profile, _):
        reported = live(qapp, profile, story, size=SIZES[0])
    assert reported == []
    assert "\n".join(found) == ""


def test_what_is_cut_is_found(qapp: QApplication, tmp_path: Path) -> None:
    """A test that finds nothing must be able to find something."""
    found: list[str] = []

    async def story(window: Window) -> None:
        await until(lambda: window.viewer.empty.sample.isVisible(), "the empty window")
        window.viewer.empty.choose.setFixedWidth(40)
        await painted(window)
        found.extend(clipped(window.window(), words))
        await asyncio.sleep(0)

    with words_of(qapp, 0.0) as words, profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story)
    assert found
    assert all("Choose pictures…" in each for each in found)
