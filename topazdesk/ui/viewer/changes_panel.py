"""The side panel of the difference mode: the most changed areas, the strength of the overlay, and its legend."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.changes import Area
from topazdesk.language import titled
from topazdesk.ui.controls import IconButton, KeyCap, Option, PaintedButton, Segmented, Slider, Surface, Text
from topazdesk.ui.controls.paint import box, painter_for
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import percent_text, tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.differences import GAINS, Style
from topazdesk.ui.viewer.heat import colour_at
from topazdesk.ui.viewer.side import Side

_WIDTH = 224


class ChangesPanel(Surface):
    """Shows the differences of one `CompareView`; visible only in its difference mode."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__("panel", lines=("left",), parent=parent)
        self._view = view
        self.setFixedWidth(px(_WIDTH))
        self.up = IconButton("up", tr("Area before this (Shift+N)"))
        self.down = IconButton("fold", tr("Next area"))
        self.up.clicked.connect(lambda: view.stage.next_area(-1))
        self.down.clicked.connect(lambda: view.stage.next_area(1))
        self.rows: list[AreaRow] = []
        self.note = Text("", "small", "text2", wrap=True)
        self.style_choice = Segmented(
            (
                Option(Style.MAP, tr("Change map"), hint=tr("Where the result departs from the source")),
                Option(Style.PIXELS, tr("Difference"), hint=tr("After minus Before, pixel by pixel")),
            ),
            name=tr("What to show"),
            stretch=True,
            compact=True,
        )
        self.style_choice.set_value(view.stage.differences.style)
        self.style_choice.chosen.connect(view.stage.differences.set_style)
        self.opacity = Slider(0, 100, 5, name=tr("Strength of the overlay"))
        self.opacity.set_number(view.stage.differences.opacity * 100)
        self.opacity.edited.connect(lambda value: view.stage.differences.set_opacity(value / 100))
        self.opacity_text = Text("", "small", tabular=True)
        self.gain = Segmented(
            (Option(gain, f"{gain}×") for gain in GAINS), name=tr("Gain of the difference"), stretch=True, compact=True
        )
        self.gain.set_value(view.stage.differences.gain)
        self.gain.chosen.connect(view.stage.differences.set_gain)
        self._lay_out()
        action_keys().changed.connect(self._name_keys)
        self._name_keys()
        bind(self._follow, view.stage.differences.changed, view.stage.mode_changed, view.pair_shown)

    def _name_keys(self) -> None:
        self.down.set_name(action_keys().told(tr("Next area"), "next_area"))

    def _lay_out(self) -> None:
        for button in (self.up, self.down):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(8), px(12), px(12))
        column.setSpacing(px(4))
        head = QHBoxLayout()
        head.addWidget(Text(tr("Most changed"), "base", weight=600, wrap=True), 1)
        head.addWidget(self.up)
        head.addWidget(self.down)
        column.addLayout(head)
        self._list = QVBoxLayout()
        self._list.setSpacing(px(2))
        column.addLayout(self._list)
        column.addWidget(self.note)
        column.addSpacing(px(8))
        column.addWidget(self.style_choice)
        column.addSpacing(px(4))
        self._overlay = QWidget()
        overlay = QVBoxLayout(self._overlay)
        overlay.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        line.addWidget(Text(tr("Overlay"), "small"))
        line.addWidget(self.opacity, 1)
        line.addWidget(self.opacity_text)
        overlay.addLayout(line)
        overlay.addWidget(Legend())
        ends = QHBoxLayout()
        ends.addWidget(Text(tr("little changed"), "caption", "text3"))
        ends.addStretch(1)
        ends.addWidget(Text(tr("much changed"), "caption", "text3"))
        overlay.addLayout(ends)
        column.addWidget(self._overlay)
        self._gains = QWidget()
        gains = QVBoxLayout(self._gains)
        gains.setContentsMargins(0, 0, 0, 0)
        gains.addWidget(Text(tr("Gain"), "small"))
        gains.addWidget(self.gain)
        column.addWidget(self._gains)
        column.addStretch(1)
        keys = QHBoxLayout()
        keys.setSpacing(px(6))
        for key, words in (("N", tr("next area")), ("D", tr("back"))):
            keys.addWidget(KeyCap(key))
            keys.addWidget(Text(words, "caption", "text2"))
            keys.addSpacing(px(6))
        keys.addStretch(1)
        column.addLayout(keys)

    def _follow(self) -> None:
        view = self._view
        found = view.stage.differences
        self.setVisible(view.stage.mode.shows_changes and view.stage.can_compare)
        if not view.stage.can_compare:
            return
        if [row.area for row in self.rows] != list(found.areas):
            for row in self.rows:
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [AreaRow(area, self._thumbnail(area)) for area in found.areas]
            for row in self.rows:
                row.clicked.connect(lambda _checked=False, area=row.area: found.choose(area))
                self._list.addWidget(row)
        for row in self.rows:
            row.setChecked(row.area == found.current)
        for button in (self.up, self.down):
            button.setEnabled(bool(found.areas))
        self.note.setText(self._words())
        self.note.setVisible(bool(self.note.text()))
        self.opacity_text.setText(percent_text(round(found.opacity * 100)))
        self._overlay.setVisible(found.style is Style.MAP)
        self._gains.setVisible(found.style is Style.PIXELS)
        self.style_choice.set_value(found.style)
        self.gain.set_value(found.gain)

    def _words(self) -> str:
        found = self._view.stage.differences
        if found.error is not None:
            return titled(found.error.title, found.error.hint)
        if not self._view.stage.compares_now:
            return tr("One of the two cannot be shown")
        if found.changes is None:
            return tr("Comparing the two pictures…")
        return "" if found.areas else tr("Both look the same everywhere")

    def _thumbnail(self, area: Area) -> QImage:
        """Cut the area out of the coarse image of the result; a null image if none is loaded."""
        shown = self._view.stage.pairs.shown.pictures.get(Side.AFTER)
        if shown is None:
            return QImage()
        part, image = self._view.stage.part_of(area), shown.coarse
        left, top = int(part.x * image.width()), int(part.y * image.height())
        width, height = max(8, round(part.width * image.width())), max(8, round(part.height * image.height()))
        return image.copy(left, top, min(width, image.width() - left), min(height, image.height() - top))


class AreaRow(PaintedButton):
    """One line of the list, such as "1 · thumbnail · Area 1 · 97 %"."""

    def __init__(self, area: Area, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.area = area
        self._image = image
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = tr("Area {n}, changed by {percent}")
        self.setAccessibleName(words.format(n=area.rank, percent=percent_text(area.strength * 100)))

    def sizeHint(self) -> QSize:
        """Return the preferred size: 180 by 36 design pixels."""
        return QSize(px(180), px(36))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Put the focus ring around the whole row."""
        return QRectF(self.rect()), px(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background, rank, thumbnail, name and percentage."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        if self.isChecked() or self.hovered:
            box(painter, rect, px(4), t.sel if self.isChecked() else t.hover)
        side = px(20)
        cap = QRectF(px(4), (rect.height() - side) / 2, side, side)
        box(painter, cap, px(4), t.field, t.edge)
        painter.setPen(t.text)
        painter.setFont(font("caption", 600))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, str(self.area.rank))
        picture = QRectF(cap.right() + px(8), (rect.height() - px(26)) / 2, px(40), px(26))
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(picture, self._image, _filling(self._image, picture))
        inner = QRectF(picture.right() + px(8), 0, rect.width() - picture.right() - px(14), rect.height())
        painter.setFont(font("base"))
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, tr("Area {n}").format(n=self.area.rank)
        )
        painter.setFont(font("small", tabular=True))
        painter.setPen(t.text2)
        painter.drawText(
            inner,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            percent_text(round(self.area.strength * 100)),
        )
        painter.end()


class Legend(QWidget):
    """The colour scale of the change map, from little changed to much changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(px(10))
        self.setAccessibleName(tr("Legend: dark is little changed, bright is much changed"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colour ramp."""
        ramp = QLinearGradient(0, 0, self.width(), 0)
        for step in range(21):
            ramp.setColorAt(step / 20, colour_at(step / 20))
        painter = QPainter(self)
        painter.fillRect(self.rect(), ramp)
        painter.end()


def _filling(image: QImage, target: QRectF) -> QRectF:
    """Return the largest centred part of the image that has the target's aspect ratio."""
    factor = min(image.width() / target.width(), image.height() / target.height())
    found = QRectF(0, 0, target.width() * factor, target.height() * factor)
    found.moveCenter(QRectF(image.rect()).center())
    return found
