"""The status line below the pictures.

It shows the values under the pointer, how much changed, or what the mouse does, and in which colours it is all shown.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls import HelpLine, KeyCap, Surface, Text
from topazdesk.ui.controls.button import WordedButton, fit_words
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import percent_text, plain_tip, tr, translated
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.differences import Style
from topazdesk.ui.viewer.readout import Readout
from topazdesk.ui.viewer.screen_colours import screen_colours
from topazdesk.ui.viewer.side import CELLS

_HEIGHT = 32
#: Below this width (design pixels) the keys and colours at the right are hidden.
_KEYS_FROM = 620
#: Below this width (design pixels) the mouse hint is a shorter sentence, because a sentence is never cut off.
_LONG_FROM = 820


class ViewerFoot(Surface):
    """The status line of one `CompareView` and its `Readout`."""

    def __init__(self, view: CompareView, readout: Readout, parent: QWidget | None = None) -> None:
        super().__init__("panel", lines=("top",), parent=parent)
        self._view = view
        self._readout = readout
        self.setFixedHeight(px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.text = HelpLine("", "small", "text2")
        self.place = Text("", "small", "text3", tabular=True)
        words = tr("Screen: {name}").format(name=screen_colours().name)
        self.colours = Text(words, "caption", "text3")
        self._say_colours()
        self._keys: list[QWidget] = []
        self._worded: list[WordedButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(1), px(12), 0)
        row.setSpacing(px(6))
        row.addWidget(self.text, 1)
        row.addWidget(self.place)
        row.addWidget(self.colours)
        self._note = self._few = ""
        self._row = row
        self._holding = HelpLine("", "caption", "text2")
        self._keys += [KeyCap(tr("Space")), self._holding]
        for widget in self._keys:
            row.addWidget(widget)
        bind(
            self._follow,
            view.stage.mode_changed,
            view.pair_shown,
            view.stage.offset_changed,
            view.stage.zoom_changed,
            view.stage.differences.changed,
            readout.changed,
        )
        view.facts.changed.connect(self._say_colours)

    def add_button(self, button: QWidget) -> None:
        """Add a button at the right end; it loses its words where they have no room."""
        if isinstance(button, WordedButton):
            self._worded.append(button)
        self._row.addSpacing(px(6))  # room for the focus ring
        self._row.addWidget(button)

    def set_note(self, words: str, few: str = "") -> None:
        """Show a sentence in place of the mouse hint; pass "" to show the hint again.

        `few` is a shorter version for narrow windows.
        """
        self._note = words
        self._few = few or words
        self._follow()

    def minimumSizeHint(self) -> QSize:
        """Allow the line to be as narrow as the viewer."""
        return QSize(px(120), px(_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the keys and colours only where there is room."""
        super().resizeEvent(event)
        self._follow()
        self._fit()

    def _fit(self) -> None:
        fit_words(self._worded, self._row.sizeHint().width() - self.text.sizeHint().width(), self.width())

    def _say_colours(self) -> None:
        """Say in the tool tip what the files are made of, and in which colours they are shown."""
        view = self._view
        shown = view.stage.pairs.shown
        found = [(shown.word(side), view.facts.text(side)) for side in CELLS]
        lines = [f"{word}: {facts}" if view.stage.can_compare else facts for word, facts in found if facts]
        tip = "\n".join([*lines, _about_colours()])
        self.colours.setToolTip(plain_tip(tip))
        self.colours.setAccessibleDescription(tip)

    def _follow(self) -> None:
        view = self._view
        self.setVisible(bool(view.stage.pairs.shown.paths))
        values = self._readout.text()
        self.place.setVisible(False)
        self.colours.setVisible(self.width() >= px(_KEYS_FROM))
        differs = view.stage.mode.shows_changes and view.stage.can_compare
        self._holding.setText(tr("hold: original") if view.stage.mode.is_grid else tr("hold: before · tap: swap"))
        for widget in self._keys:
            widget.setVisible(view.stage.can_compare and self.width() >= px(_KEYS_FROM) and not values and not differs)
        if values and not differs:
            self.text.setText(values)
            self.text.set_colour("text")
            return
        self.text.set_colour("text" if differs else "text2")
        self.text.setText(self._sentence() if differs else self._hint())
        if differs and (values or view.stage.differences.changes is not None):
            self.place.setText(values or tr("Computed on this computer"))
            self.place.setVisible(self.width() >= px(_KEYS_FROM))

    def _sentence(self) -> str:
        found = self._view.stage.differences
        if found.error is not None:
            return translated(found.error.title)
        if not self._view.stage.compares_now:
            return ""
        if found.changes is None:
            return tr("Comparing the two pictures…")
        if self._view.stage.offsets.is_set and found.style is not Style.PIXELS:
            return tr("The change map leaves out what was moved by hand")
        share = found.changes.clear_share * 100
        if not found.areas:
            return tr("No visible change.")
        if share < 1:
            return tr("Less than {percent} of the picture changed clearly. Look at area 1 first.").format(
                percent=percent_text(1)
            )
        words = tr("{percent} of the picture changed clearly. Look at area 1 first.")
        return words.format(percent=percent_text(round(share)))

    def _hint(self) -> str:
        view = self._view
        if self._note:
            return self._note if self.width() >= px(_KEYS_FROM) else self._few
        if not view.stage.can_compare and _is_whole(view):
            return tr("Wheel: zoom · Drag: to any program")
        if not view.stage.can_compare:
            return tr("Wheel: zoom · Drag: pan")
        if view.stage.mode.is_grid and self.width() < px(_LONG_FROM):
            return tr("Hold the button on a cell: original there")
        if view.stage.mode.is_grid and _is_whole(view):
            return tr("Hold the button on a cell for the original there. Drag a cell to another to compare the two")
        if view.stage.mode.is_grid:
            return tr("Drag moves all. Hold the button still on a cell for the original there")
        if view.stage.offsets.is_set:
            return tr("One side was moved by hand; this is kept for these two pictures")
        if _is_whole(view) and self.width() < px(_LONG_FROM):
            return tr("Drag: to any program · Shift+drag: pan one")
        if _is_whole(view):
            return tr("Drag a side to any program · Shift+drag: pan one and keep the offset")
        if self.width() < px(_LONG_FROM):
            return tr("Drag: pan both · Shift+drag: pan one")
        return tr("Drag: pan both sides · Shift+drag: pan one and keep the offset")


def _is_whole(view: CompareView) -> bool:
    """Return whether the picture is in view as a whole, and so can be dragged out instead of being moved."""
    return view.stage.viewport is not None and view.stage.viewport.is_fitted


def _about_colours() -> str:
    found = screen_colours()
    if found.space is None:
        return tr("Both sides are shown in sRGB: this screen tells no profile of its own")
    return tr("Both sides are converted to the profile of this screen: {name}").format(name=found.name)
