"""The output section of the recipe, by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support import uneven_pixels
from tests.support.catalogue import packaged_catalogue, whole_catalogue
from tests.support.gallery import info_of
from topazdesk.domain.geometry import OutputSize, Paper, PaperUnit, Size, SizeMode
from topazdesk.domain.naming import FIELDS
from topazdesk.domain.recipe import OutputOptions
from topazdesk.domain.services import ServiceName
from topazdesk.media.probe import probe
from topazdesk.ui.models.names_watch import ResultName
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.recipe.output import OutputPanel
from topazdesk.ui.recipe.print_fields import print_like
from topazdesk.ui.recipe.saving_sheet import field_texts
from topazdesk.ui.recipe.size_control import SizeControl

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


def test_where_only_one_name_is_shown_it_is_that_of_the_picture_in_view(qtbot: QtBot) -> None:
    """Beside the size of the second of two selected pictures, and how its TIFF is compressed, stood the first's .jpg."""
    panel = OutputPanel()
    qtbot.addWidget(panel)
    state = RecipeState(packaged_catalogue(), ServiceName.TOPAZ)
    names = [ResultName(Path(f"/in/{name}"), Path(f"/in/{name}_2x.tif")) for name in ("a.tif", "b.tif")]
    panel.show_names(tuple(names))
    panel.show_most_names(1)
    for name in ("a.tif", "b.tif"):
        panel.show_recipe(state.recipe, state.model, info_of(500, 625, f"/in/{name}"))
        assert panel.previews[0].text().startswith(name)
    panel.show_most_names(3)
    assert [line.text()[0] for line in panel.previews[:2]] == ["a", "b"]


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


def test_a_factor_that_the_model_does_not_make_is_not_called_too_large(qtbot: QtBot) -> None:
    """ "Too large" stood under 6× of a picture of 0.2 megapixels."""
    catalogue = whole_catalogue()
    model = catalogue.find(ServiceName.LOCAL, "Real-ESRGAN Fast")
    control = SizeControl()
    qtbot.addWidget(control)
    control.show_size(OutputSize.scale(2), model, Size(360, 450))
    assert "max. 4×" in control.factors.segment(6.0).accessibleName()  # type: ignore[union-attr]
    assert "free" in control.factors.segment(4.0).accessibleName()  # type: ignore[union-attr]


def test_a_print_size_is_typed_and_said_in_the_other_unit(qtbot: QtBot) -> None:
    state = RecipeState(packaged_catalogue(), ServiceName.TOPAZ)
    control = SizeControl()
    qtbot.addWidget(control)
    edited: list[OutputSize] = []
    source = Size(1500, 1000)

    def take(size: OutputSize) -> None:
        edited.append(size)
        control.show_size(size, state.model, source)

    control.edited.connect(take)
    control.show_size(OutputSize.scale(2), state.model, source)
    control.factors.segment("custom").click()  # type: ignore[union-attr]
    control.mode.chosen.emit(SizeMode.PRINT)
    assert edited[-1].dpi == 300
    assert abs(edited[-1].resolve(source).width - 3000) <= 6, "a way to say the size is no other size"
    fields = control.paper
    assert fields.isVisibleTo(control)
    fields.unit.set_value(PaperUnit.CM)
    fields.unit.chosen.emit(PaperUnit.CM)
    for field, number in zip(fields.fields, (30.0, 20.0, 240.0), strict=True):
        field.set_number(number)
    fields.dpi.edited.emit(240.0)
    assert edited[-1] == OutputSize.print(Paper(30, 20), 240)
    fields.unit.set_value(PaperUnit.INCH)
    fields.unit.chosen.emit(PaperUnit.INCH)
    assert edited[-1] == OutputSize.print(Paper(11.81, 7.87, PaperUnit.INCH), 240)
    count = len(edited)
    fields.unit.chosen.emit(PaperUnit.INCH)  # 7.38 in were 2.91 in after that
    control.mode.chosen.emit(SizeMode.PRINT)
    assert len(edited) == count, "what is there already may be chosen once more"
    fields.width_field.set_number(500)
    fields.width_field.edited.emit(500.0)
    assert len(edited) == count, "what cannot be is not asked for"
    assert "32,000 pixels" in control.problem.text()
    control.factors.segment(4.0).click()  # type: ignore[union-attr]
    assert edited[-1] == OutputSize.scale(4)
    assert not control.problem.text()
    assert not fields.isVisibleTo(control)


def test_every_field_of_a_file_name_is_offered_with_what_it_stands_for() -> None:
    assert [field for field, words in field_texts() if words] == list(FIELDS)


def test_a_width_and_a_height_of_a_preset_are_shown_as_what_they_are(qtbot: QtBot) -> None:
    """They stood there as "3000 ×", a scale that nobody had asked for."""
    state = RecipeState(packaged_catalogue(), ServiceName.TOPAZ)
    panel = OutputPanel()
    qtbot.addWidget(panel)
    edited: list[OutputOptions] = []
    panel.edited.connect(edited.append)
    output = replace(state.recipe.output, size=OutputSize(SizeMode.BOX, 3000, 1000), crop_to_fill=True)
    panel.show_recipe(replace(state.recipe, output=output), state.model, None)
    box = panel.sizes.box
    assert panel.sizes.mode.value() is SizeMode.BOX
    assert [field.number() for field in box.fields] == [3000, 1000]
    assert box.crop.isChecked()
    assert box.isVisibleTo(panel)
    assert not edited
    box.crop.click()
    assert edited[-1] == replace(output, crop_to_fill=False)
    box.height_field.set_number(2000)
    box.height_field.edited.emit(2000.0)
    assert edited[-1].size == OutputSize(SizeMode.BOX, 3000, 2000)
    count = len(edited)
    box.width_field.set_number(40_000)
    box.width_field.edited.emit(40_000.0)
    assert len(edited) == count
    assert "32,000" in panel.sizes.problem.text()


def test_a_long_edge_of_pixels_that_are_not_square_says_how_the_result_is_seen(qtbot: QtBot, tmp_path: Path) -> None:
    """4000 pixels across, and higher than that when seen: the number alone misled."""
    panel = OutputPanel()
    qtbot.addWidget(panel)
    state = RecipeState(packaged_catalogue(), ServiceName.TOPAZ)
    output = replace(state.recipe.output, size=OutputSize(SizeMode.LONG_EDGE, 4000))
    recipe = replace(state.recipe, output=output)
    uneven_pixels.circle().save(tmp_path / "plain.png")
    panel.show_recipe(recipe, state.model, probe(uneven_pixels.fax(tmp_path / "fax.tif")))
    assert panel.shape.text().endswith("its result is seen as 4000 × 5512.")
    assert not panel.shape.isHidden()
    for info in (probe(tmp_path / "plain.png"), None):
        panel.show_recipe(recipe, state.model, info)
        assert panel.shape.isHidden()


def test_a_print_like_the_result_never_costs_more_than_it() -> None:
    """The nearest tenth of a centimetre was 2 pixels more than the price step allowed: 4 credits instead of 3."""
    for long_edge in range(600, 12_000, 97):
        target = Size(long_edge, long_edge * 2 // 3)
        made = print_like(target).resolve(target)
        assert made.width <= target.width, long_edge
        assert made.height <= target.height, long_edge
        assert made.width > target.width - 4
