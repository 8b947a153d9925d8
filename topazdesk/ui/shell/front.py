"""What the window shows first: its titles, the empty panel and the footer, before the rest of it is loaded.

Real controls, at the places where the whole window has them, so that nothing moves when it takes their place. Files can
be chosen and dropped at once. What else is wanted meanwhile waits in `Wishes` for the whole window, some tenths of a
second. Everything imported here is on the way to the first picture on the screen: import nothing for later.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.ui.controls import Button, IconButton, Splitter, SteppedLabel, Surface
from topazdesk.ui.controls.drop import FileDrops
from topazdesk.ui.controls.header import Header
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.pictures.heading import NoPictures, PicturesHeading
from topazdesk.ui.recipe.heading import RecipeHeading
from topazdesk.ui.shell.choosing import choose_files
from topazdesk.ui.shell.columns import LIST_LEAST, LIST_MOST, RECIPE_LEAST, RECIPE_MOST, Columns
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px, theme
from topazdesk.ui.theme.focus_ring import FocusRing
from topazdesk.ui.viewer.empty import EmptyPanel

if TYPE_CHECKING:
    from topazdesk.ui.shell.window import Window

#: The height of the footer, and a share of the middle column that leaves the others theirs, in design pixels.
_FOOTER, _MIDDLE = 64, 800


class Wishes:
    """What is asked of the window before it is whole, in order; carried out once it is, from then on directly."""

    def __init__(self) -> None:
        self._window: Window | None = None
        self._waiting: list[Callable[[Window], object]] = []

    def add(self, wish: Callable[[Window], object]) -> None:
        """Carry out a wish, now or as soon as possible."""
        if self._window is None:
            self._waiting.append(wish)
        else:
            wish(self._window)

    def fulfil(self, window: Window) -> None:
        """Carry out all that waits; the window is whole."""
        self._window = window
        waiting, self._waiting = self._waiting, []
        for wish in waiting:
            wish(window)


class Front(QWidget):
    """The first contents of the window; `hand_over` passes everything on to the whole one."""

    def __init__(self, columns: Columns) -> None:
        super().__init__()
        self.was_painted = False
        self._is_dragged_over = False
        self._wishes = Wishes()
        self._pictures = PicturesHeading()
        self._recipe = RecipeHeading()
        self.empty = EmptyPanel()
        inner, outer = Splitter(Qt.Orientation.Horizontal), Splitter(Qt.Orientation.Horizontal)
        inner.addWidget(self._left(columns))
        inner.addWidget(self._middle())
        outer.addWidget(inner)
        outer.addWidget(self._right(columns))
        inner.setStretchFactor(1, 1)
        outer.setStretchFactor(0, 1)
        inner.setSizes([px(columns.list_width), px(_MIDDLE)])
        outer.setSizes([px(columns.list_width + _MIDDLE), px(columns.recipe_width)])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(outer, 1)
        whole.addWidget(_Footer(px(columns.recipe_width)))
        for button in (self._pictures.add_button, self.empty.choose):
            button.clicked.connect(self._choose)
        self._pictures.menu_button.clicked.connect(
            lambda: self._wishes.add(lambda window: window.pictures.menu_button.click())
        )
        self._recipe.help_button.clicked.connect(lambda: self._wish("help"))
        self.empty.choose.installEventFilter(self)

    def _left(self, columns: Columns) -> QWidget:
        place = _column(Surface("panel"), self._pictures, NoPictures())
        place.setMinimumWidth(px(LIST_LEAST))
        place.setMaximumWidth(px(LIST_MOST))
        if columns.hides_list:  # to show it, without a parent, would make a window of it
            place.hide()
        self._take_drops(place)
        return place

    def _middle(self) -> QWidget:
        place = _column(Surface("canvas"), Header(), self.empty)
        self._take_drops(place)
        self._take_drops(self.empty)
        return place

    def _right(self, columns: Columns) -> QWidget:
        place = _column(Surface("panel"), self._recipe, QWidget())
        place.setMinimumWidth(px(RECIPE_LEAST))
        place.setMaximumWidth(px(RECIPE_MOST))
        if columns.hides_recipe:
            place.hide()
        return place

    # what the user does

    def _take_drops(self, widget: QWidget) -> None:
        drops = FileDrops(widget)
        drops.dropped.connect(lambda paths: self._arrived(paths, dropped=True))
        drops.hovering.connect(self._hovering)

    def _hovering(self, is_over: bool) -> None:
        self._is_dragged_over = is_over

    def _choose(self) -> None:
        choose_files(self.window(), lambda paths: self._arrived(paths, dropped=False))

    def _arrived(self, paths: list[Path], *, dropped: bool) -> None:
        self._wishes.add(lambda window: window.arrived.emit(paths, dropped))

    def _wish(self, action: str) -> None:
        self._wishes.add(lambda window: window.commands.run_soon(action))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep a shortcut for the whole window."""
        from topazdesk.app.action_specs import EARLY, PALETTE
        from topazdesk.ui.host.actions import named_by
        from topazdesk.ui.host.typed_ahead import TypedAhead

        keys = QKeySequence(event.keyCombination())
        if named_by(keys, (PALETTE,)):
            TypedAhead.begin()
        self._wishes.add(lambda window: window.commands.press(keys, EARLY))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the contents are on the screen: the main button of an empty window has been painted."""
        if event.type() == QEvent.Type.Paint:
            self.was_painted = True
            watched.removeEventFilter(self)
        return False

    # handing over

    @property
    def is_in_use(self) -> bool:
        """Whether a mouse button is down or files hover: what is begun here must end here."""
        return self._is_dragged_over or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton

    def fulfil(self, window: Window) -> None:
        """Have the whole window do what was wished meanwhile."""
        self._wishes.fulfil(window)

    def hand_over(self, window: Window) -> None:
        """Give the focus to the same control of the whole window, which is in the frame beside this."""
        same = {
            self._pictures.menu_button: window.pictures.menu_button,
            self._pictures.add_button: window.pictures.add_button,
            self._recipe.help_button: window.recipe.help_button,
        }
        focused = next((whole for mine, whole in same.items() if mine.hasFocus()), None)
        reason = Qt.FocusReason.OtherFocusReason
        move = window.set_first_focus if focused is None else partial(focused.setFocus, reason)
        application = QApplication.instance()
        assert isinstance(application, QApplication)  # noqa: S101 - the process has no other kind
        FocusRing.install(application, theme()).pass_on(move)


class _Footer(Surface):
    """The footer of a window without pictures."""

    def __init__(self, button_width: int) -> None:
        super().__init__("panel", lines=("top",))
        self.setFixedHeight(px(_FOOTER))
        button = Button(tr("Add pictures to enhance"), "primary", size="main")
        button.setEnabled(False)
        words = QHBoxLayout()
        words.setSpacing(px(8))
        words.addWidget(Mark("ok", "text2"))
        words.addWidget(
            SteppedLabel(
                tr("Ready. Nothing is sent anywhere until you press a button with a price."), "small", "text2"
            ),
            1,
        )
        middle = QVBoxLayout()
        fold = IconButton("up", "").sizeHint().width() + px(12)  # the button that opens the queue comes later
        middle.setContentsMargins(px(16) + fold, px(1), px(12), 0)
        middle.setSpacing(px(4))
        middle.addStretch(1)
        middle.addLayout(words)
        middle.addStretch(1)
        room = QWidget()
        room.setFixedWidth(button_width)
        row = QHBoxLayout(room)
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.addWidget(button)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(middle, 1)
        whole.addWidget(room)


def _column(place: QWidget, *parts: QWidget) -> QWidget:
    column = QVBoxLayout(place)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part)
    column.setStretchFactor(parts[-1], 1)
    return place
