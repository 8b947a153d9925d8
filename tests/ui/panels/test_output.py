"""The output section of the recipe, by itself."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.catalogue import ServiceName
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.panels.output import OutputPanel

pytestmark = pytest.mark.usefixtures("themed")


def test_without_a_picture_the_name_is_shown_for_an_example(qtbot: QtBot) -> None:
    """The raw template stood there, with its braces."""
    panel = OutputPanel()
    qtbot.addWidget(panel)
    catalogue = packaged_catalogue()
    for service, slug in ((ServiceName.TOPAZ, "standard-2"), (ServiceName.TOPAZ, "denoise-strong")):
        state = RecipeState(catalogue, service)
        model = catalogue.by_slug(service, slug) or state.model
        state.set_model(model)
        panel.show_recipe(state.recipe, model, None)
        assert panel.name.text().startswith(f"for example picture_{model.slug}")
        assert panel.name.text().endswith(".jpg")
