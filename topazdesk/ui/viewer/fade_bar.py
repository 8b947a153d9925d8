"""The slider of the fade mode, at the lower edge of the pictures: how much of the after lies over the before."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from topazdesk.ui.controls import Slider, Surface, Text
from topazdesk.ui.texts import percent_text, tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.side import PAIR
from topazdesk.ui.viewer.stage import Stage

_SLIDER, _WORD, _MARGIN = 270, 120, 12


class FadeBar(Surface):
    """Lies over a `CompareView`, which tells it when to be placed."""

    def __init__(self, stage: Stage) -> None:
        super().__init__("panel", edge="edge", radius=6, parent=stage.surface)
        self._stage = stage
        self.slider = Slider(0, 100, 1, name=tr("Fade"))
        self.percent = Text("", "small", tabular=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(4), px(12), px(4))
        row.setSpacing(px(8))
        self.ends = (Text(tr("Before"), "small", "text2"), Text(tr("After"), "small", "text2"))
        row.addWidget(self.ends[0])
        row.addWidget(self.slider, 1)
        row.addWidget(self.ends[1])
        row.addWidget(self.percent)
        self.slider.edited.connect(lambda value: stage.set_fade(value / 100))
        stage.fade_changed.connect(self._show)
        self._show()
        self.hide()

    def place(self, *, shown: bool) -> None:
        """Show it at the lower edge, in the middle, or hide it; the keys go back to the pictures."""
        view = self._stage.surface
        if not shown and self.slider.hasFocus():
            view.setFocus()
        self.setVisible(shown)
        if shown:
            self.resize(min(px(_SLIDER) + self._name_ends(), view.width() - 2 * px(_MARGIN)), self.sizeHint().height())
            self.move((view.width() - self.width()) // 2, view.height() - self.height() - px(_MARGIN))
            self.raise_()

    def _name_ends(self) -> int:
        """Call the ends what the sides are called, two results being no before and after; return the words' width."""
        words = [self._stage.pairs.shown.word(side) for side in PAIR]
        short = [word.rpartition(" · ")[2] for word in words]
        if short[0] == short[1]:  # two results of one model differ by their numbers
            short = [word.partition(" · ")[0] for word in words]
        for end, word in zip(self.ends, short, strict=True):
            end.setText(end.fontMetrics().elidedText(word, Qt.TextElideMode.ElideMiddle, px(_WORD)))
        self.slider.setAccessibleName(tr("Fade from {one} to {other}").format(one=short[0], other=short[1]))
        return sum(end.sizeHint().width() for end in self.ends)

    def _show(self) -> None:
        self.slider.set_number(self._stage.fade * 100)
        self.percent.setText(percent_text(round(self._stage.fade * 100)))
