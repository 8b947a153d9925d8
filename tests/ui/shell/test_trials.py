"""Trials in a whole window with a real sandbox: paid once, looked at side by side, used for nothing more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.sandbox import RunningSandbox
from tests.support.shots import OUT
from tests.support.window import drop, live, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode
from topazdesk.ui.trials.controller import TrialsController
from topazdesk.ui.trials.show import TrialsView


async def opened(window: Window) -> tuple[TrialsController, TrialsView]:
    """The picture is read, the window active, and the trials are open."""
    session = session_of(window)
    await until(lambda: session.library.picture is not None and session.library.picture.info is not None, "read")
    await until(lambda: session.pricing.plan.is_confirmed, "prices")
    await quiet(window)
    window.window().activateWindow()
    await until(window.isActiveWindow, "active")
    window.commands.run("trials")
    context = window.findChild(TrialsController)
    assert context is not None
    assert context.is_open
    assert context.view is not None
    return context, context.view


async def tried(context: TrialsController) -> None:
    board = context.state.board
    assert board is not None
    await until(lambda: bool(board.here()) and not board.is_running and not context.state.starting, "tried")


def _recipe(window: Window) -> RecipeState:
    return session_of(window).pricing.recipe


def _submits(sandbox: RunningSandbox) -> int:
    return len(sandbox.rows("jobs"))


async def _look(window: Window, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    await painted(window)
    image = window.window().grab().toImage()
    assert await asyncio.to_thread(image.save, str(OUT / f"trials-{name}.png"))


def _labels_leave_the_frame_free(window: Window, context: TrialsController) -> None:
    """In whatever corner the frame is, the label of the picture does not lie over it: its grips could not be seen."""
    view, frame = window.viewer.view, context.view.frame
    for place in (Patch(0, 0, 256, 256), Patch(944, 0, 256, 256), Patch(0, 544, 256, 256), Patch(0, 0, 1100, 700)):
        context.state.set_patch(place)
        view.stage.zoom_fit()
        grips = frame.focus_shape()[0].toAlignedRect()
        labels = view.visible_labels()
        frame.grab()
        badge, lines = frame.badge_place(), frame.focus_shape()[0]
        assert not badge.intersects(lines) or lines.contains(badge), "no line of the frame runs through the badge"
        assert not any(label.geometry().intersects(grips) for label in labels), place
        assert labels or place.width > 1000, "it says what is shown as long as there is a place for it"


def _story_of_a_patch(qapp: QApplication, tmp_path: Path, mode: Mode) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def first(window: Window) -> None:
        drop(window.pictures, picture)
        context, view = await opened(window)
        board, before = context.state.board, _recipe(window).recipe
        assert board is not None
        await until(lambda: view.panel.start.label() == "Try 1 model · 1 credit", "the price")
        assert view.panel.hint.text().startswith("The whole picture costs the same"), "said beside the price"
        assert view.frame.hasFocus(), "the arrow keys move it at once"
        tray, order = view.tray, []
        await until(lambda: all(card.isVisible() for card in tray.cards), "laid out")
        for _ in range(6):
            order.append(window.window().focusWidget())
            QTest.keyClick(order[-1], Qt.Key.Key_Tab)
        assert order[1] is not None
        assert order[1].accessibleName() == "File details"
        assert [order[0], *order[2:]] == [view.frame, tray.where.segment(False), *tray.cards, tray.add]
        view.frame.setFocus()
        # A hand on the frame, then the keys.
        await until(lambda: view.frame.focus_shape()[0].width() < view.frame.width() / 2, "placed")
        start, rect = board.patch, view.frame.focus_shape()[0]
        middle = rect.center().toPoint()
        QTest.mousePress(view.frame, Qt.MouseButton.LeftButton, pos=middle)
        QTest.mouseMove(view.frame, middle + QPoint(-40, 20))
        QTest.mouseRelease(view.frame, Qt.MouseButton.LeftButton, pos=middle + QPoint(-40, 20))
        assert board.patch.x < start.x
        assert board.patch.y > start.y
        assert board.patch.size == start.size
        QTest.keyClick(view.frame, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        assert board.patch.width > start.width
        QTest.keyClick(view.frame, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        context.state.set_patch(Patch(700, 300, 256, 256))
        context.state.add(_recipe(window).catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "both prices")
        assert not view.panel.card.use.isEnabled()
        await _look(window, f"before-{mode}")
        _labels_leave_the_frame_free(window, context)
        context.state.set_patch(Patch(700, 300, 256, 256))
        sandbox.scenario({"match": {"model": "Recover 3"}, "do": {"fail_job": True}})
        QTest.keyClick(view.panel.start, Qt.Key.Key_Return)
        assert not context.state.starting, "Return spends nothing"
        view.panel.start.click()
        view.panel.start.click()
        await tried(context)
        viewport = window.viewer.view.stage.viewport
        assert viewport is not None
        seen = viewport.visible
        assert 0.45 < seen.x < 700 / 1200, "the area fills the view"
        assert 956 / 1200 < seen.right < 0.95
        good, bad = (board.job(each) for each in board.candidates)
        assert good is not None
        assert bad is not None
        assert (good.state, bad.state) == (JobState.DONE, JobState.FAILED), "one that fails leaves the others"
        await until(lambda: view.tray.cards[2].words.state == "Failed", "it says so")
        assert view.panel.card.words.text().startswith(bad.trouble.title if bad.trouble else "?")
        sandbox.scenario()
        assert view.panel.again.label() == "Try again · 1 credit"
        QTest.keyClick(window, Qt.Key.Key_1)
        await until(lambda: view.panel.start.label() == "Try 1 model · 1 credit", "the failed one is open again")
        view.panel.start.click()
        await tried(context)
        await until(lambda: view.panel.start.label() == "All tried", "both are there")
        assert not view.panel.start.isEnabled()
        assert len(sandbox.rows("sources")) == 1, "one upload"
        # Keys: a candidate's pixels in the frame, the source, and back.
        QTest.keyClick(window, Qt.Key.Key_2)
        assert board.chosen == 2
        await until(lambda: view.frame.accessibleDescription().startswith("Recover 3 · area 256 × 256"), "its badge")
        await until(view.frame.is_sharp, "its pixels")
        await until(lambda: view.tray.cards[2].image is not None, "its card")
        await _look(window, f"patch-{mode}")
        shown = view.frame.grab().toImage()
        QTest.keyClick(window, Qt.Key.Key_0)
        await until(lambda: view.panel.card.name.text() == "Original", "the source")
        assert view.frame.grab().toImage() != shown
        assert not view.panel.card.use.isEnabled()
        QTest.keyClick(window, Qt.Key.Key_2)
        assert board.chosen == 2
        # The list knows nothing of them, and the sum is told.
        assert len(window.library.pictures.in_section(Section.TODO)) == 1
        assert view.tray.facts.text().startswith("2 credits charged")
        # What is changed or removed by mistake comes back, and with it what was paid for.
        form, control = view.panel.form, Qt.KeyboardModifier.ControlModifier
        context.state.set_values({"sharpen": 0.7}, "")
        context.state.remove(2)
        assert len(board.candidates) == 1
        QTest.keyClick(window, Qt.Key.Key_Z, control)
        await until(lambda: form.values() == {"sharpen": 0.7}, "the candidate with its setting")
        QTest.keyClick(window, Qt.Key.Key_Z, control)
        await until(lambda: view.panel.start.label() == "All tried", "as it was tried")
        assert (board.chosen, form.values()) == (2, {})
        assert _recipe(window).recipe == before, "the recipe's own steps wait"
        # Used: the recipe is the candidate's, in one step, for nothing.
        await until(view.panel.card.use.isEnabled, "usable")
        paid = _submits(sandbox)
        assert not window.commands["gallery"].isEnabled(), "it would change a recipe that nobody sees"
        view.panel.card.use.click()
        assert not context.is_open
        assert window.commands["gallery"].isEnabled()
        assert _recipe(window).model.name == "Recover 3"
        assert window.notices.toasted is not None
        assert window.notices.toasted.title == "Settings of Recover 3 applied"
        window.commands.run("undo")
        assert _recipe(window).recipe == before
        assert _submits(sandbox) == paid

    async def again(window: Window) -> None:
        await until(lambda: window.library.picture is not None, "restored")
        assert window.library.queue.active == 0
        context, view = await opened(window)
        board = context.state.board
        assert board is not None
        assert board.patch == Patch(700, 300, 256, 256)
        await until(lambda: len(view.tray.cards) == 3, "the cards")
        assert [card.words.name for card in view.tray.cards] == ["Original", "Standard 2", "Recover 3"]
        assert view.panel.start.label() == "All tried"
        await until(lambda: all(card.image is not None for card in view.tray.cards), "their pixels")
        # A setting that is changed is priced anew; put back, it finds what was paid for.
        QTest.keyClick(window, Qt.Key.Key_2)
        await until(lambda: view.panel.form.row("creativity") is not None, "its form")
        row = view.panel.form.row("creativity")
        assert row is not None
        row.edited.emit(6)
        await until(lambda: view.panel.start.label() == "Try 1 model · 1 credit", "priced again")
        assert not view.panel.card.use.isEnabled()
        row.returned.emit()
        await until(lambda: view.panel.start.label() == "All tried", "it is there already")
        await until(view.panel.card.use.isEnabled, "usable")
        view.panel.vary.click()
        await until(lambda: len(view.tray.cards) == 4, "one more")
        assert view.panel.start.label() == "All tried", "the same settings are not paid twice"
        view.tray.cards[3].setFocus()
        QTest.keyClick(view.tray.cards[3], Qt.Key.Key_Delete)
        await until(lambda: len(view.tray.cards) == 3, "taken away")
        context.state.set_patch(Patch(100, 100, 256, 256))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "priced again elsewhere")
        assert not view.tray.back.isHidden()
        view.tray.back.click()
        await until(lambda: view.panel.start.label() == "All tried", "back where it was tried")
        await until(view.frame.is_sharp, "its pixels")
        viewer = window.viewer.view
        assert viewer is not None
        shown = view.frame.grab().toImage()
        QTest.keyPress(view.frame, Qt.Key.Key_Space)
        assert viewer.stage.holds_source
        assert view.frame.grab().toImage() != shown
        QTest.keyRelease(view.frame, Qt.Key.Key_Space)
        await until(lambda: not viewer.stage.holds_source, "let go")
        QTest.keyClick(view.frame, Qt.Key.Key_Escape)
        assert not context.is_open
        assert window.viewer.try_button.hasFocus()
        context.open()
        session = session_of(window)
        session.library.remove([session.library.current])
        assert not context.is_open, "its picture has left the list"

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, first, mode=mode) == []
        assert live(qapp, profile, again, mode=mode) == []
        assert len(sandbox.rows("sources")) == 1


def test_a_patch_is_tried_and_used_and_comes_back(qapp: QApplication, tmp_path: Path) -> None:
    _story_of_a_patch(qapp, tmp_path, "dark")


def test_whole_results_are_compared_and_kept_for_nothing(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 900, 600))

    async def story(window: Window) -> None:
        drop(window.pictures, picture)
        context, view = await opened(window)
        board = context.state.board
        assert board is not None
        whole = view.tray.where.segment(True)
        assert whole is not None
        whole.click()
        assert board.whole
        assert view.frame.isHidden() or board.place is None
        context.state.add(_recipe(window).catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "both prices")
        view.panel.start.click()
        await tried(context)
        assert len(sandbox.rows("sources")) == 1, "one upload"
        viewer = window.viewer.view
        assert viewer is not None
        await until(lambda: viewer.stage.compares_now, "compared as any result")
        await quiet(window)
        await until(lambda: view.tray.cards[2].image is not None, "its card")
        await _look(window, "whole-light")
        assert window.library.pictures.in_section(Section.FINISHED) == []
        await until(view.panel.card.use.isEnabled, "usable")
        paid = _submits(sandbox)
        view.panel.card.use.click()
        await until(lambda: len(window.library.pictures.in_section(Section.FINISHED)) == 1, "an ordinary result")
        (finished,) = window.library.pictures.in_section(Section.FINISHED)
        assert finished.result is not None
        assert finished.result.result is not None
        assert finished.result.result.parent == picture.parent
        await until(lambda: viewer.stage.compares_now, "shown")
        await until(lambda: not session_of(window).pricing.plan.ids, "nothing is left to enhance")
        assert _submits(sandbox) == paid
        # The other one is still a trial.
        context.open()
        assert context.state.board is board
        board.whole = True
        assert [board.result(each) is not None for each in board.candidates] == [True, False]

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story, mode="light") == []
