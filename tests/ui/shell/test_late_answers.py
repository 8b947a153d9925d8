"""Answers that come late, or in another order than they were asked for, into a window that is about something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from tests.support.catalogue import packaged_catalogue
from tests.support.fake_context import Spawned, info_of, job_of, known
from tests.support.window import jpeg
from tests.ui.shell.conftest import Stage
from topazdesk.app.accounts import Accounts
from topazdesk.app.run_file import RunTerms, kept_text
from topazdesk.app.session import Session, SessionPicture
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Tier
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.events import EventHub, JobAdded, JobChanged, JobProgress, LimitsChanged
from topazdesk.engine.originals import Witness
from topazdesk.engine.remote_update import cancel_cost
from topazdesk.errors import AccountError, Code, ComputerError, NetworkError, TopazdeskError
from topazdesk.ui.account.accounts import AccountsController
from topazdesk.ui.account.confirm_spending import ConfirmSpending
from topazdesk.ui.account.spending import SpendingController
from topazdesk.ui.models.changed_files import LOOK, ChangedFiles
from topazdesk.ui.models.originals import OriginalsWatch
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.previous_results import PreviousResults
from topazdesk.ui.models.recipe import fresh_recipe
from topazdesk.ui.models.saved_session import Remember
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.models.spending_watch import LimitsWatch
from topazdesk.ui.models.team_watch import TeamWatch
from topazdesk.ui.queue.cancel_sheet import CancelSheet
from topazdesk.ui.queue.controller import QueueController
from topazdesk.ui.recipe import run_files
from topazdesk.ui.recipe.controller import RecipeController
from topazdesk.ui.recipe.run_files import RunFiles
from topazdesk.ui.shell.shown_results import ShownResults
from topazdesk.ui.team.controller import TeamController
from topazdesk.ui.team.team_sheet import TeamSheet

_STUDIO, _ARCHIVE = (Account(ServiceName.TOPAZ, word) for word in ("studio", "archive"))


def _step(work: Coroutine[Any, Any, Any]) -> None:
    """Run work until it waits for the test, or has ended."""
    with suppress(StopIteration):
        work.send(None)


class _Gate:
    """Holds up whoever awaits it, until the test goes on with that work."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def _taken(stage: Stage, name: str) -> Coroutine[Any, Any, Any]:
    """Take the oldest work of this name out of what waits, to be run when the test says so."""
    found = next(each for each in stage.spawned.waiting if each[0] == name)
    stage.spawned.waiting.remove(found)
    return found[1]


@pytest.mark.parametrize("later_has_key", [True, False])
def test_whether_there_is_a_key_is_told_by_the_latest_question(stage: Stage, later_has_key: bool) -> None:
    """A key ring that took its time said that there was none, after one had been added: the button stayed "Add your
    key", and nothing asked again."""
    pricing, engine = stage.session.pricing, stage.context.engine
    known(stage.session, (1500, 1000))
    has_key = True

    async def asked(_account: Account) -> Balance:
        if not has_key:
            raise AccountError("No key", "Add one.", code=Code.ACCOUNT_NO_KEY)
        return Balance(480, 0)

    engine.refresh_balance = asked  # type: ignore[method-assign]
    stage.spawned.drop()
    pricing.set_service(ServiceName.TOPAZ)
    pricing.ask_balance()
    earlier, later = _taken(stage, "balance"), _taken(stage, "balance")
    for work, has in ((later, later_has_key), (earlier, not later_has_key)):
        has_key = has
        if has or work is earlier:  # what the earlier one says is nobody's news any more
            asyncio.run(work)
        else:
            with pytest.raises(AccountError):
                asyncio.run(work)
    assert pricing.lacks_key is not later_has_key
    assert (pricing.available is not None) is later_has_key


class _LateLimits:
    """Limits for a day of two accounts; an answer is what was so when it was asked for, and comes when the test says."""

    def __init__(self) -> None:
        self.events = EventHub()
        self.clock = SystemClock()
        self.accounts = Accounts()
        self.is_team = True
        self.engine = self
        self.limit, self.used = 300, 0
        self.used_account = _STUDIO

    def account(self, _service: ServiceName) -> Account:
        return self.used_account

    def caps(self, _unit: Unit) -> tuple[int | None, int | None]:
        return None, None

    def sets_caps(self, _unit: Unit) -> tuple[bool, bool]:
        return False, False

    def unfinished(self) -> tuple[Job, ...]:
        return ()

    async def day_limits(self, _account: Account) -> tuple[DayLimit, ...]:
        found = (DayLimit(Whose.TEAM, self.limit, self.used),)
        await _Gate()
        return found


@pytest.fixture
def late(qapp: QApplication) -> Iterator[tuple[_LateLimits, LimitsWatch, Spawned]]:
    context, spawned, parent = _LateLimits(), Spawned(), QObject()
    watch = LimitsWatch(cast(Any, context), spawned, parent)
    yield context, watch, spawned
    watch.stop()
    spawned.drop()
    parent.deleteLater()


def _asked(watch: LimitsWatch, spawned: Spawned) -> Coroutine[Any, Any, Any]:
    watch._timer.flush()
    ((_, work),) = spawned.waiting
    spawned.waiting.clear()
    return work


def test_a_job_that_is_started_while_it_is_asked_what_was_spent_counts(
    late: tuple[_LateLimits, LimitsWatch, Spawned],
) -> None:
    """What came while the first answer was under way was about an account that was not known yet, and passed over."""
    context, watch, spawned = late
    watch.limits(ServiceName.TOPAZ)
    work = _asked(watch, spawned)
    _step(work)
    context.used = 6
    info = info_of(Path("/nowhere/picture.jpg"))
    model = packaged_catalogue().find(ServiceName.TOPAZ, "Standard 2")
    context.events.emit(JobAdded(job_of(draft(info, model, fresh_recipe(ServiceName.TOPAZ, model)), "one")))
    _step(work)
    assert watch.limits(ServiceName.TOPAZ).used == 0
    work = _asked(watch, spawned)
    _step(work)
    _step(work)
    assert watch.limits(ServiceName.TOPAZ).used == 6


def test_an_answer_from_before_another_limit_was_set_is_not_kept(
    late: tuple[_LateLimits, LimitsWatch, Spawned],
) -> None:
    """It was that of an account which is not in use now, so that nobody asked again when it was."""
    context, watch, spawned = late
    watch.limits(ServiceName.TOPAZ)
    work = _asked(watch, spawned)
    _step(work)
    context.limit, context.used_account = 5, _ARCHIVE
    context.events.emit(LimitsChanged())
    _step(work)
    context.used_account = _STUDIO
    assert watch.limits(ServiceName.TOPAZ).day is None
    work = _asked(watch, spawned)
    _step(work)
    _step(work)
    assert watch.limits(ServiceName.TOPAZ).day == 5


def test_the_account_that_was_chosen_last_is_the_one_that_is_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clicks were written by two threads: at the next start the first of them could be the one that pays."""
    (controller,) = stage.window.findChildren(AccountsController)
    kept: list[Account] = []
    held: list[asyncio.Future[None]] = []
    accounts = SimpleNamespace(select=kept.append)
    context = SimpleNamespace(accounts=accounts, use_account=lambda _account, in_this_run: None)
    monkeypatch.setattr(controller, "_context", context)

    async def in_thread(work: Callable[[Account], None], account: Account) -> None:
        if account == _STUDIO:
            held.append(asyncio.get_running_loop().create_future())
            await held[0]
        work(account)

    async def story() -> None:
        clicks = [asyncio.ensure_future(controller._use(cast(Any, None), each)) for each in (_STUDIO, _ARCHIVE)]
        for _ in range(20):
            await asyncio.sleep(0)
        held[0].set_result(None)
        await asyncio.gather(*clicks)

    monkeypatch.setattr(asyncio, "to_thread", in_thread)
    asyncio.run(story())
    assert kept == [_STUDIO, _ARCHIVE]


def test_what_is_started_costs_what_the_button_said_and_is_written_down_as_it_was(stage: Stage) -> None:
    """The price, and the settings in the run's file, were those of some moment after the click."""
    first, _second = known(stage.session, (1500, 1000), (1500, 1000))
    pricing, context = stage.session.pricing, stage.context
    standard = pricing.recipe.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    pricing.recipe.set_model(standard)
    pricing.refresh()
    said = pricing.held_all.plan.credits
    stage.spawned.drop()
    context.paths.runs.mkdir(parents=True)
    stage.session.enhance(pricing.held_all.plan)
    work = _taken(stage, "enqueue")
    assert first.size is not None
    pricing.prices.confirm(first.size, Estimate(90, EstimateSource.SERVICE))
    pricing.recipe.set_model(pricing.recipe.catalogue.find(ServiceName.SANDBOX, "High Fidelity 2"))
    asyncio.run(work)
    assert sum(each.estimate.credits for each in context.engine.taken) == said < 90
    text = kept_text(context.paths.runs, "run")
    assert text is not None
    assert f'model = "{standard.name}"' in text


def test_what_is_confirmed_is_what_the_sheet_said_when_its_button_was_pressed(stage: Stage) -> None:
    """What came in the same turn of the loop was started, too, unseen."""
    pricing = stage.session.pricing
    pricing.set_service(ServiceName.TOPAZ)
    pricing.recipe.set_model(next(m for m in stage.context.catalogue.of(ServiceName.TOPAZ) if m.tier is Tier.CREATIVE))
    known(stage.session, (1500, 1000), (1500, 1000))
    pricing.refresh()
    stage.spawned.drop()
    (controller,) = stage.window.findChildren(SpendingController)
    controller.enhance_all()

    async def story() -> None:
        asked = asyncio.ensure_future(_taken(stage, "confirm"))
        await asyncio.sleep(0)
        (dialog,) = stage.window.findChildren(ConfirmSpending)
        assert dialog.spending.count == 2
        dialog.accept()
        known(stage.session, (1500, 1000))
        pricing.refresh()
        await asked

    asyncio.run(story())
    asyncio.run(_taken(stage, "enqueue"))
    assert len(stage.context.engine.taken) == 2


def test_a_job_that_ends_while_the_list_is_restored_is_over(stage: Stage, tmp_path: Path) -> None:
    """It was put back to what it was when it had been read: the picture stayed "in progress" until the next start."""
    context, session = cast(Any, stage.context), stage.session
    source, result = jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "out", "one.jpg")
    model = stage.context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    recipe = fresh_recipe(ServiceName.SANDBOX, model)
    running = job_of(draft(info_of(source), model, recipe), "one", JobState.RUNNING)
    over = replace(running, state=JobState.DONE, result=result, changed_at=2.0)
    again = replace(running, id="two", run_id="again", created_at=3.0, state=JobState.DONE, result=result)

    async def load() -> Session:
        return Session((SessionPicture(source, running.id),))

    async def jobs_on(_paths: Iterable[Path]) -> tuple[Job, ...]:
        context.events.emit(JobChanged(running))
        return (running,)

    async def past(_ids: Iterable[str]) -> tuple[Job, ...]:
        context.events.emit(JobChanged(over))
        for state in (JobState.RUNNING, JobState.DONE):
            context.events.emit(JobChanged(replace(again, state=state)))
        return ()

    context.load_session, context.engine.jobs_on, context.engine.past = load, jobs_on, past
    context.engine.get = {over.id: over}.get
    remember = Remember(session, cast(Any, SimpleNamespace(remember=lambda _jobs: None)), lambda _ids, _current: None)
    asyncio.run(remember.restore())
    (picture,) = session.library.pictures.pictures()
    assert (picture.section, picture.result) == (Section.FINISHED, again)
    assert session.library.queue.active == 0


def test_a_window_that_takes_the_place_of_another_one_knows_that_the_queue_is_paused(stage: Stage) -> None:
    """It was told before: in another language the queue seemed to go on, and nothing said why it did not."""
    library = stage.window.library
    stage.context.engine.paused = True
    assert not library.queue.paused
    later = WindowSession(cast(Any, stage.context), library, stage.session.pricing, stage.spawned, stage.window)
    assert library.queue.paused
    later.close()


def test_the_list_that_was_saved_last_is_the_one_that_is_kept(stage: Stage) -> None:
    """The one before was still being written, and took its place: pictures were gone, or back, at the next start."""
    context, session = cast(Any, stage.context), stage.session
    saved: list[int] = []
    written = asyncio.Event()

    async def save(listed: Session) -> None:
        if len(listed.pictures) == 1:
            await written.wait()
        saved.append(len(listed.pictures))

    context.save_session = save
    remember = Remember(session, cast(Any, None), lambda _ids, _current: None)
    known(session, (1500, 1000))

    async def story() -> None:
        earlier = asyncio.ensure_future(remember.save())
        await asyncio.sleep(0)
        known(session, (1500, 1000))
        later = asyncio.ensure_future(remember.save())
        for _ in range(20):
            await asyncio.sleep(0)
        written.set()
        await asyncio.gather(earlier, later)

    asyncio.run(story())
    assert saved == [1, 2]


def test_who_comes_back_while_changed_files_are_looked_for_has_them_looked_for_again(
    stage: Stage, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many pictures on a slow drive the look lasted, and what was saved meanwhile in another program stayed old."""
    looks: list[int] = []
    known(stage.session, (1500, 1000))

    async def look(*_: object) -> set[object]:
        looks.append(len(looks))
        if len(looks) == 1:
            qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
        return set()

    for _name, work in stage.spawned.looking:
        work.close()
    stage.spawned.looking.clear()
    (changed,) = stage.session.findChildren(ChangedFiles)
    changed._is_looking = False  # what the first window of a process waits for was dropped above
    changed._state_changed(Qt.ApplicationState.ApplicationActive)
    work = next(work for name, work in stage.spawned.looking if name == LOOK)
    stage.spawned.looking.remove((LOOK, work))
    monkeypatch.setattr(asyncio, "to_thread", look)
    asyncio.run(work)
    assert looks == [0, 1]


def test_a_file_is_what_its_latest_reading_says(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two readings were under way, and the one of the older file came last: its size and price stood in the row."""
    (picture,) = known(stage.session, (1500, 1000))
    library = stage.session.library
    for _ in range(2):
        library.read_again([picture])
    earlier, later = _taken(stage, "changed pictures"), _taken(stage, "changed pictures")
    answers = [info_of(picture.path, 6000, 4000), info_of(picture.path, 3000, 2000)]

    async def read(_work: object) -> list[tuple[int, ImageInfo]]:
        return [(picture.id, answers.pop(0))]

    monkeypatch.setattr(asyncio, "to_thread", read)
    asyncio.run(later)
    asyncio.run(earlier)
    assert picture.size == Size(6000, 4000)


def test_what_stopping_a_job_costs_is_shown_as_the_service_works_on(stage: Stage) -> None:
    """Asked about at the start, it was "Cancel it · free" for as long as the sheet was open, whatever was done by then."""
    engine = cast(Any, stage.context.engine)
    model = stage.context.catalogue.find(ServiceName.TOPAZ, "Standard 2")
    job = job_of(
        draft(info_of(Path("/p.jpg"), 6000, 4000), model, fresh_recipe(ServiceName.TOPAZ, model)),
        "one",
        JobState.RUNNING,
        remote_id="r",
    )
    whole = job.estimate.credits
    now = job
    engine.job = lambda _id: now
    answers: list[asyncio.Future[tuple[float, int]]] = []

    async def cancel_price(_id: str) -> tuple[float, int]:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    engine.cancel_price = cancel_price

    def works_on(percent: float, state: JobState = JobState.RUNNING) -> None:
        nonlocal now
        now = replace(job, percent=percent, state=state)
        tell = JobProgress(job.id, percent) if state is JobState.RUNNING else JobChanged(now)
        stage.context.events.emit(tell)

    async def story() -> None:
        (queue,) = stage.window.findChildren(QueueController)
        asked = asyncio.ensure_future(queue._may_cancel(job))
        await asyncio.sleep(0)
        (sheet,) = stage.window.findChildren(CancelSheet)
        first = asyncio.ensure_future(_taken(stage, "price of a cancel"))
        await asyncio.sleep(0)
        works_on(50)
        half = sheet.stop.text()
        assert half == f"Cancel it · {cancel_cost(whole, 50)} credits"
        second = asyncio.ensure_future(_taken(stage, "price of a cancel"))
        await asyncio.sleep(0)
        answers[0].set_result((0.0, 0))
        await first
        assert sheet.stop.text() == half, "the older answer"
        answers[1].set_result((60.0, cancel_cost(whole, 60)))
        await second
        assert sheet.stop.text() == f"Cancel it · {cancel_cost(whole, 60)} credits"
        works_on(100, JobState.DOWNLOADING)
        assert "either way" in sheet.told.text()
        works_on(100, JobState.DONE)
        assert not await asked, "there is nothing to cancel any more"

    asyncio.run(story())


def test_the_limit_in_the_sheet_of_a_team_is_the_one_that_holds(stage: Stage) -> None:
    """One that could not be set stayed in the field, and one that somebody else set did not come into it."""
    (controller,) = stage.window.findChildren(TeamController)
    held: int | None = 200
    lost: TopazdeskError | None = None
    reads: list[asyncio.Future[None]] = []

    async def day_cap() -> int | None:
        found = held
        if reads:
            await reads.pop()
        return found

    async def cap_day(credits: int | None) -> None:
        nonlocal held
        if lost is not None:
            raise lost
        held = credits

    desk = SimpleNamespace(
        name="archive", machine="desk", place="db", is_working=False, day_cap=day_cap, cap_day=cap_day
    )
    controller.watch = TeamWatch(cast(Any, desk), tuple)

    async def story() -> None:
        nonlocal held, lost
        asking = asyncio.ensure_future(controller._show())
        await asyncio.sleep(0)
        (sheet,) = stage.window.findChildren(TeamSheet)
        await _taken(stage, "limit of the team")
        assert sheet.cap.text() == "200"

        def types(text: str) -> None:
            sheet.cap.setText(text)
            sheet.cap.editingFinished.emit()

        lost = NetworkError("no connection", code=Code.NETWORK_BROKEN)
        for text in ("500", "600"):
            types(text)
        with suppress(NetworkError):
            await _taken(stage, "limit of the team")
        with suppress(NetworkError):
            await _taken(stage, "limit of the team")
        assert sheet.cap.text() == "200", "it could not be set"

        lost, held = None, 150
        stage.context.events.emit(LimitsChanged())  # somebody else
        await _taken(stage, "limit of the team")
        assert sheet.cap.text() == "150"

        reads.append(asyncio.get_running_loop().create_future())
        go_on = reads[0]
        stage.context.events.emit(LimitsChanged())
        late = asyncio.ensure_future(_taken(stage, "limit of the team"))
        await asyncio.sleep(0)
        types("")
        await _taken(stage, "limit of the team")
        go_on.set_result(None)
        await late
        assert (sheet.cap.text(), held) == ("", None), "what had been read before it was set"
        sheet.reject()
        await asking

    asyncio.run(story())


@pytest.mark.parametrize("meanwhile", ["", "failed", "changed", "removed"])
def test_a_result_that_is_found_is_given_to_the_picture_that_was_asked_about(
    stage: Stage, tmp_path: Path, meanwhile: str
) -> None:
    """What could not be looked for stayed to be paid for once more; a file that was changed during the look-up, or had
    left the list, was finished."""
    library = stage.session.library
    result = jpeg(tmp_path / "out", "one.jpg")
    (picture,) = known(stage.session, (1500, 1000))
    info = picture.info
    assert info is not None
    model = stage.context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    made = job_of(draft(info, model, fresh_recipe(ServiceName.SANDBOX, model)), "one", JobState.DONE, result=result)

    async def jobs_on(_paths: Iterable[Path]) -> tuple[Job, ...]:
        return ()

    async def last_results(infos: list[ImageInfo]) -> dict[tuple[Path, int], list[Job]]:
        nonlocal meanwhile
        now, meanwhile = meanwhile, ""
        if now == "failed":
            raise ComputerError("the list cannot be read", code=Code.DISK_IO)
        if now == "changed":
            picture.info = replace(info, mtime_ns=2)
        if now == "removed":
            library.remove([picture.id])
        return {picture.key: [made]} if infos == [info] else {}

    spawned = Spawned()
    previous = PreviousResults(library, jobs_on, last_results, spawned, stage.window)
    told: list[list[object]] = []
    previous.news.connect(told.append)
    is_given = meanwhile in ("", "failed")
    if meanwhile == "failed":
        with pytest.raises(ComputerError):
            spawned.run()
        library.headers_read.emit([])  # of some other picture
    spawned.run()
    assert (picture.job is not None) is is_given
    assert bool(told) is is_given


def test_of_two_run_files_the_one_that_was_opened_last_holds(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first, on a slow disk, came last: its account, its limit and its settings were in use."""
    (files,) = stage.window.findChildren(RunFiles)
    slow, quick = (SimpleNamespace(terms=RunTerms(budget=budget), mirror=()) for budget in (500, 5))
    used: list[object] = []
    read = asyncio.Event()

    async def in_thread(work: Callable[..., object], *args: object) -> object:
        if work is run_files._look:
            return SimpleNamespace(paths=(), pages=(), folders=(), missing=())
        if args[0] == Path("slow.toml"):
            await read.wait()
            return slow
        return quick

    async def nothing(*_: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(run_files, "asyncio", SimpleNamespace(to_thread=in_thread))
    monkeypatch.setattr(stage.session.library.intake, "add", nothing)
    monkeypatch.setattr(stage.session.library, "take_pages", nothing)
    for name, put in {"_take_account": used.append, "_take_recipe": used.append, "_has_key": nothing}.items():
        monkeypatch.setattr(files, name, put)
    monkeypatch.setattr(files, "_tell", lambda *_, **__: None)

    async def story() -> None:
        opened = []
        for name in ("slow.toml", "quick.toml"):
            files.open(Path(name))
            opened.append(asyncio.ensure_future(_taken(stage, "open run file")))
            for _ in range(10):
                await asyncio.sleep(0)
        read.set()
        await asyncio.gather(*opened)

    asyncio.run(story())
    assert used[-1] is quick
    assert stage.session.terms.budget == 5


def test_undo_of_an_imported_preset_goes_back_to_what_was_set_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went back to the settings at the time the file was chosen: what was changed while it was read was gone."""
    (controller,) = stage.window.findChildren(RecipeController)
    state = controller._state
    before = state.recipe
    wanted: list[object] = []

    def import_file(_path: Path) -> object:
        state.set_output(replace(state.recipe.output, folder="/elsewhere"))
        return SimpleNamespace(name="mine")

    monkeypatch.setattr(controller._presets, "import_file", import_file)
    monkeypatch.setattr(controller, "apply", lambda _preset: True)
    monkeypatch.setattr(state, "way_back", lambda recipe: wanted.append(recipe) or (lambda: None))
    monkeypatch.setattr(asyncio, "to_thread", _at_once)
    asyncio.run(controller._take_in([Path("mine.toml")]))
    assert wanted == [state.recipe]
    assert wanted != [before]


async def _at_once(work: Callable[..., object], *args: object) -> object:
    return work(*args)


def test_all_results_of_a_picture_are_asked_for_again_where_that_failed(stage: Stage, tmp_path: Path) -> None:
    """They were taken for asked for: the older results could not be stepped to before another picture was looked at."""
    (results,) = stage.window.findChildren(ShownResults)
    library, engine = stage.session.library, cast(Any, stage.context.engine)
    (picture,) = known(stage.session, (1500, 1000))
    assert picture.info is not None
    model = stage.context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    recipe = fresh_recipe(ServiceName.SANDBOX, model)
    path = jpeg(tmp_path / "out", "one.jpg")
    newest = job_of(draft(picture.info, model, recipe), "two", JobState.DONE, result=path)
    older = replace(newest, id="one", created_at=newest.created_at - 1, result=path.with_name("older.jpg"))
    is_lost = True

    async def results_of(_info: ImageInfo) -> list[Job]:
        if is_lost:
            raise ComputerError("the list cannot be read", code=Code.DISK_IO)
        return [newest, older]

    engine.results_of = results_of
    library.queue.attach(picture, [newest])
    library.choose([picture.id], picture.id)
    results._look()
    with pytest.raises(ComputerError):
        asyncio.run(_taken(stage, "results of the picture"))
    is_lost = False
    results._look()
    asyncio.run(_taken(stage, "results of the picture"))
    assert [job.id for job in results._choice.results] == ["one", "two"]


def test_that_the_newest_result_is_of_an_older_picture_outlasts_the_look_at_a_run_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The originals of the earlier run took longer to read: what was said of its result replaced the later one's."""
    watch = OriginalsWatch(stage.session.library, stage.spawned, stage.window)
    (picture,) = known(stage.session, (1500, 1000))
    assert picture.info is not None
    model = stage.context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    made = draft(picture.info, model, fresh_recipe(ServiceName.SANDBOX, model))
    before, newest = (job_of(made, name, JobState.DONE, result=Path(f"/{name}.jpg")) for name in ("before", "newest"))
    newest, before = (replace(each, source_digest="1") for each in (newest, before))
    stage.session.library.queue.attach(picture, [newest, before])

    async def witness(_jobs: list[Job]) -> Witness:
        return Witness(1, changed=(picture.path,), stale=(picture.path,))

    monkeypatch.setattr("topazdesk.ui.models.originals.witness", witness)
    for each in (newest, before):
        asyncio.run(watch._see([each]))
    assert picture.is_stale
