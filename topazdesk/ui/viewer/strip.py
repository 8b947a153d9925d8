"""The toolbar above the viewer: compare modes and zoom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls import Button, Chip, IconButton, LineField, Option, Segmented
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import percent, plain_tip, tr
from topazdesk.ui.theme import font, px
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.export import ask_export
from topazdesk.ui.viewer.modes import GRID, MODES, Mode
from topazdesk.ui.viewer.side import Side


class ViewerStrip(QWidget):
    """The controls of one `CompareView`: modes on the left, zoom on the right."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.modes = Segmented(name=tr("Way to compare"))
        self.same_place = Chip(tr("Same place on both sides"), icon="link", caret=False, tinted=True)
        self.same_place.setToolTip(tr("One side was moved by hand. Click to show the same place again"))
        self.export = IconButton("save_picture", tr("Save the comparison as a picture…"))
        self.loupe = IconButton("loupe", tr("Loupe"), checkable=True)
        self.power = Button("", "quiet", size="small")
        self.smaller = IconButton("minus", tr("Zoom out"))
        self.field = ZoomField(view)
        self.larger = IconButton("add", tr("Zoom in"))
        self.unit = Button("", "quiet", size="small")
        self.fit = Button(tr("Fit"), "quiet", icon="fit", size="panel")
        self.actual = Button(percent(100), "quiet", size="panel")
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), 0, px(12), 0)
        row.setSpacing(px(4))
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)  # it narrows itself, see `_fit_words`
        row.addWidget(self.modes)
        row.addWidget(self.same_place)
        row.addStretch(1)
        for widget in (
            self.export,
            self.loupe,
            self.power,
            self.smaller,
            self.field,
            self.unit,
            self.larger,
            self.fit,
            self.actual,
        ):
            row.addWidget(widget)
        # A click on a button leaves the keys with the pictures: Space would press the button once more.
        pressed = (self.same_place, self.export, self.loupe, self.power, self.smaller, self.unit, self.larger)
        for button in (*pressed, self.fit, self.actual):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(px(36))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("View"))

        self.modes.chosen.connect(self._choose)
        self.same_place.clicked.connect(view.stage.offsets.reset)
        self.export.clicked.connect(lambda: ask_export(view))
        self.unit.clicked.connect(self._other_unit)
        self.smaller.clicked.connect(view.stage.zoom_out)
        self.larger.clicked.connect(view.stage.zoom_in)
        self.fit.clicked.connect(view.stage.zoom_fit)
        self.actual.clicked.connect(lambda: view.stage.zoom_to(100))
        self.loupe.clicked.connect(view.loupe.toggle)
        self.power.clicked.connect(view.loupe.magnify_more)
        view.stage.mode_changed.connect(self.modes.set_value)
        view.stage.cells.changed.connect(self._cells_changed)
        self._tightened = (-1, False)
        self._fitted: tuple[object, ...] = ()
        action_keys().changed.connect(self._keys_changed)
        self._name_keys()
        bind(self._follow, view.stage.zoom_changed, view.pair_shown, view.stage.offset_changed, view.loupe.changed)

    def _keys_changed(self) -> None:
        self._name_keys()
        self._tightened = (-1, False)
        self._fitted = ()
        self._follow()

    def _name_keys(self) -> None:
        """Say in the tool tips which keys do the same."""
        keys = action_keys()
        self.loupe.setToolTip(plain_tip(keys.told(tr("Loupe"), "loupe")))
        self.power.setToolTip(plain_tip(keys.told(tr("Magnification of the loupe"), "loupe_power")))
        self.fit.setToolTip(plain_tip(keys.told(tr("Show the whole picture, also by double click"), "zoom")))

    def sizeHint(self) -> QSize:
        """Return the preferred size: 36 design pixels high, or as high as the header that contains it."""
        return QSize(super().sizeHint().width(), px(36))

    def minimumSizeHint(self) -> QSize:
        """Allow a narrow strip, because it can replace words by icons."""
        return QSize(px(240), px(36))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many words as there is room for."""
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        row = self.layout()
        fitted = (self.width(), self.font().pixelSize(), self.unit.text(), *self._wanted())
        if row is None or fitted == self._fitted:
            return
        self._fitted = fitted
        for tightness in range(7):
            self._tighten(tightness)
            row.invalidate()
            if row.sizeHint().width() <= self.width():
                return

    def _wanted(self) -> tuple[bool, bool, bool, bool, bool]:
        """Return whether chip, export, unit, magnification and 2 × 2 are to be shown where there is room."""
        stage = self._view.stage
        compares = stage.can_compare
        is_moved = compares and stage.offsets.is_set
        return is_moved, stage.compares_now, compares, self._view.loupe.is_on, stage.cells.is_possible

    def _tighten(self, tightness: int) -> None:
        """Reduce the controls by one of these levels.

        At 0 all words are there. At 1 the chip and Fit are icons, and the 2 × 2 is left out for pictures that cannot
        have it; at 2 the modes are icons, too. At 3 there is no − and +, which the wheel and the keys replace; at 4 no
        100 %, which a double click replaces; at 5 nothing says of what the zoom is, which its field says, too; at 6
        there is no export and no magnification, which have keys.
        """
        chip, export, unit, power, grid = self._wanted()
        self.same_place.setVisible(chip)
        self.export.setVisible(export and tightness < 6)
        self.unit.setVisible(unit and tightness < 5)
        self.power.setVisible(power and tightness < 6)
        if (tightness, grid) == self._tightened:
            return
        self._tightened = (tightness, grid)
        self.same_place.set_content("" if tightness else tr("Same place on both sides"), "link", tinted=True)
        self.same_place.setAccessibleName(tr("Same place on both sides"))
        self.fit.setText("" if tightness else tr("Fit"))
        self.fit.setAccessibleName(tr("Fit"))
        for step in (self.smaller, self.larger):
            step.setVisible(tightness < 3)
        self.actual.setVisible(tightness < 4)
        shown = [mode for mode in MODES if grid or not tightness or not mode.is_grid]
        self.modes.set_options(_mode_options(shown, words=tightness < 2))
        for option in _mode_options(shown, words=True):
            segment = self.modes.segment(option.value)
            if segment is not None:
                segment.setAccessibleName(option.text)
                segment.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.modes.set_value(self._view.stage.mode)
        self._allow_modes()  # new segments must be disabled if the old ones were

    def _follow(self) -> None:
        """Show the state of the view, and disable what is not possible now."""
        view = self._view
        there = view.stage.viewport is not None
        for widget in (self.smaller, self.field, self.larger, self.fit, self.actual, self.unit):
            widget.setEnabled(there)
        self.loupe.setEnabled(there)
        self.loupe.setChecked(view.loupe.is_on)
        self.power.setText(f"{view.loupe.magnification}×")
        compares = view.stage.can_compare
        self._allow_modes()
        reason = (
            "" if compares or view.stage.cells.is_possible else tr("Nothing to compare yet: this picture has no result")
        )
        self.modes.setToolTip(plain_tip(reason))
        self.modes.setAccessibleDescription(reason)
        self.modes.set_value(view.stage.mode)  # one that was asked for need not have come
        of_result = view.stage.zoom_unit is Side.AFTER
        self.unit.setText(tr("of result") if of_result else tr("of source"))
        self.unit.setToolTip(
            plain_tip(
                tr("Percent counts pixels of the result") if of_result else tr("Percent counts pixels of the source")
            )
        )
        self.unit.setAccessibleDescription(tr("Click to count in the other one"))
        what = tr("result") if of_result else tr("source")
        tip = tr("One pixel of the {what} on one pixel of the screen, also by double click").format(what=what)
        tip = action_keys().told(tip, "zoom")
        self.actual.setToolTip(plain_tip(tip))
        self.actual.setAccessibleDescription(tip)
        self.field.show_percent()
        self._fit_words()

    def _choose(self, mode: Mode) -> None:
        self._view.stage.set_mode(mode)
        self.modes.set_value(self._view.stage.mode)  # the 2 × 2 comes or goes with its files

    def _cells_changed(self) -> None:
        self._allow_modes()
        self._fit_words()

    def _allow_modes(self) -> None:
        """Disable the modes where there is nothing to compare, and say why there is no 2 × 2.

        There may be one of other files than the one on screen.
        """
        stage = self._view.stage
        compares, reason = stage.can_compare, stage.cells.reason
        has_grid = not reason and bool(stage.pairs.shown.paths)
        self.modes.setEnabled(compares or has_grid)
        for mode in MODES:
            if not mode.is_grid and (other := self.modes.segment(mode)) is not None:
                other.setEnabled(compares)
        segment = self.modes.segment(GRID)
        if segment is not None:
            segment.setEnabled(has_grid)
            hint = reason or action_keys().told(GRID.hint(), GRID.word)
            segment.setToolTip(plain_tip(hint))
            segment.setAccessibleDescription(hint)

    def _other_unit(self) -> None:
        self._view.stage.set_zoom_unit(Side.BEFORE if self._view.stage.zoom_unit is Side.AFTER else Side.AFTER)


def _mode_options(modes: Sequence[Mode], *, words: bool) -> tuple[Option, ...]:
    keys = action_keys()
    return tuple(
        Option(mode, mode.text() if words else "", mode.word, hint=keys.told(mode.hint(), mode.word)) for mode in modes
    )


class ZoomField(LineField):
    """The zoom in percent. Return applies a typed number; up and down change it in steps."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._view = view
        self.setFont(font("base", tabular=True))
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Zoom"))
        self.returnPressed.connect(self._take)
        self.show_percent()

    def show_percent(self) -> None:
        """Show the zoom of the view."""
        zoom = self._view.stage.percent
        places = 1 if zoom < 9.95 and round(zoom, 1) != round(zoom) else 0
        self.setText(percent(zoom, places) if self._view.stage.viewport is not None else "")
        only, of_result = not self._view.stage.can_compare, self._view.stage.zoom_unit is Side.AFTER
        words = (
            tr("Percent of the picture")
            if only
            else tr("Percent of the result")
            if of_result
            else tr("Percent of the source")
        )
        self.setAccessibleDescription(words)
        self.setToolTip(plain_tip(words))

    def sizeHint(self) -> QSize:
        """Return a size with room for "3200 %"."""
        return QSize(max(px(56), QFontMetrics(self.font()).horizontalAdvance(percent(3200)) + px(18)), px(28))

    def minimumSizeHint(self) -> QSize:
        """Return the preferred size, because a number must never be cut off."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step the zoom with up and down; discard typed text with Escape."""
        match event.key():
            case Qt.Key.Key_Up:
                self._view.stage.zoom_in()
            case Qt.Key.Key_Down:
                self._view.stage.zoom_out()
            case Qt.Key.Key_Escape:
                self.show_percent()
                self.selectAll()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Discard what was typed but not confirmed."""
        self.show_percent()
        super().focusOutEvent(event)

    def _take(self) -> None:
        found = re.search(r"\d+(?:[.,]\d+)?", self.text())
        if found:
            self._view.stage.zoom_to(float(found[0].replace(",", ".")))
        self.show_percent()
        self.selectAll()
