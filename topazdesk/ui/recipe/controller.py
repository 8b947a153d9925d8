"""Actions on the recipe as a whole: undo, redo, reset, presets, and reusing the settings of an earlier result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from topazdesk.app.presets import SUFFIX, Preset, Presets
from topazdesk.app.sidecar_names import is_sidecar
from topazdesk.errors import UseError
from topazdesk.ui.controls import Menu, NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.recipe.saving_words import metadata_text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import ntr, plain_tip, tr, translated
from topazdesk.ui.theme.icons import icon

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.recipe.panel import RecipePanel


#: Answer of a sheet that is left for the settings.
_TO_SETTINGS = 2


class RecipeController(Feature):
    """Provides the actions on the recipe, and connects the tools in its header."""

    def __init__(self, host: Host, panel: RecipePanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._state = host.session.pricing.recipe
        self._own = host.session.pricing.own
        self._presets = Presets(host.session.context.paths.presets)
        self._asleep = False
        self.tools = panel.tools
        give = host.commands.provide
        give("undo", self._state.undo)
        give("redo", self._state.redo)
        give("reset", self._state.reset)
        give("save_preset", lambda: self._session.spawn("save preset", self._save_as()))
        give("import_preset", self._choose_import)
        give("saving", lambda: host.dialogs.run("saving", self._show_saving))
        panel.output.more_wanted.connect(lambda: host.commands.run("saving"))
        self.tools.undo_wanted.connect(self._state.undo)
        self.tools.redo_wanted.connect(self._state.redo)
        self.tools.presets_wanted.connect(lambda: self._session.spawn("presets", self.open_menu()))
        bind(self._follow, self._state.changed)

    def fall_asleep(self, other: QWidget | None) -> None:
        """Disable the recipe's actions while `other` takes its place, lest something is undone unseen; None: enable."""
        self._asleep = asleep = other is not None
        for name in ("gallery", "save_preset"):
            self._host.commands[name].setEnabled(not asleep)
        self._follow()

    def _follow(self) -> None:
        """Enable undo, redo and reset as far as they are possible now."""
        state, commands = self._state, self._host.commands
        self.tools.setVisible(not self._asleep)
        if self._asleep:
            for name in ("undo", "redo", "reset"):
                commands[name].setEnabled(False)
            return
        self.tools.show_state(state)
        commands["undo"].setEnabled(state.history.can_undo)
        commands["redo"].setEnabled(state.history.can_redo)
        commands["reset"].setEnabled(bool(state.recipe.values))

    # the menu

    async def open_menu(self) -> None:
        """Read the presets and open their menu."""
        presets, faults = await asyncio.to_thread(self._presets.all)
        self.menu(presets).drop_down(self.tools.presets)
        for fault in faults[:3]:
            self._host.tell(fault)

    def menu(self, presets: list[Preset]) -> Menu:
        """Build the menu that applies, saves, renames, deletes, imports and exports presets."""
        menu = Menu(self._host.widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for preset in presets:
            entry = menu.addAction(icon("presets"), _plain(preset.name))
            entry.setToolTip(plain_tip(preset.name))  # Qt would otherwise show the text itself, as rich text
            entry.triggered.connect(lambda _checked=False, wanted=preset: self.apply(wanted))
        if presets:
            menu.addSeparator()
        menu.addAction(self._host.commands["save_preset"])
        if presets:
            self._submenu(menu, tr("Rename"), presets, self._ask_rename)
            self._submenu(menu, tr("Save as a file"), presets, self._choose_export)
            self._submenu(menu, tr("Delete"), presets, self._delete)
        menu.addAction(self._host.commands["import_preset"])
        menu.addSeparator()
        menu.addAction(self._host.commands["reset"])
        return menu

    def _submenu(self, menu: Menu, title: str, presets: list[Preset], act: Callable[[Preset], None]) -> None:
        inner = menu.inner(title)
        for preset in presets:
            entry = inner.addAction(_plain(preset.name))
            entry.triggered.connect(lambda _checked=False, wanted=preset: act(wanted))

    async def _show_saving(self) -> None:
        """Show all about saving results; what is changed there is one step to undo each, as in the output section."""
        from topazdesk.ui.recipe.saving_sheet import SavingSheet

        pricing, state = self._session.pricing, self._state
        sheet = SavingSheet(self._host.widget, state.recipe.output)
        sheet.show_kept(metadata_text(pricing.settings))
        sheet.show_names(pricing.names.names)
        sheet.edited.connect(state.set_output)
        sheet.settings_wanted.connect(lambda: sheet.done(_TO_SETTINGS))
        following = (
            (pricing.names.changed, lambda: sheet.show_names(pricing.names.names)),
            (state.changed, lambda _by_user: sheet.show_output(state.recipe.output)),
        )
        for signal, follow in following:
            signal.connect(follow)
        try:
            answer = await sheet.answered()
        finally:
            for signal, follow in following:
                signal.disconnect(follow)
            sheet.deleteLater()
        if answer == _TO_SETTINGS:
            self._host.dialogs.closed("saving")
            self._host.commands.run("metadata")

    # applying, saving, sharing

    def apply(self, preset: Preset) -> bool:
        """Apply a preset to the selection, keeping the current results folder. Return False if it does not fit."""
        state = self._state
        try:
            _model, recipe = preset.recipe_for(state.catalogue, state.recipe.service, state.recipe.output.folder)
        except UseError as error:
            self._host.tell(error)
            return False
        return state.apply(recipe)

    async def _save_as(self) -> None:
        from topazdesk.ui.recipe.preset_name import PresetName

        known, _ = await asyncio.to_thread(self._presets.all)
        names = [each.name for each in known]
        title = tr("Save the settings as a preset")
        dialog = PresetName(self._host.widget, title, tr("Save"), names, replaces=True)
        accepted = await dialog.answered()
        name = dialog.name
        dialog.deleteLater()
        if accepted:
            await asyncio.to_thread(self._presets.save, Preset(name, self._state.recipe))
            self._host.notices.toast("ok", tr("“{name}” is saved").format(name=name), tr("You find it under Presets."))

    def _ask_rename(self, preset: Preset) -> None:
        self._session.spawn("rename preset", self._rename(preset))

    async def _rename(self, preset: Preset) -> None:
        from topazdesk.ui.recipe.preset_name import PresetName

        known, _ = await asyncio.to_thread(self._presets.all)
        names = [each.name for each in known if each.name.casefold() != preset.name.casefold()]
        title = tr("Rename the preset")
        dialog = PresetName(self._host.widget, title, tr("Rename"), names, name=preset.name, replaces=False)
        accepted = await dialog.answered()
        name = dialog.name
        dialog.deleteLater()
        if accepted and name != preset.name:
            await asyncio.to_thread(self._presets.rename, preset.name, name)

    def _delete(self, preset: Preset) -> None:
        self._session.spawn("delete preset", self._delete_now(preset))

    async def _delete_now(self, preset: Preset) -> None:
        await asyncio.to_thread(self._presets.delete, preset.name)

        async def bring_back() -> None:
            await asyncio.to_thread(self._presets.save, preset)

        back = NoticeAction(tr("Undo"), lambda: self._session.spawn("save preset", bring_back()), "undo")
        self._host.notices.toast("info", tr("“{name}” was deleted").format(name=preset.name), "", back)

    def _choose_export(self, preset: Preset) -> None:
        dialog = QFileDialog(self._host.widget, tr("Save the preset as a file"), preset.name + SUFFIX)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.setNameFilters([f"{tr('Presets')} (*{SUFFIX})"])
        dialog.fileSelected.connect(lambda name: self._session.spawn("export", self.export(preset, Path(name))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def export(self, preset: Preset, path: Path) -> None:
        """Write a preset to a file that the user chose."""
        await asyncio.to_thread(self._presets.export, preset.name, path)

    def _choose_import(self) -> None:
        dialog = QFileDialog(self._host.widget, tr("Add presets from files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([f"{tr('Presets')} (*{SUFFIX})", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(lambda names: self.take_in([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_in(self, paths: Sequence[Path]) -> None:
        """Import preset files; if only one could be imported, apply it too."""
        self._session.spawn("import presets", self._take_in(paths))

    async def _take_in(self, paths: Sequence[Path]) -> None:
        taken: list[Preset] = []
        for path in paths:
            try:
                taken.append(await asyncio.to_thread(self._presets.import_file, path))
            except UseError as error:
                self._host.tell(error)
        before = self._state.recipe
        if len(taken) == 1 and self.apply(taken[0]):
            title = tr("“{name}” was added and is in use").format(name=taken[0].name)
            undo = NoticeAction(tr("Undo"), self._state.way_back(before), "undo")
            self._host.notices.toast("ok", title, tr("You find it under Presets."), undo)
        elif taken:
            title = ntr("1 preset was added", "{n} presets were added", len(taken)).format(n=len(taken))
            self._host.notices.toast("ok", title, tr("You find them under Presets."))

    # results and their sidecars

    def bring(self, path: Path) -> None:
        """Use the settings again with which a result was made, given the result or its sidecar.

        Any other file is added as a picture.
        """
        self._session.spawn("origin", self._bring(path))

    async def _bring(self, path: Path) -> None:
        origin = await self._session.context.origin_of(path)
        if origin is None:
            self._session.library.add([path])
            return
        own = self._own
        add = NoticeAction(tr("Add it as a picture"), lambda: self._session.library.add([path]), "add")
        more = () if is_sidecar(path) else (add,)
        try:
            recipe = own.fitting(origin.recipe)
        except UseError as error:
            title = tr("The settings of {name} cannot be used here").format(name=shown_name(path))
            self._host.notices.tell("warn", title, translated(error.hint), *more)
            return
        model = own.model_of(recipe)
        before = self._state.recipe
        self._state.apply(recipe)
        undo = NoticeAction(tr("Undo"), self._state.way_back(before), "undo")
        self._host.notices.tell(  # no toast: whoever meant the picture needs time to say so
            "ok",
            tr("{name} was made with {model}").format(name=shown_name(path), model=model.name),
            tr("Its settings are applied again."),
            undo,
            *more,
        )


def _plain(name: str) -> str:
    """Escape ampersands in a menu entry, which Qt would take for mnemonics."""
    return name.replace("&", "&&")
