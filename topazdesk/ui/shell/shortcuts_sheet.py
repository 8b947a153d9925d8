"""The sheet of keyboard shortcuts: all actions with their keys, which can be changed, and the fixed keys."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls import Button, HelpLine, KeyCap, PaintedButton, ScrollArea, Sheet, Text
from topazdesk.ui.controls.badge import key_cap_width, paint_key_cap
from topazdesk.ui.controls.paint import box, painter_for, tokens
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.texts import plain_tip, tr, translated
from topazdesk.ui.theme import font, px
from topazdesk.ui.theme.mirrored import is_mirrored

#: What a small screen has room for between title and button, in design pixels.
_MOST_HEIGHT = 460
#: Title, buttons and the distance from the window's edges.
_AROUND = 184
_GAP = 4

_Fixed = tuple[str, list[str]]


class KeysSheet(Sheet):
    """Lists all actions by group, each with a button that shows its keys and changes them, and the viewer's own keys.

    It has two columns, because a single one is taller than a small screen, and scrolls where two are, too.
    `change_wanted` is emitted with the name of an action, `reset_wanted` when all are to have their defaults again.
    """

    help_page = "keyboard"

    change_wanted = Signal(str)
    reset_wanted = Signal()

    def __init__(self, parent: QWidget, commands: Actions) -> None:
        super().__init__(parent, tr("Keyboard shortcuts"), width=880, closable=True)
        self.buttons: dict[str, KeysButton] = {}
        self.reset = Button(tr("Reset all"), "quiet", icon="reset")
        self.reset.clicked.connect(self.reset_wanted)
        self.body.addWidget(HelpLine(tr("Press a shortcut here to change it. The gray ones are fixed.")))
        blocks: list[QGridLayout] = [self._actions(translated(title), actions) for title, actions in commands.groups()]
        blocks.insert(3, _fixed_keys(tr("Trials"), _in_trials()))
        blocks.append(_fixed_keys(tr("In the viewer"), _in_viewer()))
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, px(12), 0)
        columns.setSpacing(px(40))
        for half in _halves(blocks):
            column = QGridLayout()
            column.setVerticalSpacing(px(10))
            for row, block in enumerate(half):
                column.addLayout(block, row, 0)
            columns.addLayout(column, 1)
            columns.setAlignment(column, Qt.AlignmentFlag.AlignTop)
        if parent.window().height() < px(_MOST_HEIGHT + _AROUND):
            self.body.addWidget(inside)  # the sheet itself scrolls, and a second bar inside of it would be in the way
        else:
            area = ScrollArea(inside)
            area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # else the arrow keys would not reach it
            area.setAccessibleName(tr("Keyboard shortcuts"))
            area.setFixedHeight(min(inside.sizeHint().height(), px(_MOST_HEIGHT)))
            self.body.addWidget(area)
        self.footer.addWidget(self.reset)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)
        action_keys().changed.connect(self._show_keys)
        self._show_reset()

    def _actions(self, title: str, actions: list[QAction]) -> QGridLayout:
        block = _block(title)
        for row, action in enumerate(actions, 1):
            button = self.buttons[action.objectName()] = KeysButton(action.text().rstrip("…"))
            button.clicked.connect(partial(self._press, action.objectName()))
            block.addWidget(Text(action.text().rstrip("…"), wrap=True), row, 0)
            block.addWidget(button, row, 1)
            self._show_keys(action.objectName())
        return block

    def _press(self, name: str, _checked: bool = False) -> None:
        self.change_wanted.emit(name)

    def _show_keys(self, name: str) -> None:
        if (button := self.buttons.get(name)) is not None:
            button.show_keys(action_keys().parts(name), is_changed=name in action_keys().changes)
        self._show_reset()

    def _show_reset(self) -> None:
        self.reset.set_reason("" if action_keys().changes else tr("No shortcut has been changed."))


class KeysButton(PaintedButton):
    """Shows the keys of an action as key caps, and is pressed to change them."""

    def __init__(self, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self._keys: list[str] = []
        self._is_changed = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_keys(self, keys: list[str], *, is_changed: bool) -> None:
        """Show the parts of a shortcut, such as "Ctrl" and "T"; none: that there is no shortcut."""
        self._keys, self._is_changed = keys, is_changed
        said = "+".join(keys) if keys else tr("none")
        self.setAccessibleName(tr("Shortcut of “{action}”: {keys}").format(action=self._action, keys=said))
        what = tr("Changed. Press to change it again.") if is_changed else tr("Press to change it.")
        self.setAccessibleDescription(what)
        self.setToolTip(plain_tip(what))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the caps, or of the word for none, with the room for the focus around it."""
        widths = [key_cap_width(key) for key in self._keys]
        widths = widths or [QFontMetrics(font("small")).horizontalAdvance(tr("Add"))]
        return QSize(sum(widths) + px(_GAP) * (len(widths) - 1) + 2 * px(_GAP), px(26))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole button."""
        return QRectF(self.rect()), px(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the caps; those of a changed shortcut have the colour of links."""
        t = tokens()
        painter = painter_for(self)
        if self.isDown() or self.hovered:
            box(painter, QRectF(self.rect()), px(6), t.pressed if self.isDown() else t.hover)
        left, height = float(px(_GAP)), px(20)
        top = (self.height() - height) / 2
        for key in reversed(self._keys) if is_mirrored(self) else self._keys:  # "Ctrl" is left of its letter everywhere
            width = key_cap_width(key)
            paint_key_cap(painter, QRectF(left, top, width, height), key, t.link if self._is_changed else t.text)
            left += width + px(_GAP)
        if not self._keys:
            painter.setFont(font("small"))
            painter.setPen(t.link if self._is_changed or self.hovered else t.text2)
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, tr("Add"))
        painter.end()


def _in_viewer() -> list[_Fixed]:
    return [
        (tr("Hold: show the original"), [tr("Space")]),
        (tr("Tap: swap before and after"), [tr("Space")]),
        (tr("Zoom to the pointer"), [tr("Wheel")]),
        (tr("Move the picture"), [tr("Shift"), tr("Arrows")]),
        (tr("Move one side only"), [tr("Shift"), tr("Drag")]),
        (tr("Move the divider, or fade"), [tr("Page Up"), tr("Page Down")]),
        (tr("Move the loupe"), [tr("Arrows")]),
        (tr("Choose a cell of the 2 × 2"), ["1", "–", "4"]),
        (tr("Menu of the chosen cell"), ["M"]),
        (tr("Hide the side panels, after a click"), [tr("Tab")]),
    ]


def _in_trials() -> list[_Fixed]:
    return [
        (tr("Original, results 1 to 4"), ["0", "–", "4"]),
        (tr("Move the frame"), [tr("Arrows")]),
        (tr("Resize the frame"), [tr("Shift"), tr("Arrows")]),
        (tr("Close the trials"), ["Esc"]),
    ]


def _block(title: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(24))
    grid.setVerticalSpacing(px(2))
    grid.addWidget(Text(title, "small", "text2", weight=600), 0, 0)
    grid.setColumnStretch(0, 1)
    return grid


def _fixed_keys(title: str, lines: list[_Fixed]) -> QGridLayout:
    block = _block(title)
    for row, (text, keys) in enumerate(lines, 1):
        block.addWidget(Text(text, wrap=True), row, 0)
        caps = QHBoxLayout()
        caps.setContentsMargins(px(_GAP), px(3), 0, px(3))
        caps.setSpacing(px(_GAP))
        for key in reversed(keys) if is_mirrored() else keys:
            caps.addWidget(KeyCap(key, ink="text2"))
        caps.addStretch(1)
        block.addLayout(caps, row, 1)
    return block


def _halves(blocks: list[QGridLayout]) -> tuple[list[QGridLayout], list[QGridLayout]]:
    """Split the blocks, in order, into two parts of about the same number of lines."""

    def lines(part: list[QGridLayout]) -> int:
        return sum(block.rowCount() for block in part)

    cut = min(range(len(blocks) + 1), key=lambda at: max(lines(blocks[:at]), lines(blocks[at:])))
    return blocks[:cut], blocks[cut:]
