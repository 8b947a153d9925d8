"""The suggestion for the picture in the viewer: said with its reason, taken with one click, never applied by itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue, packaged_model
from tests.support.gallery import group, recipe_for
from tests.support.window import live, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.resources import samples
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Surface
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme


def test_it_is_said_and_taken_with_one_click(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        state, line = session_of(window).pricing.recipe, window.recipe.suggestion
        assert state is not None
        await until(lambda: len(window.library.pictures) == 4)
        await quiet(window)
        lake = next(p for p in window.library.pictures.pictures() if p.name == "mountain-lake.jpg")
        window.pictures.view.choose([lake.id], lake.id)
        await until(lambda: line.isVisible() and "compressed" in line.words.text(), "the suggestion")
        assert line.words.text() == "Small, heavily compressed – try Low Resolution 2"
        assert line.take.accessibleName() == "Use Low Resolution 2"
        assert state.model.slug == "standard-2", "nothing is applied by itself"
        line.take.click()
        assert state.model.slug == "low-resolution-2"
        assert not line.isVisible(), "it is in use"
        state.undo()
        assert line.isVisible()
        window.commands.run("gallery")
        await until(lambda: window.findChild(Gallery) is not None, "gallery")
        gallery = window.findChild(Gallery)
        assert isinstance(gallery, Gallery)
        assert gallery.grid.tiles[0].model.slug == "low-resolution-2"
        gallery.reject()

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, *samples()) == []


def test_the_gallery_puts_the_good_choice_first_and_says_why(qtbot: QtBot, themed: Theme) -> None:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    models = packaged_catalogue().of(ServiceName.TOPAZ)
    recipe, groups = recipe_for(packaged_model("Recover 3")), (group(1500, 1000, 1),)
    gallery = Gallery(window, models, recipe, groups, good=("denoise-max", "Grainy"))
    gallery.open()
    first = gallery.grid.tiles[0]
    assert first.model.slug == "denoise-max"
    assert ("good", "Good choice: grainy") in first.notes()
    assert "Good choice: grainy" in first.accessibleName()
    assert sum("good" in dict(tile.notes()) for tile in gallery.grid.tiles) == 1
