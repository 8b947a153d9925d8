"""The contents of the window: three columns and a footer, laid out and wired to the session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.intake import Refusal
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.errors import BudgetError, TopazdeskError, told
from topazdesk.ui.controls import Menu, NoticeAction, Splitter
from topazdesk.ui.controls.drop import dropped_paths
from topazdesk.ui.gallery.model_menu import model_menu
from topazdesk.ui.host.actions import VIEW, Actions
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.models.intake import why
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.pictures.panel import PicturesPanel
from topazdesk.ui.recipe.controller import RecipeDesk, is_preset
from topazdesk.ui.recipe.panel import RecipePanel
from topazdesk.ui.recipe.settings_clipboard import SettingsClipboard
from topazdesk.ui.recipe.suggestions import Suggestions
from topazdesk.ui.runtime.reveal import reveal
from topazdesk.ui.shell.focus_order import focus_in_order
from topazdesk.ui.shell.footer import Footer
from topazdesk.ui.shell.shortcuts_sheet import KeysList
from topazdesk.ui.texts import money_text, number, pictures_text, tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.panel import ViewerPanel

if TYPE_CHECKING:
    from topazdesk.ui.viewer import CompareView

#: Files of a "choose" dialog; the intake looks at the contents anyway.
_PATTERNS = "*.jpg *.jpeg *.png *.tif *.tiff *.webp *.bmp *.gif *.avif *.heic *.heif *.dng *.nef *.cr2 *.cr3 *.arw *.orf *.rw2 *.raf"


class Window(QWidget):
    """Made without the engine, so that it can be used at once; `session.opened` brings catalogue and prices.

    Other parts come in through `commands.provide(name, run)` (gallery, key, settings, refused) and `set_queue_panel`.
    """

    def __init__(self, cache_dir: Path) -> None:
        super().__init__()
        self.session = session = WindowSession(self, cache=cache_dir.with_name("thumbnails"))
        self._cache_dir = cache_dir
        self._queue_panel: QWidget | None = None
        self._was_empty: bool | None = None
        self._task_was_chosen = False
        self.sample: Callable[[], list[Path]] | None = None
        self.confirm: Callable[[], bool] = lambda: False
        self._teller: Callable[[TopazdeskError], bool] = lambda _error: False
        self.commands = Actions(self)
        self.pictures = PicturesPanel(session.pictures, session.price_of)
        self.viewer = ViewerPanel(self._make_view)
        self.recipe = RecipePanel()
        self.footer = Footer()
        self.notices = Notices(self.viewer.notices, self._remedies)
        self.recipe_desk = RecipeDesk(self, self.recipe)
        self.settings_clipboard = SettingsClipboard(self, self.pictures, self.recipe)
        self.suggestions = Suggestions(self, self.recipe)
        self._lay_out()
        self._connect()
        self._provide()
        self._session_changed()

    def _lay_out(self) -> None:
        self.columns = Splitter(Qt.Orientation.Horizontal)
        self.columns.addWidget(self.pictures)
        self.columns.addWidget(self.viewer)
        self.left = Splitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.columns)
        self.outer = Splitter(Qt.Orientation.Horizontal)
        self.outer.addWidget(self.left)
        self.outer.addWidget(self.recipe)
        self.columns.setStretchFactor(0, 0)
        self.columns.setStretchFactor(1, 1)
        self.outer.setStretchFactor(0, 1)
        self.outer.setStretchFactor(1, 0)
        self.columns.setSizes([px(288), px(800)])
        self.outer.setSizes([px(1088), px(352)])
        self.outer.splitterMoved.connect(lambda *_: self.footer.set_button_width(self.recipe.width()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.outer, 1)
        column.addWidget(self.footer)

    def _connect(self) -> None:
        session = self.session
        session.opened.connect(self._opened)
        session.plan_changed.connect(self._plan_changed)
        session.current_changed.connect(self._show_current)
        session.service_changed.connect(self._show_service)
        session.trouble.connect(self.tell)
        session.pictures.counted.connect(self._session_changed)
        session.intake.added.connect(self._select_new)
        session.intake.finished.connect(self._batch_finished)
        session.queue.changed.connect(self._queue_changed)
        session.queue.run_ended.connect(self._run_ended)
        self.pictures.view.chosen.connect(self._chosen)
        self.pictures.view.wanted.connect(session.wish_thumbnails)
        self.pictures.files_dropped.connect(self.drop)
        self.pictures.remove_wanted.connect(self._remove)
        self.pictures.again_wanted.connect(session.again)
        self.pictures.show_wanted.connect(self._reveal)
        self.pictures.copy_wanted.connect(self._copy_paths)
        self.pictures.menu_button.clicked.connect(self._open_menu)
        self.pictures.add_button.clicked.connect(lambda: self.commands.run("add"))
        self.viewer.files_dropped.connect(self.drop)
        self.viewer.folder_wanted.connect(self._reveal_path)
        self.viewer.problem.connect(self._viewer_problem)
        self.viewer.empty.choose_wanted.connect(lambda: self.commands.run("add"))
        self.viewer.empty.sample_wanted.connect(self._try_sample)
        self.viewer.empty.key_wanted.connect(lambda: self.commands.run("key"))
        self.recipe.change_wanted.connect(self._change_model)
        self.recipe.task_chosen.connect(self._task_chosen)
        self.recipe.problem_changed.connect(lambda: session.set_form_problem(self.recipe.problem))
        self.recipe.help_button.clicked.connect(lambda: self.commands.run("keys"))
        self.footer.enhance_wanted.connect(self._enhance)
        self.footer.pause_wanted.connect(session.pause)
        self.footer.service_wanted.connect(session.set_service)
        self.footer.queue_wanted.connect(self._toggle_queue)
        self.footer.add_to_service_menu(self._more_services)
        self.commands.on_provided(self._action_provided)

    def _provide(self) -> None:
        give = self.commands.provide
        give("add", self._choose_files)
        give("add_folder", self._choose_folder)
        give("paste", self._paste)
        give("remove", lambda: self._remove(self.pictures.view.chosen_ids()), self.pictures.view)
        give("find", lambda: self.pictures.filter.setFocus(Qt.FocusReason.ShortcutFocusReason))
        give("enhance", lambda: self.footer.button.click() if self.footer.button.isEnabled() else None)
        give("full_screen", self._toggle_full_screen)
        give("keys", self._show_keys)
        give("close", lambda: self.window().close())

    @property
    def widget(self) -> QWidget:
        """Itself: what features see of the window is a `Host`, which need not be a widget."""
        return self

    # filling

    def _opened(self) -> None:
        if self.session.recipe is None:
            return
        self.recipe.bind(self.session.recipe)
        self.viewer.empty.sample.setVisible(self.sample is not None)
        self._show_service()
        self._session_changed()

    def _session_changed(self) -> None:
        is_empty = len(self.session.pictures) == 0
        self.recipe.offer_tasks(is_empty and not self._task_was_chosen)
        if is_empty is self._was_empty:
            return
        self._was_empty = is_empty
        focus = self.window().focusWidget()
        # Before the empty window goes: Qt would hand its focus to whatever comes next.
        goes_with_it = focus is None or self.viewer.isAncestorOf(focus) or self.pictures.isAncestorOf(focus)
        self._show_current()
        if goes_with_it:
            self.set_first_focus()

    def set_first_focus(self) -> None:
        """Where the keyboard begins: the button of the empty window, or the list."""
        start = self.viewer.empty.choose if len(self.session.pictures) == 0 else self.pictures.view
        start.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_current(self) -> None:
        picture = self.session.picture
        self.viewer.show_picture(picture, is_empty=len(self.session.pictures) == 0)
        self.recipe.show_picture(picture.info if picture is not None else None)

    def _plan_changed(self) -> None:
        session = self.session
        was_on_button = self.footer.button.hasFocus()
        self.footer.show_plan(
            session.plan,
            ready=session.desk is not None and not session.starting,
            problem=session.form_problem,
            is_empty=len(session.pictures) == 0,
            held=session.held,
        )
        if was_on_button and not self.footer.button.isEnabled():
            # Qt would hand the focus to whatever comes next in the window's order.
            self.pictures.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.footer.set_button_width(self.recipe.width())
        self.recipe.card.show_offer(*session.offer_note())
        self.recipe.output.steps.set_many(len(session.plan.ids) > 1)
        picture = session.picture
        if picture is not None:
            self.viewer.show_result(picture)

    def _queue_changed(self) -> None:
        self.footer.show_queue(self.session.queue.summary())
        picture = self.session.picture
        if picture is not None:
            self.viewer.show_result(picture)

    def _show_service(self) -> None:
        if self.session.recipe is None:
            return
        service = self.session.recipe.recipe.service
        catalogue = self.session.recipe.catalogue
        choices = tuple(s for s in (ServiceName.SANDBOX, ServiceName.TOPAZ, ServiceName.RUNFLOW) if catalogue.of(s))
        self.footer.show_service(service, choices)
        self.viewer.empty.show_sandbox(service is ServiceName.SANDBOX)

    def _chosen(self) -> None:
        self.session.choose(self.pictures.view.chosen_ids(), self.pictures.view.current_id())

    def _select_new(self, new: list[object]) -> None:
        """The first picture of the window, or of a drop into it, is shown at once, and its row says so."""
        shown = self.session.picture
        if new and (shown is None or not self.session.chosen):
            first = [shown.id] if shown is not None else self.session.pictures.shown_ids()[:1]
            self.pictures.view.choose(first, first[0] if first else 0)

    # pictures

    def add(self, paths: list[Path]) -> None:
        """Files and folders from anywhere; presets among them go to the recipe."""
        presets = [path for path in paths if is_preset(path)]
        if presets and self.session.recipe is not None:
            self.recipe_desk.take_in(presets)
            paths = [path for path in paths if not is_preset(path)]
        if paths:
            self.session.add(paths)

    def drop(self, paths: list[Path]) -> None:
        """As `add`; a single result of ours, or a sidecar, brings back how it was made instead."""
        if not self.recipe_desk.brings_recipe(paths):
            self.add(paths)

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, tr("Add pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        patterns = f"{_PATTERNS} {_PATTERNS.upper()}"
        dialog.setNameFilters([f"{tr('Pictures')} ({patterns})", f"{tr('All files')} (*)"])
        self._open_dialog(dialog)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, tr("Add a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: QFileDialog) -> None:
        dialog.filesSelected.connect(lambda files: self.add([Path(name) for name in files]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _paste(self) -> None:
        paths = dropped_paths(QGuiApplication.clipboard().mimeData())
        if paths:
            self.add(paths)
        else:
            self.notices.tell(
                "info", tr("There are no files to paste"), tr("Copy pictures or folders in your file manager first.")
            )

    def _try_sample(self) -> None:
        if self.sample is not None:
            self.session.spawn("sample", self._add_sample(self.sample))

    async def _add_sample(self, sample: Callable[[], list[Path]]) -> None:
        self.add((await asyncio.to_thread(sample))[:1])

    def _remove(self, ids: list[int]) -> None:
        stayed = self.session.remove(ids)
        if stayed:
            self.notices.tell(
                "info",
                tr("{pictures} stayed in the list").format(pictures=pictures_text(stayed)),
                tr("Work on them goes on. Cancel it first, or wait until it is done."),
            )

    def _reveal(self, picture_id: int) -> None:
        picture = self.session.pictures.picture(picture_id)
        if picture is not None:
            done = picture.result.result if picture.result is not None else None
            self._reveal_path(done or picture.path)

    def _reveal_path(self, path: object) -> None:
        if isinstance(path, Path):
            reveal(path)

    def _copy_paths(self, ids: list[int]) -> None:
        found = [self.session.pictures.picture(i) for i in ids]
        QGuiApplication.clipboard().setText("\n".join(str(p.path) for p in found if p is not None))

    # recipe

    def _enhance(self) -> None:
        """Only ever from the button. `confirm` may ask first, and then starts the work itself."""
        if not self.confirm():
            self.session.enhance()

    def replace_recipe(self, panel: QWidget | None) -> None:
        """Show the trials' panel in place of the recipe, which sleeps meanwhile; None shows the recipe again."""
        self.recipe.show_page(panel, tr("Trials") if panel is not None else "")
        self.recipe_desk.set_asleep(panel is not None)
        self.footer.button.set_variant("secondary" if panel is not None else "primary")

    def _task_chosen(self) -> None:
        self._task_was_chosen = True

    def _change_model(self) -> None:
        if self.commands.has("gallery"):
            self.commands.run("gallery")
        elif self.session.recipe is not None:
            button = self.recipe.card.change
            menu = model_menu(self, self.session.recipe)
            menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height() + px(4))))

    # telling

    def _viewer_problem(self, error: TopazdeskError) -> None:
        """A file that is no picture leaves the list again, and the notice about files that were not added tells why."""
        picture = self.session.picture
        if picture is not None and (picture.info is not None or picture.section is not Section.TODO):
            self.tell(error)

    def tell_first(self, teller: Callable[[TopazdeskError], bool]) -> None:
        """Have errors offered to `teller` from now on; those that it answers with True are told by itself."""
        self._teller = teller

    def tell(self, error: TopazdeskError) -> None:
        """Any error becomes a notice."""
        if not self._teller(error):
            self.notices.error(error)

    def _remedies(self, error: TopazdeskError) -> tuple[NoticeAction, ...]:
        """The buttons that mend an error, where there are such."""
        if error.code == "account.no_key" or error.code.startswith("account.key"):
            if self.commands.has("key"):
                return (NoticeAction(self.commands["key"].text(), lambda: self.commands.run("key"), "key"),)
            return (NoticeAction(tr("Use the free sandbox"), lambda: self.session.set_service(ServiceName.SANDBOX)),)
        if isinstance(error, BudgetError) and self.commands.has("limits"):
            return (NoticeAction(tr("Change the limit…"), lambda: self.commands.run("limits")),)
        if error.code.startswith("disk.output"):
            return (NoticeAction(tr("Choose folder…"), lambda: self.recipe.output.choose_folder(), "folder"),)
        return ()

    def _batch_finished(self, found: int, refused: list[Refusal], restored: bool) -> None:
        if not refused:
            return
        if restored:
            title = tr("{n} of {all} pictures are no longer there").format(n=number(len(refused)), all=number(found))
            self.notices.tell(
                "warn", title, tr("They were moved, deleted or changed since last time."), details=why(refused)
            )
            return
        if found == 1:
            only = refused[0]
            self.notices.tell("warn", f"{shown_name(only.path)}: {only.title}", only.hint)
            return
        title = tr("{n} of {all} files were not added").format(n=number(len(refused)), all=number(found))
        if self.commands.has("refused"):
            show = NoticeAction(tr("Show why"), lambda: self.commands.run("refused"))
            self.notices.tell("warn", title, f"{shown_name(refused[0].path)}: {refused[0].title}", show)
        else:
            self.notices.tell("warn", title, tr("The details say why."), details=why(refused))

    def tell_earlier(self, pictures: list[Picture]) -> None:
        """Some of what was added has a result already."""
        one = len(pictures) == 1
        self.notices.tell(
            "info",
            tr("{name} was enhanced before").format(name=pictures[0].name)
            if one
            else tr("{pictures} were enhanced before").format(pictures=pictures_text(len(pictures))),
            tr("The result is shown. Change a setting, or choose Enhance again, to make a new one.")
            if one
            else tr("Their results are shown. Select them and choose Enhance again to make new ones."),
        )

    def _run_ended(self, jobs: list[Job]) -> None:
        done = [job for job in jobs if job.state is JobState.DONE]
        failed = [job for job in jobs if job.state in (JobState.FAILED, JobState.EXPIRED)]
        charged = sum(job.charged or 0 for job in jobs)
        unit = jobs[0].recipe.service.unit if jobs else Unit.CREDIT
        # Not what is left: the balance is asked anew just now, and stands in the footer.
        money = tr("{price} charged").format(price=money_text(charged, unit))
        if failed:
            trouble = failed[0].trouble
            title = tr("{n} of {all} pictures failed").format(n=len(failed), all=len(jobs)) if len(jobs) > 1 else ""
            hint = told(trouble.title, trouble.hint) if trouble else ""
            self.notices.tell(
                "err", title or (trouble.title if trouble else tr("The picture failed")),
                f"{hint if title else trouble.hint if trouble else ''} {money}.".strip(),
                details=trouble.details if trouble else "",
            )  # fmt: skip
        elif done and all(job.was_found for job in jobs):
            title = tr("1 lost result is here") if len(done) == 1 else tr("{n} lost results are here")
            hint = tr("They were paid already; fetching them cost nothing.")
            self.notices.tell("ok", title.format(n=number(len(done))), hint, *self._show_first(done))
        elif done and len(jobs) > 1:
            title = tr("{pictures} are done")
            self.notices.tell(
                "ok", title.format(pictures=pictures_text(len(done))), f"{money}.", *self._show_first(done)
            )

    def _show_first(self, done: list[Job]) -> tuple[NoticeAction, ...]:
        path = done[0].result
        return (NoticeAction(tr("Show in folder"), lambda: self._reveal_path(path), "folder"),) if path else ()

    # menus, queue, window

    def menu(self) -> QMenu:
        """The menu of the window: everything that can be done, with its key."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, (title, actions) in enumerate(self.commands.groups()):
            if place:
                menu.addSeparator()
            # Of all groups this one is at hand elsewhere; with it the menu is higher than the screen of a laptop.
            (menu.inner(title) if title == tr(VIEW) else menu).addActions(actions)
        return menu

    def _open_menu(self) -> None:
        button = self.pictures.menu_button
        self.menu().popup(button.mapToGlobal(QPoint(0, button.height() + px(4))))

    def _more_services(self, menu: QMenu) -> None:
        if self.commands.has("key"):
            menu.addSeparator()
            menu.addAction(self.commands["key"])

    def _action_provided(self, name: str) -> None:
        if name == "key":
            self.viewer.empty.key.show()

    def set_queue_panel(self, panel: QWidget) -> None:
        """The queue opens above the footer, below pictures and viewer."""
        self._queue_panel = panel
        panel.hide()
        self.left.addWidget(panel)
        self.left.setStretchFactor(0, 1)
        self.footer.fold.show()
        self.commands.provide("queue", self._toggle_queue)

    def show_queue(self) -> None:
        """Open the queue if it is folded."""
        if self._queue_panel is not None and self._queue_panel.isHidden():
            self._toggle_queue()

    def _toggle_queue(self) -> None:
        panel = self._queue_panel
        if panel is None:
            return
        panel.setVisible(panel.isHidden())
        opened = not panel.isHidden()
        if opened:
            height = min(px(412), self.left.height() * 3 // 5)
            self.left.setSizes([self.left.height() - height, height])
        self.footer.fold.set_icon_name("fold" if opened else "up")
        self.footer.fold.set_name(tr("Fold the queue") if opened else tr("Show the queue"))

    def _toggle_full_screen(self) -> None:
        window = self.window()
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _show_keys(self) -> None:
        KeysList(self, self.commands.groups()).open()

    def _make_view(self) -> CompareView:
        from topazdesk.ui.viewer import SIDE_BY_SIDE, SPLIT, CompareView

        view = CompareView(self._cache_dir)
        give = self.commands.provide
        give("split", lambda: view.set_mode(SPLIT))
        give("side", lambda: view.set_mode(SIDE_BY_SIDE))
        give("swap", view.swap)
        give("difference", view.toggle_difference)
        give("next_area", view.next_area)
        give("export", view.export)
        give("zoom", view.toggle_zoom)
        give("zoom_in", view.zoom_in)
        give("zoom_out", view.zoom_out)
        return view

    # looks and life

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        """Tab goes as one reads."""
        return focus_in_order(self, forward=next) or super().focusNextPrevChild(next)

    def splitter_text(self) -> str:
        """The splitters as Qt's base64 texts, for the settings."""
        parts = [bytes(s.saveState().toBase64().data()).decode() for s in (self.columns, self.outer)]
        return " ".join(parts)

    def restore_splitters(self, splitter: str) -> None:
        """Put back what `splitter_text` gave; what does not fit is ignored."""
        for each, text in zip((self.columns, self.outer), splitter.split(), strict=False):
            each.restoreState(QByteArray.fromBase64(text.encode("ascii", "ignore")))
