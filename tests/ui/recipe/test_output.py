"""The output section of the recipe, by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.recipe.output import OutputPanel

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
        assert panel.previews[0].text().startswith(f"for example picture_{model.slug}")
        assert panel.previews[0].text().endswith(".jpg")


def test_a_factor_that_comes_from_a_preset_or_a_result_is_shown_as_one_of_the_four(qtbot: QtBot) -> None:
    """It stood under "Custom" as factor 2 after a size of one's own."""
    panel = OutputPanel()
    qtbot.addWidget(panel)
    state = RecipeState(packaged_catalogue(), ServiceName.TOPAZ)

    def show(size: OutputSize) -> object:
        output = replace(state.recipe.output, size=size)
        panel.show_recipe(replace(state.recipe, output=output), state.model, None)
        return panel.sizes.factors.value()

    assert show(OutputSize.scale(3.0)) == "custom"
    panel.edited.connect(lambda output: show(output.size))
    panel.sizes.field.edited.emit(4.0)
    assert panel.sizes.factors.value() == "custom", "whoever types there goes on typing"
    assert show(OutputSize.scale(2.0)) == 2.0
