"""Presets in a whole window: saved by name, applied, dropped as a file, and damaged files told."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.window import drop, live, profile_with_sandbox, session_of, until
from topazdesk.app.presets import SUFFIX, Preset, Presets
from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.ui.recipe.controller import RecipeController
from topazdesk.ui.recipe.preset_name import PresetName
from topazdesk.ui.shell.window import Window

PRINT = Preset(
    "For print",
    Recipe.of(ServiceName.TOPAZ, "recover-3", {"creativity": 4}, OutputOptions(OutputSize(SizeMode.LONG_EDGE, 6000.0))),
)


def test_save_apply_rename_delete(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        context, state = window.findChild(RecipeController), session_of(window).pricing.recipe
        assert context is not None
        assert state is not None
        state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        state.set_values({"creativity": 5})
        window.commands.run("save_preset")
        await until(lambda: window.findChild(PresetName) is not None, "the sheet")
        sheet = window.findChild(PresetName)
        assert isinstance(sheet, PresetName)
        assert not sheet.save.isEnabled(), "a name is needed"
        sheet.field.setText("  Old   scans ")
        sheet.save.click()
        await until(lambda: window.notices.toasted is not None, "saved")
        (preset,) = Presets(profile / "presets").all()[0]
        assert (preset.name, preset.recipe.settings) == ("Old scans", {"creativity": 5})
        state.reset()
        menu = context.menu([preset])
        menu.actions()[0].trigger()
        assert state.recipe.settings == {"creativity": 5}
        state.undo()
        assert state.recipe.settings == {}
        menu.close()
        context._delete(preset)
        await until(lambda: Presets(profile / "presets").all()[0] == [], "deleted")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_a_preset_dropped_with_pictures_is_used_and_can_be_undone(qapp: QApplication, tmp_path: Path) -> None:
    shared = tmp_path / f"shared{SUFFIX}"
    shared.write_text(PRINT.to_text())
    bad = tmp_path / f"bad{SUFFIX}"
    bad.write_text("{")

    async def story(window: Window) -> None:
        state = session_of(window).pricing.recipe
        before = state.recipe
        drop(window.viewer.empty, shared)
        await until(lambda: state.recipe.model == "recover-3", "applied")
        assert state.recipe.service is ServiceName.SANDBOX
        assert state.recipe.settings == {"creativity": 4}
        assert window.recipe.form.values() == {"creativity": 4}
        assert [each.name for each in Presets(profile / "presets").all()[0]] == ["For print"]
        state.undo()
        assert state.recipe == before
        drop(window.viewer.empty, bad)
        await until(lambda: any("is not a preset" in n.title for n in window.notices.shown()), "told")
        assert len(window.library.pictures) == 0

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
