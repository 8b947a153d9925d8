"""The three hints of a first run, each beside what it is about until that is done once, or the hint is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QBoxLayout

from topazdesk.app.first_run import HINTS
from topazdesk.ui.controls import Hint
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.modes import SPLIT

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.shell.window import Window
    from topazdesk.ui.viewer import CompareView

#: Below these heights (design pixels) the adjustments, or the picture, need the room of the hints in their column.
_LOW, _LOW_PICTURE = 700, 400


class FirstHints(Feature):
    """Shows the hints that the settings name, and provides `hints`, which brings all of them back.

    Of the two in the column of adjustments only one is there at a time; in a low window it stands above the picture.
    """

    def __init__(self, host: Host, window: Window) -> None:
        super().__init__(host.widget)
        self._host = host
        self._window = window
        self._context = host.session.context
        self._view: CompareView | None = None
        model = tr("Another model may suit your picture better: “{change}” shows what each one does and costs.")
        model = model.format(change=window.recipe.card.change.label())
        button = tr("Nothing starts until you press Enhance. The button says which pictures it means, and the price.")
        compare = tr("Drag the line to compare before and after, or hold the space bar to see the original.")
        recipe, viewer = window.recipe, window.viewer
        above_button, above_picture = (16, 0, 16, 4), (12, 6, 12, 2)
        self.hints = {
            "model": self._add("model", Hint(model, beak_at=0.85), recipe.below_card),
            "button": self._add("button", Hint(button, points_down=True, around=above_button), recipe.above_button),
            "compare": self._add(
                "compare", Hint(compare, points_down=True, around=above_picture), viewer.above_picture
            ),
        }
        self.aside = {
            name: self._add(name, Hint(words, beak_at=None, around=(12, 8, 12, 0)), viewer.above_picture)
            for name, words in (("model", model), ("button", button))
        }
        host.commands.provide("hints", self._again)
        host.commands["gallery"].triggered.connect(lambda: self.over("model"))
        window.footer.enhance_wanted.connect(lambda: self.over("button"))
        window.footer.all_wanted.connect(lambda: self.over("button"))
        window.library.pictures.counted.connect(self._show)
        window.library.current_changed.connect(self._show)
        host.session.pricing.plan_changed.connect(self._show)
        for column in (recipe, viewer):
            column.installEventFilter(self)
        self._show()

    def look_again(self) -> None:
        """Show the hints that are in place now: the adjustments gave way to trials, or are back."""
        self._show()

    def over(self, name: str) -> None:
        """Remove a hint for good."""
        left = tuple(each for each in self._left if each != name)
        if left != self._left:
            for hint in (self.hints[name], self.aside.get(name)):
                if hint is not None:
                    hint.leave()
            self._keep(left)

    @property
    def _left(self) -> tuple[str, ...]:
        return self._context.settings.hints

    def _add(self, name: str, hint: Hint, place: QBoxLayout) -> Hint:
        place.addWidget(hint)
        hint.closed.connect(lambda: self.over(name))
        return hint

    def _again(self) -> None:
        self._keep(HINTS)
        self._host.notices.toast(
            "info", tr("The hints are back"), tr("Each stands beside what it is about until you have done it once.")
        )

    def _keep(self, left: tuple[str, ...]) -> None:
        saving = self._context.save_settings(self._context.settings.with_(hints=left))
        self._host.session.spawn("hints", saving)
        self._show()

    def _show(self) -> None:
        left, has_pictures = self._left, len(self._window.library.pictures) > 0
        if left and has_pictures:
            self._watch_viewer()
        can_press = self._window.footer.button.isEnabled() and bool(self._host.session.pricing.plan.startable)
        is_high = has_pictures and self._window.viewer.height() >= px(_LOW_PICTURE)
        stage = self._view.stage if self._view is not None else None
        has_line = stage is not None and stage.can_compare and stage.mode is SPLIT
        compares = is_high and has_line and "compare" in left
        self.hints["compare"].setVisible(compares)
        has_room = has_pictures and self._window.recipe.height() >= px(_LOW)
        # The adjustments are few in a low window; above the picture there is one hint at a time, too.
        has_room_aside = not has_room and is_high and not compares and not self._window.recipe.is_replaced
        for name, is_meant in (("model", True), ("button", can_press and "model" not in left)):
            is_meant = is_meant and name in left
            self.hints[name].setVisible(has_room and is_meant)
            self.aside[name].setVisible(has_room_aside and is_meant)

    def _watch_viewer(self) -> None:
        """Listen to the viewer, which is made for the first picture, while a hint about it may still come."""
        if self._view is not None or "compare" not in self._left:
            return
        view = self._view = self._window.viewer.view
        view.stage.divider.valueChanged.connect(lambda: self.over("compare"))
        view.stage.mode_changed.connect(lambda mode: self._show() if mode is SPLIT else self._compared())
        view.stage.arranged.connect(self._arranged)
        view.pair_shown.connect(self._show)

    def _compared(self) -> None:
        """Know that somebody compares: another mode was chosen while there were two pictures."""
        if self._view is not None and self._view.stage.can_compare:
            self.over("compare")
        self._show()

    def _arranged(self) -> None:
        if self._view is not None and self._view.stage.holds_source and self._view.stage.can_compare:
            self.over("compare")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when a column with hints has another height."""
        if event.type() == QEvent.Type.Resize:
            self._show()
        return False
