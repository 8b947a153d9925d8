"""The contents of the window: three columns and a footer, laid out and connected to the picture library."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.app.action_specs import COMPARE, EARLY, FILES, HELP, PANELS, RUNS, VIEW
from topazdesk.errors import AccountError, BudgetError, BugError, Code, TopazdeskError
from topazdesk.ui.controls import Menu, NoticeAction, Splitter
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.host.picture_menu import Part, PictureMenus, Subject, menu_entry
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.pictures.panel import PicturesPanel
from topazdesk.ui.recipe.panel import RecipePanel
from topazdesk.ui.runtime.work import Work
from topazdesk.ui.shell.choosing import choose_files, choose_folder
from topazdesk.ui.shell.columns import Columns
from topazdesk.ui.shell.focus_order import focus_in_order, is_leaving
from topazdesk.ui.shell.footer import Footer
from topazdesk.ui.shell.page_choice import PageChoice
from topazdesk.ui.shell.pasting import Pasting
from topazdesk.ui.shell.picture_news import PictureNews
from topazdesk.ui.shell.side_panels import SidePanels, TabKey
from topazdesk.ui.texts import pictures_text, tr, translated
from topazdesk.ui.theme.icons import icon
from topazdesk.ui.viewer.panel import ViewerPanel

if TYPE_CHECKING:
    from topazdesk.ui.viewer import CompareView


class Window(QWidget):
    """The contents of the window. It needs no engine, so pictures can be added and viewed at once.

    A `Workspace` and its features add the rest later, through `commands.provide(name, run)`.

    `arrived` is emitted with paths of files and folders from any source, and whether they were dropped. `queue_stopped`
    is emitted with the AccountError that made the queue wait; whoever is connected shows it.
    """

    arrived = Signal(list, bool)
    queue_stopped = Signal(object)

    def __init__(self, cache_dir: Path, recipe: RecipePanel | None = None) -> None:
        """Make the window. A `recipe` that was made before, in a turn of its own, makes this one shorter."""
        super().__init__()
        self.work = Work()
        self.library = Library(self.work.spawn, self, cache=cache_dir.with_name("thumbnails"))
        self._cache_dir = cache_dir
        self._was_empty: bool | None = None
        self.commands = Actions(self)
        self.pictures = PicturesPanel(self.library.pictures)
        self.viewer = ViewerPanel(self._make_view)
        self.recipe = recipe or RecipePanel()
        self.footer = Footer()
        self.notices = Notices(self.viewer.notices, self.viewer.toasts, self._remedies)
        self._unread: TopazdeskError | None = None  # why what is looked at could not be shown
        self.outgoing = Outgoing(self.work.spawn, self.notices, self)
        self.menus = PictureMenus(self.outgoing, self.commands, self)
        self.news = PictureNews(self.library, self.notices, self.commands, self.outgoing, self)
        self.pasting = Pasting(self.work, self.notices, self.outgoing, self)
        self._pasted: frozenset[Path] = frozenset()  # what comes from the clipboard and is not in the list yet
        for part, page in (
            (self.pictures, "files#kinds"),
            (self.viewer, "compare"),
            (self.viewer.empty, "start"),
            (self.recipe, "models#auto"),
            (self.recipe.help_button, "start"),
            (self.recipe.output, "files#names"),
            (self.recipe.sending, "privacy#before"),
            (self.footer, "money"),
        ):
            set_help(part, page)
        self._lay_out()
        self._connect()
        self._provide()
        self._counted()

    def _lay_out(self) -> None:
        self.columns = Splitter(Qt.Orientation.Horizontal)
        self.columns.addWidget(self.pictures)
        self.columns.addWidget(self.viewer)
        self.shows_queue = False
        self.left = Splitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.columns)
        self.outer = Splitter(Qt.Orientation.Horizontal)
        self.outer.addWidget(self.left)
        self.outer.addWidget(self.recipe)
        self.columns.setStretchFactor(0, 0)
        self.columns.setStretchFactor(1, 1)
        self.outer.setStretchFactor(0, 1)
        self.outer.setStretchFactor(1, 0)
        self.panels = SidePanels(self.pictures, self.viewer, self.recipe, self.columns, self.outer, self.commands)
        self.panels.recipe_width.connect(self.footer.set_button_width)
        self.panels.menu_wanted.connect(self._open_menu)
        self.panels.restore(Columns())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.outer, 1)
        column.addWidget(self.footer)

    def _connect(self) -> None:
        library = self.library
        self.arrived.connect(self._add_to_list)
        self.pasting.arrived.connect(self._add_pasted)
        library.current_changed.connect(self._show_current)
        library.pictures.counted.connect(self._counted)
        library.intake.added.connect(self._select_new)
        library.queue.changed.connect(self._queue_changed)
        self.pictures.view.chosen.connect(self._chosen)
        self.pictures.view.wanted.connect(library.wish_thumbnails)
        self.pictures.files_dropped.connect(lambda paths: self.arrived.emit(paths, True))
        self.pictures.menu_wanted.connect(lambda place: self.menus.popup(self._selected(), place))
        self.pictures.view.dragged.connect(lambda: self._drag(self.pictures.view, self._selected().best))
        self.viewer.carried.connect(lambda path: self._drag(self.viewer, [path]))
        self.pictures.view.opened.connect(lambda: self.menus.open(self._selected()))
        self.viewer.menu_wanted.connect(lambda place, path: self.menus.popup(self._viewed(path), place))
        self.pictures.menu_button.clicked.connect(lambda: self._open_menu(self.pictures.menu_button))
        self.pictures.add_button.clicked.connect(lambda: self.commands.run("add"))
        self.viewer.compared_changed.connect(lambda: library.take_view(taken=self.viewer.compared is not None))
        self.viewer.files_dropped.connect(lambda paths: self.arrived.emit(paths, True))
        self.viewer.folder_wanted.connect(self.outgoing.show_in_folder)
        self.viewer.problem.connect(self._viewer_problem)
        self.viewer.whole_shown.connect(self._viewer_recovered)
        self.viewer.exported.connect(self._exported)
        self.viewer.empty.choose_wanted.connect(lambda: self.commands.run("add"))
        self.viewer.empty.key_wanted.connect(lambda: self.commands.run("key"))
        self.recipe.change_wanted.connect(lambda: self.commands.run("gallery"))
        self.recipe.help_button.clicked.connect(lambda: self.commands.run("help"))
        self.commands.provided.connect(self._action_provided)

    def _provide(self) -> None:
        give = self.commands.provide
        give("add", lambda: choose_files(self, self._take_chosen))
        give("add_folder", lambda: choose_folder(self, self._take_chosen))
        give("paste", self.pasting.paste)
        give("remove", lambda: self._remove(self.pictures.view.chosen_ids()), self.pictures.view)
        self.menus.add_place(self.pictures.view, self._selected)
        self.menus.add(Part.WORK, self._offer_again)
        PageChoice(self.library, self.menus)
        self.menus.add(Part.LIST, self._offer_removal)
        give("find", self._find)
        give("enhance", lambda: self.footer.press(all_of_them=False))
        give("enhance_all", lambda: self.footer.press(all_of_them=True))
        give("full_screen", self._toggle_full_screen)
        give("close", lambda: self.window().close())

    def _find(self) -> None:
        self.panels.show_list(True)
        self.pictures.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # filling

    def _counted(self) -> None:
        is_empty = len(self.library.pictures) == 0
        if is_empty is self._was_empty:
            return
        self._was_empty = is_empty
        focus = self.window().focusWidget()
        # Decided before the empty window goes, because Qt would then move its focus to whatever comes next.
        goes_with_it = focus is None or self.viewer.isAncestorOf(focus) or self.pictures.isAncestorOf(focus)
        self._show_current()
        if goes_with_it:
            self.set_first_focus()

    def set_first_focus(self) -> None:
        """Focus the button of the empty window, or the list if there are pictures."""
        is_empty = len(self.library.pictures) == 0
        if not is_empty and self.pictures.isHidden() and self.viewer.take_keys():
            return
        start = self.viewer.empty.choose if is_empty else self.pictures.view
        start.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_current(self) -> None:
        self.viewer.show_picture(self.library.picture, is_empty=len(self.library.pictures) == 0)

    def _queue_changed(self) -> None:
        self.footer.show_queue(self.library.queue.summary())
        self.show_result()

    def show_result(self) -> None:
        """Update the line below the viewer."""
        if self.library.picture is not None:
            self.viewer.show_result(self.library.picture)

    def _chosen(self) -> None:
        self.library.choose(self.pictures.view.chosen_ids(), self.pictures.view.current_id())

    def _add_pasted(self, paths: list[Path]) -> None:
        self._pasted = frozenset(paths)
        self.arrived.emit(paths, False)

    def _select_new(self, new: list[Picture]) -> None:
        """Select and show what was pasted, which may be far from what is in sight.

        Else show and select the first picture if none is shown yet, and the first new one in place of a finished
        picture: what was added is what is wanted next. Select the shown one if no row is selected.
        """
        if pasted := [picture.id for picture in new if picture.path in self._pasted]:
            self._pasted = frozenset()
            self.pictures.view.choose(pasted, pasted[0])
            return
        shown = self.library.picture
        is_over = shown is not None and shown.section is Section.FINISHED
        if is_over and self.viewer.shows_picture and not self.library.intake.is_restoring:
            ids = {picture.id for picture in new if picture.section is Section.TODO}
            if (next_one := next((each for each in self.library.pictures.shown_ids() if each in ids), 0)) > 0:
                self.pictures.view.choose([next_one], next_one)
                return
        if new and (shown is None or not self.library.chosen):
            first = [shown.id] if shown is not None else self.library.pictures.shown_ids()[:1]
            self.pictures.view.choose(first, first[0] if first else 0)

    # pictures

    def _add_to_list(self, paths: list[Path], _dropped: bool) -> None:
        self.library.add(paths)

    def _take_chosen(self, paths: list[Path]) -> None:
        self.arrived.emit(paths, False)

    def _remove(self, ids: list[int]) -> None:
        stayed = self.library.remove(ids)
        if stayed:
            self.notices.tell(
                "info",
                tr("{pictures} stayed in the list").format(pictures=pictures_text(stayed)),
                tr("Work on them goes on. Cancel it first, or wait until it is done."),
            )

    # what menus and keys are about

    def _selected(self) -> Subject:
        """Return the selected pictures, or the one in the viewer."""
        library = self.library
        return Subject.of(library.of(library.chosen or [library.current]), library.current)

    def _viewed(self, at: Path | None = None) -> Subject:
        """Return the picture in the viewer, with the result that is looked at.

        While any files are compared these are meant: the one `at` the pointer, or all of them.
        """
        if (compared := self.viewer.compared) is not None:
            return Subject(others=(at,) if at is not None else tuple(file.path for file in compared.files))
        return Subject.of(self.library.of([self.library.current]), shown=self.viewer.result.shown)

    def _drag(self, widget: QWidget, paths: list[Path]) -> None:
        picture = self.library.picture
        self.outgoing.drag(widget, paths, picture.thumbnail if picture is not None else None)

    def _offer_again(self, menu: Menu, subject: Subject) -> None:
        finished = [picture.id for picture in subject.pictures if picture.section is Section.FINISHED]
        if finished:
            again = menu.addAction(icon("retry"), tr("Enhance again"))
            again.triggered.connect(lambda: self.library.again(finished))
        waiting = [picture.id for picture in subject.pictures if picture.again]
        if waiting:
            back = menu.addAction(icon("undo"), tr("Back to “Finished”"))
            back.triggered.connect(lambda: self.library.not_again(waiting))

    def _offer_removal(self, menu: Menu, subject: Subject) -> None:
        ids = [picture.id for picture in subject.pictures]
        if ids:
            action = self.commands["remove"]
            entry = menu_entry(menu, action, action.text(), lambda: self._remove(ids))
            entry.setIcon(icon("close"))
            entry.setEnabled(any(picture.section is not Section.PROGRESS for picture in subject.pictures))

    # recipe

    def replace_recipe(self, panel: QWidget | None) -> None:
        """Show the trials panel in place of the recipe; None shows the recipe again."""
        if panel is not None:
            self.panels.show_recipe(True)  # it has the price and the button
        self.recipe.show_page(panel, tr("Trials") if panel is not None else "")
        self.footer.button.set_variant("secondary" if panel is not None else "primary")

    # telling

    def _viewer_problem(self, error: TopazdeskError) -> None:
        """Report a viewer error, except for files that turn out not to be pictures.

        Those are removed from the list, and the notice about files that were not added explains why.
        """
        picture = self.library.picture
        if picture is not None and (picture.info is not None or picture.section is not Section.TODO):
            self.tell(error)
            if error.code not in (Code.DISK_EXPORT, Code.USE_EXPORT_NAME):
                self._unread = error

    def _viewer_recovered(self) -> None:
        """Withdraw what was said of a picture that could not be shown: it is, or another one is looked at."""
        error, self._unread = self._unread, None
        for notice in self.notices.shown() if error is not None else ():
            if notice.cause is error:
                self.notices.remove(notice)

    def _exported(self, path: Path) -> None:
        show = NoticeAction(tr("Show in folder"), lambda: self.outgoing.show_in_folder(path), "folder")
        self.notices.toast("ok", tr("Comparison saved"), shown_name(path), show)

    def tell(self, error: TopazdeskError) -> None:
        """Show an error as a notice; `queue_stopped` passes on the one for which the queue waits."""
        if isinstance(error, AccountError) and self.library.queue.paused:
            self.queue_stopped.emit(error)
        else:
            self.notices.error(error)

    def _remedies(self, error: TopazdeskError) -> tuple[NoticeAction, ...]:
        """Return the buttons that help to fix an error, if there are any."""
        if error.code in (Code.ACCOUNT_NO_KEY, Code.ACCOUNT_KEY_REFUSED, Code.ACCOUNT_KEY_MALFORMED):
            return (NoticeAction(self.commands["key"].text(), lambda: self.commands.run("key"), "key"),)
        if isinstance(error, BugError):
            return (NoticeAction(self.commands["report"].text(), lambda: self.commands.run("report")),)
        if isinstance(error, BudgetError):
            return (NoticeAction(tr("Change the limit…"), lambda: self.commands.run("limits")),)
        if error.code in (Code.COMPUTER_FOLDER_GONE, Code.COMPUTER_FOLDER_READ_ONLY, Code.COMPUTER_FOLDER_UNWRITABLE):
            return (NoticeAction(tr("Choose folder…"), lambda: self.recipe.output.choose_folder(), "folder"),)
        return ()

    # menus, queue, window

    def menu(self) -> Menu:
        """Build the window's menu: all available actions with their shortcuts."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        views: Menu | None = None
        presets = [self.commands[name] for name in ("save_preset", "import_preset") if self.commands.has(name)]
        for place, (group, actions) in enumerate(self.commands.groups()):
            # One menu has all that concerns the view, because a menu higher than a screen breaks into columns.
            if group == VIEW and views is not None:
                views.addSeparator()
                views.addActions(actions)
                continue
            if place and group not in (FILES, RUNS):  # which belong to what is above them
                menu.addSeparator()
            # View and help are within reach elsewhere; listing them here makes the menu taller than a laptop screen.
            # The line above the settings has the choice for which pictures they are; the settings have the last two.
            elsewhere = [self.commands[name] for name in ("own_settings", "common_settings", "accounts", "metadata")]
            listed = [action for action in actions if action not in (*elsewhere, *presets)]
            if group == RUNS:  # one menu for all that keeps settings or results, for the same reason
                menu.inner(tr("Presets, runs and archives")).addActions([*presets, *listed])
                continue
            if group == PANELS and views is not None:
                views.inner(translated(group)).addActions(actions)
                continue
            is_inner = group in (
                FILES,
                RUNS,
                COMPARE,
                VIEW,
                PANELS,
                HELP,
            )
            under = menu.inner(translated(VIEW if group == COMPARE else group)) if is_inner else menu
            under.addActions(listed)
            views = under if group == COMPARE else views
        return menu

    def _open_menu(self, button: QWidget) -> None:
        self.menu().drop_down(button)

    def _action_provided(self, name: str) -> None:
        if name == "key":
            self.viewer.empty.offer(self.viewer.empty.key)

    def _toggle_full_screen(self) -> None:
        window = self.window()
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _make_view(self) -> CompareView:
        from topazdesk.ui.viewer import MODES, CompareView
        from topazdesk.ui.viewer.export import ask_export

        view = CompareView(self._cache_dir)
        stage, give = view.stage, self.commands.provide
        for mode in MODES:
            give(mode.word, partial(stage.choose, mode))
        give("next_area", stage.next_area)
        give("loupe", view.loupe.toggle)
        give("loupe_power", view.loupe.magnify_more)
        give("export", lambda: ask_export(view))
        give("zoom", stage.toggle_zoom)
        give("zoom_in", stage.zoom_in)
        give("zoom_out", stage.zoom_out)
        self.menus.add_place(view, self._viewed)
        TabKey(view, stage.divider).pressed.connect(self.panels.toggle)
        return view

    # looks and life

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep the keys of an action that no feature provides yet: the profile is still being opened."""
        keys = QKeySequence(event.keyCombination())
        awaited = [name for name in EARLY if not self.commands.has(name)]
        self.commands.press(keys, awaited)
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let a side panel give way where there is no room for both."""
        super().resizeEvent(event)
        self.panels.fit(self.width())

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        """Move the focus in reading order, or in Qt's own order if the focused widget is not a tab stop.

        Qt asks this also when the focused widget goes away. The keys stay in that part of the window then: by Qt's own
        order they would go to the next button, which Space would press.
        """
        if is_leaving(focus := self.window().focusWidget()):
            if self.viewer.isAncestorOf(focus) and self.viewer.take_keys():
                return True
            if self.pictures.isAncestorOf(focus) and self.pictures.view.isVisible():
                self.pictures.view.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return focus_in_order(self, forward=next) or super().focusNextPrevChild(next)
