"""The sheet that asks for the sizes and formats that are wanted of pictures in one run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk.domain.encoding import Encoding
from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.renditions import MOST_RENDITIONS
from topazdesk.ui.controls import Button, CheckBox, ElidedLabel, Sheet, Text
from topazdesk.ui.controls.titled_rows import stacked, titled_rows
from topazdesk.ui.models.plan_texts import button_text, hint_text
from topazdesk.ui.models.pricing import Pricing
from topazdesk.ui.models.rendition_choice import MOST_RESULTS, SHOWN_PICTURES, RenditionChoice, ResultLine
from topazdesk.ui.recipe.encoding_rows import EncodingRows
from topazdesk.ui.recipe.size_control import FACTORS
from topazdesk.ui.texts import (
    bill_text,
    format_text,
    ntr,
    number,
    pictures_text,
    results_text,
    short_number,
    tr,
    translated,
)
from topazdesk.ui.theme import px

_COLUMNS = 2


class RenditionsSheet(Sheet):
    """Lets sizes and formats be checked and shows what each result costs; accepted means: start what `choice` holds."""

    help_page = "files"

    def __init__(self, parent: QWidget, pricing: Pricing, choice: RenditionChoice) -> None:
        super().__init__(parent, tr("Several sizes or formats"), width=600)
        self._pricing = pricing
        self.choice = choice
        recipe, model = pricing.recipe.recipe, pricing.recipe.model
        self.sizes: dict[OutputSize, CheckBox] = {}
        self.formats: dict[FileFormat | None, CheckBox] = {}
        count = len(choice.pictures)
        name = choice.pictures[0].name if count == 1 else pictures_text(count)
        self.about = ElidedLabel(f"{name} · {model.name}", "base", "text2")
        self.total = Text("", "base", weight=600, tabular=True, wrap=True)
        self.said = Text("", "small", "text2", wrap=True)
        self.total.setMinimumHeight(px(28))
        self.total.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._rows: list[_Row] = []
        self.rows = QWidget()
        self._grid = QGridLayout(self.rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(4))
        self._grid.setColumnStretch(0, 1)
        self.more = Text("", "small", "text2", wrap=True)
        own = recipe.output
        if model.takes_size:
            offered = dict.fromkeys((own.size, *map(OutputSize.scale, FACTORS)))
            for size in sorted(offered, key=_by_scale):
                self.sizes[size] = self._box(size_words(size), size, own.format, checked=size == own.size)
        for format_ in (None, *model.formats):
            words = tr("Same format") if format_ is None else format_text(format_)
            self.formats[format_] = self._box(words, own.size, format_, checked=format_ == own.format)
        self._own_size = own.size
        self._encoding: Encoding | None = None  # as each picture has it, until somebody chooses one for all
        self.encoding = EncodingRows()
        self.encoding.edited.connect(self._encoding_edited)
        keeps = Text(tr("This model keeps the size of the picture"), "base", "text2", wrap=True)
        sizes, formats = _in_grid(list(self.sizes.values())), _in_grid(list(self.formats.values()))
        _line_up(sizes, formats)
        parts = [
            (tr("Sizes"), sizes if self.sizes else keeps),
            (tr("Formats"), stacked(formats, self.encoding)),
            (tr("Results"), stacked(self.total, self.rows, self.more, self.said)),
        ]
        self.body.addWidget(self.about)
        self.body.addLayout(titled_rows(parts))
        self.cancel = Button(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.start = Button(tr("Enhance"), "primary")
        self.start.clicked.connect(self.accept)
        self.footer.addStretch(1)
        self.footer.addWidget(self.cancel)
        self.footer.addWidget(self.start)
        choice.changed.connect(self._show)
        self._choose()
        boxes = [*self.sizes.values(), *self.formats.values()]
        next(box for box in boxes if box.isEnabled() or box is boxes[-1]).setFocus(Qt.FocusReason.OtherFocusReason)

    def _box(self, words: str, size: OutputSize, format_: FileFormat | None, *, checked: bool) -> CheckBox:
        """Return the box of a size or a format, off where none of the pictures can have it, with the reason."""
        refused, why = self.choice.problem_of(size, format_)
        everyone = len(self.choice.pictures)
        hint = ""
        if why is not None:
            hint = translated(why.title)
            if refused < everyone:
                some = tr("{n} of {all}: {why}")
                hint = some.format(n=number(refused), all=number(everyone), why=hint)
        box = CheckBox(words, hint)
        box.setEnabled(refused < everyone)
        box.setChecked(checked and box.isEnabled())
        box.toggled.connect(self._choose)
        return box

    def _choose(self) -> None:
        sizes = [size for size, box in self.sizes.items() if box.isChecked()]
        formats = [format_ for format_, box in self.formats.items() if box.isChecked()]
        written = self.choice.written_here(formats) if formats else frozenset[FileFormat]()
        self.encoding.show_encoding(self._encoding or self._pricing.recipe.recipe.output.encoding, written)
        self.choice.choose(sizes if self.sizes else [self._own_size], formats, self._encoding)

    def _encoding_edited(self, encoding: object) -> None:
        if isinstance(encoding, Encoding):
            self._encoding = encoding
            self._choose()

    # what is shown

    def _show(self) -> None:
        choice = self.choice
        held, plan = choice.held, choice.held.plan
        if choice.too_many:
            self.total.setText(tr("Too many results for one run"))
            most = tr("At most {each} of each picture, and {all} in all.")
            self._say(most.format(each=number(MOST_RENDITIONS), all=number(MOST_RESULTS)), "warn")
        elif not any(box.isChecked() for box in self.formats.values()) or (
            self.sizes and not any(box.isChecked() for box in self.sizes.values())
        ):
            self.total.setText(tr("Nothing is chosen"))
            self._say(tr("Choose at least one size and one format."), "text2")
        else:
            price = bill_text(plan.credits, plan.unknown, plan.unit)
            total = f"{results_text(choice.count)} · {price}"
            if choice.copies:
                total = " · ".join(filter(None, (total if choice.count else "", _copies_text(choice.copies))))
            self.total.setText(tr("Looking for what is there already…") if choice.is_looking else total)
            hint, colour = hint_text(plan, problem=self._pricing.form_problem, held=held)
            there = ntr(
                "1 result is there already and costs nothing.",
                "{n} results are there already and cost nothing.",
                choice.there,
            )
            self._say(
                "\n".join(
                    filter(
                        None,
                        (
                            there.format(n=number(choice.there)) if choice.there else "",
                            self._how() if choice.copies and choice.count else "",
                            "" if choice.lacking and not choice.count else hint,
                        ),
                    )
                ),
                colour,
            )
        self._show_lines()
        text, reason = self._button()
        is_free = self._pricing.recipe.recipe.service.traits.is_free
        self.start.setText(text)
        self.start.set_reason(reason)
        is_free = is_free or not choice.count
        self.start.set_cost("" if reason else "free" if is_free else "money")
        if not reason:
            self.start.setAccessibleDescription(self.total.text())
        self.fit()
        QTimer.singleShot(0, self, self.fit)  # what was hidden leaves its room in a later turn of the loop

    def _how(self) -> str:
        if self._pricing.recipe.recipe.service.unit is Unit.NONE:
            return tr("Of several formats the best is made first; the others are made from it.")
        return tr("Of several formats the best is paid for; the others are made from it here.")

    def _say(self, words: str, colour: str) -> None:
        self.said.setText(words)
        self.said.set_colour(colour)
        self.said.setVisible(bool(words))

    def _button(self) -> tuple[str, str]:
        choice, pricing = self.choice, self._pricing
        if choice.lacking and not choice.count and not choice.is_looking and not choice.too_many:
            text = ntr("Make 1 copy · free", "Make {n} copies · free", choice.lacking)
            return text.format(n=number(choice.lacking)), ""
        if choice.too_many or not choice.held.plan.ids or choice.is_looking:
            reason = tr("Getting ready…") if choice.is_looking else self.said.text()
            return tr("Enhance"), reason or tr("There is nothing to make")
        if pricing.lacks_key:
            return tr("Enhance"), tr("No key for this service yet")
        return button_text(choice.held.plan, ready=True, problem=pricing.form_problem, held=choice.held)

    def _show_lines(self) -> None:
        lines = self.choice.lines()
        while len(self._rows) < len(lines):
            row = _Row()
            for column, label in enumerate((row.name, row.size, row.note)):
                self._grid.addWidget(label, len(self._rows), column)
                label.show()  # at once: the layout would do so in a later turn of the loop
            self._rows.append(row)
        for row, line in zip(self._rows, lines, strict=False):
            row.tell(line)
        for place, row in enumerate(self._rows):
            row.set_visible(place < len(lines))
        others = len(self.choice.pictures) - SHOWN_PICTURES
        is_more = others > 0 and bool(lines)
        self.more.setVisible(is_more)
        if is_more:
            words = ntr("and the same of 1 more picture", "and the same of {n} more pictures", others)
            self.more.setText(words.format(n=number(others)))


class _Row:
    """The labels of one result."""

    def __init__(self) -> None:
        self.name = ElidedLabel("", "small")
        self.size = Text("", "small", "text2", tabular=True)
        self.note = Text("", "small", tabular=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)

    def tell(self, line: ResultLine) -> None:
        """Show a result; one that is not made stands back."""
        for label, words in ((self.name, line.name), (self.size, line.size), (self.note, line.note)):
            label.setText(words)
        for label in (self.name, self.note):
            label.set_colour("text" if line.is_made else "text2")

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of it."""
        for label in (self.name, self.size, self.note):
            label.setVisible(visible)


def _copies_text(count: int) -> str:
    return ntr("1 copy made here, free", "{n} copies made here, free", count).format(n=number(count))


def size_words(size: OutputSize) -> str:
    """Return a size as people say it: "2×", "3000 px wide"."""
    value = short_number(size.value)
    match size.mode:
        case SizeMode.SCALE:
            return f"{value}×"
        case SizeMode.WIDTH:
            return tr("Width: {n} px").format(n=value)
        case SizeMode.HEIGHT:
            return tr("Height: {n} px").format(n=value)
        case SizeMode.LONG_EDGE:
            return tr("Longest side: {n} px").format(n=value)
        case SizeMode.MEGAPIXELS:
            return f"{value} MP"
        case SizeMode.BOX:
            return f"{value} × {size.height_px} px"
        case SizeMode.PRINT if size.paper is not None:
            paper = size.paper
            sides = f"{short_number(paper.width)} × {short_number(paper.height)}"
            return f"{sides} {paper.unit.value}, {value} dpi"
        case _:
            return tr("Size of the picture")


def _by_scale(size: OutputSize) -> tuple[bool, float]:
    return size.mode is not SizeMode.SCALE, size.value


def _line_up(*rooms: QWidget) -> None:
    """Make the columns of grids with as many columns equally wide."""
    grids = [grid for room in rooms if isinstance(grid := room.layout(), QGridLayout)]
    if len({grid.columnCount() for grid in grids}) != 1:
        return
    for column in range(grids[0].columnCount()):
        first = [item for grid in grids if (item := grid.itemAtPosition(0, column)) is not None]
        widest = max((item.sizeHint().width() for item in first), default=0)
        for grid in grids:
            grid.setColumnMinimumWidth(column, widest)


def _in_grid(boxes: Sequence[CheckBox]) -> QWidget:
    room = QWidget()
    grid = QGridLayout(room)
    grid.setContentsMargins(0, px(2), 0, 0)
    grid.setHorizontalSpacing(px(16))
    grid.setVerticalSpacing(px(2))
    columns = _COLUMNS if any(box.accessibleDescription() for box in boxes) else 2 * _COLUMNS
    for place, box in enumerate(boxes):
        # At the top: one with a reason below it is taller than its neighbours.
        grid.addWidget(box, place // columns, place % columns, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(place % columns, 1)
    return room
