"""The window's own business: empty state, keys, menu, service, model, places for other parts, notices."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from tests.support.fake_context import job_of, known
from tests.support.window import menu_of
from tests.ui.shell.conftest import Stage
from topazdesk.app.action_specs import SPECS
from topazdesk.domain.catalogue import Tier
from topazdesk.domain.draft import draft
from topazdesk.domain.job import JobError, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import JobAdded, JobChanged, JobProgress, QueuePaused
from topazdesk.errors import AccountError, Code, ComputerError
from topazdesk.ui.host.picture_menu import Subject
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.tasks import TASKS
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.shortcuts_sheet import KeysSheet
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme
from topazdesk.ui.viewer import ViewerBody


def test_the_empty_window_offers_what_works(stage: Stage) -> None:
    window = stage.window
    assert window.recipe.offers_tasks
    done = {task for model in stage.context.catalogue.of(ServiceName.SANDBOX) for task in model.tasks}
    assert [card.title() for card in window.recipe.tasks.cards] == [TASKS[name][1] for name in TASKS if name in done]
    assert window.viewer.empty.choose.isVisible()
    assert window.viewer.empty.key.isVisible()
    assert window.viewer.empty.note.isVisible()
    assert window.footer.status.text() == "Ready. Nothing is sent anywhere until you press a button with a price."
    assert window.footer.chip.label() == "Sandbox · free"
    window.recipe.tasks.cards[1].click()
    assert stage.session.pricing.recipe.model.tasks[0] == "sharpen"
    assert stage.session.pricing.recipe.model.tier is Tier.PRECISE
    assert not window.recipe.offers_tasks


class _Windows(QObject):
    """Sees which windows are shown, also those that are part of another one a moment later."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.seen: list[str] = []
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_no_part_of_the_window_is_a_window_of_its_own(qapp: QApplication, stage: Stage, tmp_path: Path) -> None:
    """Buttons of the viewer and hints of notices flashed in a corner of the screen, as they were shown too early."""
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [stage.window.window()]
    assert not stage.window.viewer.try_button.isHidden(), "it is there as soon as the viewer is"
    windows = _Windows(qapp)
    made = Window(tmp_path)
    stage.window.notices.tell("warn", "A title", "A hint")
    qapp.removeEventFilter(windows)
    assert windows.seen == []
    made.library.close()
    made.deleteLater()


def test_before_the_profile_is_open_the_window_offers_what_works(bare: Window) -> None:
    assert bare.viewer.empty.choose.isVisible()
    assert not bare.viewer.empty.key.isVisible(), "no button for a dialog that is not there"
    assert not bare.viewer.empty.sample.isVisible()
    assert not bare.recipe.tools.presets.isEnabled()
    assert not bare.footer.fold.isVisible()
    assert not bare.footer.button.isEnabled()


def test_adding_and_removing_turns_the_empty_window_over(stage: Stage) -> None:
    (picture,) = known(stage.session, (600, 400))
    assert not stage.window.viewer.empty.isVisible()
    assert stage.window.viewer.strip is not None
    assert stage.window.viewer.strip.isVisible()
    stage.session.library.remove([picture.id])
    assert stage.window.viewer.empty.isVisible()
    assert not stage.window.viewer.strip.isVisible()
    assert stage.window.footer.button.label() == "Add pictures to enhance"


def test_tab_goes_as_one_reads(stage: Stage) -> None:
    """What is made late (viewer, form) came last, after the button that costs."""
    known(stage.session, (600, 400))
    window, state = stage.window, stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.SANDBOX, "Standard V2"))
    window.pictures.view.setFocus()
    parts = {
        "list": window.pictures.view,
        "viewer": window.viewer,
        "form": window.recipe.form,
        "output": window.recipe.output,
        "button": window.footer.button,
    }
    seen: list[str] = []
    for _ in range(120):
        focus = window.focusWidget()
        assert focus is not None
        name = next((n for n, part in parts.items() if part is focus or part.isAncestorOf(focus)), "")
        if name and (not seen or seen[-1] != name):
            seen.append(name)
        if name == "button":
            break
        assert window.focusNextPrevChild(True)
    assert seen == list(parts)
    back = window.focusWidget()
    assert window.focusNextPrevChild(False)
    assert window.focusWidget() is not back
    assert window.focusNextPrevChild(True)
    assert window.focusWidget() is back


def test_values_survive_a_model_where_they_mean_the_same(stage: Stage) -> None:
    state = stage.session.pricing.recipe
    find = state.catalogue.find
    state.set_model(find(ServiceName.TOPAZ, "Recover 3"))
    state.set_values({"denoise": 0.35, "creativity": 5, "enhancement_strength": 7.0})
    state.set_model(find(ServiceName.TOPAZ, "Redefine"))
    assert state.recipe.settings == {"denoise": 0.35, "creativity": 5}
    assert stage.window.recipe.carried.text() == "2 settings kept, 1 returned to Auto"
    assert stage.window.recipe.card.name.text() == "Redefine"
    state.set_model(find(ServiceName.TOPAZ, "Lens Blur 2"))
    assert not stage.window.recipe.output.sizes.isVisible()
    assert stage.window.recipe.output.keeps.isVisible() or stage.window.recipe.offers_tasks


def test_every_live_key_is_in_the_list_of_keys(stage: Stage, qtbot: QtBot) -> None:
    stage.window.resize(960, 600)
    stage.window.commands.run("keys")
    sheet = stage.window.findChild(KeysSheet)
    assert sheet is not None
    texts = {label.text() for label in sheet.findChildren(QWidget) if hasattr(label, "text")}  # type: ignore[attr-defined]
    for _group, actions in stage.window.commands.groups():
        for action in actions:
            if not action.shortcut().isEmpty():
                assert action.text().rstrip("…") in texts
    assert sheet.height() < stage.window.height(), "it was higher than a small screen, its button below the edge"
    sheet.accept()
    qtbot.waitUntil(lambda: stage.window.findChild(KeysSheet) is None)


def test_what_nobody_provides_has_no_key(bare: Window) -> None:
    shown = {action.text() for _group, actions in bare.commands.groups() for action in actions}
    assert "Add pictures…" in shown
    assert "Settings…" not in shown


def test_a_small_screen_is_filled_and_not_exceeded(qtbot: QtBot, themed: Theme) -> None:
    """The first window on a screen of 1280 × 800 had its main button beyond the edge."""
    frame = Frame()
    qtbot.addWidget(frame)
    frame.fit(QSize(1280, 772))
    assert frame.windowState() == Qt.WindowState.WindowMaximized
    assert (frame.width(), frame.height()) <= (1280, 772)
    large = Frame()
    qtbot.addWidget(large)
    large.fit(QSize(1920, 1040))
    assert large.windowState() == Qt.WindowState.WindowNoState
    exact = Frame()
    qtbot.addWidget(exact)
    exact.fit(exact.size())  # its title bar comes on top
    assert exact.windowState() == Qt.WindowState.WindowMaximized


def test_a_provided_action_appears_everywhere(bare: Window) -> None:
    ran: list[str] = []
    assert "Add your Topaz key…" not in [a.text() for a in bare.menu().actions()]
    bare.commands.provide("key", lambda: ran.append("key"))
    assert "Add your Topaz key…" in [a.text() for a in bare.menu().actions()]
    for spec in SPECS:
        bare.commands.provide(spec.name, lambda: None)
    menu = bare.menu()
    assert menu.sizeHint().height() <= 768  # higher than a screen, it breaks into columns over half of the window
    inner = [m for a in menu.actions() if isinstance(m := a.menu(), QMenu)]
    inner += [m for each in inner for a in each.actions() if isinstance(m := a.menu(), QMenu)]
    above_the_settings = {"own_settings", "common_settings", "accounts", "metadata"}
    assert {s.text for s in SPECS if s.name not in above_the_settings} == {
        a.text() for shown in (menu, *inner) for a in shown.actions()
    } - {"", "Open and copy", "Presets, runs and archives", "View", "Panels"}
    bare.commands.provide("key", lambda: ran.append("key"))
    assert not bare.viewer.empty.key.isHidden()
    bare.viewer.empty.key.click()
    bare.tell(AccountError("No Topaz key yet.", "Add your key.", code="account.no_key"))
    bare.notices.shown()[0].buttons[0].click()
    assert ran == ["key", "key"]
    bare.commands.provide("gallery", lambda: ran.append("gallery"))
    bare.recipe.card.change.click()
    assert ran[-1] == "gallery"


def test_the_queue_opens_in_its_place(stage: Stage) -> None:
    (panel,) = stage.window.findChildren(QueuePanel)
    assert not panel.isVisible()
    stage.window.footer.fold.click()
    assert panel.isVisible()
    assert panel.height() > 200, "three rows, however few there are"
    stage.window.commands.run("queue")
    assert not panel.isVisible()
    stage.window.commands.run("queue")
    panel.fold.click()
    assert not panel.isVisible()


def test_the_service_can_be_changed_and_is_remembered(stage: Stage) -> None:
    menu = stage.window.footer.service_menu()
    texts = [a.text() for a in menu.actions()]
    free = ["This computer · free, works offline", "Sandbox · for practice, simulated results"]
    assert texts == [*free, "Topaz · paid", "Runflow · paid", "", "Add your Topaz key…"]
    menu.actions()[2].trigger()
    stage.spawned.run()
    assert stage.context.settings.service == "topaz"
    assert stage.window.footer.chip.label() == "Topaz"
    assert not stage.window.viewer.empty.note.isVisible()
    assert "Auto: set by Topaz" in [group.head.summary.text() for group in stage.window.recipe.form.groups()]


def test_progress_waiting_and_failure_are_told_in_words(stage: Stage, qtbot: QtBot) -> None:
    session = stage.session
    (picture,) = known(session, (1500, 1000))
    stage.window.pictures.view.choose([picture.id], picture.id)
    assert picture.info is not None
    job = job_of(draft(picture.info, session.pricing.prices.model, session.pricing.prices.recipe), "one")
    stage.context.events.emit(JobAdded(job))
    job = job.moved(JobState.PREPARING, 2.0).moved(JobState.SUBMITTING, 3.0)
    stage.context.events.emit(JobChanged(job))
    stage.context.events.emit(JobProgress("one", 43.0, 43, 100))
    assert picture.percent == 43.0
    entries = [action.text() for action in menu_of(stage.window, [picture.id]).actions()]
    assert "Cancel · up to 1 credit may be charged" in entries
    qtbot.waitUntil(lambda: "uploading 43" in stage.window.footer.status.text())
    assert stage.window.viewer.result.state.text().startswith("Uploading 43")
    stage.context.events.emit(QueuePaused(True))
    assert stage.window.footer.status.text().startswith("Paused")
    assert stage.window.footer.pause.accessibleName() == "Resume the queue"
    trouble = JobError("service.failed", "Topaz could not finish this picture", "Retry often helps.", "500")
    stage.context.events.emit(JobChanged(job.moved(JobState.FAILED, 4.0, trouble=trouble)))
    assert picture.section is Section.FINISHED
    notice = stage.window.notices.shown()[0]
    assert notice.title == f"{picture.name}: Topaz could not finish this picture"
    assert notice.hint == "Retry often helps. Not charged.", "it never arrived"
    assert [button.label() for button in notice.buttons] == ["Retry · 1 credit"]
    stage.spawned.drop()
    notice.buttons[0].click()
    assert stage.spawned.names() == ["retry failed"]
    assert not stage.window.notices.is_told("run failed")
    session.library.again([picture.id])
    assert picture.section is Section.TODO
    menu = stage.window.menus.menu(Subject.of([picture]))
    assert "Enhance again" not in [entry.text() for entry in menu.actions()]
    next(entry for entry in menu.actions() if entry.text() == "Back to “Finished”").trigger()
    assert picture.section is Section.FINISHED, "who has thought better of it need not remove it"
    menu = stage.window.menus.menu(Subject.of([picture]))
    assert "Back to “Finished”" not in [entry.text() for entry in menu.actions()]


def test_errors_become_notices_with_details(stage: Stage) -> None:
    stage.window.tell(
        ComputerError("Results cannot be saved in this folder", "It is read-only.", details="EROFS", code="disk.ro")
    )
    (notice,) = stage.window.notices.shown()
    assert (notice.kind, notice.title, notice.hint) == (
        "err",
        "Results cannot be saved in this folder",
        "It is read-only.",
    )
    assert notice.details_button is not None
    for number in range(8):
        stage.window.tell(ComputerError(f"Trouble {number}"))
    assert len(stage.window.notices.shown()) == 4


def test_a_folder_that_cannot_be_written_can_be_changed_from_its_notice(stage: Stage) -> None:
    """The button waited for a code that nothing has, and never came."""
    window = stage.window
    for code in (Code.COMPUTER_FOLDER_GONE, Code.COMPUTER_FOLDER_READ_ONLY, Code.COMPUTER_FOLDER_UNWRITABLE):
        window.tell(ComputerError("The folder for the result is gone", "Choose another one.", code=code))
        assert [button.label() for button in window.notices.shown()[0].buttons] == ["Choose folder…"]


def test_everything_that_takes_the_focus_has_a_name(stage: Stage) -> None:
    known(stage.session, (600, 400))
    nameless = [
        widget
        for widget in stage.window.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLineEdit)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.accessibleName()
        and widget.objectName() != "qt_spinbox_lineedit"
    ]
    assert nameless == []


def test_the_focus_goes_to_the_list_when_pictures_come_and_back(stage: Stage) -> None:
    stage.window.set_first_focus()
    assert stage.window.viewer.empty.choose.hasFocus()
    (picture,) = known(stage.session, (600, 400))
    assert stage.window.pictures.view.hasFocus()
    stage.session.library.remove([picture.id])
    assert stage.window.viewer.empty.choose.hasFocus()


@pytest.mark.parametrize("size", [(960, 540), (1060, 560), (1280, 772)])
def test_the_empty_window_fits_a_small_screen(stage: Stage, qtbot: QtBot, size: tuple[int, int]) -> None:
    """At 200 % on 1920 × 1080 its words and buttons lay over each other."""
    stage.window.viewer.empty.sample.show()
    stage.window.viewer.empty.key.show()
    stage.window.resize(*size)
    assert (stage.window.width(), stage.window.height()) == size
    empty = stage.window.viewer.empty
    parts = (empty.choose, empty.sample, empty.key)
    qtbot.waitUntil(lambda: all(part.height() >= part.sizeHint().height() - 8 for part in parts))
    for part in parts:
        assert part.isVisible()
        assert empty.rect().contains(
            part.geometry().translated(part.parentWidget().mapTo(empty, part.rect().topLeft()))
        )


def test_what_goes_away_leaves_the_keys_in_its_part_of_the_window(bare: Window, qtbot: QtBot, tmp_path: Path) -> None:
    """The next button got them, and Space pressed it: a dialog opened."""
    path = tmp_path / "a.png"
    Image.new("RGB", (60, 40), "navy").save(path)
    bare.viewer.show_picture(Picture(1, path), is_empty=False)
    view = bare.viewer.view
    qtbot.waitUntil(view.isVisible)
    for widget in (bare.viewer.strip.export, bare.viewer.strip.fit):
        widget.show()
        widget.setEnabled(True)
        widget.setFocus()
        assert widget.hasFocus()
        widget.hide()
        assert view.hasFocus()
        widget.show()


def test_a_press_anywhere_on_the_viewer_gives_it_the_keys(bare: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (60, 40), "navy").save(path)
    bare.viewer.show_picture(Picture(1, path), is_empty=False)
    view = bare.viewer.view
    qtbot.waitUntil(view.isVisible)
    body = next(each for each in bare.viewer.findChildren(ViewerBody))
    for part in (view, body.foot, bare.viewer.strip, body.foot.text):
        bare.pictures.view.setFocus()
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
        assert view.hasFocus(), part


def test_the_queue_opens_as_high_as_its_rows_need(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took more than half of a low window from the picture, for one row and much that was empty."""
    window, jobs = stage.window, []
    monkeypatch.setattr(stage.context.engine, "jobs", lambda: tuple(jobs))
    window.resize(1280, 720)
    heights = []
    for picture in known(stage.session, (500, 400), *[(600, 400)] * 29):
        assert picture.info is not None
        prices = stage.session.pricing.prices
        jobs.append(job_of(draft(picture.info, prices.model, prices.recipe), f"job-{picture.id}"))
        window.commands.run("queue")
        heights.append(window.left.sizes()[1])
        window.commands.run("queue")
    assert heights[0] < window.left.height() * 0.4, "most is left to the picture"
    assert heights == sorted(heights)
    assert window.left.height() * 0.5 < heights[-1] <= window.left.height() * 0.6
