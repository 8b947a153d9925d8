"""The panels at both sides of the viewer: hidden, shown and made wider, by menu, key, mouse and button."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.ui.controls import IconButton, Splitter
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.pictures.panel import PicturesPanel
from topazdesk.ui.recipe.panel import RecipePanel
from topazdesk.ui.shell.columns import BOTH, LIST, LIST_LEAST, LIST_MOST, RECIPE, RECIPE_LEAST, RECIPE_MOST, Columns
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.panel import ViewerPanel

_DESIGN = 1000  # of so many design pixels the theme is asked for the real ones, to convert back


class SidePanels(QObject):
    """Hides, shows and sizes both side panels. While one is hidden, a button in the viewer's header brings it back.

    In a window too narrow for both, the one that was shown last has the room; what the user wants to see is kept.

    `recipe_width` is emitted with the width of the right panel, with which the footer is aligned; `menu_wanted` asks
    for the window's menu below a button, as the one in the hidden panel cannot be pressed.
    """

    recipe_width = Signal(int)
    menu_wanted = Signal(object)

    def __init__(
        self,
        pictures: PicturesPanel,
        viewer: ViewerPanel,
        recipe: RecipePanel,
        columns: Splitter,
        outer: Splitter,
        commands: Actions,
    ) -> None:
        super().__init__(viewer)
        self._pictures = pictures
        self._viewer = viewer
        self._recipe = recipe
        self._splitters = (columns, outer)
        self._commands = commands
        self._widths = Columns()
        self._wanted = (True, True)  # what the user wants to see, whether there is room for both or not
        self._is_narrow = False
        self._list_first = False  # in a narrow window the pictures have the room, not the adjustments
        self._before = (False, False)  # what was hidden before both were hidden at once
        pictures.setMaximumWidth(px(LIST_MOST))
        recipe.setMinimumWidth(px(RECIPE_LEAST))
        recipe.setMaximumWidth(px(RECIPE_MOST))
        recipe.installEventFilter(self)
        self.menu_button = IconButton("menu", tr("Menu"))
        self.list_button = IconButton("choose", "")
        self.recipe_button = IconButton("adjust", "")
        self._left, self._right = _group(self.menu_button, self.list_button), _group(self.recipe_button)
        viewer.header.row.insertWidget(0, self._left, 0, Qt.AlignmentFlag.AlignLeft)
        self.menu_button.clicked.connect(lambda: self.menu_wanted.emit(self.menu_button))
        self.list_button.clicked.connect(lambda: self.show_list(True))
        self.recipe_button.clicked.connect(lambda: self.show_recipe(True))
        for splitter in self._splitters:
            splitter.splitterMoved.connect(self._dragged)
        columns.doubled.connect(lambda: self._resize_list(LIST))
        outer.doubled.connect(lambda: self._resize_recipe(RECIPE))
        self._provide()
        self._follow()

    def _provide(self) -> None:
        give = self._commands.provide
        for name, act in (
            ("list_panel", lambda: self.show_list(self._pictures.isHidden())),
            ("recipe_panel", lambda: self.show_recipe(self._recipe.isHidden())),
            ("side_panels", self.toggle),
        ):
            give(name, act).setCheckable(True)
        give("list_width", self._next_list_width)
        give("recipe_width", self._next_recipe_width)
        self._name_keys()
        action_keys().changed.connect(self._name_keys)

    def _name_keys(self) -> None:
        self.list_button.set_name(action_keys().told(tr("Show pictures"), "list_panel"))
        self.recipe_button.set_name(action_keys().told(tr("Show adjustments"), "recipe_panel"))

    # hiding

    def toggle(self) -> None:
        """Hide both panels, or show again those that were there before."""
        shown = (not self._pictures.isHidden(), not self._recipe.isHidden())
        hidden = (not self._wanted[0], not self._wanted[1])
        if not any(shown):
            had_list, had_recipe = (not was for was in self._before)
            self._put(had_list, had_recipe)
        else:
            self._before = hidden
            self._put(False, False)

    def show_list(self, wanted: bool) -> None:
        """Show or hide the pictures."""
        self._before = (False, False)
        self._list_first = wanted
        self._put(wanted, self._wanted[1])

    def show_recipe(self, wanted: bool) -> None:
        """Show or hide the adjustments."""
        self._before = (False, False)
        self._list_first = self._list_first and not wanted
        self._put(self._wanted[0], wanted)

    def fit(self, width: int) -> None:
        """Follow the width of the window."""
        is_narrow = width < px(BOTH)
        if is_narrow is self._is_narrow:
            return
        before = self._widths
        self._is_narrow = is_narrow
        self._show(*self._wanted)
        if not is_narrow:  # as wide as before; the splitters have not been laid out since the panel is back
            first, last = px(before.list_width), px(before.recipe_width)
            columns, outer = self._splitters
            for splitter in self._splitters:
                splitter.refresh()
            outer.setSizes([max(1, width - last), last])
            columns.setSizes([first, max(1, width - last - first)])

    def _dragged(self) -> None:
        self._widths = self.columns()

    def _put(self, has_list: bool, has_recipe: bool) -> None:
        self._widths = self.columns()
        self._show(has_list, has_recipe)

    def _show(self, has_list: bool, has_recipe: bool) -> None:
        self._wanted = (has_list, has_recipe)
        if self._is_narrow and has_list and has_recipe:
            has_list, has_recipe = self._list_first, not self._list_first
        focus = self._viewer.window().focusWidget()
        for panel, wanted in ((self._pictures, has_list), (self._recipe, has_recipe)):
            if not wanted and focus is not None and panel.isAncestorOf(focus) and not self._viewer.take_keys():
                self._viewer.empty.choose.setFocus(Qt.FocusReason.OtherFocusReason)
            panel.setVisible(wanted)
        self._follow()

    def _follow(self) -> None:
        has_list, has_recipe = not self._pictures.isHidden(), not self._recipe.isHidden()
        self._commands["list_panel"].setChecked(has_list)
        self._commands["recipe_panel"].setChecked(has_recipe)
        self._commands["side_panels"].setChecked(has_list and has_recipe)
        self._viewer.header.row.addWidget(self._right, 0, Qt.AlignmentFlag.AlignRight)  # after the tools
        self._left.setVisible(not has_list)
        self._right.setVisible(not has_recipe)

    # widths

    def columns(self) -> Columns:
        """Return the widths and what is hidden, for the settings."""
        found = replace(self._widths, hides_list=not self._wanted[0], hides_recipe=not self._wanted[1])
        if self._is_narrow:  # whose widths are no wish
            return found
        if not self._pictures.isHidden() and self._pictures.width() >= px(LIST_LEAST):
            found = replace(found, list_width=_design(self._pictures.width()))
        if not self._recipe.isHidden() and self._recipe.width() >= px(RECIPE_LEAST):
            found = replace(found, recipe_width=_design(self._recipe.width()))
        return found

    def restore(self, found: Columns) -> None:
        """Restore what `columns` returned."""
        self._widths = found
        columns, outer = self._splitters
        columns.setSizes([px(found.list_width), px(800)])
        outer.setSizes([px(found.list_width + 800), px(found.recipe_width)])
        self.recipe_width.emit(px(found.recipe_width))
        self._show(not found.hides_list, not found.hides_recipe)

    def _next_list_width(self) -> None:
        self.show_list(True)
        self._resize_list(_next(self.columns().list_width, (LIST_LEAST, LIST, LIST_MOST)))

    def _next_recipe_width(self) -> None:
        self.show_recipe(True)
        self._resize_recipe(_next(self.columns().recipe_width, (RECIPE_LEAST, RECIPE, RECIPE_MOST)))

    def _resize_list(self, width: int) -> None:
        columns, _ = self._splitters
        columns.setSizes([px(width), max(1, columns.width() - px(width))])

    def _resize_recipe(self, width: int) -> None:
        _, outer = self._splitters
        outer.setSizes([max(1, outer.width() - px(width)), px(width)])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell the width of the right panel."""
        if event.type() == QEvent.Type.Resize and watched is self._recipe:
            self.recipe_width.emit(self._recipe.width())
        return False


class TabKey(QObject):
    """Lets Tab hide the side panels while pictures have the keys by a click.

    Who comes to the pictures by Tab goes on by Tab: a key that moves the focus everywhere else must not end there.
    Shift+Tab leaves in any case.
    """

    pressed = Signal()

    def __init__(self, *pictures: QWidget) -> None:
        super().__init__(pictures[0])
        self._is_clicked = False
        for each in pictures:
            each.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note how the keys came, and take Tab."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusIn:
            reason = event.reason()
            if reason is Qt.FocusReason.MouseFocusReason:
                self._is_clicked = True
            elif reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
                self._is_clicked = False
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_tab = event.key() == Qt.Key.Key_Tab and event.modifiers() == Qt.KeyboardModifier.NoModifier
            if is_tab and self._is_clicked:
                if not event.isAutoRepeat():
                    self.pressed.emit()
                return True
        return False


def _group(*buttons: IconButton) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(px(12), 0, px(12), 0)
    row.setSpacing(px(4))
    for button in buttons:
        row.addWidget(button)
    group.hide()
    return group


def _next(width: int, steps: tuple[int, ...]) -> int:
    """Return the next wider step, or the first one after the last."""
    return next((step for step in steps if step > width), steps[0])


def _design(pixels: int) -> int:
    return round(pixels * _DESIGN / px(_DESIGN))
