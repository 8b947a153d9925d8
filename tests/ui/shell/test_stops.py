"""What a user reads while something stands in the way: every story runs against a real sandbox with a scenario."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.shots import OUT, keep
from tests.support.window import (
    drop,
    jpeg,
    live,
    menu_of,
    no_environment,
    painted,
    profile_with_sandbox,
    session_of,
    settings,
    until,
)
from topazdesk.app.app_context import AppContext
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.controls import Button, Notice
from topazdesk.ui.models.job_texts import Act
from topazdesk.ui.models.picture import Section
from topazdesk.ui.queue.cancel_all_sheet import CancelAllSheet
from topazdesk.ui.queue.cancel_sheet import CancelSheet
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme

__all__ = ["no_environment"]

_SUBMIT = {"method": "POST", "path": "/async"}


async def _start(window: Window, *paths: Path) -> QueuePanel:
    drop(window.pictures, *paths)
    await until(lambda: len(session_of(window).pricing.held_all.plan.ids) == len(paths), "priced")
    window.commands.run("queue")
    window.commands.run("enhance_all")
    await until(lambda: bool(_jobs(window)), "started")
    (panel,) = window.findChildren(QueuePanel)
    return panel


def _jobs(window: Window) -> tuple[Job, ...]:
    return session_of(window).context.engine.jobs()


async def _topaz(window: Window, key: str) -> AppContext:
    """Topaz with this key is the service in use, and its balance is known."""
    context = session_of(window).context
    context.keys.remember(Account(ServiceName.TOPAZ), key)
    session_of(window).pricing.set_service(ServiceName.TOPAZ)
    await until(lambda: session_of(window).pricing.available == 500, "balance")
    return context


async def _notice(window: Window) -> Notice:
    await until(lambda: bool(window.notices.shown()), "a notice")
    return window.notices.shown()[0]


def _press(notice: Notice, text: str) -> None:
    (button,) = [each for each in notice.findChildren(Button) if each.label() == text]
    button.click()


async def _grab(window: Window, name: str) -> None:
    """The window in both themes."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    OUT.mkdir(parents=True, exist_ok=True)
    for mode in ("light", "dark"):
        Theme.apply(app, mode, high_contrast=False, reduced_motion=True)  # type: ignore[arg-type]
        await painted(window)
        keep(window.window().grab(), OUT / f"{name}-{mode}.png")


async def _all_done(window: Window, count: int) -> None:
    await until(lambda: len(window.library.pictures.in_section(Section.FINISHED)) == count, "all done")
    assert {job.state for job in _jobs(window)} == {JobState.DONE}


def test_credits_that_are_used_up_stop_the_queue_and_nothing_is_lost(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": _SUBMIT, "do": {"status": 402}})
        await _start(window, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg", 250))
        notice = await _notice(window)
        assert notice.title == "Credits are used up"
        assert notice.hint.startswith("The queue waits; nothing is lost.")
        await until(lambda: all(job.state is JobState.QUEUED for job in _jobs(window)), "both wait")
        await _grab(window, "stop-credits")
        sandbox.scenario()
        _press(notice, "Go on now")
        await _all_done(window, 2)
        assert notice not in window.notices.shown()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


def test_ordered_credits_are_waited_for(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": _SUBMIT, "do": {"status": 425}})
        panel = await _start(window, jpeg(tmp_path / "in", "one.jpg"))
        await until(lambda: _jobs(window)[0].state is JobState.WAITING, "waits")
        await until(lambda: panel.model.rowCount() == 1, "row")
        await until(lambda: panel.model.line(panel.model.id_at(0)).title.startswith("The sandbox is waiting"), "said")
        line = panel.model.line(panel.model.id_at(0))
        assert line.title == "The sandbox is waiting for ordered credits"
        assert line.sentence.startswith(
            "The order is in progress. It resumes automatically when the credits are there."
        )
        sandbox.scenario()
        panel.view.acted.emit(Act.NOW, panel.model.id_at(0))
        await _all_done(window, 1)

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


def test_a_key_that_is_refused_can_be_changed_from_the_notice(qapp: QApplication, tmp_path: Path) -> None:
    """In the middle of a queue, and while the recipe is for another service: it asked for the key of that one."""

    async def story(window: Window) -> None:
        context = await _topaz(window, sandbox.key)
        await _start(window, jpeg(tmp_path / "in", "one.jpg"))
        await _all_done(window, 1)
        context.keys.remember(Account(ServiceName.TOPAZ), "not-the-key-any-more")
        drop(window.pictures, jpeg(tmp_path / "in", "two.jpg"), jpeg(tmp_path / "in", "three.jpg", 250))
        await until(lambda: len(session_of(window).pricing.held_all.plan.startable) == 2, "priced")
        window.commands.run("enhance_all")
        notice = await _notice(window)
        assert notice.title == "Topaz rejected this key"
        assert notice.hint.endswith("The queue waits; nothing is lost.")
        session_of(window).pricing.set_service(ServiceName.SANDBOX)
        await until(lambda: context.engine.is_paused and len(_jobs(window)) == 3, "stopped")
        await _grab(window, "stop-key")
        _press(notice, "Change key…")
        await until(lambda: bool(window.findChildren(KeyDialog)), "asked")
        (dialog,) = window.findChildren(KeyDialog)
        assert dialog.windowTitle() == "Add your Topaz key"
        dialog.field.setText("wrong-again")
        await until(lambda: "rejected" in dialog.status.text(), "refused once more")
        assert not dialog.save.isEnabled()
        dialog.field.setText(sandbox.key)
        await until(dialog.save.isEnabled, "works")
        dialog.for_now.setChecked(True)
        dialog.save.click()
        await until(lambda: all(job.state is JobState.DONE for job in _jobs(window)), "all done")
        assert notice not in window.notices.shown()
        assert session_of(window).pricing.recipe.recipe.service is ServiceName.SANDBOX, "only the key is another one"
        assert len(sandbox.rows("jobs")) == 3

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


def test_without_a_service_the_row_waits_and_goes_on_by_itself(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        await _topaz(window, sandbox.key)
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"))
        await until(
            lambda: (
                len(session_of(window).pricing.held_all.plan.ids) == 1
                and session_of(window).pricing.held_all.plan.is_confirmed
            ),
            "priced",
        )
        sandbox.kill()
        window.commands.run("queue")
        (panel,) = window.findChildren(QueuePanel)
        window.commands.run("enhance_all")
        await until(lambda: bool(_jobs(window)) and _jobs(window)[0].state is JobState.WAITING, "waits")
        await until(lambda: panel.model.rowCount() == 1, "row")
        await until(lambda: "resumes" in panel.model.line(panel.model.id_at(0)).title, "said")
        line = panel.model.line(panel.model.id_at(0))
        assert line.title == "No connection to Topaz – resumes automatically"
        assert line.sentence.startswith("Nothing is lost. Next try ")
        await _grab(window, "stop-offline")
        sandbox.start()
        panel.view.acted.emit(Act.NOW, panel.model.id_at(0))
        await _all_done(window, 1)

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


def test_a_running_job_says_what_its_cancel_costs(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": _SUBMIT, "do": {"job_s": 36_000}})
        context = await _topaz(window, sandbox.key)
        panel = await _start(window, jpeg(tmp_path / "in", "one.jpg"))
        await until(lambda: _jobs(window)[0].state is JobState.RUNNING, "running")
        (job,) = _jobs(window)
        panel.view.acted.emit(Act.CANCEL, job.id)
        await until(lambda: bool(window.findChildren(CancelSheet)), "asked")
        (asked,) = window.findChildren(CancelSheet)
        assert asked.windowTitle() == "Cancel one.jpg?"
        asked.keep.click()
        await until(lambda: not panel.model.is_busy(job.id), "kept")
        assert context.engine.job(job.id).state is JobState.RUNNING
        panel.view.acted.emit(Act.CANCEL, job.id)
        await until(lambda: any(each.isVisible() for each in window.findChildren(CancelSheet)), "asked again")
        (again,) = [each for each in window.findChildren(CancelSheet) if each.isVisible()]
        again.stop.click()
        await until(lambda: context.engine.job(job.id).state is JobState.CANCELLED, "cancelled")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


def test_all_that_is_not_finished_is_cancelled_at_once(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": _SUBMIT, "do": {"job_s": 36_000}})
        context = await _topaz(window, sandbox.key)
        panel = await _start(window, *(jpeg(tmp_path / "in", f"{n}.jpg", 200 + n) for n in range(3)))
        await until(lambda: [job.state for job in _jobs(window)] == [JobState.RUNNING] * 3, "all running")
        await until(lambda: panel.cancel.isVisible(), "the button")
        panel.cancel.click()
        await until(lambda: bool(window.findChildren(CancelAllSheet)), "asked")
        (asked,) = window.findChildren(CancelAllSheet)
        assert asked.windowTitle() == "Cancel 3 pictures?"
        assert asked.stop.label() == "Cancel 3 pictures · up to 3 credits"
        asked.stop.click()
        await until(lambda: [job.state for job in _jobs(window)] == [JobState.CANCELLED] * 3, "cancelled")
        # It is free up to the first hundredth of the work, which takes six minutes here.
        assert sum(job.charged or 0 for job in context.engine.jobs()) == 0
        await until(lambda: not panel.cancel.isVisible(), "nothing to cancel any more")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


#: A list with a job that has no name: with it nobody can say whether a job of ours is there.
_NAMELESS = {
    "match": {"method": "GET", "path": "/image/v1/status$"},
    "do": {
        "status": 200,
        "body": {
            "data": [{"process_id": "p-1", "status": "Processing", "progress": 10, "model_name": "Standard V2"}],
            "pagination": {"has_next_page": False},
        },
    },
}


def test_a_doubt_has_both_choices_in_the_notice_the_queue_and_the_list(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": {**_SUBMIT, "nth": 1}, "do": {"drop": "after"}}, _NAMELESS)
        panel = await _start(window, jpeg(tmp_path / "in", "one.jpg"))
        notice = await _notice(window)
        assert notice.title == "It is unclear whether one.jpg arrived in the sandbox"
        assert notice.hint == (
            "It was sent, and the answer was lost. Sent again, it may cost 1 credit twice; given up, it may have cost "
            "1 credit once."
        )
        (job,) = _jobs(window)
        await until(lambda: panel.model.rowCount() == 1, "row")
        await until(lambda: len(panel.model.line(job.id).actions) == 2, "both choices")
        assert [a.text for a in panel.model.line(job.id).actions] == ["Send again · 1 credit", "Give it up"]
        (picture,) = window.library.pictures.in_section(Section.PROGRESS)
        menu = menu_of(window, [picture.id])
        assert [entry.text() for entry in menu.actions()][:2] == ["Send again · 1 credit", "Give it up"]
        menu.close()
        await _grab(window, "doubt")
        assert len(sandbox.rows("jobs")) == 1, "nothing is sent again by itself"
        _press(notice, "Give it up")
        await until(lambda: _jobs(window)[0].state is JobState.CANCELLED, "given up")
        assert notice not in window.notices.shown()

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


def test_several_doubts_are_one_notice_that_leads_to_the_queue(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        sandbox.scenario({"match": {**_SUBMIT, "until": 2}, "do": {"drop": "after"}}, _NAMELESS)
        panel = await _start(window, jpeg(tmp_path / "in", "one.jpg"), jpeg(tmp_path / "in", "two.jpg", 250))
        await until(lambda: any("2 pictures" in each.title for each in window.notices.shown()), "both doubtful")
        (notice,) = window.notices.shown()
        assert notice.title == "It is unclear whether 2 pictures arrived"
        first, second = _jobs(window)
        sandbox.scenario()
        panel.view.acted.emit(Act.RESEND, first.id)
        panel.view.acted.emit(Act.ASK, second.id)
        await _all_done(window, 2)
        assert not [each for each in window.notices.shown() if each.title.startswith("Nobody")]
        sent = len(sandbox.rows("jobs"))
        assert sent in (2, 3), "both were there; the user's word sends again only what is not found at a last look"

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
