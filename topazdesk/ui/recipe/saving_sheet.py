"""All about saving results: folder, names, what is there already, date. Changes apply at once."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from topazdesk.domain.naming import FIELDS, template_problem
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OutputOptions
from topazdesk.ui.controls import Button, ElidedLabel, LineField, Menu, Option, Segmented, Sheet, Text
from topazdesk.ui.controls.titled_rows import hint, in_row, stacked, titled_rows
from topazdesk.ui.models.names_watch import MOST, ResultName
from topazdesk.ui.recipe.choose_folder import choose_folder
from topazdesk.ui.recipe.saving_words import conflict_texts, file_time_texts, folder_text, result_text
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px


class SavingSheet(Sheet):
    """Shows how results are saved. `edited` is emitted with a complete `OutputOptions`.

    `settings_wanted`: the user wants the settings, where it stands what becomes of metadata.
    """

    help_page = "files#names"

    edited = Signal(object)
    settings_wanted = Signal()

    def __init__(self, parent: QWidget, output: OutputOptions) -> None:
        super().__init__(parent, tr("Saving results"), width=600, closable=True)
        self._output = output
        self.folder = ElidedLabel("", "base")
        self.choose = Button(tr("Choose a folder…"), icon="folder", size="panel")
        self.beside = Button(tr("Next to the original"), "quiet", size="panel")
        self.flat = Segmented(
            (Option(False, tr("Same sub-folders")), Option(True, tr("All in one folder"))),
            name=tr("Sub-folders of the originals"),
        )
        self.flat_hint = hint("")
        self.template = LineField()
        self.template.setAccessibleName(tr("File name of results"))
        self.insert = Button(tr("Insert"), size="panel", caret=True)
        self.insert.setAccessibleName(tr("Insert a field into the file name"))
        self.usual = Button(tr("Reset"), "quiet", size="panel")
        self.usual.setAccessibleName(tr("Reset the file name"))
        self.problem = Text("", "small", "err", wrap=True)
        self.previews = [ElidedLabel("", "small", "text2") for _ in range(MOST)]
        self.conflict = Segmented(
            [Option(rule, text) for rule, text in conflict_texts()], name=tr("If this picture's result is there")
        )
        self.file_time = Segmented(
            [Option(time, text) for time, text in file_time_texts()], name=tr("Date of the result's file")
        )
        self.kept = Text("", "base", wrap=True)
        self.settings = Button(tr("Settings…"), size="panel")
        self.settings.setAccessibleName(tr("Metadata settings"))
        self._lay_out()
        self._connect()
        self.show_output(output)
        self.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        self.folder.setMinimumHeight(px(24))
        self.kept.setMinimumHeight(px(28))
        parts: list[tuple[str, QWidget]] = [
            (tr("Folder"), stacked(self.folder, in_row(self.choose, self.beside), self.flat, self.flat_hint)),
            (
                tr("File name"),
                # In a row with the buttons the field would be as short as their words are long.
                stacked(self.template, in_row(self.insert, self.usual), self.problem, *self.previews),
            ),
            (
                tr("If the result exists"),
                stacked(
                    self.conflict,
                    hint(
                        tr(
                            "This is about the picture's own result with the same settings. Originals, other results "
                            "and other files are never replaced."
                        )
                    ),
                ),
            ),
            (tr("File date"), self.file_time),
            (tr("Metadata"), in_row(self.kept, self.settings, stretch=0)),
        ]
        self.body.addLayout(titled_rows(parts, narrow=[self.file_time]))
        self.footer.addWidget(Text(tr("Changes apply at once."), "small", "text2"))
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)

    def _connect(self) -> None:
        self.choose.clicked.connect(lambda: choose_folder(self, self._output.folder, self.set_folder))
        self.beside.clicked.connect(lambda: self.set_folder(""))
        self.flat.chosen.connect(lambda flat: self._put(flat=bool(flat)))
        self.template.textEdited.connect(lambda text: self._put(template=text))
        self.insert.clicked.connect(self._offer_fields)
        self.usual.clicked.connect(lambda: self._put(template=DEFAULT_TEMPLATE))
        self.conflict.chosen.connect(lambda rule: self._put(on_conflict=rule))
        self.file_time.chosen.connect(lambda time: self._put(file_time=time))
        self.settings.clicked.connect(self.settings_wanted)

    def set_folder(self, folder: str) -> None:
        """Set where results go: a folder, or "" for next to the original."""
        self._put(folder=folder)

    def _put(self, **changes: object) -> None:
        made: OutputOptions = replace(self._output, **changes)  # type: ignore[arg-type]
        if made != self._output:
            self.show_output(made)
            self.edited.emit(made)

    # what is shown

    def show_output(self, output: OutputOptions) -> None:
        """Show output settings; a change from elsewhere (undo, preset) comes here, too."""
        self._output = output
        self.folder.setText(folder_text(output.folder))
        self.beside.setVisible(bool(output.folder))
        self.flat.setEnabled(bool(output.folder))
        self.flat.set_value(output.flat)
        self.flat_hint.setText(
            tr("For pictures that came with a folder.")
            if output.folder
            else tr("Each result is saved in its original's folder.")
        )
        if self.template.text() != output.template:
            self.template.setText(output.template)
        problem = translated(template_problem(output.template) or "")
        self.template.set_invalid(bool(problem))
        fields = tr("Fields: {fields}").format(fields=" ".join(f"{{{field}}}" for field in FIELDS))
        self.template.setAccessibleDescription(problem or fields)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.usual.setEnabled(output.template != DEFAULT_TEMPLATE)
        self.conflict.set_value(output.on_conflict)
        self.file_time.set_value(output.file_time)
        self.fit()

    def show_names(self, names: tuple[ResultName, ...]) -> None:
        """Show the names of the first results of the next run."""
        for place, line in enumerate(self.previews):
            line.setVisible(place < len(names))
            line.setText(result_text(names[place], self._output.folder) if place < len(names) else "")
        self.fit()

    def show_kept(self, text: str) -> None:
        """Show what becomes of the original's metadata."""
        self.kept.setText(text)

    # fields

    def _offer_fields(self) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for field, words in field_texts():
            menu.addAction(f"{words}\t{{{field}}}").triggered.connect(
                lambda _checked=False, wanted=field: self.insert_field(wanted)
            )
        menu.drop_down(self.insert, gap=0)

    def insert_field(self, field: str) -> None:
        """Insert a field where the cursor of the file name is."""
        self.template.insert(f"{{{field}}}")
        self._put(template=self.template.text())
        self.template.setFocus(Qt.FocusReason.OtherFocusReason)


def field_texts() -> list[tuple[str, str]]:
    """Return the fields of a file name with what each stands for."""
    words = {
        "name": tr("Name of the original"),
        "folder": tr("Folder of the original"),
        "counter": tr("Number in the run"),
        "model": tr("Model"),
        "tier": tr("Tier of the model"),
        "scale": tr("Scale, such as 2x"),
        "width": tr("Width in pixels"),
        "height": tr("Height in pixels"),
        "long_edge": tr("Longest side in pixels"),
        "megapixels": tr("Megapixels"),
        "service": tr("Service"),
        "date": tr("Date of the run"),
        "taken": tr("Date it was taken, else of its file"),
        "hash": tr("Fingerprint of the original"),
        "page": tr("Page, of a file with several"),
    }
    return [(field, words[field]) for field in FIELDS]
