"""The output section at the bottom of the right column: size with its price, format, folder, names, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model
from topazdesk.domain.copies import written_here
from topazdesk.domain.geometry import OutputSize, PixelGrid, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.naming import FIELDS, NameFacts, result_name, template_problem
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.ui.controls import Button, Choice, ElidedLabel, LineField, SectionHead, SteppedLabel, Surface, Text
from topazdesk.ui.controls.contents import Contents
from topazdesk.ui.models.names_watch import MOST, ResultName
from topazdesk.ui.recipe.choose_folder import choose_folder
from topazdesk.ui.recipe.encoding_rows import EncodingRows
from topazdesk.ui.recipe.price_ruler import PriceSteps
from topazdesk.ui.recipe.saving_words import result_text, rules_text
from topazdesk.ui.recipe.size_control import SizeControl
from topazdesk.ui.texts import bill_text, format_text, plain_tip, size_text, tr, translated
from topazdesk.ui.theme import px

_CHOOSE = "choose"
_FOLDER = 190  # design pixels for the name of a folder
#: Stands in for a picture in the example file name while there is none.
_EXAMPLE = (Path("picture.jpg"), Size(3000, 2000), FileFormat.JPEG)


class OutputPanel(Surface):
    """Shows the output settings of a recipe for one picture; `edited` is emitted with a complete `OutputOptions`.

    `more_wanted`: the user wants to see all about saving.
    """

    edited = Signal(object)
    more_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self._output = OutputOptions()
        self._summary = ("", "")
        self.head = SectionHead(tr("Output"))
        self.sizes = SizeControl()
        self.keeps = Text(tr("This model keeps the size of the picture"), "small", "text2", wrap=True)
        self.shape = Text("", "small", "text2", wrap=True)
        self.steps = PriceSteps()
        self.format = Choice(name=tr("Format of results"))
        self.folder = Choice(name=tr("Folder for results"), icon_name="folder")
        self.encoding = EncodingRows()
        self.template = LineField()
        self.template.setAccessibleName(tr("File name of results"))
        self.template.setToolTip(plain_tip(tr("Fields: {fields}").format(fields=" ".join(f"{{{f}}}" for f in FIELDS))))
        self.previews = [ElidedLabel("", "small", "text2") for _ in range(MOST)]
        self.rules = SteppedLabel("", "small", "text2")
        self.kept = SteppedLabel("", "small", "text2")
        self.more = Button(tr("More…"), size="small")
        self.more.setAccessibleName(tr("More about saving results"))
        self._names: tuple[ResultName, ...] = ()
        self._most_names = MOST
        self._in_view: Path | None = None
        self._example = ""
        self._problem = ""
        self._body = QWidget()
        self._contents = Contents(self._body)
        self._lay_out()
        self.sizes.edited.connect(self._size_chosen)
        self.sizes.box.crop_chosen.connect(lambda crops: self._put(crop_to_fill=crops))
        self.steps.edited.connect(self._size_chosen)
        self.format.chosen.connect(lambda chosen: self._put(format=chosen if isinstance(chosen, FileFormat) else None))
        self.folder.chosen.connect(self._folder_chosen)
        self.encoding.edited.connect(lambda encoding: self._put(encoding=encoding))
        self.head.toggled.connect(self._folded)
        self.template.textEdited.connect(lambda text: self._put(template=text))
        self.more.clicked.connect(self.more_wanted)

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(8), px(16), px(8))
        column.setSpacing(px(4))
        column.addWidget(self.head)
        column.addWidget(self._contents)
        body = self._rows = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(px(6))
        body.addWidget(self.sizes)
        body.addWidget(self.keeps)
        body.addWidget(self.shape)
        body.addWidget(self.steps)
        where = self._where = QHBoxLayout()
        where.setSpacing(px(6))
        self.format.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        where.addWidget(self.format, 2)
        where.addWidget(self.folder, 3)
        body.addLayout(where)
        body.addWidget(self.encoding)
        named = QHBoxLayout()
        named.setSpacing(px(8))
        named.addWidget(Text(tr("Name"), "base"))
        named.addWidget(self.template, 1)
        body.addLayout(named)
        names = QVBoxLayout()
        names.setSpacing(px(1))
        for line in self.previews:
            names.addWidget(line)
        body.addLayout(names)
        rules = QVBoxLayout()
        rules.setSpacing(px(1))
        rules.addWidget(self.rules)
        rules.addWidget(self.kept)
        last = QHBoxLayout()
        last.setSpacing(px(8))
        last.addLayout(rules, 1)
        last.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        body.addLayout(last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put format and folder below each other where their words have no room in one row."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # The name of a folder may be cut, the program's own words may not.
        folder = min(self.folder.needed_width(), px(_FOLDER))
        needed = self.format.needed_width() + self._where.spacing() + folder
        fits = needed <= self.width() - 2 * px(16)
        self.format.setMinimumWidth(self.format.needed_width() if fits else 0)
        self.folder.setMinimumWidth(folder if fits else 0)
        self._where.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)

    def show_recipe(self, recipe: Recipe, model: Model, info: ImageInfo | None) -> None:
        """Show the output settings of `recipe`, and the result's size, price and name if there is a picture `info`."""
        self._output = recipe.output
        source = info.size if info is not None else None
        self._in_view = info.path if info is not None else None
        self.sizes.setVisible(model.takes_size)
        self.keeps.setVisible(not model.takes_size)
        if model.takes_size:
            self.sizes.show_size(recipe.output.size, model, source)
            self.sizes.box.show_crop(recipe.output.crop_to_fill)
        target = target_size(recipe.output.size, source) if model.takes_size else source
        self._summary = (size_text(target, exact=True), _price_text(model, target)) if target else ("", "")
        self._summarise()
        seen = PixelGrid(target, info.grid.aspect) if target and info is not None else None
        self.shape.setVisible(seen is not None and not seen.is_square)
        if seen is not None and not seen.is_square:
            self.shape.setText(translated(seen.size_remark))
        self.steps.show_size(model, source, target)
        self._show_formats(model, recipe.output.format)
        kind = info.format if info is not None else _EXAMPLE[2]
        self.encoding.show_encoding(recipe.output.encoding, written_here(recipe, kind, model.formats))
        self._show_folder(recipe.output.folder)
        self._show_template(recipe.output.template)
        self.rules.setText(rules_text(recipe.output))
        self._fit()
        self._example = "" if self._problem else _example_name(recipe, model, info, target)
        self._show_previews()

    def show_names(self, names: tuple[ResultName, ...]) -> None:
        """Show the names that the first results of the next run will have."""
        self._names = names
        self._show_previews()

    def show_kept(self, text: str) -> None:
        """Show what becomes of the original's metadata."""
        self.kept.setText(text)

    def show_most_names(self, most: int) -> None:
        """Show at most so many names: a low window has no room for three."""
        if most != self._most_names:
            self._most_names = most
            self._show_previews()

    def set_close(self, close: bool) -> None:
        """Move the rows closer together: in a low window all of them are in sight then once the section is opened."""
        self._rows.setSpacing(px(4 if close else 6))
        self._column.setContentsMargins(px(16), px(4 if close else 8), px(16), px(4 if close else 8))
        self._column.setSpacing(px(2 if close else 4))

    def _folded(self, is_open: bool) -> None:
        self._contents.setVisible(is_open)
        self._summarise()

    def _summarise(self) -> None:
        """Show the size in the section's header, and the price too while the section is folded."""
        size, price = self._summary
        self.head.set_summary(size if self.head.is_open() or not size else f"{size} · {price}")

    def _show_formats(self, model: Model, wanted: FileFormat | None) -> None:
        entries: list[tuple[object, str]] = [("same", tr("Same format"))]
        entries += [(each, format_text(each)) for each in model.formats]
        self.format.set_entries(entries)
        self.format.set_value(wanted if wanted is not None else "same")

    def _show_folder(self, folder: str) -> None:
        entries: list[tuple[object, str]] = [("", tr("Next to the original"))]
        if folder:
            entries.append((folder, Path(folder).name or folder))
        entries.append((_CHOOSE, tr("Choose a folder…")))
        self.folder.set_entries(entries)
        self.folder.set_value(folder)
        self.folder.setToolTip(plain_tip(folder))

    def _show_template(self, template: str) -> None:
        if self.template.text() != template:
            self.template.setText(template)
        self._problem = translated(template_problem(template) or "")
        self.template.set_invalid(bool(self._problem))
        self.template.setAccessibleDescription(self._problem)

    def _show_previews(self) -> None:
        """Show the names of the first results; without pictures that of an example, or why there can be none."""
        names = self._names[: self._most_names]
        if len(names) == 1:  # that of the picture in view, as size and format above are its own
            names = tuple(name for name in self._names if name.source == self._in_view)[:1] or names
        lines = [result_text(name, self._output.folder) for name in names]
        if self._problem or not lines:
            lines = [self._problem or self._example]
        for place, line in enumerate(self.previews):
            line.setVisible(place < len(lines))
            line.setText(lines[place] if place < len(lines) else "")
            line.set_colour("err" if self._problem else "text2")

    def _size_chosen(self, size: object) -> None:
        if isinstance(size, OutputSize):
            self._put(size=size)

    def _folder_chosen(self, chosen: object) -> None:
        if chosen != _CHOOSE:
            self._put(folder=str(chosen))
            return
        self.choose_folder()

    def choose_folder(self) -> None:
        """Ask the user for the results folder."""
        before = self._output.folder
        self.folder.set_value(before)
        choose_folder(self.window(), before, lambda folder: self._put(folder=folder))

    def _put(self, **changes: object) -> None:
        made: OutputOptions = replace(self._output, **changes)  # type: ignore[arg-type]
        self.edited.emit(made)


def _example_name(recipe: Recipe, model: Model, info: ImageInfo | None, target: Size | None) -> str:
    """Return the name of a result by itself: of the picture in view, or of an example while there is none."""
    path, size, kind = _EXAMPLE
    if info is not None and target is not None:
        path, size, kind = info.path, info.size, info.format
    else:
        target = (target_size(recipe.output.size, size) if model.takes_size else size) or size
    made = recipe.output.format_for(kind, model.formats)
    today = datetime.now().astimezone().date()
    facts = NameFacts(
        *(path, model.slug, model.tier.value, recipe.service.value, size, target, made),
        day=today,
        taken=today,
        hash=tr("hash"),
    )
    name = result_name(recipe.output.template, facts)
    return name if info is not None else tr("for example {name}").format(name=name)


def target_size(size: OutputSize, source: Size | None) -> Size | None:
    """Return the result's size, or None if there is no picture or the setting is not a valid size yet."""
    if source is None:
        return None
    try:
        return size.resolve(source)
    except ValueError:
        return None


def _price_text(model: Model, target: Size) -> str:
    if not model.price.is_known:
        return tr("price not published")
    estimate = model.price.estimate(target)
    return bill_text(estimate.credits, 0 if estimate.is_known else 1, estimate.unit)
