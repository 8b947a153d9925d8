"""Unverified models in the gallery: the card says what the service said, and only an accepted one can be taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue, packaged_model
from tests.support.gallery import group, recipe_for
from tests.support.window import live, profile_with_sandbox, session_of, until
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Surface
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme


@pytest.fixture
def gallery(qtbot: QtBot, themed: Theme) -> Iterator[Gallery]:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    models = packaged_catalogue().of(ServiceName.TOPAZ)
    made = Gallery(window, models, recipe_for(packaged_model("Recover 3")), (group(1500, 1000, 3),))
    made.open()
    yield made
    window.hide()


def test_a_refused_model_cannot_be_taken(gallery: Gallery) -> None:
    tile = gallery.tiles["wonder-4"]
    gallery.show_offers({"wonder-4": ("Topaz does not take it", False)})
    gallery.grid.choose(tile)
    assert ("unverified", "Topaz does not take it") in tile.notes()
    assert not gallery.use.isEnabled()
    assert gallery.use.accessibleDescription() == "Topaz does not take it"
    tile.used.emit()
    assert gallery.isVisible(), "neither by double click nor by Return"


def test_an_accepted_one_can(gallery: Gallery) -> None:
    tile = gallery.tiles["wonder-4"]
    assert not tile.is_offered, "nobody has asked yet"
    gallery.show_offers({"wonder-4": ("Topaz accepted it on 2026-11-20", True)})
    gallery.grid.choose(tile)
    assert gallery.use.isEnabled()
    assert "Topaz accepted it" in tile.accessibleName()
    tile.used.emit()
    assert not gallery.isVisible()
    assert gallery.chosen is tile.model


def test_opening_the_gallery_settles_them(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: Window) -> None:
        window.commands.run("gallery")
        await until(lambda: window.findChild(Gallery) is not None, "gallery")
        gallery = window.findChild(Gallery)
        assert isinstance(gallery, Gallery)
        await until(lambda: gallery.tiles["wonder-4"].is_offered, "accepted")
        gallery.grid.choose(gallery.tiles["wonder-4"])
        gallery.use.click()
        state = session_of(window).pricing.recipe
        await until(lambda: state.model.slug == "wonder-4", "taken")
        assert session_of(window).pricing.plan.fault is None

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
        assert "wonder-4" in (profile / "offers.json").read_text()
