"""Choosing well, looked at: price steps, presets, settings of one picture, suggestion, and a model that is asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.shots import OUT, keep, take_both
from tests.support.window import live, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.presets import Preset, Presets
from topazdesk.app.resources import samples
from topazdesk.app.run_file import RunTerms
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.recipe.controller import RecipeController
from topazdesk.ui.recipe.hours_sheet import HoursSheet
from topazdesk.ui.recipe.preset_name import PresetName
from topazdesk.ui.shell.window import Window


def test_choosing_well(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        session, state = session_of(window), session_of(window).pricing.recipe
        await until(lambda: len(session.library.pictures) == 4)
        await quiet(window)
        lake, statue = (
            next(p for p in session.library.pictures.pictures() if p.name == name)
            for name in ("mountain-lake.jpg", "statue.jpg")
        )
        window.pictures.view.choose([statue.id], statue.id)
        window.commands.run("copy_settings")
        window.pictures.view.choose([lake.id], lake.id)
        state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        state.set_values({"creativity": 4, "sharpen": 0.3})
        # 4.1 MP: one credit more than 4.0 MP would cost
        state.set_output(replace(state.recipe.output, size=OutputSize.scale(4.14)))
        await until(lambda: window.recipe.suggestion.isVisible(), "the suggestion")
        assert window.recipe.output.steps.line.text().startswith("This picture: 4.1 MP costs 2, 3.99 MP (")
        await take_both(window.window(), "recipe-steps")
        window.pictures.view.choose([statue.id], statue.id)
        window.commands.run("paste_settings")
        await quiet(window)
        await until(lambda: "only" in window.recipe.scope.label(), "its own settings")
        await take_both(window.window(), "recipe-own")
        presets = Presets(profile / "presets")
        for name in ("Old scans for print", "Web, quick"):
            presets.save(Preset(name, state.recipe))
        context = window.findChild(RecipeController)
        assert context is not None
        menu = context.menu(presets.all()[0])
        menu.adjustSize()
        image = menu.grab().toImage()
        keep(image, OUT / "recipe-presets-menu.png")
        menu.deleteLater()
        window.commands.run("save_preset")
        await until(lambda: window.findChild(PresetName) is not None, "the sheet")
        sheet = window.findChild(PresetName)
        assert isinstance(sheet, PresetName)
        sheet.field.setText("Old scans for print")
        await take_both(sheet, "recipe-preset-name")
        sheet.reject()
        session.set_terms(RunTerms(hours=SendingHours.read("22-6")))
        window.commands.run("hours")
        await until(lambda: window.findChild(HoursSheet) is not None, "the sheet")
        asked = window.findChild(HoursSheet)
        assert isinstance(asked, HoursSheet)
        await take_both(asked, "recipe-hours")
        asked.reject()
        await take_both(window.window(), "recipe-hours-line")
        session.set_terms(RunTerms())
        window.pictures.view.choose([lake.id], lake.id)
        window.commands.run("gallery")
        await until(lambda: window.findChild(Gallery) is not None, "the gallery")
        gallery = window.findChild(Gallery)
        assert isinstance(gallery, Gallery)
        await until(lambda: gallery.tiles["wonder-4"].is_offered, "asked")
        await take_both(gallery, "recipe-gallery")
        gallery.grid.choose(gallery.tiles["wonder-4"])
        gallery.use.click()
        await until(lambda: state.model.slug == "wonder-4", "taken")
        await take_both(window.window(), "recipe-offer")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, *samples()) == []
