"""Opens and closes the trials in a window, and carries out what their buttons say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut

from topazdesk.domain.catalogue import Model
from topazdesk.domain.job import Job
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import UseError
from topazdesk.ui.controls import Menu, NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject
from topazdesk.ui.models.recipe import first_model
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import money_text, number, tr, translated
from topazdesk.ui.theme.icons import icon
from topazdesk.ui.trials.cells import TrialCells
from topazdesk.ui.trials.previews import TrialPreviews, startable
from topazdesk.ui.trials.state import TrialsState
from topazdesk.ui.viewer.shown_files import ShownFile, ShownFiles

if TYPE_CHECKING:
    from topazdesk.ui.gallery.previews import PreviewOffer
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.models.picture import Picture
    from topazdesk.ui.models.quotes import TriedOn
    from topazdesk.ui.trials.show import TrialsView
    from topazdesk.ui.viewer.panel import ViewerPanel

PickModel = Callable[[Callable[[Model], None], "TriedOn | None"], None]


class TrialsController(Feature):
    """Opens and closes the trials, and acts on their buttons. `pick` asks for a model to add.

    `panel_shown` is emitted with the panel to show in place of the recipe, or None for the recipe.
    """

    panel_shown = Signal(object)  # QWidget | None

    def __init__(
        self,
        host: Host,
        viewer: ViewerPanel,
        pick: PickModel,
    ) -> None:
        super().__init__(host.widget)
        self._host = host
        self._library = host.session.library
        self._viewer = viewer
        self._own = host.session.pricing.own
        self._recipe = host.session.pricing.recipe
        self._pick = pick
        self.state = TrialsState(host.session, self)
        self.cells = TrialCells(self.state, viewer, self)
        self.previews = TrialPreviews(host.session, self.state, self._centre, self._preview, self)
        self._is_open = False
        self._wanted = 0
        self._compared: ShownFiles | None = None
        self._service_before: ServiceName | None = None
        self._compared_at: ServiceName | None = None
        self._keys = [self._key(QKeySequence(str(n)), partial(self.state.show, n)) for n in range(5)]
        # The recipe's own undo is off while the trials are shown.
        for name, step in (("undo", self.state.undo), ("redo", self.state.redo)):
            self._keys += [self._key(keys, step) for keys in host.commands[name].shortcuts()]
        if host.session.context.is_team:
            viewer.try_button.set_reason(
                tr("A team has no trials. Without a team, this computer tries models in its own queue.")
            )
        else:
            host.commands.provide("trials", self.toggle)
            host.menus.add(Part.WORK, self._offer_comparison)
        viewer.try_button.clicked.connect(self.toggle)
        viewer.try_button.show()
        self._library.pictures.counted.connect(self._counted)
        host.widget.installEventFilter(self)
        bind(self._current_changed, self._library.current_changed)

    def _key(self, keys: QKeySequence, act: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(keys, self._host.widget)
        shortcut.activated.connect(act)
        shortcut.setEnabled(False)
        return shortcut

    @property
    def is_open(self) -> bool:
        """Whether the trials are shown."""
        return self._is_open

    def toggle(self) -> None:
        """Open or close the trials."""
        if self._is_open:
            self.leave()
        else:
            self.open()

    def open(self) -> None:
        """Show the trials of the picture in the viewer; do nothing while there is none."""
        picture = self._library.picture
        self._wanted = 0
        if picture is None or not self._show(picture):
            self._wanted = picture.id if picture is not None else 0  # as soon as it is read
            return
        first = not self._is_open
        self._is_open = True
        if not first:
            return
        self._viewer.open_tray(self.view.tray, self._files)
        self._viewer.try_button.hide()
        self.panel_shown.emit(self.view.panel)
        for key in self._keys:
            key.setEnabled(True)
        self._compared = None
        self.view.refresh()
        self._show_pair(force=True)
        self._look_at_it()

    # the free result of this computer beside a paid one

    def _offer_comparison(self, menu: Menu, subject: Subject) -> None:
        """Offer to try a paid service on the same area as the free result of a picture, with its price."""
        picture = subject.pictures[0] if len(subject.pictures) == 1 else None
        job = picture.result if picture is not None else None
        if picture is None or job is None or picture is not self._library.picture or self._is_open:
            return
        if not job.recipe.service.traits.runs_networks:
            return
        service = SERVICES.with_key[0]
        price = self.state.price_at(picture, self._centre(picture), service)
        if price is None:
            return
        words = tr("Compare with {service} on an area · {price}…")
        words = words.format(service=translated(service.label), price=money_text(price.credits, price.unit))
        menu.addAction(icon("patch"), words).triggered.connect(lambda: self.compare(picture, service))

    def compare(self, picture: Picture, service: ServiceName) -> None:
        """Try the model of a free result on an area, and have the usual model of `service` beside it, not yet paid for.

        Only the button of the trials, which shows the price, sends anything. To compare is not to change the service
        for one's pictures: when the trials are left, the one from before is in use again.
        """
        result, pricing = picture.result, self._host.session.pricing
        if result is None or self._is_open:
            return
        self._service_before = pricing.recipe.recipe.service
        if pricing.recipe.recipe.service is not result.recipe.service:
            self._compare_at(result.recipe.service)
        self.open()
        board = self.state.board
        if board is None:  # its header is not read yet
            return
        self.state.line_up([self.state.model(result.recipe)])

        def beside() -> None:
            if self._is_open and self.state.board is board:
                self._compare_at(service)
                self.state.add(first_model(self._recipe.catalogue, service))

        if board.open():
            self.state.start((1,), beside)
        else:
            beside()

    def _compare_at(self, service: ServiceName) -> None:
        self._compared_at = service
        self._host.session.pricing.set_service(service, for_now=True)

    def _end_comparison(self) -> None:
        """Use the service from before the comparison again, unless the user has chosen another one meanwhile."""
        before, during, pricing = self._service_before, self._compared_at, self._host.session.pricing
        self._service_before = self._compared_at = None
        used = pricing.recipe.recipe.service
        if before is not None and used is during and used is not before:
            pricing.set_service(before, for_now=True)

    def close(self) -> None:
        """Stop listening and asking."""
        self.state.stop()

    def leave(self) -> None:
        """Return to the recipe; the trials are kept."""
        if not self._is_open:
            return
        self._is_open = False
        for key in self._keys:
            key.setEnabled(False)
        self.cells.leave()
        self.state.close()
        self._end_comparison()
        self.view.hide()
        self._tell("")
        self._viewer.open_tray(None, None)
        self._viewer.try_button.show()
        self.panel_shown.emit(None)
        if self._library.picture is not None:
            self._viewer.show_picture(self._library.picture, is_empty=False)
            self._viewer.try_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the trials on an Escape that nothing else has used."""
        if (
            self._is_open
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            if self.cells.is_on:
                self.cells.leave()
            else:
                self.leave()
            return True
        return super().eventFilter(watched, event)

    # showing

    def _show(self, picture: Picture) -> bool:
        """Show the board of a picture, with a first patch where the user looks. Return False if not possible yet."""
        return self.state.open(picture, None if self._is_open else self._centre(picture))

    def _centre(self, picture: Picture) -> tuple[float, float] | None:
        """Return where the user looks, in source pixels; None for nowhere in particular."""
        viewport = self._viewer.view.stage.viewport
        if viewport is None or viewport.shows_all or picture.info is None:
            return None
        return viewport.x * picture.info.size.width, viewport.y * picture.info.size.height

    def _current_changed(self) -> None:
        picture = self._library.picture
        self._host.commands["trials"].setEnabled(picture is not None)
        if not self._is_open:
            if picture is not None and picture.id == self._wanted:
                self.open()
            return
        if picture is None:
            self.leave()
        elif self._show(picture):
            self._show_pair(force=True)

    def _counted(self) -> None:
        """Close the trials if their picture has left the list."""
        if self._is_open and self._library.picture is None:
            self.leave()

    @cached_property
    def view(self) -> TrialsView:
        """The widgets, created on first use."""
        from topazdesk.ui.trials.show import TrialsView

        view = self._viewer.view
        made = TrialsView(self.state, self._host.session, view, self.cells)
        view.stopped.connect(self.state.stop)  # the window closes
        self.state.tidy()
        made.told.connect(self._tell)
        made.frame.moved.connect(self.state.set_patch)
        made.frame.rested.connect(self.state.set_patch)
        self._viewer.toasts.keep_free(made.frame, made.frame.uncovered)
        made.frame.moved.connect(lambda _patch: self._viewer.toasts.follow())
        self._viewer.height_changed.connect(made.tray.set_column_height)
        made.tray.set_column_height(self._viewer.height())
        made.tray.chosen.connect(self.state.show)
        made.tray.spaced.connect(self._spaced)
        made.tray.removed.connect(self.state.remove)
        made.tray.whole_chosen.connect(self.state.set_whole)
        made.tray.back_wanted.connect(self._back)
        made.tray.close_wanted.connect(self.leave)
        made.tray.add_wanted.connect(self._add)
        made.panel.add.clicked.connect(self._add)
        made.panel.vary.clicked.connect(self.state.vary)
        made.panel.remove.clicked.connect(self._remove)
        made.panel.start.clicked.connect(self._start)
        made.panel.again.clicked.connect(self._again)
        made.panel.card.use.clicked.connect(self.use)
        made.panel.form.changed.connect(self._values_changed)
        made.panel.form.released.connect(self._let_go)
        self.state.changed.connect(self._show_pair)
        self.cells.changed.connect(self._cells_changed)
        return made

    def _tell(self, words: str, few: str = "") -> None:
        self._viewer.set_note(words, few)

    def _files(self, picture: Picture) -> ShownFiles:
        """Return what the viewer compares: results, the source alone under a frame, or it and a whole result."""
        if (compared := self.cells.files(picture)) is not None:
            return compared
        source, after = ShownFile(picture.path, picture.size, page=picture.page or 0), self.view.after()
        files = (source, ShownFile(after)) if after is not None else (source,)
        return ShownFiles(files, no_grid=self.cells.reason)

    def _cells_changed(self) -> None:
        """Show something else in the viewer, and leave the keys with it."""
        if self._is_open:
            had_keys = self._viewer.isAncestorOf(self._host.widget.window().focusWidget())
            self.view.refresh()
            self._show_pair()
            if had_keys:
                self._look_at_it()

    def _show_pair(self, *, force: bool = False) -> None:
        """Give the viewer what it compares."""
        picture = self._library.picture
        if not self._is_open or picture is None:
            return
        shown = self._files(picture)
        if force or shown != self._compared:
            self._compared = shown
            self._viewer.show_picture(picture, is_empty=False)

    def _spaced(self, event: QKeyEvent) -> None:
        """Show the original while Space is held on a card, as on the picture."""
        view = self._viewer.view
        if event.type() == QEvent.Type.KeyPress:
            view.keyPressEvent(event)
        else:
            view.keyReleaseEvent(event)

    def _look_at_it(self) -> None:
        """Give the focus to the picture, because the button just pressed may be off now and the focus would jump."""
        shown = self.view.frame if not self.view.frame.isHidden() else self._viewer.view
        shown.setFocus(Qt.FocusReason.OtherFocusReason)

    # doing

    def _preview(self, models: Sequence[Model], said: PreviewOffer) -> None:
        """Open the trials with these models and start them, unless they are no longer what was said beforehand."""
        if self.previews.offer(models) != said:
            title = tr("The price has changed. Nothing was sent.")
            self._host.notices.tell("info", title, tr("The button of the trial says what it costs now."))
            pays = False
        else:
            pays = not said.reason
        self.open()
        board = self.state.board
        if not self._is_open or board is None:
            return
        self.state.line_up(models)
        if pays and board.place == said.place:
            self.state.start(self.state.held(startable(self.state.standings())).plan.startable)
        self._look_at_it()

    def _add(self) -> None:
        self._pick(self.state.add, self.state.tried_on())

    def _back(self) -> None:
        board = self.state.board
        patch = board.elsewhere() if board is not None else None
        if patch is not None:
            self.state.set_patch(patch)

    def _remove(self) -> None:
        if self.state.board is not None:
            self.state.remove(self.state.board.chosen)
            self._look_at_it()

    def _values_changed(self, values: dict[str, bool | int | float | str]) -> None:
        form = self.view.panel.form
        problems = form.problems()
        self.state.set_values(values, problems[0][1] if problems else "", held=form.is_dragging())

    def _let_go(self) -> None:
        if self.state.board is not None:
            self.state.board.history.seal()

    def _start(self) -> None:
        """Start the trials. Call it only from the button that shows the price."""
        standings = self.state.standings()
        held = self.state.held(self.state.open_standings(standings))
        self.state.start(held.plan.startable)
        self._look_at_it()

    def _again(self) -> None:
        board = self.state.board
        chosen = [each for each in self.state.standings() if board is not None and each.number == board.chosen]
        if chosen and chosen[0].is_open:
            self.state.start(self.state.held(chosen).plan.startable)
            self._look_at_it()

    def use(self) -> None:
        """Put the chosen candidate's settings into the recipe; a whole result becomes the picture's. Costs nothing."""
        board, recipe_state = self.state.board, self._recipe
        if board is None or board.current is None:
            return
        job = board.result(board.current)
        if job is None:
            return
        tried = board.current.recipe
        model = self.state.model(tried)
        if self._compared_at is not None or tried.service.catalogue is not recipe_state.recipe.service.catalogue:
            self._service_before = self._compared_at = None  # this one is chosen
            self._host.session.pricing.set_service(tried.service)
        try:
            recipe = self._own.fitting(tried)
        except UseError as error:
            self._host.tell(error)
            return
        before = recipe_state.recipe
        if not recipe_state.apply(recipe):
            return
        changed = recipe_state.recipe != before  # else an undo would take back something else
        self.leave()
        title = tr("Settings of {model} applied").format(model=model.name)
        is_kept = job.trial is not None and job.trial.patch is None
        words = tr("Take the settings back") if is_kept else tr("Undo")  # the result stays either way
        undo = (NoticeAction(words, recipe_state.way_back(before), "undo"),) if changed else ()
        if is_kept:
            self.state.keep_result(job, lambda kept: self._kept(kept, model, undo))
        else:
            shared = [] if recipe_state.subject else [p for p in self._library.pictures.pictures() if p.recipe is None]
            hint = tr("Free of charge. The trials are kept for 7 days.")
            if len(shared) > 1:
                hint = tr("To {n} pictures, free of charge. The trials are kept for 7 days.")
            self._host.notices.toast("ok", title, hint.format(n=number(len(shared))), *undo)

    def _kept(self, job: Job, model: Model, undo: tuple[NoticeAction, ...]) -> None:
        title = tr("The result of {model} is kept").format(model=model.name)
        name = job.result.name if job.result is not None else ""
        hint = tr("It was paid with the trial and is saved as {name}. Its settings are applied.")
        self._host.notices.toast("ok", title, hint.format(name=name), *undo)
