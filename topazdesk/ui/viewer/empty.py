"""The middle of an empty window: where to drop pictures, what to press, and that trying it out is free."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.domain.services import SERVICES
from topazdesk.ui.controls import Button, KeyCap, Surface, Text
from topazdesk.ui.controls.drop import FileDrops
from topazdesk.ui.controls.late import keep_room
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.theme.mirrored import is_mirrored

#: A panel narrower or lower than this (design pixels) uses a reduced layout.
_NARROW, _LOW = 520, 480


class EmptyPanel(Surface):
    """The panel shown while there are no pictures.

    It only reports what the user did: `choose_wanted`, `sample_wanted`, `key_wanted` and `files_dropped` (paths).
    """

    choose_wanted = Signal()
    sample_wanted = Signal()
    key_wanted = Signal()
    files_dropped = Signal(list)

    def __init__(self) -> None:
        super().__init__("canvas")
        drops = FileDrops(self)
        drops.dropped.connect(self.files_dropped)
        drops.hovering.connect(self._light_up)
        self.setMinimumWidth(px(360))
        self.choose = Button(tr("Choose pictures…"), "primary", icon="choose", size="main")
        self.choose.clicked.connect(self.choose_wanted)
        self.sample = Button(tr("Try with a sample"), "secondary", icon="sample", size="main")
        self.sample.clicked.connect(self.sample_wanted)
        self.sample.hide()
        self.key = Button(tr("Add your Topaz key…"), "secondary")
        self.key.clicked.connect(self.key_wanted)
        self.key.hide()
        self._is_service_known = False
        self._fitted: tuple[bool, bool] | None = None
        self.area = Surface("panel", edge="track", radius=8, dashed=True)
        self.note = Surface("raised", edge="line", radius=8)
        self.note.hide()
        # Each comes a moment after the window: what is there already, and may just be clicked, stays where it is.
        for late in (self.sample, self.key, self.note):
            keep_room(late)
        self._fill_area()
        self._fill_note()
        self._rows: list[QHBoxLayout] = []
        self._gap = QWidget()  # not a spacer item: both the layout and Python would delete it
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(2)
        for widget, gap in ((self.area, self._gap), (self.note, None)):
            row = QHBoxLayout()
            self._rows.append(row)
            row.addStretch(1)
            row.addWidget(widget, 12)
            row.addStretch(1)
            widget.setMaximumWidth(px(608))
            column.addLayout(row)
            if gap is not None:
                column.addWidget(gap)
        column.addSpacing(px(8))
        column.addStretch(1)
        self._fit(narrow=False, low=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a small panel, drop the illustration and shrink the spacing; the main text always stays."""
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        buttons = self.choose.sizeHint().width() + self.sample.sizeHint().width() + px(12 + 2 * 32 + 2 * 32)
        for late in (self.sample, self.key, self.note_title, self.note_text, self.expect):
            late.ensurePolished()  # Qt does it when they are shown; their room is needed before
        narrow = self.width() < max(px(_NARROW), buttons)
        self._more.show()
        self._fit(narrow=narrow, low=self.height() < px(_LOW))
        self.expect.setHidden(self._fitted == (narrow, True))
        self.expect.setHidden(self.expect.isHidden() or self._is_over())
        # Longer words, as other languages have, need more height than the limits above allow for.
        if self._is_over():
            self._fit(narrow=narrow, low=True)
        self._more.setHidden(self._is_over())

    def _is_over(self) -> bool:
        layout = self.layout()
        if layout is None:
            return False
        # Qt measures anew later, and what is hidden never, though its room is kept.
        for inner, widget in ((self._area_column, self.area), (self._note_row, self.note)):
            inner.update()
            inner.activate()
            widget.updateGeometry()
        layout.update()
        layout.activate()
        return layout.totalHeightForWidth(self.width()) > self.height()

    def _fit(self, *, narrow: bool, low: bool) -> None:
        if (narrow, low) == self._fitted:
            return
        self._fitted = (narrow, low)
        side = px(12 if narrow else 32)
        self._mark.setVisible(not low)
        self._area_column.setContentsMargins(side, px(16 if low else 40), side, px(16 if low else 32))
        self._buttons.setDirection(QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        self._note_row.setDirection(QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        for widget in (self.note_text, *self._formats):
            widget.setVisible(not (narrow and low))
        self._gap.setFixedHeight(px(16 if low else 64))
        keep_room(self.note, is_kept=not (low and self._is_service_known))
        for row in self._rows:
            row.setContentsMargins(side, 0, side, 0)
        layout = self.layout()
        if layout is not None:
            layout.invalidate()

    def _fill_area(self) -> None:
        column = self._area_column = QVBoxLayout(self.area)
        column.setSpacing(px(8))
        middle = Qt.AlignmentFlag.AlignHCenter
        self._mark = Mark("choose", "text2", 56)
        column.addWidget(self._mark, 0, middle)
        column.addSpacing(px(12))
        self._more = Text(
            tr("Make small, blurred, noisy or old pictures larger and clearer.\nYour originals are never changed."),
            "main",
            "text2",
            weight=400,
            wrap=True,
        )
        for text in (Text(tr("Drop pictures or folders here"), "hero", wrap=True), self._more):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(text)
        column.addSpacing(px(16))
        buttons = self._buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addStretch(1)
        buttons.addWidget(self.choose)
        buttons.addWidget(self.sample)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addSpacing(px(12))
        line = QHBoxLayout()
        line.setSpacing(px(4))
        line.addStretch(1)
        formats = Text(tr("JPEG, PNG, TIFF, WebP and more · or paste with"), "small", "text2")
        keys = QKeySequence("Ctrl+V").toString(QKeySequence.SequenceFormat.NativeText).split("+")
        self._formats: tuple[QWidget, ...] = (formats, *map(KeyCap, reversed(keys) if is_mirrored() else keys))
        for widget in self._formats:
            line.addWidget(widget)
        line.addStretch(1)
        column.addLayout(line)

    def _fill_note(self) -> None:
        row = self._note_row = QHBoxLayout(self.note)
        row.setContentsMargins(px(16), px(12), px(12), px(12))
        row.setSpacing(px(12))
        words = QVBoxLayout()
        words.setSpacing(px(2))
        self.note_title = Text("", "base", weight=600, wrap=True)
        self.note_text = Text("", "small", "text2", wrap=True)
        self._say_free(is_practice=True)
        words.addWidget(self.note_title)
        words.addWidget(self.note_text)
        self.expect = Text(_expected(), "small", "text2", rich=True, wrap=True)
        self.expect.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.expect.linkActivated.connect(lambda address: QDesktopServices.openUrl(QUrl(address)))
        self.expect.setContentsMargins(0, px(4), 0, 0)
        words.addWidget(self.expect)
        row.addLayout(words, 1)
        row.addWidget(self.key)

    def show_free(self, *, is_free: bool, is_practice: bool) -> None:
        """Show or hide the note about a free service in use: one that only rehearses, or one that really enhances."""
        self._is_service_known = True
        self._say_free(is_practice=is_practice)
        self.note.setVisible(is_free)
        self._fitted = None
        self._fit_words()

    def _say_free(self, *, is_practice: bool) -> None:
        self.note_title.setText(
            tr("Practice mode: free, simulated results")
            if is_practice
            else tr("Free: enhanced on this computer, without an account")
        )
        self.note_text.setText(
            tr(
                "The sandbox works on this computer and costs nothing. "
                "It is not Topaz: use it to see how everything works."
            )
            if is_practice
            else tr("Nothing leaves this computer. Topaz has more models and is faster; it needs a key and credits.")
        )

    def offer(self, button: QWidget) -> None:
        """Show one of the buttons that are hidden until what they do can be done."""
        button.show()
        self._fit_words()

    def _light_up(self, is_ready: bool) -> None:
        self.area.set_ground("sel" if is_ready else "panel", "mark" if is_ready else "track")


def _expected() -> str:
    """Return what to expect of the first service that is paid, with a link to its own page about that."""
    traits = SERVICES.with_key[0].traits
    words = tr(
        "What to expect of {service}: models for faces, text, old prints and more, in seconds to minutes a "
        "picture. Generative ones invent detail: faces and lettering may differ. Results cost credits, by their size."
    ).format(service=traits.label)
    return f'{words} <a href="{traits.models_page}">{tr("Models and examples")}</a>'
